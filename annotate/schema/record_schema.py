"""The JSON Schema (2020-12) of a release's records, generated from the labelling schema.

One top-level list a layer, named as in the schema; every key in every row; lists never null; no dictionary whose keys are data.
"""

from __future__ import annotations

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
MAYBE_STRING: Json = {"type": ["string", "null"]}
OFFSET: Json = {"type": "integer", "minimum": 0}
COUNT: Json = {"type": "integer", "minimum": 0}
MAYBE_INTEGER: Json = {"type": ["integer", "null"]}


def record_schema(schema: Schema) -> Json:
    """JSON Schema of one line of train.jsonl, dev.jsonl and test.jsonl."""
    head = {
        "id": ID,
        "original_id": {"type": ["string", "null"], "pattern": "^original:"},
        "schema": {"const": schema.id, "type": "string"},
        "lang": STRING,
        "title": MAYBE_STRING,
        "text": STRING,
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
    return _document(f"{schema.name} {schema.version}: gold record", head | _layers(schema, gold=True) | {"provenance": _provenance()})


def annotation_schema(schema: Schema) -> Json:
    """JSON Schema of one line of annotations.jsonl: what one annotator said of one article."""
    head = {"article": ID, "annotator": PSEUDONYM, "schema": {"const": schema.id, "type": "string"}}
    return _document(f"{schema.name} {schema.version}: annotation", head | _layers(schema, gold=False) | {"unusable": MAYBE_STRING})


def _document(title: str, properties: Json) -> Json:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title} | _object(properties)


def _layers(schema: Schema, *, gold: bool) -> Json:
    layers: Json = {}
    unsure: Json = {} if gold else {"unsure": {"type": "boolean"}}
    for layer in schema.layers:
        if isinstance(layer, MentionLayer):
            layers[layer.name] = _list(_anchor(layer) | {"entity": MAYBE_STRING} | unsure)
        elif isinstance(layer, FrameLayer):
            links = {link.name: {"type": "array", "items": ID} for link in schema.link_layers if link.between == layer.name}
            layers[layer.name] = _list(_anchor(layer) | _frame(layer) | links | unsure)
        elif isinstance(layer, ChoiceLayer):
            layers[layer.name] = _answers(layer, gold)
    return layers


def _anchor(layer: MentionLayer | FrameLayer) -> Json:
    return {"id": ID, "type": _one_of(each.name for each in layer.types), "start": OFFSET, "end": OFFSET, "text": STRING}


def _frame(layer: FrameLayer) -> Json:
    attributes = {each.name: _one_of([*(value.name for value in each.values), None]) for each in layer.attributes}
    kinds = dict.fromkeys(filler.partition(".")[0] for role in layer.roles for filler in role.fills)
    argument = {"role": _one_of(role.name for role in layer.roles), "ref": ID, "kind": _one_of(kinds)}
    return {"attributes": _object(attributes), "arguments": _list(argument)}


def _answers(layer: ChoiceLayer, gold: bool) -> Json:
    values = dict.fromkeys(value.name for question in layer.questions for value in question.values)
    answer: Json = {"name": _one_of(each.name for each in layer.questions), "value": _one_of([*values, None] if gold else values)}
    if gold:
        answer["distribution"] = _list({"value": _one_of(values), "p": {"type": "number", "minimum": 0, "maximum": 1}})
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
    }
    return _object(
        {
            "annotators": {"type": "array", "items": PSEUDONYM},
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
