"""How much two values agree or differ: weights of the kappas, metrics of alpha, distances between sets of labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.results import Value

Floats = NDArray[np.float64]


def places(level: str, categories: Sequence[Value]) -> Floats:
    """The categories' places on their scale: numbers where it has them, else ranks: (q,)."""
    if level in ("interval", "ratio"):
        return np.array([float(each) for each in categories if not isinstance(each, frozenset)], dtype=np.float64)
    return np.arange(len(categories), dtype=np.float64)


def agreement_weights(scale: Floats, kind: str) -> Floats:
    """w_kl of Gwet (2014, ch. 3): identity, linear 1 − |x_k − x_l| / range, quadratic 1 − (x_k − x_l)² / range²: (q, q).

    ``scale``: the categories' places on their scale: their ranks where they are ordinal, their values where they are numbers.
    """
    if kind == "identity":
        return np.eye(len(scale))
    reach = float(scale.max() - scale.min()) if len(scale) > 1 else 1.0
    share = np.abs(scale[:, None] - scale[None, :]) / reach
    return np.asarray(1 - (share if kind == "linear" else share**2))


def weights_of_disagreements(table: Sequence[Sequence[float]]) -> Floats:
    """A table of disagreements (0 on the diagonal), as Cohen (1968) gives them, as weights of agreement: 1 − v / max v."""
    disagreement = np.asarray(table, dtype=np.float64)
    return np.asarray(1 - disagreement / disagreement.max())


def jaccard_distance(first: frozenset[str], second: frozenset[str]) -> float:
    """1 − |A ∩ B| / |A ∪ B|; two empty sets are the same."""
    union = len(first | second)
    return 1 - len(first & second) / union if union else 0.0


def masi_distance(first: frozenset[str], second: frozenset[str]) -> float:
    """1 − J·M (Passonneau 2006): M is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, else 0."""
    if first == second:
        return 0.0
    shared = first & second
    kinship = 2 / 3 if shared in (first, second) and shared else 1 / 3 if shared else 0.0
    return 1 - (1 - jaccard_distance(first, second)) * kinship


def as_set(value: Value) -> frozenset[str]:
    """A single label is a set of one."""
    return value if isinstance(value, frozenset) else frozenset([str(value)])


def set_distances(values: Sequence[Value], kind: str) -> Floats:
    """Distances between all pairs of sets: (q, q); ``kind`` is masi or jaccard."""
    distance = masi_distance if kind == "masi" else jaccard_distance
    sets = [as_set(each) for each in values]
    return np.array([[distance(a, b) for b in sets] for a in sets], dtype=np.float64).reshape(len(sets), len(sets))
