"""What is generated from a schema (labelling page, JSON Schema, guidelines) is in step and accepted by its readers."""

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

from annotate.errors import StudioProblem
from annotate.schema import Schema, load_schema
from annotate.schema.build import build, generated, out_of_step
from annotate.schema.labelling_page import MARKED_ZONES, labelling_page
from annotate.studio.client import Client
from annotate.studio.project import make_project, update_project
from tests.conftest import BUNDLED, SCHEMAS

RECORDS = ("record.schema.json", "annotation.schema.json")


@pytest.fixture(params=BUNDLED)
def bundled(request: pytest.FixtureRequest) -> Schema:
    return load_schema(SCHEMAS / request.param / "schema.yaml")


# In step


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
    assert list(labels) == [*(each.name for each in types), *MARKED_ZONES]
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
        "distributions": {"type": [{"value": "STATE", "p": 1.0, "posterior": None}], "attributes": {name: [] for name in attributes}},
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
