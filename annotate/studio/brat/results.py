"""brat's stand-off annotations as Label Studio's result lists, so that the store keeps them and the steps read them like any others.

Events are frames on their trigger's span, other text-bound annotations are mentions or, by their type, frames; attributes, arguments,
relations and equivalences become answers and arrows; an equivalence of mentions, or a normalisation, names their entity; notes are
gathered into the article's note. Types are named as `flat_names` has them. Whether they are legal is for the reader of results to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

from annotate.errors import Problem
from annotate.schema import FrameLayer, Schema
from annotate.schema.flat_names import flat_names
from annotate.schema.labelling_page import NOTE, TEXT, attribute_controls, entity_control
from annotate.studio.brat.lines import Attribute, Equivalence, Event, Line, Normalisation, Note, Relation, TextBound
from annotate.studio.brat.offsets import quotes, words_at

Item = dict[str, Any]
Kind = TypeVar("Kind", bound=Line)


class Region(NamedTuple):
    """A span of the article that has a label."""

    id: str
    layer: str
    type: str
    start: int
    end: int


class Imported(NamedTuple):
    """A result list; region or arrow → the line it comes from; what was left out; what went in changed."""

    items: list[Item]
    places: dict[str, str]
    problems: list[Problem]
    changed: list[Problem]


def results_of(schema: Schema, lines: Sequence[Line], stored: str, offsets: Sequence[int]) -> Imported:
    """The lines of one article's .ann file as a result list. ``offsets``: what brat counts → where it is in the stored text."""
    reading = _Reading(schema, stored, offsets)
    events = _of(Event, lines)
    reading.spans(_of(TextBound, lines), events)
    for event in events:
        reading.arguments(event)
    for attribute in _of(Attribute, lines):
        reading.attribute(attribute)
    for relation in _of(Relation, lines):
        reading.arrow(relation, relation.type, relation.first, relation.second)
    for normalisation in _of(Normalisation, lines):
        reading.normalisation(normalisation)
    for equivalence in _of(Equivalence, lines):
        reading.equivalence(equivalence)
    reading.notes(_of(Note, lines))
    return Imported(reading.items, reading.places, reading.problems, reading.changed)


def _of(kind: type[Kind], lines: Sequence[Line]) -> list[Kind]:
    return [line for line in lines if isinstance(line, kind)]


class _Reading:
    """The state of reading one file."""

    def __init__(self, schema: Schema, stored: str, offsets: Sequence[int]) -> None:
        self.schema = schema
        self.stored = stored
        self.offsets = offsets
        self.types = {name: pair for pair, name in flat_names(schema).items()}
        self.regions: dict[str, Region] = {}
        self.events_on: dict[str, str] = {}  # trigger → the first event on it
        self.entities: dict[str, str] = {}  # region → its entity
        self.items: list[Item] = []
        self.places: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.changed: list[Problem] = []

    def fault(self, line: Line, message: str) -> None:
        self.problems.append(Problem(line.place, message))

    def spans(self, bounds: list[TextBound], events: list[Event]) -> None:
        """Events become regions on their triggers' spans, all other spans regions of their own."""
        sound = {bound.id: bound for bound in bounds if self._sound(bound)}
        known = {bound.id for bound in bounds}
        for event in events:
            trigger = sound.get(event.trigger)
            if trigger is None:
                why = "was left out" if event.trigger in known else "is not there"
                self.fault(event, f"its trigger {event.trigger} {why}, so the event is left out")
            elif trigger.type != event.type:
                self.fault(event, f"its trigger {trigger.id} is of the type {trigger.type}, not {event.type}; the event is left out")
            else:
                self.events_on.setdefault(trigger.id, event.id)
                self._region(event, event.type, trigger, frames=True)
        for bound in sound.values():
            if bound.id not in self.events_on:
                self._region(bound, bound.type, bound, frames=False)

    def _sound(self, bound: TextBound) -> bool:
        words = words_at(bound, self.offsets, self.stored)
        if words is None:
            self.fault(bound, f"its offsets are not in the text of {len(self.offsets) - 1} characters; it is left out")
        elif not quotes(bound, words):
            self.fault(bound, f"quotes {bound.words!r}, but its offsets are those of {words!r}; it is left out")
        else:
            return True
        return False

    def _region(self, line: TextBound | Event, name: str, bound: TextBound, *, frames: bool) -> None:
        parts = sorted((self.offsets[start], self.offsets[end]) for start, end in bound.fragments)
        start, end = parts[0][0], max(last for _, last in parts)
        between = [self.stored[one[1] : other[0]] for one, other in pairwise(parts)]
        if any(words.strip() for words in between):
            self.changed.append(Problem(bound.place, f"discontinuous; taken from its first part to its last: {self.stored[start:end]!r}"))
        layer, kind = self.types.get(name, (self._layer_of_unknown(frames), name))
        region = Region(line.id, layer, kind, start, end)
        self.regions[line.id] = region
        self.places[line.id] = line.place
        self.items.append(self._item(region, layer, "labels", {"text": self.stored[start:end], "labels": [kind]}))

    def _layer_of_unknown(self, frames: bool) -> str:
        """A layer that will say that it does not know the type."""
        layers = self.schema.frame_layers if frames or not self.schema.mention_layers else self.schema.mention_layers
        return layers[0].name if layers else next(iter(self.schema.span_layers), "")

    def _item(self, region: Region, control: str, kind: str, value: Item) -> Item:
        place = {"start": region.start, "end": region.end}
        return {"id": region.id, "from_name": control, "to_name": TEXT, "type": kind, "value": place | value}

    def arguments(self, event: Event) -> None:
        region = self.regions.get(event.id)
        if region is None:
            return
        layer = self.schema.span_layers.get(region.layer)
        roles = {role.name for role in layer.roles} if isinstance(layer, FrameLayer) else set()
        for role, ref in event.arguments:
            unnumbered = role.rstrip("0123456789")
            self.arrow(event, unnumbered if role not in roles and unnumbered in roles else role, event.id, ref)

    def arrow(self, line: Line, label: str, first: str, second: str) -> None:
        ends = [self._ref(first), self._ref(second)]
        missing = [ref for ref, end in zip((first, second), ends, strict=True) if end is None]
        if missing:
            return self.fault(line, f"{label} refers to {' and '.join(missing)}, which is not there, or was left out")
        arrow = {"id": line.id, "type": "relation", "from_id": ends[0], "to_id": ends[1], "direction": "right", "labels": [label]}
        self.places[line.id] = line.place
        self.items.append(arrow)
        return None

    def _ref(self, ref: str) -> str | None:
        """A trigger stands for the first event on it."""
        name = self.events_on.get(ref, ref)
        return name if name in self.regions else None

    def attribute(self, line: Attribute) -> None:
        region = self.regions.get(self._ref(line.target) or "")
        if region is None:
            return self.fault(line, f"{line.name} refers to {line.target}, which is not there, or was left out")
        layer = self.schema.span_layers.get(region.layer)
        asked = layer.attributes if isinstance(layer, FrameLayer) else ()
        legal = next((each.values_for(region.type) for each in asked if each.name == line.name), ())
        if line.value not in legal:
            return self.fault(line, _illegal(line, region.type, {each.name: each.values_for(region.type) for each in asked}))
        assert isinstance(layer, FrameLayer)
        for control in attribute_controls(layer):
            if control.attribute == line.name and (control.types is None or region.type in control.types):
                self.items.append(self._item(region, control.name, "choices", {"choices": [line.value]}))
        return None

    def normalisation(self, line: Normalisation) -> None:
        region = self.regions.get(line.target)
        if region is None or region.layer not in {layer.name for layer in self.schema.mention_layers}:
            return self.fault(line, f"normalises {line.target}, which is no mention that went in")
        if region.id in self.entities:
            return self.fault(line, f"{line.target} has an entity already; only the first counts")
        self._entity(region, unquote(line.entry) if line.database == "entity" else f"{line.database}:{line.entry}")
        return None

    def _entity(self, region: Region, entity: str) -> None:
        self.entities[region.id] = entity
        self.items.append(self._item(region, entity_control(region.layer), "textarea", {"text": [entity]}))

    def equivalence(self, line: Equivalence) -> None:
        members = [self._ref(ref) for ref in line.members]
        regions = [self.regions[name] for name in members if name is not None]
        if len(regions) < len(members):
            return self.fault(line, f"{line.type} refers to what is not there, or was left out")
        layers = {region.layer for region in regions}
        links = [each.name for each in self.schema.link_layers if layers == {each.between}]
        if links:
            label = line.type if line.type in links or len(links) > 1 else links[0]
            for other in regions[1:]:
                self.arrow(line, label, regions[0].id, other.id)
            return None
        if layers <= {layer.name for layer in self.schema.mention_layers}:
            return self._same_entity(line, regions)
        return self.fault(line, f"{line.type} joins {' and '.join(sorted(layers))}, for which the schema has no link")

    def _same_entity(self, line: Equivalence, regions: list[Region]) -> None:
        """What one of them is called, or the first one's words, names them all."""
        named = [self.entities[region.id] for region in regions if region.id in self.entities]
        for region in regions:
            if region.id not in self.entities:
                self._entity(region, named[0] if named else self.stored[regions[0].start : regions[0].end])
        if len(set(named)) > 1:
            self.fault(line, "joins mentions that have different entities already; these stay as they are")

    def notes(self, lines: list[Note]) -> None:
        words = [f"{self._named(line.target)}: {line.words}" for line in lines if line.words]
        if words:
            value = {"text": ["\n".join(words)]}
            self.items.append({"id": f"{NOTE}-answer", "from_name": NOTE, "to_name": TEXT, "type": "textarea", "value": value})

    def _named(self, target: str) -> str:
        region = self.regions.get(self._ref(target) or "")
        return target if region is None else f"{region.type} {self.stored[region.start : region.end]}"


def _illegal(line: Attribute, kind: str, asked: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with an attribute; ``asked``: the attributes that items of this kind have, with their legal values."""
    names = [name for name, values in asked.items() if values]
    if line.name not in names:
        return f"{line.name} is no attribute of {kind} in the schema; it has {', '.join(names) or 'none'}"
    return f"{line.name} {line.value or 'without a value'} is not legal for {kind}; legal: {', '.join(asked[line.name])}"
