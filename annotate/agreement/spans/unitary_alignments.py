"""Which units of three coders or more belong together: candidates, and the best choice among them.

A unitary alignment (Mathet, Widlöcher & Métivier 2015) is a tuple of unit numbers, one a coder, N for an empty place. ``gains``,
(N + 1, N + 1), are Δ∅ − d of every two units, 0 with an empty place. ``price`` is P·Δ∅, which one unitary alignment more costs, in sums
over the P pairs of coders.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Measured: choosing among 18,000 takes 0.2 s and among 107,000 2.5 s (5 coders × 50 units, one in 20 and one in 10 characters), which the
# chance samples repeat at least 30 times. Spans one in 40 characters make 4,000.
MOST_CANDIDATES = 100_000
BATCH = 2**18  # numbers worked on at a time
# HiGHS is right to 1e-6 and 1e-7, which SciPy does not let one change: with numbers this much larger, to 1e-10.
SCALE = 1e4
# How far from its bound the best whole answer is looked for first; measured: most are found at once, and HiGHS is fastest.
FIRST_GAP = 1.0


class TooManyCandidates(Exception):
    """The best alignment would be a choice among more than MOST_CANDIDATES unitary alignments."""


def best_unitary_alignments(gains: Floats, sizes: list[int], price: float) -> Ints:
    """Those of two units or more that the alignment of least disorder consists of; ``sizes`` are the coders' numbers of units."""
    tuples = _candidates(gains, sizes, price)
    saved = _savings(tuples, gains, price)
    tuples, saved = tuples[saved > 0], saved[saved > 0]
    return tuples[_most_saved(tuples, saved, sum(sizes))]


def _candidates(gains: Floats, sizes: list[int], price: float) -> Ints:
    """The unitary alignments that cost less than any two that they could be split into: (candidates, coders), N for an empty place.

    Splitting T into T₁ and T₂ adds price + Σ gains over the pairs across: T is kept where that is positive for each of its bipartitions.
    (Section 5.1.1 compares with the split into single units only.) They grow coder by coder; what no unit still to come can save is
    dropped.
    """
    ends = np.cumsum(sizes)
    empty = int(ends[-1])
    tuples = np.array([*range(sizes[0]), empty], np.int64)[:, None]
    crosses: Floats = np.zeros((len(tuples), 1))  # Σ gains across each bipartition; of one coder there is but the one with an empty side
    for coder in range(1, len(sizes)):
        block = np.array([*range(ends[coder - 1], ends[coder]), empty])
        tuples, crosses = _grown(tuples, crosses, block, gains, _most_to_come(gains, ends, coder), price)
    return tuples


def _most_to_come(gains: Floats, ends: Ints, coder: int) -> Floats:
    """The most that the coders after this one can add to each unit's gains, (N + 1,)."""
    most = np.zeros(len(gains))
    for start, end in zip(ends[coder:-1], ends[coder + 1 :], strict=True):
        most += gains[:, start:end].max(axis=1, initial=0)
    return most


def _grown(tuples: Ints, crosses: Floats, block: Ints, gains: Floats, to_come: Floats, price: float) -> tuple[Ints, Floats]:
    """The tuples with a place of one more coder, which ``block`` can fill, and their crosses: (m, c + 1), (m, 2^c)."""
    step, parts, found = max(1, BATCH // len(block)), [], 0
    for start in range(0, len(tuples), step):
        parts.append(_joined(tuples[start : start + step], crosses[start : start + step], block, gains, to_come, price))
        found += len(parts[-1][0])
        if found > MOST_CANDIDATES:
            raise TooManyCandidates
    return np.concatenate([each for each, _ in parts]), np.concatenate([each for _, each in parts])


def _joined(tuples: Ints, crosses: Floats, block: Ints, gains: Floats, to_come: Floats, price: float) -> tuple[Ints, Floats]:
    """The same, of as many tuples as memory allows. Most pairs of a tuple and a unit go at once: the unit would be better off alone."""
    across = np.minimum(to_come[block], to_come[tuples].sum(axis=1)[:, None])
    for coder in range(tuples.shape[1]):
        across += gains[tuples[:, coder, None], block]
    rows, columns = np.nonzero(across > -price)
    old, new = tuples[rows], block[columns]
    grown = np.column_stack([old, new])
    pairs, sides = gains[old, new[:, None]], _sides(tuples.shape[1])
    # The new place joins the first side of each bipartition, and is across from the second; or the other way round.
    crosses = np.concatenate([crosses[rows] + pairs @ (1 - sides).T, crosses[rows] + pairs @ sides.T], axis=1)
    later, sides = to_come[grown], _sides(grown.shape[1])
    kept = (crosses + np.minimum(later @ sides.T, later @ (1 - sides).T) > -price).all(axis=1)
    return grown[kept], crosses[kept]


def _sides(coders: int) -> Floats:
    """The bipartitions of a number of coders, (2^(coders − 1), coders): 1 on the first coder's side."""
    numbers = np.arange(2 ** (coders - 1))[:, None]
    later = 1 - (numbers >> np.arange(coders - 1)) % 2
    return np.concatenate([np.ones((len(numbers), 1)), later], axis=1)


def _savings(tuples: Ints, gains: Floats, price: float) -> Floats:
    """P times what each unitary alignment costs less than its c units alone: (c − 1)·P·Δ∅ + Σ (Δ∅ − d)."""
    filled = (tuples < len(gains) - 1).sum(axis=1)
    first, second = np.triu_indices(tuples.shape[1], 1)
    saved: Floats = (filled - 1) * price + gains[tuples[:, first], tuples[:, second]].sum(axis=1)
    return saved


def _most_saved(tuples: Ints, saved: Floats, units: int) -> Ints:
    """Which candidates, no two of them with a unit in common, save most: set packing.

    Its linear program's dual gives units prices, so that no candidate saves more than its units' prices. Where the solution is whole (most
    are), it is the answer. Otherwise choosing a candidate whose units' prices are ``slack`` more than it saves loses that much of the sum
    of all prices, which no answer exceeds: an answer within ``gap`` of that sum, found among those of no more slack, is the best of all.
    """
    if not len(tuples):
        return np.zeros(0, np.int64)
    filled = tuples < units
    ends = np.concatenate([[0], np.cumsum(filled.sum(axis=1))])
    holds = csr_array((np.ones(ends[-1]), tuples[filled], ends), shape=(len(tuples), units))
    found = linprog(np.ones(units), A_ub=-holds, b_ub=-saved * SCALE, method="highs-ds", options={"presolve": False})
    prices, share = found.x / SCALE, -found.ineqlin.marginals
    if np.abs(share - np.round(share)).max() < 1e-6:
        return np.flatnonzero(share > 0.5)
    slack, gap = holds @ prices - saved, FIRST_GAP
    while True:
        near = np.flatnonzero(slack <= gap + 1e-9)
        chosen = near[_packed(holds[near], saved[near])]
        missing = prices.sum() - saved[chosen].sum()
        if missing <= gap:
            return chosen
        gap = missing


def _packed(holds: csr_array, saved: Floats) -> Ints:
    """The same, over few candidates, in whole numbers."""
    found = milp(
        -saved * SCALE,
        integrality=np.ones(len(saved)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(holds.T, ub=1),
        options={"mip_rel_gap": 0},
    )
    return np.flatnonzero(found.x > 0.5)
