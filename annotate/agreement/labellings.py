"""Agreement of a whole set of labellings, layer by layer of the schema."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from msgspec import structs

from annotate.agreement.alignment import align, aligned_pairs
from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import Ratings, ratings_of_rows
from annotate.agreement.frames.decomposition import Key, marked, measure_frames
from annotate.agreement.frames.links import links_in, measure_links
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Rating, Result, Span, Value, category_name, folded
from annotate.agreement.spans.f1 import measure_spans, span_f1_by_label
from annotate.agreement.spans.gamma import measure_gamma
from annotate.agreement.spans.unitizing import measure_unitizing
from annotate.records import Answer, Frame, Labelling, Mention
from annotate.schema import Attribute, FrameLayer, MentionLayer, Question, Schema

NONE: Mapping[str, str] = MappingProxyType({})
LEAST = 5  # ratings of a category or type, for a value of its own


class Alone(NamedTuple):
    """How much is marked in articles that one annotator labelled, which is compared with nothing: it is among a result's units, no more.

    spans: layer → type → spans; frames: layer → what ``annotate.agreement.frames.decomposition.marked`` counts; links: layer → links
    """

    spans: defaultdict[str, Counter[str]]
    frames: defaultdict[str, Counter[Key]]
    links: Counter[str]


class RatedLayer(NamedTuple):
    """One question that several annotators answered: its name (``events.type``), level and ratings."""

    name: str
    level: str
    ratings: Ratings


def measure_labellings(
    schema: Schema,
    labellings: Iterable[Labelling],
    *,
    texts: Mapping[str, str] | None = None,
    how: Intervals = Intervals(),
    gamma: bool = True,
    only: str | None = None,
    alone: Alone | None = None,
) -> list[Result]:
    """Every layer's results, one a measure, with the values of single types and categories folded in.

    A labelling is one annotator's of one article; articles that an annotator called unusable count as not read by them. ``texts``:
    article → text, for what needs words. ``gamma`` False leaves out what is sampled, which costs most. ``only``: the layer, or
    ``layer.question``, that is wanted. ``alone``: what further labellings hold of which these have the answers alone.
    """
    usable = usable_labellings(labellings)
    alone = alone or nothing_alone()
    results: list[Result] = []
    for layer in schema.span_layers.values():
        if _wanted(layer.name, only):
            results += _span_results(layer, usable, texts, how, gamma, alone.spans[layer.name])
    joining = [each.name for each in schema.frame_layers] + [each.name for each in schema.link_layers]
    aligned = list(aligned_pairs(schema, usable)) if any(_wanted(name, only) for name in joining) else []
    for frames in schema.frame_layers:
        if _wanted(frames.name, only):
            results += measure_frames(schema, frames, usable, how=how, aligned=aligned, alone=alone.frames[frames.name])
    for links in schema.link_layers:
        if _wanted(links.name, only):
            results += measure_links(schema, links, usable, how=how, aligned=aligned, alone=alone.links[links.name])
    for rated in rated_layers(schema, usable, only, how.stories):
        results += [_supported(each, rated.ratings) for each in measure_ratings(rated.name, rated.level, rated.ratings, how=how)]
    return folded(results)


def usable_labellings(labellings: Iterable[Labelling]) -> list[Labelling]:
    return sorted((each for each in labellings if each.unusable is None), key=lambda each: (each.article, each.annotator))


def spans_of(layer: str, usable: Sequence[Labelling]) -> tuple[list[Span], list[tuple[str, str]]]:
    """The layer's spans, and who read which article."""
    read = [(each.article, each.annotator) for each in usable]
    spans = [Span(*key, item.start, item.end, item.type) for key, each in zip(read, usable, strict=True) for item in each.of_layer(layer)]
    return spans, read


def rated_layers(
    schema: Schema, usable: Sequence[Labelling], only: str | None = None, stories: Mapping[str, str] = NONE
) -> Iterator[RatedLayer]:
    """The type and each attribute of every layer of spans, its units being clusters of aligned spans; then every document question.

    ``stories``: article → story, where it is stories that intervals resample.
    """
    asked = chain.from_iterable(_span_ratings(layer, usable) for layer in schema.span_layers.values())
    for name, level, categories, rows in chain(asked, _answer_ratings(schema, usable)):
        if _wanted(name, only):
            clusters = [each._replace(document=_cluster(each.document, stories), unit=f"{each.document} {each.unit}") for each in rows]
            yield RatedLayer(name, level, ratings_of_rows(clusters, categories))


def _wanted(name: str, only: str | None) -> bool:
    """``events`` is wanted with ``events.type`` and the other way round, ``events.type`` not with ``events.mode``."""
    return only is None or name == only or name.startswith(f"{only}.")


def _span_results(
    layer: MentionLayer | FrameLayer,
    usable: Sequence[Labelling],
    texts: Mapping[str, str] | None,
    how: Intervals,
    gamma: bool,
    alone: Mapping[str, int],
) -> list[Result]:
    spans, read = spans_of(layer.name, usable)
    # Of an article whose text is not looked at, none is fetched.
    shared = {article for article, count in Counter(article for article, _ in read).items() if count > 1}
    lengths = None if texts is None else {article: len(texts[article]) for article in {*shared, *(each.document for each in spans)}}
    types = [each.name for each in layer.types]
    results = measure_spans(layer.name, spans, read, texts=texts, how=how, alone=alone)
    results += span_f1_by_label(layer.name, spans, read, how=how, alone=alone)
    results += measure_unitizing(layer.name, types, spans, read, lengths=lengths, how=how, alone=alone)
    return results + (measure_gamma(layer.name, spans, read, lengths=lengths, how=how, alone=alone) if gamma else [])


def _supported(result: Result, ratings: Ratings) -> Result:
    """A category's own value is suppressed when it rests on too little."""
    if result.category is None:
        return result
    number = [category_name(each) for each in ratings.categories].index(result.category)
    given = int((ratings.codes == number).sum())
    result = structs.replace(result, units=given)
    return result if given >= LEAST else structs.replace(result, value=None, interval=None, reason=f"given fewer than {LEAST} times")


def _cluster(document: str, stories: Mapping[str, str]) -> str:
    """What the document is resampled with; a story is never taken for the document of its name."""
    return f"story {stories[document]}" if document in stories else f"document {document}"


_Asked = tuple[str, str, list[Value], list[Rating]]  # layer.question, level, categories, rows


def _span_ratings(layer: MentionLayer | FrameLayer, usable: Sequence[Labelling]) -> Iterator[_Asked]:
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
        scale = _scale(asked)
        rows = [each._replace(value=scale[str(each.value)]) for each in attributes[asked.name]]
        yield f"{layer.name}.{asked.name}", asked.level, list(scale.values()), rows


def _clusters(layer: MentionLayer | FrameLayer, usable: Sequence[Labelling]) -> Iterator[tuple[str, str, dict[str, Mention | Frame]]]:
    """(document, unit, annotator → item) for every cluster that two annotators or more are in."""
    documents: dict[str, dict[str, list[Mention | Frame]]] = defaultdict(dict)
    for each in usable:
        documents[each.article][each.annotator] = each.of_layer(layer.name)
    for document, spans in documents.items():
        for number, cluster in enumerate(align(spans)):
            if len(cluster) > 1:
                yield document, str(number), cluster


def _answer_ratings(schema: Schema, usable: Sequence[Labelling]) -> Iterator[_Asked]:
    answers: dict[tuple[str, str], list[tuple[Labelling, str]]] = defaultdict(list)
    for each in usable:
        for answer in each.answers:
            answers[answer.layer, answer.question].append((each, answer.value))
    for layer in schema.choice_layers:
        for question in layer.questions:
            scale = _scale(question)
            rows = [Rating(each.article, each.article, each.annotator, scale[value]) for each, value in answers[layer.name, question.name]]
            yield f"{layer.name}.{question.name}", question.level, list(scale.values()), rows


def _scale(asked: Attribute | Question) -> dict[str, Value]:
    """Name → what is measured: the value's number where the level has numbers, else its name."""
    return {each.name: each.name if each.number is None or asked.level in ("nominal", "ordinal") else each.number for each in asked.values}


_PartKey = tuple[str | None, str | None]  # phase, guidelines


class Part(NamedTuple):
    """Labellings that may be compared: made in one phase, under one version of the guidelines. ``alone``: as in ``measure_labellings``."""

    phase: str | None
    guidelines: str | None
    labellings: list[Labelling]
    alone: Alone | None = None


def parts_of(labellings: Iterable[Labelling], phases: Mapping[str, date]) -> list[Part]:
    """Labellings by phase and guidelines, the part that was begun first comes first.

    phases: name → the first day (UTC) after it; what was submitted after the last is "production". Without any, all is one phase.
    """
    parts: dict[_PartKey, list[Labelling]] = defaultdict(list)
    for each in labellings:
        parts[_part_key(each, phases)].append(each)
    begun = sorted(parts.items(), key=lambda part: (min(each.submitted or "" for each in part[1]), str(part[0])))
    return [Part(phase, guidelines, found) for (phase, guidelines), found in begun]


def parts_by_article(schema: Schema, articles: Iterable[Iterable[Labelling]], phases: Mapping[str, date]) -> list[Part]:
    """The same of labellings that come an article at a time; of one that nobody else labelled only the answers are held, and counts."""
    alone: dict[_PartKey, Alone] = defaultdict(nothing_alone)
    answers: dict[tuple[Answer, ...], tuple[Answer, ...]] = {}  # each combination once

    def held() -> Iterator[Labelling]:
        for together in articles:
            of_parts: dict[_PartKey, list[Labelling]] = defaultdict(list)
            for each in together:
                of_parts[_part_key(each, phases)].append(each)
            for key, own in of_parts.items():
                usable = [each for each in own if each.unusable is None]
                if len(usable) > 1:
                    yield from own
                    continue
                yield from (each for each in own if each.unusable is not None)
                for each in usable:
                    _count_alone(schema, alone[key], each)
                    said = answers.setdefault(each.answers, each.answers)
                    yield structs.replace(each, mentions=(), frames=(), links=(), answers=said, note=None)

    return [part._replace(alone=alone.get((part.phase, part.guidelines))) for part in parts_of(held(), phases)]


def nothing_alone() -> Alone:
    return Alone(defaultdict(Counter), defaultdict(Counter), Counter())


def _count_alone(schema: Schema, alone: Alone, labelling: Labelling) -> None:
    for item in labelling.items:
        alone.spans[item.layer][item.type] += 1
    for frames in schema.frame_layers:
        alone.frames[frames.name].update(marked(frames, [labelling]))
    for links in schema.link_layers:
        alone.links[links.name] += links_in(labelling, links.name)


def measure_parts(
    schema: Schema,
    parts: Sequence[Part],
    *,
    texts: Mapping[str, str] | None = None,
    how: Intervals = Intervals(),
    gamma: bool = True,
    only: str | None = None,
) -> list[Result]:
    """``measure_labellings`` of each part, every result with its part's phase and guidelines."""
    return [
        structs.replace(each, phase=part.phase, guidelines=part.guidelines)
        for part in parts
        for each in measure_labellings(schema, part.labellings, texts=texts, how=how, gamma=gamma, only=only, alone=part.alone)
    ]


def by_week(labellings: Iterable[Labelling]) -> dict[str, list[Labelling]]:
    """ISO week (2026-W12) → labellings of the articles whose last labelling was submitted in it. Those without a time are left out."""
    articles: dict[str, list[Labelling]] = defaultdict(list)
    for each in labellings:
        articles[each.article].append(each)
    weeks: dict[str, list[Labelling]] = defaultdict(list)
    for own in articles.values():
        last = max(each.submitted or "" for each in own)
        if last:
            year, week, _ = datetime.fromisoformat(last).isocalendar()
            weeks[f"{year}-W{week:02}"] += own
    return dict(sorted(weeks.items()))


def _part_key(labelling: Labelling, phases: Mapping[str, date]) -> _PartKey:
    return _phase(labelling.submitted, phases), labelling.guidelines


def _phase(submitted: str | None, phases: Mapping[str, date]) -> str | None:
    if not phases or not submitted:
        return None
    day = datetime.fromisoformat(submitted).astimezone(UTC).date()
    return next((name for name, end in sorted(phases.items(), key=lambda each: each[1]) if day < end), "production")
