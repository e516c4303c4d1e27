"""What an article tells, in a form in which others that tell the same can be found: words, numbers, quotations, days.

Read are title, body, captions and datelines; menus, bylines and inserted headlines of other stories are left out, and so are the words of
dates, which count as days. Words are normalised; those in Latin letters keep a capital where they are names.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from annotate.corpus.common_words import COMMON
from annotate.corpus.dates.find import dates_in, day_of
from annotate.corpus.normalise import normalised
from annotate.corpus.numbers import is_number, numbers_in
from annotate.corpus.stories.skeleton import skeleton
from annotate.records import Article

Words = np.ndarray[Any, np.dtype[np.int32]]
Vocabulary = dict[str, int]

TELLING = ("title", "body", "caption", "dateline")
WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
HEAD = re.compile(r"^(?:[وف]?(?:[بك]?ال|لل)|و)(?=..)")
CAPITAL = re.compile(r"\b[A-Z][a-z]\w+")
SMALL = re.compile(r"\b[a-z]\w+")
QUOTED = re.compile(r"«([^«»\n]{8,600})»|“([^“”\n]{8,600})”|\"([^\"\n]{8,600})\"")
QUOTED_WORDS = 4  # fewer are a name or a scare quote
LEAD = 60  # words of the body that tell what the article is about, after the title
WEEK = 7
EARLIEST = datetime.date(1, 1, 2)
STEM = 7  # letters of a word in Latin letters
WORD_WEIGHT = 0.7
SKELETON_WEIGHTS = {0: 0.0, 1: 0.0, 2: 0.0, 3: 0.4, 4: 0.8}  # by consonants, since short ones meet by chance; 1 for more
SIGNIFICANT_WEIGHTS = {1: 0.3, 2: 0.7, 3: 1.2}  # by significant digits; 1.5 for more
LEAST_NUMBER = 10


class Told(NamedTuple):
    """What one article tells.

    published: its date, where it is known to the day and is not that of a scrape
    days:      of the event: the first day that its lead names, if that is within a week; else the day when it was published and the
               one before
    latin:     whether most of its words are in Latin letters
    title:     how many words the title has
    words:     (words,) the title's, then the body's, by their numbers in a vocabulary
    numbers:   (number, place of its first word) in order
    quoted:    quotations without their marks
    """

    id: str
    published: datetime.date | None
    days: frozenset[datetime.date]
    latin: bool
    title: int
    words: Words
    numbers: list[tuple[float, int]]
    quoted: list[str]


def told(article: Article, vocabulary: Vocabulary, days: Collection[datetime.date] | None = None) -> Told:
    """What the article tells; ``days`` are those of its event, where the caller knows better. New words go into the vocabulary."""
    published = day_of(article.date) if article.date.basis != "scrape" else None
    text, named = _without_dates(article)
    title, lines = _parts(article, text)
    body = "\n".join(lines)
    head, rest = WORD.findall(normalised(title).text), WORD.findall(normalised(body).text)
    words, latin = head + rest, 2 * sum(map(str.isascii, rest)) > len(rest)
    if days is None:
        lead_end = _lead_end(article, rest)
        days = _event_days(published, (day for place, day in named if place < lead_end))
    numbers = [found for found in _numbers(words) if found[0] >= LEAST_NUMBER or found[0] % 1]
    quoted = [each for each in _quoted(f"{title}\n{body}") if len(WORD.findall(each)) >= QUOTED_WORDS]
    if names := _names(body):
        words = [word.capitalize() if word in names else word for word in words]
    places = np.array([vocabulary.setdefault(word, len(vocabulary)) for word in words], dtype=np.int32)
    return Told(article.id, published, frozenset(days), latin, len(head), places, numbers, quoted)


def _event_days(published: datetime.date | None, named: Iterable[datetime.date]) -> Collection[datetime.date]:
    near = (day for day in named if published is None or abs((day - published).days) <= WEEK)
    if (first := next(near, None)) is not None:
        return (first,)
    return () if published is None else (published, max(published, EARLIEST) - datetime.timedelta(1))


def _without_dates(article: Article) -> tuple[str, list[tuple[int, datetime.date]]]:
    """The text with blanks for its dates, and (place, day) of those in what tells."""
    reference = article.date if article.date.year is not None and article.date.basis != "scrape" else None
    telling = [(zone.start, zone.end) for zone in article.zones if zone.label in TELLING]
    pieces, days, end = [], [], 0
    for found in dates_in(article.text, reference=reference):
        pieces += [article.text[end : found.start], " " * (found.end - found.start)]
        end = found.end
        day = day_of(found.date)
        if day is not None and (not article.zones or any(start <= found.start < stop for start, stop in telling)):
            days.append((found.start, day))
    return "".join([*pieces, article.text[end:]]), days


def _parts(article: Article, text: str) -> tuple[str, list[str]]:
    """The title, and the lines that tell; the whole text where nothing says what is what."""
    if not article.zones:
        return article.title or "", [text]
    title = "\n".join(text[zone.start : zone.end] for zone in article.zones if zone.label == "title")
    body = [text[zone.start : zone.end] for zone in article.zones if zone.label in TELLING and zone.label != "title"]
    return title or article.title or "", body


def _lead_end(article: Article, words: list[str]) -> int:
    """About where the lead ends in the text."""
    body = [zone for zone in article.zones if zone.label in TELLING and zone.label != "title"]
    length = sum(len(word) + 1 for word in words[:LEAD])
    for zone in body:
        if length <= zone.end - zone.start:
            return zone.start + length
        length -= zone.end - zone.start
    return len(article.text)


def _names(text: str) -> set[str]:
    """Words in Latin letters that always stand with a capital."""
    return {word.casefold() for word in CAPITAL.findall(text)} - set(SMALL.findall(text))


def _numbers(words: list[str]) -> Iterator[tuple[float, int]]:
    """Each number with the place where the run of number words begins that it is in."""
    places = [place for place, word in enumerate(words) if is_number(word)]
    for _, run in groupby(enumerate(places), lambda each: each[1] - each[0]):
        together = [place for _, place in run]
        yield from ((number, together[0]) for number in numbers_in([words[place] for place in together]))


@lru_cache(maxsize=1 << 18)
def word_keys(word: str) -> tuple[tuple[str, float], ...]:
    """What a word can be found by, with weights: ``w:`` its stem and ``s:`` its consonants, by which other spellings of a name meet.

    Arabic words lose و and ال at their head. Of words in Latin letters only names are found by their consonants. Common words and figures
    are found by nothing.
    """
    plain = word.casefold()
    if plain[0].isdigit() or plain in common():
        return ()
    stem = plain[:STEM] if plain.isascii() else HEAD.sub("", plain, count=1)
    if stem in common() or len(stem) < 2:
        return ()
    consonants = skeleton(plain if word != plain else stem) if word != plain or not plain.isascii() else ""
    weight = SKELETON_WEIGHTS.get(len(consonants), 1.0)
    return ((f"w:{stem}", WORD_WEIGHT), (f"s:{consonants}", weight)) if weight else ((f"w:{stem}", WORD_WEIGHT),)


def number_key(number: float) -> tuple[str, float]:
    """What a number is found by, ``n:`` and the number, with its weight."""
    return f"n:{number:.12g}", SIGNIFICANT_WEIGHTS.get(_significant(number), 1.5)


def _significant(value: float) -> int:
    """Significant digits: one of 4000, two of 37, three of 4.25."""
    return len(f"{value:.12e}".split("e")[0].replace(".", "").strip("0"))


def _quoted(text: str) -> Iterable[str]:
    return (" ".join(next(filter(None, found.groups())).split()) for found in QUOTED.finditer(text))


@cache
def common() -> frozenset[str]:
    return frozenset(normalised(COMMON).text.split())
