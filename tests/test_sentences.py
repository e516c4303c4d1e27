"""Sentences: Arabic and English by hand, what holds of any text, and hostile lines in linear time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotate.corpus.sentences import sentences
from tests.ratings import few

BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"

# ¦ stands where one sentence ends and the next begins; the white space around it is the text's.
BY_HAND = {
    "marks": "Velmora signed. ¦Qadria did not! ¦Why?",
    "Arabic marks": "هل توقّع قادريا؟ ¦نعم… ¦ربما. ¦لن نوقع!",
    "Urdu full stop": "فيلمورا نے کہا۔ ¦قادريا نے نہیں۔",
    "marks together": "What?! ¦Really!!! ¦Yes...",
    "a spaced mark": "وقعت فيلمورا . ¦وغادر الوفد .",
    "a spaced ellipsis": "He waited . . . ¦Nobody came.",
    "an ellipsis within": "He waited... and nobody came.",
    "two dots are a pause": "عاجل.. فيلمورا توقع اتفاقًا مع قادريا",
    "semicolons": "رفضت قادريا العرض؛ لأنه متأخر. ¦The talks failed; nobody was surprised.",
    "a colon": "وقال الوزير: سنوقع. ¦ثم غادر.",
    "an agency": "ذكرت أ. ف. ب. في تسرين.",
    "an agency and a new sentence": "بحسب أ. ف. ب. ¦وقالت الوزيرة إن الاتفاق قريب.",
    "an agency in one": "نقلت أ.ف.ب عن الوزير قوله. ¦وأضافت أ.ف.ب أنه غادر.",
    "an agency spaced": "تسرين (أ . ف . ب) وقعت فيلمورا.",
    "an agency behind a conjunction": "ذكرت رويترز وأ. ف. ب. أن الاتفاق وقع.",
    "an Arabic doctor": "قال د. سامر الحبيب. ¦ووافقه م. نادر.",
    "an Arabic professor": "حضر أ.د. سامر الحبيب اللقاء.",
    "a year of our era": "عام 2024 م. ¦ثم بدأت المحادثات.",
    "an Islamic year": "عام 1446 هـ. ¦ثم بدأت المحادثات.",
    "units": "بلغ الطول 5 كم. ¦وكان العرض 3 م. ¦وانتهى العمل.",
    "and so on in Arabic": "القمح والأرز إلخ. ¦وقال الوزير إنه كافٍ.",
    "a vowelled title": "قالَ دَ. سامِرٌ نَعَمْ. ¦ثُمَّ غادَرَ.",
    "states with dots": "The U.S. envoy met the U.N. chief. ¦They agreed.",
    "states with dots at the end": "He flew to the U.S. ¦The envoy stayed.",
    "a quoted opener behind dots": "He flew to the U.S. ¦“The envoy stays,” she said.",
    "titles": "Mr. Sadiri met Dr. Anwari and Gen. Tal. ¦Mrs. Sadiri left.",
    "initials": "J. K. Sadiri and Omar B. Tal signed.",
    "a plan's letter": "There was no plan B. ¦The talks went on.",
    "a degree": "Nour Sadiri, Ph.D., spoke. ¦Omar Tal, Ph.D. student, listened.",
    "numbered things": "See No. 5 and pp. 12-14 of vol. 3. ¦No. ¦He left.",
    "months": "On Jan. 17 they met. ¦They meet again in Feb. ¦Nobody knows why.",
    "companies": "Velmora Inc. and Tasrin Ltd. Holdings merged with Qadria Corp. ¦The price is secret.",
    "and so on": "Wheat, rice etc. were sold. ¦Oil, gas, etc. ¦They were not.",
    "Latin short forms": "It grew, e.g. in Tasrin, i.e. the capital, vs. Qadria.",
    "negations are no initials": "They didn't. ¦Qadria did.",
    "decimal numbers": "It grew 2.5 points to 1,234.56. ¦Prices fell ٣.٥ بالمئة.",
    "a number at the end": "It happened in 2024. ¦In 2025 it did not.",
    "a number behind the end": "The talks ended. ¦12 people left.",
    "times": "They met at 10.30 a.m. local time and at 5 p.m. ¦The talks ended at 6:15.",
    "an Arabic time": "بدأ اللقاء الساعة 10.30 صباحًا. ¦وانتهى الساعة ٥:١٥.",
    "addresses": "See https://tasrin-post.example/a.b?c=d. ¦Write to info@velmora.example. ¦He left.",
    "an address opens": "Read more. ¦https://tasrin-post.example/1 has it. ¦www.velmora.example too.",
    "a host's name": "The site velmora.example is down.",
    "a quoted sentence": "قال: «لن نوقع.» ¦ثم غادر.",
    "English quotation marks": 'He said "no." ¦She left. ¦“Never.” ¦She came back.',
    "two sentences inside a quotation": "قال: «لن نوقع. ¦سننتظر.» ¦ثم غادر.",
    "a quoted question and its speaker": "“Why?” he asked. ¦“Because!” she said.",
    "a quoted question and its Arabic speaker": "«لماذا الآن؟» سأل الوزير. ¦«لأننا مستعدون!» أجابت الوزيرة.",
    "a mark behind the quotation": 'He said “no”. ¦She said «yes»! ¦قالوا: "ربما"؟ ¦ثم غادروا.',
    "a comma behind the quotation": "«لن نوقع!»، قال الوزير. ¦“Go!”, he said.",
    "quotation marks set apart": "« Non. » ¦Puis il partit.",
    "straight quotation marks set apart": 'قالت : " سنوقع الاتفاق . " ¦وغادرت .',
    "a dash and a small letter": "The deal – worth $2 bn. – was signed. ¦– Tasrin Post",
    "a reversed quotation": "قال: ”لن نوقع.“ ¦ثم غادر.",
    "a quotation in a quotation": "“He said ‘no.’” ¦She left.",
    "brackets": "He left. ¦(She stayed.) ¦They met (again!) in Tasrin.",
    "an opening quotation mark": "He left. ¦“No,” she said. ¦«لا» قال.",
    "a numbered list": "1. Velmora signs\n2. Qadria waits. ¦It can.\n(iv. Tasrin sleeps.)",
    "a lettered list": "أ. توقع فيلمورا\nب. تنتظر قادريا. ¦وتستطيع.\na. Tasrin sleeps",
    "bullets": "• Velmora signs\n- Qadria waits\n* Tasrin. ¦Sadra.",
    "no line break inside": "A title\n\n  Body without a mark \nlast",
    "every kind of line break": "".join(f"a{each}" for each in BREAKS) + "b",
    "names that begin small": "He left. ¦al-Sadiri stayed. ¦iPhones fell.",
    "a forgotten space": "وقعت الاتفاق.¦وقال الوزير: نعم!¦ثم غادر.",
    "a forgotten space in Latin": "They signed.Then they left.",
    "direction marks": "وقعت فيلمورا.\u200f ¦\u200fوغادرت قادريا\u200f.\u200e ¦ثم عادت.",
    "no-break spaces": "Velmora signed.\u00a0¦Mr.\u00a0Sadiri left.",
    "marks alone": "... ¡!  ***",
    "stray marks before": ". وقعت فيلمورا. ! ¦ثم غادرت.",
    "stray marks behind": "وقعت فيلمورا. ***",
    "emoji": "Velmora signed! ¦😀 Great.",
    "one character": "ف",
    "nothing": "",
    "white space": " \n\u00a0",
}


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize("kind", BY_HAND)
def test_sentences_by_hand(kind: str) -> None:
    marked = BY_HAND[kind]
    for each in BREAKS:
        marked = marked.replace(each, "¦")
    assert parts(BY_HAND[kind].replace("¦", "")) == [part for each in marked.split("¦") if (part := each.strip())]


# Texts of what decides where sentences end.
pieces = st.sampled_from(
    [*".!?؟…؛;:،,()«»“”\"'-", "..", "...", " ", "  ", "\n", "\u2028", "\xa0", "\u200f", "\u202b", "😀", "5", "٣", "12", "iv",
     "قال", "وقال", "أ", "ف", "د", "وأ", "هـ", "م", "حليفًا", "The", "he", "No", "no", "Mr", "Inc", "U.S", "al-S", "iP", "B",
     "https://a.b", "www.", "x@y.example"]
)  # fmt: skip
some_text = st.lists(pieces, max_size=25).map("".join) | st.lists(pieces, max_size=25).map(" ".join) | st.text(max_size=30)


@few
@given(text=some_text)
@example("! \n.")
@example("نعم. » ثم")
def test_only_white_space_lies_between_sentences(text: str) -> None:
    found = list(sentences(text))
    assert all(start < end for start, end in found)
    ends = [0, *(end for _, end in found)]
    starts = [*(start for start, _ in found), len(text)]
    assert all(end <= start and not text[end:start].strip() for end, start in zip(ends, starts, strict=True))
    assert all(part == part.strip() and not set(part) & set(BREAKS) for part in parts(text))


@few
@given(text=some_text)
@example("No. ¦5")
@example("عام 5 م. نعم")
def test_a_sentence_by_itself_is_one(text: str) -> None:
    assert all(parts(each) == [each] for each in parts(text))


@few
@given(lines=st.lists(some_text, max_size=4))
def test_lines_have_their_sentences_whatever_is_around_them(lines: list[str]) -> None:
    assert parts("\n".join(lines)) == [part for line in lines for part in parts(line)]


@few
@given(text=some_text)
def test_each_sentence_of_a_line_with_words_has_one(text: str) -> None:
    spans = list(sentences(text))
    for (start, end), (following, _) in pairwise(spans):
        if not set(text[end:following]) & set(BREAKS):
            assert any(letter.isalnum() or letter == "_" for letter in text[start:end])


HOSTILE = (
    ".",
    ". ",
    "a. ",
    "a.",
    "! ",
    "?»",
    " ",
    "\u200f",
    "(",
    "أ. ",
    "1. ",
    "www.",
    "https://",
    'a." ',
    ". . ",
    "وأ. ف",
    "x",
    "ق.م",
    "\xa0. ",
    "« ",
    "Mr. ",
    "\n. ",
    "َ",
)


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("head", ["", "x", " "])
def test_a_hostile_line_is_looked_through_once(kind: str, head: str) -> None:
    """200,000 characters; what took the square of that would not end."""
    text = head + kind * (200_000 // len(kind))
    ends = [end for _, end in sentences(text)]
    assert ends[-1:] == ([len(text.rstrip())] if text.strip() else [])
