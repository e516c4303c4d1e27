"""Gamma and gamma-cat: agreement on spans and their labels at once, corrected for chance.

γ = 1 − δ_o / δ_e (Mathet, Widlöcher & Métivier 2015, "The unified and holistic method gamma (γ) for inter-annotator agreement measure
and alignment", Computational Linguistics 41(3)): δ_o is the disorder of the best alignment of what the annotators marked, δ_e the mean
disorder of the best alignments of chance samples (``chance_samples``).

γ_cat = 1 − δ_o / δ_e as well (Mathet 2017, Computational Linguistics 43(3)), with δ = Σ w·d_cat / Σ w over the pairs of units that the same
alignments put together and w = max(0, 1 − d_pos) / (units together − 1); what one alone marked does not count. Its δ_e is the Σ w·d_cat of
all samples over their Σ w, as a sample in which nothing is aligned has no δ of its own. (pygamma-agreement 0.5.9 multiplies d_pos by α here
and counts a unit beside an empty place as a pair that differs, which it calls experimental; then γ_cat is not alpha's disagreement on given
units with missing values, which the paper wants. Its values are lower: 0.39 for the paper's Alex, Paul and Suzan, where this is 0.72.)

Over a corpus γ = 1 − Σ n·δ_o / Σ n·δ_e, both sums over documents, n being the mean number of units an annotator of the document (by which
its δ was divided): sums of unitary disorders, no alignment crossing documents, chance being chance within each document. Of one document it
is the paper's γ. γ_cat sums its numerators and denominators over documents likewise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, nan
from typing import NamedTuple

import numpy as np

from annotate.agreement.intervals import Floats, Intervals, clustered, interval
from annotate.agreement.results import Pair, Result, Span, annotator_pairs, defined, signature
from annotate.agreement.spans.chance_samples import Disorders, Document, document_disorders
from annotate.agreement.spans.columns import SpanColumns, columns_of
from annotate.agreement.spans.continua import Corpus, read_corpus
from annotate.agreement.spans.disorder import EQUAL, Units, Weights, mean_units
from annotate.agreement.spans.f1 import NONE

SAMPLES = 30  # of the corpus: each document has its share of them, since what is wanted is their sum
FEWEST_SAMPLES = 2  # of a document, so that their spread is known
MOST_SAMPLES = 2000
# Of the expected disorder, at 95% confidence (2015, section 5.3). Only small corpora need more samples than that, and theirs are quick.
PRECISION = 0.02
PRECISION_BY_DOCUMENT = 0.05
Z = 1.96


class _Layer(NamedTuple):
    """What was asked, and what all results of it share. ``lengths``: whose the documents' lengths are."""

    name: str
    units: int
    annotators: int
    lengths: str
    how: Intervals
    weights: Weights


class _Group(NamedTuple):
    """Documents, and the disorders of each."""

    documents: list[Document]
    found: list[Disorders]

    @property
    def units(self) -> int:
        return sum(len(units.starts) for each in self.documents for units in each.coders)

    @property
    def mean_units(self) -> Floats:
        """n, (documents,)"""
        return np.array([mean_units(each.coders) for each in self.documents], np.float64)


def measure_gamma(
    layer: str,
    spans: Iterable[Span] | SpanColumns,
    read: Iterable[tuple[str, str]],
    *,
    lengths: Mapping[str, int] | None = None,
    how: Intervals = Intervals(),
    weights: Weights = EQUAL,
    alone: Mapping[str, int] = NONE,
) -> list[Result]:
    """``gamma`` and ``gamma_cat`` of one layer over the corpus, and of each pair of annotators.

    ``read`` are the (document, annotator) pairs that were submitted: who marked nothing there found nothing. A document counts when two
    read it, and who they are may differ from one to the next. ``lengths`` are those of the texts, in characters; without them a document
    ends with the last span that anyone marked in it. Chance samples are drawn with ``how.seed``: 30 between the documents, at least 2 of
    each, and more while the expected disorder of the corpus is not known to 2%, up to 2,000 of each. ``details`` have the precision
    reached, half the 95% interval of the expected disorder as a share of it; the interval is for the choice of documents only. Where there
    are too many alignments to find the best (five annotators, dense spans) the disorders of a document are means over its pairs of
    annotators, and signature and details say of how many documents. ``alone``: label → further spans, of documents that one read, which
    only add to the units. Raises BadInput for an impossible span and for a missing length.
    """
    corpus, asked = _read(layer, spans, read, lengths, how, weights, alone)
    whole = _precise([_documents(corpus)], PRECISION, asked)[0]
    known = {each.key: disorders for each, disorders in zip(*whole, strict=True)}
    of_pairs = {pair: _documents(corpus, pair) for pair in annotator_pairs(corpus.annotators)}
    others = [each for several in of_pairs.values() for each in several if each.key not in known]
    # Batches decide between alignments that are equally good, so their order must not depend on annotators' names.
    unknown = {each.key: each for each in sorted(others, key=lambda each: (each.name, [_content((units, "")) for units in each.coders]))}
    samples = _first_samples(whole.documents)
    known |= dict(zip(unknown, document_disorders(list(unknown.values()), samples, how.seed, weights), strict=True))
    pairs = {pair: _Group(several, [known[each.key] for each in several]) for pair, several in of_pairs.items()}
    return [_result(asked, measure, whole, pairs) for measure in MEASURES]


def gamma_by_document(
    layer: str,
    spans: Iterable[Span] | SpanColumns,
    read: Iterable[tuple[str, str]],
    *,
    lengths: Mapping[str, int] | None = None,
    how: Intervals = Intervals(),
    weights: Weights = EQUAL,
) -> dict[str, list[Result]]:
    """``gamma`` and ``gamma_cat`` of each document that two read, by name, as ``measure_gamma`` gives them for the corpus: with samples of
    its own (until its expected disorder is known to 5%), without interval and pairs.
    """
    corpus, asked = _read(layer, spans, read, lengths, Intervals(method="none", seed=how.seed), weights)
    groups = _precise([[each] for each in _documents(corpus)], PRECISION_BY_DOCUMENT, asked)
    alone = [asked._replace(units=each.units, annotators=len(each.documents[0].coders)) for each in groups]
    return {
        group.documents[0].name: [_result(of_one, measure, group, {}) for measure in MEASURES]
        for of_one, group in zip(alone, groups, strict=True)
    }


def gamma_values(sums: Floats) -> Floats:
    """1 − observed / expected: (…, 2) → (…); NaN where nothing is expected."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 1] > 0, 1 - sums[..., 0] / sums[..., 1], np.nan)


def gamma_cat_values(sums: Floats) -> Floats:
    """1 − (Σ w·d_cat / Σ w) observed / expected: (…, 4) → (…); NaN where nothing is aligned, or no labels differ by chance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        observed, expected = sums[..., 0] / sums[..., 1], sums[..., 2] / sums[..., 3]
        return np.where((sums[..., 1] > 0) & (sums[..., 2] > 0), 1 - observed / expected, np.nan)


def _gamma_table(group: _Group) -> Floats:
    """n·δ observed and expected, (documents, 2)."""
    observed_expected = [[each.rows[0, 0], each.rows[1:, 0].mean()] for each in group.found]
    return group.mean_units[:, None] * np.reshape(observed_expected, (-1, 2))


def _gamma_cat_table(group: _Group) -> Floats:
    """Σ w·d_cat and Σ w, observed and then expected, (documents, 4)."""
    return np.reshape([[*each.rows[0, 1:], *each.rows[1:, 1:].mean(axis=0)] for each in group.found], (-1, 4))


MEASURES = {"gamma": (_gamma_table, gamma_values), "gamma_cat": (_gamma_cat_table, gamma_cat_values)}


def _read(
    name: str,
    spans: Iterable[Span] | SpanColumns,
    read: Iterable[tuple[str, str]],
    lengths: Mapping[str, int] | None,
    how: Intervals,
    weights: Weights,
    alone: Mapping[str, int] = NONE,
) -> tuple[Corpus, _Layer]:
    given = columns_of(spans)
    corpus = read_corpus(sorted({*alone, *given.used_labels()}), given, read, lengths)
    origin = "last-span" if lengths is None else "texts"
    return corpus, _Layer(name, len(given.start) + sum(alone.values()), len(corpus.annotators), origin, how, weights)


def _documents(corpus: Corpus, pair: tuple[str, str] | None = None) -> list[Document]:
    """The documents that two read, as all their readers marked them; or those that this pair read, as the two did."""
    whole = corpus.continua
    ends = np.searchsorted(whole.reading, np.arange(len(corpus.readings) + 1))
    documents = []
    for first, m, length in zip(whole.first_reading.tolist(), whole.coders.tolist(), whole.length.tolist(), strict=True):
        readings = [each for each in range(first, first + m) if pair is None or corpus.readings[each][1] in pair]
        if len(readings) > 1:
            coders = sorted(((_units(corpus, ends[each], ends[each + 1]), corpus.readings[each][1]) for each in readings), key=_content)
            documents.append(Document(corpus.readings[first][0], tuple(name for _, name in coders), [units for units, _ in coders], length))
    return documents


def _units(corpus: Corpus, start: int, end: int) -> Units:
    whole = corpus.continua
    return Units(whole.start[start:end].astype(np.float64), whole.end[start:end].astype(np.float64), whole.label[start:end])


def _content(coder: tuple[Units, str]) -> tuple[list[float], ...]:
    """What coders are sorted by: what they marked, so that it does not matter what they are called."""
    units, _ = coder
    return units.starts.tolist(), units.ends.tolist(), units.labels.tolist()


def _precise(groups: list[list[Document]], wanted: float, asked: _Layer) -> list[_Group]:
    """The disorders of the documents of each group, with the samples that its expected disorder needs."""
    seed, weights = asked.how.seed, asked.weights
    least = max((_first_samples(documents) for documents in groups), default=SAMPLES)
    first = iter(document_disorders([each for documents in groups for each in documents], least, seed, weights))
    found = []
    for documents in groups:
        group, samples = _Group(documents, [next(first) for _ in documents]), least
        while group.units and samples < MOST_SAMPLES and (reached := precision(_by_chance(group)[:, :, 0]) or 0) > wanted:
            samples = min(ceil(samples * (reached / wanted) ** 2), MOST_SAMPLES)
            group = _Group(documents, document_disorders(documents, samples, seed, weights, group.found))
        found.append(group)
    return found


def _first_samples(documents: list[Document]) -> int:
    """How many samples of each document to begin with."""
    marked = sum(mean_units(each.coders) > 0 for each in documents)
    return max(FEWEST_SAMPLES, ceil(SAMPLES / max(marked, 1)))


def precision(samples: Floats, over: float | None = None) -> float | None:
    """Half the 95% interval of the sum of documents' means, as a share of it (or of ``over``): (documents, samples) → share.

    Of one document it is 1.96·CV / √samples (2015, section 5.3); of several, whose samples are independent, the variances add up.
    """
    mean = float(samples.mean(axis=1).sum()) if over is None else over
    variance = float(samples.var(axis=1, ddof=1).sum()) / samples.shape[1]
    return Z * variance**0.5 / mean if mean else None


def _by_chance(group: _Group) -> Floats:
    """n·δ, Σ w·d_cat and Σ w of each document and sample: (documents, samples, 3)."""
    rows = np.stack([each.rows[1:] for each in group.found])
    rows[:, :, 0] *= group.mean_units[:, None]
    return rows


def _result(asked: _Layer, measure: str, group: _Group, pairs: dict[tuple[str, str], _Group]) -> Result:
    tabulate, statistic = MEASURES[measure]
    table = tabulate(group)
    value, no_value = _value(measure, group)
    names = [each.name for each in group.documents]
    ci, no_interval = interval(clustered(table, names, asked.how), statistic, asked.how) if value is not None else (None, no_value)
    return Result(
        layer=asked.name,
        measure=measure,
        value=value,
        reason=no_interval,
        interval=ci,
        units=asked.units,
        pairable=group.units,
        annotators=asked.annotators,
        signature=_signature(asked, measure, group),
        pairs=[Pair(pair, *_value(measure, each), each.units) for pair, each in pairs.items()],
        details=_details(measure, group) if group.units else {},
    )


def _value(measure: str, group: _Group) -> tuple[float | None, str | None]:
    """The value, or why there is none."""
    tabulate, statistic = MEASURES[measure]
    sums = tabulate(group).sum(axis=0)
    value = defined(float(statistic(sums)))
    if value is not None:
        return value, None
    if not group.units:
        return None, "nobody marked a span" if group.documents else "no document read by two"
    if measure == "gamma":
        return None, "the chance samples agree entirely: there is no expected disorder"
    if not sums[1]:
        return None, "no spans of two annotators are aligned closely enough to compare their labels"
    return None, "no spans are aligned by chance" if not sums[3] else "no spans with different labels are aligned by chance"


def _signature(asked: _Layer, measure: str, group: _Group) -> str:
    pairwise, samples = sum(not each.exact for each in group.found), max((each.samples for each in group.found), default=0)
    alpha, beta, empty = asked.weights
    return signature(
        measure,
        unit="span",
        dissimilarity=f"positional-sporadic*{alpha:g}+nominal*{beta:g},empty{empty:g}",
        alignment="best" if not pairwise else f"best,pairwise-in-{pairwise}-of-{len(group.found)}-documents",
        average="sums-over-documents",
        missing="documents-read-by-two",
        length=asked.lengths,
        chance=f"shuffle-{samples}-seed{asked.how.seed}",
        ci=asked.how.signature,
    )


def _details(measure: str, group: _Group) -> dict[str, float | None]:
    """Disorders as δ, so that they compare with those of one document; the precision of the expected one; what was done."""
    sums, chance = MEASURES[measure][0](group).sum(axis=0), _by_chance(group)
    if measure == "gamma":
        observed, expected = (sums / group.mean_units.sum()).tolist()
        reached = precision(chance[:, :, 0])
    else:
        observed, expected = (a / b if b else nan for a, b in (sums[:2], sums[2:]))
        # Of a ratio of means: by its linearised residuals (Cochran 1977, section 6.4).
        reached = precision(chance[:, :, 1] - expected * chance[:, :, 2], float(chance[:, :, 1].mean(axis=1).sum()))
    return {
        "observed_disorder": defined(observed),
        "expected_disorder": defined(expected),
        "precision": reached,
        "samples": float(group.found[0].samples),
        "documents": float(len(group.documents)),
        "pairwise_documents": float(sum(not each.exact for each in group.found)),
    }
