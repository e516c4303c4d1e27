"""Intervals by resampling documents: what is drawn is what was sampled, never the units inside a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil, sqrt
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from annotate.agreement.results import Interval
from annotate.errors import UsageProblem

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Statistic = Callable[[Floats], Floats]
Method = Literal["percentile", "bca", "jackknife", "analytic", "none"]

LEVEL = 0.95
MAX_DEGENERATE = 0.05
BCA_REPLICATES = 2000
# Below this share of distinct documents, drawing how often each distinct one comes is faster than drawing documents (measured).
FEW_DISTINCT = 1 / 20
FEW = 100
NO_ANALYTIC = "no interval: no analytic variance is known for this one; use the bootstrap"
FEW_COLUMNS = 16  # tables of more are seldom equal
BATCH = 2**22  # numbers a batch of replicates may hold
IN_CACHE = 2**13  # draws


class Intervals(Struct, frozen=True):
    """How intervals are made.

    ``stories``: document → story. Articles of one story stand or fall together, so where any are known, stories are resampled, and each
    document without one as a story of its own.
    """

    method: Method = "percentile"
    replicates: int = 1000
    seed: int = 0
    stories: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.method == "bca" and self.replicates < BCA_REPLICATES:
            raise UsageProblem(f"BCa needs at least {BCA_REPLICATES} replicates, not {self.replicates}; its tails are too rough with fewer")

    @property
    def unit(self) -> str:
        """What is resampled."""
        return "story" if self.stories else "document"

    @property
    def signature(self) -> str:
        if self.method in ("percentile", "bca") and self.replicates:
            return f"{self.method}-{self.unit}-{self.replicates}-seed{self.seed}"
        return f"jackknife-{self.unit}" if self.method == "jackknife" else "analytic" if self.method == "analytic" else "none"


class Resampled(NamedTuple):
    """Documents and what replicates of them sum to.

    tables: (tables, …) what each document adds to the statistic's table; counts: (tables,) how many documents have this table
    sums:   (replicates, …), empty where the method draws none
    """

    tables: Floats
    counts: Integers
    sums: Floats

    @property
    def documents(self) -> int:
        return int(self.counts.sum())

    def part(self, columns: slice | Integers) -> Resampled:
        """The same documents and replicates, of some of the columns of flat tables."""
        return Resampled(self.tables[:, columns], self.counts, self.sums[:, columns])


def clustered(tables: Floats, documents: Sequence[str], how: Intervals) -> Floats:
    """What each story adds, from what each document adds: (documents, …) → (stories, …)."""
    if not how.stories:
        return tables
    keys = [("story", how.stories[each]) if each in how.stories else ("document", each) for each in documents]
    number = {key: row for row, key in enumerate(sorted(set(keys)))}
    summed = np.zeros((len(number), *tables.shape[1:]))
    np.add.at(summed, [number[key] for key in keys], tables)
    return summed


def resample(tables: Floats, how: Intervals, counts: Integers | None = None) -> Resampled:
    """Draw documents with replacement. ``counts``: how many documents have each table, where equal ones were joined."""
    number = np.ones(len(tables), np.int64) if counts is None else counts
    tables, number = _joined(tables, number)
    if how.method not in ("percentile", "bca") or not how.replicates or number.sum() < 2:
        return Resampled(tables, number, np.zeros((0, *tables.shape[1:])))
    return Resampled(tables, number, np.concatenate(list(_drawn_sums(tables, number, how))))


def interval(tables: Floats, statistic: Statistic, how: Intervals, counts: Integers | None = None) -> tuple[Interval | None, str | None]:
    """``interval_of`` for one statistic by itself."""
    return interval_of(resample(tables, how, counts), statistic, how)


def interval_of(drawn: Resampled, statistic: Statistic, how: Intervals) -> tuple[Interval | None, str | None]:
    """A 95% interval of statistic(Σ tables) by resampling documents: (interval, why there is none).

    statistic: (replicates, …) summed tables → (replicates,) values, NaN where undefined

    percentile: Efron & Tibshirani 1993, ch. 13. bca: ibid., ch. 14, its acceleration from the leave-one-document-out jackknife.
    jackknife: Student's t around the value with the jackknife's standard error (ibid., ch. 11).
    """
    if how.method == "analytic":
        return None, NO_ANALYTIC
    if how.method == "none" or (how.method != "jackknife" and not how.replicates):
        return None, None
    if drawn.documents < 2:
        return None, f"no interval: one {how.unit}, nothing to resample"
    if how.method == "jackknife":
        return _jackknife_interval(drawn, statistic, how.unit)
    values = statistic(drawn.sums)
    usable = values[~np.isnan(values)]
    if len(usable) < (1 - MAX_DEGENERATE) * len(values):
        return None, f"no interval: undefined in {len(values) - len(usable)} of {len(values)} replicates"
    shares: Floats | None = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    if how.method == "bca":
        shares = _bca_shares(usable, drawn, statistic)
    if shares is None:
        return None, f"no interval: undefined when one {how.unit} is left out"
    low, high = np.quantile(usable, shares)
    return Interval(LEVEL, float(low), float(high), f"{how.method} bootstrap over {drawn.documents} {_plural(how.unit)}"), None


def standard_error(drawn: Resampled, statistic: Statistic) -> float:
    """The leave-one-document-out jackknife's standard error (Efron & Tibshirani 1993, eq. 11.5); NaN where one is undefined."""
    left_out, n = _left_out(drawn, statistic), drawn.documents
    mean = (left_out * drawn.counts).sum() / n
    return sqrt((n - 1) / n * ((left_out - mean) ** 2 * drawn.counts).sum()) if n > 1 else float("nan")


def documents_needed(documents: int, half_width: float, wanted: float) -> int:
    """How many documents in all give an interval of this half-width: width falls with the root of their number."""
    return max(documents, ceil(documents * (half_width / wanted) ** 2))


def student_interval(value: float, error: float, freedom: int, method: str) -> Interval:
    """value ± t·error, cut at −1 and 1 as Gwet (2014) does; ``error`` is a standard error."""
    half = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error
    return Interval(LEVEL, max(-1.0, value - half), min(1.0, value + half), method)


def _joined(tables: Floats, counts: Integers) -> tuple[Floats, Integers]:
    """Documents with equal tables, but for rounding, as one, where that leaves few."""
    if len(tables) <= FEW or tables[0].size > FEW_COLUMNS:
        return tables, counts
    key = np.zeros(len(tables))
    for column, weight in zip(tables.reshape(len(tables), -1).T, np.random.default_rng(0).random(tables[0].size), strict=True):
        key += column * weight
    _, first, owner = np.unique(key, return_index=True, return_inverse=True)
    if len(first) > FEW_DISTINCT * counts.sum() or not np.allclose(tables[first][owner], tables, rtol=1e-12, atol=1e-12):
        return tables, counts
    return tables[first], np.bincount(owner, counts).astype(np.int64)


def _drawn_sums(tables: Floats, counts: Integers, how: Intervals) -> Iterator[Floats]:
    """The summed tables of the replicates, batch by batch: (batch, …)."""
    draw = np.random.default_rng(how.seed)
    documents, flat = int(counts.sum()), np.ascontiguousarray(tables.reshape(len(tables), -1).T)
    batch = max(1, BATCH // max(len(tables), 1))
    owner = np.repeat(np.arange(len(tables)), counts) if documents > len(tables) else None
    for done in range(0, how.replicates, batch):
        size = min(batch, how.replicates - done)
        if len(tables) <= max(FEW_DISTINCT * documents, FEW):
            weights = draw.multinomial(documents, counts / documents, size=size).astype(np.float64)
            sums = weights @ flat.T
        else:
            sums = np.concatenate([times @ flat.T for times in _times_drawn(draw, documents, len(tables), owner, size)])
        yield sums.reshape(size, *tables.shape[1:])


def _times_drawn(draw: np.random.Generator, documents: int, tables: int, owner: Integers | None, replicates: int) -> Iterator[Floats]:
    """How often each table is drawn in each replicate, so many of these at a time as a processor's cache holds: (some, tables)."""
    some = max(1, IN_CACHE // documents)
    for done in range(0, replicates, some):
        size = min(some, replicates - done)
        numbers = draw.integers(0, documents, (size, documents), dtype=np.uint32)
        drawn = (numbers if owner is None else owner[numbers]) + np.arange(size)[:, None] * tables
        yield np.bincount(drawn.ravel(), minlength=size * tables).reshape(size, tables).astype(np.float64)


def _left_out(drawn: Resampled, statistic: Statistic) -> Floats:
    """The statistic without one document of each table: (tables,)."""
    total = _total(drawn)
    step = max(1, BATCH // max(total.size, 1))
    return np.concatenate([statistic(total - drawn.tables[at : at + step]) for at in range(0, len(drawn.tables), step)])


def _total(drawn: Resampled) -> Floats:
    return np.asarray(np.tensordot(drawn.counts.astype(np.float64), drawn.tables, axes=1))[None]


def _jackknife_interval(drawn: Resampled, statistic: Statistic, unit: str) -> tuple[Interval | None, str | None]:
    error = standard_error(drawn, statistic)
    if np.isnan(error):
        return None, f"no interval: undefined when one {unit} is left out"
    value, method = float(statistic(_total(drawn))[0]), f"jackknife over {drawn.documents} {_plural(unit)}"
    return student_interval(value, error, drawn.documents - 1, method), None


def _bca_shares(replicates: Floats, drawn: Resampled, statistic: Statistic) -> Floats | None:
    """The percentiles that BCa reads instead of 2.5% and 97.5% (Efron & Tibshirani 1993, eq. 14.9–14.15)."""
    left_out = _left_out(drawn, statistic)
    if np.isnan(left_out).any():
        return None
    value, n = float(statistic(_total(drawn))[0]), len(replicates)
    tied = np.isclose(replicates, value, rtol=0, atol=1e-12)  # the same documents summed in another order
    below = ((replicates < value) & ~tied).sum() / n + tied.sum() / (2 * n)
    z0 = ndtri(np.clip(below, 1 / (n + 1), n / (n + 1)))
    difference = (left_out * drawn.counts).sum() / drawn.documents - left_out
    squares = (difference**2 * drawn.counts).sum()
    a = (difference**3 * drawn.counts).sum() / (6 * squares**1.5) if squares > 0 else 0.0
    z = z0 + ndtri(np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    return np.asarray(ndtr(z0 + z / (1 - a * z)))


def _plural(unit: str) -> str:
    return "stories" if unit == "story" else f"{unit}s"
