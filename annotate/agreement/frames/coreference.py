"""Agreement on which mentions are one entity: MUC, B³, CEAF and BLANC between two sets of clusters.

Notation of Pradhan et al. (2014), "Scoring coreference partitions of predicted mentions: a reference implementation": K_i the key's
clusters, R_j the response's; each may hold mentions that the other lacks. With two annotators either may be the key: exchanging them
exchanges recall and precision. Every measure is a ratio of counts, and over documents it is micro: the counts are summed.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from annotate.agreement.results import defined

Floats = NDArray[np.float64]
Clusters = Collection[Collection[Hashable]]
Mention = TypeVar("Mention", bound=Hashable)

MEASURES = ("muc", "b_cubed", "ceaf_m", "ceaf_e", "blanc")
MUC, BLANC_C, BLANC_N = 0, 4, 5  # rows of the counts; BLANC counts links within clusters and links between them apart
LINK_BASED = [MUC, BLANC_C, BLANC_N]


class Scores(NamedTuple):
    """None where there was nothing to count."""

    recall: float | None
    precision: float | None
    f1: float | None


def coreference(documents: Iterable[tuple[Clusters, Clusters]]) -> dict[str, Scores]:
    """Each measure over all documents, given the (key, response) clusters of each; see ``coreference_scores`` for what is undefined."""
    total = sum((coreference_counts(key, response) for key, response in documents), np.zeros((6, 2, 2)))
    return {name: Scores(*map(defined, row)) for name, row in zip(MEASURES, coreference_scores(total).tolist(), strict=True)}


def coreference_counts(key: Clusters, response: Clusters) -> Floats:
    """What one document adds to each ratio: (6, 2, 2), measures (BLANC's two kinds of link apart) × recall, precision ×
    numerator, denominator.

    Raises ValueError on an empty cluster and on a mention in two clusters of one side.
    """
    k, r = _sizes(key), _sizes(response)
    shared = _intersections(key, response)
    return np.array([muc(k, r, shared), b_cubed(k, r, shared), ceaf_m(k, r, shared), ceaf_e(k, r, shared), *blanc(k, r, shared)])


def coreference_scores(counts: Floats) -> Floats:
    """Recall, precision and F1 of summed counts: (…, 6, 2, 2) → (…, 5, 3), in the order of ``MEASURES``; NaN where undefined.

    A side with nothing to count leaves its ratio undefined. The link-based measures make it 0 where the other side has links, as the
    reference scorer does (its cases A10 and A11: all singletons, all one cluster). F1 is 0 where either ratio is 0. BLANC is the mean
    over both kinds of link, or the one kind where neither side has the other kind (Luo et al. 2014).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = counts[..., 0] / counts[..., 1]
        links = ratios[..., LINK_BASED, :]
        ratios[..., LINK_BASED, :] = np.where(np.isnan(links).all(axis=-1, keepdims=True), np.nan, np.nan_to_num(links))
        harmonic = 2 * ratios.prod(axis=-1) / ratios.sum(axis=-1)
    scores = np.concatenate([ratios, np.where((ratios == 0).any(axis=-1), 0, harmonic)[..., None]], axis=-1)
    within, between = scores[..., BLANC_C, :], scores[..., BLANC_N, :]
    both = np.where(np.isnan(within), between, np.where(np.isnan(between), within, (within + between) / 2))
    return np.concatenate([scores[..., :BLANC_C, :], both[..., None, :]], axis=-2)


def muc(k: Floats, r: Floats, shared: Floats) -> Floats:
    """Σ(|K_i| − |p(K_i)|) / Σ(|K_i| − 1), p(K_i) the parts into which the other side divides K_i (Vilain et al. 1995)."""
    common = shared.sum() - (shared > 0).sum()  # links of K_i that survive in R are those of R that survive in K
    return np.array([[common, (k - 1).sum()], [common, (r - 1).sum()]])


def b_cubed(k: Floats, r: Floats, shared: Floats) -> Floats:
    """Σ_i Σ_j |K_i ∩ R_j|² / |K_i| over Σ|K_i| (Bagga & Baldwin 1998; mentions of one side only count as missed)."""
    squares = shared**2
    return np.array([[(squares / k[:, None]).sum(), k.sum()], [(squares / r[None, :]).sum(), r.sum()]])


def ceaf_m(k: Floats, r: Floats, shared: Floats) -> Floats:
    """Φ₃ over the mentions: |K_i ∩ R_j| summed over the best one-to-one alignment of clusters (Luo 2005)."""
    best = _aligned(shared)
    return np.array([[best, k.sum()], [best, r.sum()]])


def ceaf_e(k: Floats, r: Floats, shared: Floats) -> Floats:
    """Φ₄ over the clusters: 2|K_i ∩ R_j| / (|K_i| + |R_j|) summed over the best one-to-one alignment (Luo 2005)."""
    best = _aligned(2 * shared / (k[:, None] + r[None, :]))
    return np.array([[best, len(k)], [best, len(r)]])


def blanc(k: Floats, r: Floats, shared: Floats) -> Floats:
    """|C_k ∩ C_r| over |C_k| and |C_r|, links within clusters; |N_k ∩ N_r| over |N_k| and |N_r|, links between them (Luo et al. 2014)."""
    within = _pairs(shared).sum()
    # Links of the mentions that both have, less those that are within a cluster on either side.
    between = _pairs(shared.sum()) - _pairs(shared.sum(axis=1)).sum() - _pairs(shared.sum(axis=0)).sum() + within
    c_k, c_r = _pairs(k).sum(), _pairs(r).sum()
    n_k, n_r = _pairs(k.sum()) - c_k, _pairs(r.sum()) - c_r
    return np.array([[[within, c_k], [within, c_r]], [[between, n_k], [between, n_r]]])


def entities(entity_of: Mapping[Mention, str | None]) -> list[frozenset[Mention]]:
    """The mentions of each entity; a mention without one is alone."""
    members: dict[Hashable, set[Mention]] = {}
    for mention, entity in entity_of.items():
        members.setdefault((None, mention) if entity is None else entity, set()).add(mention)
    return [frozenset(each) for each in members.values()]


def chains(items: Iterable[Mention], links: Iterable[tuple[Mention, Mention]]) -> list[frozenset[Mention]]:
    """The items that links (``same_as``) join, directly or through others; an item without a link is alone.

    Raises KeyError on a link to something that is no item.
    """
    chain_of = {item: {item} for item in items}
    for a, b in links:
        small, large = sorted((chain_of[a], chain_of[b]), key=len)
        if small is not large:
            large |= small
            chain_of.update(dict.fromkeys(small, large))
    return [frozenset(each) for each in {id(each): each for each in chain_of.values()}.values()]


def _sizes(clusters: Clusters) -> Floats:
    """|K_i|, (clusters,)."""
    sizes = np.array([len(each) for each in clusters], dtype=np.float64)
    if (sizes == 0).any():
        raise ValueError("a cluster without a mention")
    if len({mention for each in clusters for mention in each}) < sizes.sum():
        raise ValueError("a mention stands twice on one side; clusters are a partition")
    return sizes


def _intersections(key: Clusters, response: Clusters) -> Floats:
    """|K_i ∩ R_j|, (key's clusters, response's clusters)."""
    column = {mention: j for j, each in enumerate(response) for mention in each}
    shared = np.zeros((len(key), len(response)))
    for i, each in enumerate(key):
        for mention in each:
            if mention in column:
                shared[i, column[mention]] += 1
    return shared


def _aligned(similarity: Floats) -> float:
    """The sum over the one-to-one alignment that makes it largest."""
    return float(similarity[linear_sum_assignment(similarity, maximize=True)].sum())


def _pairs(n: Floats) -> Floats:
    """n(n − 1) / 2."""
    return np.asarray(n * (n - 1) / 2)
