"""Sentences with exact offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A sentence ends at a line's end, or at its closing mark with any quotation mark after it; not after a single letter (أ. ف. ب).
# Each alternative looks far ahead from one place only (a run's last mark, a word's end): a line of dots or blanks takes no longer.
SENTENCE = re.compile(r"\S[^\n]*?(?:(?<!\b\w)[.!?؟…](?![.!?؟…])[\"'”»)]*(?=\s)|(?<=\S)(?=\s*(?:\n|$)))")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence, in order, white space between them left out."""
    return (match.span() for match in SENTENCE.finditer(text))
