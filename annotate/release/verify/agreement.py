"""agreement.json of a release: numbers that are whole, each once, of the layers that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from annotate.agreement.results import Interval, Result
from annotate.errors import Problem
from annotate.release.lines import read_json
from annotate.schema import Schema
from annotate.schema.record_schema import PSEUDONYM

AGREEMENT = "agreement.json"
DIGITS = 6

Each = TypeVar("Each")


class _Pair(Struct):
    annotators: tuple[str, str]


class _Measured(Struct):
    """What of a result is checked; releases of format 1 have no more."""

    layer: str
    measure: str
    value: float | None
    reason: str | None
    interval: Interval | None
    units: int
    pairable: int
    signature: str
    pairs: list[_Pair] = []
    category: str | None = None
    phase: str | None = None
    guidelines: str | None = None


class _Agreement(Struct, Generic[Each]):
    results: list[Each]


def agreement_problems(folder: Path, schema: Schema) -> Iterator[Problem]:
    try:
        results = msgspec.convert(read_json((folder / AGREEMENT).read_bytes()), _Agreement[_Measured]).results
    except (ValueError, msgspec.ValidationError) as error:
        yield Problem(AGREEMENT, f"cannot be read: {error}")
        return
    layers = {layer.name for layer in schema.layers}
    before: set[tuple[str | None, ...]] = set()
    for number, each in enumerate(results):
        key = (each.layer, each.measure, each.category, each.phase, each.guidelines)
        fault = "stands twice" if key in before else _fault(each, layers)
        before.add(key)
        if fault is not None:
            yield Problem(AGREEMENT, f"results/{number}: {each.layer} {each.measure}: {fault}")


def results_of(folder: Path) -> list[Result]:
    """What the card's table was made from; empty where it cannot be, of which the rest is said elsewhere."""
    try:
        return msgspec.convert(read_json((folder / AGREEMENT).read_bytes()), _Agreement[Result]).results
    except (ValueError, msgspec.ValidationError):
        return []


def _fault(result: _Measured, layers: set[str]) -> str | None:
    """A value or a reason; limits in order; a signature; six digits, so that it is the same made anywhere."""
    limits = [result.interval.low, result.interval.high] if result.interval else []
    if result.value is None and not result.reason:
        return "neither a value nor a reason"
    if not result.signature:
        return "no signature"
    if not result.signature.startswith(f"m:{result.measure}|"):
        return "its signature is that of another measure"
    if limits and limits[0] > limits[1]:
        return "the interval's limits are the wrong way round"
    if any(each != round(each, DIGITS) for each in (*limits, *([] if result.value is None else [result.value]))):
        return "more than six digits"
    if any(each > 1 for each in (*limits, *([] if result.value is None else [result.value]))):
        return "above 1"
    if result.layer.partition(".")[0] not in layers:
        return f"there is no layer {result.layer}"
    if not 0 <= result.pairable <= result.units:
        return f"{result.pairable} pairable units of {result.units}"
    if not all(re.search(PSEUDONYM["pattern"], name) for pair in result.pairs for name in pair.annotators):
        return "an annotator stands under no pseudonym"
    return None
