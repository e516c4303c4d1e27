"""The alignment of several coders' units that has the least disorder, exactly (Mathet, Widlöcher & Métivier 2015).

A unitary alignment takes at most one unit of each of k coders; an alignment puts every unit in one of them. The disorder of a unitary
alignment is the mean dissimilarity over its P = k(k − 1)/2 pairs, a pair with an empty place costing Δ∅. So does a pair of two empty
places: a unit alone costs Δ∅, however many coders there are. The best alignment of two coders is a linear assignment, that of more is
chosen among candidates (``unitary_alignments``).
"""

from __future__ import annotations

from itertools import combinations
from math import ceil, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from annotate.agreement.spans.unitary_alignments import Floats, Ints, best_unitary_alignments

EMPTY = -1


class Units(NamedTuple):
    """One coder's units in a document, (n,) each, in the order of their starts: start < end, in code points; labels as numbers."""

    starts: Floats
    ends: Floats
    labels: Ints


Continuum = list[Units]  # a document's units, by coder


class Weights(NamedTuple):
    """α > 0 of the positional and β of the categorical dissimilarity, and Δ∅."""

    alpha: float = 1.0
    beta: float = 1.0
    empty: float = 1.0


class Alignment(NamedTuple):
    """``units``: (unitary alignments, coders), the number of each coder's unit, EMPTY where none; ``disorder``: its δ."""

    units: Ints
    disorder: float


class Sums(NamedTuple):
    """What continua's best alignments add up to, (continua,) each.

    disorders: Σ of their unitary disorders
    differing: Σ w·d_cat over the pairs of units that are aligned
    weights:   Σ w over them, w being max(0, 1 − d_pos / Δ∅) / (units in their unitary alignment − 1): how close the two are, and each unit
               counts once however many it is aligned with (Mathet 2017, section 4.2.3)
    """

    disorders: Floats
    differing: Floats
    weights: Floats


EQUAL = Weights()


def positional(first: Units, second: Units, empty: float = 1.0) -> Floats:
    """Positional-sporadic dissimilarity, ((|Δstart| + |Δend|) / (length + length))²·Δ∅, of pairs of units."""
    apart = np.abs(first.starts - second.starts) + np.abs(first.ends - second.ends)
    share: Floats = apart / (first.ends - first.starts + second.ends - second.starts)
    return share * share * empty


def dissimilarity(first: Units, second: Units, weights: Weights = EQUAL) -> Floats:
    """α·d_pos + β·d_cat of pairs of units; d_cat is Δ∅ where the labels differ, else 0."""
    differ = first.labels != second.labels
    d: Floats = weights.alpha * positional(first, second, weights.empty) + weights.beta * weights.empty * differ
    return d


def best_alignment(continuum: Continuum, weights: Weights = EQUAL) -> Alignment:
    """The alignment of least disorder of two coders or more, one of whom marked something. Raises TooManyCandidates."""
    together, rows = _aligned([continuum], weights)
    sizes = np.array([len(each.starts) for each in continuum])
    numbers = np.where(rows == sizes.sum(), EMPTY, rows - (np.cumsum(sizes) - sizes))
    sums = _sums(together, rows, np.zeros(len(together.starts), np.int64), 1, weights)
    return Alignment(numbers, float(sums.disorders[0]) / mean_units(continuum))


def best_sums(continua: list[Continuum], weights: Weights = EQUAL) -> Sums:
    """The sums over the best alignment of each continuum, all of the same number of coders. Raises TooManyCandidates.

    They are aligned in one go, laid out in a row too far apart to be aligned with one another: small continua cost little more than one.
    """
    together, rows = _aligned(continua, weights)
    sizes = np.array([[len(each.starts) for each in continuum] for continuum in continua])
    owner = np.repeat(np.tile(np.arange(len(continua)), sizes.shape[1]), sizes.T.ravel())
    return _sums(together, rows, owner, len(continua), weights)


def mean_units(continuum: Continuum) -> float:
    """The mean number of units a coder, which a sum of unitary disorders is divided by to give δ."""
    return sum(len(each.starts) for each in continuum) / len(continuum)


def _aligned(continua: list[Continuum], weights: Weights) -> tuple[Units, Ints]:
    """All units, coder by coder, N of them, and the unitary alignments: (unitary alignments, coders), N for an empty place."""
    coders = _in_a_row(continua, weights)
    sizes = [len(each.starts) for each in coders]
    together = Units(*(np.concatenate(parts) for parts in zip(*coders, strict=True)))
    rows = _best_of_two(coders[0], coders[1], weights) if len(coders) == 2 else _best_of_many(coders, weights)
    alone = np.setdiff1d(np.arange(sum(sizes)), rows)
    apart = np.full((len(alone), len(coders)), sum(sizes))
    apart[np.arange(len(alone)), np.repeat(np.arange(len(coders)), sizes)[alone]] = alone
    return together, np.concatenate([rows, apart])


def _in_a_row(continua: list[Continuum], weights: Weights) -> list[Units]:
    """One continuum of them all, a stretch between every two that no pair of units worth aligning can span."""
    if len(continua) == 1:
        return continua[0]
    units = [each for continuum in continua for each in continuum if len(each.starts)]
    low, high = min(each.starts[0] for each in units), max(each.ends.max() for each in units)
    longest = max((each.ends - each.starts).max() for each in units)
    stride = ceil(high - low + _reach(len(continua[0]), weights) * longest) + 1
    return [
        Units(
            np.concatenate([each.starts + number * stride for number, each in enumerate(coder)]),
            np.concatenate([each.ends + number * stride for number, each in enumerate(coder)]),
            np.concatenate([each.labels for each in coder]),
        )
        for coder in zip(*continua, strict=True)
    ]


def _reach(coders: int, weights: Weights) -> float:
    """Two units (|Δstart| + |Δend|) / (length + length) apart by this much are never in one unitary alignment.

    Taking one of them out saves d − Δ∅, loses at most Δ∅ with each of the k − 2 others, and costs P·Δ∅: it pays where
    d ≥ (P + k − 1)·Δ∅.
    """
    return sqrt((coders * (coders - 1) / 2 + coders - 1) / weights.alpha)


def _near(first: Units, second: Units, reach: float) -> tuple[Ints, Ints]:
    """The pairs of a unit of each that are less than ``reach`` apart, and some that are not."""
    lengths = first.ends - first.starts
    within = reach * (lengths + (second.ends - second.starts).max(initial=0))
    low = np.searchsorted(second.starts, first.starts - within)
    count = np.searchsorted(second.starts, first.starts + within) - low
    rows = np.repeat(np.arange(len(lengths)), count)
    return rows, np.arange(len(rows)) + np.repeat(low - np.cumsum(count) + count, count)


def _best_of_two(first: Units, second: Units, weights: Weights) -> Ints:
    """The aligned pairs, (pairs, 2): worth it where d < 2Δ∅, what the two cost alone; the rest is linear assignment."""
    rows, columns = _near(first, second, _reach(2, weights))
    d = dissimilarity(_pick(first, rows), _pick(second, columns), weights)
    costs = np.zeros((len(first.starts), len(second.starts)))
    costs[rows, columns] = np.minimum(d - 2 * weights.empty, 0)
    row, column = linear_sum_assignment(costs)
    aligned = costs[row, column] < 0
    return np.stack([row[aligned], column[aligned] + len(first.starts)], axis=1)


def _best_of_many(coders: list[Units], weights: Weights) -> Ints:
    """The unitary alignments of two units or more."""
    sizes = [len(each.starts) for each in coders]
    k, starts, units = len(sizes), np.cumsum(sizes) - sizes, sum(sizes)
    price = k * (k - 1) / 2 * weights.empty
    gains = np.full((units + 1, units + 1), -price - k * weights.empty)  # no unit gains this much with all others
    gains[units], gains[:, units] = 0, 0
    for a, b in combinations(range(k), 2):
        rows, columns = _near(coders[a], coders[b], _reach(k, weights))
        d = dissimilarity(_pick(coders[a], rows), _pick(coders[b], columns), weights)
        gains[rows + starts[a], columns + starts[b]] = gains[columns + starts[b], rows + starts[a]] = weights.empty - d
    return best_unitary_alignments(gains, sizes, price)


def _sums(together: Units, rows: Ints, owner: Ints, continua: int, weights: Weights) -> Sums:
    """``rows``: unitary alignments of units of ``together``, as _aligned gives them; ``owner``: which continuum each unit is of."""
    pairs = rows[:, list(combinations(range(rows.shape[1]), 2))]
    row, pair = np.nonzero((pairs < len(owner)).all(axis=2))
    first, second = (_pick(together, pairs[row, pair, side]) for side in (0, 1))
    of_row = owner[rows.min(axis=1)]
    alone = np.bincount(of_row, minlength=continua) * weights.empty
    gained = weights.empty - dissimilarity(first, second, weights)
    others = (rows < len(owner)).sum(axis=1)[row] - 1
    close = np.maximum(0, 1 - positional(first, second)) / others
    differing = weights.empty * (first.labels != second.labels)

    def summed(values: Floats) -> Floats:
        sums: Floats = np.bincount(of_row[row], weights=values, minlength=continua).astype(np.float64)
        return sums

    return Sums(alone - summed(gained) / pairs.shape[1], summed(close * differing), summed(close))


def _pick(units: Units, index: Any) -> Units:
    return Units(units.starts[index], units.ends[index], units.labels[index])
