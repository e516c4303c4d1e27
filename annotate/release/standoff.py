"""A stand-off release: offsets and hashes in the place of text, for articles that may not be redistributed; and the way back.

What is text of the article goes: title, text, the spans' texts, and every entity name that stands in the article. A name becomes
``text:START-END``, its first place there, so that equal names stay equal; one that the article does not hold is the annotators' own
word and becomes ``name:…``; a title that the article's text does not hold becomes ``sha256:…``.
"""

from __future__ import annotations

from typing import Any

from annotate.records import text_digest
from annotate.schema import Schema

Record = dict[str, Any]
TEXT, NAME, DIGEST = "text:", "name:", "sha256:"


def without_text(schema: Schema, record: Record) -> Record:
    """A gold record as a stand-off release holds it."""
    text = record["text"]
    title = record["title"]
    head = {"title": None if title is None else _reference(title, text) or DIGEST + text_digest(title), "text": None}
    provenance = record["provenance"] | {"decisions": [_hidden_decision(each, text) for each in record["provenance"]["decisions"]]}
    return record | head | _layers(schema, record, None, lambda name: hidden(name, text)) | {"provenance": provenance}


def annotation_without_text(schema: Schema, record: Record, text: str) -> Record:
    return record | _layers(schema, record, None, lambda name: hidden(name, text))


def with_text(schema: Schema, record: Record, text: str, title: str | None) -> Record:
    """The gold record that ``without_text`` was given. Raises ValueError when the title is another than the release's."""
    own = record["title"]
    if own is not None and own.startswith(TEXT):
        title = shown(own, text)
    elif own is None:
        title = None
    elif title is None or own != DIGEST + text_digest(title):
        raise ValueError("its title is not the release's")
    provenance = record["provenance"] | {"decisions": [_shown_decision(each, text) for each in record["provenance"]["decisions"]]}
    layers = _layers(schema, record, text, lambda name: shown(name, text))
    return record | {"title": title, "text": text} | layers | {"provenance": provenance}


def annotation_with_text(schema: Schema, record: Record, text: str) -> Record:
    return record | _layers(schema, record, text, lambda name: shown(name, text))


def hidden(name: str, text: str) -> str:
    """An entity's name without text of the article."""
    return _reference(name, text) or NAME + name


def shown(name: str, text: str) -> str:
    """What ``hidden`` was given."""
    if name.startswith(TEXT):
        start, _, end = name.removeprefix(TEXT).partition("-")
        return text[int(start) : int(end)]
    return name.removeprefix(NAME)


def _reference(name: str, text: str) -> str | None:
    start = text.find(name) if name else -1
    return None if start < 0 else f"{TEXT}{start}-{start + len(name)}"


def _layers(schema: Schema, record: Record, text: str | None, entity: Any) -> Record:
    """Every layer of spans with its texts sliced anew (none without a text), and its entities' names put through ``entity``."""
    return {layer: [_item(each, text, entity) for each in record[layer]] for layer in schema.span_layers}


def _item(item: Record, text: str | None, entity: Any) -> Record:
    changed = {"text": None if text is None else text[item["start"] : item["end"]]}
    if item.get("entity") is not None:
        changed["entity"] = entity(item["entity"])
    return item | changed


def _hidden_decision(decision: Record, text: str) -> Record:
    return _names_of_decision(decision, lambda name: hidden(name, text))


def _shown_decision(decision: Record, text: str) -> Record:
    return _names_of_decision(decision, lambda name: shown(name, text))


def _names_of_decision(decision: Record, change: Any) -> Record:
    """A decision on an entity's name holds names: its outcome, and what was voted for."""
    if decision["decision"] != "entity":
        return decision
    named = decision | {"outcome": None if decision["outcome"] is None else change(decision["outcome"])}
    if "ballots" in decision:
        named["ballots"] = [each | {"value": None if each["value"] is None else change(each["value"])} for each in decision["ballots"]]
    return named
