"""Stories: the same events told by different outlets in their own words, which no n-gram of words sees.

Pairs are suggested with their evidence; a person says which are the same (``annotate.corpus.stories.decisions``). Nothing is joined by a
score alone.

The score of two articles is

    near · spread · (1 - exp(-(across · (9 keys + 3 leads + chars) + 1.2 quoted + 0.35 numbers)))

keys, leads, chars: cosines (``annotate.corpus.stories.pairs``). Leads are title and opening alone: a follow-up that recalls what was shares
    its text with a story, not its lead.
across:  3 for an Arabic and an English article, which can share names and numbers alone; else 1
quoted:  0 to 1, by how much of the shorter of two quotations is in the other, in character 3-grams
numbers: the sum of the rarity of shared numbers, each by its significant digits
near:    exp(-0.35 d), d days between the events; times exp(-0.2) for each day beyond two that the articles are apart; 0.6 where one has
    no day
spread:  0 to 1, by how evenly what they share is spread over five parts of either: a round-up has it in one of them

The weights were chosen on sixteen invented articles and five real ones, so they are round. On the other 55 of tests/data/stories.jsonl,
whose total scores were looked at three times meanwhile, the threshold finds 15 of 18 pairs in one language with two wrong ones, and one of
three pairs across two.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from math import exp
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from annotate.corpus.normalise import normalised
from annotate.corpus.stories.features import WORD, Told, Vocabulary, told
from annotate.corpus.stories.keys import PARTS, Bits, Floats, Keys, keys_of, shared_rows, uses_of
from annotate.corpus.stories.pairs import Alike, alike
from annotate.records import Article

THRESHOLD = 0.5  # from which a pair is suggested: a little above the best wrong pair of those that the weights were chosen on, 0.48
KEYS, LEADS, CHARS, QUOTED, NUMBERS = 9.0, 3.0, 1.0, 1.2, 0.35
EVENTS_APART, ARTICLES_APART, TOGETHER = 0.35, 0.2, 2  # a day's loss; days between articles that lose nothing
UNDATED = 0.6
ACROSS = 3.0
SPREAD = 0.65  # of the weight, from which it is spread well enough
LIKE_QUOTED, SAME_QUOTED = 0.4, 0.75  # share of character 3-grams of the shorter quotation where a likeness begins, and where it is whole
QUOTE_GRAM = 3
LEAST_SHOWN = 0.05  # cosine of character n-grams
MOST_QUOTED = 40  # quotations of an article that are compared
SHOWN = 8  # words and names of the evidence


class Suggestion(Struct, frozen=True):
    """Two articles, first < second by id, that may tell the same events; evidence in words."""

    first: str
    second: str
    score: float
    evidence: list[str]


def suggest_stories(
    articles: Iterable[Article], dates: Mapping[str, Collection[datetime.date]] | None = None, *, threshold: float = THRESHOLD
) -> list[Suggestion]:
    """Pairs that may tell the same events, best first, from a score of ``threshold``. Stories that articles have already play no part.

    dates: the days of an article's event by its id, for those that it knows; for others, see ``annotate.corpus.stories.features.Told``

    Results depend on the articles alone, not on their order. Raises ValueError where an id comes twice.
    """
    vocabulary: Vocabulary = {}
    ordered = sorted(articles, key=lambda each: each.id)
    known = [told(each, vocabulary, (dates or {}).get(each.id)) for each in ordered]
    if twice := next((one.id for one, other in pairwise(known) if one.id == other.id), None):
        raise ValueError(f"the id {twice!r} comes twice")
    if len(known) < 2 or not vocabulary:
        return []
    uses = uses_of(known, len(vocabulary))
    keys = keys_of(known, uses, vocabulary)
    words = list(vocabulary)
    scored = _scored(known, keys, alike(known, keys, uses, vocabulary), threshold)
    found = [_suggestion(known, keys, words, pair) for pair in scored]
    return sorted(found, key=lambda each: (-each.score, each.first, each.second))


class _Pair(NamedTuple):
    """The places of two articles, their score, the cosine of their character n-grams, and the quotations that are most alike."""

    first: int
    second: int
    score: float
    chars: float
    quoted: tuple[str, str] | None


def _scored(known: Sequence[Told], keys: Keys, pairs: Alike, threshold: float) -> Iterator[_Pair]:
    """The pairs above the threshold."""
    near = np.array([_nearness(known[i], known[j]) for i, j in np.column_stack((pairs.first, pairs.second)).tolist()])
    latin = np.array([each.latin for each in known])
    across = np.where(latin[pairs.first] != latin[pairs.second], ACROSS, 1.0)
    weight = across * (KEYS * pairs.keys + LEADS * pairs.leads + CHARS * pairs.chars) + NUMBERS * pairs.numbers
    grams = [[(each, _grams(each)) for each in of.quoted[:MOST_QUOTED]] for of in known]
    for place in np.flatnonzero(near * (1 - np.exp(-weight - QUOTED)) >= threshold).tolist():
        i, j = int(pairs.first[place]), int(pairs.second[place])
        likeness, quoted = _most_alike(grams[i], grams[j])
        score = float(near[place]) * (1 - exp(-float(weight[place]) - QUOTED * likeness))
        if score >= threshold and (score := score * _spread(keys, i, j)) >= threshold:
            yield _Pair(i, j, score, float(pairs.chars[place]), quoted)


def _spread(keys: Keys, first: int, second: int) -> float:
    """How far what two articles share is spread over the parts of either, 0 to 1: a round-up has it in one of them."""
    one, other = shared_rows(keys, first, second)
    weight = keys.weight[one] * keys.weight[other] * keys.rarity[keys.key[one]] ** 2
    least = min(_evenness(keys.parts[rows], weight) for rows in (one, other))
    return min(1.0, least / SPREAD)


def _evenness(parts: Bits, weight: Floats) -> float:
    """How much of the weight is spread as if all parts had the same; (keys,) the parts that a key is in, as bits, and its weight."""
    held = (parts[:, None] >> np.arange(PARTS)) & 1
    shares = weight @ (held / np.maximum(held.sum(axis=1, keepdims=True), 1))
    whole = float(shares.sum())
    return float(np.minimum(shares / whole, 1 / PARTS).sum()) if whole else 0.0


def _nearness(one: Told, other: Told) -> float:
    apart = min((abs((day - of_other).days) for day, of_other in product(one.days, other.days)), default=None)
    if apart is None:
        return UNDATED
    near = exp(-EVENTS_APART * apart)
    if one.published is None or other.published is None:
        return near
    return near * exp(-ARTICLES_APART * max(0, abs((one.published - other.published).days) - TOGETHER))


Grams = frozenset[str]


def _grams(quoted: str) -> Grams:
    letters = "".join(WORD.findall(normalised(quoted).text))
    return frozenset(letters[n : n + QUOTE_GRAM] for n in range(len(letters) - QUOTE_GRAM + 1))


def _most_alike(one: list[tuple[str, Grams]], other: list[tuple[str, Grams]]) -> tuple[float, tuple[str, str] | None]:
    """How alike the two quotations are that are most alike, 0 to 1, and these two."""
    best, quoted = 0.0, None
    for (each, grams), (of_other, others) in product(one, other):
        share = len(grams & others) / max(1, min(len(grams), len(others)))
        likeness = min((share - LIKE_QUOTED) / (SAME_QUOTED - LIKE_QUOTED), 1.0)
        if likeness > best:
            best, quoted = likeness, (each, of_other)
    return best, quoted


# The evidence in words


def _suggestion(known: Sequence[Told], keys: Keys, words: Sequence[str], pair: _Pair) -> Suggestion:
    first, second = known[pair.first], known[pair.second]
    one, other = shared_rows(keys, pair.first, pair.second)
    weight = keys.weight[one] * keys.weight[other] * keys.rarity[keys.key[one]] ** 2
    order = np.lexsort((keys.key[one], -weight))
    one, other = one[order], other[order]
    figures = keys.word[one] < 0
    spellings = dict.fromkeys(
        (words[i], words[j]) for i, j in zip(keys.word[one[~figures]].tolist(), keys.word[other[~figures]].tolist(), strict=True)
    )
    kinds = (
        ("quotation", [f"“{each}”" for each in pair.quoted or ()]),
        ("numbers", [keys.names[key].removeprefix("n:") for key in keys.key[one[figures]].tolist()]),
        ("date", [day.isoformat() for day in sorted(first.days & second.days)]),
        ("names and words", [word if word == of_other else f"{word}/{of_other}" for word, of_other in list(spellings)[:SHOWN]]),
        ("character n-grams", [f"{pair.chars:.2f}"] if pair.chars >= LEAST_SHOWN else []),
    )
    return Suggestion(first.id, second.id, round(pair.score, 4), [f"{kind}: {', '.join(found)}" for kind, found in kinds if found])
