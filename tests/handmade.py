"""Labellings of one article, made by hand, and what a labelling says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from annotate.records import Answer, Argument, Frame, Labelling, Link, Mention
from annotate.schema import FrameLayer, load_schema
from tests.conftest import SCHEMAS

SCHEMA = load_schema(SCHEMAS / "event-stance" / "schema.yaml")

Item = Mention | Frame
Place = tuple[int, int]


def actor(name: str = "m", start: int = 50, kind: str = "GOV", entity: str | None = None) -> Mention:
    return Mention(name, "mentions", kind, start, start + 6, entity)


def event(name: str = "e", place: Place = (0, 5), kind: str = "ACCUSE", *arguments: tuple[str, str], **attributes: str | None) -> Frame:
    defaults = frame_layer("events").defaults(kind)
    return Frame(name, "events", kind, *place, defaults | attributes, tuple(Argument(*each) for each in arguments))


def frame_layer(name: str) -> FrameLayer:
    layer = SCHEMA.span_layers[name]
    assert isinstance(layer, FrameLayer)
    return layer


def labelling(
    annotator: str,
    *items: Item,
    links: Iterable[tuple[str, str]] = (),
    answers: Mapping[str, str] = {},
    unusable: str | None = None,
) -> Labelling:
    """An annotator's labelling; ``answers`` are questions about the document."""
    return Labelling(
        article="velmora-1",
        annotator=annotator,
        mentions=tuple(each for each in items if isinstance(each, Mention)),
        frames=tuple(each for each in items if isinstance(each, Frame)),
        links=tuple(Link("same_as", first, second) for first, second in links),
        answers=tuple(Answer("document", question, value) for question, value in answers.items()),
        unusable=unusable,
    )


def submitted(*each: Sequence[Item]) -> list[Labelling]:
    """One labelling an annotator."""
    return [labelling(f"annotator {number}", *items) for number, items in enumerate(each)]


def shape(labelling: Labelling) -> dict[str, Any]:
    """What a labelling says, without its ids and its order."""
    place = {each.id: (each.layer, each.start, each.end, each.type) for each in labelling.items}
    return {
        "mentions": Counter((place[each.id], each.entity) for each in labelling.mentions),
        "frames": Counter(
            (place[each.id], answered(each), tuple(sorted((one.role, place[one.ref]) for one in each.arguments)))
            for each in labelling.frames
        ),
        "links": Counter((each.layer, *sorted((place[each.first], place[each.second]))) for each in labelling.links),
        "answers": Counter((each.layer, each.question, each.value) for each in labelling.answers),
        "unusable": labelling.unusable,
    }


def answered(frame: Frame) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in frame.attributes.items() if value is not None))
