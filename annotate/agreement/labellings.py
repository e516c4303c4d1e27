"""Agreement of a whole set of labellings, layer by layer of the schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from msgspec import structs

from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import Ratings
from annotate.agreement.gathered import Gathered
from annotate.agreement.intervals import Intervals
from annotate.agreement.rated import by_article, is_wanted
from annotate.agreement.results import Result, Span, category_name, folded
from annotate.agreement.spans.f1 import measure_spans, span_f1_by_label
from annotate.agreement.spans.gamma import measure_gamma
from annotate.agreement.spans.unitizing import measure_unitizing
from annotate.records import Labelling
from annotate.schema import FrameLayer, MentionLayer, Schema

LEAST = 5  # ratings of a category or type, for a value of its own


def measure_labellings(
    schema: Schema,
    labellings: Iterable[Labelling],
    *,
    texts: Mapping[str, str] | None = None,
    how: Intervals = Intervals(),
    gamma: bool = True,
    only: str | None = None,
) -> list[Result]:
    """Every layer's results, one a measure, with the values of single types and categories folded in.

    A labelling is one annotator's of one article; articles that an annotator called unusable count as not read by them. ``texts``:
    article → text, for what needs words. ``gamma`` False leaves out what is sampled, which costs most. ``only``: the layer, or
    ``layer.question``, that is wanted.
    """
    found = Gathered(schema, only)
    for own in by_article(usable_labellings(labellings)):
        found.add(own)
    return measure_gathered(found, texts=texts, how=how, gamma=gamma)


def measure_gathered(
    found: Gathered, *, texts: Mapping[str, str] | None = None, how: Intervals = Intervals(), gamma: bool = True
) -> list[Result]:
    """The same of what was gathered from labellings. Of ``texts`` each is fetched as it is needed, of articles that two read."""
    results: list[Result] = []
    lengths = found.lengths(texts)
    for layer in found.schema.span_layers.values():
        if is_wanted(layer.name, found.only):
            results += _span_results(layer, found, texts, lengths, how, gamma)
    for frames in found.frames.values():
        results += frames.results(found.annotators, how)
    for links in found.links.values():
        results += links.results(found.annotators, how)
    for rated in found.rated.layers(how.stories):
        results += [_supported(each, rated.ratings) for each in measure_ratings(rated.name, rated.level, rated.ratings, how=how)]
    return folded(results)


def usable_labellings(labellings: Iterable[Labelling]) -> list[Labelling]:
    return sorted((each for each in labellings if each.unusable is None), key=lambda each: (each.article, each.annotator))


def spans_of(layer: str, usable: Sequence[Labelling]) -> tuple[list[Span], list[tuple[str, str]]]:
    """The layer's spans, and who read which article."""
    read = [(each.article, each.annotator) for each in usable]
    spans = [Span(*key, item.start, item.end, item.type) for key, each in zip(read, usable, strict=True) for item in each.of_layer(layer)]
    return spans, read


def _span_results(
    layer: MentionLayer | FrameLayer,
    found: Gathered,
    texts: Mapping[str, str] | None,
    lengths: Mapping[str, int] | None,
    how: Intervals,
    gamma: bool,
) -> list[Result]:
    spans, read, alone = found.spans(layer.name), found.read(), found.alone[layer.name]
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


_PartKey = tuple[str | None, str | None]  # phase, guidelines


class Part(NamedTuple):
    """Labellings that may be compared: made in one phase, under one version of the guidelines."""

    phase: str | None
    guidelines: str | None
    labellings: list[Labelling]


class GatheredPart(NamedTuple):
    """The same as what they add to the measures."""

    phase: str | None
    guidelines: str | None
    gathered: Gathered


def parts_of(labellings: Iterable[Labelling], phases: Mapping[str, date]) -> list[Part]:
    """Labellings by phase and guidelines, the part that was begun first comes first.

    phases: name → the first day (UTC) after it; what was submitted after the last is "production". Without any, all is one phase.
    """
    parts: dict[_PartKey, list[Labelling]] = defaultdict(list)
    for each in labellings:
        parts[_part_key(each, phases)].append(each)
    begun = sorted(parts.items(), key=lambda part: (min(each.submitted or "" for each in part[1]), str(part[0])))
    return [Part(phase, guidelines, found) for (phase, guidelines), found in begun]


class GatheredParts:
    """The same of labellings that come an article at a time, none of which is held."""

    def __init__(self, schema: Schema, phases: Mapping[str, date]) -> None:
        self._schema, self._phases = schema, phases
        self._parts: dict[_PartKey, Gathered] = {}
        self._begun: dict[_PartKey, str] = {}

    def add(self, together: Iterable[Labelling]) -> None:
        """One article's labellings."""
        of_parts: dict[_PartKey, list[Labelling]] = defaultdict(list)
        for each in together:
            of_parts[_part_key(each, self._phases)].append(each)
        for key, own in of_parts.items():
            if key not in self._parts:
                self._parts[key] = Gathered(self._schema)
            self._begun[key] = min(self._begun.get(key, own[0].submitted or ""), *(each.submitted or "" for each in own))
            if usable := usable_labellings(own):
                self._parts[key].add(usable)

    def parts(self) -> Iterator[GatheredPart]:
        """Once: what was gathered is given away, and can be forgotten part by part."""
        for key in sorted(self._parts, key=lambda key: (self._begun[key], str(key))):
            yield GatheredPart(*key, self._parts.pop(key))


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
        each
        for part in parts
        for each in _of_part(part, measure_labellings(schema, part.labellings, texts=texts, how=how, gamma=gamma, only=only))
    ]


def measure_gathered_parts(
    parts: Iterable[GatheredPart], *, texts: Mapping[str, str] | None = None, how: Intervals = Intervals()
) -> list[Result]:
    """``measure_gathered`` of each part, likewise."""
    return [each for part in parts for each in _of_part(part, measure_gathered(part.gathered, texts=texts, how=how))]


def _of_part(part: Part | GatheredPart, results: Iterable[Result]) -> Iterator[Result]:
    return (structs.replace(each, phase=part.phase, guidelines=part.guidelines) for each in results)


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
