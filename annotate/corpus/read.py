"""Articles from text files, folders, JSONL, CSV and standard input; one bad article never keeps the rest out."""

from __future__ import annotations

import csv
import datetime
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import jsonlines
import msgspec
from msgspec import Struct

from annotate.corpus.zones import zones
from annotate.errors import BadInput, Problem
from annotate.records import Article, Date, Source, text_digest
from annotate.schema.record_schema import BASES, PRECISIONS

# Label Studio's page does not open larger ones in reasonable time.
MAX_CHARACTERS = 1_000_000
SUFFIXES = (".txt", ".jsonl", ".csv")
BYTE_ORDER_MARK = "\ufeff"
ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
LATIN = re.compile(r"[A-Za-z]")
# What CSV, YAML, pandas or a data set loader would take for a number, a date, a truth value or nothing.
NOT_AN_ID = re.compile(
    r"[\d.eE+_-]+|[\d/:.,+ T-]+Z?|0[xob][\da-f_]+|[+-]?\.?(nan|inf|infinity)|null|none|~|<?na>?|n/a|#n/?a|true|false|yes|no|on|off",
    re.IGNORECASE,
)
# No text holds these: a NUL stops Label Studio's database, half a surrogate pair is no character.
NO_CHARACTER = re.compile(r"[\0\ud800-\udfff]")


class Row(Struct, frozen=True):
    """One article as a row of JSONL or CSV. Anything but ``text`` may be missing; other keys are left alone."""

    text: str
    id: str | None = None
    title: str | None = None
    date: Date | str | None = None
    publisher: str | None = None
    agency: str | None = None
    url: str | None = None
    rights: str | None = None
    lang: str | None = None
    story: str | None = None
    duplicates: str | None = None


Found = tuple[str, Article | Problem]


def read_articles(paths: list[str]) -> Iterator[Found]:
    """(place, article or what is wrong with it) for everything in the paths, ``-`` being JSONL on standard input."""
    for path in paths:
        if path == "-":
            yield from _jsonl("standard input", sys.stdin.buffer)
        else:
            yield from _path(Path(path))


def _path(path: Path) -> Iterator[Found]:
    name = os.fsencode(path).decode("utf-8", "replace")  # a name that is not UTF-8 could not be shown
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
        if not inside:
            yield name, Problem(name, f"no {', '.join(SUFFIXES)} files in this folder")
        for each in inside:
            yield from _path(each)
        return
    try:
        match path.suffix.lower():
            case ".txt":
                yield name, _text_file(name, path)
            case ".jsonl":
                with path.open("rb") as file:
                    yield from _jsonl(name, file)
            case ".csv":
                # A byte that is not UTF-8 becomes a lone surrogate, which only its own row is refused for.
                with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
                    yield from _csv(name, lines)
            case _:
                path.stat()  # a path that is not there is told so first
                yield name, Problem(name, f"not one of {', '.join(SUFFIXES)}; convert it, or name another file")
    except OSError as error:
        yield name, Problem(name, f"{error.strerror or error}; check the name and its permissions")


def _text_file(name: str, path: Path) -> Article | Problem:
    if path.stat().st_size > 4 * MAX_CHARACTERS:
        return _too_long(name)
    try:
        text = path.read_bytes().decode("utf-8-sig")  # a byte order mark says how the file is written; it is none of its text
    except UnicodeDecodeError as error:
        return Problem(name, f"not UTF-8 at byte {error.start}; save it as UTF-8")
    return _article(name, Row(text=text, id=path.stem))


def _jsonl(name: str, file: BinaryIO) -> Iterator[Found]:
    number = 0

    def lines() -> Iterator[bytes]:
        nonlocal number
        for number, line in enumerate(file, 1):  # noqa: B007 the reader asks for lines, the place is the last one it took
            yield line

    reader = jsonlines.Reader(lines(), loads=msgspec.json.decode)
    while True:
        try:
            plain: Any = reader.read(type=dict, skip_empty=True)
        except EOFError:
            return
        except (jsonlines.InvalidLineError, msgspec.DecodeError, RecursionError) as error:
            place = f"{name}:{number}"
            yield place, Problem(place, f"not a JSON object in UTF-8 ({_first_line(error)}); mend this line")
            continue
        yield f"{name}:{number}", _row(f"{name}:{number}", plain)


def _csv(name: str, lines: Iterable[str]) -> Iterator[Found]:
    csv.field_size_limit(sys.maxsize)
    rows = _csv_rows(lines)
    _, header = next(rows, (1, []))
    if "text" not in header:
        yield name, Problem(f"{name}:1", "no column `text`; name the column that holds the articles `text`")
        return
    for number, cells in rows:
        place = f"{name}:{number}"
        if len(cells) != len(header):
            yield place, Problem(place, "more or fewer cells than the header has, or an unbalanced quote; mend this row")
        else:
            yield place, _row(place, {key: value for key, value in zip(header, cells, strict=True) if value != ""})


def _csv_rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of each row but blank ones; no cells where a quote is unbalanced, which would swallow the rows after it."""
    rows = csv.reader(lines, strict=True)
    while True:
        first = rows.line_num + 1
        try:
            if cells := next(rows):
                yield first, cells
        except StopIteration:
            return
        except csv.Error:
            yield first, []


def _row(place: str, plain: dict[str, Any]) -> Article | Problem:
    if isinstance(plain.get("id"), int) and not isinstance(plain["id"], bool):
        plain["id"] = str(plain["id"])
    try:
        return _article(place, msgspec.convert(plain, Row))
    except msgspec.ValidationError as error:
        return Problem(
            place, f"{error}; a row has text, and may have id, title, date, publisher, agency, url, rights, lang, story, duplicates"
        )


def _article(place: str, row: Row) -> Article | Problem:
    text = row.text.replace("\r\n", "\n")
    if len(text) > MAX_CHARACTERS:
        return _too_long(place)
    if not text.replace(BYTE_ORDER_MARK, "").strip():
        return Problem(place, "empty text; remove the article or find its text")
    for name, value in msgspec.structs.asdict(row).items():
        if isinstance(value, str) and (bad := NO_CHARACTER.search(value)):
            what = "a NUL character" if bad[0] == "\0" else "not UTF-8: a broken character"
            return Problem(place, f"{what} at {bad.start()} of its {name}; remove it, or save it as UTF-8")
    try:
        date = _date(row.date)
    except ValueError:
        return Problem(place, f"date {row.date!r} is no YYYY-MM-DD, YYYY-MM or YYYY, nor an object of these; mend it, or leave it out")
    article_id, original = _id(row.id, text)
    return Article(
        id=article_id,
        original_id=original,
        text=text,
        lang=row.lang or _language(text),
        title=row.title or None,
        source=Source(row.publisher or None, row.agency or None, row.url or None, row.rights or None),
        date=date,
        zones=zones(text, row.title),
        duplicates=row.duplicates or None,
        story=row.story or None,
    )


def _id(given: str | None, text: str) -> tuple[str, str | None]:
    """(id, original id): the user's own, prefixed where a reader would take it for something else, or made from the text."""
    if given is None or not given.strip():
        return f"article-{text_digest(text)[:12]}", None
    if NOT_AN_ID.fullmatch(given):
        return f"article-{given}", given
    return given, None


def _date(given: Date | str | None) -> Date:
    """Raises ValueError on what is no date."""
    if given is None:
        return Date()
    if isinstance(given, str):
        found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?", given.strip())
        if found is None:
            raise ValueError(given)
        year, month, day = (int(part) if part else None for part in found.groups())
        given = Date(year, month, day, "day" if day else "month" if month else "year", "metadata")
    if given.year is not None:
        datetime.date(given.year, given.month or 1, given.day or 1)
    if given.precision not in PRECISIONS or given.basis not in BASES:
        raise ValueError(given)
    return given


def _language(text: str) -> str:
    arabic, latin = len(ARABIC.findall(text)), len(LATIN.findall(text))
    return "und" if arabic == latin == 0 else "ar" if arabic >= latin else "en"


def _too_long(place: str) -> Problem:
    return Problem(place, f"longer than {MAX_CHARACTERS:,} characters, more than Label Studio's page can show; cut it into articles")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def require_found(paths: list[str]) -> None:
    """Raise BadInput when no path was named."""
    if not paths:
        raise BadInput("no articles named; give files, folders, or - for JSONL on standard input")
