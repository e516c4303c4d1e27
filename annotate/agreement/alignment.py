"""Which items of several annotators are the same thing: of all of them at once by overlap (for coefficients on types), and of two.

Gold needs all of them at once by overlap, type and arguments: ``annotate.agreement.clusters``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, groupby
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from msgspec import Struct
from scipy.optimize import linear_sum_assignment

from annotate.records import Frame, Labelling, Mention
from annotate.schema import Schema


class Anchored(Protocol):
    """A typed span: a mention or a frame."""

    @property
    def type(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


Item = TypeVar("Item", bound=Anchored)
Place = tuple[int, int, str, str]  # start, end, type, annotator


class _Pair(NamedTuple):
    """Two overlapping spans of two annotators; the best pairs sort first."""

    distance: float  # 1 − intersection over union
    other_type: bool
    first: Place
    second: Place
    a: int
    b: int


def align(spans: dict[str, list[Item]]) -> list[dict[str, Item]]:
    """Clusters of the annotators' spans (annotator → spans of one layer in one document), each annotator at most once in a cluster.

    Pairs of overlapping spans are taken from the best down (larger intersection over union, then the same type, then position), and joined
    unless an annotator would stand twice in the cluster. Every span is in just one cluster. Names of annotators only break ties
    between spans that are equal in everything else. Clusters come in the order of their first span.
    """
    placed = [((each.start, each.end, each.type, annotator), each) for annotator, own in spans.items() for each in own]
    items = sorted(placed, key=lambda item: item[0])
    cluster = {index: {place[3]: index} for index, (place, _) in enumerate(items)}
    for pair in sorted(_pairs([place for place, _ in items])):
        left, right = cluster[pair.a], cluster[pair.b]
        if left is not right and not left.keys() & right.keys():
            left |= right
            for index in right.values():
                cluster[index] = left
    firsts = {min(members.values()): members for members in cluster.values()}
    return [{annotator: items[index][1] for annotator, index in sorted(members.items())} for _, members in sorted(firsts.items())]


def _pairs(places: list[Place]) -> Iterator[_Pair]:
    """Overlapping spans of different annotators. ``places`` are sorted by start, so a sweep sees only neighbours."""
    open_spans: list[int] = []
    for b, second in enumerate(places):
        open_spans = [a for a in open_spans if places[a][1] > second[0]]
        for a in open_spans:
            first = places[a]
            if first[3] != second[3]:
                shared = min(first[1], second[1]) - second[0]
                union = max(first[1], second[1]) - first[0]
                yield _Pair(1 - shared / union, first[2] != second[2], first, second, a, b)
        open_spans.append(b)


# ── Two annotators ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

SAME_TYPE = 1 / 2  # what similarity adds for the same type
SAME_ARGUMENTS = 1 / 4  # and for the same arguments
ALIGNMENT = "optimal-iou+type/2+arguments/4"  # its name in signatures

Marked = TypeVar("Marked", bound=Mention | Frame)
Filler = tuple[str, tuple[tuple[int, int, str], ...]]  # layer, places of the items that are this filler
Filled = tuple[str, Filler]  # role, filler


class Fillers(NamedTuple):
    """Item id → what it is as a filler, for each of two annotators; aligned items have equal ones."""

    first: dict[str, Filler]
    second: dict[str, Filler]


class Matching(Struct, Generic[Marked], frozen=True):
    """One layer's items of two annotators: the aligned ones, and those that only one of them marked, all by position."""

    pairs: list[tuple[Marked, Marked]]
    only_first: list[Marked]
    only_second: list[Marked]


class AlignedPair(Struct, frozen=True):
    """Two annotators' labellings of one document, aligned. ``counterparts``: id of an item of the first → id of the second's."""

    first: Labelling
    second: Labelling
    mentions: dict[str, Matching[Mention]]  # by layer
    frames: dict[str, Matching[Frame]]
    counterparts: dict[str, str]

    @property
    def document(self) -> str:
        return self.first.article

    @property
    def annotators(self) -> tuple[str, str]:
        return self.first.annotator, self.second.annotator


def aligned_pairs(schema: Schema, labellings: Iterable[Labelling]) -> Iterator[AlignedPair]:
    """Every two annotators' labellings of one document, aligned: by document, then by the annotators' names; the first is the lesser name.

    Each annotator labels a document once. Mentions are aligned first, and frames on their anchors and types alone; these pairs say
    which arguments have the same filler, with which frames are aligned for good.
    """
    ordered = sorted(labellings, key=lambda each: (each.article, each.annotator))
    for _, own in groupby(ordered, key=lambda each: each.article):
        for first, second in combinations([_by_layer(each) for each in own], 2):
            yield _aligned(schema, first, second)


class _ByLayer(NamedTuple):
    labelling: Labelling
    mentions: dict[str, list[Mention]]
    frames: dict[str, list[Frame]]


def _by_layer(labelling: Labelling) -> _ByLayer:
    layers = _ByLayer(labelling, defaultdict(list), defaultdict(list))
    for mention in labelling.mentions:
        layers.mentions[mention.layer].append(mention)
    for frame in labelling.frames:
        layers.frames[frame.layer].append(frame)
    return layers


def _aligned(schema: Schema, first: _ByLayer, second: _ByLayer) -> AlignedPair:
    both = {layer.name: (first.mentions[layer.name], second.mentions[layer.name]) for layer in schema.mention_layers}
    mentions = {name: _matching(mine, theirs, align_pair(mine, theirs)) for name, (mine, theirs) in both.items()}
    runs = {layer.name: list(_runs(first.frames[layer.name], second.frames[layer.name])) for layer in schema.frame_layers}
    anchors = {name: _matching(first.frames[name], second.frames[name], _paired(own)) for name, own in runs.items()}
    fillers = Fillers({}, {})
    for name, found in mentions.items():
        _add_fillers(fillers, name, found)
    for name, anchored in anchors.items():
        _add_fillers(fillers, name, anchored)
    frames = {name: _matching(first.frames[name], second.frames[name], _paired(own, fillers)) for name, own in runs.items()}
    counterparts = {a.id: b.id for matching in mentions.values() for a, b in matching.pairs}
    counterparts |= {a.id: b.id for matching in frames.values() for a, b in matching.pairs}
    return AlignedPair(first.labelling, second.labelling, mentions, frames, counterparts)


def _matching(first: list[Marked], second: list[Marked], pairs: list[tuple[Marked, Marked]]) -> Matching[Marked]:
    taken, given = {a.id for a, _ in pairs}, {b.id for _, b in pairs}
    only_first = sorted((each for each in first if each.id not in taken), key=_place)
    return Matching(pairs, only_first, sorted((each for each in second if each.id not in given), key=_place))


def _place(item: Mention | Frame) -> tuple[int, int, str, str]:
    return item.start, item.end, item.type, item.id


def _add_fillers(fillers: Fillers, layer: str, matching: Matching[Marked]) -> None:
    for a, b in matching.pairs:
        place, other = (a.start, a.end, a.type), (b.start, b.end, b.type)
        fillers.first[a.id] = fillers.second[b.id] = (layer, (place, other) if place < other else (other, place))
    for own, items in ((fillers.first, matching.only_first), (fillers.second, matching.only_second)):
        for each in items:
            own[each.id] = (layer, ((each.start, each.end, each.type),))


def align_pair(first: Sequence[Marked], second: Sequence[Marked], fillers: Fillers | None = None) -> list[tuple[Marked, Marked]]:
    """The best pairs of two annotators' items (of one layer in one document), one to one, by position of the first's.

    Only spans that share a character can be paired. Of all such pairings this is one with the largest Σ similarity, where

        similarity(a, b) = |a ∩ b| / |a ∪ b| + ½·[same type] + ¼·|A ∩ B| / |A ∪ B|

    with A and B the sets of (role, filler) of two frames, the ratio being 1 where both are empty; without ``fillers`` the last term is
    left out. It is exact: an assignment is solved (Kuhn 1955, by SciPy) for each run of overlapping spans. Among equally good pairings
    the choice rests on positions, types, arguments and attributes, and on ids last. So the order of items is irrelevant, and exchanging
    the annotators gives the same pairs, exchanged.
    """
    return _paired(_runs(first, second), fillers)


def _paired(runs: Iterable[tuple[list[Marked], list[Marked]]], fillers: Fillers | None = None) -> list[tuple[Marked, Marked]]:
    pairs: list[tuple[Marked, Marked]] = []
    for mine, theirs in runs:
        pairs += [(mine[0], theirs[0])] if len(mine) == len(theirs) == 1 else _assigned(mine, theirs, fillers)
    return pairs


def _runs(first: Sequence[Marked], second: Sequence[Marked]) -> Iterator[tuple[list[Marked], list[Marked]]]:
    """Runs of overlapping spans, by annotator, found by a sweep; runs of one annotator alone are left out."""
    swept = sorted(
        [(each.start, each.end, 0, n) for n, each in enumerate(first)] + [(each.start, each.end, 1, n) for n, each in enumerate(second)]
    )
    mine: list[Marked] = []
    theirs: list[Marked] = []
    furthest = 0
    for start, end, side, n in swept:
        if start >= furthest:
            if mine and theirs:
                yield mine, theirs
            mine, theirs = [], []
        if side:
            theirs.append(second[n])
        else:
            mine.append(first[n])
        furthest = max(furthest, end)
    if mine and theirs:
        yield mine, theirs


class _Content(NamedTuple):
    """What decides between items; the order is by position. All but ``id`` is the same for the same thing marked by another."""

    start: int
    end: int
    type: str
    arguments: tuple[Filled, ...]
    attributes: tuple[tuple[str, str], ...]
    id: str


def _content(item: Mention | Frame, fillers: Mapping[str, Filler] | None) -> _Content:
    arguments: set[Filled] = set()
    attributes: dict[str, str | None] = {}
    if isinstance(item, Frame):
        attributes = item.attributes
        arguments = {(each.role, fillers[each.ref]) for each in item.arguments} if fillers is not None else arguments
    answered = sorted((name, value) for name, value in attributes.items() if value is not None)
    return _Content(item.start, item.end, item.type, tuple(sorted(arguments)), tuple(answered), item.id)


def _assigned(first: list[Marked], second: list[Marked], fillers: Fillers | None) -> list[tuple[Marked, Marked]]:
    """The best pairs of one run. SciPy's choice among equals depends on rows and columns: so their order, and who is the rows, is fixed."""
    mine = sorted(((_content(each, fillers.first if fillers else None), each) for each in first), key=lambda each: each[0])
    theirs = sorted(((_content(each, fillers.second if fillers else None), each) for each in second), key=lambda each: each[0])
    a, b = [content for content, _ in mine], [content for content, _ in theirs]
    own, other = [content[:-1] for content in a], [content[:-1] for content in b]
    if own == other:  # the same items: nothing is better than to pair the equal ones
        return [(mine[n][1], theirs[n][1]) for n in range(len(mine))]
    chosen = _best(a, b, fillers is not None) if own < other else [(m, n) for n, m in _best(b, a, fillers is not None)]
    return [(mine[m][1], theirs[n][1]) for m, n in sorted(chosen)]


def _best(rows: list[_Content], columns: list[_Content], with_arguments: bool) -> list[tuple[int, int]]:
    similarity = np.array([[_similarity(a, b, with_arguments) for b in columns] for a in rows])
    chosen = zip(*linear_sum_assignment(similarity, maximize=True), strict=True)
    return [(int(m), int(n)) for m, n in chosen if similarity[m, n] > 0]


def _similarity(a: _Content, b: _Content, with_arguments: bool) -> float:
    """0 where the spans share no character."""
    shared = min(a.end, b.end) - max(a.start, b.start)
    if shared <= 0:
        return 0.0
    overlap = shared / (max(a.end, b.end) - min(a.start, b.start)) + SAME_TYPE * (a.type == b.type)
    return overlap + SAME_ARGUMENTS * _jaccard(set(a.arguments), set(b.arguments)) if with_arguments else overlap


def _jaccard(a: set[Filled], b: set[Filled]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0
