"""Words and proclitics: Arabic and English by hand, and what holds of any text."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotate.tokens import FORMAT, count_tokens, proclitics, token_head, tokens
from tests.ratings import few

# Texts of what words, quotations, numbers and emoji are made of.
pieces = st.sampled_from(
    [*"وفبلكسأيال دحـ", "لل", "ً", "ّ", "ٰ", "\u200c", "\u200d", "\u200f", "\u200b", *"aZ1٣.,'’-_«» \n\xa0", "👩", "🏽", "🇮", "️", "⃣"]
)
some_text = st.lists(pieces, max_size=30).map("".join) | st.text(max_size=20)
GAP = re.compile(rf"[\s{FORMAT}]*")


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in tokens(text)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("حليفًا جدّدَ الرَّحْمٰن", id="vowelled words and superscript alef"),
        pytest.param("الـــسلام", id="tatweel"),
        pytest.param("اتصالًا هاتفيًّا", id="tanwin before and behind alef"),
        pytest.param("1,234.5 12.5 ٣٫٥ ١٬٢٣٤ 3،5", id="numbers with separators"),
        pytest.param("U.S. e.g. أ. ف. ب أ.ف.ب", id="abbreviations with dots"),
        pytest.param("U.S.-led S-400 جونغ-أون 2022-2023 co‑founder", id="hyphens"),
        pytest.param("don't it’s rock'n'roll", id="apostrophes"),
        pytest.param("👩🏽\u200d🚀 👨\u200d👩\u200d👧 ❤️\u200d🔥 🇮🇷 1️⃣ #️⃣ 🏴\U000e0067\U000e0062\U000e007f ☎️", id="emoji"),
        pytest.param("می\u200cخواهم ك\u200fتاب co\u00adop", id="zero-width marks inside words"),
        pytest.param("snake_case x² 5e3 F16 وF16", id="letters, digits and underscores"),
        pytest.param("e\u0301te\u0301 हिन्दी", id="combining marks of other scripts"),
    ],
)
def test_one_token_each(text: str) -> None:
    assert words(text) == text.split(" ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("وقال: «نعم»، ثمّ مضى.", ["وقال", ":", "«", "نعم", "»", "،", "ثمّ", "مضى", "."]),
        ("“yes” ‘no’ 'it' \"a\"", ["“", "yes", "”", "‘", "no", "’", "'", "it", "'", '"', "a", '"']),
        ("wait... B… J..", ["wait", ".", ".", ".", "B", "…", "J", ".", "."]),
        ("الاتفاق.وقال", ["الاتفاق", ".", "وقال"]),
        ("12.5%، 10:30 5.", ["12.5", "%", "،", "10", ":", "30", "5", "."]),
        ("فبراير/ شباط (رويترز)", ["فبراير", "/", "شباط", "(", "رويترز", ")"]),
        ("جونغ - أون a--b -5", ["جونغ", "-", "أون", "a", "-", "-", "b", "-", "5"]),
        ("ب'السلام' لـ«رويترز»", ["ب", "'", "السلام", "'", "لـ", "«", "رويترز", "»"]),
        ("سنة 1445ه\u200d والسلام\u200f،", ["سنة", "1445ه", "والسلام", "،"]),
        ("\ufeffأهلا\u200bوسهلا", ["أهلا", "وسهلا"]),
        ("🇮🇷🇷🇺👍👍🏽", ["🇮🇷", "🇷🇺", "👍", "👍🏽"]),
        ("قال👍نعم", ["قال", "👍", "نعم"]),
        ("a\xa0b\u2003c\r\nd", ["a", "b", "c", "d"]),
        ("\u064b «\u064b» ۝", ["\u064b", "«\u064b", "»", "۝"]),
        ("", []),
        (" \u200f\n", []),
    ],
)
def test_tokens_by_hand(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@few
@given(text=some_text)
def test_only_white_space_and_format_characters_lie_between_tokens(text: str) -> None:
    done = 0
    for start, end in [*tokens(text), (len(text), len(text))]:
        assert done <= start
        assert GAP.fullmatch(text, done, start)
        assert not any(char.isspace() for char in text[start:end])
        done = end
    assert all(
        start < end and text[start] not in FORMAT_CHARACTERS and text[end - 1] not in FORMAT_CHARACTERS for start, end in tokens(text)
    )


FORMAT_CHARACTERS = {char for char in map(chr, range(0x10000)) if re.fullmatch(f"[{FORMAT}]", char)}


def test_what_may_be_lost_between_tokens_is_invisible() -> None:
    assert all(unicodedata.category(char) == "Cf" for char in FORMAT_CHARACTERS)
    assert {"\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u061c", "\ufeff", "\xad"} <= FORMAT_CHARACTERS


@few
@given(first=some_text, second=some_text, white=st.sampled_from([" ", "\n", "\xa0", "\t\t"]))
def test_text_cut_at_white_space_has_the_same_tokens(first: str, second: str, white: str) -> None:
    shift = len(first) + len(white)
    assert tokens(first + white + second) == tokens(first) + [(start + shift, end + shift) for start, end in tokens(second)]


@few
@given(word=st.text("وكتابدحـ", min_size=1, max_size=6), marks=st.lists(st.sampled_from("ًٌٍَُِّْٰ"), max_size=6))
def test_marks_do_not_split_words(word: str, marks: list[str]) -> None:
    vowelled = "".join(letter + mark for letter, mark in zip(word, [*marks, *[""] * len(word)], strict=False))
    assert tokens(f"«{vowelled}»") == [(0, 1), (1, 1 + len(vowelled)), (1 + len(vowelled), 2 + len(vowelled))]


@pytest.mark.parametrize(
    ("word", "cut", "rest"),
    [
        ("والوزير", "و", "الوزير"),
        ("فالوزير", "ف", "الوزير"),
        ("بالاتفاق", "ب", "الاتفاق"),
        ("وبالاتفاق", "وب", "الاتفاق"),
        ("وبالاتفاق", "و", "بالاتفاق"),
        ("كالوزير", "ك", "الوزير"),
        ("لروسيا", "ل", "روسيا"),
        ("ولروسيا", "ول", "روسيا"),
        ("فلروسيا", "فل", "روسيا"),
        ("للدول", "ل", "لدول"),
        ("وللدول", "ول", "لدول"),
        ("لِلدُّوَلِ", "لِ", "لدُّوَلِ"),
        ("سيزور", "س", "يزور"),
        ("فسيزور", "فس", "يزور"),
        ("وَسَيَزورُ", "وَسَ", "يَزورُ"),
        ("سنلتقي", "س", "نلتقي"),
        ("ستستمر", "س", "تستمر"),
        ("سألتقي", "س", "ألتقي"),
        ("سآخذ", "س", "آخذ"),
        ("بـروسيا", "بـ", "روسيا"),
        ("بـF16", "بـ", "F16"),
        ("ل5", "ل", "5"),
        ("وزارة", "و", "زارة"),  # letters decide, not roots: و is the root's here
    ],
)
@pytest.mark.parametrize("before", ["", " ", "«", "إلى ", "\u200f", "قال،", "جونغ-"])
def test_licit_proclitics(word: str, cut: str, rest: str, before: str) -> None:
    assert word == cut + rest
    start = len(before)
    assert proclitics(before + word, start, start + len(cut))
    assert token_head(before + word, start + len(cut)) == token_head(before + word, start) == start


def test_proclitics_behind_a_proclitic() -> None:
    """A licit sequence, one of whose letters both spans leave out."""
    assert proclitics("وبالاتفاق", 1, 2)
    assert proclitics("فسيزور", 1, 2)
    assert token_head("وبالاتفاق", 1) == token_head("وبالاتفاق", 2) == 0


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        pytest.param("الوزير", 0, 2, id="the article"),
        pytest.param("والوزير", 0, 3, id="and with the article"),
        pytest.param("للدول", 0, 2, id="the article's lam"),
        pytest.param("للدول", 1, 2, id="the article's lam alone"),
        pytest.param("مكتب", 1, 2, id="a letter inside a word"),
        pytest.param("والبوتين", 3, 4, id="a letter behind the article"),
        pytest.param("سلام", 0, 1, id="sin before no imperfect"),
        pytest.param("وسلام", 0, 2, id="and with sin before no imperfect"),
        pytest.param("بوزير", 0, 2, id="conjunction behind a preposition"),
        pytest.param("وفبراير", 0, 2, id="two conjunctions"),
        pytest.param("بلروسيا", 0, 2, id="two prepositions"),
        pytest.param("سبيزور", 0, 2, id="future before a preposition"),
        pytest.param("و روسيا", 0, 2, id="across white space"),
        pytest.param("و«روسيا»", 0, 1, id="across a quotation mark"),
        pytest.param("وَالوزير", 0, 1, id="a letter without its mark"),
        pytest.param("والوزير", 1, 0, id="inverted"),
        pytest.param("والوزير", 0, 0, id="nothing"),
        pytest.param("وب", 0, 2, id="the whole token"),
        pytest.param("who", 0, 1, id="English"),
        pytest.param("كتاب وروسيا", 0, 6, id="from another token"),
        pytest.param("5وروسيا", 1, 2, id="behind a digit"),
        pytest.param("والوزير", 0, 99, id="beyond the text"),
        pytest.param("می\u200cوزارت", 3, 4, id="behind a zero-width mark inside a word"),
    ],
)
def test_no_proclitics(text: str, start: int, end: int) -> None:
    assert not proclitics(text, start, end)


def licit(sequence: str, rest: str) -> bool:
    """The definition over bare letters: any licit sequence, or what is left of one when its head is taken off."""
    bare = re.sub(r"[ـًّ]", "", sequence)
    return bool(rest) and (bare in {*"وفبلك", *(a + b for a in "وف" for b in "بلك")} or (bare in {"س", "وس", "فس"} and rest[0] in "أآنيت"))


@few
@given(word=st.text("وفبلكسيالدـًّ", min_size=2, max_size=7), cut=st.integers(1, 6))
@example(word="وسيل", cut=2)
def test_proclitics_at_the_head_of_a_word_are_as_defined(word: str, cut: int) -> None:
    starts_with_letter = word[0] not in "ـًّ"
    cut_before_letter = cut < len(word) and word[cut] not in "ًّ"
    whole = not (cut < len(word) and word[cut] == "ـ")
    if starts_with_letter and cut_before_letter and whole:
        assert proclitics(f"«{word}»", 1, 1 + cut) == licit(word[:cut], word[cut:])


@given(st.text(st.sampled_from("ab9أب.-'’ \n\u00a0\u200b\u200c\u064eـ😀👍\U0001f3fd\u200d«,٫\x1c\u2028🇺🇳_…"), max_size=40))
def test_tokens_are_counted_as_they_are_found(text: str) -> None:
    assert count_tokens(text) == len(tokens(text))
