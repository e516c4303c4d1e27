"""An article's date: what it rests on, where it stands, what speaks against it; every text is invented but the five real articles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.dates.article import DatedArticle, article_date
from annotate.corpus.dates.find import date_of
from annotate.corpus.zones.mark import zones
from annotate.records import Date, Zone
from tests.conftest import ROOT, not_run

ARTICLES = ROOT.parent / "shared" / "articles"

Line = tuple[str, str]

TITLE = ("title", "فيلمورا وقادريا توقعان اتفاقا")
LEAD = (
    "body",
    "أعلنت حكومة فيلمورا في العاصمة تسرين توقيع اتفاق للنقل البحري مع قادريا بعد أشهر من المفاوضات بين وفدي البلدين على الحدود.",
)
TODAY_SATURDAY = (
    "body",
    "وصل الوزير القادري إلى تسرين، اليوم السبت، على رأس وفد من رجال الأعمال، وقال إن المرفأ سيفتح قريبا أمام السفن كلها.",
)
THURSDAY = ("byline", "الخميس 19 Sep / September 2024")


def article(*lines: Line) -> tuple[str, list[Zone]]:
    """The lines as a text, and a zone for each."""
    text, marked = "", []
    for label, line in lines:
        marked.append(Zone(len(text), len(text) + len(line), label))
        text += f"{line}\n"
    return text, marked


def dated(*lines: Line, row: Date | None = None) -> tuple[DatedArticle, str | None]:
    """The article's date, and the words it stands in."""
    text, marked = article(*lines)
    found = article_date(text, marked, row)
    return found, None if found.span is None else text[slice(*found.span)]


def byline(year: int | None, month: int | None = None, day: int | None = None) -> Date:
    return date_of(year, month, day, "byline")


# The byline


@pytest.mark.parametrize("label", ["byline", "dateline"])
def test_a_bylines_date_counts(label: str) -> None:
    found, words = dated(TITLE, (label, "تسرين – نُشر يوم الثلاثاء 4 آذار/مارس 2031 14:05"), LEAD)
    assert (found, words) == (DatedArticle(byline(2031, 3, 4), found.span), "الثلاثاء 4 آذار/مارس 2031")


@pytest.mark.parametrize(
    "line",
    ["٢١ حزيران ٢٠٣١ - ١٤:٠٥", "June 21, 2031 | World", "Saturday 21 June 2031", "تسرين في 21 حزيران 2031 (ن ق)", "تسرين - 21/06/2031"],
)
def test_a_line_before_the_body_that_is_mostly_a_date_is_a_header_though_no_zone_says_so(line: str) -> None:
    found, _ = dated(TITLE, ("body", line), LEAD)
    assert (found.date, found.suspect) == (byline(2031, 6, 21), False)


@pytest.mark.parametrize(
    ("dateline", "expected"),
    [
        ("TASRIN, Velmora, June 21, 2031 (Qadria Wire) - ", (2031, 6, 21)),
        ("TASRIN, June 21 (Qadria Wire) - ", (None, 6, 21)),
        ("تسرين 21 حزيران 2031 (ن ق) - ", (2031, 6, 21)),
    ],
)
def test_so_is_a_dateline_at_the_head_of_the_body(dateline: str, expected: tuple[int | None, int, int]) -> None:
    found, _ = dated(("body", f"{dateline}{LEAD[1]}"))
    assert (found.date, found.suspect) == (byline(*expected), False)


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("تسرين في 21 حزيران 2031 (ن ق)", byline(2031, 6, 21)),
        ("جنود من قادريا عند جسر تسرين في 21 حزيران 2031 (ن ق)", Date()),
        ("تسرين في 21 حزيران 2031", Date()),
    ],
)
def test_place_date_and_agency_head_an_article_though_they_look_like_a_caption(caption: str, expected: Date) -> None:
    assert dated(TITLE, ("caption", caption), LEAD)[0].date == expected
    assert dated(TITLE, ("caption", caption), ("byline", "22 June 2031"), LEAD)[0].date == byline(2031, 6, 22)
    assert dated(TITLE, LEAD, ("caption", caption))[0] == DatedArticle()


def test_a_span_that_is_a_dateline_inside_the_body_counts() -> None:
    text = "TASRIN, the 21st of June 2031, to the sound of bells. " + LEAD[1]
    assert article_date(text, [Zone(0, len(text), "body"), Zone(0, 29, "dateline")]).date == byline(2031, 6, 21)


@pytest.mark.parametrize(
    "lines",
    [
        [("byline", "آخر تحديث: 22 يونيو 2031"), ("byline", "نُشر في 21 يونيو 2031")],
        [("byline", "Updated 23 June 2031"), ("byline", "21 June 2031")],
        [("byline", "Published 21 June 2031, updated 22 June 2031")],
        [("byline", "Updated 22 June 2031 | Published 21 June 2031")],
        [("byline", "آخر تحديث 22 يونيو 2031 - تاريخ النشر 21 يونيو حزيران 2031")],
        [("byline", "21 June"), ("byline", "21 June 2031")],
        [("byline", "21 June 2031"), ("byline", "22 June 2031")],
    ],
)
def test_of_several_it_is_the_one_it_came_out_on(lines: list[Line]) -> None:
    found, words = dated(TITLE, *lines, LEAD)
    assert found.date == byline(2031, 6, 21)
    assert words is not None
    assert words.startswith("21")


@pytest.mark.parametrize(
    ("lines", "row", "expected"),
    [
        ([("byline", "03/04/2031")], None, byline(2031)),  # March or April
        ([("byline", "03/04/2031"), ("byline", "4 March 2031")], None, byline(2031, 3, 4)),
        ([("byline", "03/04/2031")], date_of(2031, 3, 4, "metadata"), date_of(2031, 3, 4, "metadata")),
        ([("byline", "03/04/2031")], date_of(2031, basis="metadata"), date_of(2031, basis="metadata")),
        ([("byline", "Correspondent since 2019")], None, Date()),
    ],
)
def test_a_numeric_byline_of_unknown_order_gives_the_year(lines: list[Line], row: Date | None, expected: Date) -> None:
    assert dated(("title", "Talks begin"), *lines, ("body", "Velmora and Qadria went on talking."), row=row)[0].date == expected


@pytest.mark.parametrize("label", ["boilerplate", "caption"])
def test_what_is_no_part_of_the_article_does_not_date_it(label: str) -> None:
    found, _ = dated(TITLE, (label, "21 June 2031"), LEAD, (label, "منذ ساعتين"), (label, "اليوم السبت"))
    assert found == DatedArticle()


# Weekdays


@pytest.mark.parametrize(
    ("today", "basis", "suspect"),
    [
        ("اليوم الخميس", "byline", False),
        ("أمس الأربعاء", "byline", False),
        ("غدا الجمعة", "byline", False),
        ("السبت", "byline", False),  # the last Saturday, say
        ("اليوم السبت", "scrape", True),
        ("today, Saturday", "scrape", True),
        ("yesterday, Friday", "scrape", True),
        ("اليوم الأربعاء", "byline", True),  # what happened on Wednesday is published past midnight
        ("اليوم السبت أو اليوم الخميس", "byline", False),
    ],
)
def test_a_header_is_held_against_the_day_the_text_calls_today(today: str, basis: str, suspect: bool) -> None:
    found, words = dated(THURSDAY, TITLE, LEAD, ("body", f"قال الوزير {today} إن المرفأ سيفتح."))
    assert found.date == date_of(2024, 9, 19, basis)
    assert (found.suspect, found.why is not None, words) == (suspect, suspect, THURSDAY[1])


def test_a_header_against_the_text_says_why() -> None:
    found, _ = dated(THURSDAY, TITLE, LEAD, TODAY_SATURDAY)
    assert (found.why, found.weekday) == ("the text calls today Saturday; 2024-09-19 is a Thursday", 6)


def test_a_weekday_that_is_not_that_of_its_date_makes_it_suspect() -> None:
    found, _ = dated(("byline", "السبت 19 سبتمبر 2024"), TITLE, LEAD)
    assert (found.date, found.suspect, found.why) == (byline(2024, 9, 19), True, "2024-09-19 is no Saturday")


def test_without_any_date_the_weekday_is_kept() -> None:
    found, words = dated(TITLE, TODAY_SATURDAY)
    assert (found, words) == (DatedArticle(weekday=6), None)


# The text's own


@pytest.mark.parametrize(
    ("said", "day"),
    [("اليوم السبت 12 نوفمبر 2022", 12), ("أمس الجمعة 11 نوفمبر 2022", 12), ("today, 12 November 2022", 12), ("غدا الأحد 13/11/2022", 12)],
)
def test_a_full_date_that_is_counted_from_today_dates_the_article(said: str, day: int) -> None:
    found, words = dated(TITLE, LEAD, ("body", f"قال الوزير {said} إن الحرب التي بدأت في 5 مارس 2020 انتهت."))
    assert (found.date, found.suspect, words) == (date_of(2022, 11, day, "inferred"), False, said)


def test_it_weighs_more_than_a_header_that_says_otherwise() -> None:
    found, words = dated(THURSDAY, TITLE, LEAD, ("body", "قال الوزير اليوم السبت 12 نوفمبر 2022 إن المرفأ سيفتح."))
    assert (found.date, found.suspect, words) == (date_of(2022, 11, 12, "inferred"), True, "اليوم السبت 12 نوفمبر 2022")
    assert found.why == "its byline says 2024-09-19"


@pytest.mark.parametrize(
    ("lead", "later", "expected"),
    [
        ("في 12 نوفمبر 2022", "منذ 3 مارس 2020", date_of(2022, 11, 12, "inferred")),
        ("في 12 نوفمبر 2022", "حتى 3 مارس 2024", Date()),
        ("في نوفمبر 2022", "منذ عام 2020", Date()),
        ("الأحد 12 نوفمبر 2022", "منذ عام 2020", Date()),  # it was a Saturday
        ("منذ عام 2020", "في 12 نوفمبر 2022", Date()),
    ],
)
def test_else_the_leads_date_if_none_is_later(lead: str, later: str, expected: Date) -> None:
    found, _ = dated(TITLE, ("body", f"{LEAD[1]} وجاء ذلك {lead}"), ("body", f"وكانت المفاوضات مستمرة {later}"))
    assert found.date == expected


# The row's


def metadata(year: int, month: int | None = None, day: int | None = None) -> Date:
    return date_of(year, month, day, "metadata")


@pytest.mark.parametrize(
    ("row", "lines", "expected", "suspect"),
    [
        (metadata(2031, 6, 21), [LEAD], metadata(2031, 6, 21), False),
        (metadata(2031, 6, 21), [("byline", "21 June 2031"), LEAD], metadata(2031, 6, 21), False),
        (metadata(2031, 6, 22), [("byline", "21 June 2031"), LEAD], metadata(2031, 6, 22), False),
        (metadata(2031, 6, 25), [("byline", "21 June 2031"), LEAD], metadata(2031, 6, 25), True),
        (metadata(2031, 6), [("byline", "21 June 2031"), LEAD], byline(2031, 6, 21), False),
        (metadata(2031), [("byline", "21 June"), LEAD], byline(2031, 6, 21), False),
        (metadata(2031), [("byline", "29 February"), LEAD], metadata(2031), False),
        (metadata(2031, 7), [("byline", "21 June 2031"), LEAD], metadata(2031, 7), True),
        (metadata(2031, 6, 21), [TODAY_SATURDAY], metadata(2031, 6, 21), False),
        (metadata(2031, 6, 20), [TODAY_SATURDAY], metadata(2031, 6, 20), True),
        (metadata(2022, 11, 12), [THURSDAY, TODAY_SATURDAY], metadata(2022, 11, 12), False),  # it is the header that is wrong
        (metadata(2024, 9, 19), [THURSDAY, TODAY_SATURDAY], metadata(2024, 9, 19), True),
        (Date(), [("byline", "21 June 2031"), LEAD], byline(2031, 6, 21), False),
    ],
)
def test_the_rows_date_stays_and_is_held_against_the_text(row: Date, lines: Sequence[Line], expected: Date, suspect: bool) -> None:
    found, _ = dated(TITLE, *lines, row=row)
    assert (found.date, found.suspect, found.why is not None) == (expected, suspect, suspect)


# The five real articles: what their text gives, found by reading them. Four name no day of their own; 003 names the day it was scraped.

NO_DATE = Date()
REAL = {
    "000_5dc7ba50f3641af5": (NO_DATE, None, False, None),
    "001_1db846cdeb2b71b3": (NO_DATE, None, False, None),
    "002_62e10460548d29ad": (NO_DATE, None, False, 2),
    "003_543f2c3d62828e27": (date_of(2024, 9, 19, "scrape"), (0, 30), True, 6),
    "004_8d15ed088120de80": (NO_DATE, None, False, 5),
}
# When they came out, as their events tell: known to who reads them, not from the text.
TRUE_DAYS = {
    "000_5dc7ba50f3641af5": (2024, 9, 17),
    "001_1db846cdeb2b71b3": (2025, 1, 17),
    "002_62e10460548d29ad": (2023, 9, 19),
    "003_543f2c3d62828e27": (2022, 11, 12),
    "004_8d15ed088120de80": (2025, 1, 17),
}


def real(name: str) -> str:
    path: Path = ARTICLES / f"{name}.txt"
    if not path.is_file():
        not_run(f"the real articles are not at {ARTICLES.parent.name}/{ARTICLES.name} beside this checkout")
    return path.read_text("utf-8")


@pytest.mark.parametrize("name", REAL)
def test_a_real_article_has_the_date_its_text_gives(name: str) -> None:
    text = real(name)
    found = article_date(text, zones(text, None))
    assert (found.date, found.span, found.suspect, found.weekday) == REAL[name]


@pytest.mark.parametrize(("name", "day"), TRUE_DAYS.items())
def test_its_true_date_in_the_row_fits_and_another_weekday_does_not(name: str, day: tuple[int, int, int]) -> None:
    text = real(name)
    marked = zones(text, None)
    assert article_date(text, marked, metadata(*day)).suspect is False
    wrong = article_date(text, marked, metadata(day[0], day[1], day[2] + 2))
    assert wrong.suspect == (REAL[name][3] is not None)


# Whatever the text

LABELS = st.sampled_from(["title", "byline", "dateline", "body", "caption", "boilerplate", "headline"])
WORDS = st.sampled_from(["21 June 2031", "اليوم السبت", "أمس", "3 مارس", "Friday", "(", ")", "- ", "2031", "نشر ", "x" * 120, LEAD[1], " "])


@given(
    st.lists(st.tuples(LABELS, st.lists(WORDS, min_size=1, max_size=5).map("".join)), max_size=8), st.sampled_from([None, metadata(2031)])
)
@settings(max_examples=300, deadline=None)
def test_a_date_is_suspect_with_a_reason_and_its_span_is_in_the_text(lines: list[Line], row: Date | None) -> None:
    text, marked = article(*lines)
    found = article_date(text, marked, row)
    assert found.suspect == (found.why is not None)
    assert found.span is None or 0 <= found.span[0] < found.span[1] <= len(text)
    assert (found.date.basis in ("unknown", "metadata")) == (found.span is None)


def test_a_hundred_thousand_dated_lines_take_no_longer_than_their_length() -> None:
    text, marked = article(*[("byline", "21 June 2031"), ("body", "اليوم السبت")] * 20_000)
    assert article_date(text, marked).date == byline(2031, 6, 21)
