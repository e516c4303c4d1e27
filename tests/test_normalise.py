"""Normalisation: what is written alike, and every span of it back to the text at exact offsets."""

from __future__ import annotations

from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.normalise import MAPPED, code_points, normalised, normalised_code_points, written

ALIKE = {
    "vowel marks": ("وَقَّعَتْ فِيلْمُورَا", "وقعت فيلمورا"),
    "superscript alef": ("هٰذا", "هذا"),
    "tatweel": ("فيلمـــورا", "فيلمورا"),
    "alef": ("أإآٱا", "ااااا"),
    "ya": ("على ولي وی", "علي ولي وي"),
    "ta marbuta": ("معاهدة", "معاهده"),
    "hamza on its bearer": ("مسؤول هيئة", "مسوول هييه"),
    "hamza alone": ("شيء", "شيء"),
    "kaf": ("کارسينيا", "كارسينيا"),
    "Arabic digits": ("٢٠٢٤ و٣٫٥ و١٬٠٠٠", "2024 و3.5 و1,000"),
    "Persian digits": ("۱۴۰۳", "1403"),
    "presentation forms": ("ﻓﻴﻠﻤﻮﺭﺍ ﻻ", "فيلمورا لا"),
    "a mark written by itself": ("aﹰb", "ab"),
    "a phrase in one character": ("ﷺ", "صلي الله عليه وسلم"),
    "Latin case": ("Velmora SIGNS Straße", "velmora signs strasse"),
    "accents": ("Café Cafe\u0301", "cafe cafe"),
    "invisible characters": ("فيل\u200cمورا \u202bVelm\u00adora\u202c", "فيلمورا velmora"),
    "zero-width space": ("a\u200bb", "a\u200bb"),
    "white space and punctuation": ("a\n\tb، «c»!", "a\n\tb، «c»!"),
    "lone surrogate": ("a\ud800B", "a\ud800b"),
    "nothing": ("", ""),
}
TEXT = st.text(st.one_of(st.characters(), st.sampled_from("أآىةﻻﷺﹰـ\u064e\u0651\u0301\u200f٣۴ßİA \nﬁ½👍🏽각")))


@pytest.mark.parametrize("kind", ALIKE)
def test_written_alike(kind: str) -> None:
    text, expected = ALIKE[kind]
    assert normalised(text).text == expected


def test_a_span_of_the_normalised_text_is_found_in_the_original() -> None:
    text = "وقّعتْ «معاهدة الضفّتيـــن» ﻻ غير"
    found = normalised(text)
    start = found.text.index("الضفتين")
    assert text[slice(*found.span(start, start + 7))] == "الضفّتيـــن"
    lam = found.text.index("لا غير")
    assert text[slice(*found.span(lam, lam + 1))] == text[slice(*found.span(lam, lam + 2))] == "ﻻ"


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (1, 1), (2, 1), (0, 4)])
def test_a_span_that_is_none_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no characters at"):
        normalised("abc").span(start, end)


@given(TEXT)
@settings(max_examples=300, deadline=None)
def test_each_character_comes_from_its_origin(text: str) -> None:
    found = normalised(text)
    assert len(found.text) == len(found.origin)
    assert np.all(np.diff(found.origin) >= 0)
    assert np.all((found.origin >= 0) & (found.origin < len(text)))
    made = [found.text[found.origin.searchsorted(place) : found.origin.searchsorted(place, "right")] for place in range(len(text))]
    assert made == [normalised(character).text for character in text]


@given(TEXT, st.data())
@settings(max_examples=300, deadline=None)
def test_a_slice_maps_back_to_what_it_was_made_from(text: str, data: st.DataObject) -> None:
    found = normalised(text)
    if not found.text:
        return
    start = data.draw(st.integers(0, len(found.text) - 1))
    end = data.draw(st.integers(start + 1, len(found.text)))
    first, behind = found.span(start, end)
    again = normalised(text[first:behind]).text
    assert found.text[start:end] in again
    whole = (start == 0 or found.origin[start - 1] < first) and (end == len(found.text) or found.origin[end] >= behind)
    assert not whole or found.text[start:end] == again


@given(TEXT)
@settings(max_examples=200, deadline=None)
def test_canonically_equivalent_texts_become_the_same(text: str) -> None:
    assert normalised(normalize("NFD", text)).text == normalised(normalize("NFC", text)).text == normalised(text).text


def test_nothing_is_left_to_normalise() -> None:
    """Of every code point, and so of every text: each is mapped by itself."""
    once, _ = normalised_code_points(code_points("".join(map(chr, range(0x110000)))))
    twice, origin = normalised_code_points(once)
    assert np.array_equal(once, twice)
    assert np.array_equal(origin, np.arange(len(once)))


def test_blocks_that_are_passed_over_hold_nothing_to_change() -> None:
    every = "".join(map(chr, MAPPED))
    assert normalised(every).text == "".join(map(written, every))
