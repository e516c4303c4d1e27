"""What splits should have alike: publisher, date, language and length of their articles, and the labels of those that came labelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import csr_array

from annotate.records import Date
from annotate.release.splits.groups import Drawable

Floats = NDArray[np.float64]
Value = tuple[str, str]  # variable, value

MOST_VALUES = 100  # of a variable; the rarer ones are taken together
MOST_PERIODS = 12
QUARTERS = (0.25, 0.5, 0.75)
OTHERS = "(others)"


class Strata(NamedTuple):
    """names: (values,) each a variable and its value, in order; variable: (values,) the number of its variable

    table: sparse (articles, values), how often each article has each value
    """

    names: list[Value]
    variable: NDArray[np.int64]
    table: Any


class Difference(Struct, frozen=True):
    """Where a split is least like the whole: ``share`` of the value among the variable's in the split, ``overall`` in all articles."""

    split: str
    variable: str
    value: str
    share: float
    overall: float

    @property
    def size(self) -> float:
        return abs(self.share - self.overall)


def strata_of(articles: Sequence[Drawable]) -> Strata:
    """The strata of these articles, in their order."""
    period = _periods(articles)
    lengths: Floats = np.asarray(np.quantile([each.length for each in articles] or [0], QUARTERS), np.float64)
    totals: Counter[Value] = Counter()
    for article in articles:
        for value, count in _values(article, period, lengths):
            totals[value] += count  # type: ignore[assignment]
    pooled = _pooled(totals)
    names = sorted(set(pooled.values()))
    number = {name: at for at, name in enumerate(names)}
    column = {value: number[name] for value, name in pooled.items()}
    rows, columns, counts = [], [], []
    for row, article in enumerate(articles):
        for value, count in _values(article, period, lengths):
            rows.append(row)
            columns.append(column[value])
            counts.append(count)
    variables = sorted({variable for variable, _ in names})
    table = csr_array((np.array(counts, np.float64), (rows, columns)), shape=(len(articles), len(names)))
    return Strata(names, np.array([variables.index(variable) for variable, _ in names], np.int64), table)


def summed(table: Any, owners: Sequence[int] | NDArray[np.int64], size: int) -> Any:
    """Rows of a sparse table (articles, values) summed by owner: sparse (size, values). Owners below 0 own nothing."""
    owner = np.asarray(owners, np.int64)
    kept = np.flatnonzero(owner >= 0)
    member = csr_array((np.ones(len(kept)), (owner[kept], kept)), shape=(size, table.shape[0]))
    found: Any = (member @ table).tocsr()
    found.sort_indices()
    return found


def shares_of(counts: Floats, variable: NDArray[np.int64]) -> Floats:
    """(…, values) counts → each value's share of its variable's; 0 where the variable has none."""
    totals = np.zeros((*counts.shape[:-1], int(variable.max(initial=-1)) + 1))
    for number in range(totals.shape[-1]):
        totals[..., number] = counts[..., variable == number].sum(axis=-1)
    whole = totals[..., variable]
    return np.divide(counts, whole, out=np.zeros_like(counts), where=whole > 0)


def largest_difference(splits: Mapping[str, Sequence[Drawable]]) -> Difference | None:
    """The largest difference between a value's share in a split and in all articles; None where there is but one split."""
    names = sorted(name for name, own in splits.items() if own)
    if len(names) < 2:
        return None
    articles = [each for name in names for each in splits[name]]
    strata = strata_of(articles)
    owners = np.repeat(np.arange(len(names)), [len(splits[name]) for name in names])
    counts = summed(strata.table, owners, len(names)).toarray()
    shares, overall = shares_of(counts, strata.variable), shares_of(counts.sum(axis=0), strata.variable)
    split, value = np.unravel_index(np.argmax(np.abs(shares - overall)), shares.shape)
    return Difference(names[int(split)], *strata.names[int(value)], float(shares[split, value]), float(overall[value]))


def _values(article: Drawable, period: Callable[[Date], str], lengths: Floats) -> Iterator[tuple[Value, float]]:
    yield ("publisher", article.publisher or ""), 1.0
    yield ("language", article.lang), 1.0
    yield ("date", period(article.date)), 1.0
    yield ("length", f"quarter {1 + int(np.searchsorted(lengths, article.length))}"), 1.0
    for label in article.labels:
        yield (label.variable, label.value), label.times


def _periods(articles: Iterable[Drawable]) -> Callable[[Date], str]:
    """Dates by month, quarter or year, whichever gives few periods first."""
    dates = {each.date for each in articles}
    for period in (_month, _quarter):
        if len({period(date) for date in dates}) <= MOST_PERIODS:
            return period
    return _year


def _month(date: Date) -> str:
    return f"{date.year}-{date.month:02}" if date.year is not None and date.month is not None else _year(date)


def _quarter(date: Date) -> str:
    return f"{date.year} Q{(date.month + 2) // 3}" if date.year is not None and date.month is not None else _year(date)


def _year(date: Date) -> str:
    return str(date.year) if date.year is not None else "unknown"


def _pooled(totals: Mapping[Value, float]) -> dict[Value, Value]:
    """Value → itself, or the others of its variable where it is one of the rarer of many."""
    ranked: Counter[str] = Counter()
    found: dict[Value, Value] = {}
    for value, _ in sorted(totals.items(), key=lambda each: (-each[1], each[0])):
        ranked[value[0]] += 1
        found[value] = value if ranked[value[0]] < MOST_VALUES else (value[0], OTHERS)
    return found
