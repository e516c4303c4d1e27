"""The lines of an article, and what each says by the rules, wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from annotate.corpus.zones.rules import Rules, begins, fits, fold, fold_lines, is_plain

CUT = 200  # code points of a line that are looked at; no rule needs more, and a line of 10 MB takes no longer
SENTENCE = 60  # code points from which a line with a full stop is a paragraph
PARAGRAPH = 160  # code points from which it is one without
REMEMBERED = 20_000  # short lines, which pages share; some 10 MB

CLOSED = re.compile(r"[.!?؟…][\"'”’»)\]\s]*\Z")
STOPS, BEHIND_STOPS = ".!?؟…", "\"'”’»)]"
SEPARATOR = re.compile(r" ?[|•·/›»>«‹،,;:–—←→☰\t] ?| - ")
BAR = re.compile(r" ?[|•·›»>☰←→] ?")
# What one of them holds: looked for first, since most lines have none.
IN_SEPARATOR, IN_BAR = re.compile(r"[|•·/›»>«‹،,;:–—←→☰\t-]"), re.compile("[|•·›»>☰←→]")
COUNT = re.compile(r" ?\(?[\d,.]+\)?\Z")
NUMERIC_DATE = re.compile(r"\b(?:\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2})\b")
LETTERS_OR_DIGITS = re.compile(r"[^\W\d_]+|\d+")
LATIN = re.compile("[a-z{}<>%]")
RULED_OFF = re.compile(r"[-_=*•·.—–~#|+<>/\\\s]{2,}")
QUOTES = "\"'“”«»‘’"


class Line(Struct, frozen=True, gc=False):
    """A line that is not blank.

    text, folded: its first CUT code points
    closed:       whether it ends with a full stop or the like
    paragraph:    whether it looks like one
    says:         its label by the rules, None where no rule knows it
    """

    start: int
    end: int
    text: str
    folded: str
    words: int
    closed: bool
    paragraph: bool
    says: str | None


class Stretch(NamedTuple):
    """A line before it is folded; its ``text`` whole."""

    start: int
    text: str
    closed: bool
    paragraph: bool


def read_lines(text: str, rules: Rules, outlet: str, title: str = "", unknown: Set[int] = frozenset()) -> Iterator[Line]:
    """The lines of the text.

    outlet:  its publisher's name, folded
    title:   its title, folded; a line that is no more needs no rule, and has none
    unknown: where lines start of which it is known that no rule knows them
    """
    several = stretches(text)
    paragraphs = fold_lines([each.text[:CUT] for each in several if each.paragraph], is_plain(text))
    for start, whole, closed, paragraph in several:
        length, cut, says = len(whole), whole[:CUT], None
        folded = next(paragraphs) if paragraph else _fold_short(cut)
        if start not in unknown:
            if paragraph:
                says = _paragraph_says(folded, cut, length, rules)
            elif not title or folded != title:
                says = _short_line_says(cut, closed, rules, outlet)
        yield Line(start, start + length, cut, folded, folded.count(" ") + 1, closed, paragraph, says)


def unknown_lines(text: str, rules: Rules, outlet: str) -> Iterator[tuple[int, str]]:
    """Those of the text's lines that are no paragraphs and that no rule knows: where each starts, and itself, folded."""
    for start, line, closed, paragraph in stretches(text):
        if not paragraph and _short_line_says(line, closed, rules, outlet) is None:
            yield start, _fold_short(line)


def short_lines(text: str) -> Iterator[tuple[int, str]]:
    """The text's lines that are no paragraphs: where each starts, and itself, folded."""
    return ((start, _fold_short(line)) for start, line, _, paragraph in stretches(text) if not paragraph)


@lru_cache(1)
def stretches(text: str) -> Sequence[Stretch]:
    """Kept for the last text, which is looked at again and again: for its zones, its languages, its lines that no rule knows."""
    return list(_stretches_of(text))


def _stretches_of(text: str) -> Iterator[Stretch]:
    start = 0
    for piece in text.split("\n"):
        if stripped := piece.strip():
            length = len(stripped)
            closed = stripped[-1] in STOPS or (stripped[-1] in BEHIND_STOPS and CLOSED.search(stripped, max(0, length - 8)) is not None)
            paragraph = length >= PARAGRAPH or (closed and length >= SENTENCE)
            blank = 0 if length == len(piece) else len(piece) - len(piece.lstrip())
            yield Stretch(start + blank, stripped, closed, paragraph)
        start += len(piece) + 1


def _paragraph_says(folded: str, text: str, length: int, rules: Rules) -> str | None:
    label = begins(rules.start, folded)
    if label is None and length < PARAGRAPH:
        label = _phrase(folded, rules) or ("boilerplate" if _is_of_page(folded, text, True, rules) else None)
    return None if _is_storys(label, folded, True, rules) else label


_fold_short = lru_cache(REMEMBERED)(fold)


@lru_cache(REMEMBERED)
def _short_line_says(text: str, closed: bool, rules: Rules, outlet: str) -> str | None:
    folded = _fold_short(text)
    label = begins(rules.start, folded) or fits(rules.line, folded) or _phrase(folded, rules)
    if label is not None:
        return None if _is_storys(label, folded, closed, rules) else label
    if is_date(folded, rules):
        return "byline"
    of_page = (
        _is_menu(folded, rules, outlet)
        or (not closed and _tells_time_ago(folded, rules))
        or RULED_OFF.fullmatch(text)
        or _is_of_page(folded, text, closed, rules)
    )
    return "boilerplate" if of_page else None


def _phrase(folded: str, rules: Rules) -> str | None:
    ascii_only, others = rules.inside
    if LATIN.search(folded):
        for phrase, label in ascii_only:
            if phrase in folded:
                return label
    if not folded.isascii():
        for phrase, label in others:
            if phrase in folded:
                return label
    return None


def _is_storys(label: str | None, folded: str, closed: bool, rules: Rules) -> bool:
    """Whether a rule was mistaken: a sentence reports what was said, or tells what a picture would show."""
    return closed and (
        (label == "boilerplate" and _reports(folded, rules)) or (label == "caption" and folded[-1] == "." and ":" not in folded)
    )


def _reports(folded: str, rules: Rules) -> bool:
    return not rules.words.said.isdisjoint(_words(folded))


def _words(folded: str) -> list[str]:
    return [word.strip(".,:;!?؟،*()[]") for word in folded.split(" ")]


def _is_menu(folded: str, rules: Rules, outlet: str) -> bool:
    """Buttons, section names and the outlet's own name, and nothing else; a section name alone is told by its place."""
    buttons, sections = rules.words.buttons, rules.words.sections
    if all(each in buttons or each in sections or is_outlet(each, outlet) for each in pieces(folded)):
        parts = list(pieces(folded))
        return len(parts) > 1 or (parts != [] and parts[0] in buttons)
    if IN_BAR.search(folded):
        barred = list(pieces(folded, BAR))
        if len(barred) > 2 and all(each.count(" ") < 3 for each in barred) and any(each in sections or each in buttons for each in barred):
            return True
    words = folded.split(" ")
    return len(words) > 2 and all(word in buttons or word in sections for word in words)


def pieces(folded: str, separator: re.Pattern[str] = SEPARATOR) -> Iterator[str]:
    """What a menu's line holds between its separators, without counts."""
    parts = separator.split(folded) if IN_SEPARATOR.search(folded) else (folded,)
    return (piece for each in parts if (piece := COUNT.sub("", each).strip(" ()[]")))


def is_outlet(folded: str, outlet: str) -> bool:
    """Whether this is the outlet's name, or more than a word of it."""
    return bool(outlet) and (folded == outlet or (" " in folded and folded in outlet))


def _tells_time_ago(folded: str, rules: Rules) -> bool:
    """A time ago alone, or with a name or headline on one side of it. (A sentence has its full stop, or goes on behind a comma.)"""
    if found := rules.ago.match(folded):
        return folded[found.end() : found.end() + 1] in ("", *" |-–—:·•/")
    at_end = rules.ago.search(folded, max(0, len(folded) - 24))
    return at_end is not None and at_end.end() == len(folded)


def is_date(folded: str, rules: Rules) -> bool:
    """A date and nothing else but what stands around one."""
    if len(folded) > 90 or not any(map(str.isdigit, folded)):
        return False
    named = [word for word in LETTERS_OR_DIGITS.findall(folded) if not word.isdigit()]
    if not all(word in rules.words.dates for word in named):
        return False
    return any(len(word) > 2 for word in named) or NUMERIC_DATE.search(folded) is not None


def _is_of_page(folded: str, text: str, closed: bool, rules: Rules) -> bool:
    """A short line in the words of pages, which quotes nobody."""
    words = _words(folded)
    if len(words) > 20 or any(mark in text for mark in '"“«'):
        return False
    known = rules.words
    of_page = sum(word in known.page or word in known.web for word in words)
    if of_page == 0:
        return False
    if closed:
        return not _reports(folded, rules) and of_page + sum(word in known.reader for word in words) >= max(2, 0.3 * len(words))
    if len(words) < 15 and not known.web.isdisjoint(words):
        return True
    return of_page + sum(word in known.address for word in words) >= max(2, 0.5 * len(words))
