"""Where annotators disagree: every difference, the gravest first, with the text around it and who takes which side.

What is a difference, and of what kind, is told in ``annotate.agreement.differences``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs

from annotate.agreement.alignment import AlignedPair, aligned_pairs
from annotate.agreement.differences import AS_SPACES, Difference, differences, shortened
from annotate.errors import Problem, raise_bad_input
from annotate.records import Labelling
from annotate.schema import Schema

# How grave each kind is: first what turns a finding round, last what no measure but the exact one sees. Ours; no source has them.
WEIGHTS = {
    "stance flip": 5.0,
    "unusable": 4.0,
    "missed": 3.0,
    "missed mention": 2.0,
    "type": 3.0,
    "stance neutral": 3.0,
    "answer": 3.0,
    "role": 2.0,
    "argument": 2.0,
    "attribute": 2.0,
    "link": 2.0,
    "boundary": 1.0,
    "clitic boundary": 0.5,
}

AROUND = 40  # code points before and after
LONGEST = 160  # code points of what is marked; of more only the two ends are shown


class Disagreement(Struct, frozen=True):
    """One difference, of however many pairs of annotators show it in just this way.

    annotators: who say ``first``, and who say ``second``; the pair with the least names is this way round
    what:       what differs, the same whichever of the two is first: "CONSULT ↔ AGREE", "polarity: positive ↔ negative"
    start, end: what the two spans cover together; None of the whole document
    first:      what the ones say, "AGREE [501,508)"; None: nothing
    """

    document: str
    annotators: tuple[tuple[str, ...], tuple[str, ...]]
    layer: str
    kind: str
    what: str
    start: int | None
    end: int | None
    first: str | None
    second: str | None
    weight: float
    count: int
    before: str
    marked: str
    after: str


class Tally(Struct, frozen=True):
    """How often two annotators differed in one way."""

    layer: str
    kind: str
    what: str
    count: int


def disagreements(
    schema: Schema, labellings: Sequence[Labelling], texts: Mapping[str, str], *, pairs: Iterable[AlignedPair] | None = None
) -> list[Disagreement]:
    """Every difference between two annotators of one document: by weight, then by how many pairs show it, then by position.

    ``pairs`` is ``aligned_pairs(schema, labellings)`` where it is at hand. Raises BadInput where a document that two annotated has no
    text, or one that ends before a span does.
    """
    _check(labellings, texts)
    merged: dict[tuple[object, ...], Disagreement] = {}
    for pair in aligned_pairs(schema, labellings) if pairs is None else pairs:
        text = texts.get(pair.document, "")
        turns: Counter[tuple[object, ...]] = Counter()
        for seen in differences(schema, pair, text):
            key = (pair.document, seen.layer, seen.kind, seen.what, seen.place, frozenset((seen.first, seen.second)))
            turns[key] += 1  # two alike at one place are two
            before = merged.get((*key, turns[key]))
            merged[(*key, turns[key])] = _new(pair, seen, text, schema) if before is None else _joined(before, pair, seen)
    return sorted(merged.values(), key=_rank)


def tally(found: Iterable[Disagreement]) -> list[Tally]:
    """How often each thing was seen differently, by pairs of annotators, the most frequent first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for each in found:
        counts[each.layer, each.kind, each.what] += each.count
    return [Tally(*key, count) for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _check(labellings: Sequence[Labelling], texts: Mapping[str, str]) -> None:
    readers = Counter(each.article for each in labellings)
    problems: set[tuple[str, str]] = set()
    for each in labellings:
        furthest = max((item.end for item in each.items), default=0)
        if readers[each.article] < 2 or not furthest:
            continue
        if each.article not in texts:
            problems.add((f"document {each.article}", "has no text among the texts; add it"))
        elif furthest > len(texts[each.article]):
            told = f"a span ends at {furthest}, beyond the text; offsets are code points of the text as it was marked"
            problems.add((f"document {each.article}, annotator {each.annotator}", told))
    raise_bad_input([Problem(*each) for each in sorted(problems)])


def _new(pair: AlignedPair, seen: Difference, text: str, schema: Schema) -> Disagreement:
    start, end = seen.place or (None, None)
    of_mention = seen.layer in {each.name for each in schema.mention_layers}
    first, second = pair.annotators
    return Disagreement(
        document=pair.document,
        annotators=((first,), (second,)),
        layer=seen.layer,
        kind=seen.kind,
        what=seen.what,
        start=start,
        end=end,
        first=seen.first,
        second=seen.second,
        weight=WEIGHTS["missed mention" if of_mention and seen.kind == "missed" else seen.kind],
        count=1,
        before="" if start is None else text[max(0, start - AROUND) : start].translate(AS_SPACES),
        marked="" if start is None else shortened(text[start:end], LONGEST),
        after="" if end is None else text[end : end + AROUND].translate(AS_SPACES),
    )


def _joined(found: Disagreement, pair: AlignedPair, seen: Difference) -> Disagreement:
    """The same difference, with the two annotators added to the sides they take."""
    own = pair.annotators if found.first == seen.first else pair.annotators[::-1]
    first, second = (tuple(sorted({*names, name})) for names, name in zip(found.annotators, own, strict=True))
    return structs.replace(found, annotators=(first, second), count=found.count + 1)


def _rank(each: Disagreement) -> tuple[object, ...]:
    place = (-1, -1) if each.start is None else (each.start, each.end)
    return (-each.weight, -each.count, each.document, place, each.layer, each.kind, each.what, each.first or "", each.annotators)
