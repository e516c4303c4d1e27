"""The schema's shape: named layers, each of one kind — mentions, frames, links between them, choices."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from msgspec import Struct

from annotate.schema.migrations import Migration

Level = Literal["nominal", "ordinal", "interval", "ratio"]
ByLanguage = dict[str, str]


class Type(Struct, frozen=True, forbid_unknown_fields=True):
    """A type of mention or frame. ``codes`` are its names in other codebooks."""

    name: str
    hotkey: str
    color: str
    title: ByLanguage
    definition: ByLanguage
    cooperative: bool | None = None
    codes: dict[str, str | None] = {}


class Value(Struct, frozen=True, forbid_unknown_fields=True):
    """A value of an attribute or question; ``types`` are the types it is legal for (None: all).

    ``number`` is its place on a scale of the level interval or ratio.
    """

    name: str
    title: ByLanguage
    hotkey: str | None = None
    types: tuple[str, ...] | None = None
    number: float | None = None


# What readers ask of a layer is asked for every item of every annotation, so attributes and layers of spans remember it (``dict``).
class Attribute(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """What is asked of each frame. An attribute left alone means its ``default``."""

    name: str
    level: Level
    title: ByLanguage
    values: tuple[Value, ...]
    default: str | None = None
    types: tuple[str, ...] | None = None

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        return {}

    def values_for(self, type_name: str) -> tuple[str, ...]:
        """The values that are legal for a type, in the schema's order; empty when it is not asked of that type."""
        if type_name not in self._values:
            asked = self.types is None or type_name in self.types
            legal = (each.name for each in self.values if each.types is None or type_name in each.types)
            self._values[type_name] = tuple(legal) if asked else ()
        return self._values[type_name]


class Role(Struct, frozen=True, forbid_unknown_fields=True):
    """A role and what may fill it: a layer's name, or ``layer.TYPE``."""

    name: str
    fills: tuple[str, ...]
    title: ByLanguage
    definition: ByLanguage

    def takes(self, layer: str, type_name: str) -> bool:
        return layer in self.fills or f"{layer}.{type_name}" in self.fills


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """A question about the whole article."""

    name: str
    level: Level
    title: ByLanguage
    values: tuple[Value, ...]


class MentionLayer(Struct, frozen=True, forbid_unknown_fields=True, dict=True, tag_field="kind", tag="mentions"):
    """Typed spans."""

    name: str
    title: ByLanguage
    types: tuple[Type, ...]
    rules: tuple[ByLanguage, ...] = ()

    @cached_property
    def types_by_name(self) -> dict[str, Type]:
        return {each.name: each for each in self.types}

    def type(self, name: str) -> Type | None:
        return self.types_by_name.get(name)


class FrameLayer(Struct, frozen=True, forbid_unknown_fields=True, dict=True, tag_field="kind", tag="frames"):
    """Typed anchor spans with attributes and role-labelled arguments."""

    name: str
    title: ByLanguage
    types: tuple[Type, ...]
    roles: tuple[Role, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    rules: tuple[ByLanguage, ...] = ()

    @cached_property
    def types_by_name(self) -> dict[str, Type]:
        return {each.name: each for each in self.types}

    def type(self, name: str) -> Type | None:
        return self.types_by_name.get(name)

    @cached_property
    def roles_by_name(self) -> dict[str, Role]:
        return {each.name: each for each in self.roles}

    def role(self, name: str) -> Role | None:
        return self.roles_by_name.get(name)

    @cached_property
    def _defaults(self) -> dict[str, dict[str, str | None]]:
        return {}

    def defaults(self, type_name: str) -> dict[str, str | None]:
        """Every attribute's value when nobody touched it."""
        if type_name not in self._defaults:
            self._defaults[type_name] = {each.name: each.default if each.values_for(type_name) else None for each in self.attributes}
        return dict(self._defaults[type_name])


class LinkLayer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="links"):
    """Pairs of frames of one layer that belong together."""

    name: str
    title: ByLanguage
    between: str
    rules: tuple[ByLanguage, ...] = ()


class ChoiceLayer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="choices"):
    """Questions about the whole article."""

    name: str
    title: ByLanguage
    questions: tuple[Question, ...]
    rules: tuple[ByLanguage, ...] = ()

    def question(self, name: str) -> Question | None:
        return next((each for each in self.questions if each.name == name), None)


Layer = MentionLayer | FrameLayer | LinkLayer | ChoiceLayer


class Schema(Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A labelling schema. ``language`` is the one its page is shown in; ``migrations`` lie beside its file."""

    name: str
    version: str
    title: ByLanguage
    language: str
    layers: tuple[Layer, ...]
    migrations: tuple[Migration, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def languages(self) -> list[str]:
        return list(self.title)

    @cached_property
    def mention_layers(self) -> tuple[MentionLayer, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, MentionLayer))

    @cached_property
    def frame_layers(self) -> tuple[FrameLayer, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, FrameLayer))

    @cached_property
    def link_layers(self) -> tuple[LinkLayer, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, LinkLayer))

    @cached_property
    def choice_layers(self) -> tuple[ChoiceLayer, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, ChoiceLayer))

    @cached_property
    def span_layers(self) -> dict[str, MentionLayer | FrameLayer]:
        """The layers whose items are typed spans, by name."""
        mentions: dict[str, MentionLayer | FrameLayer] = {layer.name: layer for layer in self.mention_layers}
        return mentions | {layer.name: layer for layer in self.frame_layers}
