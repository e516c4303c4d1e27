"""What an .ann file's offsets count: brat counts a text's code points with LF line ends; other tools count CRs or a byte order mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from annotate.studio.brat.lines import TextBound

BYTE_ORDER_MARK = "\ufeff"


def offsets_of(raw: str, stored: str, spans: Sequence[TextBound]) -> Sequence[int]:
    """Offset in the .ann file → offset in the stored text, the way of counting under which most spans have the words they quote.

    raw: the text file as decoded, with its CRs and byte order mark; stored: the article made of it, without them.
    """
    if len(raw) == len(stored):
        return range(len(stored) + 1)
    ways = [_counting(raw, cr=cr, mark=mark) for mark in (True, False) for cr in (False, True)]
    return max(ways, key=lambda way: sum(_agrees(span, way, stored) for span in spans))


def words_at(span: TextBound, offsets: Sequence[int], stored: str) -> str | None:
    """The words of a span's fragments as brat quotes them; None where they are not in the text."""
    if not all(0 <= start < end < len(offsets) for start, end in span.fragments):
        return None
    return " ".join(stored[offsets[start] : offsets[end]] for start, end in span.fragments)


def quotes(span: TextBound, words: str) -> bool:
    """Whether a span's line quotes these words, however white space was written; behind them a comment may stand.

    Before version 1.3 brat wrote the parts of a discontinuous span without a blank between them.
    """
    quoted, there = " ".join((span.words or "").split()), " ".join(words.split())
    joined = len(span.fragments) > 1 and quoted.replace(" ", "") == there.replace(" ", "")
    return not quoted or quoted == there or quoted.startswith(f"{there} ") or joined


def _agrees(span: TextBound, offsets: Sequence[int], stored: str) -> bool:
    words = words_at(span, offsets, stored)
    return words is not None and quotes(span, words)


def _counting(raw: str, *, cr: bool, mark: bool) -> list[int]:
    """For each counted character its offset in the stored text, and the text's length behind them."""
    return list(_offsets(raw, cr=cr, mark=mark))


def _offsets(raw: str, *, cr: bool, mark: bool) -> Iterator[int]:
    stored = 0
    for index, character in enumerate(raw):
        is_mark = index == 0 and character == BYTE_ORDER_MARK
        is_cr = character == "\r" and raw[index + 1 : index + 2] == "\n"
        if (mark or not is_mark) and (cr or not is_cr):
            yield stored
        stored += not (is_mark or is_cr)
    yield stored
