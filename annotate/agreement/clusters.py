"""Which items of all annotators of a document are the same thing, by overlap, type and arguments; and why.

Two items that share a character are as similar as in the alignment of two (``annotate.agreement.alignment``):

    similarity(a, b) = |a ∩ b| / |a ∪ b| + ½·[same type] + ¼·|A ∩ B| / |A ∪ B|

with A and B the sets of (role, filler) of two frames, a filler being the cluster that an item is in. Pairs are taken from the most similar
down, those of the same span and type before all others, and joined unless an annotator would stand twice in a cluster. So each item is
in just one cluster, and two overlapping items are apart only where something more similar came between. Mentions are aligned first, and
frames on spans and types alone; these clusters are the fillers with which frames are aligned for good. Among equally similar pairs the
choice rests on places, types, arguments and attributes, and on the annotators' names last.

(Coefficients on types use ``alignment.align``, in which the type only breaks ties: there it is what is measured.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from annotate.agreement.alignment import SAME_ARGUMENTS, SAME_TYPE
from annotate.records import Frame, Labelling, Mention
from annotate.schema import Schema

Item = Mention | Frame
Members = dict[str, Item]  # annotator → item
Filler = tuple[str, int]  # layer, number of the cluster
Fillers = dict[tuple[str, str], Filler]  # annotator, item id → what it is as a filler


class Clusters(NamedTuple):
    """Layer → its clusters, in the order of their first spans (those of judges alone come last); and what each item is as a filler."""

    of: dict[str, list[Members]]
    fillers: Fillers


class Likeness(NamedTuple):
    """Why an item is with another: the share of characters, whether the type is the same, the share of arguments (of frames)."""

    annotator: str
    other: str
    overlap: float
    same_type: bool
    arguments: float | None


class _Mark(NamedTuple):
    """An item and whose it is; sorts by what it says, by name and id last."""

    start: int
    end: int
    type: str
    arguments: tuple[tuple[str, Filler], ...]
    attributes: tuple[tuple[str, str], ...]
    annotator: str
    id: str


def align_all(schema: Schema, labellings: Sequence[Labelling], judges: Sequence[Labelling] = ()) -> Clusters:
    """The clusters of one document, whose annotators each labelled it once.

    ``judges`` join last: each of their items goes to the most similar cluster that it overlaps, and no cluster is changed by it; what they
    added is clustered by itself. Their names must not be annotators'.
    """
    found, fillers = Clusters({}, {}), {}
    everybody = [*labellings, *judges]
    annotators = {each.annotator for each in labellings}
    layers = _by_layer(schema, everybody)
    for with_arguments in (False, True):
        for layer in schema.span_layers.values():
            if with_arguments and layer in schema.mention_layers:
                continue
            own = layers[layer.name]
            marks = sorted(_mark(name, each, found.fillers if with_arguments else None) for name, each in own)
            items = {(name, each.id): each for name, each in own}
            clusters = _clusters(each for each in marks if each.annotator in annotators)
            if judges:
                clusters = _joined_by(clusters, [each for each in marks if each.annotator not in annotators])
            found.of[layer.name] = [{name: items[name, mark.id] for name, mark in sorted(each.items())} for each in clusters]
            fillers.update({(m.annotator, m.id): (layer.name, n) for n, each in enumerate(clusters) for m in each.values()})
        found.fillers.update(fillers)
    return found


def likeness(cluster: Members, fillers: Fillers) -> list[Likeness]:
    """Why the members of a cluster are together: each one but the first with whom of those before it is most like."""
    marks = [_mark(name, item, fillers) for name, item in cluster.items()]
    told = []
    for number, mark in enumerate(marks[1:], 1):
        nearest = max(marks[:number], key=lambda each: _similarity(mark, each))
        shared = _jaccard(mark, nearest) if isinstance(cluster[mark.annotator], Frame) else None
        told.append(Likeness(mark.annotator, nearest.annotator, _overlap(mark, nearest), mark.type == nearest.type, shared))
    return told


def _by_layer(schema: Schema, labellings: Iterable[Labelling]) -> dict[str, list[tuple[str, Item]]]:
    layers: dict[str, list[tuple[str, Item]]] = {name: [] for name in schema.span_layers}
    for labelling in labellings:
        for each in labelling.items:
            layers[each.layer].append((labelling.annotator, each))
    return layers


def _mark(annotator: str, item: Item, fillers: Mapping[tuple[str, str], Filler] | None) -> _Mark:
    if not isinstance(item, Frame):
        return _Mark(item.start, item.end, item.type, (), (), annotator, item.id)
    found = {(each.role, fillers[annotator, each.ref]) for each in item.arguments} if fillers is not None else ()
    answered = tuple(sorted((name, value) for name, value in item.attributes.items() if value is not None))
    return _Mark(item.start, item.end, item.type, tuple(sorted(found)), answered, annotator, item.id)


def _clusters(marks: Iterable[_Mark]) -> list[dict[str, _Mark]]:
    """``marks`` are sorted; so are the clusters."""
    found = []
    for run in _runs(marks):
        once = {each.annotator: each for each in run}
        found += [once] if len(once) == len(run) else _greedy(run)
    return sorted(found, key=lambda cluster: min(cluster.values()))


def _runs(marks: Iterable[_Mark]) -> Iterator[list[_Mark]]:
    """Stretches of overlapping items."""
    run: list[_Mark] = []
    furthest = 0
    for each in marks:
        if run and each.start >= furthest:
            yield run
            run = []
        run.append(each)
        furthest = max(furthest, each.end) if len(run) > 1 else each.end
    if run:
        yield run


def _greedy(run: list[_Mark]) -> list[dict[str, _Mark]]:
    cluster = {each[-2:]: {each.annotator: each} for each in run}
    for a, b in sorted(_pairs(combinations(run, 2)), key=_best_first):
        left, right = cluster[a[-2:]], cluster[b[-2:]]
        if left is not right and not left.keys() & right.keys():
            left |= right
            for mark in right.values():
                cluster[mark[-2:]] = left
    return list({id(each): each for each in cluster.values()}.values())


def _joined_by(clusters: list[dict[str, _Mark]], judges: list[_Mark]) -> list[dict[str, _Mark]]:
    """The clusters with what judges marked; what overlaps none, or came too late, is clustered by itself and stands at the end."""
    grown = [dict(each) for each in clusters]
    home = {mark[-2:]: own for each, own in zip(clusters, grown, strict=True) for mark in each.values()}
    placed: set[_Mark] = set()
    members = [mark for each in clusters for mark in each.values()]
    for a, b in sorted(_pairs((mark, judge) for judge in judges for mark in members), key=_best_first):
        judge, mark = (a, b) if b[-2:] in home else (b, a)
        if judge not in placed and judge.annotator not in home[mark[-2:]]:
            home[mark[-2:]][judge.annotator] = judge
            placed.add(judge)
    return grown + _clusters(each for each in judges if each not in placed)


def _pairs(pairs: Iterable[tuple[_Mark, _Mark]]) -> Iterator[tuple[_Mark, _Mark]]:
    """Those of two annotators that overlap, the lesser first."""
    for a, b in pairs:
        if a.annotator != b.annotator and a.start < b.end and b.start < a.end:
            yield (a, b) if a <= b else (b, a)


def _best_first(pair: tuple[_Mark, _Mark]) -> tuple[object, ...]:
    a, b = pair
    return a[:3] != b[:3], -_similarity(a, b), a[:-2], b[:-2], a, b


def _similarity(a: _Mark, b: _Mark) -> float:
    return _overlap(a, b) + SAME_TYPE * (a.type == b.type) + SAME_ARGUMENTS * _jaccard(a, b)


def _overlap(a: _Mark, b: _Mark) -> float:
    return max(0, min(a.end, b.end) - max(a.start, b.start)) / (max(a.end, b.end) - min(a.start, b.start))


def _jaccard(a: _Mark, b: _Mark) -> float:
    mine, theirs = set(a.arguments), set(b.arguments)
    return len(mine & theirs) / len(mine | theirs) if mine or theirs else 1.0
