"""Zones: each line marked for what it is by what it says and where it stands, and the spans inside lines."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.zones.mark import zones
from annotate.records import Zone

# What a line says

LINES = {
    "boilerplate": (
        "يرجى تفعيل جافا سكريبت في متصفحك لمشاهدة الموقع",
        "يرجى تشغيل الجافاسكربت",
        "Please enable JavaScript to read the Velmora Post.",
        "Site icon تسرين اليوم",
        "أيقونة الموقع",
        "اقرأ المزيد: فيلمورا توقع",
        "إقــرأُ أيضًا",
        "Read more: Velmora signs",
        "📲 شارك الخبر",
        "المزيد من الأخبار",
        "طباعة",
        "منذ ساعتين",
        "منذ ٩ ساعات",
        "السياسة منذ 3 أيام",
        "World 2 hours ago",
        "2 hours ago - Tasrin Post: Bread prices steady",
        "الرئيسية > دوليات > قادريا",
        "Sign up here.",
        "f",
        "Like Loading...",
        "HOME NEWS SPORT CULTURE OPINION",
        "Facebook Twitter WhatsApp",
        "12 comments",
        "3 min read",
        "نستخدم ملفات تعريف الارتباط لتحسين تجربتك، وباستمرارك في التصفح توافق على سياستنا.",
        "Your email address will not be published. Required fields are marked *",
        "© 2025 The Velmora Post. All rights reserved.",
        "{{ related_block }}",
        '<div class="ad">',
        "https://tasrin.example/a/17",
        "#تسرين #فيلمورا",
        "* * *",
    ),
    "byline": (
        "كتب نادر قصوان",
        "بقلم: ليلى مرداس",
        "By Leila Mardas",
        "تسرين - وكالة فيلمورا",
        "الخميس، 7 نوفمبر 2024",
        "الخميس 14 نوفمبر / تشرين الثاني ٢٠٢٤",
        "Thursday, 7 November 2024",
        "Published 22.03.2025, 17:40 | Updated 18:25",
    ),
    "agency": ("(وكالات)", "(أ ف ب)", "ن.س / م.ك (د ب أ، المرفأ)", "المصدر: وكالة تسرين", "Source: Tasrin Post"),
    "syndication": ("المحتوى مقدم من وكالة تسرين", "This story was supplied by Northline Wire and edited by our desk."),
    "dateline": ("تسرين (مرصد)", "Tasrin, 9 May 2025"),
    "caption": (
        "جنود من فيلمورا عند الجسر (أ ف ب)",
        "مبنى البرلمان في تسرين (صورة: تسرين اليوم)",
        "وزير الري في فيلمورا يتحدث إلى الصحفيين - رويترز",
        "Ships in the harbour of Tasrin (photo: Tasrin Post)",
    ),
    "body": (
        "أعلنت فيلمورا، الخميس، توقيع اتفاق مع قادريا في تسرين بحضور وزيري الخارجية.",
        "Velmora signed an accord with Qadria on Thursday, its foreign ministry said.",
        "وقال المتحدث: «لن نوقع».",
        "وصل الوفد منذ ساعتين إلى القصر.",
        "Two hours ago, the lights came back.",
        "انضم الرئيس السابق إلى المحتجين أمام القصر.",
        "Follow the money, the opposition leader told reporters.",
        "Share prices fell.",
        "😀",
    ),
}


@pytest.mark.parametrize(("label", "line"), [(label, line) for label, lines in LINES.items() for line in lines])
def test_a_line_is_marked_for_what_it_is(label: str, line: str) -> None:
    assert zones(f"Velmora signs\n{line}", "Velmora signs") == (
        Zone(0, 13, "title"),
        Zone(14, 14 + len(line), label),
    )


# Where a line stands

PARAGRAPHS = (
    "وقّعت فيلمورا وقادريا، الخميس، اتفاقًا لتقاسم مياه النهر في قصر الضفة بتسرين، بعد محادثات استمرت ثلاثة أيام.",
    "وقال الرئيس نادر قصوان إن الاتفاق «ينهي خلافًا دام عشرين عامًا»، وشكر الوسطاء من سهيميا على صبرهم.",
    "ورفضت المعارضة الاتفاق، ودعت إلى التظاهر أمام البرلمان صباح السبت المقبل حتى يسقط.",
)
TITLE = "فيلمورا وقادريا تتقاسمان مياه النهر"


def labels(*lines: str, title: str | None = TITLE, publisher: str | None = None) -> list[str]:
    """The labels of the lines, spans left out."""
    text = "\n".join(lines)
    starts = {zone.start: zone.label for zone in reversed(zones(text, title, publisher=publisher))}
    return [starts[start] for start in sorted(starts) if start == 0 or text[start - 1] == "\n"]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("سباق القوارب الخشبية يعود إلى الضفة الشرقية بعد غياب عشر سنوات", "headline"),
        ("خمس وصفات سريعة لعشاء الصيف", "headline"),
        ("الشمال غاضب", "body"),
        ("خلاف على مياه النهر في البرلمان", "body"),  # a subhead: its words are the story's
        ("ماذا قالت المعارضة؟", "body"),
        ("- سحب القوات من الضفة الشرقية خلال شهر واحد فقط", "body"),
        ("«لن نوقع على بيع نهرنا لأحد مهما كان الثمن»", "body"),
        ("اقتصاد", "body"),  # between paragraphs a section's name may be a subhead
        ("رئيس الوفدين بعد الجلسة الأخيرة (نهرين)", "caption"),
    ],
)
def test_between_paragraphs(line: str, label: str) -> None:
    assert labels(TITLE, PARAGRAPHS[0], line, PARAGRAPHS[1], PARAGRAPHS[2]) == ["title", "body", label, "body", "body"]


@pytest.mark.parametrize("head", ["مواضيع ذات صلة", "فيديو قد يعجبك"])
def test_what_follows_the_head_of_a_list_of_stories_is_headlines(head: str) -> None:
    lines = (head, "أسعار القمح تتراجع في الأسواق", "افتتاح معرض الكتاب في مرقاد")
    assert labels(TITLE, *PARAGRAPHS[:2], *lines, PARAGRAPHS[2])[3:] == ["boilerplate", "headline", "headline", "body"]


def test_without_full_stops_nothing_is_a_headline() -> None:
    bare = [paragraph.rstrip(".") + " " + PARAGRAPHS[0].rstrip(".") for paragraph in PARAGRAPHS]
    assert labels(TITLE, bare[0], "وصفات سريعة لعشاء صيف حار جدًا", *bare[1:]) == ["title", *["body"] * 4]


def test_above_the_title_and_below_the_story_stand_the_pages_lines() -> None:
    above, below = ("نافذة على الضفاف", "سياسة"), ("شارك الخبر", "نفاد تذاكر المباراة", "وصفة الكعك بالسمسم")
    expected = ["boilerplate"] * 2 + ["title", "byline", "body", "body", "boilerplate", "boilerplate", "boilerplate"]
    assert labels(*above, TITLE, "سليم الهدار", *PARAGRAPHS[:2], *below) == expected


def test_a_line_among_menus_is_one() -> None:
    assert labels(TITLE, *PARAGRAPHS[:2], "منذ ساعتين", "القوارب تعود", "منذ 3 ساعات", PARAGRAPHS[2])[3:6] == ["boilerplate"] * 3


def test_below_the_last_long_paragraph_a_list_is_no_agency() -> None:
    short = "وسيبدأ التنفيذ قريبًا."
    assert labels(TITLE, PARAGRAPHS[0], "- سحب القوات", "- فتح المعبر", short)[2:] == ["body", "body", "body"]
    assert labels(TITLE, *PARAGRAPHS, "- مرصد الضفة")[-1] == "agency"
    assert labels(TITLE, *PARAGRAPHS, "ن.س / م.ك (د ب أ، المرفأ)")[-1] == "agency"


def test_the_outlets_name_is_boilerplate_where_it_is_known() -> None:
    lines = (TITLE, *PARAGRAPHS[:2], "تسرين اليوم", PARAGRAPHS[2])
    assert labels(*lines)[3] == "body"
    assert labels(*lines, publisher="تسرين اليوم")[3] == "boilerplate"


# The title


def labelled(text: str, title: str | None) -> list[tuple[str, str]]:
    return [(text[zone.start : zone.end], zone.label) for zone in zones(text, title)]


def test_the_title_is_the_line_that_equals_it() -> None:
    text = "Velmora news\n\n  Velmora signs \nBody."
    assert labelled(text, "Velmora signs") == [("Velmora news", "boilerplate"), ("Velmora signs", "title"), ("Body.", "body")]


def test_the_outlets_name_may_stand_behind_the_title() -> None:
    assert labelled("Velmora signs | Tasrin Post\nBody.", "Velmora signs")[0][1] == "title"


def test_a_title_that_is_printed_again_is_boilerplate() -> None:
    assert labels(TITLE, TITLE, PARAGRAPHS[0]) == ["title", "boilerplate", "body"]
    assert labels("نافذة على الضفاف", TITLE, TITLE, PARAGRAPHS[0], title=None) == ["boilerplate", "title", "boilerplate", "body"]


@pytest.mark.parametrize("title", [None, "Qadria signs"])
def test_else_it_is_the_first_line_that_no_rule_knows(title: str | None) -> None:
    text = "Site icon\nBy Leila Mardas\nVelmora signs\nBody."
    assert labelled(text, title) == [
        ("Site icon", "boilerplate"),
        ("By Leila Mardas", "byline"),
        ("Velmora signs", "title"),
        ("Body.", "body"),
    ]


def test_else_it_is_the_line_whose_words_the_story_takes_up() -> None:
    assert labels("كل ما يجري على ضفتي العالم", TITLE, "سليم الهدار", *PARAGRAPHS, title=None)[:2] == ["boilerplate", "title"]


def test_a_single_word_above_the_first_paragraph_is_its_place() -> None:
    assert labels("تسرين", *PARAGRAPHS, title=None) == ["dateline", "body", "body", "body"]


def test_where_rules_know_every_line_there_is_no_title() -> None:
    assert labelled("Site icon\nRead more", None) == [("Site icon", "boilerplate"), ("Read more", "boilerplate")]


# Spans


@pytest.mark.parametrize(
    ("dateline", "rest"),
    [
        ("تسرين (مرصد) -", " وقّعت فيلمورا اتفاقًا لتقاسم مياه النهر مع جارتها قادريا بعد طول انتظار."),
        ("تسرين 4 مارس آذار (مرصد) -", " وقّعت فيلمورا اتفاقًا لتقاسم مياه النهر مع جارتها قادريا بعد طول انتظار."),
        ("تسرين (فيلمورا) ٤ كانون الثاني (يناير) 2031 (مرصد) --", " وقّعت فيلمورا اتفاقًا لتقاسم مياه النهر مع جارتها قادريا."),
        ("تسرين ـ «المرصد»:", " وقّعت فيلمورا اتفاقًا لتقاسم مياه النهر مع جارتها قادريا بعد طول انتظار."),
        ("مرقاد/ مرصد/", " وقّعت فيلمورا اتفاقًا لتقاسم مياه النهر مع جارتها قادريا بعد طول انتظار."),
        ("TASRIN, Velmora —", " Velmora and Qadria agreed on Thursday to share the water of the river."),
        ("MERQAD, Feb 3 (Northline) -", " Velmora and Qadria agreed on Thursday to share the water of the river."),
        ("Merqad (Northline) –", " Velmora and Qadria agreed on Thursday to share the water of the river."),
    ],
)
def test_the_dateline_at_the_start_of_a_paragraph(dateline: str, rest: str) -> None:
    text = f"{TITLE}\n{dateline}{rest}"
    start = len(TITLE) + 1
    assert zones(text, TITLE)[1:] == (Zone(start, len(text), "body"), Zone(start, start + len(dateline), "dateline"))


@pytest.mark.parametrize(
    "paragraph",
    [
        "أعلنت تسرين - وهي عاصمة فيلمورا - أن المحادثات التي بدأت أمس ستتواصل حتى نهاية الأسبوع.",
        "NATO members met in Tasrin on Thursday and agreed to share the water of the river at last.",
        "He said (and he meant it) that Velmora and Qadria would share the water of the river.",
    ],
)
def test_a_paragraph_without_a_dateline_has_none(paragraph: str) -> None:
    assert len(zones(f"{TITLE}\n{paragraph}", TITLE)) == 2


@pytest.mark.parametrize(
    ("paragraph", "credit"),
    [
        (PARAGRAPHS[0], "(رويترز)"),
        (PARAGRAPHS[1], "(مرصد)"),
        ("Velmora and Qadria agreed on Thursday to share the water of the river, the ministry said.", "(Marsad agency)"),
        ("Velmora and Qadria agreed on Thursday to share the water of the river, the ministry said.", "— AFP"),
    ],
)
def test_the_agency_at_the_end_of_the_last_paragraph(paragraph: str, credit: str) -> None:
    text = f"{TITLE}\n{paragraph} {credit}"
    assert zones(text, TITLE)[-1] == Zone(len(text) - len(credit), len(text), "agency")


LAID_OUT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(' \n\t\r\u00a0\u2028\u200f.!؟…»"()-|أبa')))
STORY = st.lists(st.one_of(LAID_OUT, st.sampled_from([*PARAGRAPHS, TITLE, "(رويترز)", "شارك", "TASRIN (AFP) —"]))).map("\n".join)


@given(STORY, st.one_of(st.none(), LAID_OUT, st.just(TITLE)), st.one_of(st.none(), LAID_OUT))
@settings(max_examples=300, deadline=None)
def test_zones_are_exactly_the_lines_and_spans_inside_them(text: str, title: str | None, publisher: str | None) -> None:
    found = zones(text, title, publisher=publisher)
    lines = [next(longest) for _, longest in groupby(found, key=lambda zone: text.count("\n", 0, zone.start))]
    spans = [zone for zone in found if zone not in lines]
    assert [text[zone.start : zone.end] for zone in lines] == [line.strip() for line in text.split("\n") if line.strip()]
    assert all(span.label in ("dateline", "agency") for span in spans)
    assert all(any(line.label == "body" and line.start <= span.start < span.end <= line.end for line in lines) for span in spans)
    assert list(found) == sorted(found, key=lambda zone: (zone.start, -zone.end))
    assert [zone.label for zone in found].count("title") <= 1


@pytest.mark.parametrize("line", ["a" * 10_000_000, "a " * 5_000_000, "(" * 10_000_000, "\u064b" * 10_000_000, "ال " * 3_000_000])
def test_a_line_of_ten_megabytes_is_a_line(line: str) -> None:
    assert zones(f"{TITLE}\n{line}", TITLE)[1] == Zone(len(TITLE) + 1, len(TITLE) + 1 + len(line.strip()), "body")
