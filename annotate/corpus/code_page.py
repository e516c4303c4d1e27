"""Text as bytes of one code page, Arabic's (Windows-1256, which has ASCII and French too).

What is asked of every character is asked of bytes in a tenth of the time, by ``bytes.translate``. Most Arabic and English texts fit; of
others None is given, and they are asked in Unicode.
"""

from __future__ import annotations

from codecs import charmap_encode
from collections.abc import Callable
from encodings.cp1256 import encoding_table
from functools import lru_cache

CODE_PAGE = bytes(range(256)).decode("cp1256")


def in_code_page(text: str) -> bytes | None:
    """A byte for each character; None where one is not in the code page."""
    if text.isascii():
        return text.encode()
    try:
        return charmap_encode(text, "strict", encoding_table)[0]  # as encode("cp1256"), which takes five times as long to begin
    except UnicodeEncodeError:
        return None


# Kept for the last texts, since an article's is asked about for its dates and for its languages.
article_in_code_page = lru_cache(4)(in_code_page)


def with_question_marks(text: str) -> bytes:
    """A byte for each character; a question mark for one that is not in the code page."""
    return charmap_encode(text, "replace", encoding_table)[0]


def those(kept: Callable[[str], object]) -> bytes:
    """The bytes of the characters that are kept."""
    return bytes(code for code, each in enumerate(CODE_PAGE) if kept(each))


def holds(written: bytes, those: bytes) -> bool:
    """Whether any of those bytes is among what is written."""
    return len(written.translate(None, those)) != len(written)
