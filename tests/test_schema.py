"""Schemas: the bundled ones load, and the faults of broken ones are named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotate.errors import BadInput
from annotate.schema import Schema, load_schema
from annotate.steps import init
from tests.conftest import BUNDLED
from tests.tiny_schema import TINY

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
    "interval scale without numbers": (
        "level: nominal\n        title: {ar: النوع, en: Genre}\n        values:\n          - name: news",
        f"level: interval\n        title: {{ar: النوع, en: Genre}}\n        values:\n          - name: news{HERE}",
        "the value 'news' has no number",
    ),
    "ratio below zero": (
        "level: nominal\n        title: {ar: النوع, en: Genre}\n        values:\n          - name: news",
        f"level: ratio\n        title: {{ar: النوع, en: Genre}}\n        values:\n          - name: news\n            number: -1{HERE}",
        "-1 is below the true zero",
    ),
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


def test_nesting_without_end_is_named(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text("[" * 2000 + "]" * 2000, encoding="utf-8")
    assert faults(path) == [f"{path}:1: nested without end, or a YAML alias that contains itself; write it out"]


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
