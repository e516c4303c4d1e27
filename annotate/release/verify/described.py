"""What a release describes its records by: its schema, and what is generated from that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs

from annotate.errors import Problem
from annotate.release.about import FORMAT, About
from annotate.release.lines import as_json, read_json
from annotate.release.typed import SCALARS
from annotate.release.verify.made_again import as_made
from annotate.schema import Schema
from annotate.schema.build import generated
from annotate.schema.record_schema import annotation_schema, record_schema

SCHEMA = "schema/schema.yaml"
RECORD_SCHEMA, ANNOTATION_SCHEMA = "schema/record.schema.json", "schema/annotation.schema.json"
BOTH = (RECORD_SCHEMA, ANNOTATION_SCHEMA)

Json = dict[str, Any]


class Described(NamedTuple):
    """The JSON Schemas of a release's gold and annotations."""

    gold: Json
    annotations: Json


def described_by(folder: Path, schema: Schema, about: About | None) -> tuple[Described | None, list[Problem]]:
    """The JSON Schemas of gold and annotations; a release of today's format has today's, an older one its own."""
    problems = list(_generated(folder, schema, about))
    if about is not None and about.format == FORMAT:
        wanted = Described(record_schema(schema, text=about.text), annotation_schema(schema, text=about.text))
        for name, described in zip(BOTH, wanted, strict=True):
            if (folder / name).is_file() and _json_of(folder / name) != described:
                problems.append(Problem(name, "is not what schema.yaml generates"))
            elif (folder / name).is_file() and about.of_this_toolkit:
                problems += as_made(name, (folder / name).read_bytes(), as_json(described).encode(), "schema.yaml")
        return wanted, problems
    own = Described(_json_of(folder / RECORD_SCHEMA), _json_of(folder / ANNOTATION_SCHEMA))
    for name, found, today in zip(BOTH, own, (record_schema(schema), annotation_schema(schema)), strict=True):
        if (fault := _not_closed(found)) or (fault := _lacking(found, today)):
            problems.append(Problem(name, fault))
    return (None if any(each.place in BOTH for each in problems) else own), problems


def _generated(folder: Path, schema: Schema, about: About | None) -> Iterator[Problem]:
    """Labelling page and guidelines; another version of the toolkit may have worded them otherwise, so of those it is asked little."""
    for file, text in generated(schema).items():
        name = f"schema/{file}"
        if not (folder / name).is_file():
            yield Problem(name, "missing")
        elif name not in BOTH:
            found = (folder / name).read_bytes()
            if about is not None and about.of_this_toolkit:
                yield from as_made(name, found, text.encode(), "schema.yaml")
            elif not found.strip():
                yield Problem(name, "is empty")


def _json_of(path: Path) -> Any:
    try:
        return read_json(path.read_bytes())
    except ValueError:
        return None


def _not_closed(described: Any) -> str | None:
    """A JSON Schema that lets anything pass describes nothing."""
    try:
        jsonschema_rs.validator_for(described)
    except (ValueError, TypeError):
        return "is no JSON Schema"
    if not isinstance(described, dict) or described.get("type") != "object":
        return "does not describe a record"
    return None if _closed(described) else "lets keys be missing, or others in, or things of any type"


def _closed(part: Any) -> bool:
    kinds = part.get("type") if isinstance(part, dict) else None
    if kinds == "object":
        keys = part.get("properties", {})
        closed = part.get("additionalProperties") is False and bool(keys) and part.get("required") == list(keys)
        return closed and all(map(_closed, keys.values()))
    if kinds == "array":
        return _closed(part.get("items"))
    several = [kinds] if isinstance(kinds, str) else list(kinds or ())
    return bool(several) and set(several) <= {*SCALARS, "null"}


def _lacking(described: Json, today: Json) -> str | None:
    """Keys that ``verify`` reads have been there since format 1."""
    lacking = [key for key in today["properties"] if key not in described["properties"]]
    return f"has no {', '.join(lacking)}" if lacking else None
