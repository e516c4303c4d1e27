"""The keys of many articles as one table: what they can be found by, how much it weighs in each, and where it stands.

NumPy over all words of all articles at once: a collection of 20,000 has eight million.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from annotate.corpus.stories.features import LEAD, Told, Vocabulary, number_key, word_keys

Integers = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Bits = np.ndarray[Any, np.dtype[np.uint8]]

TITLE_WEIGHT = 1.5
PARTS = 5  # of the body, of as many words each
PREFIXES = "بلكف"


class Keys(NamedTuple):
    """A row for each key of each article, by article, then key.

    weight:  (rows,) how much it weighs there: more in the title, and the more often it stands there
    leading: (rows,) whether it stands in title or lead
    parts:   (rows,) in which parts of the body it stands, as bits
    word:    (rows,) the number of the word that it stands for, -1 for a number
    names:   (keys,)
    rarity:  (keys,) 1 - log df / log (n + 1) of what df of n articles have: 1 where one has it, about 0 where all do
    ends:    (articles + 1,) rows ``ends[n]:ends[n + 1]`` are those of the n-th article
    """

    key: Integers
    weight: Floats
    leading: Flags
    parts: Bits
    word: Integers
    names: list[str]
    rarity: Floats
    ends: Integers


class Uses(NamedTuple):
    """A row for each word of each article, by article, then word: how often it stands there, and as in ``Keys``."""

    article: Integers
    word: Integers
    times: Integers
    title: Flags
    leading: Flags
    parts: Bits


def keys_of(articles: Sequence[Told], uses: Uses, vocabulary: Vocabulary) -> Keys:
    """The keys of the articles' words and numbers."""
    names: dict[str, int] = {}
    of_words = _of_words(uses, vocabulary, names)
    of_numbers = _of_numbers(articles, names)
    article, key, weight, leading, parts, word = (np.concatenate(each) for each in zip(*of_words, of_numbers, strict=True))
    order = np.lexsort((word, key, article))
    article, key = article[order], key[order]
    begins = np.flatnonzero(_changes(article) | _changes(key))
    article, key = article[begins], key[begins]
    df = np.bincount(key, minlength=len(names))
    return Keys(
        key,
        np.maximum.reduceat(weight[order], begins) if len(begins) else weight,
        np.logical_or.reduceat(leading[order], begins) if len(begins) else leading,
        np.bitwise_or.reduceat(parts[order], begins) if len(begins) else parts,
        word[order][begins],
        list(names),
        1 - np.log(np.maximum(df, 1)) / np.log(len(articles) + 1),
        np.searchsorted(article, np.arange(len(articles) + 1)),
    )


def uses_of(articles: Sequence[Told], words: int) -> Uses:
    """How the articles use the vocabulary's words."""
    lengths = np.array([len(each.words) for each in articles])
    titles = np.array([each.title for each in articles])
    article = np.repeat(np.arange(len(articles)), lengths)
    begins = np.cumsum(lengths) - lengths
    place = np.arange(len(article)) - np.repeat(begins + titles, lengths)  # in the body; below 0 in the title
    part = place * PARTS // np.repeat(np.maximum(lengths - titles, 1), lengths)
    bits = np.where(place >= 0, 1 << np.maximum(part, 0), 0).astype(np.uint8)
    used = article * words + np.concatenate([each.words for each in articles]).astype(np.int64)
    order = np.argsort(used, kind="stable")
    used = used[order]
    first = np.flatnonzero(_changes(used))
    if not len(first):
        return Uses(article, article, article, place < 0, place < 0, bits)
    return Uses(
        used[first] // words,
        used[first] % words,
        np.diff(np.append(first, len(used))),
        np.logical_or.reduceat(place[order] < 0, first),
        np.logical_or.reduceat(place[order] < LEAD, first),
        np.bitwise_or.reduceat(bits[order], first),
    )


def shared_rows(keys: Keys, first: int, second: int) -> tuple[Integers, Integers]:
    """(shared keys,) the rows of the keys that two articles have in common, in each of them."""
    begin, of_second = keys.ends[first], keys.ends[second]
    one, other = keys.key[begin : keys.ends[first + 1]], keys.key[of_second : keys.ends[second + 1]]
    _, places, of_other = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    return begin + places, of_second + of_other


Rows = tuple[Integers, Integers, Floats, Flags, Bits, Integers]


def _of_words(uses: Uses, vocabulary: Vocabulary, names: dict[str, int]) -> list[Rows]:
    """Rows of the first keys of all words, and of their second keys."""
    found = [word_keys(word) for word in vocabulary]
    bare = _bare(uses, vocabulary)
    factor = np.sqrt(1 + np.log(uses.times)) * np.where(uses.title, TITLE_WEIGHT, 1.0)
    rows = []
    for nth in range(2):
        key = np.array([names.setdefault(keys[nth][0], len(names)) if len(keys) > nth else -1 for keys in found], dtype=np.int64)
        weight = np.array([keys[nth][1] if len(keys) > nth else 0.0 for keys in found])
        has = np.flatnonzero(key[bare] >= 0)
        of = bare[has]
        rows.append((uses.article[has], key[of], weight[of] * factor[has], uses.leading[has], uses.parts[has], uses.word[has]))
    return rows


def _bare(uses: Uses, vocabulary: Vocabulary) -> Integers:
    """(uses,) the word without a preposition or ف at its head, where the same article has it without too."""
    without = np.array(
        [vocabulary.get(word[1:], place) if word[0] in PREFIXES and len(word) > 3 else place for word, place in vocabulary.items()],
        dtype=np.int64,
    )
    used, sought = uses.article * len(vocabulary) + uses.word, uses.article * len(vocabulary) + without[uses.word]
    place = np.minimum(np.searchsorted(used, sought), len(used) - 1)
    return np.where(used[place] == sought, without[uses.word], uses.word)


def _of_numbers(articles: Sequence[Told], names: dict[str, int]) -> Rows:
    rows: list[tuple[int, int, float, bool, int]] = []
    for article, each in enumerate(articles):
        body = max(1, len(each.words) - each.title)
        for number, of_all in each.numbers:
            name, weight = number_key(number)
            place = of_all - each.title
            part = 1 << place * PARTS // body if place >= 0 else 0
            rows.append((article, names.setdefault(name, len(names)), weight, place < LEAD, part))
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    article_of, key = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    return article_of, key, table[:, 2], table[:, 3] > 0, table[:, 4].astype(np.uint8), np.full(len(table), -1)


def _changes(values: Integers) -> Flags:
    """Whether each value is unlike the one before it; the first is."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]
