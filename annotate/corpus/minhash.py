"""Sketches of articles' bodies: a digest, word 3-grams, and the keys that articles alike share. NumPy alone, many articles at once.

A word is a run of letters and digits of the normalised body. Hyphens, apostrophes and dots part words here, unlike in ``annotate.tokens``:
they are what a second editor changes (جونغ-أون, جونغ أون), and whole batches can be cut so, some thirty times as fast.

MinHash (Broder 1997): of two sets of shingles, the least under a random permutation is the same with the probability J, their Jaccard
coefficient, so that b bands of r such minima have B(b, Jʳ) keys in common. Candidates are those that have two, not one (``recall``): at as
few unlike pairs that takes 96 permutations, not 240. They are x → ax modulo 2³² with an odd a, on 32 well-mixed bits of each shingle.

For a short article within a longer one J is small, so every ``SAMPLING``-th shingle by its hash is a key too, in whatever article it stands
(Broder's "mod m" sketch): of n shingles of which the share C is in the other article, each is a shared key with the probability C/m.

Everything follows from the text alone: no seeds to choose, and the same whatever the batch, the machine and the Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from annotate.corpus.normalise import CODE_POINTS, CodePoints, code_points, normalised_code_points

Hashes = np.ndarray[Any, np.dtype[np.uint64]]
Hashes32 = np.ndarray[Any, np.dtype[np.uint32]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

WORDS = 3  # of a shingle
BANDS, ROWS = 48, 2  # recall 0.9976 at a Jaccard coefficient of 0.4, 0.0002 at 0.02
SAMPLING = 4
WITHIN = 1 / (8 * SAMPLING)  # of its shingles an article shares as keys with what may contain it: an eighth of those sampled
CHARACTERS = 300_000  # of the bodies taken together: for a processor's cache too
DROPPED, APART, WORD, EXPANDED = range(4)  # what a character is: nothing, between words, of a word, several characters
LETTERS = re.compile(r"[^\W_]+")
BLOCK = 512  # shingles whose permutations are held at a time: within a processor's cache
ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xFF51AFD7ED558CCD], dtype=np.uint64)


class Sketch(NamedTuple):
    """What is known of one body without reading it again.

    digest:   16 bytes of its words in order; nothing where it has none
    shingles: (size,) the distinct 3-grams' hashes, ascending
    keys:     (2 + BANDS,) of the digest and of the bands; fewer where there are no words or no shingles
    """

    digest: bytes
    shingles: Hashes
    keys: Hashes


def sampled(sets: list[Hashes]) -> list[Hashes]:
    """Of each set of shingles those that are keys too."""
    every = np.concatenate([*sets, np.zeros(0, dtype=np.uint64)])
    chosen = every % np.uint64(SAMPLING) == 0
    kept, bounds = every[chosen], np.append(0, np.cumsum(chosen))[np.cumsum([0, *map(len, sets)])]
    return [kept[start:end] for start, end in pairwise(map(int, bounds))]


class Pairs(NamedTuple):
    """(pairs,) the numbers of two articles, first < second, how many keys they share, and how many shingles the smaller one has."""

    first: Hashes
    second: Hashes
    shared: Integers
    size: Integers


def recall(jaccard: float) -> float:
    """The probability that two articles share the keys of two bands."""
    same = jaccard**ROWS
    return 1 - (1 - same) ** BANDS - BANDS * same * (1 - same) ** (BANDS - 1)


class Shingled(NamedTuple):
    """What needs no permutations of a sketch."""

    digest: bytes
    shingles: Hashes


def sketches(bodies: Iterable[str]) -> Iterator[Sketch]:
    """One a body, in order."""
    for batch in _batches(bodies):
        digests, shingles, bounds = _shingled(batch)
        keys = np.zeros((len(batch), 2 + BANDS), dtype=np.uint64)
        keys[:, :2] = np.frombuffer(b"".join(digest.ljust(16) for digest in digests), dtype="<u8").reshape(-1, 2)
        keys[np.diff(bounds) > 0, 2:] = _band_keys(shingles, bounds)
        for digest, (start, end), own in zip(digests, pairwise(bounds), keys, strict=True):
            yield Sketch(digest, shingles[start:end], own if start < end else own[: len(digest) // 8])


def shingled(bodies: Iterable[str]) -> Iterator[Shingled]:
    """The same without keys, for who compares all with all."""
    for batch in _batches(bodies):
        digests, shingles, bounds = _shingled(batch)
        yield from (Shingled(digest, shingles[start:end]) for digest, (start, end) in zip(digests, pairwise(bounds), strict=True))


def _batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    length = 0
    for body in bodies:
        if batch and length + len(body) > CHARACTERS:
            yield batch
            batch, length = [], 0
        batch.append(body)
        length += len(body)
    if batch:
        yield batch


def _shingled(bodies: Sequence[str]) -> tuple[list[bytes], Hashes, list[int]]:
    """Digests, and the shingles of each body in turn with the bounds between which each body's lie."""
    words, behind = _words(bodies)
    spans = pairwise([0, *map(int, behind)])
    digests = [blake2b(words[start:end].data, digest_size=16).digest() if start < end else b"" for start, end in spans]
    return digests, *_shingles(words, behind)


def pairs_by_key(keys: Hashes, articles: Hashes, sizes: Integers) -> Pairs:
    """The pairs of a table of (key, article, its number of shingles) in which all rows of a key are.

    Where many share a key not every two of them are paired, only each with the largest and with the next larger one: so pairs do not grow
    with the square, and what is contained meets what contains it.
    """
    order = np.argsort(keys)
    same = np.diff(keys[order]) == 0
    order = order[np.append(same, False) | np.append(False, same)] if len(keys) else order
    order = order[np.lexsort((articles[order], -sizes[order], keys[order]))]
    keys, articles, sizes = keys[order], articles[order], sizes[order]
    new = _changes(keys)
    place = np.arange(len(keys))
    largest = np.maximum.accumulate(np.where(new, place, 0))
    smaller = np.concatenate([place[~new], place[place - largest > 1]])
    larger = np.concatenate([largest[~new], place[place - largest > 1] - 1])
    one, other = articles[smaller], articles[larger]
    return merged(Pairs(np.minimum(one, other), np.maximum(one, other), np.ones(len(smaller), dtype=np.int64), sizes[smaller]))


def merged(*parts: Pairs) -> Pairs:
    """Each pair once, in order, with all keys that it shares."""
    first, second = np.concatenate([part.first for part in parts]), np.concatenate([part.second for part in parts])
    shared, size = np.concatenate([part.shared for part in parts]), np.concatenate([part.size for part in parts])
    order = np.lexsort((second, first))
    starts = np.flatnonzero(_changes(first[order]) | _changes(second[order]))
    shared = np.add.reduceat(shared[order], starts) if len(starts) else shared
    return Pairs(first[order][starts], second[order][starts], shared, size[order][starts])


def enough(pairs: Pairs, share: float) -> Pairs:
    """Of the pairs those that share two keys, and this share of the smaller article's shingles."""
    kept = pairs.shared >= np.maximum(2, share * pairs.size)
    return Pairs(pairs.first[kept], pairs.second[kept], pairs.shared[kept], pairs.size[kept])


def _changes(values: Hashes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether each value is unlike the one before it; the first is."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]


def _words(bodies: Sequence[str]) -> tuple[Hashes, Integers]:
    """The hash of every word of all bodies, and where each body's words end: (bodies,)."""
    codes = code_points("\n".join(bodies))
    behind = np.cumsum([len(body) + 1 for body in bodies])
    kinds = _characters().kind[codes]
    if kinds.max(initial=0) == EXPANDED:
        codes, origin = normalised_code_points(codes)
        behind = np.searchsorted(origin, behind)
        kinds = _characters().kind[codes]
    if kinds.min(initial=1) == DROPPED:
        kept = kinds != DROPPED
        behind = np.append(0, np.cumsum(kept))[np.minimum(behind, len(kept))]
        codes, kinds = codes[kept], kinds[kept]
    bounds = np.flatnonzero(np.diff(kinds == WORD, prepend=False, append=False))
    return _word_hashes(codes, bounds[::2], bounds[1::2]), np.searchsorted(bounds[::2], behind)


def _word_hashes(codes: CodePoints, starts: Integers, ends: Integers) -> Hashes:
    """Polynomials of the words' code points modulo 2⁶⁴, each code point standing for a random number; differences of running sums."""
    powers = _powers(int(ODD[3]), len(codes))
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(_characters().random[codes] * powers, out=sums[1:])
    return mixed((sums[ends] - sums[starts]) * _powers(pow(int(ODD[3]), -1, 1 << 64), len(codes))[starts])


def _shingles(words: Hashes, behind: Integers) -> tuple[Hashes, list[int]]:
    """The distinct 3-grams of each body in turn, ascending, and between which bounds each body's lie: (bodies + 1,)."""
    grams = mixed(words[:-2] * ODD[0] + words[1:-1] * ODD[1] + words[2:] * ODD[2])
    inside = np.ones(len(grams), dtype=np.bool_)
    crossing = np.concatenate([behind - before for before in range(1, WORDS)])  # those that would go on into the next body
    inside[crossing[(crossing >= 0) & (crossing < len(grams))]] = False
    grams = grams[inside]
    bounds = np.cumsum(np.append(0, np.maximum(np.diff(behind, prepend=0) - WORDS + 1, 0)))
    for start, end in pairwise(map(int, bounds)):
        grams[start:end].sort()
    distinct = _changes(grams)
    distinct[bounds[bounds < len(grams)]] = True
    return grams[distinct], [int(bound) for bound in np.append(0, np.cumsum(distinct))[bounds]]


def _band_keys(shingles: Hashes, bounds: list[int]) -> Hashes:
    """(bodies that have shingles, BANDS)"""
    halves = (shingles >> np.uint64(32)).astype(np.uint32)
    sets = [halves[start:end] for start, end in pairwise(bounds) if start < end]
    minima = np.empty((len(sets), BANDS * ROWS), dtype=np.uint32)
    buffer = np.empty(BANDS * ROWS * BLOCK, dtype=np.uint32)
    for least, half in zip(minima, sets, strict=True):
        _minima(half, buffer, least)
    rows = minima.reshape(-1, BANDS, ROWS).astype(np.uint64)
    return mixed(rows @ ODD[:ROWS] + np.arange(BANDS, dtype=np.uint64) * ODD[3])


def _minima(half: Hashes32, buffer: Hashes32, least: Hashes32) -> None:
    """Write the least of some hashes under each permutation into ``least``, (permutations,); ``buffer`` is for what is permuted."""
    for start in range(0, len(half), BLOCK):
        block = half[start : start + BLOCK]
        permuted = buffer[: len(least) * len(block)].reshape(len(least), -1)
        np.multiply(block, _factors(), out=permuted)
        if start:
            np.minimum(least, permuted.min(axis=1), out=least)
        else:
            np.minimum.reduce(permuted, axis=1, out=least)


def mixed(hashes: Hashes) -> Hashes:
    """MurmurHash3's finaliser: every bit of the input reaches every bit of the output."""
    for factor in (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)):
        hashes = (hashes ^ (hashes >> np.uint64(33))) * factor
    return hashes ^ (hashes >> np.uint64(33))


class _Characters(NamedTuple):
    """(code points,) what each is for a word, and the random number that it stands for once it is normalised."""

    kind: np.ndarray[Any, np.dtype[np.uint8]]
    random: Hashes


@cache
def _characters() -> _Characters:
    codes = np.arange(CODE_POINTS, dtype=np.uint32)
    made, origin = normalised_code_points(codes)
    random = np.zeros(CODE_POINTS, dtype=np.uint64)
    random[origin] = mixed((made.astype(np.uint64) + np.uint64(1)) * ODD[0])
    length = np.bincount(origin, minlength=CODE_POINTS)
    written = made.tobytes().decode("utf-32-le", "surrogatepass")
    is_letter = np.zeros(len(made), dtype=np.bool_)
    for several in LETTERS.finditer(written):  # a third of the time that asking each takes
        is_letter[several.start() : several.end()] = True
    letters = np.bincount(origin, is_letter, minlength=CODE_POINTS)
    kind = np.where(length == 0, DROPPED, np.where(letters == 0, APART, np.where(length == 1, WORD, EXPANDED)))
    return _Characters(kind.astype(np.uint8), random)


def _powers(base: int, length: int) -> Hashes:
    """(length,) base⁰, base¹ … modulo 2⁶⁴"""
    return _first_powers(base, max(20, length.bit_length()))[:length]


@lru_cache(maxsize=2)
def _first_powers(base: int, bits: int) -> Hashes:
    powers = np.full(1 << bits, base, dtype=np.uint64)
    powers[0] = 1
    return np.cumprod(powers)


@cache
def _factors() -> Hashes32:
    """(permutations, 1) odd factors."""
    drawn = mixed(np.arange(1, BANDS * ROWS + 1, dtype=np.uint64) * ODD[1])
    return ((drawn >> np.uint64(32)).astype(np.uint32) | np.uint32(1))[:, None]
