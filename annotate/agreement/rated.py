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


_Key = tuple[str, str | None]  # layer, attribute or question; None: the type


class _Asked(NamedTuple):
    """One question, its values by name, and what was answered: document, unit in it, annotator, place of the value; again and again."""

    name: str
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
        self._asked: dict[_Key, _Asked] = {}
        for layer in self._layers:
            self._ask((layer.name, None), "nominal", {each.name: each.name for each in layer.types}, only)
            for each in layer.attributes if isinstance(layer, FrameLayer) else ():
                self._ask((layer.name, each.name), each.level, _scale(each), only)
        for choices in schema.choice_layers:
            for question in choices.questions:
                self._ask((choices.name, question.name), question.level, _scale(question), only)

    def _ask(self, key: _Key, level: str, scale: dict[str, Value], only: str | None) -> None:
        name = f"{key[0]}.{key[1] or 'type'}"
        if is_wanted(name, only):
            self._asked[key] = _Asked(name, level, scale, {each: code for code, each in enumerate(scale)}, array("i"))

    def add(self, own: Sequence[Labelling]) -> None:
        """One article's labellings, one an annotator."""
        self._documents.append(own[0].article)
        for layer in self._layers if len(own) > 1 else ():
            if any(asked == layer.name for asked, _ in self._asked):
                self._add_spans(layer, own)
        for each in own:
            for answer in each.answers:
                self._add((answer.layer, answer.question), 0, each.annotator, answer.value)

    def _add_spans(self, layer: MentionLayer | FrameLayer, own: Sequence[Labelling]) -> None:
        """Units are clusters of aligned spans that two annotators or more are in."""
        clusters = align({each.annotator: each.of_layer(layer.name) for each in own})
        for unit, cluster in enumerate(each for each in clusters if len(each) > 1):
            for annotator, item in cluster.items():
                self._add((layer.name, None), unit, annotator, item.type)
                for name, value in item.attributes.items() if isinstance(item, Frame) else ():
                    if value is not None:
                        self._add((layer.name, name), unit, annotator, value)

    def _add(self, key: _Key, unit: int, annotator: str, value: str) -> None:
        if (asked := self._asked.get(key)) is not None:
            who = self._annotators.setdefault(annotator, len(self._annotators))
            asked.rows.extend((len(self._documents) - 1, unit, who, asked.codes[value]))

    def layers(self, stories: Mapping[str, str] = NONE) -> Iterator[RatedLayer]:
        """Each question that is wanted. ``stories``: article → story, where it is stories that intervals resample."""
        clusters = [_cluster(each, stories) for each in self._documents]
        numbers = {name: number for number, name in enumerate(sorted(set(clusters)))}
        cluster = np.array([numbers[each] for each in clusters], np.int64)
        for asked in self._asked.values():
            document, unit, annotator, code = np.frombuffer(asked.rows, np.int32).reshape(-1, 4).T.astype(np.int64)
            # A unit is one of its document, though several documents are one story.
            units = document * (int(unit.max(initial=0)) + 1) + unit
            ratings = ratings_of_codes(cluster[document], units, annotator, code, list(asked.scale.values()), list(self._annotators))
            yield RatedLayer(asked.name, asked.level, ratings)


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


def _cluster(document: str, stories: Mapping[str, str]) -> str:
    """What the document is resampled with; a story is never taken for the document of its name."""
    return f"story {stories[document]}" if document in stories else f"document {document}"


def _scale(asked: Attribute | Question) -> dict[str, Value]:
    """Name → what is measured: the value's number where the level has numbers, else its name."""
    return {each.name: each.name if each.number is None or asked.level in ("nominal", "ordinal") else each.number for each in asked.values}
