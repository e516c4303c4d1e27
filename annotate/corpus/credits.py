"""Whose an article is, from its text: the wire agency it came from, who passed it on, who published it; each with its span.

An agency that a sentence quotes ("بحسب تقرير لرويترز", "Reuters reported") did not write the article, nor did the one a caption credits
with its picture. Its own agency stands where agencies sign: alone on a line, in a dateline, at the very end, or in a zone marked so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from annotate.corpus.agencies import AGENCIES, WORDS_TOO
from annotate.corpus.dates.forms import Folded, fold
from annotate.records import Source, Zone

LONGEST = 120  # characters in which a line that signs has room
DATELINE = 80  # characters in which a dateline has room
NO_SIGN = ("caption", "title", "headline", "boilerplate", "syndication")


Find = Callable[[str], re.Match[str] | None]


class Credit(Struct, frozen=True):
    """A name and where it stands. An agency has its usual name, whatever the text calls it; others are as written."""

    name: str
    start: int
    end: int


class Credits(Struct, frozen=True):
    """What the text says of where the article comes from; None where it says nothing."""

    agency: Credit | None = None
    syndicator: Credit | None = None
    publisher: Credit | None = None


def _spelling(name: str) -> str:
    """A pattern of the name in folded text, with dots and blanks as they like between single letters."""
    parts = fold(name).text.split()
    if len(parts) > 1 and all(len(each) == 1 for each in parts):
        return r"\.? ?".join(parts) + r"\.?"
    return re.escape(" ".join(parts))


_NAME_OF = {fold(each).text.replace(" ", "").replace(".", "").lower(): names[0] for names in AGENCIES for each in names}
_WORDS_TOO = {fold(each).text.lower() for each in WORDS_TOO}
_WORD = re.compile(r"\w+")
_FIRST_WORDS = {_WORD.findall(fold(cased).text)[0] for names in AGENCIES for each in names for cased in (each, each.upper())}
_SPELLINGS = {_spelling(cased) for names in AGENCIES for each in names for cased in (each, each.upper())}
_AGENCY = r"(?<!\w)(?:" + "|".join(sorted(_SPELLINGS, key=len, reverse=True)) + r")(?!\w)"
_MORE = rf"(?: ?(?:[-/+,|&(]|and|و) ?{_AGENCY}){{0,3}}"
_INITIALS = r"(?: ?/ ?\w{1,2}(?: \w{1,2})?){0,3}"  # the desk's: / ع ن / م ق
_SOURCE = r"(?:(?i:المصدر|المصادر|وكالات|sources?|agency|via|(?:additional )?(?:reporting )?by) ?[:/]? ?)?"

# A whole line: "(Reuters)", "Source: Reuters"; before it may stand an outlet at the article's end (العربي - أ ف ب), a place at its head.
SIGNED = re.compile(
    rf"{_SOURCE}(?:(?P<outlet>[^()\n.:]{{2,30}}?) ?[-/+|] ?)?[(\[-]? ?(?P<agency>{_AGENCY}){_MORE}{_INITIALS} ?[)\].]{{0,2}}"
)
# The head of the body: a place, perhaps a date, the agency and a dash or colon.
IN_DATELINE = re.compile(
    rf"[^()\n.]{{2,50}}?(?:[(\[] ?(?P<agency>{_AGENCY})[^()\n]{{0,20}}[)\]](?= ?[-:/]| ?$)|[-/] ?(?P<open>{_AGENCY})(?= ?[-:/]| ?$))"
)
AT_END = re.compile(rf"[(\[] ?(?P<agency>{_AGENCY}){_MORE}{_INITIALS} ?[)\]]\.?$")
LISTED = re.compile(_AGENCY)
# What a zone that is the agency's holds between its marks, when the list does not have it.
PIECE = re.compile(r"(?:(?! - | and )[^+,/|&()\[\]:\n]){3,60}")
CUE = re.compile(rf"{_SOURCE}-? ?")

SYNDICATED = re.compile(
    r"(?:(?:هذا )?المحتوي مقدم من|(?:ينشر|نشر) [^\n]{0,40}?(?:بالاتفاق|بالتعاون|بالتنسيق) مع|بموجب اتفاق [^\n]{0,40}?مع"
    r"|(?:this )?content (?:is )?provided by|(?:syndicated|provided|distributed) (?:by|from)|(?:re)?published by arrangement with"
    r"|this (?:story|article) (?:first|originally) appeared (?:in|on)) ?:? (?P<name>[^\n]{2,80})",
    re.IGNORECASE,
)
PUBLISHED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"site icon (?P<name>.{2,60})",
        r"(?:جميع )?(?:حقوق (?:النشر )?|الحقوق )محفوظه ?[-:©]? ?(?:(?:19|20)\d\d )?(?:لدي |ل ?)?(?P<name>.{2,60})",
        r"(?:copyright |©|\(c\)){1,2} ?(?:(?:19|20)\d\d(?:-(?:19|20)?\d\d)?,? )?(?:by )?(?P<name>[^\d\n].{1,60})",
        r"[^\n«\"]{2,30} - (?:مراسل )?(?P<name>[«\"][^»\"\n]{2,40}[»\"])",  # a place and the outlet: تسرين - «المرفأ»
    )
)
QUOTED = re.compile('(?:خدمه |the )?[«“"](?P<name>[^»”"]+)[»”"]', re.IGNORECASE)
PLAIN = re.compile(
    r"(?:the )?(?P<name>.+?)(?=[.,|©]| - | and is | under |'s |’s | all rights| جميع الحقوق| (?:19|20)\d\d|$)", re.IGNORECASE | re.DOTALL
)


def credits_in(text: str, zones: Sequence[Zone], source: Source | None = None) -> Credits:
    """Agency, syndicator and publisher of the article whose lines and spans ``zones`` marks. What ``source`` names is not looked for."""
    source = source or Source()
    folded = fold(text)
    signs = [_Sign(zone, folded.part(zone.start, zone.end)) for zone in zones if zone.end - zone.start <= LONGEST]
    signed = [each for each in signs if each.zone.label not in NO_SIGN]
    agency = None if source.agency else next(filter(None, _agencies(folded, zones, signed, source.publisher)), None)
    syndicator = None if source.syndicator else next(_named(signs, (SYNDICATED,)), None)
    publisher = None if source.publisher else next(_publishers(signs, signed, zones), None)
    return Credits(agency, syndicator, publisher)


class _Sign(NamedTuple):
    """A line or span in which somebody may sign."""

    zone: Zone
    folded: Folded

    def agency(self, find: Find, *groups: str | int) -> Credit | None:
        """The listed agency that ``find`` gives in one of the groups, where it is not rather a word or place."""
        text = self.folded.text
        if _FIRST_WORDS.isdisjoint(_WORD.findall(text)) or not (match := find(text)):
            return None
        group = next(each for each in groups if match[each])
        if match[group].lower() in _WORDS_TOO and not text[: match.start(group)].rstrip().endswith(("(", "[", ":")):
            return None
        return self.credit(*match.span(group), _NAME_OF[re.sub("[ .]", "", match[group]).lower()])

    def credit(self, start: int, end: int, name: str | None = None) -> Credit:
        """A stretch of the folded zone as a credit of the text, under the name it has there if no other is given."""
        first, last = self.folded.span(start, end)
        return Credit(name or self.folded.original[first:last], self.zone.start + first, self.zone.start + last)


def _agencies(folded: Folded, zones: Sequence[Zone], signed: Sequence[_Sign], publisher: str | None) -> Iterator[Credit | None]:
    """Where agencies sign, the surest first; None where none did."""
    for sign in signed:
        if sign.zone.label == "agency":
            yield sign.agency(LISTED.search, 0) or _unlisted(sign, publisher or "")
    for sign in signed:
        if sign.zone.label == "dateline":
            yield sign.agency(LISTED.search, 0)
    for sign in signed:
        yield sign.agency(SIGNED.fullmatch, "agency")
    if body := [zone for zone in zones if zone.label in ("body", "title")]:
        opening = next((zone for zone in body if zone.end - zone.start > LONGEST), body[0])
        yield _part(folded, opening.start, min(opening.end, opening.start + DATELINE)).agency(IN_DATELINE.match, "agency", "open")
        yield _part(folded, max(body[-1].start, body[-1].end - DATELINE), body[-1].end).agency(AT_END.search, "agency")


def _part(folded: Folded, start: int, end: int) -> _Sign:
    return _Sign(Zone(start, end, "body"), folded.part(start, end))


def _unlisted(sign: _Sign, publisher: str) -> Credit | None:
    """The first name in an agency's zone that is not the outlet's own."""
    text = sign.folded.text
    cue = CUE.match(text)
    for match in PIECE.finditer(text, cue.end() if cue else 0):
        start, end = match.end() - len(match[0].lstrip(" -")), match.start() + len(match[0].rstrip(" .-"))
        if start < end and (credit := sign.credit(start, end)).name not in publisher:
            return credit
    return None


def _publishers(signs: Sequence[_Sign], signed: Sequence[_Sign], zones: Sequence[Zone]) -> Iterator[Credit]:
    yield from _named(signs, PUBLISHED)
    behind = next((zone.end for zone in zones if zone.label == "body" and zone.end - zone.start > LONGEST), None)
    for sign in signed:
        if behind is None or sign.zone.start < behind or not sign.agency(SIGNED.fullmatch, "agency"):
            continue
        match = SIGNED.fullmatch(sign.folded.text)
        if match and match["outlet"] and not LISTED.fullmatch(match["outlet"].strip()):  # رويترز + أ ف ب are two agencies
            yield sign.credit(*match.span("outlet"))


def _named(signs: Iterable[_Sign], patterns: Iterable[re.Pattern[str]]) -> Iterator[Credit]:
    """The names that whole lines give by one of the patterns, quotation marks and what follows the name left out."""
    for sign in signs:
        match = next((found for pattern in patterns if (found := pattern.fullmatch(sign.folded.text))), None)
        if match is None:
            continue
        start, end = match.span("name")
        inner = QUOTED.match(sign.folded.text, start, end) or PLAIN.match(sign.folded.text, start, end)
        if inner and inner["name"].strip():
            yield sign.credit(inner.start("name"), inner.start("name") + len(inner["name"].rstrip()))
