"""The language of paragraphs and articles, by script, letters and common words; every text is invented."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.languages import article_language, language_of, paragraph_languages
from tests.test_article_date import real

PARAGRAPHS = {
    "ar": (
        "أعلنت فيلمورا توقيع اتفاق مع قادريا في تسرين بحضور وزيري الخارجية.",
        "فيلمورا توقع",
        "وقال المتحدث باسم شركة «پاردا گروپ» إن المصنع الجديد سيُفتح في چالمه قبل نهاية العام.",
        "أطلقت شركة Velmora Systems تطبيق Tasrin Pay في قادريا",
        "قالت الوزیرة إن الاتفاق سيبدأ في الربيع المقبل",  # a Persian ya strayed into Arabic
        "حَلِيفًا قَوِيًّا",
        "١٢ قتيلا",
    ),
    "en": (
        "Velmora signed an accord with Qadria on Thursday, its foreign ministry said.",
        "Velmora signs",
        "The minister visited the café Élan in Tasrin and the town of Señora.",
        "The broadcaster \"قناة تسرين\" said the bridge would reopen.",
        "VELMORA BRIEFING 2031",
    ),
    "fa": (
        "وزیر خارجه ولمورا گفت که این توافق برای مردم هر دو کشور مهم است و باید اجرا شود.",
        "پارلمان قادریا طرح بودجه را تصویب کرد",
        "گفتگو در تسرین",
    ),
    "ur": (
        "ولمورا کے وزیر خارجہ نے کہا ہے کہ یہ معاہدہ دونوں ملکوں کے لیے بہت اہم ہے۔",
        "تسرین میں مذاکرات جاری ہیں",
        "پارلیمنٹ نے بل منظور کر لیا",
    ),
    "und": (
        "",
        " \t",
        "12.5 — 2031!",
        "😀",
        "ולמורה חתמה על הסכם עם קדריה",
        "Вельмора подписала соглашение с Кадрией",
        "Η Βελμόρα υπέγραψε συμφωνία",
        "Velmora a signé un accord avec la Qadria dans la ville de Tasrin pour les années à venir.",
        "Velmora hat mit Kadrien ein Abkommen unterzeichnet, das für die Häfen nicht gilt.",
        "Velmora ile Kadriya arasında bir anlaşma imzalandı ve bu çok önemli.",
        "د ولمورا د بهرنیو چارو وزیر وویل چې دا تړون به ډېر ژر پلی شي او ټول خلک به ښه ژوند ولري",
        "وەزیری دەرەوەی ڤێلمۆرا گوتی ئەم ڕێککەوتنە بۆ هەموو وڵات گرنگە",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lang", "paragraph"), [(lang, each) for lang, several in PARAGRAPHS.items() for each in several])
def test_a_paragraph_has_its_language(lang: str, paragraph: str) -> None:
    assert language_of(paragraph) == lang


def test_each_paragraph_of_a_mixed_article_has_its_own() -> None:
    lines = [PARAGRAPHS["ar"][0], f"  {PARAGRAPHS['en'][0]}\t", PARAGRAPHS["fa"][0], "2031"]
    text = "\n\n".join(lines)
    found = paragraph_languages(text)
    assert [(text[each.start : each.end], each.lang) for each in found] == [
        (lines[0], "ar"),
        (lines[1].strip(), "en"),
        (lines[2], "fa"),
        ("2031", "und"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n".join((PARAGRAPHS["ar"][0], PARAGRAPHS["ar"][2], PARAGRAPHS["en"][0])), "ar"),
        ("\n".join(("فيلمورا", PARAGRAPHS["en"][0])), "en"),
        ("\n".join((PARAGRAPHS["und"][4] * 9, "Velmora signs the accord")), "en"),  # a long Hebrew line has no code to be stored under
        ("\n".join((PARAGRAPHS["ur"][0], "فيلمورا")), "ur"),
        ("2031\n—", "und"),
        ("", "und"),
        ("ثمانية\nsix he", "ar"),  # six characters each
    ],
)
def test_an_article_has_the_language_of_most_of_it(text: str, expected: str) -> None:
    assert article_language(paragraph_languages(text)) == expected


@pytest.mark.parametrize(("name", "english"), [("000_5dc7ba50f3641af5", 0), ("001_1db846cdeb2b71b3", 1), ("002_62e10460548d29ad", 1)])
def test_a_real_article_is_arabic_but_for_what_its_page_left_in_it(name: str, english: int) -> None:
    found = paragraph_languages(real(name))
    assert article_language(found) == "ar"
    assert [each.lang for each in found].count("en") == english
    assert {each.lang for each in found} <= {"ar", "en"}


MIXED = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(" \n\t\r\u2028\u200fفيكیپhetא")))


@given(MIXED)
@settings(max_examples=200, deadline=None)
def test_paragraphs_are_the_lines_that_are_not_blank(text: str) -> None:
    found = paragraph_languages(text)
    assert [text[each.start : each.end] for each in found] == [line.strip() for line in text.split("\n") if line.strip()]
    langs = {each.lang for each in found}
    assert article_language(found) in (langs - {"und"} or {"und"})
