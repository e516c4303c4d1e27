"""An order of articles by the words that they share, and a way through it that spreads any number of draws evenly.

Systematic sampling from an ordered list (Cochran 1977, Sampling Techniques, chapter 8): neighbours are alike, so even steps give articles
that differ, and a random start gives each article the same chance. The steps are halved again and again (the sequence of van der Corput,
1935), so that a larger sample of a stratum holds every smaller one.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np

from annotate.corpus.normalise import normalised
from annotate.tokens import tokens

Words = np.ndarray[Any, np.dtype[np.uint32]]
Places = np.ndarray[Any, np.dtype[np.int64]]
Numbers = np.ndarray[Any, np.dtype[np.uint64]]

HEAD = 200  # characters that an article is known by: its title and how it begins
MOST = 24  # words kept of them
COMMON = 0.1  # a word of more than this share of the articles says nothing
DEPTH = 4  # words that the order looks at


def word_numbers(text: str) -> Words:
    """The different words of the text's head, as 32 bits each, in order."""
    head = normalised(text[:HEAD]).text
    words = {crc32(head[start:end].encode("utf-8", "surrogatepass")) for start, end in tokens(head) if head[start:end].isalpha()}
    return np.array(sorted(words)[:MOST], np.uint32)


def by_shared_words(words: Words, counts: Places, ranks: Numbers) -> Places:
    """The articles in the order of their words, the most frequent that is not common first, then the next: as in an FP-tree (Han et al.
    2000), articles that share words stand together. ``ranks`` decide among equals.

    words:  (words,) of one article after the other
    counts: (articles,) how many words each has
    """
    articles = np.repeat(np.arange(len(counts)), counts)
    different, word, times = np.unique(words, return_inverse=True, return_counts=True)
    place = np.empty(len(different), np.int64)
    place[np.lexsort((different, -times))] = np.arange(len(different))
    telling = (times[word] <= max(2.0, COMMON * len(counts))) & (times[word] > 1)
    owner, key = articles[telling], place[word[telling]]
    order = np.lexsort((key, owner))
    owner, key = owner[order], key[order]
    depth = np.arange(len(owner)) - np.searchsorted(owner, owner)
    keys = np.full((DEPTH, len(counts)), len(different))  # behind every word where an article has no more
    within = depth < DEPTH
    keys[depth[within], owner[within]] = key[within]
    return np.asarray(np.lexsort((ranks, *keys[::-1])), np.int64)


def spread(count: int, start: int) -> Places:
    """When each place of an ordered list is drawn, (count,), from 0. Over the starts 0 … count - 1 each place has every turn once."""
    bits = max(1, int(count - 1).bit_length())
    sequence = np.arange(1 << bits)
    halved = np.zeros_like(sequence)
    for bit in range(bits):
        halved |= ((sequence >> bit) & 1) << (bits - 1 - bit)
    visited, first = np.unique((halved * count) >> bits, return_index=True)
    turn = np.empty(count, np.int64)
    turn[visited[np.argsort(first)]] = np.arange(count)
    return np.roll(turn, -start)
