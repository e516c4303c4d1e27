"""Dates in text: every form in both languages, each with its span, its precision, its weekday; every text is invented."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.dates.find import FoundDate, date_of, dates_in
from annotate.records import Date

Numbers = tuple[int | None, int | None, int | None]


def numbers(date: Date) -> Numbers:
    return date.year, date.month, date.day


def only(text: str, reference: Date | None = None) -> FoundDate:
    (found,) = dates_in(text, reference=reference)
    return found


# Months

NAMES = {
    "Egypt and the Gulf": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "Levant and Iraq": "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول",
    "Tunisia and Algeria": "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر",
    "Morocco": "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر",
    "English": "January February March April May June July August September October November December",
    "English, short": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
}
TRADITIONS = {place: [name.replace("_", " ") for name in names.split()] for place, names in NAMES.items()}
MONTHS = [(name, month) for names in TRADITIONS.values() for month, name in enumerate(names, 1)]


@pytest.mark.parametrize(("name", "month"), MONTHS)
def test_a_month_of_any_tradition_with_day_and_year(name: str, month: int) -> None:
    text = f"Velmora, 9 {name} 2031, فيلمورا"
    found = only(text)
    assert (numbers(found.date), found.date.precision, found.kind) == ((2031, month, 9), "day", "absolute")
    assert text[found.start : found.end] == f"9 {name} 2031"


@pytest.mark.parametrize(("name", "month"), MONTHS)
def test_a_month_with_its_year_alone(name: str, month: int) -> None:
    found = only(f"منذ {name} 2031 في تسرين")
    assert (numbers(found.date), found.date.precision) == ((2031, month, None), "month")


PAIRS = ("{one}/ {other}", "{other}/{one}", "{one} ({other})", "{other} - {one}", "{one} / {other}", "{one} {other}", "{other} {one}")
PAIRED = [
    pair.format(one=gulf, other=levant)
    for gulf, levant in zip(TRADITIONS["Egypt and the Gulf"], TRADITIONS["Levant and Iraq"], strict=True)
    for pair in PAIRS
]


@pytest.mark.parametrize(("pair", "month"), [(pair, number // len(PAIRS) + 1) for number, pair in enumerate(PAIRED)])
def test_a_month_that_is_named_twice(pair: str, month: int) -> None:
    for text, expected in (
        (f"9 {pair} 2031", (2031, month, 9)),
        (f"{pair} 2031", (2031, month, None)),
        (f"في {pair}", (None, month, None)),
    ):
        found = only(text)
        assert numbers(found.date) == expected
        assert text[found.start : found.end] == text.removeprefix("في ")


# Other forms

FORMS: dict[str, Numbers] = {
    "19 Sep / September 2031": (2031, 9, 19),
    "September 19, 2031": (2031, 9, 19),
    "Sept. 19th, 2031": (2031, 9, 19),
    "SEPTEMBER 19 2031": (2031, 9, 19),
    "the 1st of May 2031": (2031, 5, 1),
    "the 22nd of September, 2031": (2031, 9, 22),
    "may 3, 2031": (2031, 5, 3),
    "19-Sep-2031": (2031, 9, 19),
    "14-16 March 2031": (2031, 3, 14),
    "March 14-16, 2031": (2031, 3, 14),
    "March/April 2031": (2031, None, None),
    "2031-09-19": (2031, 9, 19),
    "2031-09-19T08:15:00Z": (2031, 9, 19),
    "2031/9/5": (2031, 9, 5),
    "19/09/2031": (2031, 9, 19),
    "09/19/2031": (2031, 9, 19),
    "5.9.2031": (2031, 9, 5),
    "05/05/2031": (2031, 5, 5),
    "in 2031": (2031, None, None),
    "١٩ أيلول ٢٠٣١": (2031, 9, 19),
    "۱۹ أيلول ۲۰۳۱": (2031, 9, 19),
    "١٩/٩/٢٠٣١": (2031, 9, 19),
    "19 من سبتمبر عام 2031": (2031, 9, 19),
    "19 سبتمبر من عام 2031": (2031, 9, 19),
    "19 شهر أيلول 2031": (2031, 9, 19),
    "سبتمبر 19, 2031": (2031, 9, 19),
    "19 و20 سبتمبر 2031": (2031, 9, 19),
    "19 سبتمبر، 2031": (2031, 9, 19),
    "19 أيلول 2031 الموافق 2 رجب 1453هـ": (2031, 9, 19),
    "عام 2031": (2031, None, None),
    "شتاء ٢٠٣١": (2031, None, None),
    "31 شباط 2031": (2031, 2, None),  # there is no such day
    "29 فبراير 2032": (2032, 2, 29),
    "19 أيلول، سبتمبر 2031": (2031, 9, 19),
    "الأول من كانون الأول 2031": (2031, 12, 1),
    "الخامس من كانون الثاني/يناير 2031": (2031, 1, 5),
    "الخامس عشر من شهر آذار 2031": (2031, 3, 15),
    "الحادي والعشرين من مارس آذار 2031": (2031, 3, 21),
    "الثلاثون من أيار 2031": (2031, 5, 30),
    "الحادي والثلاثين من شباط 2031": (2031, 2, None),
}


@pytest.mark.parametrize(("text", "expected"), FORMS.items())
def test_a_full_date_in_each_form(text: str, expected: Numbers) -> None:
    found = only(text)
    assert (numbers(found.date), found.kind) == (expected, "absolute")
    assert found.date.precision == ("day" if expected[2] else "month" if expected[1] else "year")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("في 3 مارس أبريل 2031", ["3 مارس", "أبريل 2031"]),  # two months
        ("from January May said", ["January"]),
        ("في الأسبوع الأول من مارس 2031", ["مارس 2031"]),
        ("بالنصف الثاني من مارس 2031", ["مارس 2031"]),
        ("الموافق الأول من مارس 2031", ["الأول من مارس 2031"]),
        ("بين الأول والخامس من مارس 2031", ["الخامس من مارس 2031"]),
        ("هجوم السابع من مارس 2031", ["السابع من مارس 2031"]),
        ("الثاني من الاتفاق", []),
    ],
)
def test_a_word_beside_a_month_is_part_of_the_date_only_where_it_says_the_same(text: str, spans: list[str]) -> None:
    assert [text[each.start : each.end] for each in dates_in(text)] == spans


AMBIGUOUS: dict[str, Numbers] = {
    "Posted 03/04/2031 in Tasrin": (2031, None, None),
    "نشر 03/04/2031": (2031, 4, 3),
    "03.04.2031": (2031, 4, 3),
    "Thursday 03/04/2031": (2031, 4, 3),  # 4 March 2031 is a Tuesday
    "Tuesday, 03/04/2031": (2031, 3, 4),
    "03/04/2031, updated 25/04/2031": (2031, 4, 3),
    "03/04/2031, updated 03/25/2031": (2031, 3, 4),
}


@pytest.mark.parametrize(("text", "expected"), AMBIGUOUS.items())
def test_a_numeric_date_is_known_to_the_year_unless_something_gives_its_order(text: str, expected: Numbers) -> None:
    assert numbers(dates_in(text)[0].date) == expected


NOTHING = (
    "",
    "2031",
    "قُتل 2014 شخصا في تسرين",
    "منذ 2000 عام",
    "1453هـ",
    "سنة 1453 هـ",
    "99/99/2031",
    "1.2.3",
    "10/14",
    "14:05",
    "the 3 may well sign",
    "march 20 kilometres",
    "June Hallorin said",
    "He may go",
    "Sat down in the Sun",
    "مارس الوزير صلاحياته",
    "مع أب وأم",
    "التقى أحد الوزراء",
    "في اليوم التالي",
    "مساء اليوم نفسه",
    "قناة روسيا اليوم",
    "a reporter for Velmora Today",
    "قبل ساعات",
    "days ago",
    "قبل يوم من القمة",
)


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert dates_in(text) == []


# Weekdays

WEEKDAYS = {
    1: ("الاثنين", "الإثنين", "الأثنين", "Monday", "Mon"),
    2: ("الثلاثاء", "الثُلاثاء", "الثلثاء", "Tuesday", "Tue"),
    3: ("الأربعاء", "الاربعاء", "الإربعاء", "الأربِعاء", "Wednesday", "Wed"),
    4: ("الخميس", "Thursday", "Thu", "Thurs"),
    5: ("الجمعة", "الجمعه", "الجُمُعة", "Friday", "Fri"),
    6: ("السبت", "Saturday", "Sat"),
    7: ("الأحد", "الاحد", "الأحـــد", "Sunday", "Sun"),
}
NAMED_DAYS = [(name, weekday) for weekday, names in WEEKDAYS.items() for name in names]
MONDAY = datetime.date(2031, 9, 1)


@pytest.mark.parametrize(("name", "weekday"), NAMED_DAYS)
@pytest.mark.parametrize(
    "form", ["{name} {day} سبتمبر 2031", "{name}، {day} September 2031", "{day} September 2031, {name}", "{day} أيلول 2031 ({name}"]
)
def test_a_weekday_stands_with_its_date(form: str, name: str, weekday: int) -> None:
    text = form.format(name=name, day=weekday)
    found = only(text)
    assert (numbers(found.date), found.weekday, found.fits) == ((2031, 9, weekday), weekday, True)
    assert text[found.start : found.end] == text
    wrong = only(form.format(name=name, day=weekday + 1))
    assert (wrong.weekday, wrong.fits) == (weekday, False)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("12 November 2022, Saturday", True),
        ("Thursday 12 November 2022", False),
        ("Saturday, November 2022", True),
        ("السبت 12 نوفمبر", True),
    ],
)
def test_a_weekday_is_held_against_a_full_date_only(text: str, fits: bool) -> None:
    assert all(each.fits == fits for each in dates_in(text))


# Relative

REFERENCE = Date(2031, 9, 18, "day", "byline")  # a Thursday

RELATIVE: dict[str, tuple[Numbers, int | None]] = {
    "اليوم": ((2031, 9, 18), 0),
    "اليوم الخميس": ((2031, 9, 18), 0),
    "اليوم، الخميس": ((2031, 9, 18), 0),
    "أمس": ((2031, 9, 17), -1),
    "أمس الأربعاء": ((2031, 9, 17), -1),
    "الأمس": ((2031, 9, 17), -1),
    "أول من أمس": ((2031, 9, 16), -2),
    "أمس الأول": ((2031, 9, 16), -2),
    "غدًا": ((2031, 9, 19), 1),
    "غداً الجمعة": ((2031, 9, 19), 1),
    "بعد غد": ((2031, 9, 20), 2),
    "منذ ساعتين": ((2031, 9, 18), 0),
    "منذ ٤ ساعات": ((2031, 9, 18), 0),
    "قبل 30 ساعة": ((2031, 9, 17), -1),
    "قبل دقيقة": ((2031, 9, 18), 0),
    "قبل يومين": ((2031, 9, 16), -2),
    "قبل ثلاثة أيام": ((2031, 9, 15), -3),
    "قبل نحو 20 يوما": ((2031, 8, 29), -20),
    "قبل أسبوعين": ((2031, 9, None), None),
    "قبل ثلاثة أسابيع": ((2031, 8, None), None),
    "قبل 10 أشهر": ((2030, 11, None), None),
    "قبل عامين": ((2029, None, None), None),
    "منذ خمس سنوات": ((2026, None, None), None),
    "الشهر الجاري": ((2031, 9, None), None),
    "الشهر الماضي": ((2031, 8, None), None),
    "هذا الشهر": ((2031, 9, None), None),
    "العام المقبل": ((2032, None, None), None),
    "السنة الماضية": ((2030, None, None), None),
    "22 من الشهر الجاري": ((2031, 9, 22), None),
    "الثاني والعشرين من الشهر الجاري": ((2031, 9, 22), None),
    "الرابع عشر من نوفمبر": ((2031, 11, 14), None),
    "فبراير شباط الماضي": ((2031, 2, None), None),
    "5 من الشهر المقبل": ((2031, 10, 5), None),
    "31 من الشهر الجاري": ((None, None, 31), None),  # September has thirty days
    "فبراير/ شباط الماضي": ((2031, 2, None), None),
    "مايو (أيار) الماضي": ((2031, 5, None), None),
    "أكتوبر الماضي": ((2030, 10, None), None),
    "سبتمبر الجاري": ((2031, 9, None), None),
    "سبتمبر الماضي": ((2030, 9, None), None),
    "مارس المقبل": ((2032, 3, None), None),
    "14 نوفمبر من العام الماضي": ((2030, 11, 14), None),
    "تموز من هذا العام": ((2031, 7, None), None),
    "14 نوفمبر": ((2031, 11, 14), None),
    "كانون الثاني": ((2031, 1, None), None),
    "الثلاثاء": ((2031, 9, 16), None),
    "الخميس": ((2031, 9, 18), None),
    "الثلاثاء المقبل": ((2031, 9, 23), None),
    "الخميس الماضي": ((2031, 9, 11), None),
    "today": ((2031, 9, 18), 0),
    "Today, Thursday": ((2031, 9, 18), 0),
    "yesterday": ((2031, 9, 17), -1),
    "the day before yesterday": ((2031, 9, 16), -2),
    "tomorrow": ((2031, 9, 19), 1),
    "two hours ago": ((2031, 9, 18), 0),
    "3 days ago": ((2031, 9, 15), -3),
    "an hour ago": ((2031, 9, 18), 0),
    "a month ago": ((2031, 8, None), None),
    "nine years ago": ((2022, None, None), None),
    "last Tuesday": ((2031, 9, 16), None),
    "last Thursday": ((2031, 9, 11), None),
    "next Friday": ((2031, 9, 19), None),
    "this Monday": ((2031, 9, 15), None),
    "last week": ((2031, 9, None), None),
    "last month": ((2031, 8, None), None),
    "next year": ((2032, None, None), None),
    "last March": ((2031, 3, None), None),
    "in May": ((2031, 5, None), None),
    "March last year": ((2030, 3, None), None),
    "the 22nd of this month": ((2031, 9, 22), None),
    "December 24": ((2030, 12, 24), None),
    "Wed, December 24": ((2031, 12, 24), None),  # the weekday fits that year only
}


@pytest.mark.parametrize(("text", "expected"), RELATIVE.items())
def test_a_relative_date_counts_from_the_reference(text: str, expected: tuple[Numbers, int | None]) -> None:
    found = only(text, REFERENCE)
    assert (numbers(found.date), found.days, found.kind) == (*expected, "relative")
    assert found.date.basis == ("inferred" if found.date.year else "unknown")
    alone = only(text)
    assert (alone.start, alone.end, alone.days, alone.date.year) == (found.start, found.end, found.days, None)
    assert alone.date.precision == "unknown"


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        ("أمس", Date(2031, 9, None, "month"), (None, None, None)),
        ("الشهر الماضي", Date(2031, 1, None, "month"), (2030, 12, None)),
        ("الشهر الماضي", Date(2031, precision="year"), (None, None, None)),
        ("العام الماضي", Date(2031, precision="year"), (2030, None, None)),
        ("14 نوفمبر", Date(2031, precision="year"), (2031, 11, 14)),
        ("نوفمبر الماضي", Date(2031, precision="year"), (None, 11, None)),
        ("أمس", Date(2031, 1, 1, "day"), (2030, 12, 31)),
        ("29 فبراير", Date(2031, 3, 1, "day"), (None, 2, 29)),
        ("أمس", Date(), (None, None, None)),
        ("12 نوفمبر 2022", Date(2031, 9, 18, "day"), (2022, 11, 12)),
    ],
)
def test_a_reference_serves_as_far_as_it_is_known(text: str, reference: Date, expected: Numbers) -> None:
    assert numbers(only(text, reference).date) == expected


def test_today_with_a_full_date_is_absolute_and_counts_from_the_day_of_writing() -> None:
    found = only("أعلنت فيلمورا اليوم السبت 12 نوفمبر 2022 الاتفاق")
    assert (numbers(found.date), found.weekday, found.days, found.kind, found.fits) == ((2022, 11, 12), 6, 0, "absolute", True)


@pytest.mark.parametrize(
    "text", ["The minister said today that", "in Velmora today", "Today in Tasrin", "صباح اليوم في تسرين", "قال اليوم إنه"]
)
def test_today_is_a_day_unless_it_ends_a_name(text: str) -> None:
    assert only(text).days == 0


# Spans


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("في فِبرايِر ٢٠٣١م", "فِبرايِر ٢٠٣١"),
        ("وبفبراير 2031", "فبراير 2031"),
        ("لفبراير 2031", "فبراير 2031"),
        ("\u200fالخميس\u200f 19\u00a0Sep / September 2031\u200f", "الخميس\u200f 19\u00a0Sep / September 2031"),
        ("يوم السَّبتِ، قال", "السَّبتِ"),
        ("في ١٩ــ٩ــ٢٠٣١ ثم 19 – 9 – 2031", "19 – 9 – 2031"),
        ("On June 3, 2031, Velmora", "June 3, 2031"),
        ("😀 3 June 2031", "3 June 2031"),
        ("فبراير (شباط) 2031", "فبراير (شباط) 2031"),
    ],
)
def test_a_span_is_of_the_text_as_it_stands(text: str, span: str) -> None:
    found = only(text)
    assert text[found.start : found.end] == span


def test_dates_come_in_order_and_a_line_ends_one() -> None:
    text = "الخميس 18 سبتمبر 2031\n14\nمارس 2030 ثم أمس، وفي 2 May 2029. Sunday"
    assert [text[each.start : each.end] for each in dates_in(text)] == ["الخميس 18 سبتمبر 2031", "مارس 2030", "أمس", "2 May 2029", "Sunday"]


DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))
WRITTEN = st.sampled_from(
    [
        "{0.day} {1} {0.year}",
        "{2} {0.day} {1}، {0.year}",
        "{0.day} {1}/{1} {0.year}",
        "{0:%Y-%m-%d}",
        "{1} {0.day}, {0.year}",
        "{0:%d}.{0:%m}.{0.year}",
    ]
)
DIGITS = [str.maketrans("0123456789", digits) for digits in ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")]


@given(day=DAYS, form=WRITTEN, tradition=st.sampled_from(list(TRADITIONS.values())), digits=st.sampled_from(DIGITS), data=st.data())
@settings(max_examples=300, deadline=None)
def test_every_day_is_read_back_from_every_form(
    day: datetime.date, form: str, tradition: list[str], digits: dict[int, int], data: st.DataObject
) -> None:
    weekday = data.draw(st.sampled_from(WEEKDAYS[day.isoweekday()]))
    written = form.format(day, tradition[day.month - 1], weekday).translate(digits)
    text = f"تسرين - {written} (فيلمورا)"
    found = only(text)
    assert (found.date, found.fits) == (date_of(day.year, day.month, day.day), True)
    assert text[found.start : found.end] == written


PIECES = st.sampled_from(
    [
        *(name for name, _ in MONTHS),
        *(name for name, _ in NAMED_DAYS),
        *RELATIVE,
        *"0123456789٠٩/-.,، ()\n",
        "2031",
        "31",
        "ـ",
        "ِ",
        "\u200f",
        "و",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join), st.none() | st.just(REFERENCE) | st.just(Date(1, 1, 1, "day")))
@settings(max_examples=300, deadline=None)
def test_whatever_the_text_spans_are_in_order_and_dates_exist(text: str, reference: Date | None) -> None:
    found = dates_in(text, reference=reference)
    ends = [0, *(each.end for each in found)]
    assert all(end <= each.start < each.end <= len(text) for end, each in zip(ends, found, strict=False))
    for each in found:
        year, month, day = numbers(each.date)
        assert (year is None) == (each.date.precision == "unknown")
        if year is not None and month is not None:
            datetime.date(year, month, day or 1)


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1/", "03/04/2031 ", " ", "مارس", "مارس ", "مارس/", "Sat ", "Sat, ", "last ", "1 و", "٢ من ", "منذ ", "a ", "ـ"]
)
def test_a_long_repetition_takes_no_longer_than_its_length(piece: str) -> None:
    """With time in the square of the length, this would run for hours."""
    text = piece * 30_000 + "2031"
    assert all(each.end <= len(text) for each in dates_in(text, reference=REFERENCE))
