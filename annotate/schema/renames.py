"""A migration's renames on records: what a sheet of some day says in the names of today, and what labellings said in those of that day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import structs

from annotate.records import Argument, Frame, Labelling
from annotate.schema.migrations import Migration, Step, steps_of


class Renames(NamedTuple):
    """One after the other; what a step removes keeps its name here."""

    steps: tuple[Step, ...]

    def of_type(self, layer: str, kind: str) -> str:
        for step in self.steps:
            if step.type is not None and (step.layer, step.type) == (layer, kind):
                kind = step.new or kind
        return kind

    def of_value(self, layer: str, question: str, value: str | None) -> str | None:
        for step in self.steps:
            if step.value is not None and (step.layer, step.question, step.value) == (layer, question, value):
                value = step.new or value
        return value

    def of_role(self, layer: str, role: str) -> str:
        for step in self.steps:
            if step.role is not None and (step.layer, step.role) == (layer, role):
                role = step.new or role
        return role

    def of_arguments(self, layer: str, arguments: Iterable[Argument]) -> tuple[Argument, ...]:
        return tuple(structs.replace(each, role=self.of_role(layer, each.role)) for each in arguments)

    def of_attributes(self, layer: str, attributes: dict[str, str | None]) -> dict[str, str | None]:
        return {name: self.of_value(layer, name, value) for name, value in attributes.items()}


def to_today(migrations: Iterable[Migration]) -> Renames:
    """Names of whatever day to those of today."""
    return Renames(tuple(steps_of(migrations)))


def as_before(migrations: Sequence[Migration], labellings: Iterable[Labelling]) -> Iterator[list[Labelling]]:
    """The labellings in the names before each migration, the latest first. What was merged keeps its name: it cannot be told apart."""
    own = list(labellings)
    for migration in reversed(migrations):
        names = _back(migration)
        own = [_renamed(each, names) for each in own]
        yield own


def _back(migration: Migration) -> Renames:
    renames = structs.replace(migration, changes=tuple(each for each in migration.changes if each.rename))
    return Renames(tuple(_reversed(each) for each in reversed(list(steps_of([renames])))))


def _reversed(step: Step) -> Step:
    if step.type is not None:
        return step._replace(type=step.new, new=step.type)
    if step.role is not None:
        return step._replace(role=step.new, new=step.role)
    return step._replace(value=step.new, new=step.value)


def _renamed(labelling: Labelling, names: Renames) -> Labelling:
    return structs.replace(
        labelling,
        mentions=tuple(structs.replace(each, type=names.of_type(each.layer, each.type)) for each in labelling.mentions),
        frames=tuple(_frame(each, names) for each in labelling.frames),
        answers=tuple(structs.replace(each, value=names.of_value(each.layer, each.question, each.value)) for each in labelling.answers),
    )


def _frame(frame: Frame, names: Renames) -> Frame:
    return structs.replace(
        frame,
        type=names.of_type(frame.layer, frame.type),
        attributes=names.of_attributes(frame.layer, frame.attributes),
        arguments=names.of_arguments(frame.layer, frame.arguments),
    )
