"""Text that is not what it looks like: bidirectional controls that can show characters in another order than they are stored.

LRM, RLM and ALM are harmless and common in Arabic text. An override always counts, and so does an embedding or isolate that its own line
leaves open, closes without opening, or closes in the wrong order: the rest of the line is then shown turned around. (Unicode's UAX 9;
*Trojan Source*, Boucher and Anderson 2021.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import name

from annotate.errors import Problem
from annotate.records import Article

CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROL_OR_BREAK = re.compile("[\u202a-\u202e\u2066-\u2069\n]")
OVERRIDES = "\u202d\u202e"
CLOSED_BY = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", "\u2069")


def hidden_text(place: str, article: Article) -> Problem | None:
    """A warning where the article's text or title may look like other text than it is; it goes in as it is all the same."""
    for what, text in (("text", article.text), ("title", article.title or "")):
        found = sorted(set(_suspect(text)))
        if found:
            first = text[found[0]]
            more = f", and {len(found) - 1} more" if len(found) > 1 else ""
            return Problem(
                place,
                f"U+{ord(first):04X} ({name(first).lower()}) at {found[0]} of its {what}{more}: "
                "it may be shown in another order than it is stored; look at it",
            )
    return None


def _suspect(text: str) -> Iterator[int]:
    """Offsets of overrides and of what is unbalanced in its line, in no order."""
    is_open: list[tuple[int, str]] = []  # offset, and what would close it
    written = text.encode("utf-8", "surrogatepass")  # bytes are looked through far faster than characters are by a pattern
    if b"\xe2" not in written or (b"\xe2\x80" not in written and b"\xe2\x81" not in written) or CONTROL.search(text) is None:
        return
    for match in CONTROL_OR_BREAK.finditer(text):
        sign, offset = match[0], match.start()
        if sign == "\n":
            yield from (each for each, _ in is_open)
            is_open = []
        elif sign in CLOSED_BY:
            is_open.append((offset, CLOSED_BY[sign]))
            if sign in OVERRIDES:
                yield offset
        elif is_open and is_open[-1][1] == sign:
            is_open.pop()
        else:
            yield offset
    yield from (each for each, _ in is_open)
