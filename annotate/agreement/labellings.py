"""Agreement of a whole set of labellings, layer by layer of the schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from annotate.agreement.alignment import align
from annotate.agreement.coefficients import measure_ratings
from annotate.agreement.intervals import REPLICATES, SEED
from annotate.agreement.results import Rating, Result, Span
from annotate.agreement.spans import measure_spans
from annotate.records import Frame, Labelling, Mention
from annotate.schema import FrameLayer, MentionLayer, Schema


def measure_labellings(schema: Schema, labellings: Iterable[Labelling], *, replicates: int = REPLICATES, seed: int = SEED) -> list[Result]:
    """Every layer's results: F1 of spans; coefficients of types and attributes on aligned spans, and of document choices.

    A labelling is one annotator's of one article; articles that an annotator called unusable count as not read by them.
    """
    usable = sorted((each for each in labellings if each.unusable is None), key=lambda each: (each.article, each.annotator))
    read = [(each.article, each.annotator) for each in usable]
    results: list[Result] = []
    for layer in schema.span_layers.values():
        spans = [
            Span(*key, item.start, item.end, item.type)
            for key, each in zip(read, usable, strict=True)
            for item in each.of_layer(layer.name)
        ]
        results += measure_spans(layer.name, spans, read, replicates=replicates, seed=seed)
        for name, level, categories, ratings in _span_ratings(layer, usable):
            results += measure_ratings(name, level, categories, ratings, replicates=replicates, seed=seed)
    for name, level, categories, ratings in _answer_ratings(schema, usable):
        results += measure_ratings(name, level, categories, ratings, replicates=replicates, seed=seed)
    return results


_Asked = tuple[str, str, list[str], list[Rating]]  # layer.question, level, categories, ratings


def _span_ratings(layer: MentionLayer | FrameLayer, usable: list[Labelling]) -> Iterator[_Asked]:
    """The type and each attribute of the layer, its units being clusters of aligned spans."""
    types: list[Rating] = []
    attributes: dict[str, list[Rating]] = defaultdict(list)
    for document, unit, cluster in _clusters(layer, usable):
        for annotator, item in cluster.items():
            types.append(Rating(document, unit, annotator, item.type))
            for name, value in item.attributes.items() if isinstance(item, Frame) else ():
                if value is not None:
                    attributes[name].append(Rating(document, unit, annotator, value))
    yield f"{layer.name}.type", "nominal", [each.name for each in layer.types], types
    for asked in layer.attributes if isinstance(layer, FrameLayer) else ():
        yield f"{layer.name}.{asked.name}", asked.level, [each.name for each in asked.values], attributes[asked.name]


def _clusters(layer: MentionLayer | FrameLayer, usable: list[Labelling]) -> Iterator[tuple[str, str, dict[str, Mention | Frame]]]:
    """(document, unit, annotator → item) for every cluster that two annotators or more are in."""
    documents: dict[str, dict[str, list[Mention | Frame]]] = defaultdict(dict)
    for each in usable:
        documents[each.article][each.annotator] = each.of_layer(layer.name)
    for document, spans in documents.items():
        for number, cluster in enumerate(align(spans)):
            if len(cluster) > 1:
                yield document, str(number), cluster


def _answer_ratings(schema: Schema, usable: list[Labelling]) -> Iterator[_Asked]:
    answers: dict[tuple[str, str], list[Rating]] = defaultdict(list)
    for each in usable:
        for answer in each.answers:
            answers[answer.layer, answer.question].append(Rating(each.article, each.article, each.annotator, answer.value))
    for layer in schema.choice_layers:
        for question in layer.questions:
            categories = [value.name for value in question.values]
            yield f"{layer.name}.{question.name}", question.level, categories, answers[layer.name, question.name]
