"""What one date says of itself: year, month, day, weekday, or how far from the day of writing, read where it begins in folded text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from annotate.corpus.dates import forms
from annotate.corpus.dates.forms import Parts

ARABIC = re.compile("[\u0620-\u064a]")
MONTHS_A_YEAR = 12
HOURS_A_DAY = 24
MINUTES_A_DAY = 24 * 60

_Forms = tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Parts | None]], ...]


def read_date(text: str, start: int) -> Parts | None:
    """What the date says that begins here; None where none does."""
    if "0" <= text[start] <= "9":
        return _with_weekday_behind(text, _number_first(text, start, None)) or _in_words(text, start, _COUNTED)
    lead = forms.LEAD.match(text, start)
    if lead is None or lead.end() == start:
        if (parts := _ordinal_first(text, start)) and not forms.COUNTED_NOUN.search(text, max(0, start - forms.REACH), start):
            return _with_weekday_behind(text, parts)
        return _with_weekday_behind(text, _month_first(text, start)) or _in_words(text, start, _WORDED)
    return _led(text, lead)


def _led(text: str, lead: re.Match[str]) -> Parts | None:
    """A date that begins with today, a weekday, or both."""
    end = lead.end()
    weekday = forms.WEEKDAY_OF[lead["weekday"].lower()] if lead["weekday"] else None
    days = forms.DAYS_OF[lead["days"].lower()] if lead["days"] else None
    gap = forms.LEAD_GAP.match(text, end)
    after = gap.end() if gap else end
    if after < len(text) and (dated := _number_first(text, after, weekday) or _ordinal_first(text, after) or _month_first(text, after)):
        return dated._replace(weekday=weekday, days=days)
    if days is not None:
        return Parts(end, weekday=weekday, days=days) if weekday or _says_today(text, lead) else None
    if lead["weekday"].lower() not in forms.FULL_WEEKDAYS:
        return None
    which = forms.WHICH_BEHIND.match(text, end)
    return Parts(which.end() if which else end, weekday=weekday, which=forms.WHICH_OF[which["which"].lower()] if which else None)


def _says_today(text: str, lead: re.Match[str]) -> bool:
    """Not where it is *the* day (في اليوم التالي), nor where it ends a name (روسيا اليوم, Velmora Today)."""
    before = max(0, lead.start() - forms.REACH), lead.start()
    if lead["days"] == "Today":
        return not forms.NAME_BEHIND.search(text, *before)
    if lead["days"] == "اليوم":
        return not forms.NOT_TODAY_CUE.search(text, *before) and not forms.NOT_TODAY.match(text, lead.end())
    return True


def _number_first(text: str, start: int, weekday: int | None) -> Parts | None:
    if match := forms.ISO.match(text, start):
        return checked(match.end(), int(match["year"]), int(match["month"]), int(match["day"]))
    if match := forms.NUMERIC.match(text, start):
        return _numeric(text, match, weekday)
    if match := forms.DAY_MONTH.match(text, start):
        return _named(match)
    return None


def _ordinal_first(text: str, start: int) -> Parts | None:
    """A day of the month in Arabic words."""
    if match := forms.ORDINAL_DAY.match(text, start):
        return _named(match)
    match = forms.ORDINAL_OF_PERIOD.match(text, start)
    return _day_of_period(match) if match else None


def _month_first(text: str, start: int) -> Parts | None:
    match = forms.MONTH_DAY.match(text, start)
    if match and (match["month"].isascii() or match["year"]) and (parts := _named(match)):
        return parts
    match = forms.MONTH.match(text, start)
    return _named(match) if match and _is_month(text, match) else None


def _is_month(text: str, match: re.Match[str]) -> bool:
    """Whether it is a month, where no day stands with it and its word could be another."""
    if any(match[name] for name in ("year", "pair", "again", "which", "which_before", "year_which", "year_which_en")):
        return True
    word = match["month"].lower()
    return word not in forms.DOUBTFUL or forms.MONTH_CUE.search(text, max(0, match.start() - forms.REACH), match.start()) is not None


def _named(match: re.Match[str]) -> Parts | None:
    """Year, month and day where the month is a word. A pair that names two months is known to the year."""
    groups = match.groupdict()
    year, day = int(groups["year"]) if groups["year"] else None, _day(groups)
    if groups["month"].isascii() and groups["month"].islower() and year is None:
        return None  # may, march
    month = forms.MONTH_OF[groups["month"].lower()]
    if groups["pair"] and forms.MONTH_OF[groups["pair"].lower()] != month:
        return Parts(match.end(), year) if year and day is None else None
    parts = checked(match.end(), year, month, day)
    if parts is None or year:
        return parts
    if of_year := groups.get("year_which") or groups.get("year_which_en") or groups.get("this_year"):
        return parts._replace(shift=("year", forms.WHICH_OF.get(of_year.lower(), 0)))
    which = groups.get("which") or groups.get("which_before")
    return parts._replace(which=forms.WHICH_OF[which.lower()]) if which else parts


def _day(groups: dict[str, str]) -> int | None:
    if ordinal := groups.get("ordinal"):
        return forms.ORDINAL_OF[ordinal]
    return int(groups["day"]) if groups.get("day") else None


def _numeric(text: str, match: re.Match[str], weekday: int | None) -> Parts | None:
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    day_first, month_first = checked(match.end(), year, second, first), checked(match.end(), year, first, second)
    if day_first is None or month_first is None or first == second:
        return day_first or month_first
    if weekday and (date(year, second, first).isoweekday() == weekday) != (date(year, first, second).isoweekday() == weekday):
        return day_first if date(year, second, first).isoweekday() == weekday else month_first
    order = "day" if match["mark"] == "." else _order(text)
    return {"day": day_first, "month": month_first}.get(order, Parts(match.end(), year))


@lru_cache(maxsize=1)  # asked again for each such date of one text
def _order(text: str) -> str:
    """What the numeric dates of this text begin with: "day", "month", or "" where that cannot be known."""
    for match in forms.NUMERIC.finditer(text):
        if int(match["first"]) > MONTHS_A_YEAR or int(match["second"]) > MONTHS_A_YEAR:
            return "day" if int(match["first"]) > MONTHS_A_YEAR else "month"
    return "day" if ARABIC.search(text) else ""


def _with_weekday_behind(text: str, parts: Parts | None) -> Parts | None:
    if parts is None or parts.day is None or not (behind := forms.WEEKDAY_BEHIND.match(text, parts.end)):
        return parts
    return parts._replace(weekday=forms.WEEKDAY_OF[behind["weekday"].lower()], end=behind.end())


def checked(end: int, year: int | None, month: int, day: int | None) -> Parts | None:
    """These parts, where the calendar has such a day."""
    try:
        date(year or 2000, month, day or 1)
    except ValueError:
        return None
    return Parts(end, year, month, day)


# In words: two days ago, last Tuesday, the 22nd of this month, since 2014


def _in_words(text: str, start: int, known: _Forms) -> Parts | None:
    for pattern, said in known:
        if match := pattern.match(text, start):
            return said(match)
    return None


def _ago(match: re.Match[str]) -> Parts | None:
    unit, alone = forms.UNIT_OF[match["unit"].lower()]
    count = match["count"]
    count = alone if count is None else int(count) if count.isdecimal() else forms.NUMBER_OF[count.lower()]
    if count == 0:  # a plural without a number
        return None
    if unit in ("week", "month", "year"):
        return Parts(match.end(), shift=(unit, -count))
    return Parts(match.end(), days=-(count // {"minute": MINUTES_A_DAY, "hour": HOURS_A_DAY, "day": 1}[unit]))


def _which(match: re.Match[str]) -> int:
    groups = match.groupdict()
    word = groups.get("which") or groups.get("which_en")
    return forms.WHICH_OF[word.lower()] if word else 0


def _period(match: re.Match[str]) -> Parts:
    groups = match.groupdict()
    return Parts(match.end(), shift=(forms.PERIOD_OF[(groups.get("en") or groups["ar"]).lower()], _which(match)))


def _day_of_period(match: re.Match[str]) -> Parts | None:
    return Parts(match.end(), day=_day(match.groupdict()), shift=("month", _which(match)))


def _which_weekday(match: re.Match[str]) -> Parts | None:
    word = match["weekday"].lower()
    return Parts(match.end(), weekday=forms.WEEKDAY_OF[word], which=_which(match)) if word in forms.FULL_WEEKDAYS else None


def _year(match: re.Match[str]) -> Parts | None:
    cue = forms.YEAR_CUE.search(match.string, max(0, match.start() - forms.REACH), match.start())
    return Parts(match.end(), int(match["year"])) if cue else None


_COUNTED: _Forms = ((forms.AGO_ENGLISH, _ago), (forms.DAY_OF_PERIOD, _day_of_period), (forms.YEAR, _year))
_WORDED: _Forms = (
    (forms.AGO, _ago),
    (forms.AGO_ENGLISH, _ago),
    (forms.PERIOD, _period),
    (forms.THIS_PERIOD, _period),
    (forms.WHICH_WEEKDAY, _which_weekday),
)
