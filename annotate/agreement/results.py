"""What a measurement gives back. A number that is undefined is null with a reason, never NaN and never a silent 1 or 0."""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

from msgspec import Struct

from annotate import __version__

FEW_DOCUMENTS = 30


class Rating(NamedTuple):
    """One value one annotator gave one unit; ``document`` is the cluster that the bootstrap draws."""

    document: str
    unit: str
    annotator: str
    value: str


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


class Result(Struct, frozen=True):
    """One measured number. ``units``: all of them; ``pairable``: those at least two annotators judged.

    ``reason`` says why there is no value, or why a value has no interval.
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


def signature(measure: str, **facts: object) -> str:
    """What makes a number comparable, as sacreBLEU writes it: ``m:…|level:…|…|annotate:0.1.0``."""
    parts = [f"m:{measure}", *(f"{key}:{value}" for key, value in facts.items()), f"annotate:{__version__}"]
    return "|".join(parts)


def defined(value: float) -> float | None:
    """The value, or None where it is NaN."""
    return None if math.isnan(value) else float(value)


def annotator_pairs(annotators: list[str]) -> list[tuple[str, str]]:
    return list(combinations(sorted(annotators), 2))
