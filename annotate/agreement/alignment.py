"""Which spans of several annotators are the same thing: one alignment, used by agreement on attributes and by gold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol, TypeVar


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
