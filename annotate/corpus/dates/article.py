"""When an article came out, what that rests on, and whether it can be trusted.

In this order: the date its row gives, unless a byline has the same one more exactly; the byline's or dateline's; the day that the text
calls today by its full date, or the last full date of the text where that stands in the lead. A byline's date is that of the scrape where
the text names another weekday today, but for the day before: what happened on Friday is published past midnight. An article that says none
of it has no date. One whose date has no year keeps month and day, and has precision "unknown".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from annotate.corpus.dates.find import FoundDate, dates_in, day_of
from annotate.corpus.dates.forms import fold
from annotate.corpus.dates.words import PUBLISHED, UPDATED
from annotate.records import Date, Zone

HEADER = ("byline", "dateline")
PRECISE = ("day", "year", "unknown")
TELLING = ("body", "title", "headline", "dateline")
DATE_LINE = 100  # characters; a line that has room for a date, a place and a name
DATELINE = 60  # characters before which a date in the first line of the body belongs to its dateline
DATELINE_END = re.compile(r"[^\n.]{0,30}?(?:\)| [-–—] | ?/ ?|:)")
# A line of its own with place, date and agency, as some agencies begin; it looks like a short caption.
PLACE = re.compile(r"\S+(?: \S+)?(?: في|,|،)? ")
AGENCY_ALONE = re.compile(r" ?\([^()\n]{2,30}\)[ \t]*(?:\n|\Z)")
DAYS_A_WEEK = 7
_PUBLISHED, _UPDATED = ([fold(cue).text for cue in cues] for cues in (PUBLISHED, UPDATED))
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DatedArticle(Struct, frozen=True):
    """An article's date with its basis.

    span:    where in the text it stands; None where the row gave it, or nothing did
    suspect: something in the text speaks against it; ``why`` says what
    weekday: the day the text calls today, 1 Monday … 7 Sunday
    """

    date: Date = Date()
    span: tuple[int, int] | None = None
    suspect: bool = False
    why: str | None = None
    weekday: int | None = None


def article_date(text: str, zones: Sequence[Zone], given: Date | None = None) -> DatedArticle:
    """The date of the article whose lines and spans ``zones`` marks; ``given`` is what its row says."""
    placed = _placed(dates_in(text), zones)
    telling = [found for found, label in placed if label in TELLING]
    todays = _weekdays_today(telling)
    opening = next((zone for zone in zones if zone.label in ("body", "title") and zone.end - zone.start > DATE_LINE), None)
    header = _header(text, opening, placed)
    body = _inferred(opening, [found for found in telling if found is not header])
    if given is not None and given.year is not None:
        dated = _from_row(given, header, todays)
    elif header is not None and (header.date.precision == "day" or body is None):
        dated = _from_header(header, body, todays)
    else:
        dated = DatedArticle(body[1], _span(body[0])) if body else DatedArticle()
    return _against_weekday(dated, todays)


def _placed(found: Sequence[FoundDate], zones: Sequence[Zone]) -> list[tuple[FoundDate, str]]:
    """Each date with the label of the innermost zone around it; body where none is."""
    waiting = sorted(zones, key=lambda zone: (zone.start, -zone.end))
    placed: list[tuple[FoundDate, str]] = []
    around: list[Zone] = []
    next_zone = 0
    for each in found:
        while next_zone < len(waiting) and waiting[next_zone].start <= each.start:
            around.append(waiting[next_zone])
            next_zone += 1
        while around and around[-1].end < each.end:
            around.pop()
        placed.append((each, around[-1].label if around else "body"))
    return placed


def _span(found: FoundDate) -> tuple[int, int]:
    return found.start, found.end


def _weekdays_today(found: Iterable[FoundDate]) -> list[int]:
    """The weekdays that the text calls today: "today, Saturday", or "yesterday, Friday"."""
    return [(each.weekday - each.days - 1) % DAYS_A_WEEK + 1 for each in found if each.weekday and each.days is not None]


# The header


def _header(text: str, opening: Zone | None, placed: Iterable[tuple[FoundDate, str]]) -> FoundDate | None:
    """The date of the byline or dateline. Of several: the most precise; one that a zone marks; one that says it is when the article came
    out, rather than when it was changed; the first."""
    heads = [
        (label not in HEADER, found)
        for found, label in placed
        if found.days is None and (_is_day(found) or _is_numeric(found)) and (label in HEADER or _heads(text, opening, found, label))
    ]
    best = min(heads, key=lambda each: (PRECISE.index(each[1].date.precision), each[0], _cue(text, each[1]), each[1].start), default=None)
    return best[1] if best else None


def _is_day(found: FoundDate) -> bool:
    """A day and month, with its year or without."""
    return found.date.month is not None and found.date.day is not None


def _is_numeric(found: FoundDate) -> bool:
    """One like 03/04/2031 of which only the year is sure."""
    return found.date.precision == "year" and found.end - found.start > len("2031")


def _heads(text: str, opening: Zone | None, found: FoundDate, label: str) -> bool:
    """Whether it is the better part of a line before the article's opening, or in the opening's dateline, though no zone says so."""
    if label not in ("body", "title", "headline", "caption") or (opening is not None and found.start > opening.start + DATELINE):
        return False
    start = text.rfind("\n", max(0, found.start - DATE_LINE), found.start) + 1 or max(0, found.start - DATE_LINE)
    end = text.find("\n", found.end, found.end + DATE_LINE)
    if label == "caption":
        return PLACE.fullmatch(text, start, found.start) is not None and AGENCY_ALONE.match(text, found.end) is not None
    line = (len(text) if end < 0 else end) - start
    if line <= DATE_LINE and 2 * (found.end - found.start) >= line:
        return True
    return found.start - start <= DATELINE and DATELINE_END.match(text, found.end) is not None


def _cue(text: str, found: FoundDate) -> int:
    """0 where the words before it, the last of them first, say that it came out, 2 that it was changed, 1 where they say neither."""
    before = text[max(0, found.start - DATELINE) : found.start].rpartition("\n")[2]
    words = fold(before).text.lower()
    updated, published = (max(words.rfind(cue) + len(cue) * (cue in words) for cue in cues) for cues in (_UPDATED, _PUBLISHED))
    return 2 if updated > published else 0 if published > 0 else 1


# Which of them counts


def _from_row(given: Date, header: FoundDate | None, todays: Sequence[int]) -> DatedArticle:
    """The row's date; the header's where that says the same more exactly, or is a day and month of the row's year."""
    if header is None or not header.fits or not _is_day(header):
        return DatedArticle(given)
    said = header.date
    if given.day is None and given.month in (None, said.month) and said.year in (None, given.year):
        day = replace(said, year=given.year, precision="day", basis="byline")
        return DatedArticle(day, _span(header)) if _exists(day) else DatedArticle(given)
    if _apart(given, said) and not (todays and _fits_today(given, todays) and not _fits_today(said, todays)):
        return DatedArticle(given, None, True, f"its byline says {_written(said)}")
    return DatedArticle(given)


def _from_header(header: FoundDate, body: tuple[FoundDate, Date] | None, todays: Sequence[int]) -> DatedArticle:
    if body is not None and body[0].days is not None and _apart(body[1], header.date):
        return DatedArticle(body[1], _span(body[0]), True, f"its byline says {_written(header.date)}")
    if not header.fits:
        why = f"{_written(header.date)} is no {WEEKDAYS[(header.weekday or 1) - 1]}"
        return DatedArticle(replace(header.date, basis="byline"), _span(header), True, why)
    day = day_of(header.date)
    late = day is not None and (day - datetime.timedelta(1)).isoweekday() in todays
    basis = "byline" if late or _fits_today(header.date, todays) else "scrape"
    return DatedArticle(replace(header.date, basis=basis), _span(header))


def _inferred(opening: Zone | None, found: Sequence[FoundDate]) -> tuple[FoundDate, Date] | None:
    """The text's own date: the one it counts today from, or the latest full date where that stands in the opening."""
    full = [(each, day) for each in found if each.fits and (day := day_of(each.date)) is not None]
    for each, day in full:
        if each.days is not None:
            return each, _date(day - datetime.timedelta(each.days))
    latest = max(full, key=lambda pair: pair[1], default=None)
    if latest is None or opening is None or not opening.start <= latest[0].start < opening.end:
        return None
    return latest[0], _date(latest[1])


def _against_weekday(dated: DatedArticle, todays: Sequence[int]) -> DatedArticle:
    """The same, suspect where the text names another weekday today."""
    dated = replace(dated, weekday=todays[0] if todays else None)
    if dated.suspect or _fits_today(dated.date, todays):
        return dated
    day = day_of(dated.date)
    name = WEEKDAYS[day.weekday()] if day else ""
    return replace(dated, suspect=True, why=f"the text calls today {WEEKDAYS[todays[0] - 1]}; {_written(dated.date)} is a {name}")


def _fits_today(date: Date, todays: Sequence[int]) -> bool:
    day = day_of(date)
    return day is None or not todays or day.isoweekday() in todays


def _date(day: datetime.date) -> Date:
    return Date(day.year, day.month, day.day, "day", "inferred")


def _exists(date: Date) -> bool:
    try:
        return day_of(date) is not None
    except ValueError:
        return False


def _apart(one: Date, other: Date) -> bool:
    """Whether they differ by more than a day, as far as both are known."""
    first, second = day_of(one), day_of(other)
    if first is not None and second is not None:
        return abs((first - second).days) > 1
    return any(a is not None and b is not None and a != b for a, b in ((one.year, other.year), (one.month, other.month)))


def _written(date: Date) -> str:
    return "-".join(f"{part:02}" if part else "??" for part in (date.year, date.month, date.day))
