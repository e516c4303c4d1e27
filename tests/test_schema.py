"""Schemas: the bundled ones load, what is generated from them is in step and accepted by its readers; faults are named by file and line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from label_studio_sdk.label_interface.interface import LabelInterface

from annotate.errors import BadInput, StudioProblem
from annotate.schema import Schema, load_schema
from annotate.schema.build import build, generated, out_of_step
from annotate.schema.labelling_page import labelling_page
from annotate.steps import init
from annotate.studio.client import Client
from annotate.studio.project import make_project, update_project
from tests.conftest import SCHEMAS

BUNDLED = ("event-stance", "stance-only")
RECORDS = ("record.schema.json", "annotation.schema.json")

# One of everything, a key a line, so that a fault's line is its own.
TINY = """\
name: tiny
version: 1.0.0
title: {ar: صغير, en: Tiny}
language: en
layers:
  - name: actors
    kind: mentions
    title: {ar: أطراف, en: Actors}
    rules:
      - {ar: ظلّل أقصر عبارة, en: Mark the shortest phrase}
    types:
      - name: PER
        hotkey: p
        color: "#1f77b4"
        title: {ar: شخص, en: Person}
        definition: {ar: شخص مسمّى, en: Somebody by name}
      - name: GOV
        hotkey: g
        color: "#0b5394"
        title: {ar: حكومة, en: Government}
        definition: {ar: دولة, en: A state}
  - name: events
    kind: frames
    title: {ar: أحداث, en: Events}
    types:
      - name: VISIT
        hotkey: shift+v
        color: "#2b9348"
        title: {ar: زيارة, en: Visit}
        definition: {ar: زيارة, en: A visit}
    attributes:
      - name: polarity
        level: nominal
        title: {ar: القطبية, en: Polarity}
        default: positive
        types: [VISIT]
        values:
          - name: positive
            hotkey: "1"
            title: {ar: موجب, en: positive}
          - name: negative
            types: [VISIT]
            title: {ar: منفي, en: negative}
    roles:
      - name: actor
        fills:
          - actors.PER
          - events
        title: {ar: الفاعل, en: actor}
        definition: {ar: من فعل, en: Who did it}
  - name: same_as
    kind: links
    between: events
    title: {ar: الحدث نفسه, en: Same event}
  - name: document
    kind: choices
    title: {ar: المقال, en: Document}
    questions:
      - name: genre
        level: nominal
        title: {ar: النوع, en: Genre}
        values:
          - name: news
            title: {ar: خبر, en: news}
"""
HERE = "  # here"

# What the fault is: the text that is replaced, what stands in its place (its line marked), what the message says.
BROKEN = {
    "unknown filler": ("- actors.PER", f"- actors.ORG{HERE}", "'actor' is filled by the unknown 'actors.ORG'"),
    "unknown layer as filler": ("          - events\n", f"          - sights{HERE}\n", "'actor' is filled by the unknown 'sights'"),
    "duplicate hotkey of a type": ("hotkey: g", f"hotkey: p{HERE}", "duplicate hotkey 'p': GOV and PER"),
    "duplicate hotkey of a value": ('hotkey: "1"', f"hotkey: shift+v{HERE}", "duplicate hotkey 'shift+v': polarity positive and VISIT"),
    "hotkey of Label Studio": ("hotkey: g", f"hotkey: u{HERE}", "hotkey 'u' of GOV is one of Label Studio's own"),
    "hotkey that is none": ("hotkey: g", f"hotkey: ctrl+alt+g{HERE}", "hotkey 'ctrl+alt+g' of GOV"),
    "type twice": ("- name: GOV", f"- name: PER{HERE}", "the type 'PER' stands twice"),
    "value twice": ("- name: negative", f"- name: positive{HERE}", "the value 'positive' stands twice"),
    "layer twice": ("- name: document", f"- name: actors{HERE}", "the layer 'actors' stands twice"),
    "unsafe schema": ("name: tiny", f"name: Tiny schema{HERE}", "unsafe name 'Tiny schema'"),
    "unsafe layer": ("- name: document", f"- name: the-document{HERE}", "unsafe layer name 'the-document'"),
    "layer named as a record's key": ("- name: document", f"- name: zones{HERE}", "unsafe layer name 'zones'"),
    "links named as a frame's key": ("- name: same_as", f"- name: arguments{HERE}", "unsafe layer name 'arguments'"),
    "unsafe type": ("- name: GOV", f"- name: حكومة{HERE}", "unsafe type name 'حكومة'"),
    "unsafe role": ("- name: actor\n", f"- name: Main actor{HERE}\n", "unsafe role name 'Main actor'"),
    "unsafe attribute": ("- name: polarity", f"- name: polar/ity{HERE}", "unsafe attribute name 'polar/ity'"),
    "unsafe value": ("- name: negative", f"- name: not positive{HERE}", "unsafe value name 'not positive'"),
    "unsafe question": ("- name: genre", f'- name: "genre?"{HERE}', "unsafe question name 'genre?'"),
    "less-than in a title": ("en: Government}", f'en: "Gov < all"}}{HERE}', "the label 'Gov < all' holds <, special in XML"),
    "ampersand in a title": ("en: Visit}", f"en: Visit & call}}{HERE}", "the label 'Visit & call' holds &, special in XML"),
    "quotes in a title": ("en: news}", f"en: \"'news'\"}}{HERE}", "the label \"'news'\" holds ', special in XML"),
    "title without a language": ("{ar: حكومة, en: Government}", f"{{en: Government}}{HERE}", "no 'ar' text"),
    "blank title": ("{ar: حكومة, en: Government}", f"{{ar: حكومة, en: ' '}}{HERE}", "no 'en' text"),
    "definition without a language": ("{ar: من فعل, en: Who did it}", f"{{ar: من فعل}}{HERE}", "no 'en' text"),
    "rule without a language": ("{ar: ظلّل أقصر عبارة, en: Mark the shortest phrase}", f"{{ar: ظلّل}}{HERE}", "no 'en' text"),
    "page in a language without a title": ("language: en", f"language: fr{HERE}", "the title has no 'fr'"),
    "language nobody has words in": ("en: Tiny}", f"en: Tiny, fr: Petit}}{HERE}", "unknown language 'fr'"),
    "missing key": ("- name: same_as\n    kind: links\n    between: events", f"- name: same_as{HERE}\n    kind: links", "field `between`"),
    "mistyped key": ("            types: [VISIT]", f"            typse: [VISIT]{HERE}", "unknown field `typse`"),
    "mistyped key of a layer": ("    rules:", f"    rulez:{HERE}", "unknown field `rulez`"),
    "unknown kind": ("kind: choices", f"kind: chioces{HERE}", "Invalid value 'chioces'"),
    "unknown level": ("level: nominal\n        title: {ar: الق", f"level: normal{HERE}\n        title: {{ar: الق", "'normal'"),
    "default that is no value": ("default: positive", f"default: maybe{HERE}", "the default 'maybe' is none of the values of 'polarity'"),
    "attribute of an unknown type": ("types: [VISIT]\n        values", f"types: [CALL]{HERE}\n        values", "unknown type 'CALL'"),
    "value for an unknown type": ("            types: [VISIT]", f"            types: [CALL]{HERE}", "for the unknown type 'CALL'"),
    "links between unknown things": ("between: events", f"between: meetings{HERE}", "'meetings' is no layer of frames"),
    "links between mentions": ("between: events", f"between: actors{HERE}", "'actors' is no layer of frames"),
    "links named as a role": ("- name: same_as", f"- name: actor{HERE}", "the link layer 'actor' has the name of a role"),
    "colour by name": ('color: "#0b5394"', f"color: red{HERE}", "'red' is no colour"),
    "version in two parts": ("version: 1.0.0", f'version: "1.0"{HERE}', "version '1.0' is not of the form 1.2.3"),
    "version that is a number": ("version: 1.0.0", f"version: 1.0{HERE}", "Expected `str`, got `float`"),
    "value that YAML takes for a truth": ("- name: negative", f"- name: no{HERE}", "Expected `str`, got `bool`"),
    "date that is none": ("version: 1.0.0", f"version: 2024-13-45{HERE}", "'2024-13-45'"),
    "unknown tag": ("name: tiny", f"name: !place tiny{HERE}", "!place"),
    "key twice": ("hotkey: g\n", f"hotkey: g\n        hotkey: h{HERE}\n", "the key 'hotkey' stands twice"),
    "tab for spaces": ("    between: events", f"\tbetween: events{HERE}", "not YAML"),
    "colon out of place": ("between: events", f"between: events: all{HERE}", "not YAML"),
    "control character": ("en: Tiny}", f"en: Ti\x07ny}}{HERE}", "not YAML"),
}  # fmt: skip


def faults(path: Path) -> list[str]:
    """The lines of the error that loading raises."""
    with pytest.raises(BadInput) as caught:
        load_schema(path)
    return str(caught.value).splitlines()


def with_change(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def line_here(text: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if HERE in line)


@pytest.fixture(params=BUNDLED)
def bundled(request: pytest.FixtureRequest) -> Schema:
    return load_schema(SCHEMAS / request.param / "schema.yaml")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "schema.yaml"
    path.write_text(TINY, encoding="utf-8")
    return path


# Loading


def test_bundled_schemas_are_those_that_init_offers() -> None:
    assert tuple(init.bundled_schemas()) == BUNDLED


def test_event_stance_has_the_four_kinds_of_layer(schema: Schema) -> None:
    assert schema.id == "event-stance@1.0.0"
    assert {layer.name: type(layer).__name__ for layer in schema.layers} == {
        "mentions": "MentionLayer",
        "events": "FrameLayer",
        "stances": "FrameLayer",
        "same_as": "LinkLayer",
        "document": "ChoiceLayer",
    }
    assert [len(layer.types) for layer in schema.span_layers.values()] == [13, 19, 3]
    assert (schema.language, schema.languages) == ("ar", ["ar", "en"])


def test_stance_only_is_english_and_has_other_names(stance_only: Schema) -> None:
    assert stance_only.id == "stance-only@1.0.0"
    assert [layer.name for layer in stance_only.layers] == ["actors", "opinions", "document"]
    assert (stance_only.language, stance_only.languages) == ("en", ["en"])


def test_the_tiny_schema_is_sound(tiny: Path) -> None:
    assert [layer.name for layer in load_schema(tiny).layers] == ["actors", "events", "same_as", "document"]


@pytest.mark.parametrize("kind", BROKEN)
def test_a_fault_is_named_by_file_and_line(tiny: Path, kind: str) -> None:
    old, new, words = BROKEN[kind]
    text = with_change(TINY, old, new)
    tiny.write_text(text, encoding="utf-8")
    found = faults(tiny)
    assert len(found) == 1
    assert found[0].startswith(f"{tiny}:{line_here(text)}: ")
    assert words in found[0]


def test_faults_are_reported_together(tiny: Path) -> None:
    text = TINY
    for kind in ("version in two parts", "colour by name", "hotkey of Label Studio", "default that is no value", "unknown filler"):
        old, new, _ = BROKEN[kind]
        text = with_change(text, old, new)
    tiny.write_text(text, encoding="utf-8")
    marked = {number for number, line in enumerate(text.splitlines(), 1) if HERE in line}
    assert len(marked) == 5
    assert {int(fault.removeprefix(f"{tiny}:").split(":")[0]) for fault in faults(tiny)} == marked


def test_a_file_that_is_not_utf8_is_named_with_its_line(tiny: Path) -> None:
    tiny.write_bytes(with_change(TINY, "en: A state}", "en: État}").encode().replace("État".encode(), b"\xc9tat"))
    line = next(number for number, text in enumerate(TINY.splitlines(), 1) if "en: A state}" in text)
    assert [fault.partition(" at ")[0] for fault in faults(tiny)] == [f"{tiny}:{line}: not UTF-8"]


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing but a comment\n"])
def test_an_empty_file_is_said_to_be_empty(tiny: Path, content: str) -> None:
    tiny.write_text(content, encoding="utf-8")
    assert faults(tiny) == [f"{tiny}:1: empty; a schema has name, version, title, language and layers"]


@pytest.mark.parametrize("content", ["just words\n", "- a\n- list\n"])
def test_a_file_of_another_shape_is_refused(tiny: Path, content: str) -> None:
    tiny.write_text(content, encoding="utf-8")
    assert faults(tiny)[0].startswith(f"{tiny}:1: Expected `object`")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert faults(tmp_path / "none.yaml")[0].startswith(f"{tmp_path / 'none.yaml'}: no such file")


def test_a_folder_is_no_schema(tmp_path: Path) -> None:
    assert faults(tmp_path)[0].startswith(f"{tmp_path}: Is a directory")


# What is generated


@pytest.mark.parametrize("name", BUNDLED)
def test_generated_files_are_in_step(name: str) -> None:
    assert out_of_step(load_schema(SCHEMAS / name / "schema.yaml"), SCHEMAS / name) == []


def test_what_is_out_of_step_is_told_and_renewed(tmp_path: Path, stance_only: Schema) -> None:
    assert sorted(build(stance_only, tmp_path)) == sorted(generated(stance_only))
    (tmp_path / "guidelines.en.md").write_text("old", encoding="utf-8")
    (tmp_path / "record.schema.json").unlink()
    assert sorted(out_of_step(stance_only, tmp_path)) == ["guidelines.en.md", "record.schema.json"]
    assert sorted(build(stance_only, tmp_path)) == ["guidelines.en.md", "record.schema.json"]
    assert build(stance_only, tmp_path) == []


def test_every_schema_that_loads_can_be_generated_from(tiny: Path) -> None:
    schema = load_schema(tiny)
    assert sorted(generated(schema)) == sorted(["label-studio.xml", *RECORDS, "guidelines.ar.md", "guidelines.en.md"])
    LabelInterface(labelling_page(schema)).validate()  # type: ignore[no-untyped-call]


# The labelling page


def test_the_page_passes_the_sdk(bundled: Schema) -> None:
    page = LabelInterface(labelling_page(bundled))
    page.validate()  # type: ignore[no-untyped-call]
    for layer in bundled.span_layers.values():
        control = page.get_control(layer.name)  # type: ignore[no-untyped-call]
        assert list(control.labels) == [each.name for each in layer.types]


@pytest.mark.parametrize(("name", "direction"), [("event-stance", "rtl"), ("stance-only", "ltr")])
def test_the_page_reads_in_its_languages_direction(name: str, direction: str) -> None:
    page = ElementTree.fromstring((SCHEMAS / name / "label-studio.xml").read_text("utf-8"))
    boxes = [each for each in page.findall("View") if "direction:" in each.get("style", "")]
    assert {each.get("style", "").partition(";")[0] for each in boxes} == {f"direction: {direction}"}
    shown = {each for box in boxes for each in box.iter() if each.tag in ("Text", "Choices", "TextArea", "Header")}
    assert shown == {each for each in page.iter() if each.tag in ("Text", "Choices", "TextArea", "Header")}


def test_every_label_and_choice_has_a_key_and_no_key_of_the_schema_means_two_things(bundled: Schema) -> None:
    page = ElementTree.fromstring(labelling_page(bundled))
    keys = Counter(each.get("hotkey", "none") for each in (*page.iter("Label"), *page.iter("Choice")))
    typed = {key: count for key, count in keys.items() if re.fullmatch(r"(shift\+)?\w", key)}
    labels = [each.hotkey for layer in bundled.span_layers.values() for each in layer.types]
    attributes = [value for layer in bundled.frame_layers for each in layer.attributes for value in each.values]
    answers = [value for layer in bundled.choice_layers for each in layer.questions for value in each.values]
    assert typed == dict.fromkeys([*labels, *(value.hotkey for value in attributes + answers if value.hotkey)], 1)
    assert keys["none"] == 0


def test_labels_show_the_title_in_the_pages_language_and_carry_the_schemas_name(bundled: Schema) -> None:
    labels = {each.get("value"): each for each in ElementTree.fromstring(labelling_page(bundled)).iter("Label")}
    types = [each for layer in bundled.span_layers.values() for each in layer.types]
    assert list(labels) == [each.name for each in types]
    for each in types:
        label = labels[each.name]
        assert label.get("html", "").startswith(each.title[bundled.language])
        assert (label.get("hint"), label.get("background")) == (each.definition[bundled.language], each.color)


def test_roles_and_links_are_the_pages_relations(schema: Schema) -> None:
    relations = [each.get("value") for each in ElementTree.fromstring(labelling_page(schema)).iter("Relation")]
    roles = [role.name for layer in schema.frame_layers for role in layer.roles]
    assert relations == [*roles, "same_as"]


def test_an_attribute_is_asked_with_the_values_its_type_may_have(schema: Schema) -> None:
    page = ElementTree.fromstring(labelling_page(schema))
    values = {each.get("name"): [choice.get("value") for choice in each] for each in page.iter("Choices")}
    assert values["events_mode_SUPPORT"] == ["sign", "praise"]
    assert values["events_mode_OFFICE"] == ["start", "end", "elect"]
    assert "events_mode_DIE" not in values
    assert values["events_polarity"] == ["positive", "negative"]


def test_the_server_accepts_the_page(client: Client, bundled: Schema) -> None:
    client.post("/api/projects/validate/", {"label_config": labelling_page(bundled)})


def test_the_server_would_refuse_a_broken_page(client: Client, bundled: Schema) -> None:
    page = labelling_page(bundled).replace('toName="text"', 'toName="nothing"', 1)
    with pytest.raises(StudioProblem, match="nothing"):
        client.post("/api/projects/validate/", {"label_config": page})


def test_a_project_with_the_page_can_be_made(client: Client, bundled: Schema) -> None:
    project = make_project(client, f"test-schema-{bundled.name}", f"Schema {bundled.name}", bundled, 2)
    made = client.get_json(f"/api/projects/{project.number}")
    assert made["label_config"] == labelling_page(bundled).strip()
    assert not update_project(client, project, bundled, 2)
    for layer in bundled.span_layers.values():
        assert made["parsed_label_config"][layer.name]["labels"] == [each.name for each in layer.types]


# Records


def objects(document: Any) -> Iterator[dict[str, Any]]:
    """Every object described anywhere in a JSON Schema."""
    if isinstance(document, dict):
        if document.get("type") == "object":
            yield document
        for each in document.values():
            yield from objects(each)
    elif isinstance(document, list):
        for each in document:
            yield from objects(each)


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("file", RECORDS)
def test_the_records_schema_is_json_schema_2020_12(name: str, file: str) -> None:
    document = json.loads((SCHEMAS / name / file).read_text("utf-8"))
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(document)


@pytest.mark.parametrize("file", RECORDS)
def test_records_have_every_key_and_a_list_for_each_layer(bundled: Schema, file: str) -> None:
    document = json.loads(generated(bundled)[file])
    layers = [layer.name for layer in bundled.layers if layer not in bundled.link_layers]
    assert {name: document["properties"][name]["type"] for name in layers} == dict.fromkeys(layers, "array")
    for each in objects(document):
        assert each["required"] == list(each["properties"])
        assert each["additionalProperties"] is False


def test_a_record_may_hold_only_what_the_schema_knows(schema: Schema) -> None:
    events = json.loads(generated(schema)["record.schema.json"])["properties"]["events"]
    argument = {"role": "actor", "ref": "m1", "kind": "mentions"}
    attributes = {"polarity": "positive", "modality": "asserted", "tense": "past", "mode": None}
    event = {
        "id": "event-1",
        "type": "STATE",
        "start": 0,
        "end": 3,
        "text": "نفت",
        "attributes": attributes,
        "arguments": [argument],
        "same_as": [],
    }

    def valid(changes: dict[str, Any]) -> bool:
        return jsonschema_rs.is_valid(events, [event | changes])

    assert valid({})
    assert not valid({"type": "PARTY"})
    assert not valid({"start": -1})
    assert not valid({"arguments": None})
    assert not valid({"arguments": [argument | {"role": "holder"}]})
    assert not valid({"attributes": attributes | {"polarity": "both"}})
    assert not valid({"attributes": {"polarity": "positive"}})
    assert not valid({"note": "one key too many"})


# Guidelines


def told(schema: Schema, language: str) -> Iterator[tuple[str, str]]:
    """(name, words) of everything an annotator has to know."""
    for layer in schema.span_layers.values():
        for each in layer.types:
            yield each.name, f"{each.title[language]} | {each.definition[language]} | `{each.hotkey}`"
    for frames in schema.frame_layers:
        for role in frames.roles:
            yield role.name, f"{role.title[language]} | {role.definition[language]} | {', '.join(role.fills)}"
        for attribute in frames.attributes:
            yield attribute.name, attribute.title[language]
            yield from ((value.name, value.title[language]) for value in attribute.values)
    for choices in schema.choice_layers:
        for question in choices.questions:
            yield question.name, question.title[language]
            yield from ((value.name, value.title[language]) for value in question.values)


@pytest.mark.parametrize(("name", "language"), [("event-stance", "ar"), ("event-stance", "en"), ("stance-only", "en")])
def test_guidelines_tell_everything(name: str, language: str) -> None:
    schema = load_schema(SCHEMAS / name / "schema.yaml")
    text = (SCHEMAS / name / f"guidelines.{language}.md").read_text("utf-8")
    missing = [item for item in told(schema, language) if f"`{item[0]}` {item[1]}" not in text and f"| `{item[0]}` | {item[1]}" not in text]
    assert missing == []
    assert all(rule[language] in text for layer in schema.layers for rule in layer.rules)
    assert text.startswith('<div dir="rtl">') == (language == "ar")


def test_guidelines_mark_defaults_and_types(schema: Schema) -> None:
    text = generated(schema)["guidelines.en.md"]
    assert "`positive` positive (default); `negative` negative" in text
    assert "`meet` meeting [CONSULT, REQUEST, REJECT]" in text
