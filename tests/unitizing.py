"""Texts that several annotators marked, made up or drawn at random, and what the unitizing alphas say of them."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result, Span
from annotate.agreement.spans.unitizing import measure_unitizing

few = settings(max_examples=60, deadline=None)

Place = tuple[int, int, str]

NO_INTERVAL = Intervals("none")
LABELS = ["X", "Y", "Z"]
OF_ALL = ["krippendorff_alpha_u", "u_alpha", "u_alpha_binary", "cu_alpha"]


class Text(NamedTuple):
    """A document: its length, and what each annotator marked in it."""

    length: int
    marks: dict[str, list[Place]]


Texts = dict[str, Text]
Measured = dict[tuple[str, str | None], Result]  # by measure and category


def spans_and_readings(texts: Texts) -> tuple[list[Span], list[tuple[str, str]]]:
    read = [(document, annotator) for document, text in texts.items() for annotator in text.marks]
    return [Span(document, annotator, *place) for document, annotator in read for place in texts[document].marks[annotator]], read


def results_of(texts: Texts, categories: list[str] = LABELS, how: Intervals = NO_INTERVAL) -> list[Result]:
    lengths = {document: text.length for document, text in texts.items()}
    return measure_unitizing("layer", categories, *spans_and_readings(texts), lengths=lengths, how=how)


def measured(texts: Texts, categories: list[str] = LABELS, how: Intervals = NO_INTERVAL) -> Measured:
    return {(each.measure, each.category): each for each in results_of(texts, categories, how)}


def number(result: Result) -> float:
    assert result.value is not None, result.reason
    return result.value


def values(texts: Texts, categories: list[str] = LABELS) -> list[float | None]:
    return [value for each in results_of(texts, categories) for value in (each.value, *each.details.values())]


def approx(expected: list[float | None]) -> list[object]:
    return [None if each is None else pytest.approx(each, abs=1e-9) for each in expected]


def labelled(label: str, places: list[tuple[int, int]]) -> list[Place]:
    return [(start, end, label) for start, end in places]


BOOK = Text(  # Krippendorff 2004, p. 254; the continuum begins at 150
    300,
    {
        "i": [(75, 145, "c"), (220, 250, "c"), (30, 90, "k"), (150, 200, "k")],
        "j": [(70, 150, "c"), (205, 225, "c"), (250, 270, "c"), (30, 90, "k"), (150, 200, "k")],
    },
)


@st.composite
def some_units(draw: st.DrawFn) -> list[Place]:
    """Spans one after another, touching or not."""
    steps = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(LABELS)), max_size=4))
    places, at = [], 0
    for gap, length, label in steps:
        places.append((at + gap, at + gap + length, label))
        at += gap + length
    return places


@st.composite
def some_text(draw: st.DrawFn, names: str = "abcd") -> Text:
    marks = draw(st.dictionaries(st.sampled_from(names), some_units(), min_size=2, max_size=4))
    return Text(max((place[1] for places in marks.values() for place in places), default=0) + draw(st.integers(0, 3)), marks)


some_texts = st.lists(some_text(), min_size=1, max_size=3).map(lambda texts: {f"d{n}": text for n, text in enumerate(texts)})


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 1e-12 else None


def alpha_u_by_definition(texts: Texts, categories: list[str]) -> float | None:
    """1 − ΣD_o/ΣD_e, every section of each coder against every other; a document's pairs weigh 1/(m − 1), gaps end at its borders."""
    positions = sum(len(text.marks) * text.length for text in texts.values())
    d_o = d_e = 0.0
    for category in categories if positions else []:
        by_text = [[sections(text, places, category) for places in text.marks.values()] for text in texts.values()]
        for coders in by_text:
            for first, second in permutations(coders, 2):
                d_o += sum(delta(g, h) for g in first for h in second) / (len(coders) - 1) / positions
        pooled = [section for coders in by_text for coder in coders for section in coder]
        units = [end - start for start, end, unit in pooled if unit]
        gaps = [end - start for start, end, unit in pooled if not unit]
        chance = sum((len(units) - 1) / 3 * (2 * n**3 - 3 * n**2 + n) + n**2 * sum(gap - n + 1 for gap in gaps if gap >= n) for n in units)
        if units:
            d_e += 2 * chance / (positions * (positions - 1) - sum(n * (n - 1) for n in units))
    share = ratio(d_o, d_e)
    return None if share is None else 1 - share


def sections(text: Text, places: list[Place], category: str) -> list[tuple[int, int, bool]]:
    found, at = [], 0
    for start, end, label in sorted(places):
        if label == category:
            found += [(at, start, False), (start, end, True)]
            at = end
    return [each for each in [*found, (at, text.length, False)] if each[1] > each[0]]


def delta(g: tuple[int, int, bool], h: tuple[int, int, bool]) -> int:
    if g[2] and h[2] and g[0] < h[1] and h[0] < g[1]:
        return (g[0] - h[0]) ** 2 + (g[1] - h[1]) ** 2
    if g[2] and not h[2] and h[0] <= g[0] and g[1] <= h[1]:
        return (g[1] - g[0]) ** 2
    if h[2] and not g[2] and g[0] <= h[0] and h[1] <= g[1]:
        return (h[1] - h[0]) ** 2
    return 0
