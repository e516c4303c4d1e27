"""Agency, syndicator and publisher from the text, each with its span. Agencies' names are real, every text is invented."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.agencies import AGENCIES, WORDS_TOO
from annotate.corpus.credits import Credit, Credits, credits_in
from annotate.corpus.zones.mark import zones
from annotate.records import Source, Zone
from tests.test_article_date import LEAD, TITLE, Line, article, real

ENGLISH = (
    "Velmora and Qadria signed a shipping accord in Tasrin after months of talks between their delegations, officials said on the quay"
)


def credited(*lines: Line, source: Source | None = None) -> tuple[Credits, str]:
    text, marked = article(*lines)
    return credits_in(text, marked, source), text


def at(text: str, credit: Credit | None) -> str | None:
    return None if credit is None else text[credit.start : credit.end]


# Agencies

SIGNED = {
    "(رويترز)": ("Reuters", "رويترز"),
    "(Reuters)": ("Reuters", "Reuters"),
    "أ ف ب": ("AFP", "أ ف ب"),
    "(أ.ف.ب)": ("AFP", "أ.ف.ب"),
    "أ. ف. ب.": ("AFP", "أ. ف. ب."),
    "(أ ف ب، رويترز)": ("AFP", "أ ف ب"),
    "المصدر: الأناضول": ("Anadolu", "الأناضول"),
    "المصدر : وكالة الأناضول": ("Anadolu", "وكالة الأناضول"),
    "Source: AFP": ("AFP", "AFP"),
    "By AFP": ("AFP", "AFP"),
    "AFP and Reuters": ("AFP", "AFP"),
    "TASS": ("TASS", "TASS"),
    "وكالة تاس": ("TASS", "وكالة تاس"),
    "(إرنا)": ("IRNA", "إرنا"),
    "إِرنا": ("IRNA", "إِرنا"),
    "د ب أ/ ن ق/ م س": ("dpa", "د ب أ"),
    "الأسوشيتد برس": ("AP", "الأسوشيتد برس"),
    "[شينخوا]": ("Xinhua", "شينخوا"),
    "وكالة الأنباء الألمانية (د ب أ)": ("dpa", "وكالة الأنباء الألمانية"),
    "تسرين - رويترز": ("Reuters", "رويترز"),
    "تسرين/ رويترز": ("Reuters", "رويترز"),
    "(وفا)": ("WAFA", "وفا"),
    "المصدر: بنا": ("BNA", "بنا"),
}


@pytest.mark.parametrize(("line", "expected"), SIGNED.items())
@pytest.mark.parametrize("label", ["byline", "body", "agency"])
def test_an_agency_signs_on_a_line_of_its_own(label: str, line: str, expected: tuple[str, str]) -> None:
    found, text = credited(TITLE, LEAD, (label, line))
    assert found.agency is not None
    assert (found.agency.name, at(text, found.agency)) == expected


@pytest.mark.parametrize("name", [spelling for names in AGENCIES for spelling in names])
def test_every_listed_name_signs_in_brackets_and_has_its_agencys_name(name: str) -> None:
    found, text = credited(TITLE, LEAD, ("body", f"({name})"))
    assert found.agency is not None
    assert (found.agency.name, at(text, found.agency)) == (next(names[0] for names in AGENCIES if name in names), name)


def test_no_name_is_of_two_agencies() -> None:
    spellings = [spelling for names in AGENCIES for spelling in names]
    assert len(spellings) == len(set(spellings))
    assert set(WORDS_TOO) <= set(spellings)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"تسرين (رويترز) - {LEAD[1]}", "Reuters"),
        (f"تسرين 3 مارس (أ ف ب) - {LEAD[1]}", "AFP"),
        (f"تسرين - رويترز: {LEAD[1]}", "Reuters"),
        (f"TASRIN, Velmora, March 3 (Reuters) - {ENGLISH}.", "Reuters"),
        (f"TASRIN (AP) — {ENGLISH}.", "AP"),
        (f"{ENGLISH}. (AFP)", "AFP"),
        (f"{LEAD[1]} (رويترز).", "Reuters"),
        (f"{LEAD[1]} (د ب أ / ن ق)", "dpa"),
    ],
)
def test_it_signs_in_the_dateline_and_at_the_very_end(body: str, expected: str) -> None:
    found, _ = credited(TITLE, ("body", body))
    assert found.agency is not None
    assert found.agency.name == expected


QUOTED = [
    ("body", f"{LEAD[1]} وقال المتحدث بحسب تقرير لرويترز إن المرفأ سيفتح."),
    ("body", "ونقلت رويترز عن المتحدث قوله إن المرفأ سيفتح."),
    ("body", "وقال لوكالة (رويترز) إن المرفأ سيفتح قريبا أمام السفن."),
    ("body", f"Reuters reported that {ENGLISH}, and AFP said so too."),
    ("body", "وفق فرانس برس"),
    ("body", "Reuters says the port will open"),
    ("caption", "وزير خارجية فيلمورا عند المرفأ (أ ف ب)"),
    ("caption", "(رويترز)"),
    ("boilerplate", "رويترز"),
    ("title", "رويترز"),
    ("byline", "مراسل رويترز السابق نادر قصوان"),
    ("byline", "(وكالات)"),
    ("body", "بنا"),
    ("body", "MAP"),
    ("byline", "By Nader Qaswan"),
    ("dateline", "PETRA, Qadria"),
]


@pytest.mark.parametrize("line", QUOTED)
def test_an_agency_that_is_quoted_or_credited_with_a_picture_does_not_sign(line: Line) -> None:
    found, _ = credited(TITLE, LEAD, line, LEAD)
    assert found.agency is None


@pytest.mark.parametrize(
    ("line", "publisher", "expected"),
    [
        ("(نوفاكس)", None, "نوفاكس"),
        ("نوفاكس/ ط ش/ ك ف", None, "نوفاكس"),
        ("المصدر: الشرفة + نوفاكس", "قناة الشرفة", "نوفاكس"),
        ("(Orbita, Novax)", None, "Orbita"),
        ("— Samer News Agency", None, "Samer News Agency"),
        ("Additional reporting by Orbita", None, "Orbita"),
        ("المصدر: الشرفة", "قناة الشرفة", None),
        ("( )", None, None),
    ],
)
def test_in_a_zone_of_the_agencys_an_unlisted_one_is_taken_too(line: str, publisher: str | None, expected: str | None) -> None:
    found, text = credited(TITLE, LEAD, ("agency", line), source=Source(publisher=publisher))
    assert (found.agency.name if found.agency else None, at(text, found.agency)) == (expected, expected)


def test_its_zone_weighs_most_then_the_dateline() -> None:
    lines: list[Line] = [("dateline", "تسرين (رويترز)"), ("body", f"{LEAD[1]} (شينخوا)"), ("agency", "أ ف ب")]
    assert [each.name for each in (credited(*lines)[0].agency, credited(*lines[:2])[0].agency, credited(lines[1])[0].agency) if each] == [
        "AFP",
        "Reuters",
        "Xinhua",
    ]


# Syndicators and publishers


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("هذا المحتوى مقدم من قناة تسرين", "قناة تسرين"),
        ("المحتوى مُقدَّم من: قناة تسرين", "قناة تسرين"),
        ("This content is provided by Tasrin TV", "Tasrin TV"),
        ("Syndicated from the Qadria Mail.", "Qadria Mail"),
        ("Provided by Tasrin TV", "Tasrin TV"),
        ("Published by arrangement with Qadria Mail's English desk.", "Qadria Mail"),
        ("This story first appeared in the Qadria Mail and is shared with members.", "Qadria Mail"),
        ("يُنشر هذا المقال بالاتفاق مع خدمة «سراج» للمحتوى", "سراج"),
        ("بموجب اتفاق تبادل مع صحيفة البرج", "صحيفة البرج"),
    ],
)
@pytest.mark.parametrize("label", ["syndication", "boilerplate"])
def test_a_syndicator_is_named_by_a_line(label: str, line: str, expected: str) -> None:
    found, text = credited(TITLE, LEAD, (label, line))
    assert (found.syndicator and found.syndicator.name, at(text, found.syndicator)) == (expected, expected)
    assert (found.agency, found.publisher) == (None, None)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("boilerplate", "Site icon تسرين اليوم"), TITLE, LEAD], "تسرين اليوم"),
        ([TITLE, LEAD, ("boilerplate", "© 2031 Tasrin Post. All rights reserved")], "Tasrin Post"),
        ([TITLE, LEAD, ("boilerplate", "Copyright © 2029-2031, The Tasrin Post")], "Tasrin Post"),
        ([TITLE, LEAD, ("boilerplate", "جميع الحقوق محفوظة © 2031 صحيفة البرج")], "صحيفة البرج"),
        ([TITLE, LEAD, ("boilerplate", "حقوق النشر محفوظة ليومية البرج")], "يومية البرج"),
        ([TITLE, ("byline", "تسرين - «البرج الجديد»"), LEAD], "البرج الجديد"),
        ([TITLE, LEAD, ("byline", "المصادر:"), ("byline", "البرج - أ ف ب")], "البرج"),
        ([TITLE, ("byline", "تسرين - أ ف ب"), LEAD], None),  # a place
        ([TITLE, LEAD, ("agency", "المصدر: رويترز + أ ف ب")], None),
        ([TITLE, ("body", "وقالت صحيفة «البرج» إن المرفأ سيفتح."), LEAD], None),
    ],
)
def test_a_publisher_is_named_by_a_line(lines: list[Line], expected: str | None) -> None:
    found, text = credited(*lines)
    assert (found.publisher.name if found.publisher else None, at(text, found.publisher)) == (expected, expected)


def test_what_the_row_names_is_not_looked_for() -> None:
    lines: list[Line] = [("boilerplate", "Site icon تسرين اليوم"), TITLE, LEAD, ("agency", "(رويترز)")]
    assert credited(*lines, source=Source("البرج", "AFP"))[0] == Credits()


# The real articles

REAL: dict[str, tuple[str | None, int | None, int | None]] = {  # agency, start of the syndicator, start of the publisher
    "000_5dc7ba50f3641af5": (None, None, None),
    "001_1db846cdeb2b71b3": (None, None, 10),
    "002_62e10460548d29ad": (None, None, None),
    "003_543f2c3d62828e27": ("AFP", None, 2480),
    "004_8d15ed088120de80": ("Reuters", 1880, None),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_articles_credits(name: str) -> None:
    text = real(name)
    found = credits_in(text, zones(text, None))
    names = (found.agency and found.agency.name, found.syndicator and found.syndicator.start, found.publisher and found.publisher.start)
    assert names == REAL[name]


# Whatever the text

SOME = st.sampled_from(
    ["(رويترز)", "رويترز", "أ ف ب", " - ", "/", "Source: ", "مقدم من ", "© ", "المحتوى ", "\u200f", "ِ", "(", ")", "بنا", "x" * 60, "«", "»"]
)
LABELS = st.sampled_from(["title", "byline", "dateline", "body", "caption", "boilerplate", "agency", "syndication"])


@given(st.lists(st.tuples(LABELS, st.lists(SOME | st.text(max_size=2), min_size=1, max_size=6).map("".join)), max_size=6))
@settings(max_examples=300, deadline=None)
def test_spans_hold_what_they_name(lines: list[Line]) -> None:
    text, marked = article(*[(label, line.replace("\n", " ")) for label, line in lines])
    found = credits_in(text, marked)
    for credit in (found.agency, found.syndicator, found.publisher):
        assert credit is None or 0 <= credit.start < credit.end <= len(text)
    for credit in (found.syndicator, found.publisher):
        assert credit is None or credit.name == at(text, credit)


@pytest.mark.parametrize("piece", ["(", "- ", "أ ", "رويترز ", "المصدر: ", "« ", "© "])
def test_long_lines_and_many_lines_take_no_longer_than_their_length(piece: str) -> None:
    assert credits_in(piece * 30_000, [Zone(0, 30_000 * len(piece), "body")]).publisher is None
    text, marked = article(*[("agency", piece * 3)] * 3_000)
    assert credits_in(text, marked).syndicator is None
