"""The leakage certificate: what the splits of a release share, with the thresholds it was judged by and the closest pairs there are.

Copies, articles one within the other, and groups that stand in two splits are leaks. A sentence or a quotation that stands in two is not:
two reports of different events may quote the same old speech. They are counted and their closest pairs named, so that who uses the data
can judge.

Near-duplicates are judged as ``annotate.corpus.duplicates`` judges them: by the Jaccard coefficient and the containment of the bodies' word
3-grams. All that stand in two splits are compared, not sketches of them; where more than ``COMMON`` documents of a split have a
3-gram in common, these are found by the first of them, so that of so many copies not every pair is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from heapq import nsmallest
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from annotate.release.certificate import STANDARD, Certificate, Check, Closest, Sizes, Thresholds, is_sound
from annotate.release.spooled import Hashes, Integers, Spooled
from annotate.schema.record_schema import SPLITS

COMMON = 150  # documents of one split
AT_ONCE = 2**20  # pairs of documents compared at a time
LOOK = 0.1  # of the smaller document's 3-grams are shared by a pair whose coefficients are worth computing
CLOSEST = 5  # pairs named a check
DIGITS = 6


class LeakText(NamedTuple):
    """What is compared of one document. Hashes are of 64 bits, distinct, ascending.

    digest:     of its body's words in order; empty where it has none
    shingles:   its body's word 3-grams
    sentences, quotations: those long enough to tell, normalised
    """

    id: str
    digest: bytes
    shingles: Hashes
    sentences: Hashes
    quotations: Hashes
    duplicates: str | None
    story: str | None


class _Held(NamedTuple):
    """What stays in memory of one document; its hashes do not."""

    id: str
    split: str
    digest: bytes
    duplicates: str | None
    story: str | None


class _Compared(NamedTuple):
    """All documents by id. ``rank``: the place here of each document of the spools, which are in the order of arrival; splits: by place."""

    documents: list[_Held]
    rank: Integers
    splits: NDArray[np.int8]

    @property
    def arrival(self) -> Integers:
        """The number in the spools of each document here."""
        return np.argsort(self.rank)


class Leakage:
    """What is compared of a release's documents, as they come; their order is irrelevant. To be closed when the certificate is made."""

    def __init__(self, thresholds: Thresholds = STANDARD) -> None:
        self.thresholds = thresholds
        self._held: list[_Held] = []
        self._shingles, self._told, self._quoted = Spooled(), Spooled(), Spooled()

    def add(self, split: str, text: LeakText) -> None:
        """A document of a split (train, dev, test)."""
        self._held.append(_Held(text.id, split, text.digest, text.duplicates, text.story))
        self._shingles.append(text.shingles)
        self._told.append(text.sentences)
        self._quoted.append(text.quotations)

    def certificate(self) -> Certificate:
        compared = _compared(self._held)
        near, contained = _alike(compared, self._shingles, self.thresholds)
        checks = [
            _same("exact", "equal words", compared, lambda each: each.digest or None),
            near,
            contained,
            _same("duplicates", "one group", compared, lambda each: each.duplicates),
            _same("story", "one story", compared, lambda each: each.story),
            _shared("sentence", "shared sentences", compared, self._told),
            _shared("quotation", "shared quotations", compared, self._quoted),
        ]
        sizes = Counter(each.split for each in self._held)
        return Certificate(Sizes(*(sizes[name] for name in SPLITS)), self.thresholds, checks, is_sound(checks))

    def close(self) -> None:
        for each in (self._shingles, self._told, self._quoted):
            each.close()


def certificate(documents: Iterable[tuple[str, LeakText]], thresholds: Thresholds = STANDARD) -> Certificate:
    """The certificate of a release that holds these documents, each with its split."""
    with closing(Leakage(thresholds)) as leakage:
        for split, text in documents:
            leakage.add(split, text)
        return leakage.certificate()


def _compared(held: list[_Held]) -> _Compared:
    order = sorted(range(len(held)), key=lambda number: (held[number].id, held[number].split))
    rank = np.empty(len(held), dtype=np.int64)
    rank[order] = np.arange(len(held))
    documents = [held[number] for number in order]
    return _Compared(documents, rank, np.array([SPLITS.index(each.split) for each in documents], dtype=np.int8))


def _same(name: str, measure: str, compared: _Compared, key: Callable[[_Held], str | bytes | None]) -> Check:
    """Documents that have a key of several splits."""
    documents, homes = compared.documents, compared.splits
    holders: dict[str | bytes, int | list[int]] = {}  # most have one
    for number, each in enumerate(documents):
        if (own := key(each)) is None or (before := holders.setdefault(own, number)) == number:
            continue
        if isinstance(before, list):
            before.append(number)
        else:
            holders[own] = [before, number]
    several = (own for own in holders.values() if isinstance(own, list))
    crossing = [own for own in several if len({homes[number] for number in own}) > 1]
    firsts = [(own[0], next(number for number in own if homes[number] != homes[own[0]])) for own in crossing]
    closest = [_closest(documents, first, second, 1.0) for first, second in sorted(firsts)[:CLOSEST]]
    return Check(name, measure, None, True, len(crossing), sum(map(len, crossing)), closest)


def _shared(name: str, measure: str, compared: _Compared, hashes: Spooled) -> Check:
    """Sentences or quotations that stand in several splits; how many pairs of documents share says how close those are."""
    table = _crossing(hashes, compared)
    rows = (zip((-each.shared).tolist(), each.first.tolist(), each.second.tolist(), strict=True) for each in _pairs(table, compared))
    pairs = nsmallest(CLOSEST, chain.from_iterable(rows))
    closest = [_closest(compared.documents, first, second, -count) for count, first, second in pairs]
    return Check(name, measure, None, False, table.keys, table.holders, closest)


def _alike(compared: _Compared, shingles: Spooled, thresholds: Thresholds) -> tuple[Check, Check]:
    """Near-duplicates, and documents one within the other."""
    arrival, sizes = compared.arrival, shingles.sizes[compared.arrival]
    near: list[tuple[float, int, int]] = []
    contained: list[tuple[float, int, int]] = []
    leaking: list[tuple[int, int]] = []
    for pairs in _pairs(_crossing(shingles, compared), compared):
        smaller = np.minimum(sizes[pairs.first], sizes[pairs.second])
        worth = (pairs.shared >= LOOK * smaller) | (pairs.shared >= thresholds.least / 2)
        for first, second in zip(pairs.first[worth].tolist(), pairs.second[worth].tolist(), strict=True):
            one, other = shingles.of(arrival[[first, second]])
            shared, least = len(np.intersect1d(one, other, assume_unique=True)), min(sizes[first], sizes[second])
            near.append((-shared / (sizes[first] + sizes[second] - shared), first, second))
            contained.append((-shared / least, first, second))
            if shared >= thresholds.least and shared / least >= thresholds.contained:
                leaking.append((first, second))
    over = [(first, second) for value, first, second in near if -value >= thresholds.near]
    return (
        _check("near", "jaccard", thresholds.near, compared, over, near),
        _check("contained", "containment", thresholds.contained, compared, leaking, contained),
    )


def _check(
    name: str, measure: str, threshold: float, compared: _Compared, over: list[tuple[int, int]], ranked: list[tuple[float, int, int]]
) -> Check:
    closest = [_closest(compared.documents, first, second, -value) for value, first, second in nsmallest(CLOSEST, ranked)]
    return Check(name, measure, threshold, True, len(over), len({each for pair in over for each in pair}), closest)


def _closest(documents: Sequence[_Held], first: int, second: int, value: float) -> Closest:
    one, other = documents[first], documents[second]
    return Closest(one.id, one.split, other.id, other.split, round(float(value), DIGITS))


class _Table(NamedTuple):
    """The keys that stand in several splits, and the documents that have one.

    begin:    (keys + 1,) where each key's documents begin
    document: (rows,) the documents of each key in turn, no more than ``COMMON`` of a split
    holders:  how many documents have one
    """

    begin: NDArray[np.int32]
    document: NDArray[np.int32]
    holders: int

    @property
    def keys(self) -> int:
        return len(self.begin) - 1


def _crossing(hashes: Spooled, compared: _Compared) -> _Table:
    """Of a key that more than ``COMMON`` documents of a split have, the first of them stand for the others: the same ones for every key,
    so that they meet in full what is a copy of them all.
    """
    counts: list[Integers] = [np.zeros(1, np.int64)]
    documents = [np.zeros(0, np.int32)]
    holds = np.zeros(len(compared.documents), dtype=np.bool_)
    for own, arrived in hashes.by_range():
        own, document = _of_several_splits(own, compared.rank[arrived], compared.splits)
        holds[document] = True
        new, place = _changes(own), np.arange(len(own))
        first_of_run = new | _changes(compared.splits[document])
        kept = place - np.maximum.accumulate(np.where(first_of_run, place, 0)) < COMMON
        counts.append(np.bincount((np.cumsum(new) - 1)[kept]))
        documents.append(document[kept].astype(np.int32))
    return _Table(np.cumsum(np.concatenate(counts), dtype=np.int32), np.concatenate(documents), int(holds.sum()))


def _of_several_splits(keys: Hashes, documents: Integers, splits: NDArray[np.int8]) -> tuple[Hashes, Integers]:
    """The rows whose key stands in several splits, by key, split and document."""
    order = np.argsort(keys, kind="stable")
    keys, documents = keys[order], documents[order]
    starts = np.flatnonzero(_changes(keys))
    split = splits[documents]
    several = np.minimum.reduceat(split, starts) != np.maximum.reduceat(split, starts)
    kept = np.repeat(several, np.diff(np.append(starts, len(keys))))
    keys, documents = keys[kept], documents[kept]
    order = np.lexsort((documents, splits[documents], keys))
    return keys[order], documents[order]


def _changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each value is unlike the one before it; the first is."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]


class _Pairs(NamedTuple):
    """(pairs,) two documents of different splits, first < second, and how many keys they share."""

    first: Integers
    second: Integers
    shared: Integers


def _pairs(table: _Table, compared: _Compared) -> Iterator[_Pairs]:
    """All documents of different splits that share a key, a few of them with all others at a time."""
    if not table.keys:
        return
    splits, shape = compared.splits, (table.keys, len(compared.splits))
    turned = csr_array((np.ones(len(table.document), np.int8), table.document, table.begin), shape=shape).T.tocsr()
    once = np.ones(len(table.document), np.int32)  # both count with it: it is as large as the table
    had_by = csr_array((once, table.document, table.begin), shape=shape)
    has: Any = csr_array((once, turned.indices, turned.indptr), shape=turned.shape)
    counts = np.bincount(splits, minlength=len(SPLITS))
    largest = max(range(len(SPLITS)), key=lambda split: (counts[split], SPLITS[split]))
    smaller = np.flatnonzero(splits != largest)
    rows = max(1, AT_ONCE // max(len(splits), 1))
    for start in range(0, len(smaller), rows):
        block = smaller[start : start + rows]
        shared: Any = (has[block] @ had_by).tocoo()
        first, second = block[shared.row], shared.col.astype(np.int64)
        # A pair of two of the smaller splits is met from both sides.
        wanted = (splits[first] != splits[second]) & ((splits[second] == largest) | (first < second))
        first, second = first[wanted], second[wanted]
        yield _Pairs(np.minimum(first, second), np.maximum(first, second), shared.data[wanted])
