"""Which articles may tell the same, and how alike they are, for many at once: sparse matrices of articles by keys.

Candidates share rare keys and are near in time; nothing compares all pairs. Keys in too many articles are left out there, from the most
common ones on, until the pairs to look at are within ``BUDGET``; of each article the ``NEIGHBOURS`` that are most alike are kept.

All cosines are of L2-normalised rows and lie between 0 and 1. Articles have to come in the order of their ids: sums of floats depend on
the order of their terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, diags_array

from annotate.corpus.stories.features import Told, Vocabulary, common
from annotate.corpus.stories.keys import Flags, Floats, Integers, Keys, Uses

BUDGET = 2000  # pairs with a rare key in common looked at for each article, on average
NEIGHBOURS = 12
FAR = 14  # days between two articles beyond which they are not compared
ROWS = 256  # articles compared with all others at a time
BLOCK = 2048  # pairs whose products are taken at a time
GRAM = 4  # characters, the blank before and behind a word with them


class Alike(NamedTuple):
    """(pairs,) the places of two articles, first < second, and what they have in common.

    keys:    cosine of words, names and numbers, weighted by rarity
    leads:   cosine of those in title and lead alone
    chars:   cosine of character n-grams, TF-IDF
    numbers: the sum of the rarity of shared numbers, times their weights
    """

    first: Integers
    second: Integers
    keys: Floats
    leads: Floats
    chars: Floats
    numbers: Floats


def alike(articles: Sequence[Told], keys: Keys, uses: Uses, vocabulary: Vocabulary) -> Alike:
    """The candidate pairs."""
    weight = keys.weight * keys.rarity[keys.key]
    whole = _unit(_matrix(keys, weight, np.ones(len(weight), dtype=np.bool_)))
    first, second = _candidates(whole, _days(articles))
    leads = _unit(_matrix(keys, weight, keys.leading))
    numbers = _matrix(keys, np.sqrt(weight), keys.word < 0)
    products = (_products(of, first, second) for of in (whole, leads, _character_grams(uses, vocabulary, len(articles)), numbers))
    return Alike(first, second, *products)


def _matrix(keys: Keys, weight: Floats, chosen: Flags) -> csr_array:
    """(articles, keys) of the chosen rows."""
    ends = np.append(0, np.cumsum(chosen))[keys.ends]
    return csr_array((weight[chosen], keys.key[chosen].astype(np.int32), ends), shape=(len(keys.ends) - 1, len(keys.names)))


def _unit(matrix: csr_array) -> csr_array:
    """Each row of length 1; one without weights stays 0."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return csr_array(diags_array(1 / np.where(length > 0, length, 1)) @ matrix)


def _days(articles: Sequence[Told]) -> Floats:
    """(articles,) the day of each as a number, NaN where it has none."""
    days = (each.published or min(each.days, default=None) for each in articles)
    return np.array([np.nan if day is None else day.toordinal() for day in days])


def _candidates(keys: csr_array, days: Floats) -> tuple[Integers, Integers]:
    """(pairs,) places, first < second, in order, each pair once."""
    df = np.bincount(keys.indices, minlength=keys.shape[1])
    by_df = np.argsort(df, kind="stable")
    within = by_df[np.cumsum(df[by_df].astype(np.float64) ** 2) <= BUDGET * keys.shape[0]]
    rare = csr_array(keys[:, np.sort(within[df[within] > 1])])
    turned = csr_array(rare.T)
    found = [_nearest(rare[start : start + ROWS], turned, start, days) for start in range(0, rare.shape[0], ROWS)]
    one, other = (np.concatenate(each) for each in zip(*found, strict=True))
    pairs = np.unique(np.minimum(one, other) * len(days) + np.maximum(one, other))
    return pairs // len(days), pairs % len(days)


def _nearest(rows: csr_array, turned: csr_array, start: int, days: Floats) -> tuple[Integers, Integers]:
    """For the articles from ``start`` on, each with those near in time that share most with it."""
    shared = (rows @ turned).tocoo()
    one, other, weight = shared.row.astype(np.int64) + start, shared.col.astype(np.int64), shared.data
    near = (one != other) & ~(np.abs(days[one] - days[other]) > FAR)  # NaN is not greater
    one, other, weight = one[near], other[near], weight[near]
    order = np.lexsort((other, -weight, one))
    one, other = one[order], other[order]
    kept = np.arange(len(one)) - np.searchsorted(one, one) < NEIGHBOURS
    return one[kept], other[kept]


def _products(rows: csr_array, first: Integers, second: Integers) -> Floats:
    """(pairs,) the scalar products of rows."""
    bounds = [*range(0, len(first), BLOCK), len(first)]
    parts = [rows[first[a:b]].multiply(rows[second[a:b]]).sum(axis=1) for a, b in pairwise(bounds)]
    return np.concatenate([np.zeros(0), *(np.asarray(part, dtype=np.float64).ravel() for part in parts)])


def _character_grams(uses: Uses, vocabulary: Vocabulary, articles: int) -> csr_array:
    """(articles, n-grams) TF-IDF of the n-grams within words, 1 + log tf by the rarity of the n-gram."""
    telling = np.array([not (word[0].isdigit() or word.casefold() in common()) for word in vocabulary])[uses.word]
    shape = (articles, len(vocabulary))
    counts = csr_array((uses.times[telling].astype(np.float32), (uses.article[telling], uses.word[telling])), shape=shape)
    found = csr_array(counts @ _grams_of(list(vocabulary)))
    df = np.bincount(found.indices, minlength=found.shape[1])
    rare = (1 - np.log(np.maximum(df, 1)) / np.log(articles + 1)).astype(np.float32)
    found.data = (1 + np.log(found.data)) * rare[found.indices]
    found.sort_indices()
    return _unit(found)


def _grams_of(words: list[str]) -> csr_array:
    """(words, n-grams) how often each word holds each n-gram."""
    place: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for word in words:
        around = f" {word.casefold()} "
        columns += [place.setdefault(around[n : n + GRAM], len(place)) for n in range(len(around) - GRAM + 1)]
        ends.append(len(columns))
    ones = np.ones(len(columns), dtype=np.float32)
    return csr_array((ones, np.array(columns, dtype=np.int32), np.array(ends)), shape=(len(words), len(place)))
