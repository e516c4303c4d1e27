"""Every coefficient of one layer of ratings, each with its interval, reason and signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotate.agreement.categories.coefficients import (
    Blocks,
    Coefficient,
    Rated,
    alpha_coefficient,
    alpha_features,
    category_coefficients,
    category_features,
    features,
    kappa_coefficients,
    level_metric,
    rated,
)
from annotate.agreement.categories.ratings import (
    MISSING,
    Integers,
    Patterns,
    Ratings,
    by_document,
    patterns_of,
    ratings_of_matrix,
    ratings_of_rows,
)
from annotate.agreement.categories.standard_errors import (
    GWET_KINDS,
    alpha_influences,
    clustered_error,
    cohen_influences,
    gwet_influences,
)
from annotate.agreement.categories.weights import agreement_weights, places, set_distances
from annotate.agreement.intervals import NO_ANALYTIC, Floats, Intervals, Resampled, interval, interval_of, resample, student_interval
from annotate.agreement.results import Interval, Marginal, Pair, Rating, Result, Value, category_name, defined, signature
from annotate.errors import BadInput

LEVELS = ("nominal", "ordinal", "interval", "ratio")
# More are a measurement and not a scale: kappas of it say nothing, and their cost grows with the square of the number.
MOST_CATEGORIES = 300
MOST_PAIRED = 50  # annotators, 1,225 pairs
MOST_NUMBERS = 2**26  # that the documents' sums may hold: half a gigabyte
ONE_CATEGORY = "only one category is in use: no disagreement was possible"


class _Measured(NamedTuple):
    """What every result of a layer is made from. columns: block → its columns in ``drawn``."""

    layer: str
    level: str
    ratings: Ratings
    patterns: Patterns
    table: Rated
    scale: Floats
    weights: Mapping[str, Floats]
    pairs: list[tuple[int, int]]
    columns: dict[str, Integers]
    drawn: Resampled
    how: Intervals
    metrics: Mapping[str, Floats | None]  # alpha's name → δ² where it is not the level's own


def measure_ratings(
    layer: str,
    level: str,
    ratings: Ratings | Iterable[Rating],
    categories: Sequence[Value] | None = None,
    *,
    weights: Floats | None = None,
    distances: Floats | None = None,
    how: Intervals = Intervals(),
) -> list[Result]:
    """Every coefficient that the level allows: percent agreement, the kappas, alpha; Fleiss' kappa by category after them (nominal).

    level:      nominal, ordinal, interval, ratio; sets of labels are nominal, and get MASI and Jaccard alpha instead of kappas
    categories: in the scale's order, those that nobody used too (None: those in use); ``Ratings`` bring their own
    weights:    (q, q) of agreement: kappas of the user's own beside the level's, named ``…_custom``
    distances:  (q, q) δ² of the user's own for alpha, instead of the level's

    Raises BadInput when an annotator rated a unit twice, a value is not declared, is negative for ratio, or is a set where the level is
    not nominal; ValueError on an unknown level.
    """
    if level not in LEVELS:
        raise ValueError(f"no level {level!r}; one of {', '.join(LEVELS)}")
    given = ratings if isinstance(ratings, Ratings) else ratings_of_rows(ratings, categories)
    sets = any(isinstance(each, frozenset) for each in given.categories)
    if sets and level != "nominal":
        raise BadInput(f"sets of labels have no order, so nothing {level} can be measured on them; use the level nominal")
    scale = places(level, given.categories)
    patterns = patterns_of(given)
    table = rated(patterns.codes, len(scale))
    kappas = len(scale) <= MOST_CATEGORIES and not sets
    tables = _weights(level, scale, weights) if kappas else {"identity": np.eye(len(scale))}
    pairs = list(combinations(range(len(given.annotators)), 2)) if kappas and len(given.annotators) <= MOST_PAIRED else []
    blocks = features(table, tables, pairs)
    asked = kappa_coefficients(tables) if kappas else kappa_coefficients(tables)[:1]
    metrics = _metrics(given.categories, distances, sets)
    for measure, metric in metrics.items():
        blocks |= alpha_features(table, level, scale, metric, measure)
        asked.append(alpha_coefficient(level, scale, metric, measure))
    if kappas and level == "nominal":
        blocks |= category_features(table)
        asked += category_coefficients([category_name(each) for each in given.categories])
    columns, drawn = _summed(given, patterns, blocks, asked, how)
    measured = _Measured(layer, level, given, patterns, table, scale, tables, pairs, columns, drawn, how, metrics)
    # What many take is cut out once: copies of it are the slow part.
    return [each for blocks, group in groupby(asked, key=lambda each: each.blocks) for each in _results(measured, blocks, group)]


def krippendorff_alpha_interval(
    values: ArrayLike,
    documents: ArrayLike | None = None,
    level: str = "nominal",
    how: Intervals = Intervals(),
) -> tuple[Interval | None, str | None]:
    """The interval of α of a matrix of numbers (annotators, units), NaN where missing: (interval, why there is none).

    documents: (units,) names what is resampled; None: each unit by itself. Raises as ``krippendorff_alpha``.
    """
    ratings = ratings_of_matrix(values, documents)
    patterns = patterns_of(ratings)
    scale = np.array(ratings.categories, dtype=np.float64)
    alpha = alpha_coefficient(level, scale)
    blocks = alpha_features(rated(patterns.codes, len(scale)), level, scale)
    edges = np.cumsum([blocks[name].shape[1] for name in alpha.blocks])[:-1]
    tables, counts = by_document(ratings, patterns, np.hstack([blocks[name] for name in alpha.blocks]))
    return interval(tables, lambda sums: alpha.formula(*np.split(sums, edges, axis=-1)), how, counts)


def marginals_of(layer: str, ratings: Ratings) -> list[Marginal]:
    """How often each category was given: by all annotators together, then by each."""
    found = []
    rows = [(None, ratings.codes.ravel()), *zip(ratings.annotators, ratings.codes, strict=True)]
    for annotator, codes in rows:
        counts = np.bincount(codes[codes != MISSING], minlength=len(ratings.categories))
        total = max(int(counts.sum()), 1)
        for category, count in zip(ratings.categories, counts.tolist(), strict=True):
            found.append(Marginal(layer, annotator, category_name(category), count, count / total))
    return found


def _weights(level: str, scale: Floats, own: Floats | None) -> dict[str, Floats]:
    names = ["identity"] if level == "nominal" else ["identity", "linear", "quadratic"]
    tables = {name: agreement_weights(scale, name) for name in names}
    return tables if own is None else tables | {"custom": own}


def _metrics(categories: Sequence[Value], distances: Floats | None, sets: bool) -> dict[str, Floats | None]:
    found: dict[str, Floats | None] = {"krippendorff_alpha": distances}
    return found | {f"{kind}_alpha": set_distances(categories, kind) for kind in ("masi", "jaccard")} if sets else found


def _summed(
    given: Ratings, patterns: Patterns, blocks: Blocks, asked: list[Coefficient], how: Intervals
) -> tuple[dict[str, Integers], Resampled]:
    """The blocks that are asked for, side by side, by document; replicates drawn once for all of them."""
    names = sorted({name for each in asked for name in each.blocks})
    ends = np.cumsum([0, *(blocks[name].shape[1] for name in names)])
    columns = {name: np.arange(ends[number], ends[number + 1]) for number, name in enumerate(names)}
    documents = len(patterns.times) if given.document_of is None else given.documents
    if documents * int(ends[-1]) > MOST_NUMBERS:
        # Too much for memory at once: the values stand, without intervals.
        total = np.hstack([patterns.times @ blocks[name] for name in names])[None]
        return columns, Resampled(total, np.ones(1, np.int64), np.zeros((0, total.shape[1])))
    tables, counts = by_document(given, patterns, np.hstack([blocks[name] for name in names]))
    return columns, resample(tables, how, counts)


def _results(measured: _Measured, blocks: Sequence[str], asked: Iterable[Coefficient]) -> list[Result]:
    """The results of coefficients that take the same blocks."""
    edges = np.cumsum([len(measured.columns[name]) for name in blocks])[:-1]
    own = measured.drawn.part(np.concatenate([measured.columns[name] for name in blocks]))
    sums = np.split(own.counts.astype(np.float64) @ own.tables, edges)
    return [_result(measured, each, own, sums, edges) for each in asked]


def _result(measured: _Measured, asked: Coefficient, own: Resampled, blocks: list[Floats], edges: Integers) -> Result:
    pairable = int(measured.patterns.times[measured.table.r_i > 1].sum())
    value = defined(float(asked.formula(*blocks))) if pairable else None
    bounds: Interval | None = None
    reason: str | None = _undefined(measured, asked, pairable)
    if value is not None and measured.how.method == "analytic":
        bounds, reason = _analytic(measured, asked, value)
    elif value is not None and measured.how.method != "none" and own.documents < measured.ratings.documents:
        reason = f"no interval: {measured.ratings.documents} documents of {len(measured.scale)} values do not fit into memory at once"
    elif value is not None:
        bounds, reason = interval_of(own, lambda sums: asked.formula(*np.split(sums, edges, axis=-1)), measured.how)
    return Result(
        layer=measured.layer,
        measure=asked.measure,
        value=value,
        reason=reason,
        interval=bounds,
        units=measured.ratings.units,
        pairable=pairable,
        annotators=len(measured.ratings.annotators),
        signature=_signature(measured, asked),
        pairs=_pairs(measured, asked, blocks) if asked.per_pair else [],
        category=asked.category,
    )


def _signature(measured: _Measured, asked: Coefficient) -> str:
    facts: dict[str, object] = {"unit": "given", "level": measured.level}
    if asked.weights != "identity":
        facts["weights"] = asked.weights
    if asked.measure == "krippendorff_alpha" and measured.metrics[asked.measure] is not None:
        facts["metric"] = "custom"
    facts["categories"] = len(measured.scale)
    facts["missing"] = "none" if (measured.ratings.codes != MISSING).all() else "pairwise"
    if asked.per_pair:
        facts["over"] = "pairs"
    return signature(asked.measure, **facts, ci=measured.how.signature)


def _undefined(measured: _Measured, asked: Coefficient, pairable: int) -> str:
    """Why a value is not defined, if it is not."""
    if not pairable:
        return "no unit has two ratings"
    if asked.per_pair and not measured.pairs:
        return f"more than {MOST_PAIRED} annotators: pairs are not measured; see fleiss_kappa"
    if asked.per_pair:
        return "no pair of annotators used two categories: no disagreement was possible"
    if asked.category is not None:
        return "nobody gave this category" if not _given(measured, asked.category) else ONE_CATEGORY
    if asked.measure.startswith(("brennan", "gwet")):
        return "only one category is declared: no disagreement was possible"
    return ONE_CATEGORY


def _given(measured: _Measured, category: str) -> bool:
    number = [category_name(each) for each in measured.ratings.categories].index(category)
    return bool(measured.table.r_ik[measured.table.r_i > 1, number].any())


def _pairs(measured: _Measured, asked: Coefficient, blocks: list[NDArray[np.float64]]) -> list[Pair]:
    assert asked.per_pair is not None
    values, names = asked.per_pair(*blocks), measured.ratings.annotators
    found = []
    for (a, b), value, both in zip(measured.pairs, values.tolist(), blocks[1].tolist(), strict=True):
        reason = "no unit rated by both" if not both else "one category used by both: no disagreement was possible"
        known = defined(value)
        found.append(Pair((names[a], names[b]), known, None if known is not None else reason, int(both)))
    return found


def _analytic(measured: _Measured, asked: Coefficient, value: float) -> tuple[Interval | None, str | None]:
    found = _influences(measured, asked)
    if found is None:
        return None, NO_ANALYTIC
    tables, counts = by_document(measured.ratings, measured.patterns, np.stack(found, axis=1))
    error, documents = clustered_error(tables[:, 0], tables[:, 1], counts)
    if np.isnan(error):
        return None, "no interval: one document"
    return student_interval(value, error, documents - 1, f"analytic over {documents} documents"), None


def _influences(measured: _Measured, asked: Coefficient) -> tuple[Floats, Floats] | None:
    table, times = measured.table, measured.patterns.times
    weights = measured.weights.get(asked.weights, np.eye(len(measured.scale)))
    kind = next((each for each in GWET_KINDS if asked.measure.startswith(each)), None)
    if kind and asked.category is None:
        return gwet_influences(kind, table, times, weights)
    if asked.measure in measured.metrics and len(measured.scale) <= MOST_CATEGORIES:
        metric = measured.metrics[asked.measure]
        delta = level_metric(measured.level, measured.scale) if metric is None else metric
        return None if delta is None else alpha_influences(table, times, delta)
    if asked.measure.startswith("cohen_kappa") and len(measured.ratings.annotators) == 2:
        return cohen_influences(table, times, weights)
    return None
