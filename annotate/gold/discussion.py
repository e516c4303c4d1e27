"""What annotators should talk about: their disagreements by section of the guidelines, class and type, with examples, and the reasons that
adjudicators gave.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from annotate.agreement.disagreements import Disagreement, disagreements, tally
from annotate.records import Adjudication, Labelling, Verdict
from annotate.schema import Schema

# The part of a layer's guidelines that speaks of a class of disagreement; the others are spoken of in its rules.
PARTS = {
    "type": "types",
    "stance flip": "types",
    "stance neutral": "types",
    "attribute": "attributes",
    "role": "roles",
    "argument": "roles",
    "answer": "questions",
}
GENERAL = "general"  # the section that every article falls under
MOST_TYPES = 8  # ways of differing that a class lists


class Example(Struct, frozen=True):
    """One disagreement in its context. ``first`` and ``second`` are what so many annotators each say; None: nothing."""

    article: str
    before: str
    marked: str
    after: str
    first: str | None
    second: str | None
    sides: tuple[int, int]
    reasons: tuple[str, ...]
    comments: tuple[str, ...]


class Count(Struct, frozen=True):
    what: str
    count: int


class Topic(Struct, frozen=True):
    """One class of disagreement in one section of the guidelines: how often, in which ways, and examples, the gravest first."""

    layer: str
    part: str
    kind: str
    count: int
    ways: tuple[Count, ...]
    examples: tuple[Example, ...]


class Reasoned(Struct, frozen=True):
    """How often adjudicators gave a reason for what they decided about a type."""

    layer: str
    type: str
    reason: str
    count: int


class Discussion(Struct, frozen=True):
    """``articles``: those that at least two annotators submitted; ``adjudicated``: those of them with a decision."""

    articles: int
    annotators: int
    adjudicated: int
    topics: tuple[Topic, ...]
    reasons: tuple[Reasoned, ...]


def discussion(
    schema: Schema, labellings: Sequence[Labelling], adjudications: Sequence[Adjudication], texts: Mapping[str, str], examples: int
) -> Discussion:
    """The most frequent first, in the order of the guidelines' sections. Annotators are counted, not named."""
    readers: Counter[str] = Counter(each.article for each in labellings)
    found = disagreements(schema, labellings, texts)
    grouped: dict[tuple[str, str, str], list[Disagreement]] = defaultdict(list)
    for each in found:
        grouped[(*_section(each), each.kind)].append(each)
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for decided in adjudications:
        verdicts[decided.article] += decided.verdicts
    topics = [_topic(*key, own, verdicts, examples) for key, own in grouped.items()]
    order = [GENERAL, *(layer.name for layer in schema.layers)]
    parts = ["rules", *dict.fromkeys(PARTS.values())]
    return Discussion(
        articles=sum(count > 1 for count in readers.values()),
        annotators=len({each.annotator for each in labellings}),
        adjudicated=len({each.article for each in adjudications if readers[each.article] > 1}),
        topics=tuple(sorted(topics, key=lambda each: (order.index(each.layer), parts.index(each.part), -each.count, each.kind))),
        reasons=tuple(_reasons(adjudications)),
    )


def _section(each: Disagreement) -> tuple[str, str]:
    return (GENERAL, "rules") if each.kind == "unusable" else (each.layer, PARTS.get(each.kind, "rules"))


def _topic(layer: str, part: str, kind: str, found: list[Disagreement], verdicts: Mapping[str, list[Verdict]], examples: int) -> Topic:
    """Examples are of as many ways of differing as there are: one of each, then a second."""
    ways = [Count(each.what, each.count) for each in tally(found)]
    turns: Counter[str] = Counter()
    ranked = []
    for number, each in enumerate(found):
        ranked.append((turns[each.what], number, each))
        turns[each.what] += 1
    chosen = [each for _, _, each in sorted(ranked, key=lambda one: one[:2])[:examples]]
    shown = tuple(_example(each, verdicts.get(each.document, [])) for each in chosen)
    return Topic(layer, part, kind, sum(each.count for each in found), tuple(ways[:MOST_TYPES]), shown)


def _example(each: Disagreement, verdicts: Iterable[Verdict]) -> Example:
    own = [verdict for verdict in verdicts if _about(verdict, each)]
    return Example(
        article=each.document,
        before=each.before,
        marked=each.marked,
        after=each.after,
        first=each.first,
        second=each.second,
        sides=(len(each.annotators[0]), len(each.annotators[1])),
        reasons=tuple(sorted({verdict.reason for verdict in own if verdict.reason})),
        comments=tuple(sorted({verdict.comment for verdict in own if verdict.comment})),
    )


def _about(verdict: Verdict, each: Disagreement) -> bool:
    if verdict.layer != each.layer:
        return False
    if each.start is None or each.end is None:
        return verdict.item is not None and each.what.startswith(verdict.item)
    return verdict.start < each.end and each.start < verdict.end


def _reasons(adjudications: Iterable[Adjudication]) -> list[Reasoned]:
    """Each reason once for each thing that was contested, whose candidates overlap; under the type that was taken, if any was."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for decided in adjudications:
        for own in _things(decided.verdicts):
            kind = next((each.type for each in own if each.item is not None and each.type), own[0].type or "")
            counts.update({(own[0].layer, kind, reason) for reason in {each.reason for each in own} if reason})
    return [Reasoned(*key, count) for key, count in sorted(counts.items(), key=lambda each: (each[0][0], -each[1], each[0]))]


def _things(verdicts: Iterable[Verdict]) -> list[list[Verdict]]:
    """Verdicts of one layer that overlap, together."""
    things: list[list[Verdict]] = []
    furthest = 0
    for each in sorted(verdicts, key=lambda each: (each.layer, each.start, each.end, each.type or "")):
        if things and things[-1][0].layer == each.layer and each.start < furthest:
            things[-1].append(each)
            furthest = max(furthest, each.end)
        else:
            things.append([each])
            furthest = each.end
    return things
