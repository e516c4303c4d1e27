"""The date that a row gives: any form that says one day, month or year for sure; every text is invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotate.corpus.dates.find import date_of
from annotate.corpus.dates.given import given_date
from annotate.corpus.inputs import inputs_of
from annotate.corpus.read import read_articles
from annotate.corpus.row import article_of_row
from annotate.corpus.sampling.design import Design
from annotate.corpus.sampling.draw import draw
from annotate.errors import Problem
from annotate.records import Article, Date

TUESDAY = (2031, 3, 4)

SAYING: dict[str, tuple[int, ...]] = {
    "2031-03-04": TUESDAY,
    "2031-3-4": TUESDAY,
    "20310304": TUESDAY,
    "2031-03-04T10:20:00Z": TUESDAY,
    "2031-03-04 10:20:00+03:00": TUESDAY,
    " 2031-03-04 ": TUESDAY,
    "٢٠٣١-٠٣-٠٤": TUESDAY,
    "2031/03/04": TUESDAY,
    "04.03.2031 10:20": TUESDAY,
    "25/03/2031": (2031, 3, 25),
    "4 March 2031": TUESDAY,
    "March 4, 2031, 10:20 GMT": TUESDAY,
    "Tue, 04 Mar 2031 10:20:00 +0000": TUESDAY,
    "4 آذار/مارس 2031": TUESDAY,
    "٤ مارس آذار ٢٠٣١": TUESDAY,
    "الثلاثاء 4 مارس 2031 - 14:30": TUESDAY,
    "الرابع من آذار 2031": TUESDAY,
    "2031-03": (2031, 3),
    "March 2031": (2031, 3),
    "2031": (2031,),
    "": (),
}
FOREIGN = ("4 mars 2031", "4 de marzo de 2031", "4. März 2031", "4 марта 2031 г.")
NONE = (
    "n/a",
    "04/03/2031",  # March or April
    "31 فبراير 2031",
    "2031-02-30",
    "Monday, 4 March 2031",  # a Tuesday
    "4 March 2031 to 6 March 2031",
    "4 March 31",
    "2 days ago",
    "أمس",
    "1452-03-04",  # of the Islamic calendar
    "10 شعبان 1452",
    "1930000000",
    "31 février 2031",
    "4 March 2031" + " 2031" * 20,
)


def read(date: Any) -> Article | Problem:
    return article_of_row("rows.jsonl:7", {"id": "velmora-1", "text": "أعلنت فيلمورا بدء المحادثات.", "date": date})


@pytest.mark.parametrize(("written", "expected"), SAYING.items())
def test_a_form_that_says_one_date(written: str, expected: tuple[int, ...]) -> None:
    found = given_date(written)
    assert tuple(part for part in (found.year, found.month, found.day) if part) == expected
    assert (found.precision, found.basis) == (
        (["year", "month", "day"][len(expected) - 1], "metadata") if expected else ("unknown", "unknown")
    )


@pytest.mark.parametrize("written", FOREIGN)
def test_other_languages_are_read_by_dateparser(written: str) -> None:
    assert given_date(written) == date_of(*TUESDAY, basis="metadata")


@pytest.mark.parametrize("written", NONE)
def test_what_is_not_sure_is_no_date(written: str) -> None:
    found = read(written)
    assert isinstance(found, Problem)
    assert found.message.startswith("date ")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("4 March 2031", date_of(*TUESDAY, basis="metadata")),
        (2031, date_of(2031, basis="metadata")),
        ({"year": 2031, "month": 3, "day": 4}, date_of(*TUESDAY, basis="metadata")),
        ({"year": 2031, "month": 3, "precision": "month", "basis": "scrape"}, date_of(2031, 3, basis="scrape")),
        ("", Date()),
    ],
)
def test_a_row_s_date_is_its_article_s(given: Any, expected: Date) -> None:
    found = read(given)
    assert isinstance(found, Article)
    assert found.date == expected


@pytest.mark.parametrize("given", ["04/03/2031", 1930000000, {"year": 2031, "month": 13}, {"year": 2031, "basis": "guessed"}])
def test_a_date_that_is_none_is_named_with_the_remedy(given: Any) -> None:
    found = read(given)
    assert isinstance(found, Problem)
    assert found.place == "rows.jsonl:7"
    assert "cannot be read for sure; write YYYY-MM-DD" in found.message


def test_a_pool_is_stratified_by_dates_as_ingest_reads_them(tmp_path: Path) -> None:
    dates = ["4 آذار/مارس 2031", "Tue, 04 Mar 2031 10:20:00 +0000", 2031, "03/04/2031", {"year": 2031, "month": 3}]
    rows = [{"id": f"v{number}", "text": f"فيلمورا {number}", "date": date} for number, date in enumerate(dates)]
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    strata = draw(inputs_of([str(path)]), Design(5, ("month",))).manifest.strata
    assert {each.stratum["month"]: each.articles for each in strata} == {"2031-03": 3, "2031": 1, None: 1}
    refused = [found for _, found in read_articles([str(path)]) if isinstance(found, Problem)]
    assert [each.place for each in refused] == [f"{path}:4"]
