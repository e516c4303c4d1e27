"""Who: each annotator against the rest, agreement without them, and which value they give where another gives which.

A low value against the rest, with a higher one without them, points to an annotator to talk to; both are of the same documents as the value
of all. Cohen's kappa against the rest is the plain mean of the kappas with each other annotator, as ``cohen_kappa`` is of all pairs (Light
1971): weights by units would let the one whom the plan joined most often with them decide. F1 is micro over the pairs with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annotate.agreement.categories.addends import addends, alpha_addends
from annotate.agreement.categories.coefficients import Blocks, Coefficient, features, kappa_coefficients, rated
from annotate.agreement.categories.measure import MOST_CATEGORIES, MOST_PAIRED, ONE_CATEGORY
from annotate.agreement.categories.ratings import MISSING, Integers, Patterns, Ratings, patterns_of
from annotate.agreement.intervals import Floats, Intervals, Statistic, interval
from annotate.agreement.results import Pair, Result, Span, category_name, defined, signature
from annotate.agreement.spans.f1 import f1, measure_spans
from annotate.agreement.spans.matching import Marks, Matches, equal, in_batches

AGAINST, WITHOUT = "cohen_kappa_against_rest", "krippendorff_alpha_without"
SPANS_AGAINST, SPANS_WITHOUT = "span_f1_exact_against_rest", "span_f1_exact_without"
NOBODY_ELSE = "there is no other annotator"
FEWER_THAN_TWO = "fewer than two annotators remain"
SPANS_SIGNED: dict[str, object] = {"unit": "span", "match": "typed-one-to-one", "average": "micro", "missing": "pairwise"}


class Confusion(Struct, frozen=True):
    """How often the first annotator gave one value where the second gave the other; annotators None: any two of them, either way round."""

    layer: str
    first_annotator: str | None
    second_annotator: str | None
    first: str
    second: str
    count: int


def against_the_rest(layer: str, level: str, ratings: Ratings, how: Intervals = Intervals()) -> list[Result]:
    """For each annotator, who is the result's ``category``: Cohen's kappa with the others, then alpha without them.

    Kappa's ``units`` are those that the annotator rated, ``pairable`` those that another rated too, and its weights are those of a nominal
    scale; of sets of labels, and of more than ``MOST_CATEGORIES`` categories, there is none. Raises ValueError on an unknown level.
    """
    everybody = range(len(ratings.annotators))
    kappas = len(ratings.categories) <= MOST_CATEGORIES and not any(isinstance(each, frozenset) for each in ratings.categories)
    patterns = patterns_of(ratings)
    found = [_kappa_against(layer, level, ratings, patterns, number, how) for number in everybody if kappas]
    return found + [_alpha_without(layer, level, ratings, number, how) for number in everybody]


def spans_against_the_rest(
    layer: str, spans: Iterable[Span], read: Iterable[tuple[str, str]], how: Intervals = Intervals()
) -> list[Result]:
    """For each annotator, who is the result's ``category``: exact F1 with the others, then exact F1 without them.

    ``spans`` and ``read`` are as ``measure_spans`` takes them, and raise what they raise there. Against the rest, ``units`` are the
    annotator's spans, and ``pairable`` those in documents that another read; without them, they are the others' spans.
    """
    given, readers = list(spans), list(read)
    pairs = next(
        each.pairs for each in measure_spans(layer, given, readers, how=Intervals(method="none")) if each.measure == "span_f1_exact"
    )
    marked = _marked(given, readers)
    everybody = range(len(marked.annotators))
    found = [_f1_against(layer, marked, number, pairs, how) for number in everybody]
    return found + [_f1_without(layer, marked, number, how) for number in everybody]


def confusions(layer: str, ratings: Ratings) -> list[Confusion]:
    """What values two annotators gave one unit, agreements among them: of all pairs together, then of each; nothing that is 0.

    Together, two values are counted once, the one that comes first on the scale being first.
    """
    patterns, q, names = patterns_of(ratings), len(ratings.categories), [category_name(each) for each in ratings.categories]
    cells = {both: _cells(patterns, both, q) for both in combinations(range(len(ratings.annotators)), 2)}
    told: list[tuple[str | None, str | None, NDArray[np.int64]]] = [(None, None, _either_way(list(cells.values()), q))]
    told += [(ratings.annotators[a], ratings.annotators[b], own) for (a, b), own in cells.items()]
    return [
        Confusion(layer, first, second, names[cell // q], names[cell % q], count)
        for first, second, own in told
        for cell, count in own.tolist()
    ]


def _cells(patterns: Patterns, both: tuple[int, int], q: int) -> NDArray[np.int64]:
    """Of units that two annotators rated: the cells of their table, numbered row by row, and how many units are in each: (cells, 2)."""
    first, second = (patterns.codes[number].astype(np.int64) for number in both)
    rated_by_both = (first != MISSING) & (second != MISSING)
    return _counted((first * q + second)[rated_by_both], patterns.times[rated_by_both])


def _either_way(tables: list[NDArray[np.int64]], q: int) -> NDArray[np.int64]:
    """The tables together, the cell below the diagonal added to the one above it."""
    cells, times = np.concatenate([np.zeros((0, 2), np.int64), *tables]).T
    row, column = np.divmod(cells, q)
    return _counted(np.minimum(row, column) * q + np.maximum(row, column), times)


def _counted(cells: Integers, times: Integers) -> NDArray[np.int64]:
    distinct, owner = np.unique(cells, return_inverse=True)
    return np.stack([distinct, np.bincount(owner, times, len(distinct)).astype(np.int64)], axis=1)


class _Measured(NamedTuple):
    """What a result is made from. tables: (tables, width) what documents add to it; counts: how many documents have this table."""

    tables: Floats
    counts: Integers
    statistic: Statistic
    units: int
    pairable: int
    annotators: int
    pairs: list[Pair]


def _result(layer: str, measure: str, annotator: str, own: _Measured, signed: dict[str, object], undefined: str, how: Intervals) -> Result:
    """``undefined``: why there is no value, if there is none; ``signed``: what the signature says beside the interval."""
    value = defined(float(own.statistic(own.counts @ own.tables)))
    bounds, reason = (None, undefined) if value is None else interval(own.tables, own.statistic, how, own.counts)
    return Result(
        layer=layer,
        measure=measure,
        value=value,
        reason=reason,
        interval=bounds,
        units=own.units,
        pairable=own.pairable,
        annotators=own.annotators,
        signature=signature(measure, **signed, ci=how.signature),
        pairs=own.pairs,
        category=annotator,
    )


# ── Ratings ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _kappa_against(layer: str, level: str, ratings: Ratings, patterns: Patterns, number: int, how: Intervals) -> Result:
    others = [other for other in range(len(ratings.annotators)) if other != number]
    pairs = [(min(number, other), max(number, other)) for other in others] if len(others) < MOST_PAIRED else []
    table, weights = rated(patterns.codes, len(ratings.categories)), {"identity": np.eye(len(ratings.categories))}
    asked = next(each for each in kappa_coefficients(weights) if each.measure == "cohen_kappa")
    blocks = features(table, weights, pairs)
    own = addends(ratings, patterns, table, blocks, asked)
    theirs = patterns.codes[number] != MISSING
    units, pairable = (int(patterns.times[which].sum()) for which in (theirs, theirs & (table.r_i > 1)))
    found = _pairs(ratings, pairs, asked, {name: patterns.times @ blocks[name] for name in asked.blocks})
    measured = _Measured(*own.by_document, own.statistic, units, pairable, len(ratings.annotators), found)
    signed = _signed(level, ratings) | {"average": "mean-of-pairs"}
    return _result(layer, AGAINST, ratings.annotators[number], measured, signed, _no_kappa(len(others), pairable), how)


def _alpha_without(layer: str, level: str, ratings: Ratings, number: int, how: Intervals) -> Result:
    rest = [name for other, name in enumerate(ratings.annotators) if other != number]
    own = alpha_addends(level, ratings._replace(codes=np.delete(ratings.codes, number, axis=0), annotators=rest))
    units = int(own.patterns.times[own.rated.r_i > 0].sum())
    measured = _Measured(*own.by_document, own.statistic, units, own.pairable, len(rest), [])
    nothing = "no unit has two ratings of the others" if len(rest) > 1 else FEWER_THAN_TWO
    undefined = ONE_CATEGORY if own.pairable else nothing
    return _result(layer, WITHOUT, ratings.annotators[number], measured, _signed(level, own.ratings), undefined, how)


def _no_kappa(others: int, pairable: int) -> str:
    if others >= MOST_PAIRED:
        return f"more than {MOST_PAIRED} annotators: pairs are not measured; see {WITHOUT}"
    if not pairable:
        return "no unit rated by them and another" if others else NOBODY_ELSE
    return "no pair with them used two categories: no disagreement was possible"


def _pairs(ratings: Ratings, pairs: list[tuple[int, int]], asked: Coefficient, sums: Blocks) -> list[Pair]:
    assert asked.per_pair is not None
    found = []
    for (a, b), value, both in zip(pairs, asked.per_pair(*(sums[name] for name in asked.blocks)), sums["pairs both"], strict=True):
        known = defined(float(value))
        reason = "no unit rated by both" if not both else "one category used by both: no disagreement was possible"
        found.append(Pair((ratings.annotators[a], ratings.annotators[b]), known, reason if known is None else None, int(both)))
    return found


def _signed(level: str, ratings: Ratings) -> dict[str, object]:
    missing = "none" if (ratings.codes != MISSING).all() else "pairwise"
    return {"unit": "given", "level": level, "categories": len(ratings.categories), "missing": missing}


# ── Spans ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Marked(NamedTuple):
    """by: (documents, annotators) who read what; marked: (documents, annotators) how many spans they marked there."""

    annotators: list[str]
    by: NDArray[np.bool_]
    marked: Integers
    matches: Matches


def _marked(spans: list[Span], read: list[tuple[str, str]]) -> _Marked:
    readings = sorted({*read, *((each.document, each.annotator) for each in spans)})
    named = ({name for name, _ in readings}, {name for _, name in readings}, {each.label for each in spans})
    document, annotator, label = ({name: number for number, name in enumerate(sorted(names))} for names in named)
    rows = sorted((document[each.document], annotator[each.annotator], label[each.label], each.start, each.end) for each in spans)
    marks = Marks(*np.array(rows, np.int64).reshape(-1, 5).T)
    shape = (len(document), len(annotator))
    by, marked = np.zeros(shape, np.bool_), np.zeros(shape, np.int64)
    for name, reader in readings:
        by[document[name], annotator[reader]] = True
    np.add.at(marked, (marks.document, marks.annotator), 1)
    return _Marked(list(annotator), by, marked, in_batches(equal, marks))


def _f1_against(layer: str, all_marked: _Marked, number: int, pairs: list[Pair], how: Intervals) -> Result:
    name, marked, readers = all_marked.annotators[number], all_marked.marked, all_marked.by.sum(axis=1)
    theirs = marked[:, number]
    shared = all_marked.by[:, number] & (readers > 1)
    compared = theirs * (readers - 1) + marked.sum(axis=1) - theirs
    own = [each for each in pairs if name in each.annotators]
    measured = _micro(shared, _matched_with(all_marked, number), compared, theirs, len(all_marked.annotators), own)
    nothing = "no document read by them and another" if own else NOBODY_ELSE
    undefined = "neither they nor another marked a span" if shared.any() else nothing
    return _result(layer, SPANS_AGAINST, name, measured, SPANS_SIGNED, undefined, how)


def _f1_without(layer: str, all_marked: _Marked, number: int, how: Intervals) -> Result:
    readers = all_marked.by.sum(axis=1) - all_marked.by[:, number]
    others = all_marked.marked.sum(axis=1) - all_marked.marked[:, number]
    matched = np.bincount(all_marked.matches.document, minlength=len(readers)) - _matched_with(all_marked, number)
    measured = _micro(readers > 1, matched, others * (readers - 1), others, len(all_marked.annotators) - 1, [])
    nothing = "no document read by two of the others" if measured.annotators > 1 else FEWER_THAN_TWO
    undefined = "none of the others marked a span" if (readers > 1).any() else nothing
    return _result(layer, SPANS_WITHOUT, all_marked.annotators[number], measured, SPANS_SIGNED, undefined, how)


def _micro(
    shared: NDArray[np.bool_], matched: Integers, compared: Integers, spans: Integers, annotators: int, pairs: list[Pair]
) -> _Measured:
    """F1 over the documents that are shared; all but the last two arguments are (documents,)."""
    tables = np.stack([matched, compared], axis=1)[shared].astype(np.float64)
    return _Measured(tables, np.ones(len(tables), np.int64), f1, int(spans.sum()), int(spans[shared].sum()), annotators, pairs)


def _matched_with(all_marked: _Marked, number: int) -> Integers:
    """How many matches this annotator is in: (documents,)."""
    found = all_marked.matches
    return np.bincount(found.document[(found.first == number) | (found.second == number)], minlength=len(all_marked.by))
