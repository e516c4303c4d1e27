"""Whole groups to splits so that every split is like the whole.

Groups go from the largest to the smallest to a split that is not full, there where its articles are missing most: where
Σ over values v of ((b + c)² − b²) / (share · total) is least, with b what the split has of v beyond its share, c what the group brings, and
(share · total) what the split should have of v's variable: so large groups go where there is room for others beside them. That is a
stratification of many variables at once (after Sechidis et al. 2011), and linear in articles. Where groups are few, exchanges then lower
the largest share difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.release.splits.groups import Drawable, Group
from annotate.release.splits.strata import Floats, Strata, shares_of, strata_of, summed

REFINED = 5_000  # groups, up to which exchanges are tried
STARTS = 4
ROUNDS, TRIED, PATIENCE = 600, 192, 40  # rounds; exchanges tried a round; rounds in a row without one that helps
MOVES = 1 / 4  # of what is tried is a move of one group, the rest exchanges of two
SLACK = 0.02  # of its articles a split may have more or less for it, one of them at least
SPREAD = 0.05  # what the mean square counts beside the largest difference: it leads out of a tie

Integers = NDArray[np.int64]


class _Problem(NamedTuple):
    """groups: (groups, values) sparse counts; sizes: (groups,) articles; base: (splits, values) what is locked; held: (splits,)"""

    strata: Strata
    groups: Any
    sizes: Integers
    base: Floats
    held: Floats
    shares: Floats

    @property
    def target(self) -> Floats:
        """(splits,) articles"""
        found: Floats = self.shares * (self.sizes.sum() + self.held.sum())
        return found


def balanced(groups: Sequence[Group], held: Mapping[str, Sequence[Drawable]], shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """Group's name → split. ``held``: what the splits have already; ``shares``: split → its part, above 0."""
    names = sorted(shares)
    problem = _problem(groups, [held.get(name, ()) for name in names], [shares[name] for name in names])
    few = len(groups) <= REFINED
    starts = [_greedy(problem, _order(groups, f"{seed}:{start}")) for start in range(STARTS if few else 1)]
    found = [_refined(problem, start, np.random.default_rng(seed)) for start in starts] if few and len(names) > 1 else starts
    best = min(found, key=lambda owners: _cost(problem, _counts(problem, owners)))
    return {group.name: names[split] for group, split in zip(groups, best.tolist(), strict=True)}


def _problem(groups: Sequence[Group], held: Sequence[Sequence[Drawable]], shares: Sequence[float]) -> _Problem:
    articles = [each for group in groups for each in group.members]
    strata = strata_of(articles + [each for own in held for each in own])
    sizes = np.array([len(group.members) for group in groups], np.int64)
    owners = np.repeat(np.arange(len(groups) + len(held)), [*sizes.tolist(), *map(len, held)])
    table = summed(strata.table, owners, len(groups) + len(held))
    part = np.array(shares, np.float64)
    base = table[len(groups) :].toarray()
    return _Problem(strata, table[: len(groups)], sizes, base, np.array([len(own) for own in held], np.float64), part / part.sum())


def _order(groups: Sequence[Group], salt: str) -> list[int]:
    """From the largest to the smallest, those of a size in an order that only the salt and their names decide."""
    keys = [(-len(group.members), sha256(f"{salt}:{group.name}".encode()).digest()) for group in groups]
    return sorted(range(len(groups)), key=keys.__getitem__)


def _greedy(problem: _Problem, order: Sequence[int]) -> Integers:
    """(groups,) the number of each group's split."""
    whole = problem.base.sum(axis=0) + np.asarray(problem.groups.sum(axis=0)).ravel()
    variable = problem.strata.variable
    totals = np.bincount(variable, whole)[variable]
    beyond = (problem.base - problem.shares[:, None] * whole).tolist()
    weight = (1 / (problem.shares[:, None] * np.maximum(totals, 1e-12))).tolist()
    room = (problem.target - problem.held).tolist()
    sizes, owners = problem.sizes.tolist(), np.zeros(len(order), np.int64)
    starts, columns, counts = problem.groups.indptr.tolist(), problem.groups.indices.tolist(), problem.groups.data.tolist()
    for group in order:
        own = list(zip(columns[starts[group] : starts[group + 1]], counts[starts[group] : starts[group + 1]], strict=True))
        best, least = 0, float("inf")
        for split, left in enumerate(room):
            if left <= 1e-9:
                continue
            has, by = beyond[split], weight[split]
            cost = sum([count * (2 * has[value] + count) * by[value] for value, count in own])
            if cost < least:
                best, least = split, cost
        owners[group] = best
        room[best] -= sizes[group]
        for value, count in own:
            beyond[best][value] += count
    return owners


def _counts(problem: _Problem, owners: Integers) -> Floats:
    """(splits, values)"""
    found: Floats = problem.base + summed(problem.groups, owners, len(problem.base)).toarray()
    return found


def _cost(problem: _Problem, counts: Floats) -> float:
    return float(_costs(problem, counts[None])[0])


def _costs(problem: _Problem, counts: Floats) -> Floats:
    """(tried, splits, values) → (tried,) the largest share difference, with a little of the mean one."""
    overall = shares_of(counts[0].sum(axis=0), problem.strata.variable)
    away = np.abs(shares_of(counts, problem.strata.variable) - overall)
    found: Floats = away.max(axis=(1, 2)) + SPREAD * np.sqrt((away**2).mean(axis=(1, 2)))
    return found


class _State(NamedTuple):
    """owners: (groups,) split of each; counts: (splits, values); sizes: (splits,) articles; cost: of the counts"""

    owners: Integers
    counts: Floats
    sizes: Floats
    cost: float


def _refined(problem: _Problem, owners: Integers, draw: np.random.Generator) -> Integers:
    """Exchange groups of two splits, or move one, as long as that lowers the cost and no split's size gets off by more than it may."""
    dense, counts = problem.groups.toarray(), _counts(problem, owners)
    sizes = problem.held + np.bincount(owners, problem.sizes, minlength=len(problem.base))
    state = _State(owners, counts, sizes, _cost(problem, counts))
    slack = np.maximum(np.abs(sizes - problem.target), np.maximum(1, SLACK * problem.target))
    idle = 0
    for _ in range(ROUNDS if len(owners) else 0):
        better = _exchanged(problem, dense, state, slack, draw)
        idle = idle + 1 if better is None else 0
        state = better or state
        if idle > PATIENCE:
            break
    return state.owners


def _exchanged(problem: _Problem, dense: Floats, state: _State, slack: Floats, draw: np.random.Generator) -> _State | None:
    """The best of some exchanges drawn; None where none of them helps."""
    owners, (splits, groups) = state.owners, (len(problem.base), len(state.owners))
    worst = np.flatnonzero(owners == _worst(problem, state.counts))
    first, second = draw.integers(0, groups, TRIED), draw.integers(0, groups, TRIED)
    if len(worst):
        first[::2] = worst[draw.integers(0, len(worst), len(first[::2]))]
    alone = draw.random(TRIED) < MOVES  # only the first moves
    to = np.where(alone, draw.integers(0, splits, TRIED), owners[second])
    kept = np.flatnonzero(owners[first] != to)
    first, second, alone, to, at = first[kept], second[kept], alone[kept], to[kept], np.arange(len(kept))
    change = dense[first] - np.where(alone[:, None], 0.0, dense[second])
    shift = problem.sizes[first] - np.where(alone, 0, problem.sizes[second])
    counts, sizes = np.repeat(state.counts[None], len(kept), axis=0), np.repeat(state.sizes[None], len(kept), axis=0)
    for table, by in ((counts, change), (sizes, shift)):
        table[at, owners[first]] -= by
        table[at, to] += by
    costs = _costs(problem, counts) if len(kept) else np.array([np.inf])
    if len(kept):
        costs[(np.abs(sizes - problem.target) > slack + 1e-9).any(axis=1) | (sizes < 1).any(axis=1)] = np.inf
    best = int(np.argmin(costs))
    if costs[best] >= state.cost - 1e-12:
        return None
    owners = owners.copy()
    if not alone[best]:
        owners[second[best]] = owners[first[best]]
    owners[first[best]] = to[best]
    return _State(owners, counts[best], sizes[best], float(costs[best]))


def _worst(problem: _Problem, counts: Floats) -> int:
    """The split of the largest share difference."""
    overall = shares_of(counts.sum(axis=0), problem.strata.variable)
    return int(np.abs(shares_of(counts, problem.strata.variable) - overall).max(axis=1).argmax())
