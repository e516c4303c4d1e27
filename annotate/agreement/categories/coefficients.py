"""Coefficients of agreement on categories, each a function of sums over units, so that one bootstrap serves all.

``features`` says what a unit adds, in named blocks; a formula says what the blocks' sums come to, for one sum or for thousands of
replicates at once: blocks (…, width) → values (…), NaN where undefined. Notation of Gwet (2014): r_ik annotators gave unit i category k,
r_i rated it at all, q categories are declared, w_kl their weights, p_a observed and p_e chance agreement, κ = (p_a − p_e) / (1 − p_e).
Of Krippendorff (2011): o_ck coincidences, n_c their marginals, δ² the metric.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate.agreement.categories.ratings import MISSING, Floats, counts_of, patterns_of, ratings_of_matrix
from annotate.errors import BadInput

Blocks = dict[str, Floats]
CERTAIN = 1 - 1e-12  # chance agreement from here on: only one category is in use


class Rated(NamedTuple):
    """Units with their counts. codes: (annotators, units); r_ik: (units, q); r_i: (units,)."""

    codes: NDArray[Any]
    r_ik: Floats
    r_i: Floats
    q: int


class Coefficient(NamedTuple):
    """A formula, and the blocks whose sums it takes.

    weights: the name of its weights; per_pair: the formula of the pairs' own values, where the value is their mean
    category: the category that the value is of, None: all
    """

    measure: str
    blocks: tuple[str, ...]
    formula: Callable[..., Floats]
    weights: str = "identity"
    per_pair: Callable[..., Floats] | None = None
    category: str | None = None

    def value(self, sums: Mapping[str, Floats]) -> Floats:
        return self.formula(*(sums[name] for name in self.blocks))


def kappa_coefficients(weights: Mapping[str, Floats]) -> list[Coefficient]:
    """Percent agreement, and every kappa with every table of weights: Cohen, Scott, Fleiss, Conger, Brennan–Prediger, Gwet."""
    found = [Coefficient("percent_agreement", ("agreeing identity", "pairable"), percent_agreement)]
    for name, w in weights.items():
        suffix, ac = ("", "gwet_ac1") if name == "identity" else (f"_{name}", f"gwet_ac2_{name}")
        observed = (f"agreeing {name}", "pairable")
        pairs = (f"pairs agreeing {name}", "pairs both", "pairs first", "pairs second")
        shared = (*observed, "shares", "rated")
        for measure, each in (("cohen_kappa", partial(cohen_kappas, weights=w)), ("scott_pi", partial(scott_pis, weights=w))):
            found.append(Coefficient(measure + suffix, pairs, partial(_mean, each), name, per_pair=each))
        found.append(Coefficient(f"fleiss_kappa{suffix}", shared, partial(fleiss_kappa, weights=w), name))
        found.append(Coefficient(f"conger_kappa{suffix}", (*observed, "given"), partial(conger_kappa, weights=w), name))
        found.append(Coefficient(f"brennan_prediger{suffix}", observed, partial(brennan_prediger, weights=w), name))
        found.append(Coefficient(ac, shared, partial(gwet_ac, weights=w), name))
    return found


def category_coefficients(categories: Sequence[str]) -> list[Coefficient]:
    """Fleiss' kappa of each category against the rest."""
    blocks = ("category agreeing", "category given")
    return [
        Coefficient("fleiss_kappa", blocks, partial(_column, category_kappas, number), category=name)
        for number, name in enumerate(categories)
    ]


def rated(codes: NDArray[Any], q: int) -> Rated:
    """``codes``: (annotators, units) numbers of categories, -1 where missing."""
    r_ik = counts_of(codes, q)
    return Rated(codes, r_ik, r_ik.sum(axis=1), q)


# Blocks


def features(table: Rated, weights: Mapping[str, Floats], pairs: Sequence[tuple[int, int]]) -> Blocks:
    """What each unit adds: (units, width) a block. Pairs' blocks have a column, or q of them, for each pair."""
    rated_at_all = (table.r_i > 0).astype(np.float64)
    blocks: Blocks = {
        "pairable": (table.r_i > 1).astype(np.float64)[:, None],
        "rated": rated_at_all[:, None],
        "shares": table.r_ik / np.maximum(table.r_i, 1)[:, None],
        "given": _given(table),
    }
    for name, w in weights.items():
        blocks[f"agreeing {name}"] = unit_agreement(table, w)[:, None]
    return blocks | _pair_features(table, weights, pairs)


def unit_agreement(table: Rated, weights: Floats) -> Floats:
    """Share of agreeing pairs, weighted, of each unit with two ratings or more, 0 elsewhere: (units,)."""
    pairs = table.r_i * (table.r_i - 1)
    agreeing = (table.r_ik * (table.r_ik @ weights - 1)).sum(axis=1)
    return np.where(pairs > 0, agreeing / np.maximum(pairs, 1), 0.0)


def _given(table: Rated) -> Floats:
    """Which annotator gave which category: (units, annotators · q)."""
    given = [row[:, None] == np.arange(table.q) for row in table.codes]
    return np.hstack(given).astype(np.float64) if given else np.zeros((len(table.r_i), 0))


def _pair_features(table: Rated, weights: Mapping[str, Floats], pairs: Sequence[tuple[int, int]]) -> Blocks:
    """Of units that both of a pair rated: weighted agreement, their number, the first's and the second's categories."""
    units, q = len(table.r_i), table.q
    blocks: Blocks = {f"pairs agreeing {name}": np.zeros((units, len(pairs))) for name in weights}
    blocks |= {"pairs both": np.zeros((units, len(pairs))), "pairs first": np.zeros((units, len(pairs) * q))}
    blocks["pairs second"] = np.zeros((units, len(pairs) * q))
    for number, (first, second) in enumerate(pairs):
        a, b = table.codes[first].astype(np.int64), table.codes[second].astype(np.int64)
        both = np.flatnonzero((a != MISSING) & (b != MISSING))
        a, b = a[both], b[both]
        for name, w in weights.items():
            blocks[f"pairs agreeing {name}"][both, number] = w[a, b]
        blocks["pairs both"][both, number] = 1
        blocks["pairs first"][both, number * q + a] = 1
        blocks["pairs second"][both, number * q + b] = 1
    return blocks


# Percent agreement and the kappas


def percent_agreement(agreeing: Floats, pairable: Floats) -> Floats:
    """p_a: the mean over units with two ratings or more of the share of agreeing pairs."""
    return ratio(agreeing[..., 0], pairable[..., 0])


def fleiss_kappa(agreeing: Floats, pairable: Floats, shares: Floats, at_all: Floats, *, weights: Floats) -> Floats:
    """Fleiss (1971), with missing ratings after Gwet (2014, ch. 2): π_k is the mean of r_ik / r_i over units rated at all."""
    pi = ratio(shares, at_all)
    return corrected(percent_agreement(agreeing, pairable), _expected(pi, weights, pi))


def gwet_ac(agreeing: Floats, pairable: Floats, shares: Floats, at_all: Floats, *, weights: Floats) -> Floats:
    """AC1 (identity weights) and AC2 (Gwet 2008; 2014, ch. 4): p_e = Σw / (q(q − 1)) · Σ π_k (1 − π_k)."""
    pi, q = ratio(shares, at_all), len(weights)
    p_e = weights.sum() / (q * (q - 1)) * (pi * (1 - pi)).sum(axis=-1) if q > 1 else np.ones(pi.shape[:-1])
    return corrected(percent_agreement(agreeing, pairable), p_e)


def brennan_prediger(agreeing: Floats, pairable: Floats, *, weights: Floats) -> Floats:
    """Brennan & Prediger (1981), Bennett's S, Randolph's free-marginal kappa: p_e = Σw / q², by the categories declared."""
    p_a = percent_agreement(agreeing, pairable)
    return corrected(p_a, np.full_like(p_a, weights.sum() / len(weights) ** 2))


def conger_kappa(agreeing: Floats, pairable: Floats, given: Floats, *, weights: Floats) -> Floats:
    """Conger (1980), with missing ratings after Gwet (2014, ch. 2): chance from the annotators' own marginals, over their pairs."""
    p_gk = marginals(given, len(weights))
    r = p_gk.any(axis=-1).sum(axis=-1)
    total = p_gk.sum(axis=-2)
    own = np.einsum("...gk,kl,...gl->...", p_gk, weights, p_gk)
    return corrected(percent_agreement(agreeing, pairable), ratio(_expected(total, weights, total) - own, r * (r - 1.0)))


def marginals(given: Floats, q: int) -> Floats:
    """p_gk, the share of annotator g's ratings that are k, 0 of who rated nothing: (…, annotators · q) → (…, annotators, q)."""
    n_gk = given.reshape(*given.shape[:-1], -1, q)
    n_g = n_gk.sum(axis=-1, keepdims=True)
    return np.where(n_g > 0, n_gk / np.maximum(n_g, 1), 0.0)


def cohen_kappas(agreeing: Floats, both: Floats, first: Floats, second: Floats, *, weights: Floats) -> Floats:
    """Cohen (1960; weighted 1968) of each pair of annotators: (…, pairs)."""
    a, b = (each.reshape(*both.shape, len(weights)) for each in (first, second))
    return corrected(ratio(agreeing, both), ratio(_expected(a, weights, b), both**2))


def scott_pis(agreeing: Floats, both: Floats, first: Floats, second: Floats, *, weights: Floats) -> Floats:
    """Scott (1955) of each pair of annotators, chance from their pooled marginals: (…, pairs)."""
    pooled = (first + second).reshape(*both.shape, len(weights))
    return corrected(ratio(agreeing, both), ratio(_expected(pooled, weights, pooled), 4 * both**2))


def _mean(pairs: Callable[..., Floats], *sums: Floats) -> Floats:
    return mean_of_pairs(pairs(*sums))


def _column(formula: Callable[..., Floats], number: int, *sums: Floats) -> Floats:
    return formula(*sums)[..., number]


def mean_of_pairs(values: Floats) -> Floats:
    """The mean over the pairs whose value is defined (Light 1971): (…, pairs) → (…); NaN when none is."""
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1).astype(np.float64))


def category_features(table: Rated) -> Blocks:
    """Of units with two ratings or more: r_ik (r_ik − 1) / (r_i − 1), and r_ik."""
    r_ik = _pairable_counts(table)
    return {"category agreeing": r_ik * (r_ik - 1) / np.maximum(table.r_i - 1, 1)[:, None], "category given": r_ik}


def category_kappas(agreeing: Floats, given: Floats) -> Floats:
    """Fleiss' kappa of each category against the rest (Fleiss 1971): (P̄_k − π_k) / (1 − π_k): (…, q).

    P̄_k is the chance that a second annotator says k when a first has.
    """
    return corrected(ratio(agreeing, given), ratio(given, given.sum(axis=-1, keepdims=True)))


# Krippendorff's alpha


def alpha_features(table: Rated, level: str, scale: Floats, metric: Floats | None = None, measure: str = "krippendorff_alpha") -> Blocks:
    """What alpha needs of each unit, by the level; ``scale``: the categories as numbers; ``metric``: δ² of the user's own.

    nominal, ratio, own metric: Σ o_ck δ²_ck, and n_c. interval: Σ o_ck δ²_ck, n, Σx, Σx². ordinal: all of o_ck, as δ² moves with n_c.
    """
    n_c = _pairable_counts(table)
    others = np.maximum(table.r_i - 1, 1)
    if metric is None and level == "interval":
        return {f"{measure} moments": _interval_features(table, scale)}
    if metric is None and level == "ordinal":
        c, k = np.triu_indices(table.q)
        o = n_c[:, c] * n_c[:, k]
        o[:, c == k] -= n_c
        return {f"{measure} coincidences": o / others[:, None]}
    if metric is None and level == "nominal":
        n = n_c.sum(axis=1)
        observed = (n**2 - (n_c**2).sum(axis=1)) / others
    else:
        delta = ratio_metric(scale) if metric is None else metric
        observed = ((n_c @ delta) * n_c - n_c * np.diag(delta)).sum(axis=1) / others
    return {f"{measure} observed": observed[:, None], f"{measure} given": n_c}


def alpha_coefficient(level: str, scale: Floats, metric: Floats | None = None, measure: str = "krippendorff_alpha") -> Coefficient:
    """Alpha of the blocks that ``alpha_features`` makes. Raises ValueError on an unknown level."""
    observed = (f"{measure} observed", f"{measure} given")
    if metric is not None or level == "ratio":
        return Coefficient(measure, observed, partial(metric_alpha, delta=ratio_metric(scale) if metric is None else metric))
    if level == "nominal":
        return Coefficient(measure, observed, nominal_alpha)
    if level == "interval":
        return Coefficient(measure, (f"{measure} moments",), interval_alpha)
    if level == "ordinal":
        return Coefficient(measure, (f"{measure} coincidences",), partial(ordinal_alpha, q=len(scale)))
    raise ValueError(f"no alpha for the level {level!r}; one of nominal, ordinal, interval, ratio")


def nominal_alpha(observed: Floats, n_c: Floats) -> Floats:
    """δ² = [c ≠ k]: α = 1 − (n − 1) Σ_{c≠k} o_ck / (n² − Σ n_c²)."""
    n = n_c.sum(axis=-1)
    return _alpha(observed[..., 0], n, n**2 - (n_c**2).sum(axis=-1))


def metric_alpha(observed: Floats, n_c: Floats, *, delta: Floats) -> Floats:
    """A given δ²_ck, (q, q): α = 1 − (n − 1) Σ o_ck δ²_ck / Σ n_c n_k δ²_ck."""
    return _alpha(observed[..., 0], n_c.sum(axis=-1), _expected(n_c, delta, n_c))


def interval_alpha(moments: Floats) -> Floats:
    """δ² = (c − k)²: Σ_ck n_c n_k δ² = 2(n Σx² − (Σx)²), however many values there are."""
    observed, n, x, xx = (moments[..., column] for column in range(4))
    spread = n * xx - x**2
    return _alpha(observed, n, 2 * np.where(spread > 1e-12 * n * xx, spread, 0))  # below that it is rounding


def ordinal_alpha(coincidences: Floats, q: int) -> Floats:
    """δ²_ck = (Σ_{g=c..k} n_g − (n_c + n_k)/2)², the difference of mid-ranks: (…, q(q + 1)/2) the upper triangle of o_ck → (…)."""
    c, k = np.triu_indices(q)
    n_c = np.zeros((*coincidences.shape[:-1], q))
    for column, (one, other) in enumerate(zip(c, k, strict=True)):
        n_c[..., one] += coincidences[..., column]
        if one != other:
            n_c[..., other] += coincidences[..., column]
    rank = np.cumsum(n_c, axis=-1) - n_c / 2
    delta = (rank[..., c] - rank[..., k]) ** 2
    return _alpha(2 * (coincidences * delta).sum(axis=-1), n_c.sum(axis=-1), 2 * (n_c[..., c] * n_c[..., k] * delta).sum(axis=-1))


def level_metric(level: str, scale: Floats) -> Floats | None:
    """δ²_ck where it is fixed, (q, q); None for ordinal data, whose metric moves with the marginals."""
    if level == "ordinal":
        return None
    if level == "nominal":
        return 1 - np.eye(len(scale))
    return ratio_metric(scale) if level == "ratio" else (scale[:, None] - scale[None, :]) ** 2


def ratio_metric(values: Floats) -> Floats:
    """δ²_ck = ((c − k) / (c + k))², 0 where both are 0: (q, q). Raises BadInput on a negative value."""
    if values.min(initial=0) < 0:
        raise BadInput(f"the value {values.min()} is negative, and the level ratio has a true zero; correct it, or use the level interval")
    total = values[:, None] + values[None, :]
    return np.asarray(np.divide(values[:, None] - values[None, :], total, out=np.zeros_like(total), where=total != 0) ** 2)


def krippendorff_alpha(values: ArrayLike, level: str = "nominal") -> float | None:
    """α of a matrix of numbers (annotators, units), NaN where missing; None where no disagreement was possible.

    Raises ValueError on an unknown level, BadInput on a negative value for ratio.
    """
    ratings = ratings_of_matrix(values)
    patterns = patterns_of(ratings)
    scale = np.array(ratings.categories, dtype=np.float64)
    blocks = alpha_features(rated(patterns.codes, len(scale)), level, scale)
    value = alpha_coefficient(level, scale).value({name: patterns.times @ block for name, block in blocks.items()})
    return None if np.isnan(value) else float(value)


def _interval_features(table: Rated, scale: Floats) -> Floats:
    """Observed, n, Σx, Σx² of each unit. Centred first: sums of squares of numbers far from 0 would lose their digits."""
    centred = np.append(scale - scale.mean() if len(scale) else scale, 0.0)  # the last one is MISSING's
    x = centred[table.codes]
    pairable = table.r_i > 1
    m, sums, squares = table.r_i * pairable, x.sum(axis=0) * pairable, (x**2).sum(axis=0) * pairable
    observed = 2 * (m * squares - sums**2) / np.maximum(m - 1, 1)
    return np.stack([observed, m, sums, squares], axis=1)


def _alpha(observed: Floats, n: Floats, expected: Floats) -> Floats:
    """α = 1 − D_o / D_e = 1 − (n − 1) Σ o_ck δ² / Σ n_c n_k δ²."""
    return 1 - ratio((n - 1) * observed, expected)


def _pairable_counts(table: Rated) -> Floats:
    return table.r_ik * (table.r_i > 1)[:, None]


def _expected(first: Floats, weights: Floats, second: Floats) -> Floats:
    """Σ_kl first_k w_kl second_l: (…, q) → (…)."""
    return np.asarray(((first @ weights) * second).sum(axis=-1))


def corrected(p_a: Floats, p_e: Floats) -> Floats:
    """κ = (p_a − p_e) / (1 − p_e); NaN where chance alone agrees always."""
    return ratio(p_a - p_e, np.where(p_e < CERTAIN, 1 - p_e, 0))


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below; NaN where there is nothing below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below != 0, above / below, np.nan)
