"""Agreement on categories: percent agreement, Cohen's kappa, Krippendorff's alpha, with missing data.

Notation of Krippendorff (2011), "Computing Krippendorff's alpha-reliability": o_ck coincidences, n_c their marginals, δ² the
metric. Units with fewer than two ratings are not pairable and change nothing.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from annotate.agreement.intervals import REPLICATES, SEED, Floats, Statistic, bootstrap
from annotate.agreement.results import Pair, Rating, Result, annotator_pairs, defined, signature

MISSING = -1


class Ratings:
    """Ratings as arrays.

    codes:  (units, annotators) index of the value in ``categories``, -1 where missing
    counts: (units, categories) how many annotators gave the value; ``m`` (units,) their sum
    """

    def __init__(self, ratings: list[Rating], categories: list[str]) -> None:
        self.categories = categories
        self.annotators = sorted({each.annotator for each in ratings})
        self.documents = sorted({each.document for each in ratings})
        units = {key: row for row, key in enumerate(sorted({(each.document, each.unit) for each in ratings}))}
        columns = {name: column for column, name in enumerate(self.annotators)}
        index = {value: code for code, value in enumerate(categories)}
        rows = {name: row for row, name in enumerate(self.documents)}
        self.codes: NDArray[np.int64] = np.full((len(units), len(columns)), MISSING)
        for each in ratings:
            self.codes[units[each.document, each.unit], columns[each.annotator]] = index[each.value]
        self.document_of = np.array([rows[document] for document, _ in units], dtype=np.int64)

        self.counts: Floats = np.zeros((len(units), len(categories)))
        for column in self.codes.T:
            rated = column != MISSING
            self.counts[np.flatnonzero(rated), column[rated]] += 1
        self.m = self.counts.sum(axis=1)
        self.pairable: NDArray[np.bool_] = self.m >= 2

    def by_document(self, tables: Floats) -> Floats:
        """(units, …) → (documents, …), summed."""
        summed = np.zeros((len(self.documents), *tables.shape[1:]))
        np.add.at(summed, self.document_of, tables)
        return summed


def measure_ratings(
    layer: str, level: str, categories: list[str], ratings: list[Rating], *, replicates: int = REPLICATES, seed: int = SEED
) -> list[Result]:
    """Percent agreement, Cohen's kappa and Krippendorff's alpha of one layer, in this order.

    ``categories`` in the scale's order; every value in ``ratings`` is one of them; an annotator rates a unit once.
    """
    table = Ratings(ratings, categories)
    missing = "none" if (table.codes != MISSING).all() else "pairwise"
    signed = partial(signature, unit="given", missing=missing, ci=f"percentile-document-{replicates}-seed{seed}" if replicates else "none")
    return [
        _result(table, layer, signed("percent_agreement"), _agreements(table), percent_agreement, replicates, seed),
        _cohen_result(table, layer, signed("cohen_kappa", over="pairs"), replicates, seed),
        _result(
            table,
            layer,
            signed("krippendorff_alpha", level=level),
            coincidences(table),
            partial(krippendorff_alpha, level=level),
            replicates,
            seed,
        ),
    ]


def coincidences(table: Ratings) -> Floats:
    """o_ck of each document: (documents, categories, categories)."""
    counts = np.where(table.pairable[:, None], table.counts, 0)
    o = counts[:, :, None] * counts[:, None, :]
    k = np.arange(len(table.categories))
    o[:, k, k] -= counts
    return table.by_document(o / np.maximum(table.m - 1, 1)[:, None, None])


def krippendorff_alpha(o: Floats, *, level: str) -> Floats:
    """α = 1 − D_o / D_e of coincidence matrices o: (…, categories, categories) → (…); NaN where D_e is 0."""
    n_c = o.sum(axis=-1)
    n = n_c.sum(axis=-1)
    delta = _metric(n_c, level)
    observed = (o * delta).sum(axis=(-2, -1))
    expected = (n_c[..., :, None] * n_c[..., None, :] * delta).sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - (n - 1) * observed / expected, np.nan)


def _metric(n_c: Floats, level: str) -> Floats:
    """δ²_ck of Krippendorff (2011) for nominal and ordinal data: (…, categories, categories)."""
    k = n_c.shape[-1]
    if level == "nominal":
        return np.ones((k, k)) - np.eye(k)
    if level == "ordinal":
        # (Σ_{g=c..k} n_g − (n_c + n_k)/2)², by the mid-ranks' difference.
        rank = np.cumsum(n_c, axis=-1) - n_c / 2
        difference: Floats = rank[..., :, None] - rank[..., None, :]
        return difference**2
    raise ValueError(f"no metric for the level {level!r}")


def _agreements(table: Ratings) -> Floats:
    """Of each document, the sum over its pairable units of the share of agreeing pairs, and their number: (documents, 2)."""
    pairs = np.maximum(table.m * (table.m - 1), 1)
    share = (table.counts * (table.counts - 1)).sum(axis=1) / pairs
    return table.by_document(np.stack([share, table.pairable], axis=1))


def percent_agreement(sums: Floats) -> Floats:
    """Mean share of agreeing pairs over pairable units: (…, 2) → (…)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan)


def cohen_kappa(tables: Floats) -> Floats:
    """κ = (p_o − p_e) / (1 − p_e) (Cohen 1960) of contingency tables: (…, categories, categories) → (…)."""
    n = tables.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        p_o = np.trace(tables, axis1=-2, axis2=-1) / n
        p_e = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1) / n**2
        return np.where((n > 0) & (p_e < 1), (p_o - p_e) / (1 - p_e), np.nan)


def mean_cohen_kappa(tables: Floats) -> Floats:
    """The mean of the pairs' kappas (Light 1971): (…, pairs, categories, categories) → (…); NaN when no pair's is defined."""
    kappas = cohen_kappa(tables)
    known = ~np.isnan(kappas)
    with np.errstate(invalid="ignore"):
        return np.where(known.any(axis=-1), np.where(known, kappas, 0).sum(axis=-1) / known.sum(axis=-1), np.nan)


def _contingencies(table: Ratings) -> Floats:
    """(documents, pairs, categories, categories): how often a pair's first said c where its second said k."""
    k = len(table.categories)
    columns = {name: column for column, name in enumerate(table.annotators)}
    pairs = annotator_pairs(table.annotators)
    tables = np.zeros((len(table.documents), len(pairs), k, k))
    for number, (first, second) in enumerate(pairs):
        a, b = table.codes[:, columns[first]], table.codes[:, columns[second]]
        both = (a != MISSING) & (b != MISSING)
        np.add.at(tables, (table.document_of[both], number, a[both], b[both]), 1)
    return tables


def _cohen_result(table: Ratings, layer: str, signed: str, replicates: int, seed: int) -> Result:
    tables = _contingencies(table)
    pairs = [_pair(names, whole) for names, whole in zip(annotator_pairs(table.annotators), tables.sum(axis=0), strict=True)]
    result = _result(table, layer, signed, tables, mean_cohen_kappa, replicates, seed)
    if result.value is None and result.pairable:
        result = structs.replace(result, reason="no pair of annotators used two categories: no disagreement was possible")
    return structs.replace(result, pairs=pairs)


def _pair(annotators: tuple[str, str], contingency: Floats) -> Pair:
    units, value = int(contingency.sum()), defined(float(cohen_kappa(contingency)))
    reason = "no unit rated by both" if not units else "one category used by both: no disagreement was possible"
    return Pair(annotators, value, None if value is not None else reason, units)


def _result(table: Ratings, layer: str, signed: str, tables: Floats, statistic: Statistic, replicates: int, seed: int) -> Result:
    pairable = int(table.pairable.sum())
    value = defined(float(statistic(tables.sum(axis=0)))) if pairable else None
    undefined = "only one category is in use: no disagreement was possible" if pairable else "no unit has two ratings"
    interval, no_interval = bootstrap(tables, statistic, replicates, seed) if value is not None else (None, undefined)
    return Result(
        layer=layer,
        measure=signed.split("|")[0].removeprefix("m:"),
        value=value,
        reason=no_interval,
        interval=interval,
        units=len(table.codes),
        pairable=pairable,
        annotators=len(table.annotators),
        signature=signed,
    )
