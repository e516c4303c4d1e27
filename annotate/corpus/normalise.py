"""Text made comparable, each of its characters with the place in the stored text that it comes from. The text itself is never changed.

Written alike are: letters with and without combining marks (tashkīl, accents), with and without tatweel and invisible format characters,
أ إ آ ٱ as ا, ى ی as ي, ک as ك, ة as ه, ؤ and ئ as their bearers, presentation forms and other compatibility characters as the letters they
stand for (Unicode's NFKD), digits of any script and the Arabic separators ٫ ٬ as ASCII, large letters as small ones.

Every code point is mapped by itself, whatever stands beside it. So canonically equivalent texts become the same, what is normalised stays
so, and a part of a text becomes the part of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple
from unicodedata import category, decimal, normalize

import numpy as np

from annotate.tokens import INNER_FORMAT

CodePoints = np.ndarray[Any, np.dtype[np.uint32]]
Places = np.ndarray[Any, np.dtype[np.int64]]

TATWEEL = "ـ"
INVISIBLE = re.compile(f"[{INNER_FORMAT}]")  # not the zero-width space, which parts words
WRITTEN_ALIKE = str.maketrans("ٱىیکة٫٬", "اييكه.,")
# Beyond these no code point has a decomposition, another case or an invisible shape.
MAPPED = (*range(0x20000), *range(0x2F800, 0x2FA20), *range(0xE0000, 0xE0200))
CODE_POINTS = 0x110000
BLOCK = 256  # code points that are looked at together first
CHANGED = ("Mn", "Mc", "Me", "Nd")  # marks, and digits of any script


class Normalised(NamedTuple):
    """``text[i]`` comes from the original's code point ``origin[i]``; origin, (characters,), never decreases."""

    text: str
    origin: Places

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the normalised, non-empty ``text[start:end]`` stands in the original: from its first to behind its last code point."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no characters at {start}:{end} of {len(self.text)}")
        return int(self.origin[start]), int(self.origin[end - 1]) + 1


class _Table(NamedTuple):
    """What each code point becomes: (0x110000,) the length, and where it begins in ``characters``."""

    length: np.ndarray[Any, np.dtype[np.uint8]]
    begin: np.ndarray[Any, np.dtype[np.uint32]]
    characters: CodePoints


def normalised(text: str) -> Normalised:
    """The text made comparable. Lone surrogates stay what they are."""
    codes, origin = normalised_code_points(code_points(text))
    return Normalised(codes.tobytes().decode("utf-32-le", "surrogatepass"), origin)


def code_points(text: str) -> CodePoints:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def normalised_code_points(codes: CodePoints) -> tuple[CodePoints, Places]:
    """``normalised`` on code points: (characters,) of each, for many texts at once where words are wanted."""
    table = _table()
    length = table.length[codes]
    if length.max(initial=0) <= 1:
        origin = np.flatnonzero(length)
        return table.characters[table.begin[codes[origin]]], origin
    origin = np.repeat(np.arange(len(codes)), length)
    first = np.cumsum(length, dtype=np.int64) - length
    within = np.arange(len(origin)) - first[origin]
    return table.characters[table.begin[codes[origin]] + within], origin


@cache
def _table() -> _Table:
    """Made at the first use, in about a tenth of a second: it follows this Python's Unicode, so no file can hold it."""
    length = np.ones(CODE_POINTS, dtype=np.uint8)
    begin = np.arange(CODE_POINTS, dtype=np.uint32)
    replaced = list(_replaced())
    codes = [code for code, _ in replaced]
    length[codes] = [len(text) for _, text in replaced]
    begin[codes] = CODE_POINTS + np.cumsum([0, *(len(text) for _, text in replaced[:-1])])
    new = code_points("".join(text for _, text in replaced))
    return _Table(length, begin, np.concatenate([np.arange(CODE_POINTS, dtype=np.uint32), new]))


def _replaced() -> Iterator[tuple[int, str]]:
    for start in range(0, len(MAPPED), BLOCK):
        block = "".join(map(chr, MAPPED[start : start + BLOCK]))
        for character in "" if _is_as_written(block) else block:
            text = written(character)
            if text != character:
                yield ord(character), text


def _is_as_written(block: str) -> bool:
    """Whether ``written`` changes none of these characters, as of most blocks."""
    same = normalize("NFKD", block) == block.casefold() == block.translate(WRITTEN_ALIKE) == block
    return same and not INVISIBLE.search(block) and not any(category(each) in CHANGED for each in block)


def written(character: str) -> str:
    """What one code point becomes, which may be nothing. What a second round would still change is changed at once."""
    if INVISIBLE.match(character):
        return ""
    parts = normalize("NFKD", character)
    kept = "".join(_digit(part) for part in parts if part != TATWEEL and category(part)[0] != "M")
    if kept.isspace() and parts != kept and not character.isspace():
        return ""  # a mark by itself, which Unicode writes upon a space: ﹰ
    text = kept.translate(WRITTEN_ALIKE).casefold()
    return text if text == character else "".join(map(_part_written, text))


_part_written = lru_cache(BLOCK)(written)  # 11,172 syllables of Hangul have 67 parts


def _digit(character: str) -> str:
    return str(decimal(character, character))
