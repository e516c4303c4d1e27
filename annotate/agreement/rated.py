"""What several annotators were asked of one thing, as ratings: the type and each attribute of aligned spans, every document question."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from annotate.agreement.alignment import align
from annotate.agreement.categories.ratings import Ratings, ratings_of_codes
from annotate.agreement.results import Value
from annotate.records import Frame, Labelling
from annotate.schema import Attribute, FrameLayer, MentionLayer, Question, Schema

NONE: Mapping[str, str] = MappingProxyType({})


class RatedLayer(NamedTuple):
    """One question that several annotators answered: its name (``events.type``), level and ratings."""

    name: str
    level: str
    ratings: Ratings


class _Asked(NamedTuple):
    """One question, its values by name, and what was answered: document, unit in it, annotator, place of the value; again and again."""

    level: str
    scale: dict[str, Value]
    codes: dict[str, int]
    rows: array[int]


class Rated:
    """The ratings of a schema's questions, gathered article by article: 16 bytes each, and no labelling is held."""

    def __init__(self, schema: Schema, only: str | None = None) -> None:
        self._layers = list(schema.span_layers.values())
        self._documents: list[str] = []
        self._annotators: dict[str, int] = {}
        asked = {f"{layer.name}.type": ("nominal", _names(layer)) for layer in self._layers}
        asked |= {f"{layer.name}.{each.name}": (each.level, _scale(each)) for layer in schema.frame_layers for each in layer.attributes}
        asked |= {f"{layer.name}.{each.name}": (each.level, _scale(each)) for layer in schema.choice_layers for each in layer.questions}
        order = [*(name for layer in self._layers for name in _questions(layer)), *asked]
        self._asked = {
            name: _Asked(*asked[name], {each: code for code, each in enumerate(asked[name][1])}, array("i"))
            for name in dict.fromkeys(order)
            if is_wanted(name, only)
        }

    def add(self, own: Sequence[Labelling]) -> None:
        """One article's labellings, one an annotator."""
        self._documents.append(own[0].article)
        for layer in self._layers if len(own) > 1 else ():
            if any(name in self._asked for name in _questions(layer)):
                self._add_spans(layer, own)
        for each in own:
            for answer in each.answers:
                self._add(f"{answer.layer}.{answer.question}", 0, each.annotator, answer.value)

    def _add_spans(self, layer: MentionLayer | FrameLayer, own: Sequence[Labelling]) -> None:
        """Units are clusters of aligned spans that two annotators or more are in."""
        clusters = align({each.annotator: each.of_layer(layer.name) for each in own})
        for unit, cluster in enumerate(each for each in clusters if len(each) > 1):
            for annotator, item in cluster.items():
                self._add(f"{layer.name}.type", unit, annotator, item.type)
                for name, value in item.attributes.items() if isinstance(item, Frame) else ():
                    if value is not None:
                        self._add(f"{layer.name}.{name}", unit, annotator, value)

    def _add(self, name: str, unit: int, annotator: str, value: str) -> None:
        if (asked := self._asked.get(name)) is not None:
            who = self._annotators.setdefault(annotator, len(self._annotators))
            asked.rows.extend((len(self._documents) - 1, unit, who, asked.codes[value]))

    def layers(self, stories: Mapping[str, str] = NONE) -> Iterator[RatedLayer]:
        """Each question that is wanted. ``stories``: article → story, where it is stories that intervals resample."""
        clusters = [_cluster(each, stories) for each in self._documents]
        numbers = {name: number for number, name in enumerate(sorted(set(clusters)))}
        cluster = np.array([numbers[each] for each in clusters], np.int64)
        for name, asked in self._asked.items():
            document, unit, annotator, code = np.frombuffer(asked.rows, np.int32).reshape(-1, 4).T.astype(np.int64)
            # A unit is one of its document, though several documents are one story.
            units = document * (int(unit.max(initial=0)) + 1) + unit
            ratings = ratings_of_codes(cluster[document], units, annotator, code, list(asked.scale.values()), list(self._annotators))
            yield RatedLayer(name, asked.level, ratings)


def rated_layers(
    schema: Schema, usable: Sequence[Labelling], only: str | None = None, stories: Mapping[str, str] = NONE
) -> Iterator[RatedLayer]:
    """The type and each attribute of every layer of spans, its units being clusters of aligned spans; then every document question.

    ``stories``: article → story, where it is stories that intervals resample.
    """
    rated = Rated(schema, only)
    for own in by_article(usable):
        rated.add(own)
    return rated.layers(stories)


def by_article(labellings: Iterable[Labelling]) -> Iterator[list[Labelling]]:
    """Labellings article by article."""
    return (list(own) for _, own in groupby(sorted(labellings, key=lambda each: each.article), key=lambda each: each.article))


def is_wanted(name: str, only: str | None) -> bool:
    """``events`` is wanted with ``events.type`` and the other way round, ``events.type`` not with ``events.mode``."""
    return only is None or name == only or name.startswith(f"{only}.")


def _questions(layer: MentionLayer | FrameLayer) -> list[str]:
    attributes = layer.attributes if isinstance(layer, FrameLayer) else ()
    return [f"{layer.name}.type", *(f"{layer.name}.{each.name}" for each in attributes)]


def _cluster(document: str, stories: Mapping[str, str]) -> str:
    """What the document is resampled with; a story is never taken for the document of its name."""
    return f"story {stories[document]}" if document in stories else f"document {document}"


def _names(layer: MentionLayer | FrameLayer) -> dict[str, Value]:
    return {each.name: each.name for each in layer.types}


def _scale(asked: Attribute | Question) -> dict[str, Value]:
    """Name → what is measured: the value's number where the level has numbers, else its name."""
    return {each.name: each.name if each.number is None or asked.level in ("nominal", "ordinal") else each.number for each in asked.values}
