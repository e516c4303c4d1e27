"""Read the migrations beside a schema, with every fault named by file."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from annotate.errors import BadInput, Problem, raise_bad_input
from annotate.schema.migrations import PLACE, Change, Migration, faults_of
from annotate.schema.model import Attribute, Question, Schema

FOLDER = "migrations"


def load_migrations(folder: Path, schema: Schema) -> tuple[Migration, ...]:
    """The migrations of ``folder``/migrations, oldest first; none when there is no such folder.

    Raises BadInput listing every fault: a name that is still in the schema, or one to which is migrated and that is not.
    """
    found = [(path, _read(path)) for path in sorted((folder / FOLDER).glob("*.yaml"))]
    problems = [Problem(str(path), fault) for path, each in found for change in each.changes for fault in faults_of(change)]
    raise_bad_input(problems)
    problems += [
        Problem(str(path), f"{place} is still in {schema.id}; an old name may not be used again")
        for path, each in found
        for change in each.changes
        for place in change.places
        if _has(schema, place)
    ]
    problems += [
        Problem(str(path), f"{place} is not in {schema.id}, to which it migrates")
        for path, each in found
        if each.after == schema.version
        for change in each.changes
        for place in _targets(change)
        if not _has(schema, place)
    ]
    raise_bad_input(problems)
    return tuple(sorted((each for _, each in found), key=lambda each: [int(part) for part in each.after.split(".") if part.isdecimal()]))


def _read(path: Path) -> Migration:
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Migration)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: not YAML: {error}") from None
    except msgspec.ValidationError as error:
        raise BadInput(f"{path}: {error}; docs/sync.md shows a migration") from None


def _targets(change: Change) -> list[str]:
    """The places that a change leads to."""
    old = PLACE.fullmatch(change.rename or change.split or (change.merge[0] if change.merge else ""))
    if old is None:
        return []
    news = change.into or ((change.to,) if change.to else ())
    if old["role"]:
        return [f"{old['layer']}:{new}" for new in news]
    return [f"{old['layer']}.{old['question']}={new}" if old["question"] else f"{old['layer']}.{new}" for new in news]


def _has(schema: Schema, place: str) -> bool:
    found = PLACE.fullmatch(place)
    assert found is not None
    layer, spans = found["layer"], schema.span_layers.get(found["layer"])
    if found["type"]:
        return spans is not None and spans.type(found["type"]) is not None
    if found["role"]:
        return any(each.name == layer and each.role(found["role"]) for each in schema.frame_layers)
    questions: list[Attribute | Question] = [one for each in schema.frame_layers if each.name == layer for one in each.attributes]
    questions += [one for each in schema.choice_layers if each.name == layer for one in each.questions]
    return any(one.name == found["question"] and value.name == found["value"] for one in questions for value in one.values)
