"""The leakage certificate: what the splits of a release share, with the thresholds it was judged by and the closest pairs there are.

Copies, articles one within the other, and groups that stand in two splits are leaks. A sentence or a quotation that stands in two is not:
two reports of different events may quote the same old speech. They are counted and their closest pairs named, so that who uses the data
can judge.

Near-duplicates are judged as ``annotate.corpus.duplicates`` judges them: by the Jaccard coefficient and the containment of the bodies' word
3-grams. All that stand in two splits are compared, not sketches of them; where more than ``COMMON`` documents of a split have a
3-gram in common, these are found by the first of them, so that of so many copies not every pair is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import csr_array

from annotate.errors import Problem

Hashes = NDArray[np.uint64]

COMMON = 150  # documents of one split
ROWS = 500  # documents compared with all others at a time
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


class Thresholds(Struct, frozen=True):
    """From where on two documents leak, or a sentence or quotation is looked at.

    near: Jaccard coefficient; contained: containment, of at least so many (``least``) shared 3-grams; words: of a sentence or quotation
    """

    near: float = 0.4
    contained: float = 0.4
    least: int = 30
    sentence_words: int = 8
    quotation_words: int = 6


STANDARD = Thresholds()


class Closest(Struct, frozen=True):
    """Two documents of different splits. ``value``: the check's measure of how close they are."""

    first: str
    first_split: str
    second: str
    second_split: str
    value: float


class Check(Struct, frozen=True):
    """One check across splits.

    measure:   what ``value`` of a pair is, and what ``threshold`` is of (None: any above 0)
    leak:      whether what it finds is a fault of the release
    found:     pairs; of sentences, quotations and groups: how many stand in two splits
    documents: how many documents are among them
    """

    name: str
    measure: str
    threshold: float | None
    leak: bool
    found: int
    documents: int
    closest: list[Closest]


class Sizes(Struct, frozen=True):
    train: int
    dev: int
    test: int


class Certificate(Struct, frozen=True):
    """What the splits share. ``sound``: no check that looks for leaks found one."""

    documents: Sizes
    thresholds: Thresholds
    checks: list[Check]
    sound: bool


def certificate(splits: Mapping[str, Sequence[LeakText]], thresholds: Thresholds = STANDARD) -> Certificate:
    """The certificate of a release whose split (train, dev, test) holds these documents; their order is irrelevant."""
    documents = sorted(((each, split) for split, own in splits.items() for each in own), key=lambda pair: (pair[0].id, pair[1]))
    texts, homes = [text for text, _ in documents], [split for _, split in documents]
    near, contained = _alike(texts, homes, thresholds)
    checks = [
        _same("exact", "equal words", texts, homes, lambda text: [text.digest] if text.digest else []),
        near,
        contained,
        _same("duplicates", "one group", texts, homes, lambda text: [text.duplicates] if text.duplicates is not None else []),
        _same("story", "one story", texts, homes, lambda text: [text.story] if text.story is not None else []),
        _shared("sentence", "shared sentences", texts, homes, [text.sentences for text in texts]),
        _shared("quotation", "shared quotations", texts, homes, [text.quotations for text in texts]),
    ]
    sizes = Sizes(*(len(splits.get(name, ())) for name in ("train", "dev", "test")))
    return Certificate(sizes, thresholds, checks, not any(each.leak and each.found for each in checks))


def leaks(found: Certificate) -> list[Problem]:
    """What the certificate says against the release, in words with their remedy."""
    return [
        Problem(
            "leakage.json",
            f"{check.found} {check.name} across splits, such as {_pair(check.closest[0])}; give both one `duplicates` or `story` value "
            "and run `annotate split`",
        )
        for check in found.checks
        if check.leak and check.found
    ]


def check(stated: Certificate, now: Certificate) -> list[Problem]:
    """What is wrong with a release whose certificate says ``stated`` and of which ``now`` holds: leaks, and words that are not true."""
    problems = leaks(now)
    if stated.thresholds != now.thresholds:
        return [*problems, Problem("leakage.json", "was made with other thresholds, so it cannot be compared")]
    if stated.documents != now.documents:
        problems.append(Problem("leakage.json", f"is of {_sizes(stated.documents)}; the release holds {_sizes(now.documents)}"))
    by_name = {each.name: each for each in stated.checks}
    for each in now.checks:
        if by_name.get(each.name) != each:
            told = by_name[each.name].found if each.name in by_name else "nothing"
            problems.append(Problem("leakage.json", f"{each.name}: says {told} of what now is {each.found}; it is not this release's"))
    return problems


def _pair(pair: Closest) -> str:
    return f"{pair.first} ({pair.first_split}) and {pair.second} ({pair.second_split})"


def _sizes(sizes: Sizes) -> str:
    return f"{sizes.train} train, {sizes.dev} dev and {sizes.test} test documents"


def _same(
    name: str, measure: str, texts: Sequence[LeakText], homes: Sequence[str], keys: Callable[[LeakText], Sequence[str | bytes]]
) -> Check:
    """Documents that have a key of several splits."""
    holders: dict[str | bytes, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        for key in keys(text):
            holders[key].append(number)
    crossing = [own for own in holders.values() if len({homes[number] for number in own}) > 1]
    firsts = [(own[0], next(number for number in own if homes[number] != homes[own[0]])) for own in crossing]
    closest = [_closest(texts, homes, first, second, 1.0) for first, second in sorted(firsts)[:CLOSEST]]
    return Check(name, measure, None, True, len(crossing), sum(map(len, crossing)), closest)


def _shared(name: str, measure: str, texts: Sequence[LeakText], homes: Sequence[str], keys: list[Hashes]) -> Check:
    """Sentences or quotations that stand in several splits; how many pairs of documents share says how close those are."""
    table = _crossing(keys, homes)
    pairs = sorted((-count, first, second) for first, second, count in _pairs(table, homes))[:CLOSEST]
    closest = [_closest(texts, homes, first, second, -count) for count, first, second in pairs]
    return Check(name, measure, None, False, len(np.unique(table.keys)), len(np.unique(table.documents)), closest)


def _alike(texts: Sequence[LeakText], homes: Sequence[str], thresholds: Thresholds) -> tuple[Check, Check]:
    """Near-duplicates, and documents one within the other."""
    sets = [text.shingles for text in texts]
    near: list[tuple[float, int, int]] = []
    contained: list[tuple[float, int, int]] = []
    leaking: list[tuple[int, int]] = []
    for first, second, rare in _pairs(_crossing(sets, homes), homes):
        smaller = min(len(sets[first]), len(sets[second]))
        if rare < LOOK * smaller and rare < thresholds.least / 2:
            continue
        shared = len(np.intersect1d(sets[first], sets[second], assume_unique=True))
        near.append((-shared / (len(sets[first]) + len(sets[second]) - shared), first, second))
        contained.append((-shared / smaller, first, second))
        if shared >= thresholds.least and shared / smaller >= thresholds.contained:
            leaking.append((first, second))
    over = [(first, second) for value, first, second in near if -value >= thresholds.near]
    return (
        _check("near", "jaccard", thresholds.near, texts, homes, over, near),
        _check("contained", "containment", thresholds.contained, texts, homes, leaking, contained),
    )


def _check(
    name: str,
    measure: str,
    threshold: float,
    texts: Sequence[LeakText],
    homes: Sequence[str],
    over: list[tuple[int, int]],
    ranked: list[tuple[float, int, int]],
) -> Check:
    closest = [_closest(texts, homes, first, second, -value) for value, first, second in sorted(ranked)[:CLOSEST]]
    return Check(name, measure, threshold, True, len(over), len({each for pair in over for each in pair}), closest)


def _closest(texts: Sequence[LeakText], homes: Sequence[str], first: int, second: int, value: float) -> Closest:
    return Closest(texts[first].id, homes[first], texts[second].id, homes[second], round(float(value), DIGITS))


class _Table(NamedTuple):
    """(rows,) each key of several splits with a document that has it; how many documents there are."""

    keys: Hashes
    documents: NDArray[np.int64]
    size: int


def _crossing(keys: Sequence[Hashes], homes: Sequence[str]) -> _Table:
    """The keys that stand in several splits, by key."""
    flat = np.concatenate([*keys, np.zeros(0, dtype=np.uint64)])
    documents = np.repeat(np.arange(len(keys)), [len(each) for each in keys])
    order = np.argsort(flat, kind="stable")
    flat, documents = flat[order], documents[order]
    starts = np.flatnonzero(np.append(True, flat[1:] != flat[:-1])[: len(flat)])
    if not len(starts):
        return _Table(flat, documents, len(keys))
    names = sorted(set(homes))
    split = np.array([names.index(home) for home in homes], dtype=np.int64)[documents]
    several = np.minimum.reduceat(split, starts) != np.maximum.reduceat(split, starts)
    kept = np.repeat(several, np.diff(np.append(starts, len(flat))))
    return _Table(flat[kept], documents[kept], len(keys))


def _pairs(table: _Table, homes: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """(first, second, keys shared) of all documents of different splits that share a key.

    Of a key that more than ``COMMON`` documents of a split have, the first of them stand for the others: the same ones for every key, so
    that they meet in full what is a copy of them all.
    """
    names = sorted(set(homes))
    split = np.array([names.index(home) for home in homes], dtype=np.int64)[table.documents]
    order = np.lexsort((table.documents, split, table.keys))
    keys, documents, split = table.keys[order], table.documents[order], split[order]
    place = np.arange(len(keys))
    first_of_run = np.append(True, (keys[1:] != keys[:-1]) | (split[1:] != split[:-1]))[: len(keys)]
    kept = place - np.maximum.accumulate(np.where(first_of_run, place, 0)) < COMMON
    distinct, columns = np.unique(keys[kept], return_inverse=True)
    has: Any = csr_array((np.ones(len(columns), np.int32), (documents[kept], columns)), shape=(table.size, max(len(distinct), 1)))
    largest = max(set(homes), key=lambda name: (homes.count(name), name)) if homes else ""
    smaller = np.array([number for number, home in enumerate(homes) if home != largest], dtype=np.int64)
    home = np.array(homes)
    for start in range(0, len(smaller), ROWS):
        block = smaller[start : start + ROWS]
        shared: Any = (has[block] @ has.T).tocoo()
        first, second = block[shared.row], shared.col.astype(np.int64)
        # A pair of two of the smaller splits is met from both sides.
        wanted = (home[first] != home[second]) & ((home[second] == largest) | (first < second))
        for one, other, count in zip(first[wanted].tolist(), second[wanted].tolist(), shared.data[wanted].tolist(), strict=True):
            yield min(one, other), max(one, other), count
