"""The date that a row gives, in whatever form: ISO 8601, the forms that texts have, and for the rest those that dateparser knows.

Nothing is guessed: 04/03/2031, a date with two digits for its year and one that takes the day of reading (two days ago) are none.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

from msgspec.structs import replace

from annotate.corpus.dates.find import FoundDate, date_of, dates_in
from annotate.records import Date
from annotate.schema.record_schema import BASES, PRECISIONS

ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]\d.*|Z)?|(\d{4})(\d\d)(\d\d)")
FIRST_YEAR = 1583  # of the Gregorian calendar; what is less is a year of the Islamic one
FULL_YEAR = re.compile(r"(?<!\d)(?:1[6-9]|20)\d\d(?!\d)")
CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?|[+-]\d\d:?\d\d\b")
NUMBER = re.compile(r"\d+")
LONGEST = 80  # characters; more is no date, and dateparser would look long at it
# Day, month and year must all stand there, in words or numbers.
SETTINGS = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}


def given_date(given: Date | str | None) -> Date:
    """The date, of basis metadata where nothing else is said; an unknown one where nothing is given. Raises ValueError on what is no date.

    Of an object the precision may be left out, since its numbers say it.
    """
    if not isinstance(given, Date):
        return _written(given or "")
    if given.precision not in PRECISIONS or given.basis not in BASES:
        raise ValueError(given)
    if given.year is None:
        return given
    datetime.date(given.year, given.month or 1, given.day or 1)
    said = date_of(given.year, given.month, given.day, "metadata")
    return replace(given, **{name: getattr(said, name) for name in ("precision", "basis") if getattr(given, name) == "unknown"})


@lru_cache(4096)  # a file names the same days again and again
def _written(written: str) -> Date:
    text = written.strip()
    if not text:
        return Date()
    if (iso := ISO.fullmatch(text)) is not None:
        return _metadata(*(int(part) if part else None for part in (iso.groups()[:3] if iso[1] else iso.groups()[3:])))
    if found := [each for each in dates_in(text[:LONGEST]) if each.date.year]:
        return _own(text, found)
    return _foreign(text)


def _metadata(year: int | None, month: int | None = None, day: int | None = None) -> Date:
    """Raises ValueError where the calendar has no such day."""
    if year is None or year < FIRST_YEAR:
        raise ValueError(year)
    datetime.date(year, month or 1, day or 1)
    return date_of(year, month, day, "metadata")


def _own(text: str, found: list[FoundDate]) -> Date:
    """The one date of a text that may tell the hour too. Raises ValueError where a part of it was not understood, or contradicts it."""
    date = found[0].date
    clockless = CLOCK.sub(" ", text)
    numbers = len(NUMBER.findall(clockless))
    understood = numbers <= {"day": 3, "month": 1, "year": 1}[date.precision] and len(text) <= LONGEST
    if len(found) > 1 or not understood or not found[0].fits:
        raise ValueError(text)
    return _metadata(date.year, date.month, date.day)


def _foreign(text: str) -> Date:
    """In words of another language. Raises ValueError, also where dateparser (of the extra `corpus`) is not installed."""
    if len(text) > LONGEST or not any(map(str.isalpha, text)) or FULL_YEAR.search(text) is None:
        raise ValueError(text)
    try:
        import dateparser  # type: ignore[import-untyped]
    except ImportError:
        raise ValueError(text) from None
    day = dateparser.parse(text, settings=SETTINGS)
    if day is None:
        raise ValueError(text)
    return _metadata(day.year, day.month, day.day)
