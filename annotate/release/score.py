"""A system against gold, measured as agreement is: the same code, the same signatures, gold being one annotator and the system the other.

Every F1, agreement of values and percentage is Σ agreed / Σ judged over documents. So two systems are compared by what each adds to these
sums in each document, resampled together: the paired bootstrap (Koehn 2004, EMNLP; Efron & Tibshirani 1993, ch. 16).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct, structs

from annotate.agreement.alignment import aligned_pairs
from annotate.agreement.categories.ratings import MISSING
from annotate.agreement.frames.decomposition import measure_frames, ratio
from annotate.agreement.frames.links import measure_links
from annotate.agreement.intervals import Floats, Intervals, clustered, interval_of, resample
from annotate.agreement.labellings import measure_labellings, spans_of
from annotate.agreement.rated import rated_layers
from annotate.agreement.results import Interval, Result, defined, signature
from annotate.agreement.spans.f1 import NO_TEXTS, measure_spans, precision_recall_f1
from annotate.records import Labelling
from annotate.release.predictions import Gold, Predictions
from annotate.schema import Schema

ALONE = Intervals("none")
COUNTED = ("span_f1_exact", "span_f1_clitic", "span_f1_overlap", "frame_anchor_f1")  # of which precision and recall are told
PERCENT = "percent_agreement"
ACCURACY = "accuracy"
STANDOFF = "needs the documents' texts; `annotate rehydrate` puts them back"
Key = tuple[str, str]  # layer, measure
Tables = dict[str, tuple[float, float]]  # document → agreed, judged


class Difference(Struct, frozen=True):
    """One number of two systems on the same documents. ``p``: two-sided, of a difference as large as this were there none."""

    layer: str
    measure: str
    first: float | None
    second: float | None
    difference: float | None
    interval: Interval | None
    p: float | None
    reason: str | None
    signature: str


def score(schema: Schema, gold: Gold, predictions: Predictions, how: Intervals = Intervals()) -> list[Result]:
    """Every number of the layers that were predicted. A document without a prediction counts as one in which nothing was found.

    F1 of spans and anchors have their precision and recall among the details. The accuracy of a question about the document counts an
    answer that the system does not give as wrong; the coefficients, as in agreement, look at what both answered.
    """
    both = list(paired(gold, predictions))
    how = structs.replace(how, stories=gold.stories)
    measured = measure_labellings(schema, both, texts=gold.texts or None, how=how, gamma=False)
    own = (each for each in measured if each.layer.partition(".")[0] in predictions.layers)
    results = [structs.replace(each, reason=STANDOFF) if each.reason == NO_TEXTS else each for each in own]
    counts = {
        layer: (_items(gold.labellings.values(), layer), _items(predictions.labellings.values(), layer)) for layer in schema.span_layers
    }
    found = [_with_precision(each, *counts[each.layer]) if each.measure.removesuffix("_untyped") in COUNTED else each for each in results]
    asked = [(layer.name, each.name) for layer in schema.choice_layers if layer.name in predictions.layers for each in layer.questions]
    return found + [_accuracy(*question, both, how) for question in asked]


def paired(gold: Gold, predictions: Predictions) -> Iterator[Labelling]:
    """Gold and prediction of every document, by document."""
    for document in sorted(gold.labellings):
        yield gold.labellings[document]
        yield predictions.labellings.get(document) or Labelling(document, "system")


def compare_systems(schema: Schema, gold: Gold, first: Predictions, second: Predictions, how: Intervals = Intervals()) -> list[Difference]:
    """Every number that both systems have, the first's less the second's."""
    how = structs.replace(how, stories=gold.stories)
    layers = [layer for layer in first.layers if layer in second.layers]
    one, other = (_tables(schema, list(paired(gold, each)), gold.texts or None, layers) for each in (first, second))
    return [_difference(key, one[key], other[key], how) for key in one if key in other]


def _items(labellings: Iterable[Labelling], layer: str) -> int:
    return sum(len(each.of_layer(layer)) for each in labellings)


def _with_precision(result: Result, gold: int, system: int) -> Result:
    if result.value is None:
        return result
    matched = round(result.value * (gold + system) / 2)
    scores = precision_recall_f1(matched, system - matched, gold)
    return structs.replace(result, details=result.details | {"precision": scores.precision, "recall": scores.recall})


def _accuracy(layer: str, question: str, both: Sequence[Labelling], how: Intervals) -> Result:
    tables = _right_by_document(both, layer, question)
    answered = sum(1 for each in both[1::2] for answer in each.answers if (answer.layer, answer.question) == (layer, question))
    sums = np.array(list(tables.values()), np.float64).reshape(-1, 2)
    value = defined(float(ratio(sums.sum(axis=0))))
    drawn = resample(clustered(sums, list(tables), how), how) if value is not None else None
    bounds, reason = interval_of(drawn, ratio, how) if drawn is not None else (None, "gold answers it nowhere")
    signed = signature(ACCURACY, unit="document", missing="wrong", average="micro", ci=how.signature)
    return Result(f"{layer}.{question}", ACCURACY, value, reason, bounds, len(tables), answered, 2, signed)


def _right_by_document(both: Sequence[Labelling], layer: str, question: str) -> Tables:
    """Document → 1 where gold's answer is the system's, and 1; of the documents that gold answers."""
    found: Tables = {}
    for gold, system in zip(both[::2], both[1::2], strict=True):
        right, said = ([a.value for a in each.answers if (a.layer, a.question) == (layer, question)] for each in (gold, system))
        if right:
            found[gold.article] = (float(right == said), 1.0)
    return found


# ── Two systems ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tables(schema: Schema, both: Sequence[Labelling], texts: Mapping[str, str] | None, layers: Sequence[str]) -> dict[Key, Tables]:
    """What each document adds to every number that is a ratio of sums: each document measured by itself."""
    tables: dict[Key, Tables] = {}
    for at in range(0, len(both), 2):
        document = both[at].article
        for result in _of_document(schema, both[at : at + 2], texts, layers):
            if result.category is None and result.pairs:
                (pair,) = result.pairs
                own = tables.setdefault((result.layer, result.measure), {})
                own[document] = ((pair.value or 0.0) * pair.units, float(pair.units))
    for rated in rated_layers(schema, both):
        if (
            rated.name.partition(".")[0] in layers
            and rated.name.partition(".")[0] in schema.span_layers
            and len(rated.ratings.annotators) == 2
        ):
            tables[rated.name, PERCENT] = _equal_by_document(schema, both, rated.name)
    for choices in schema.choice_layers:
        for question in choices.questions if choices.name in layers else ():
            tables[f"{choices.name}.{question.name}", ACCURACY] = _right_by_document(both, choices.name, question.name)
    return tables


def _of_document(schema: Schema, both: Sequence[Labelling], texts: Mapping[str, str] | None, layers: Sequence[str]) -> Iterator[Result]:
    aligned = list(aligned_pairs(schema, both))
    for layer in schema.span_layers:
        if layer in layers:
            spans, read = spans_of(layer, both)
            yield from measure_spans(layer, spans, read, texts=texts, how=ALONE)
    for frames in schema.frame_layers:
        if frames.name in layers:
            yield from measure_frames(schema, frames, list(both), how=ALONE, aligned=aligned)
    for links in schema.link_layers:
        if links.name in layers:
            yield from measure_links(schema, links, list(both), how=ALONE, aligned=aligned)


def _equal_by_document(schema: Schema, both: Sequence[Labelling], name: str) -> Tables:
    """Document → units rated alike and units rated by both."""
    equal: Counter[str] = Counter()
    rated: Counter[str] = Counter()
    for at in range(0, len(both), 2):
        for layer in rated_layers(schema, both[at : at + 2], name):
            codes = layer.ratings.codes
            if len(codes) == 2:
                seen = (codes != MISSING).all(axis=0)
                rated[both[at].article] += int(seen.sum())
                equal[both[at].article] += int((codes[0] == codes[1])[seen].sum())
    return {document: (float(equal[document]), float(number)) for document, number in rated.items()}


def _difference(key: Key, one: Tables, other: Tables, how: Intervals) -> Difference:
    documents = sorted(one.keys() | other.keys())
    tables = np.array([[*one.get(each, (0, 0)), *other.get(each, (0, 0))] for each in documents], np.float64).reshape(-1, 4)
    first, second = (float(ratio(tables[:, part].sum(axis=0))) for part in (slice(0, 2), slice(2, 4)))
    facts = {"of": key[1], "systems": 2, "average": "micro", "p": "two-sided-shift", "ci": how.signature}
    signed = signature("paired_difference", **facts)
    if np.isnan(first) or np.isnan(second):
        return Difference(*key, defined(first), defined(second), None, None, None, "undefined for one of the systems", signed)
    drawn = resample(clustered(tables, documents, how), how)
    bounds, reason = interval_of(drawn, _gap, how)
    p = _two_sided(_gap(drawn.sums), first - second) if bounds is not None else None
    return Difference(*key, first, second, first - second, bounds, p, reason, signed)


def _gap(sums: Floats) -> Floats:
    """(…, 4) → (…): the first's ratio less the second's."""
    found: Floats = ratio(sums[..., :2]) - ratio(sums[..., 2:])
    return found


def _two_sided(replicates: Floats, difference: float) -> float:
    """The share of replicates, moved so that their mean is no difference, that are as far from 0 (Efron & Tibshirani 1993, alg. 16.2)."""
    usable = replicates[~np.isnan(replicates)]
    far = np.abs(usable - usable.mean()) >= abs(difference) - 1e-12
    return float((far.sum() + 1) / (len(usable) + 1))
