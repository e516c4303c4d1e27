"""One article from a row, as JSONL and CSV have it: what the row says, and what the text says where the row is silent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from annotate.corpus.credits import Credit, credits_in
from annotate.corpus.dates.article import article_date
from annotate.corpus.dates.given import given_date
from annotate.corpus.html import read_page
from annotate.corpus.languages import article_language, paragraph_languages
from annotate.corpus.zones.mark import zones
from annotate.corpus.zones.rules import Rules
from annotate.errors import Problem
from annotate.records import NOT_AN_ID, Article, Date, Source, Zone, text_digest

# Label Studio's page does not open larger ones in reasonable time.
MAX_CHARACTERS = 1_000_000
BYTE_ORDER_MARK = "\ufeff"
# No text holds these: a NUL stops Label Studio's database, half a surrogate pair is no character.
NO_CHARACTER = re.compile(r"[\0\ud800-\udfff]")
# An id stands in messages, tables and file names, where these would do or hide something.
CONTROL = re.compile(r"[\x01-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Row(Struct, frozen=True):
    """One article as a row of JSONL or CSV. Anything but ``text``, or ``html`` in its stead, may be missing; other keys are left alone."""

    text: str
    id: str | None = None
    title: str | None = None
    date: Date | str | None = None
    publisher: str | None = None
    agency: str | None = None
    syndicator: str | None = None
    url: str | None = None
    rights: str | None = None
    lang: str | None = None
    story: str | None = None
    duplicates: str | None = None


def article_of_row(place: str, plain: dict[str, Any], rules: Rules | None = None) -> Article | Problem:
    """The article of a row as JSONL has it, or what is wrong with it."""
    for name in ("id", "date"):  # 17, 2031
        if isinstance(plain.get(name), int) and not isinstance(plain[name], bool):
            plain[name] = str(plain[name])
    if "text" not in plain and isinstance(plain.get("html"), str):
        try:
            plain = _of_page(plain)
        except ValueError as error:
            return Problem(place, str(error))
    try:
        return _article(place, msgspec.convert(plain, Row), rules)
    except msgspec.ValidationError as error:
        return Problem(
            place,
            f"{error}; a row has text or html, and may have id, title, date, publisher, agency, syndicator, url, rights, lang, story, "
            "duplicates",
        )


def _of_page(plain: dict[str, Any]) -> dict[str, Any]:
    """The row with its page's text, and with what the page says of itself where the row says nothing. Raises ValueError."""
    page = msgspec.structs.asdict(read_page(plain["html"]))
    return page | {key: value for key, value in plain.items() if value not in (None, "")}


def _article(place: str, row: Row, rules: Rules | None) -> Article | Problem:
    text = row.text.replace("\r\n", "\n")
    if len(text) > MAX_CHARACTERS:
        return too_long(place)
    if not text.replace(BYTE_ORDER_MARK, "").strip():
        return Problem(place, "empty text; remove the article or find its text")
    for name, value in msgspec.structs.asdict(row).items():
        if isinstance(value, str) and (bad := _no_character(value)):
            what = "a NUL character" if bad[0] == "\0" else "not UTF-8: a broken character"
            return Problem(place, f"{what} at {bad.start()} of its {name}; remove it, or save it as UTF-8")
    if row.id is not None and (bad := CONTROL.search(row.id)):
        return Problem(place, f"a control character, U+{ord(bad[0]):04X}, at {bad.start()} of its id; give it another id")
    try:
        date = given_date(row.date)
    except ValueError:
        return Problem(place, f"date {_shown(row.date)} cannot be read for sure; write YYYY-MM-DD, YYYY-MM or YYYY, or leave it out")
    article_id, original = _id(row.id, text)
    marked = zones(text, row.title, publisher=row.publisher or None, rules=rules)
    dated = article_date(text, marked, date)
    paragraphs = paragraph_languages(text)
    return Article(
        id=article_id,
        original_id=original,
        text=text,
        lang=row.lang or article_language(paragraphs),
        title=row.title or None,
        source=_source(row, text, marked),
        date=dated.date,
        zones=marked,
        duplicates=row.duplicates or None,
        story=row.story or None,
        date_span=dated.span,
        date_doubt=dated.why if dated.suspect else None,
        paragraphs=tuple(paragraphs),
    )


def _no_character(text: str) -> re.Match[str] | None:
    """The first of NO_CHARACTER. Encoding shows that there is none far faster than the pattern does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return NO_CHARACTER.search(text)
    return NO_CHARACTER.search(text) if "\0" in text else None


def _source(row: Row, text: str, marked: Sequence[Zone]) -> Source:
    """What the row says, and what the text says where the row is silent."""
    given = Source(row.publisher or None, row.agency or None, row.url or None, row.rights or None, row.syndicator or None)
    found = credits_in(text, marked, given)
    return msgspec.structs.replace(
        given,
        publisher=given.publisher or _name(found.publisher),
        agency=given.agency or _name(found.agency),
        syndicator=given.syndicator or _name(found.syndicator),
    )


def _name(credit: Credit | None) -> str | None:
    return None if credit is None else credit.name


def _id(given: str | None, text: str) -> tuple[str, str | None]:
    """(id, original id): the user's own, prefixed where a reader would take it for something else, or made from the text."""
    if given is None or not given.strip():
        return f"article-{text_digest(text)[:12]}", None
    if NOT_AN_ID.fullmatch(given):
        return f"article-{given}", given
    return given, None


def _shown(date: Date | str | None) -> str:
    """For a message."""
    return repr(date[:60]) if isinstance(date, str) else msgspec.json.encode(date).decode()


def too_long(place: str) -> Problem:
    return Problem(place, f"longer than {MAX_CHARACTERS:,} characters, more than Label Studio's page can show; cut it into articles")
