"""Words of Arabic and English text with exact offsets, and the Arabic proclitics at their head.

``\\w+`` will not do: it splits vowelled words (حليفًا), since combining marks are no word characters. The rules here:

- A word is letters, digits, underscores, combining marks (tashkīl, superscript alef) and tatweel. Zero-width format characters (ZWNJ,
  ZWJ, RLM, LRM, soft hyphen …) stay in a word that goes on behind them, and are no part of it at its edges; a zero-width *space* ends a
  word.
- Hyphens inside a word stay (``جونغ-أون``, ``S-400``, ``2022-2023``), and so do apostrophes (``don't``) but for those behind an Arabic
  letter, which are quotation marks there (``ب'السلام'``).
- A decimal or thousands separator between two digits stays (``1,234.5``, ``٣٫٥``, ``3،5``); a colon or a slash does not.
- Single letters with dots are one token with their dots: ``U.S.``, ``أ.ف.ب``, and so a lone letter with its dot: ``أ. ف. ب`` is three. A
  full stop behind any other word is a token of its own, so ``الاتفاق.وقال``, where the space was forgotten, is three, and a web address
  several.
- An emoji with all that modifies it or is joined to it is one token, and so is a flag.
- Everything else that is neither white space nor a format character is a token by itself with the marks on it, each quotation mark and
  each dot of ``...`` too.

No token holds white space, and white space decides nothing but where tokens end: pieces of text cut at white space have the same tokens.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import filterfalse
from typing import NamedTuple
from unicodedata import category

# What is invisible and may lie between tokens (Unicode's Cf without the signs that are seen, such as ۝); ZWSP is the one that parts words.
INNER_FORMAT = "\u00ad\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
FORMAT = INNER_FORMAT + "\u200b"

CONJUNCTIONS = "وف"
PREPOSITIONS = "بلك"
FUTURE = "س"
IMPERFECT = "أآنيت"  # آ is أ before a root's own hamza: سآخذ
REACH = 24  # code points in which two proclitics with all their marks have room
REMEMBERED = 1 << 16  # pieces whose tokens are counted once; some 8 MB


class _Patterns(NamedTuple):
    token: re.Pattern[str]
    proclitics: re.Pattern[str]


def tokens(text: str) -> list[tuple[int, int]]:
    """The (start, end) of every token in order, in code points, half-open. Between two lie only white space and format characters."""
    return [match.span() for match in _patterns().token.finditer(text)]


def count_tokens(text: str) -> int:
    """``len(tokens(text))``, in a tenth of the time: white space parts tokens, and what lies between is mostly a word."""
    pieces = text.split()
    mixed = list(filterfalse(str.isalnum, pieces))  # the others are a token each
    return len(pieces) - len(mixed) + sum(map(_MIXED.__getitem__, mixed))


class _Counted(dict[str, int]):
    """How many tokens a piece has that is a word with its comma or the like; the first that are asked for stay."""

    def __missing__(self, piece: str) -> int:
        count = len(_patterns().token.findall(piece))
        if len(piece) <= REACH and len(self) < REMEMBERED:
            self[piece] = count
        return count


_MIXED = _Counted()


def proclitics(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` are proclitics that a span may keep or leave out: licit, and at the head of a token that goes on behind
    ``end``.

    Licit are a conjunction (و ف), then a preposition (ب ل ك) or the future س before an imperfect's prefix (أ ن ي ت), each of them alone
    too. The article is none of them; of لل the first ل is one, the second stands for ال. Marks and tatweel belong to the letter before
    them. Letters decide, not roots: of وزارة the و passes for a conjunction.
    """
    return start < end and token_head(text, start) == token_head(text, end)


def token_head(text: str, start: int) -> int:
    """Where the token starts whose licit proclitics end at ``start``; ``start`` itself where no proclitics do.

    Two starts differ by licit proclitics exactly where they have the same head, so starts can be compared by this number.
    """
    if not 0 < start < len(text) or text[start - 1].isspace() or not text[start].isalnum():
        return start
    found = _patterns().proclitics.search(text, max(0, start - REACH), start)
    if found is None or (found["future"] and text[start] not in IMPERFECT):
        return start
    return found.start()


@cache
def _patterns() -> _Patterns:
    """Compiled at the first use: listing the combining marks takes some 20 ms, which a command that needs no words does not pay."""
    mark = _combining_marks()
    char, letter, carried = rf"[\w{mark}]", rf"[^\W\d_][{mark}]*", rf"[ـ{mark}{INNER_FORMAT}]*"
    hyphen = r"[-‐‑](?=\w)"
    word = rf"{char}+(?:(?:[{INNER_FORMAT}]+|{hyphen}|(?<![؀-ۿ])['’](?=\w)|(?<=\d)[.,٫٬،](?=\d)){char}+)*"
    dotted = rf"{letter}\.(?!\.)"
    abbreviation = rf"{dotted}(?:{dotted})*(?:{letter}(?!{char}))?(?:{hyphen}{word})?"
    flag = "[\U0001f1e6-\U0001f1ff]{2}"
    emoji = f"[©®\u2190-\u2bff\U0001f000-\U0001faff][{mark}\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
    whole = r"\w++(?!\S)"  # what is a word by any rule, found in half the time
    token = rf"{whole}|{abbreviation}|{word}|{flag}|{emoji}(?:\u200d{emoji})*|[^\s{FORMAT}][{mark}]*"
    before = rf"(?<!{char})(?<!{char}[{INNER_FORMAT}])"
    leading = rf"{before}(?:[{CONJUNCTIONS}]{carried})?(?:[{PREPOSITIONS}]{carried}|(?P<future>{FUTURE}{carried}))?\Z"
    return _Patterns(re.compile(token), re.compile(leading))


def _combining_marks() -> str:
    """Every combining mark of this Python's Unicode, as ranges for a character class."""
    marks = [code for code in (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)) if category(chr(code))[0] == "M"]
    firsts = [code for code, before in zip(marks, [0, *marks], strict=False) if code != before + 1]
    lasts = [code for code, after in zip(marks, [*marks[1:], 0], strict=True) if code != after - 1]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(firsts, lasts, strict=True))
