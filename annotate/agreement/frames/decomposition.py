"""Agreement on frames, taken apart so that one miss is counted once: anchor, then type, attributes and arguments given the anchor.

Every number is agreed / judged, both summed over annotator pairs and documents (micro). An F1 is 2·matches / (n₁ + n₂), so its ``agreed``
counts a match twice.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.alignment import ALIGNMENT, AlignedPair, aligned_pairs
from annotate.agreement.intervals import Floats, Intervals, clustered, interval
from annotate.agreement.results import Pair, Result, annotator_pairs, defined, signature
from annotate.records import Frame, Labelling
from annotate.schema import FrameLayer, Schema

LEAST_ARGUMENTS = 5  # of a role, for a value of its own

Key = tuple[str, str | None]  # measure, category

ATTRIBUTE = "frame_attribute_agreement"
ROLE = "frame_argument_role_f1"

ANCHOR: Key = ("frame_anchor_f1", None)
TYPE: Key = ("frame_type_agreement", None)
ARGUMENT: Key = ("frame_argument_f1", None)
ARGUMENT_ROLE: Key = (ROLE, None)
ALL_ARGUMENTS: Key = ("frame_argument_f1_unconditioned", None)
ALL_ARGUMENTS_ROLE: Key = ("frame_argument_role_f1_unconditioned", None)
CONTENT: Key = ("frame_content_f1", None)
WHOLE: Key = ("frame_f1_whole", None)


class Meaning(NamedTuple):
    """What a measure counts, when two of these match, what must have matched before, and what it says when there are none."""

    unit: str
    match: str
    given: str
    nothing: str


MEANINGS = {
    "frame_anchor_f1": Meaning("frame", "overlap", "none", "nobody marked a frame"),
    "frame_type_agreement": Meaning("aligned-frames", "type", "anchor", "no frame was marked by two"),
    "frame_attribute_agreement": Meaning("aligned-frames", "value", "anchor+type", "no frame of one type was answered by two"),
    "frame_argument_f1": Meaning("argument", "filler", "anchor", "frames marked by two have no arguments"),
    "frame_argument_role_f1": Meaning("argument", "filler+role", "anchor", "frames marked by two have no arguments"),
    "frame_argument_f1_unconditioned": Meaning("argument", "anchor+filler", "none", "nobody marked an argument"),
    "frame_argument_role_f1_unconditioned": Meaning("argument", "anchor+filler+role", "none", "nobody marked an argument"),
    "frame_content_f1": Meaning(
        "argument", "filler+role", "anchor+filler-anchor", "no two frames marked by two are an argument and its frame"
    ),
    "frame_f1_whole": Meaning("frame", "exact-anchor+type+attributes+arguments", "none", "nobody marked a frame"),
}


class Number(NamedTuple):
    """One number to be had. ``units`` in the labellings, ``pairable`` of them judged by two; under ``least`` pairable it is suppressed."""

    key: Key
    meaning: Meaning
    units: int
    pairable: int
    least: int = 0


class Judged(NamedTuple):
    """How many things two annotators judged in one document, and how many of them alike, by key."""

    document: str
    annotators: tuple[str, str]
    agreed: Mapping[Key, int]
    judged: Mapping[Key, int]


def measure_frames(
    schema: Schema,
    layer: FrameLayer,
    labellings: list[Labelling],
    *,
    how: Intervals = Intervals(),
    aligned: Iterable[AlignedPair] | None = None,
) -> list[Result]:
    """All numbers of a layer of frames: anchor, type, each attribute, arguments (each role), content, whole frames.

    ``aligned`` is ``aligned_pairs(schema, labellings)`` where it is at hand. A filler matches when it is the aligned counterpart.
    For arguments, units are those in the labellings, and pairable those of frames that somebody else marked too. For types and
    attributes, they are pairs of aligned frames.
    """
    counts = FrameCounts(schema, layer)
    for own, pairs in with_pairs(labellings, aligned_pairs(schema, labellings) if aligned is None else aligned):
        counts.add(own, pairs)
    return counts.results({each.annotator for each in labellings}, how)


def with_pairs(labellings: Iterable[Labelling], aligned: Iterable[AlignedPair]) -> Iterator[tuple[list[Labelling], list[AlignedPair]]]:
    """The labellings of each article, and every two of them aligned."""
    articles: dict[str, tuple[list[Labelling], list[AlignedPair]]] = defaultdict(lambda: ([], []))
    for each in labellings:
        articles[each.article][0].append(each)
    for pair in aligned:
        articles[pair.document][1].append(pair)
    return (both for _, both in sorted(articles.items()))


class FrameCounts:
    """What articles add to the numbers of a layer of frames; no labelling is held."""

    def __init__(self, schema: Schema, layer: FrameLayer) -> None:
        self.schema, self.layer = schema, layer
        self.rows = JudgedRows()
        self.matched: Counter[Key] = Counter()  # arguments of frames that somebody else marked too
        self.alone: Counter[Key] = Counter()  # what is marked in articles that one read
        self.shared: Counter[Key] = Counter()  # and in those that several did

    def add(self, own: Sequence[Labelling], aligned: list[AlignedPair]) -> None:
        """One article's labellings, and every two of them aligned."""
        (self.shared if len(own) > 1 else self.alone).update(marked(self.layer, own))
        if aligned:
            self.matched.update(_matched_by_anybody(aligned, self.layer))
        for pair in aligned:
            self.rows.add(_judged(pair, self.layer))

    def results(self, annotators: Iterable[str], how: Intervals) -> list[Result]:
        return results_of(self.layer.name, _numbers(self), self.rows, annotators, how)


class JudgedRows:
    """What every two annotators judged in every document, as it comes: 16 bytes a number that is not zero."""

    def __init__(self) -> None:
        self._documents: list[str] = []
        self._pairs: dict[tuple[str, str], int] = {}
        self._keys: dict[Key, int] = {}
        self._pair_of = array("i")  # (rows,)
        self._cells = array("i")  # row, key, agreed, judged; again and again

    def add(self, judged: Judged) -> None:
        self._documents.append(judged.document)
        self._pair_of.append(self._pairs.setdefault(judged.annotators, len(self._pairs)))
        for key, number in judged.judged.items():
            if number:
                own = self._keys.setdefault(key, len(self._keys))
                self._cells.extend((len(self._documents) - 1, own, judged.agreed.get(key, 0), number))

    @property
    def documents(self) -> list[str]:
        """(rows,)"""
        return self._documents

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """(rows,)"""
        names = list(self._pairs)
        return [names[each] for each in self._pair_of]

    def total(self, key: Key) -> tuple[int, int]:
        """How many were judged alike, and how many judged, in all documents."""
        _, own, agreed, judged = self._columns()
        of_key = own == self._keys.get(key, -1)
        return int(agreed[of_key].sum()), int(judged[of_key].sum())

    def tables(self, keys: Sequence[Key]) -> Floats:
        """(rows, keys, 2): agreed and judged."""
        row, own, agreed, judged = self._columns()
        place = np.full(len(self._keys) + 1, -1)
        for n, key in enumerate(keys):
            place[self._keys.get(key, -1)] = n
        place[-1] = -1
        wanted = place[own] >= 0
        tables = np.zeros((len(self._documents), len(keys), 2))
        tables[row[wanted], place[own[wanted]]] = np.stack([agreed, judged], axis=1)[wanted]
        return tables

    def _columns(self) -> NDArray[np.int32]:
        return np.frombuffer(self._cells, np.int32).reshape(-1, 4).T


def results_of(layer: str, numbers: list[Number], rows: JudgedRows, annotators: Iterable[str], how: Intervals) -> list[Result]:
    """Each number as a result: over all pairs, by pair, and its interval by resampling the documents that two have read."""
    names = sorted(annotators)
    pairs = {pair: n for n, pair in enumerate(annotator_pairs(names))}
    documents = {name: n for n, name in enumerate(sorted(set(rows.documents)))}
    tables = rows.tables([each.key for each in numbers])
    by_document, by_pair = np.zeros((len(documents), len(numbers), 2)), np.zeros((len(pairs), len(numbers), 2))
    np.add.at(by_document, [documents[each] for each in rows.documents], tables)
    np.add.at(by_pair, [pairs[each] for each in rows.pairs], tables)
    together = set(rows.pairs)
    results: list[Result] = []
    for n, number in enumerate(numbers):
        values = [_pair(pair, by_pair[m, n], number, pair in together) for pair, m in pairs.items()]
        results.append(_result(layer, number, clustered(by_document[:, n], list(documents), how), values, len(names), how))
    return results


def ratio(sums: Floats) -> Floats:
    """agreed / judged: (…, 2) → (…); NaN where nothing was judged."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan)


def _result(layer: str, number: Number, tables: Floats, pairs: list[Pair], annotators: int, how: Intervals) -> Result:
    """``tables``: (documents or stories, 2)."""
    value = defined(float(ratio(tables.sum(axis=0))))
    reason = number.meaning.nothing if len(tables) else "no document read by two"
    if len(tables) and number.pairable < number.least:
        value, reason = None, f"fewer than {number.least} arguments"
    distinct, times = np.unique(tables, axis=0, return_counts=True)
    found, no_interval = interval(distinct, ratio, how, times) if value is not None else (None, reason)
    measure, category = number.key
    unit, match, given, _ = number.meaning
    signed = signature(
        measure, unit=unit, match=match, given=given, alignment=ALIGNMENT, average="micro", missing="pairwise", ci=how.signature
    )
    return Result(
        layer, measure, value, no_interval, found, number.units, number.pairable, annotators, signed, pairs=pairs, category=category
    )


def _pair(annotators: tuple[str, str], sums: Floats, number: Number, together: bool) -> Pair:
    units, value = int(sums[1]), defined(float(ratio(sums)))
    reason = (number.meaning.nothing if together else "no document read by both") if value is None else None
    if together and units < number.least:
        value, reason = None, f"fewer than {number.least} arguments"
    return Pair(annotators, value, reason, units)


# ── What is judged ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Arguments(NamedTuple):
    """The arguments of two aligned frames as (role, filler id), the first's fillers translated into the second's (None: no counterpart)."""

    first: list[tuple[str, str | None]]
    second: set[tuple[str, str | None]]
    same: list[tuple[str, str | None]]  # those of both

    @property
    def same_fillers(self) -> int:
        """How many fillers stand in both frames, in whatever role; one that stands twice in both counts twice."""
        if len(self.same) == len(self.first):
            return len(self.same)
        left = [ref for _, ref in self.second]
        found = 0
        for _, ref in self.first:
            if ref in left:
                left.remove(ref)
                found += 1
        return found


def _judged(pair: AlignedPair, layer: FrameLayer) -> Judged:
    matching = pair.frames[layer.name]
    agreed: dict[Key, int] = defaultdict(int)
    judged: dict[Key, int] = defaultdict(int)
    alone = [*matching.only_first, *matching.only_second]
    agreed[ANCHOR] = 2 * len(matching.pairs)
    judged[ANCHOR] = judged[WHOLE] = agreed[ANCHOR] + len(alone)
    judged[ALL_ARGUMENTS] = sum(len(_filled(each)) for each in alone)
    compared = [_compared(a, b, pair.counterparts) for a, b in matching.pairs]
    _judge_arguments(compared, agreed, judged)
    for (a, b), arguments in zip(matching.pairs, compared, strict=True):
        _judge_values(a, b, layer, agreed, judged)
        agreed[WHOLE] += 2 * _all_the_same(a, b, layer, arguments)
    judged[ALL_ARGUMENTS] += judged[ARGUMENT]
    judged[ARGUMENT_ROLE], judged[ALL_ARGUMENTS_ROLE] = judged[ARGUMENT], judged[ALL_ARGUMENTS]
    agreed[ALL_ARGUMENTS], agreed[ALL_ARGUMENTS_ROLE] = agreed[ARGUMENT], agreed[ARGUMENT_ROLE]
    first, second = _contents(pair, layer)
    agreed[CONTENT], judged[CONTENT] = 2 * len(_translated(first, pair.counterparts) & second), len(first) + len(second)
    return Judged(pair.document, pair.annotators, agreed, judged)


def _filled(frame: Frame) -> set[tuple[str, str]]:
    return {(each.role, each.ref) for each in frame.arguments}


def _compared(a: Frame, b: Frame, counterparts: dict[str, str]) -> _Arguments:
    first: list[tuple[str, str | None]] = [(role, counterparts.get(ref)) for role, ref in _filled(a)]
    second: set[tuple[str, str | None]] = {(each.role, each.ref) for each in b.arguments}
    return _Arguments(first, second, [each for each in first if each in second])


def _judge_values(a: Frame, b: Frame, layer: FrameLayer, agreed: dict[Key, int], judged: dict[Key, int]) -> None:
    """The types, and each attribute that both answered of frames of one type."""
    judged[TYPE] += 1
    if a.type != b.type:
        return
    agreed[TYPE] += 1
    for asked in layer.attributes:
        one, other = a.attributes.get(asked.name), b.attributes.get(asked.name)
        if one is not None and other is not None:
            judged[ATTRIBUTE, asked.name] += 1
            agreed[ATTRIBUTE, asked.name] += one == other


def _judge_arguments(compared: list[_Arguments], agreed: dict[Key, int], judged: dict[Key, int]) -> None:
    roles = Counter(role for each in compared for role, _ in (*each.first, *each.second))
    same = Counter(role for each in compared for role, _ in each.same)
    judged[ARGUMENT], agreed[ARGUMENT_ROLE] = roles.total(), 2 * same.total()
    agreed[ARGUMENT] = 2 * sum(each.same_fillers for each in compared)
    for role, number in roles.items():
        judged[ROLE, role], agreed[ROLE, role] = number, 2 * same[role]


def _all_the_same(a: Frame, b: Frame, layer: FrameLayer, arguments: _Arguments) -> bool:
    return (
        (a.start, a.end, a.type) == (b.start, b.end, b.type)
        and len(arguments.same) == len(arguments.first) == len(arguments.second)
        and all(a.attributes.get(asked.name) == b.attributes.get(asked.name) for asked in layer.attributes)
    )


_Content = tuple[str, str, str]  # frame, role, the frame that fills it


def _contents(pair: AlignedPair, layer: FrameLayer) -> tuple[set[_Content], set[_Content]]:
    """Each annotator's arguments whose two ends are frames that the other one marked too."""
    aligned = [both for matching in pair.frames.values() for both in matching.pairs]
    firsts, seconds = {a.id for a, _ in aligned}, {b.id for _, b in aligned}
    both = pair.frames[layer.name].pairs
    return (
        {(a.id, each.role, each.ref) for a, _ in both for each in a.arguments if each.ref in firsts},
        {(b.id, each.role, each.ref) for _, b in both for each in b.arguments if each.ref in seconds},
    )


def _translated(contents: set[_Content], counterparts: dict[str, str]) -> set[_Content]:
    return {(counterparts[frame], role, counterparts[filler]) for frame, role, filler in contents}


# ── How much there is ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _numbers(counts: FrameCounts) -> list[Number]:
    """The layer's numbers, in the order in which they are reported, each with its units and pairable units."""
    layer, matched, read_by_two = counts.layer, counts.matched, counts.shared
    attributes: list[Key] = [(ATTRIBUTE, each.name) for each in layer.attributes]
    units = counts.shared + counts.alone
    same_type, both = counts.rows.total(TYPE)
    found: dict[Key, tuple[int, int]] = {ANCHOR: (units[ANCHOR], read_by_two[ANCHOR]), TYPE: (both, both)}
    found |= {key: (same_type, counts.rows.total(key)[1]) for key in attributes}
    if layer.roles:
        found |= dict.fromkeys((ARGUMENT, ARGUMENT_ROLE), (units[ARGUMENT], matched[ARGUMENT]))
        found |= {(ROLE, each.name): (units[ROLE, each.name], matched[ROLE, each.name]) for each in layer.roles}
        found |= dict.fromkeys((ALL_ARGUMENTS, ALL_ARGUMENTS_ROLE), (units[ARGUMENT], read_by_two[ARGUMENT]))
    if _takes_frames(counts.schema, layer):
        found[CONTENT] = (units[CONTENT], matched[CONTENT])
    found[WHOLE] = found[ANCHOR]
    return [Number(key, MEANINGS[key[0]], *own, LEAST_ARGUMENTS if key[0] == ROLE and key[1] else 0) for key, own in found.items()]


def _takes_frames(schema: Schema, layer: FrameLayer) -> bool:
    frames = {each.name for each in schema.frame_layers}
    return any(fill.split(".")[0] in frames for role in layer.roles for fill in role.fills)


def marked(layer: FrameLayer, labellings: Iterable[Labelling]) -> Counter[Key]:
    """How many frames of the layer there are, arguments in all and by role, and arguments that are frames."""
    counts: Counter[Key] = Counter()
    for labelling in labellings:
        frames = [each for each in labelling.frames if each.layer == layer.name]
        ids = {each.id for each in labelling.frames}
        counts[ANCHOR] += len(frames)
        for role, ref in chain.from_iterable(map(_filled, frames)):
            counts[ARGUMENT] += 1
            counts[ROLE, role] += 1
            counts[CONTENT] += ref in ids
    return counts


def _matched_by_anybody(together: list[AlignedPair], layer: FrameLayer) -> Counter[Key]:
    """Of one document: the arguments of frames that somebody else marked too, in all and by role, and those that are such frames."""
    frames: dict[tuple[str, str], Frame] = {}
    contents: set[tuple[str, _Content]] = set()
    for pair in together:
        for name, side, own in zip(pair.annotators, (0, 1), _contents(pair, layer), strict=True):
            frames |= {(name, both[side].id): both[side] for both in pair.frames[layer.name].pairs}
            contents |= {(name, each) for each in own}
    return _arguments_of(frames.values()) + Counter({CONTENT: len(contents)})


def _arguments_of(frames: Iterable[Frame]) -> Counter[Key]:
    """How many arguments they have, in all and by role."""
    roles = Counter(role for frame in frames for role, _ in _filled(frame))
    counts: Counter[Key] = Counter({(ROLE, role): number for role, number in roles.items()})
    counts[ARGUMENT] = roles.total()
    return counts
