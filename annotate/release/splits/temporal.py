"""Splits by time: train is older than dev, dev older than test, and no group lies across a cut."""

from __future__ import annotations

import datetime
from calendar import monthrange
from collections.abc import Mapping, Sequence

from annotate.errors import BadInput
from annotate.records import Date, SplitCuts
from annotate.release.splits.groups import Drawable, Group

UNSURE = ("scrape", "unknown")  # what a date may not rest on
Days = tuple[datetime.date, datetime.date]


def days_of(date: Date) -> Days | None:
    """The first and last day that a date may be; None where it is unknown, or is the day of a scrape."""
    if date.basis in UNSURE or date.year is None:
        return None
    first_month, last_month = (1, 12) if date.month is None else (date.month, date.month)
    try:
        first = datetime.date(date.year, first_month, date.day or 1)
        last = datetime.date(date.year, last_month, date.day or monthrange(date.year, last_month)[1])
    except ValueError:
        return None
    return first, last


def undated(article: Drawable) -> str | None:
    """Why an article cannot be split by time; None where it can."""
    if days_of(article.date) is not None:
        return None
    basis = "is the day when it was scraped" if article.date.basis == "scrape" else "is not known"
    return f"its date {basis}; give the right one in a `date` column (`annotate ingest --replace`)"


def cuts_for(groups: Sequence[Group], shares: Mapping[str, float]) -> SplitCuts:
    """The days that part the groups by these shares as nearly as days can; test is never empty, and neither is train.

    Raises BadInput where all are of one day.
    """
    spans = sorted((_span(group), len(group.members)) for group in groups)
    days = sorted({span[0] for span, _ in spans})
    if len(days) < 2:
        raise BadInput("the articles' dates are all of one day or period, so time cannot part them; use --strategy stratified")
    whole, total = sum(shares.values()), sum(size for _, size in spans)
    behind = _behind(spans, days)
    test = min(days[1:], key=lambda day: (abs(behind[day] / total - shares["test"] / whole), day)) if shares["test"] else None
    if not shares["dev"]:
        return SplitCuts(None, _iso(test))
    earlier = [day for day in days[1:] if test is None or day < test]
    both = (shares["test"] + shares["dev"]) / whole
    dev = min(earlier, key=lambda day: (abs(behind[day] / total - both), day)) if earlier else None
    return SplitCuts(_iso(dev), _iso(test))


def split_at(days: Days, cuts: SplitCuts) -> str | None:
    """The split of a stretch of days; None where it lies across a cut."""
    homes = {_home(day.isoformat(), cuts) for day in days}
    return homes.pop() if len(homes) == 1 else None


def group_split(group: Group, cuts: SplitCuts) -> str | None:
    """As ``split_at`` for all articles of a group."""
    return split_at(_span(group), cuts)


def _home(day: str, cuts: SplitCuts) -> str:
    if cuts.test is not None and day >= cuts.test:
        return "test"
    return "dev" if cuts.dev is not None and day >= cuts.dev else "train"


def _span(group: Group) -> Days:
    found = [days for days in (days_of(each.date) for each in group.members) if days is not None]
    return min(first for first, _ in found), max(last for _, last in found)


def _behind(spans: Sequence[tuple[Days, int]], days: Sequence[datetime.date]) -> dict[datetime.date, int]:
    """Day → how many articles are in groups that begin on it or later."""
    behind = dict.fromkeys(days, 0)
    for (first, _), size in spans:
        behind[first] += size
    count = 0
    for day in reversed(days):
        count += behind[day]
        behind[day] = count
    return behind


def _iso(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()
