"""Agreement on spans as Krippendorff's unitizing alphas, of 1995 (boundaries and gaps) and of 2016 (character by character).

Both need spans of one annotator that do not overlap: that of 1995 within each type, since each type has a continuum of its own; those of
2016 altogether. Where they do overlap, a measure is None and its reason names the first place; what is still defined is given by type.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from msgspec import structs

from annotate.agreement.intervals import Floats, Intervals, Statistic, clustered, interval
from annotate.agreement.results import Pair, Result, Span, annotator_pairs, defined, signature
from annotate.agreement.spans.columns import SpanColumns
from annotate.agreement.spans.continua import Continua, Corpus, Integers, by_pair, overlaps, read_corpus
from annotate.agreement.spans.f1 import NONE
from annotate.agreement.spans.unitizing_1995 import Disagreements, disagreements, krippendorff_alpha_u
from annotate.agreement.spans.unitizing_2016 import (
    BOTH,
    against_the_rest,
    coincidences,
    cu_alpha,
    cu_coverage,
    ku_alpha,
    ku_coverage,
    u_alpha,
    u_alpha_binary,
)

ALIKE = "everything was marked alike: no disagreement was possible"


class _Shared(NamedTuple):
    """What all results of one call share. ``two``: the documents pair by pair, a row for each of ``pairs``."""

    layer: str
    corpus: Corpus
    how: Intervals
    length: str
    pairs: list[tuple[str, str]]
    two: Continua


class _Quantity(NamedTuple):
    """Something to measure: what documents add to its table, the statistic of the sum, and why it may have no value.

    category:    the number of a label; None: all
    overlapping: the units, two by two, whose overlap leaves it undefined
    undefined:   the reason where the statistic is NaN
    """

    measure: str
    category: int | None
    tables: Floats
    statistic: Statistic
    overlapping: Integers
    undefined: str
    facts: Mapping[str, str]


def measure_unitizing(
    layer: str,
    categories: list[str],
    spans: Iterable[Span] | SpanColumns,
    read: Iterable[tuple[str, str]],
    *,
    lengths: Mapping[str, int] | None = None,
    how: Intervals = Intervals(),
    alone: Mapping[str, int] = NONE,
) -> list[Result]:
    """The unitizing alphas of one layer: ``krippendorff_alpha_u`` of all types, then of each; ``u_alpha``; ``u_alpha_binary``; ``cu_alpha``
    with its coverage; ``ku_alpha`` of each type with its coverage. Where spans of different types overlap, ``u_alpha`` of all types is
    followed by that of each type alone.

    ``read`` are the (document, annotator) pairs that were submitted: who marked nothing there found nothing. A document counts when two
    read it. ``lengths`` are those of the texts, in characters; without them a document ends with the last span that anyone marked in it.
    ``alone``: label → further spans, of documents that one read, which only add to the units.
    Documents add up: the formula is applied to the sum of what they bring, never averaged over documents.
    Raises BadInput where a span is not one, lies outside its document, or has an unknown label or reader.
    """
    corpus = read_corpus(categories, spans, read, lengths)
    corpus = corpus._replace(marked=corpus.marked + np.array([alone.get(each, 0) for each in categories], np.int64))
    pairs = annotator_pairs(corpus.annotators)
    shared = _Shared(layer, corpus, how, "last-span" if lengths is None else "text", pairs, by_pair(corpus, pairs))
    nested = overlaps(corpus.continua, of_one_label=True)
    of_label = [nested[corpus.continua.label[nested[:, 0]] == label] for label in range(len(categories))]
    return [*_results_1995(shared, nested, of_label), *_results_2016(shared, of_label)]


def _results_1995(shared: _Shared, nested: Integers, of_label: list[Integers]) -> list[Result]:
    """``nested``: units that overlap one of the same label; ``of_label``: those of each."""
    facts = {"match": "squared-boundaries", "gaps": "within-document"}

    def quantity(category: int | None, parts: list[Disagreements], overlapping: Integers) -> _Quantity:
        return _Quantity("krippendorff_alpha_u", category, *_side_by_side(parts), overlapping, ALIKE, facts)

    labels = range(len(of_label))
    parts = [disagreements(shared.corpus.continua, label) for label in labels]
    tables, statistic = _side_by_side([disagreements(shared.two, label) for label in labels])
    whole = _result(shared, quantity(None, parts, nested))
    each = [_result(shared, quantity(label, [parts[label]], of_label[label])) for label in labels]
    return [structs.replace(whole, pairs=_pairs(shared, tables, statistic, nested)), *each]


def _side_by_side(parts: list[Disagreements]) -> tuple[Floats, Statistic]:
    tables = np.concatenate([each.tables for each in parts], axis=1) if parts else np.zeros((0, 0))
    return tables, partial(krippendorff_alpha_u, lengths=[each.lengths for each in parts])


def _results_2016(shared: _Shared, of_label: list[Integers]) -> list[Result]:
    continua, labels = shared.corpus.continua, range(len(of_label))
    tables, overlapping = coincidences(continua), overlaps(continua, of_one_label=False)
    total = tables.sum(axis=0)

    def quantity(measure: str, statistic: Statistic, undefined: str = ALIKE, **facts: str) -> _Quantity:
        return _Quantity(measure, None, tables, statistic, overlapping, undefined, {"match": "nominal", **facts})

    def alone(label: int) -> _Quantity:
        own = coincidences(continua.of_label(label))
        return quantity("u_alpha", u_alpha)._replace(category=label, tables=own, overlapping=of_label[label])

    def among_others(label: int) -> _Quantity:
        undefined = _no_meeting(shared.corpus.categories[label], total[BOTH, 1 + label], total[BOTH])
        own = against_the_rest(tables, label)
        return quantity("ku_alpha", ku_alpha, undefined, chance="union")._replace(category=label, tables=own)

    whole = structs.replace(
        _result(shared, quantity("u_alpha", u_alpha)), pairs=_pairs(shared, coincidences(shared.two), u_alpha, overlapping)
    )
    return [
        whole,
        *(_result(shared, alone(label)) for label in labels if len(overlapping)),
        _result(shared, quantity("u_alpha_binary", u_alpha_binary)),
        _covering(shared, quantity("cu_alpha", cu_alpha, _no_meeting("span", total[BOTH].sum(), total[BOTH]), chance="union"), cu_coverage),
        *(_covering(shared, among_others(label), ku_coverage) for label in labels),
    ]


def _no_meeting(name: str, met: float, margins: Floats) -> str:
    """Why cu or (k)u has no value; ``met``: the characters of what is called ``name`` that meet; ``margins``: l*_c."""
    if not met:
        return f"no {name} meets a span of another annotator"
    if np.count_nonzero(margins) == 1:
        return "only one type where spans meet: no disagreement was possible"
    return "too few spans meet to tell what chance would do"


def _covering(shared: _Shared, quantity: _Quantity, coverage: Statistic) -> Result:
    """The result with its coverage; None where spans of one annotator overlap, for then it is not what it says."""
    covered = None if len(quantity.overlapping) else defined(float(coverage(quantity.tables.sum(axis=0))))
    return structs.replace(_result(shared, quantity), details={"coverage": covered})


def _result(shared: _Shared, quantity: _Quantity) -> Result:
    corpus, category = shared.corpus, quantity.category
    chosen = slice(None) if category is None else slice(category, category + 1)
    pairable = int(np.bincount(corpus.continua.label, minlength=len(corpus.categories))[chosen].sum())
    value, found, reason = None, None, _why_none(corpus, quantity, pairable)
    if reason is None:
        value, reason = defined(float(quantity.statistic(quantity.tables.sum(axis=0)))), quantity.undefined
    if value is not None:
        found, reason = interval(clustered(quantity.tables, corpus.documents, shared.how), quantity.statistic, shared.how)
    facts = {**quantity.facts, "average": "micro", "missing": "weighted", "length": shared.length, "ci": shared.how.signature}
    return Result(
        layer=shared.layer,
        measure=quantity.measure,
        value=value,
        reason=reason,
        interval=found,
        units=int(corpus.marked[chosen].sum()),
        pairable=pairable,
        annotators=len(corpus.annotators),
        signature=signature(quantity.measure, unit="character", **facts),
        category=None if category is None else corpus.categories[category],
    )


def _why_none(corpus: Corpus, quantity: _Quantity, pairable: int) -> str | None:
    """What leaves a quantity undefined whatever its formula says."""
    if not corpus.readings:
        return "no document read by two"
    if not pairable:
        return "nobody marked a span" if quantity.category is None else f"nobody marked {corpus.categories[quantity.category]}"
    return corpus.overlap(quantity.overlapping[0]) if len(quantity.overlapping) else None


def _pairs(shared: _Shared, tables: Floats, statistic: Statistic, overlapping: Integers) -> list[Pair]:
    """The value of each pair of annotators: ``tables`` have a row for each."""
    two, number = shared.two, len(shared.pairs)
    together = np.bincount(two.row, minlength=number)
    units = np.bincount(two.row[two.continuum], minlength=number)
    values, reasons = statistic(tables), _overlapping_pairs(shared.corpus, overlapping)
    found = []
    for n, pair in enumerate(shared.pairs):
        none = "no document read by both" if not together[n] else "neither marked a span" if not units[n] else reasons.get(pair)
        value = None if none else defined(float(values[n]))
        found.append(Pair(pair, value, None if value is not None else none or ALIKE, int(units[n])))
    return found


def _overlapping_pairs(corpus: Corpus, overlapping: Integers) -> dict[tuple[str, str], str]:
    """Of each pair of annotators that an overlap leaves without a value, the first overlap in a document that both read."""
    readers: dict[str, list[str]] = defaultdict(list)
    for document, annotator in corpus.readings:
        readers[document].append(annotator)
    found: dict[tuple[str, str], str] = {}
    for units in overlapping:
        document, annotator = corpus.readings[int(corpus.continua.reading[units[0]])]
        for other in readers[document]:
            pair = (annotator, other) if annotator < other else (other, annotator)
            if other != annotator and pair not in found:
                found[pair] = corpus.overlap(units)
    return found
