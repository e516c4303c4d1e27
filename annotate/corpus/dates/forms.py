"""The forms in which dates are written, as patterns over folded text, and what one of them says at one place.

Every pattern is tried only where a word or number stands that may begin a date, and every repetition in it is bounded, so the time is
linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from annotate.corpus.code_page import CODE_PAGE, article_in_code_page, holds, those, with_question_marks
from annotate.corpus.dates import words

# One for one: letters that are spelled either way, Arabic and Persian digits, blanks, dashes. Vowel marks, tatweel and the invisible go.
_ALIKE = {"ا": "أإٱ", "ي": "ىی", "ه": "ة", "ك": "ک", ",": "،", " ": "\t\u00a0\u2007\u2009\u202f", "-": "‐‑‒–—−"}
_ALIKE |= {str(number): chr(0x660 + number) + chr(0x6F0 + number) for number in range(10)}
_REPLACED = [(each, plain) for plain, several in _ALIKE.items() for each in several]
_MARKS = "\u064b-\u065f\u0670\u0640"
_GONE = re.compile(f"[{_MARKS}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_GONE_IN_BYTES = those(_GONE.match)
_REPLACED_IN_CODE_PAGE = [(each, plain) for each, plain in _REPLACED if each in CODE_PAGE]
_FOLDED_IN_BYTES = "".join(dict(_REPLACED_IN_CODE_PAGE).get(each, each) for each in CODE_PAGE).encode("cp1256")
_TRAILING_MARKS = re.compile(f"[{_MARKS}]*")


class Folded(NamedTuple):
    """Text made comparable. ``shifts[n]`` is where in it the n-th character that went would have stood."""

    original: str
    text: str
    shifts: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of the folded text as offsets into the original, with the marks on its last letter."""
        last = end - 1 + bisect_right(self.shifts, end - 1)
        marks = _TRAILING_MARKS.match(self.original, last + 1)
        return start + bisect_right(self.shifts, start), marks.end() if marks else last + 1

    def part(self, start: int, end: int) -> Folded:
        """The same of ``original[start:end]``."""
        if not self.shifts:
            return Folded(self.original[start:end], self.text[start:end], [])
        first, last = (bisect_left(range(len(self.shifts)), each, key=self._gone_at) for each in (start, end))
        head = start - first
        return Folded(self.original[start:end], self.text[head : end - last], [each - head for each in self.shifts[first:last]])

    def _gone_at(self, number: int) -> int:
        return self.shifts[number] + number


@lru_cache(maxsize=4)  # dates and credits are looked for in one text, one after the other
def fold(text: str) -> Folded:
    """The text as dates and names are looked for in it: one spelling for each, and offsets back."""
    written = article_in_code_page(text)
    if written is not None and not holds(written, _GONE_IN_BYTES):
        return Folded(text, _replaced(text, _REPLACED_IN_CODE_PAGE), [])
    gone = [match.start() - number for number, match in enumerate(_GONE.finditer(text))]
    return Folded(text, _replaced(_GONE.sub("", text), _REPLACED), gone)


def _replaced(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    for letter, plain in pairs:  # all forty take a tenth of the time of one str.translate, which looks every character up
        text = text.replace(letter, plain)
    return text


class Parts(NamedTuple):
    """What one date says of itself.

    weekday: 1 Monday … 7 Sunday, as claimed beside it
    days:    how many days from the day of writing
    shift:   which week, month or year, counted from the present one: ("month", -1) is the last
    which:   -1 the last of its name, 0 the present, 1 the next; None where nothing says
    """

    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    days: int | None = None
    shift: tuple[str, int] | None = None
    which: int | None = None


def _key(word: str) -> str:
    return fold(word).text.lower()


def _one_of(several: Iterable[str]) -> str:
    """Longest first, so that none hides behind its own head; none goes on into more letters."""
    return "(?:" + "|".join(sorted(map(re.escape, {_key(each) for each in several}), key=len, reverse=True)) + r")(?![^\W\d_])"


MONTH_OF = {_key(name): month for month, names in enumerate(words.MONTHS, 1) for name in names}
WEEKDAY_OF = {_key(name): weekday for weekday, names in enumerate(words.WEEKDAYS, 1) for name in names}
DAYS_OF = {_key(name): days for name, days in words.DAYS_FROM_TODAY.items()}
UNIT_OF = {_key(name): unit for name, unit in words.UNITS.items()}
NUMBER_OF = {_key(name): number for name, number in words.NUMBERS.items()}
WHICH_OF = {_key(name): which for name, which in words.WHICH.items()}
PERIOD_OF = {_key(name): period for name, period in words.PERIODS.items()}
ORDINAL_OF = {_key(name): day for name, day in words.ORDINALS.items()}
DOUBTFUL = {_key(name) for name in words.DOUBTFUL_MONTHS}
FULL_WEEKDAYS = {name for name in WEEKDAY_OF if not (name.isascii() and len(name) < 6)}

_MONTH, _WEEKDAY, _WHICH, _UNIT = (_one_of(each) for each in (MONTH_OF, WEEKDAY_OF, WHICH_OF, UNIT_OF))
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})(?![0-9])(?! ?ه(?!\w))"  # one with هـ behind it is of the Islamic calendar
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?(?![0-9:])"
_TO_DAY = r"(?: ?(?:-|و|and) ?[0-3]?[0-9](?![0-9:]))?"  # a range or two days: the first of them counts
_GAP = r" {0,3}[-/,.]? {0,3}"
# The month's other name behind a blank (فبراير شباط), as Reuters writes: only its own, since other words may be months too.
_AGAIN = "|".join(
    rf"(?<={_key(name)}) ?[ ,\\] ?{_one_of(set(names) - {name})}"
    for names in ([each for each in several if not each.isascii()] for several in words.MONTHS)
    for name in names
    if len(names) > 1
)
_NAMED = rf"(?P<month>{_MONTH})\.?(?: ?[/(|-] ?(?P<pair>{_MONTH})\.?(?: ?\))?|(?P<again>{_AGAIN}))?"
_OF_YEAR = rf"(?:{_GAP}(?:من )?(?:(?:ال|ل)?عام |سنه )?{_YEAR})?"
_WHICH_YEAR = (
    rf"(?: (?:من )?(?:(?:العام|السنه) (?P<year_which>{_WHICH})|(?P<this_year>هذا العام)|(?P<year_which_en>last|this|next) year"
    rf"|(?P<which>{_WHICH})))?"
)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


LEAD = _compiled(rf"(?:(?P<days>{_one_of(DAYS_OF)})(?: {{0,3}}[,(]? {{0,3}}(?:يوم )?(?={_WEEKDAY}))?)?(?P<weekday>{_WEEKDAY})?")
LEAD_GAP = _compiled(r" {0,3}[.,)(]? {0,3}(?:(?:ال)?موافق:? )?")
WEEKDAY_BEHIND = _compiled(rf" {{0,3}}[,(-] {{0,3}}(?P<weekday>{_WEEKDAY})")
WHICH_BEHIND = _compiled(rf" (?P<which>{_WHICH})")
ISO = _compiled(rf"{_YEAR}(?P<mark>[-/.])(?P<month>[01]?[0-9])(?P=mark)(?P<day>[0-3]?[0-9])(?![0-9])")
NUMERIC = _compiled(rf"(?P<first>[0-3]?[0-9]) ?(?P<mark>[-/.]) ?(?P<second>[0-3]?[0-9]) ?(?P=mark) ?{_YEAR}")
DAY_MONTH = _compiled(rf"{_DAY}{_TO_DAY}{_GAP}(?:من |of )?(?:شهر )?{_NAMED}{_OF_YEAR}{_WHICH_YEAR}")
_ORDINAL = rf"(?P<ordinal>{_one_of(ORDINAL_OF)}) من (?:شهر )?"
ORDINAL_DAY = _compiled(rf"{_ORDINAL}{_NAMED}{_OF_YEAR}{_WHICH_YEAR}")
ORDINAL_OF_PERIOD = _compiled(rf"{_ORDINAL}(?:هذا )?الشهر(?: (?P<which>{_WHICH}))?(?!\w)")
MONTH_DAY = _compiled(rf"{_NAMED} ?(?:the )?{_DAY}{_TO_DAY}{_OF_YEAR}")
MONTH = _compiled(rf"(?:(?P<which_before>last|this|next) )?{_NAMED}{_OF_YEAR}{_WHICH_YEAR}")
YEAR = _compiled(rf"{_YEAR}(?! {_UNIT})(?![-/.,:]?[0-9])")
DAY_OF_PERIOD = _compiled(rf"{_DAY} (?:من |of )(?:هذا )?(?:(?P<which_en>last|this|next) month|الشهر(?: (?P<which>{_WHICH}))?)(?!\w)")
PERIOD = _compiled(rf"(?:(?P<which_en>last|this|next) (?P<en>week|month|year)|(?P<ar>الاسبوع|الشهر|العام|السنه) (?P<which>{_WHICH}))(?!\w)")
THIS_PERIOD = _compiled(r"هذا (?P<ar>الاسبوع|الشهر|العام)(?!\w)")
WHICH_WEEKDAY = _compiled(rf"(?P<which>last|this|next) (?P<weekday>{_WEEKDAY})")
_COUNT = rf"(?P<count>[0-9]{{1,3}}|{_one_of(NUMBER_OF)}) "
AGO = _compiled(rf"(?:{_one_of(words.AGO)}) (?:نحو |حوالي )?(?:{_COUNT})?(?P<unit>{_UNIT})(?! (?:[0-9]|من(?!\w)|{_WEEKDAY}|{_MONTH}))")
AGO_ENGLISH = _compiled(rf"{_COUNT}(?P<unit>{_UNIT}) ago(?!\w)")
_AGO_WORD = re.compile(r" ago(?!\w)")
_COUNT_BEFORE_AGO = _compiled(rf"(?<!\w){_one_of(NUMBER_OF)} {_UNIT}\Z")
YEAR_CUE = _compiled(rf"(?<!\w)[وفبل]?{_one_of(words.YEAR_CUES)}[ -]\Z")
MONTH_CUE = _compiled(rf"(?<!\w)[وفبل]?{_one_of(words.MONTH_CUES)}[ -]\Z")
# A definite noun behind which it counts something else: the first week of March (الأسبوع الأول من مارس).
COUNTED_NOUN = re.compile(r"(?<!\w)[وفبك]{0,2}(?:ال|لل)(?!موافق)\w+ \Z")
NOT_TODAY = _compiled(rf"\s{_one_of(words.NOT_TODAY_BEFORE)}")
NOT_TODAY_CUE = _compiled(rf"(?<!\w)[وفبل]?{_one_of(words.NOT_TODAY_BEHIND)} \Z")
NAME_BEHIND = re.compile(r"[A-Z]\w* \Z")
REACH = 24  # characters in which a cue before a date has room

_PROCLITICS = ("", *"وفبلك", *map("".join, product("وف", "بلك")))
_FIRST_WORDS = {
    phrase.partition(" ")[0]
    for phrases in (MONTH_OF, WEEKDAY_OF, DAYS_OF, WHICH_OF, PERIOD_OF, ORDINAL_OF, map(_key, words.AGO), ("هذا",))
    for phrase in phrases
}
# A word that may begin a date, as it may stand in a text → the proclitics before it.
_ANCHORS = {before + word: len(before) for word in _FIRST_WORDS if not word.isascii() for before in _PROCLITICS}
_ANCHORS |= {cased: 0 for word in _FIRST_WORDS if word.isascii() for cased in (word, word.title(), word.upper())}
# Texts are looked through as bytes; a letter that the code page lacks parts words too, so what is found is looked at again in the text.
_OPENING_BEHIND = {word.encode("cp1256"): behind for word, behind in _ANCHORS.items()}
_WORDS_ALONE = bytes(code if each.isalnum() else ord(" ") for code, each in enumerate(CODE_PAGE))
_HEAD = 8  # bytes of a word that are looked at first, as a number
_OF_LENGTH = np.array([256**length - 1 for length in range(_HEAD + 1)], dtype=np.uint64)
_MIXING, _MIXED_BITS = np.uint64(0x9E3779B97F4A7C15), np.uint64(64 - 16)


def _mixed(heads: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Sixteen bits of each word's head."""
    return (heads * _MIXING) >> _MIXED_BITS


_MAY_OPEN = np.zeros(1 << 16, dtype=np.bool_)
_MAY_OPEN[_mixed(np.array([int.from_bytes(word[:_HEAD], "little") for word in _OPENING_BEHIND], dtype=np.uint64))] = True


def anchors(folded: Folded) -> list[int]:
    """Where in the folded text a word or number stands that may begin a date, proclitics left out."""
    text, starts = folded.text, list[int]()
    apart = b" %b%b" % (_in_bytes(folded).translate(_WORDS_ALONE), b" " * _HEAD)
    for start, end in _likely(apart):
        if text[start - 1 : start].isalnum():
            continue
        if "0" <= text[start] <= "9":
            starts.append(start)
        elif (behind := _OPENING_BEHIND.get(apart[start + 1 : end + 1])) is not None and not text[end : end + 1].isalnum():
            starts.append(start + behind)
    if " ago" in text:  # a and one stand everywhere, ago does not
        counted = (_COUNT_BEFORE_AGO.search(text, max(0, match.start() - REACH), match.start()) for match in _AGO_WORD.finditer(text))
        starts += [match.start() for match in counted if match]
    return sorted(set(starts))


def _in_bytes(folded: Folded) -> bytes:
    written = None if folded.shifts else article_in_code_page(folded.original)
    return with_question_marks(folded.text) if written is None else written.translate(_FOLDED_IN_BYTES)


def _likely(apart: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of the words that begin with a digit or have the head of one that opens dates, and of a few others.

    apart: a space, the words with spaces between them, and so many spaces that every word has a head
    """
    codes = np.frombuffer(apart, dtype=np.uint8)
    inside = codes != ord(" ")
    bounds = np.flatnonzero(inside[1:] ^ inside[:-1])
    starts, ends = bounds[::2], bounds[1::2]
    heads = (
        np.ndarray(len(apart) - _HEAD + 1, dtype="<u8", buffer=apart, strides=(1,))[starts + 1]
        & _OF_LENGTH[np.minimum(ends - starts, _HEAD)]
    )
    likely = _MAY_OPEN[_mixed(heads)] | (codes[starts + 1] - np.uint8(ord("0")) < 10)
    return zip(starts[likely].tolist(), ends[likely].tolist(), strict=True)
