"""Between Label Studio's result JSON and a Labelling, in both directions.

What a result holds (seen on Label Studio 1.23): a span is ``{"id", "from_name", "to_name", "type": "labels", "value": {"start",
"end", "labels"}}`` with offsets in code points; a question about a span repeats the span's id under another ``from_name``; a relation
has no id. ``value.text`` is never compared: Label Studio rewrites white space in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product
from typing import Any, NamedTuple

from annotate.records import Answer, Argument, Article, Frame, Labelling, Link, Mention, Zone
from annotate.schema import Attribute, FrameLayer, LinkLayer, MentionLayer, Schema
from annotate.schema.labelling_page import (
    MARKED_ZONES,
    NOTE,
    TEXT,
    UNSURE,
    UNUSABLE,
    UNUSABLE_REASONS,
    ZONES,
    attribute_controls,
    entity_control,
    question_control,
)

Item = dict[str, Any]


class Misfit(NamedTuple):
    """A part of an annotation that does not fit the schema or the article, left out of its labelling."""

    region: str | None
    message: str


class _Anchor:
    """A labelled span, and what its questions and relations add to it. ``id``: its region's; another layer may have a span there too."""

    __slots__ = ("arguments", "attributes", "end", "entity", "id", "layer", "start", "type")

    def __init__(self, region: str, layer: MentionLayer | FrameLayer, kind: str, start: int, end: int) -> None:
        self.id, self.layer, self.type, self.start, self.end = region, layer, kind, start, end
        self.attributes = layer.defaults(kind) if isinstance(layer, FrameLayer) else {}
        self.arguments: dict[Argument, None] = {}
        self.entity: str | None = None


class Page(NamedTuple):
    """A schema and what each control of its labelling page answers."""

    schema: Schema
    attributes: dict[str, tuple[str, str]]  # control → (layer, attribute)
    entities: dict[str, str]  # control → layer of mentions
    questions: dict[str, tuple[str, str]]  # control → (layer, question)
    asked: dict[tuple[str, str], Attribute]  # (layer, attribute) → what is asked there
    answers: dict[tuple[str, str], tuple[str, ...]]  # (layer, question) → the values that are legal
    links: dict[str, LinkLayer]  # by name


def page_of(schema: Schema) -> Page:
    return Page(
        schema,
        {each.name: (each.layer, each.attribute) for layer in schema.frame_layers for each in attribute_controls(layer)},
        {entity_control(layer.name): layer.name for layer in schema.mention_layers},
        {question_control(layer, each): (layer.name, each.name) for layer in schema.choice_layers for each in layer.questions},
        {(layer.name, each.name): each for layer in schema.frame_layers for each in layer.attributes},
        {(layer.name, each.name): tuple(v.name for v in each.values) for layer in schema.choice_layers for each in layer.questions},
        {layer.name: layer for layer in schema.link_layers},
    )


def read_results(page: Page, article: Article, annotator: str, results: list[Any]) -> tuple[Labelling, list[Misfit]]:
    """One annotation's ``result`` list as a labelling, and all of it that did not fit."""
    reading = _Reading(page, article)
    of_kind: dict[str, list[Item]] = {"labels": [], "choices": [], "textarea": [], "relation": []}
    others: list[Any] = []
    for item in _without_zones(results):
        kind = item.get("type") if isinstance(item, dict) else None
        (of_kind.get(kind, others) if isinstance(kind, str) else others).append(item)
    for item in others:
        reading.misfit(item, f"an item of a kind the schema's page does not make: {str(item)[:80]}")
    # Spans come first: what answers or joins them may stand before them in the list.
    for item in of_kind["labels"]:
        reading.span(item)
    for item in of_kind["choices"]:
        reading.choice(item)
    for item in of_kind["textarea"]:
        reading.words(item)
    for item in of_kind["relation"]:
        reading.relation(item)
    return reading.labelling(annotator), reading.misfits


def _without_zones(results: list[Any]) -> list[Any]:
    """Without what push marked as not the article: the zones' regions, and what Label Studio hangs on them."""
    of_zones = [item for item in results if isinstance(item, dict) and item.get("from_name") == ZONES]
    if not of_zones:
        return results
    zones = {item["id"] for item in of_zones if item.get("type") == "labels" and isinstance(item.get("id"), str)}
    others = (item for item in results if isinstance(item, dict) and item.get("from_name") != ZONES and item.get("type") == "labels")
    only_zones = zones - {item["id"] for item in others if isinstance(item.get("id"), str)}
    return [item for item in results if not (isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"] in only_zones)]


class _Reading:
    """The state of reading one annotation."""

    def __init__(self, page: Page, article: Article) -> None:
        self.page = page
        self.layers = page.schema.span_layers
        self.article = article
        self.length = len(article.text)
        self.misfits: list[Misfit] = []
        # One id may carry a label of two layers: Label Studio lets a second label land on a selected region.
        self.anchors: dict[str, list[_Anchor]] = {}
        self.chosen: dict[tuple[_Anchor, str], str] = {}
        self.unsure: set[str] = set()
        self.links: dict[Link, None] = {}
        self.answers: dict[tuple[str, str], str] = {}
        self.unusable: str | None = None
        self.note: str | None = None

    def misfit(self, item: Any, message: str) -> None:
        region = item.get("id") if isinstance(item, dict) else None
        self.misfits.append(Misfit(str(region) if region is not None else None, message))

    def span(self, item: Item) -> None:
        control, value = item.get("from_name"), item.get("value")
        if control == ZONES:
            return None
        layer = self.layers.get(str(control))
        if layer is None or not isinstance(value, dict):
            return self.misfit(item, f"a span of the unknown layer {control!r}")
        labels, start, end = value.get("labels"), value.get("start"), value.get("end")
        if not isinstance(labels, list) or len(labels) != 1:
            return self.misfit(item, f"a span with {len(labels) if isinstance(labels, list) else 'no'} labels; one is needed")
        kind = labels[0]
        if not isinstance(kind, str) or kind not in layer.types_by_name:
            return self.misfit(item, f"unknown label {kind!r} in {layer.name}")
        # JSON's true and false are no offsets, though Python counts with them.
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= self.length:
            return self.misfit(item, f"offsets {start!r}–{end!r} are not in the article of {self.length} characters")
        region = item.get("id")
        if not isinstance(region, str):
            return self.misfit(item, f"a span with the id {region!r}, which is none")
        here = self.anchors.setdefault(region, [])
        if here and any(anchor.layer is layer for anchor in here):
            return self.misfit(item, f"a second span with the id {region!r} in {layer.name}")
        here.append(_Anchor(region, layer, kind, start, end))
        return None

    def choice(self, item: Item) -> None:
        control, value = str(item.get("from_name")), item.get("value")
        choices = value.get("choices") if isinstance(value, dict) else None
        if not isinstance(choices, list) or len(choices) != 1:
            return self.misfit(item, f"{control}: {choices!r} is not one choice")
        if control in self.page.attributes:
            return self._attribute(item, *self.page.attributes[control], choices[0])
        if control in self.page.questions:
            return self._answer(item, *self.page.questions[control], choices[0])
        if control == UNSURE and choices[0] == UNSURE:
            return self._unsure(item)
        if control == UNUSABLE and choices[0] in UNUSABLE_REASONS:
            self.unusable = choices[0]
        else:
            self.misfit(item, f"the unknown choice {control} = {choices[0]!r}")
        return None

    def _attribute(self, item: Item, layer: str, attribute: str, choice: str) -> None:
        anchor = self._anchor(item, layer)
        if anchor is None:
            return self.misfit(item, f"{layer}.{attribute} = {choice!r} on a region that is no span of {layer}")
        if choice not in self.page.asked[layer, attribute].values_for(anchor.type):
            return self.misfit(item, f"{layer}.{attribute} = {choice!r} is not legal for {anchor.type}")
        if self.chosen.setdefault((anchor, attribute), choice) != choice:
            return self.misfit(item, f"{layer}.{attribute} = {choice!r}, a second answer")
        anchor.attributes[attribute] = choice
        return None

    def _answer(self, item: Item, layer: str, question: str, choice: str) -> None:
        if choice not in self.page.answers[layer, question]:
            return self.misfit(item, f"{question} = {choice!r} is no answer of the schema")
        if self.answers.setdefault((layer, question), choice) != choice:
            return self.misfit(item, f"{question} = {choice!r}, a second answer")
        return None

    def _unsure(self, item: Item) -> None:
        region = str(item.get("id"))
        if region not in self.anchors:
            return self.misfit(item, f"{UNSURE} on the missing region {region}")
        self.unsure.add(region)
        return None

    def words(self, item: Item) -> None:
        control, value = str(item.get("from_name")), item.get("value")
        text = value.get("text") if isinstance(value, dict) else None
        words = "\n".join(map(str, text)) if isinstance(text, list) else str(text or "")
        if control == NOTE:
            self.note = words.strip() or None
        elif (layer := self.page.entities.get(control)) and (anchor := self._anchor(item, layer)):
            anchor.entity = words.strip()
        else:
            self.misfit(item, f"words in {control!r} that belong to no mention")

    def relation(self, item: Item) -> None:
        ends = [self.anchors.get(str(item.get(key)), []) for key in ("from_id", "to_id")]
        if not all(ends):
            missing = " and ".join(str(item.get(key)) for key, found in zip(("from_id", "to_id"), ends, strict=True) if not found)
            return self.misfit(item, f"a relation to the missing region {missing}")
        labels = item.get("labels")
        if not isinstance(labels, list) or not labels:
            return self.misfit(item, f"an arrow without a role from {item.get('from_id')} to {item.get('to_id')}")
        if item.get("direction") == "left":
            ends.reverse()
        for label in labels:
            if not self._join(str(label), ends[0], ends[1]):
                self.misfit(item, f"{label!r} cannot join {_named(ends[0])} and {_named(ends[1])}")
        return None

    def _join(self, label: str, source: list[_Anchor], target: list[_Anchor]) -> bool:
        """Add the link or argument that a relation means; False when the schema knows none.

        An arrow drawn the wrong way round is read the only way that is legal.
        """
        link = self.page.links.get(label)
        for head, filler in (*product(source, target), *product(target, source)):
            if head is filler or not isinstance(head.layer, FrameLayer):
                continue
            if link is not None and head.layer is filler.layer and head.layer.name == link.between:
                self.links[Link(label, self._item_id(head), self._item_id(filler))] = None
                return True
            role = head.layer.role(label)
            if role is not None and role.takes(filler.layer.name, filler.type):
                head.arguments[Argument(label, self._item_id(filler))] = None
                return True
        return False

    def _anchor(self, item: Item, layer: str) -> _Anchor | None:
        return next((each for each in self.anchors.get(str(item.get("id")), ()) if each.layer.name == layer), None)

    def _item_id(self, anchor: _Anchor) -> str:
        return anchor.id if len(self.anchors[anchor.id]) == 1 else f"{anchor.id}.{anchor.layer.name}"

    def labelling(self, annotator: str) -> Labelling:
        mentions, frames = [], []
        for a in chain.from_iterable(self.anchors.values()):
            own, unsure = self._item_id(a), a.id in self.unsure
            if isinstance(a.layer, FrameLayer):
                frames.append(Frame(own, a.layer.name, a.type, a.start, a.end, a.attributes, tuple(a.arguments), unsure))
            else:
                mentions.append(Mention(own, a.layer.name, a.type, a.start, a.end, a.entity or None, unsure))
        return Labelling(
            article=self.article.id,
            annotator=annotator,
            mentions=tuple(mentions),
            frames=tuple(frames),
            links=tuple(self.links),
            answers=tuple(Answer(layer, question, value) for (layer, question), value in self.answers.items()),
            unusable=self.unusable,
            note=self.note,
        )


def _named(anchors: list[_Anchor]) -> str:
    return "/".join(f"{each.layer.name}.{each.type} {each.id}" for each in anchors)


def write_results(page: Page, article: Article, labelling: Labelling) -> list[Item]:
    """A labelling as Label Studio's ``result`` list: what somebody would have made by hand on the page."""
    items: list[Item] = []
    for mention in labelling.mentions:
        items += _region(mention, article)
        if mention.entity is not None:
            items.append(_item(mention, entity_control(mention.layer), "textarea", {"text": [mention.entity]}))
    for frame in labelling.frames:
        items += _region(frame, article)
        items += _attributes(page, frame)
    for answer in labelling.answers:
        control = next(name for name, asked in page.questions.items() if asked == (answer.layer, answer.question))
        items.append(_whole_text(control, "choices", {"choices": [answer.value]}))
    if labelling.unusable is not None:
        items.append(_whole_text(UNUSABLE, "choices", {"choices": [labelling.unusable]}))
    if labelling.note is not None:
        items.append(_whole_text(NOTE, "textarea", {"text": [labelling.note]}))
    arrows = [(frame.id, each.ref, each.role) for frame in labelling.frames for each in frame.arguments]
    arrows += [(link.first, link.second, link.layer) for link in labelling.links]
    items += [{"type": "relation", "from_id": a, "to_id": b, "direction": "right", "labels": [label]} for a, b, label in arrows]
    return items


def zone_results(article: Article) -> list[Item]:
    """What is not the article, as locked regions; lines of one kind that follow each other are one region."""
    joined: list[Zone] = []
    for zone in article.zones:
        if zone.label not in MARKED_ZONES:
            continue
        last = joined[-1] if joined else None
        if last is not None and last.label == zone.label and not article.text[last.end : zone.start].strip():
            joined[-1] = Zone(last.start, zone.end, zone.label)
        else:
            joined.append(zone)
    return [
        {
            "id": f"{ZONES}-{number}",
            "from_name": ZONES,
            "to_name": TEXT,
            "type": "labels",
            "readonly": True,
            "value": {"start": zone.start, "end": zone.end, "text": article.text[zone.start : zone.end], "labels": [zone.label]},
        }
        for number, zone in enumerate(joined, 1)
    ]


def _region(item: Mention | Frame, article: Article) -> Iterator[Item]:
    span = {"start": item.start, "end": item.end, "text": article.text[item.start : item.end]}
    yield {"id": item.id, "from_name": item.layer, "to_name": TEXT, "type": "labels", "value": span | {"labels": [item.type]}}
    if item.unsure:
        yield _item(item, UNSURE, "choices", {"choices": [UNSURE]})


def _attributes(page: Page, frame: Frame) -> Iterator[Item]:
    layer = next(each for each in page.schema.frame_layers if each.name == frame.layer)
    defaults = layer.defaults(frame.type)
    for control in attribute_controls(layer):
        value = frame.attributes.get(control.attribute)
        asked = control.types is None or frame.type in control.types
        if asked and value is not None and value != defaults[control.attribute]:
            yield _item(frame, control.name, "choices", {"choices": [value]})


def _item(item: Mention | Frame, control: str, kind: str, value: Item) -> Item:
    return {"id": item.id, "from_name": control, "to_name": TEXT, "type": kind, "value": {"start": item.start, "end": item.end, **value}}


def _whole_text(control: str, kind: str, value: Item) -> Item:
    return {"id": f"{control}-answer", "from_name": control, "to_name": TEXT, "type": kind, "value": value}
