"""Articles from text files, folders, JSONL, CSV and standard input; one bad article never keeps the rest out."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import jsonlines
import msgspec
from msgspec import Struct

from annotate.corpus.zones import zones
from annotate.errors import BadInput, Problem
from annotate.records import Article, Date, Source, text_digest

# Label Studio's page does not open larger ones in reasonable time.
MAX_CHARACTERS = 1_000_000
SUFFIXES = (".txt", ".jsonl", ".csv")
ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
LATIN = re.compile(r"[A-Za-z]")
# What CSV, YAML, pandas or a data set loader would take for a number, a date, a truth value or nothing.
NOT_AN_ID = re.compile(r"[\d.eE+_-]+|[\d/:. T-]+Z?|nan|null|none|na|n/a|inf|true|false|yes|no", re.IGNORECASE)


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
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
        if not inside:
            yield str(path), Problem(str(path), f"no {', '.join(SUFFIXES)} files in this folder")
        for each in inside:
            yield from _path(each)
        return
    try:
        match path.suffix.lower():
            case ".txt":
                yield str(path), _text_file(path)
            case ".jsonl":
                with path.open("rb") as file:
                    yield from _jsonl(str(path), file)
            case ".csv":
                with path.open("rb") as file:
                    yield from _csv(str(path), file)
            case _:
                yield str(path), Problem(str(path), f"not one of {', '.join(SUFFIXES)}; convert it, or name another file")
    except OSError as error:
        yield str(path), Problem(str(path), f"{error.strerror or error}; check the name and its permissions")


def _text_file(path: Path) -> Article | Problem:
    if path.stat().st_size > 4 * MAX_CHARACTERS:
        return _too_long(str(path))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Problem(str(path), f"not UTF-8 at byte {error.start}; save it as UTF-8")
    return _article(str(path), Row(text=text, id=path.stem))


def _jsonl(name: str, file: BinaryIO) -> Iterator[Found]:
    reader = jsonlines.Reader(file, loads=msgspec.json.decode)
    number = 0
    while True:
        number += 1
        place = f"{name}:{number}"
        try:
            plain: Any = reader.read(type=dict)
        except EOFError:
            return
        except (jsonlines.InvalidLineError, msgspec.DecodeError) as error:
            yield place, Problem(place, f"not a JSON object in UTF-8 ({_first_line(error)}); mend this line")
            continue
        yield place, _row(place, plain)


def _csv(name: str, file: BinaryIO) -> Iterator[Found]:
    csv.field_size_limit(sys.maxsize)
    # A byte that is not UTF-8 becomes a lone surrogate, which only its own row is refused for.
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    rows = csv.DictReader(lines)
    if "text" not in (rows.fieldnames or ()):
        yield name, Problem(f"{name}:1", "no column `text`; name the column that holds the articles `text`")
        return
    for plain in rows:
        place = f"{name}:{rows.line_num}"
        if None in plain or None in plain.values():
            yield place, Problem(place, "more or fewer cells than the header has; look for an unbalanced quote")
        else:
            yield place, _row(place, {key: value for key, value in plain.items() if value != ""})


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
    if not text.strip():
        return Problem(place, "empty text; remove the article or find its text")
    if "\0" in text:
        return Problem(place, f"a NUL character at {text.index(chr(0))}; remove it")
    if lone := re.search(r"[\ud800-\udfff]", text):
        return Problem(place, f"not UTF-8: a broken character at {lone.start()}; save the text as UTF-8")
    try:
        date = _date(row.date)
    except ValueError:
        return Problem(place, f"date {row.date!r} is no YYYY-MM-DD, YYYY-MM or YYYY; write it so, or leave it out")
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
    if given is None or isinstance(given, Date):
        return given or Date()
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?", given.strip())
    if found is None:
        raise ValueError(given)
    year, month, day = (int(part) if part else None for part in found.groups())
    if not (1 <= (month or 1) <= 12 and 1 <= (day or 1) <= 31):
        raise ValueError(given)
    return Date(year, month, day, "day" if day else "month" if month else "year", "metadata")


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
