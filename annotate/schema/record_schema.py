"""The JSON Schema (2020-12) of a release's records, generated from the labelling schema.

One top-level list a layer, named as in the schema; every key in every row; lists never null; no dictionary whose keys are data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotate.schema.model import ChoiceLayer, FrameLayer, MentionLayer, Schema

Json = dict[str, Any]

SPLITS = ("train", "dev", "test")
ZONES = ("title", "byline", "dateline", "body", "caption", "headline", "boilerplate", "agency", "syndication")
PRECISIONS = ("day", "month", "year", "unknown")
BASES = ("byline", "metadata", "inferred", "scrape", "unknown")

STRING: Json = {"type": "string"}
ID: Json = {"type": "string", "pattern": "[^0-9.eE+-]"}
PSEUDONYM: Json = {"type": "string", "pattern": "^annotator-[0-9a-f]{8}$"}
PSEUDONYMS: Json = {"type": "array", "items": PSEUDONYM}
MAYBE_STRING: Json = {"type": ["string", "null"]}
OFFSET: Json = {"type": "integer", "minimum": 0}
COUNT: Json = {"type": "integer", "minimum": 0}
MAYBE_INTEGER: Json = {"type": ["integer", "null"]}
SHARE: Json = {"type": "number", "minimum": 0, "maximum": 1}
MAYBE_SHARE: Json = {"type": ["number", "null"], "minimum": 0, "maximum": 1}


NO_TEXT: Json = {"type": ["string", "null"], "enum": [None]}
HIDDEN_TITLE: Json = {"type": ["string", "null"], "pattern": "^(text:[0-9]+-[0-9]+|sha256:[0-9a-f]{64})$"}
HIDDEN_NAME: Json = {"type": ["string", "null"], "pattern": "^(text:[0-9]+-[0-9]+$|name:)"}


def record_schema(schema: Schema, *, text: bool = True) -> Json:
    """JSON Schema of one line of train.jsonl, dev.jsonl and test.jsonl; without ``text``, of a stand-off release's."""
    head = {
        "id": ID,
        "original_id": {"type": ["string", "null"], "pattern": "^original:"},
        "schema": {"const": schema.id, "type": "string"},
        "lang": STRING,
        "title": MAYBE_STRING if text else HIDDEN_TITLE,
        "text": STRING if text else NO_TEXT,
        "text_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "zones": _list({"start": OFFSET, "end": OFFSET, "label": _one_of(ZONES)}),
        "sentences": _list({"start": OFFSET, "end": OFFSET}),
        "source": _object(dict.fromkeys(("publisher", "agency", "url", "rights", "syndicator"), MAYBE_STRING)),
        "date": _object(
            {"year": MAYBE_INTEGER, "month": MAYBE_INTEGER, "day": MAYBE_INTEGER, "precision": _one_of(PRECISIONS), "basis": _one_of(BASES)}
        ),
        "group": _object({"duplicates": MAYBE_STRING, "story": MAYBE_STRING}),
        "split": _one_of(SPLITS),
        "weight": {"type": "number"},
    }
    return _document(
        f"{schema.name} {schema.version}: gold record", head | _layers(schema, gold=True, text=text) | {"provenance": _provenance()}
    )


def annotation_schema(schema: Schema, *, text: bool = True) -> Json:
    """JSON Schema of one line of annotations.jsonl: what one annotator said of one article; without ``text``, of a stand-off release's."""
    head = {"article": ID, "annotator": PSEUDONYM, "schema": {"const": schema.id, "type": "string"}}
    return _document(
        f"{schema.name} {schema.version}: annotation", head | _layers(schema, gold=False, text=text) | {"unusable": MAYBE_STRING}
    )


def _document(title: str, properties: Json) -> Json:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title} | _object(properties)


def _layers(schema: Schema, *, gold: bool, text: bool) -> Json:
    layers: Json = {}
    for layer in schema.layers:
        if isinstance(layer, MentionLayer):
            layers[layer.name] = _list(_anchor(layer, text) | {"entity": MAYBE_STRING if text else HIDDEN_NAME} | _beside(layer, gold))
        elif isinstance(layer, FrameLayer):
            links = {link.name: {"type": "array", "items": ID} for link in schema.link_layers if link.between == layer.name}
            layers[layer.name] = _list(_anchor(layer, text) | _frame(layer) | links | _beside(layer, gold))
        elif isinstance(layer, ChoiceLayer):
            layers[layer.name] = _answers(layer, gold)
    return layers


def _beside(layer: MentionLayer | FrameLayer, gold: bool) -> Json:
    """What stands beside an item: of gold how annotators' words are spread, of an annotation whether its annotator was unsure."""
    if not gold:
        return {"unsure": {"type": "boolean"}}
    shares: Json = {"type": _shares(each.name for each in layer.types)}
    if isinstance(layer, FrameLayer):
        shares["attributes"] = _object({each.name: _shares([*(value.name for value in each.values), None]) for each in layer.attributes})
    return {"distributions": _object(shares)}


def _shares(values: Iterable[str | None]) -> Json:
    """A distribution: ``p`` shares of votes, ``posterior`` a model's probabilities, null where none was asked."""
    return _list({"value": _one_of(values), "p": SHARE, "posterior": MAYBE_SHARE})


def _anchor(layer: MentionLayer | FrameLayer, text: bool) -> Json:
    types = _one_of(each.name for each in layer.types)
    return {"id": ID, "type": types, "start": OFFSET, "end": OFFSET, "text": STRING if text else NO_TEXT}


def _frame(layer: FrameLayer) -> Json:
    attributes = {each.name: _one_of([*(value.name for value in each.values), None]) for each in layer.attributes}
    kinds = dict.fromkeys(filler.partition(".")[0] for role in layer.roles for filler in role.fills)
    argument = {"role": _one_of(role.name for role in layer.roles), "ref": ID, "kind": _one_of(kinds)}
    return {"attributes": _object(attributes), "arguments": _list(argument)}


def _answers(layer: ChoiceLayer, gold: bool) -> Json:
    values = dict.fromkeys(value.name for question in layer.questions for value in question.values)
    answer: Json = {"name": _one_of(each.name for each in layer.questions), "value": _one_of([*values, None] if gold else values)}
    if gold:
        answer["distribution"] = _shares(values)
    return _list(answer)


def _provenance() -> Json:
    decision = {
        "layer": STRING,
        "item": MAYBE_STRING,
        "decision": STRING,
        "outcome": MAYBE_STRING,
        "how": STRING,
        "votes": COUNT,
        "of": COUNT,
        "strategy": STRING,
        "confidence": MAYBE_SHARE,
        "ballots": _list({"value": MAYBE_STRING, "annotators": PSEUDONYMS}),
        "adjudicators": PSEUDONYMS,
        "reasons": {"type": "array", "items": STRING},
    }
    return _object(
        {
            "annotators": PSEUDONYMS,
            "resolution": STRING,
            "adjudicator": MAYBE_STRING,
            "guidelines": STRING,
            "tool": STRING,
            "decisions": _list(decision),
        }
    )


def _one_of(values: Any) -> Json:
    choices = list(values)
    return {"type": ["string", "null"] if None in choices else "string", "enum": choices}


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(properties: Json) -> Json:
    return {"type": "array", "items": _object(properties)}
