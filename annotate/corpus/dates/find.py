"""Every date that a text names, in Arabic and English, with the span it came from.

Decided here, since the words leave it open:

- A date without a year has month and day, and precision *unknown*: it has no place in time. Given a reference it goes into the year
  whose weekday fits, if one is named; else where it lies at most three months ahead and nine behind, since news tells more of what was than
  of what will be. *Last* and *next* put it before and behind the reference.
- ``03/04/2025`` is day first where the text holds Arabic letters, where its weekday says so, or where another numeric date of the text can
  only be read that way; month first likewise. Else it is known to the year.
- A bare weekday is the latest one up to the reference. Minutes, hours and days are precise to the day, weeks and months to the month,
  years to the year.
- Years are 1900 to 2099 in four digits; the Islamic calendar is not read.
"""

from __future__ import annotations

import datetime
from typing import Literal

from msgspec import Struct

from annotate.corpus.dates.forms import Folded, Parts, anchors, fold
from annotate.corpus.dates.reading import read_date
from annotate.records import Date

DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12
LONGEST_MONTH = 31
AHEAD = 3 * LONGEST_MONTH


class FoundDate(Struct, frozen=True):
    """A date where it stands.

    date:    what it says, as far as it is known; its basis is "inferred" where a reference filled it in
    kind:    relative where it takes the day of writing to know its year
    weekday: 1 Monday … 7 Sunday, as named beside it, whether it fits or not
    days:    how many days it is from the day of writing, where it says so: 0 for today, -1 for yesterday
    """

    start: int
    end: int
    date: Date
    kind: Literal["absolute", "relative"]
    weekday: int | None = None
    days: int | None = None

    @property
    def fits(self) -> bool:
        """Whether the weekday, if one is named, is that of the date, if that is known to the day."""
        on = day_of(self.date)
        return self.weekday is None or on is None or on.isoweekday() == self.weekday


def dates_in(text: str, *, reference: Date | None = None) -> list[FoundDate]:
    """The dates of the text in order, none overlapping another. ``reference`` is when it was written, which relative ones count from."""
    folded = fold(text)
    found: list[FoundDate] = []
    end = 0
    for start in anchors(folded):
        if start >= end and (parts := read_date(folded.text, start)) is not None:
            end = parts.end
            found.append(_found(folded, start, parts, reference))
    return found


def day_of(date: Date) -> datetime.date | None:
    """The day, where the date is known to the day."""
    if date.year is None or date.month is None or date.day is None:
        return None
    return datetime.date(date.year, date.month, date.day)


def _found(folded: Folded, start: int, parts: Parts, reference: Date | None) -> FoundDate:
    span = folded.span(start, parts.end)
    if parts.year is not None:
        return FoundDate(*span, date_of(parts.year, parts.month, parts.day), "absolute", parts.weekday, parts.days)
    known = _resolved(parts, reference) if reference is not None and reference.year is not None else None
    if known is None:
        known = date_of(None, parts.month, parts.day)
    return FoundDate(*span, known, "relative", parts.weekday, parts.days)


def date_of(year: int | None, month: int | None = None, day: int | None = None, basis: str = "unknown") -> Date:
    """A date with the precision that its numbers have."""
    return Date(year, month, day, "unknown" if year is None else "day" if day else "month" if month else "year", basis)


# Relative to a reference


def _resolved(parts: Parts, reference: Date) -> Date | None:
    """Where a date without a year lies; None where the reference is not precise enough, or there is no such day."""
    try:
        known = _counted(parts, reference)
        if known is not None and known.year is not None:
            datetime.date(known.year, known.month or 1, known.day or 1)
    except (ValueError, OverflowError):
        return None
    return known


def _counted(parts: Parts, reference: Date) -> Date | None:
    today = day_of(reference)
    if parts.days is not None:
        return _of_day(today + datetime.timedelta(parts.days)) if today else None
    if parts.shift is not None:
        return _shifted(*parts.shift, parts, reference)
    if parts.month is not None:
        year = _year_of(parts, reference)
        return date_of(year, parts.month, parts.day, "inferred") if year else None
    return _of_day(today + datetime.timedelta(_to_weekday(parts, today.isoweekday()))) if today else None


def _of_day(day: datetime.date) -> Date:
    return date_of(day.year, day.month, day.day, "inferred")


def _shifted(unit: str, count: int, parts: Parts, reference: Date) -> Date | None:
    """The week, month or year that many from the reference's."""
    year, month, today = reference.year, reference.month, day_of(reference)
    if unit == "year" and year is not None:
        return date_of(year + count, parts.month, parts.day, "inferred")
    if unit == "month" and year is not None and month is not None:
        years, months = divmod(month - 1 + count, MONTHS_A_YEAR)
        return date_of(year + years, months + 1, parts.day, "inferred")
    if unit == "week" and today is not None:
        week = today + datetime.timedelta(count * DAYS_A_WEEK)
        return date_of(week.year, week.month, None, "inferred")
    return None


def _year_of(parts: Parts, reference: Date) -> int | None:
    """The year of a month, or of a day of it, as ``which`` says, else the likely one; None where the reference does not tell."""
    if parts.month is None or reference.year is None:
        return None
    if parts.which == 0 or reference.month is None:
        return None if parts.which else reference.year
    by_day = (parts.day or 0) - (reference.day or 0) if parts.day and reference.day else 0
    ahead = (parts.month - reference.month) * LONGEST_MONTH + by_day
    if parts.which == -1:
        return reference.year - (ahead >= 0)
    if parts.which == 1:
        return reference.year + (ahead <= 0)
    likely = reference.year - (ahead > AHEAD) + (ahead <= AHEAD - MONTHS_A_YEAR * LONGEST_MONTH)
    fitting = (year for year in (likely, likely - 1, likely + 1) if parts.weekday and _weekday(year, parts) == parts.weekday)
    return next(fitting, likely)


def _weekday(year: int, parts: Parts) -> int | None:
    try:
        return datetime.date(year, parts.month or 1, parts.day or 0).isoweekday()
    except ValueError:
        return None


def _to_weekday(parts: Parts, today: int) -> int:
    """Days from one weekday to the one that is named."""
    assert parts.weekday is not None
    back = (today - parts.weekday) % DAYS_A_WEEK
    if parts.which == 1:
        return DAYS_A_WEEK - back
    if parts.which == 0:
        return parts.weekday - today
    return -(back or DAYS_A_WEEK) if parts.which == -1 else -back
