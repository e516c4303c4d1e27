"""How often a 95% interval holds the true value: simulated annotators whose error rates, and so whose true agreement, are known.

Documents are easy or hard, half of them each, so the units of a document go together. Two annotators give one of three ordered labels, or
mark spans; the second errs half as often again as the first. Writes a Markdown table, in it "(n)": per cent of simulations without an
interval, which are left out.

Run: .venv/bin/python benchmarks/coverage.py [simulations, 1000 unless said]
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the simulations are spread over the processors

import numpy as np

from annotate.agreement.categories.coefficients import Coefficient, alpha_coefficient, alpha_features, features, kappa_coefficients, rated
from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import Floats, Integers, Ratings
from annotate.agreement.intervals import Intervals, Resampled, interval_of, resample
from annotate.agreement.results import Interval
from annotate.agreement.spans.f1 import f1

DOCUMENTS = (10, 25, 50, 100, 300)
UNITS = (1, 5)
METHODS = {"percentile": Intervals(), "bca": Intervals("bca", replicates=2000), "jackknife": Intervals("jackknife")}
ERRORS = (0.03, 0.2)  # of the first annotator in easy and in hard documents
HARDER = 1.5  # times as often the second errs
TRUTH = np.array([[0.6, 0.25, 0.15], [0.3, 0.4, 0.3]])  # how frequent the labels are in easy and in hard documents
WRONG = np.array([[0, 0.75, 0.25], [0.5, 0, 0.5], [0.25, 0.75, 0]])  # what is said instead, mostly a neighbour
PATTERNS = np.array(list(product(range(3), repeat=2)), dtype=np.int8).T  # (2, 9): what the two can say of a unit
MANY = 1e12  # units, so many that the sample's corrections vanish

Hits = Counter[tuple[str, str, int, int, str]]  # (measure, method, units, documents, "held" | "missed" | "none") → simulations
Statistic = Callable[[Floats], Floats]


class Measured(NamedTuple):
    """A measure: its columns in the documents' tables, its statistic of their sums, and the true value."""

    columns: Integers
    statistic: Statistic
    truth: float


def said(error: float) -> Floats:
    """The chance of each label said, given the true one: (true, said)."""
    return (1 - error) * np.eye(3) + error * WRONG


def chances() -> Floats:
    """The chance of each pattern in easy and in hard documents: (2, 9)."""
    return np.stack(
        [np.einsum("t,ta,tb->ab", shares, said(error), said(HARDER * error)).ravel() for shares, error in zip(TRUTH, ERRORS, strict=True)]
    )


def rating_measures() -> tuple[Floats, dict[str, Measured]]:
    """What a unit of each pattern adds, (9, width), and the measures of it."""
    table, weights = rated(PATTERNS, 3), {"identity": np.eye(3)}
    scale: Floats = np.arange(3, dtype=np.float64)
    blocks = features(table, weights, [(0, 1)])
    kappas = {each.measure: each for each in kappa_coefficients(weights)}
    asked: dict[str, Coefficient] = {name: kappas[name] for name in ("percent_agreement", "cohen_kappa", "gwet_ac1")}
    for level in ("nominal", "ordinal"):
        asked[f"krippendorff_alpha, {level}"] = alpha_coefficient(level, scale, measure=level)
        blocks |= alpha_features(table, level, scale, measure=level)
    names = sorted({name for each in asked.values() for name in each.blocks})
    ends = np.cumsum([0, *(blocks[name].shape[1] for name in names)])
    own = {name: np.arange(ends[number], ends[number + 1]) for number, name in enumerate(names)}
    every = np.hstack([blocks[name] for name in names])
    total = MANY * chances().mean(axis=0) @ every
    found = {}
    for name, each in asked.items():
        columns = np.concatenate([own[block] for block in each.blocks])
        statistic = split_at(each, np.cumsum([len(own[block]) for block in each.blocks])[:-1])
        found[name] = Measured(columns, statistic, float(statistic(total[columns])))
    return every, found


def split_at(asked: Coefficient, edges: Integers) -> Statistic:
    return lambda sums: asked.formula(*np.split(sums, edges, axis=-1))


EVERY, MEASURES = rating_measures()
FOUND = np.array([[(1 - error) * (1 - HARDER * error), 2 - error / 2 - HARDER * error / 2] for error in ERRORS])  # expected matches, spans
SPANS = Measured(np.arange(2), f1, float(f1(FOUND.mean(axis=0))))


def simulated_ratings(draw: np.random.Generator, documents: int, units: int) -> Integers:
    """(documents, 9): how many units of each document have each pattern."""
    kinds = draw.integers(0, 2, documents)
    return draw.multinomial(units, chances()[kinds])


def simulated_spans(draw: np.random.Generator, documents: int, units: int) -> Floats:
    """(documents, 2) matches and spans of the two: an error is as often a miss as a boundary that nobody else gives."""
    error = np.array(ERRORS)[draw.integers(0, 2, documents)]
    tables = np.zeros((documents, 2))
    exact = np.ones((documents, units), np.bool_)
    for own in (error, HARDER * error):
        fate = draw.random((documents, units))
        exact &= fate >= own[:, None]
        tables[:, 1] += (fate >= own[:, None] / 2).sum(axis=1)
    tables[:, 0] = exact.sum(axis=1)
    return tables


def tables_of(patterns: Integers) -> tuple[Floats, Integers | None]:
    """The documents' tables, as ``measure_ratings`` makes them: equal ones joined where a document is one unit."""
    if patterns[0].sum() > 1:
        return patterns @ EVERY, None
    times = patterns.sum(axis=0)
    return EVERY[times > 0], times[times > 0]


def resampling_intervals(name: str, measured: Measured, drawn: Resampled) -> Iterator[tuple[str, str, Interval | None]]:
    own = drawn.part(measured.columns)
    for method, how in METHODS.items():
        yield name, method, interval_of(own._replace(sums=own.sums[: how.replicates]), measured.statistic, how)[0]


def analytic_intervals(patterns: Integers) -> Iterator[tuple[str, str, Interval | None]]:
    documents, units = patterns.shape[0], int(patterns[0].sum())
    pattern = np.repeat(np.tile(np.arange(9), documents), patterns.ravel())
    of_unit = None if units == 1 else np.repeat(np.arange(documents), units)
    ratings = Ratings(PATTERNS[:, pattern], ["a", "b", "c"], ["first", "second"], of_unit, documents)
    for each in measure_ratings("layer", "nominal", ratings, how=Intervals("analytic")):
        name = "krippendorff_alpha, nominal" if each.measure == "krippendorff_alpha" else each.measure
        if name in MEASURES and name != "percent_agreement" and each.category is None:
            yield name, "analytic", each.interval


def simulate(setting: tuple[int, int, int]) -> Hits:
    """One simulation: (seed, documents, units)."""
    seed, documents, units = setting
    draw = np.random.default_rng(setting)
    how = Intervals("bca", replicates=METHODS["bca"].replicates, seed=seed)
    patterns = simulated_ratings(draw, documents, units)
    tables, counts = tables_of(patterns)
    drawn = resample(tables, how, counts)
    found = [*analytic_intervals(patterns)]
    for name, measured in MEASURES.items():
        found += resampling_intervals(name, measured, drawn)
    found += resampling_intervals("span_f1_exact", SPANS, resample(simulated_spans(draw, documents, units), how))
    hits: Hits = Counter()
    for name, method, bounds in found:
        truth = MEASURES.get(name, SPANS).truth
        fate = "none" if bounds is None else "held" if bounds.low <= truth <= bounds.high else "missed"
        hits[name, method, units, documents, fate] += 1
    return hits


def cell(hits: Hits, name: str, method: str, units: int, documents: int) -> str:
    held, missed, none = (hits[name, method, units, documents, fate] for fate in ("held", "missed", "none"))
    if not held + missed:
        return "–"
    without = f" ({100 * none / (held + missed + none):.0f})" if none else ""
    return f"{100 * held / (held + missed):.1f}{without}"


def table(hits: Hits) -> str:
    lines = ["| measure, its true value | units a document | interval | " + " | ".join(f"{each} documents" for each in DOCUMENTS) + " |"]
    lines.append("|---|--:|---|" + "--:|" * len(DOCUMENTS))
    for (name, measured), units, method in product({**MEASURES, "span_f1_exact": SPANS}.items(), UNITS, (*METHODS, "analytic")):
        cells = [cell(hits, name, method, units, each) for each in DOCUMENTS]
        if set(cells) != {"–"}:
            lines.append(f"| `{name}` {measured.truth:.3f} | {units} | {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(simulations: int) -> None:
    settings = [(seed, documents, units) for seed in range(simulations) for documents in DOCUMENTS for units in UNITS]
    hits: Hits = Counter()
    with ProcessPoolExecutor() as workers:
        for each in workers.map(simulate, settings, chunksize=20):
            hits.update(each)
    print(table(hits))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)
