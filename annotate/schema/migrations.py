"""What became of labels that a schema no longer has: renamed, merged, removed, or split by hand. Applied to Label Studio's result items.

A migration is a file ``migrations/*.yaml`` beside schema.yaml::

    from: 1.0.0
    to: 1.1.0
    changes:
      - {rename: mentions.GOV, to: STATE}              # a type of a layer
      - {rename: "events.polarity=negative", to: no}   # a value of an attribute or question
      - {rename: "events:actor", to: agent}            # a role
      - {merge: [mentions.MEDIA, mentions.UNION], to: ORG}
      - {remove: mentions.TOPIC}                       # with its attributes and arrows
      - {split: mentions.GROUP, into: [CROWD, PEOPLE]} # told to people: no program knows which is which

An old name may not be used again for something else, so every result can go through all migrations, whenever it was made.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import Struct

Item = dict[str, Any]

PLACE = re.compile(r"(?P<layer>\w+)(?:\.(?P<type>\w+)|\.(?P<question>\w+)=(?P<value>\w+)|:(?P<role>\w+))")


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """One of rename, merge, remove, split: a place of the schema, ``layer.TYPE``, ``layer.attribute=value`` or ``layer:role``."""

    rename: str | None = None
    merge: tuple[str, ...] = ()
    remove: str | None = None
    split: str | None = None
    to: str | None = None
    into: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """What the change does away with."""
        return tuple(each for each in (self.rename, *self.merge, self.remove, self.split) if each is not None and each != self._target)

    @property
    def _target(self) -> str | None:
        """What is merged into may be one of those that are merged."""
        first = PLACE.fullmatch(self.merge[0]) if self.merge else None
        return f"{first['layer']}.{self.to}" if first else None


class Migration(Struct, frozen=True, forbid_unknown_fields=True, rename={"before": "from", "after": "to"}):
    """From one version of a schema to a later one."""

    before: str
    after: str
    changes: tuple[Change, ...]


class Step(NamedTuple):
    """One old name and the new one; None: it is removed."""

    layer: str
    type: str | None
    question: str | None
    value: str | None
    role: str | None
    new: str | None


def faults_of(change: Change) -> Iterator[str]:
    """What is wrong with a change by itself."""
    kinds = [name for name in ("rename", "merge", "remove", "split") if getattr(change, name)]
    if len(kinds) != 1:
        yield f"a change is one of rename, merge, remove, split; this one is {' and '.join(kinds) or 'none'}"
        return
    if (kinds[0] in ("rename", "merge")) != bool(change.to) or (kinds[0] == "split") != bool(change.into):
        yield "rename and merge need `to`, split needs `into`, remove neither"
    for place in (change.rename, *change.merge, change.remove, change.split):
        if place is not None and not PLACE.fullmatch(place):
            yield f"{place!r} is no place of a schema; write layer.TYPE, layer.attribute=value or layer:role"


def migrated(migrations: Iterable[Migration], result: list[Any]) -> list[Any]:
    """A result list with new names for old ones; the same list where nothing changes."""
    for step in steps_of(migrations):
        result = _apply(step, result)
    return result


def steps_of(migrations: Iterable[Migration]) -> Iterator[Step]:
    """What the migrations do, one name after the other; a split is left to people."""
    for migration in migrations:
        for change in migration.changes:
            for place in change.places if change.split is None else ():
                found = PLACE.fullmatch(place)
                assert found is not None
                yield Step(found["layer"], found["type"], found["question"], found["value"], found["role"], change.to)


def _apply(step: Step, result: list[Any]) -> list[Any]:
    labels: dict[Any, set[tuple[Any, Any]]] = defaultdict(set)
    for item in result:
        if isinstance(item, dict) and item.get("type") == "labels":
            labels[item.get("id")] |= {(item.get("from_name"), label) for label in _listed(item, "labels")}
    change = _type if step.type else _value if step.question else _role
    items = [change(step, item, labels) if isinstance(item, dict) else item for item in result]
    return result if items == result else [item for item in items if item is not None]


def _type(step: Step, item: Item, labels: dict[Any, set[tuple[Any, Any]]]) -> Item | None:
    old = (step.layer, step.type)
    if item.get("type") == "relation":
        # An arrow goes when an end of it does.
        gone = step.new is None and any(labels.get(item.get(end)) == {old} for end in ("from_id", "to_id"))
        return None if gone else item
    control, here = str(item.get("from_name")), labels.get(item.get("id"), set())
    if old not in here:
        return item
    if control == step.layer and step.type in _listed(item, "labels"):
        return item | {"value": item["value"] | {"labels": [step.new]}} if step.new else None
    if step.new is None:
        return None if control.startswith(f"{step.layer}_") or here == {old} else item
    if control.startswith(f"{step.layer}_") and control.endswith(f"_{step.type}"):
        return item | {"from_name": control.removesuffix(str(step.type)) + step.new}
    return item


def _value(step: Step, item: Item, labels: dict[Any, set[tuple[Any, Any]]]) -> Item | None:
    control = f"{step.layer}_{step.question}"
    by_type = {f"{control}_{label}" for layer, label in labels.get(item.get("id"), ()) if layer == step.layer}
    if item.get("from_name") not in {control, *by_type} or _listed(item, "choices") != [step.value]:
        return item
    return item | {"value": item["value"] | {"choices": [step.new]}} if step.new else None


def _role(step: Step, item: Item, labels: dict[Any, set[tuple[Any, Any]]]) -> Item | None:
    roles = item.get("labels") if item.get("type") == "relation" else None
    ends = {layer for end in ("from_id", "to_id") for layer, _ in labels.get(item.get(end), ())}
    if not isinstance(roles, list) or step.role not in roles or step.layer not in ends:
        return item
    left = [step.new if each == step.role else each for each in roles if each != step.role or step.new]
    return item | {"labels": left} if left else None


def _listed(item: Item, key: str) -> list[Any]:
    value = item.get("value")
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
