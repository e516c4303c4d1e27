"""What a measurement gives back. A number that is undefined is null with a reason, never NaN and never a silent 1 or 0."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from msgspec import Struct, structs

from annotate import __version__

FEW_DOCUMENTS = 30
EACH_APART = "each category is measured apart"


Value = str | float | frozenset[str]


def category_name(value: Value) -> str:
    """A category in words; a set is its labels joined, the empty one ∅."""
    return ("+".join(sorted(value)) or "∅") if isinstance(value, frozenset) else str(value)


class Rating(NamedTuple):
    """One value one annotator gave one unit; ``document`` is the cluster that the bootstrap draws.

    ``value`` is a category, a number where the level is interval or ratio, or a set of labels.
    """

    document: str
    unit: str
    annotator: str
    value: Value


class Span(NamedTuple):
    """One span one annotator marked."""

    document: str
    annotator: str
    start: int
    end: int
    label: str


class Interval(Struct, frozen=True):
    """An interval at a level (0.95), and the method that made it."""

    level: float
    low: float
    high: float
    method: str


class Pair(Struct, frozen=True):
    """The value of two annotators; ``units`` is how many both judged."""

    annotators: tuple[str, str]
    value: float | None
    reason: str | None
    units: int


class Category(Struct, frozen=True):
    """The value of one type, role, attribute or category, with its own support."""

    category: str
    value: float | None
    reason: str | None
    interval: Interval | None
    units: int
    pairable: int
    details: dict[str, float | None] = {}


class Result(Struct, frozen=True):
    """One measured number. ``units``: all of them; ``pairable``: those at least two annotators judged.

    reason:   why there is no value, or why a value has no interval
    category: the type, role, attribute or category that the number is of; None: all of them
    details:  numbers that belong to the value, such as a coverage, or the precision that a sampled one reached
    by:       the values of single categories, where they were folded in (``folded``)
    phase, guidelines: what part of the labelling was measured (None: all there is)
    """

    layer: str
    measure: str
    value: float | None
    reason: str | None
    interval: Interval | None
    units: int
    pairable: int
    annotators: int
    signature: str
    pairs: list[Pair] = []
    category: str | None = None
    details: dict[str, float | None] = {}
    by: list[Category] = []
    phase: str | None = None
    guidelines: str | None = None


class Marginal(Struct, frozen=True):
    """How often a category was given, by one annotator, or by all (``annotator`` None). Without it a low kappa cannot be read."""

    layer: str
    annotator: str | None
    category: str
    count: int
    share: float


def folded(results: Iterable[Result]) -> list[Result]:
    """One result a layer and measure: those of single categories go into ``by`` of the one of all.

    A measure that is only ever of one category (ku_alpha, attributes) gets a result that says so.
    """
    whole: dict[tuple[str, str], Result] = {}
    parts: dict[tuple[str, str], list[Result]] = {}
    for each in results:
        key = (each.layer, each.measure)
        if each.category is None:
            whole[key] = each
        else:
            parts.setdefault(key, []).append(each)
            whole.setdefault(key, structs.replace(each, category=None, value=None, interval=None, reason=EACH_APART, pairs=[], details={}))
    return [structs.replace(each, by=[_category(part) for part in parts.get(key, [])]) for key, each in whole.items()]


def _category(result: Result) -> Category:
    assert result.category is not None
    of = (result.category, result.value, result.reason, result.interval, result.units, result.pairable, result.details)
    return Category(*of)


def signature(measure: str, **facts: object) -> str:
    """What makes a number comparable, as sacreBLEU writes it: ``m:…|level:…|…|annotate:0.1.0``."""
    parts = [f"m:{measure}", *(f"{key}:{value}" for key, value in facts.items()), f"annotate:{__version__}"]
    return "|".join(parts)


def defined(value: float) -> float | None:
    """The value, or None where it is NaN."""
    return None if math.isnan(value) else float(value)


def annotator_pairs(annotators: list[str]) -> list[tuple[str, str]]:
    return list(combinations(sorted(annotators), 2))
