"""Zones and sentences: each line marked for what it is, each sentence found, at exact offsets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from annotate.corpus.sentences import sentences
from annotate.corpus.zones import zones
from annotate.records import Zone

# Zones

LINES = {
    "boilerplate": (
        "يرجى تفعيل جافا سكريبت في متصفحك لمشاهدة الموقع",
        "يرجى تشغيل الجافاسكربت",
        "Please enable JavaScript to read the Velmora Post.",
        "Site icon تسرين اليوم",
        "أيقونة الموقع",
        "اقرأ المزيد: فيلمورا توقع",
        "Read more: Velmora signs",
        "شارك الخبر",
        "المزيد من الأخبار",
        "طباعة",
        "منذ ساعتين",
        "السياسة منذ 3 أيام",
        "World 2 hours ago",
        "المحتوى مقدم من وكالة تسرين",
    ),
    "byline": (
        "(وكالات)",
        "المصدر: وكالة تسرين",
        "Source: Tasrin Post",
        "كتب نادر قصوان",
        "بقلم: ليلى مرداس",
        "By Leila Mardas",
        "تسرين - وكالة فيلمورا",
        "الخميس، 7 نوفمبر 2024",
        "Thursday, 7 November 2024",
    ),
    "caption": (
        "جنود من فيلمورا عند الجسر (أ ف ب)",
        "مبنى البرلمان في تسرين (صورة: تسرين اليوم)",
        "Ships in the harbour of Tasrin (photo: Tasrin Post)",
    ),
    "body": (
        "أعلنت فيلمورا، الخميس، توقيع اتفاق مع قادريا في تسرين بحضور وزيري الخارجية.",
        "Velmora signed an accord with Qadria on Thursday, its foreign ministry said.",
        "وقال المتحدث: «لن نوقع».",
        "😀",
    ),
}


@pytest.mark.parametrize(("label", "line"), [(label, line) for label, lines in LINES.items() for line in lines])
def test_a_line_is_marked_for_what_it_is(label: str, line: str) -> None:
    assert zones(f"Velmora signs\n{line}", "Velmora signs") == (
        Zone(0, 13, "title"),
        Zone(14, 14 + len(line), label),
    )


def labelled(text: str, title: str | None) -> list[tuple[str, str]]:
    return [(text[zone.start : zone.end], zone.label) for zone in zones(text, title)]


def test_the_title_is_the_line_that_equals_it() -> None:
    text = "Velmora news\n\n  Velmora signs \nBody."
    assert labelled(text, "Velmora signs") == [("Velmora news", "body"), ("Velmora signs", "title"), ("Body.", "body")]


@pytest.mark.parametrize("title", [None, "Qadria signs"])
def test_else_it_is_the_first_line_that_no_rule_knows(title: str | None) -> None:
    text = "Site icon\nBy Leila Mardas\nVelmora signs\nBody."
    assert labelled(text, title) == [
        ("Site icon", "boilerplate"),
        ("By Leila Mardas", "byline"),
        ("Velmora signs", "title"),
        ("Body.", "body"),
    ]


def test_where_rules_know_every_line_there_is_no_title() -> None:
    assert labelled("Site icon\nRead more", None) == [("Site icon", "boilerplate"), ("Read more", "boilerplate")]


LAID_OUT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(' \n\t\r\u00a0\u2028\u200f.!؟…»"أبa')))


@given(LAID_OUT, st.one_of(st.none(), LAID_OUT))
@settings(max_examples=300, deadline=None)
def test_zones_are_exactly_the_lines_that_are_not_blank(text: str, title: str | None) -> None:
    found = zones(text, title)
    assert [text[zone.start : zone.end] for zone in found] == [line.strip() for line in text.split("\n") if line.strip()]
    assert all(0 <= zone.start < zone.end <= len(text) for zone in found)
    assert all(before.end < after.start for before, after in pairwise(found))
    assert [zone.label for zone in found].count("title") <= 1


# Sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Velmora signed. Qadria did not!", ["Velmora signed.", "Qadria did not!"]),
        ("هل توقّع قادريا؟ نعم… ربما.", ["هل توقّع قادريا؟", "نعم…", "ربما."]),
        ("قال: «لن نوقع.» ثم غادر.", ["قال: «لن نوقع.»", "ثم غادر."]),
        ('He said "no." She left.', ['He said "no."', "She left."]),
        ("ذكرت أ. ف. ب. في تسرين.", ["ذكرت أ. ف. ب. في تسرين."]),
        ("It grew 2.5 points at velmora.example today.", ["It grew 2.5 points at velmora.example today."]),
        ("A title\n\n  Body without a mark \nlast", ["A title", "Body without a mark", "last"]),
        ("What?! Really... yes", ["What?!", "Really...", "yes"]),
        (" \n\u00a0", []),
        ("." * 100_000 + "x" + " " * 100_000 + "y", ["." * 100_000 + "x" + " " * 100_000 + "y"]),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(LAID_OUT)
@example("! \n.")
@settings(max_examples=300, deadline=None)
def test_sentences_cover_every_word_and_cross_no_line(text: str) -> None:
    found = list(sentences(text))
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    inside = {place for start, end in found for place in range(start, end)}
    assert all(place in inside for place, character in enumerate(text) if not character.isspace())
    assert all("\n" not in text[start:end] for start, end in found)
    assert all(text[start:end] == text[start:end].strip() for start, end in found)
