"""Articles from text files, web pages, folders, JSONL, CSV and standard input; one bad article never keeps the rest out."""

from __future__ import annotations

import io
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, AnyStr, BinaryIO

import jsonlines
import msgspec
from msgspec import Struct

from annotate.corpus.credits import Credit, credits_in
from annotate.corpus.csv_rows import LONGEST_ROW, CsvRow, csv_rows
from annotate.corpus.dates.article import article_date
from annotate.corpus.dates.given import given_date
from annotate.corpus.files import files_inside, reading, shown
from annotate.corpus.html import MAX_BYTES, decode_page, read_page
from annotate.corpus.languages import article_language, paragraph_languages
from annotate.corpus.zones.mark import zones
from annotate.corpus.zones.rules import Rules
from annotate.errors import BadInput, Problem
from annotate.records import NOT_AN_ID, Article, Date, Source, Zone, text_digest

# Label Studio's page does not open larger ones in reasonable time.
MAX_CHARACTERS = 1_000_000
SUFFIXES = (".txt", ".jsonl", ".csv", ".html", ".htm")
PARTED_BY = {";": "semicolons", "\t": "tabs", "|": "bars"}
NAMED_BY_FILE = (".txt", ".html", ".htm")
CHANGED = "changed while it was read; run ingest again"
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


Found = tuple[str, Article | Problem]


def read_articles(paths: list[str], rules: Rules | None = None) -> Iterator[Found]:
    """(place, article or what is wrong with it) for everything in the paths, ``-`` being JSONL on standard input.

    rules: from ``load_rules``; the bundled ones where none are given
    """
    for path in paths:
        if path == "-":
            yield from _jsonl("standard input", sys.stdin.buffer, rules)
        else:
            yield from _path(Path(path), rules)


def _path(path: Path, rules: Rules | None) -> Iterator[Found]:
    if not _is_folder(path):
        yield from _file(path, rules)
        return
    empty = True
    for each in files_inside(path, SUFFIXES):
        empty = False
        if isinstance(each, Problem):
            yield each.place, each
        else:
            yield from _file(each, rules)
    if empty:
        yield shown(path), Problem(shown(path), f"no {', '.join(SUFFIXES)} files in this folder")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # of what cannot even be asked this, opening it as a file says why
        return False


def _file(path: Path, rules: Rules | None) -> Iterator[Found]:
    name = shown(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            yield name, Problem(name, "a pipe or device, which is not read like a file; pipe JSONL in, and name it -")
        elif path.suffix.lower() not in SUFFIXES:
            yield name, Problem(name, f"not one of {', '.join(SUFFIXES)}; convert it, or name another file")
        elif path.suffix.lower() in NAMED_BY_FILE and (bad := CONTROL.search(path.stem) or NO_CHARACTER.search(path.stem)):
            what = "what is not UTF-8" if NO_CHARACTER.match(bad[0]) else f"U+{ord(bad[0]):04X}"
            yield name, Problem(name, f"{what} in the file's name, which becomes the article's id; rename the file")
        else:
            with path.open("rb") as file:
                yield from _unchanged(name, path, file, rules)
    except OSError as error:
        yield name, Problem(name, f"{error.strerror or error}; check the name and its permissions")


def _unchanged(name: str, path: Path, file: BinaryIO, rules: Rules | None) -> Iterator[Found]:
    """What the file holds, as long as it stays as it was when it was opened; one that changes may give half an article."""
    now = reading(path, file)
    for found in _of_kind(name, path, file, rules):
        if now.changed:
            break
        yield found
    if now.changed:
        yield name, Problem(name, CHANGED)


def _of_kind(name: str, path: Path, file: BinaryIO, rules: Rules | None) -> Iterator[Found]:
    match path.suffix.lower():
        case ".txt":
            yield name, _text_file(name, path, file, rules)
        case ".jsonl":
            yield from _jsonl(name, file, rules)
        case ".csv":
            # A byte that is not UTF-8 becomes a lone surrogate, which only its own row is refused for.
            lines = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
            try:
                yield from _csv(name, lines, rules)
            finally:
                lines.detach()  # else it would close the file, whose state is asked for after this
        case _:
            yield name, _page_file(name, path, file, rules)


def _text_file(name: str, path: Path, file: BinaryIO, rules: Rules | None) -> Article | Problem:
    raw = file.read(4 * MAX_CHARACTERS + 4)  # the longest article in its longest characters, behind a byte order mark
    if file.read(1):
        return _too_long(name)
    try:
        text = raw.decode("utf-8-sig")  # a byte order mark says how the file is written; it is none of its text
    except UnicodeDecodeError as error:
        return Problem(name, f"not UTF-8 at byte {error.start}; save it as UTF-8")
    return _article(name, Row(text=text, id=path.stem), rules)


def _page_file(name: str, path: Path, file: BinaryIO, rules: Rules | None) -> Article | Problem:
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        return Problem(name, f"longer than {MAX_BYTES:,} bytes, which no article's page is; save its text as .txt")
    try:
        return article_of_row(name, {"id": path.stem, "html": decode_page(raw)}, rules)
    except ValueError as error:
        return Problem(name, str(error))


def _jsonl(name: str, file: BinaryIO, rules: Rules | None) -> Iterator[Found]:
    number = 0

    def lines() -> Iterator[bytes]:
        nonlocal number
        for number, line in enumerate(_lines(file), 1):  # noqa: B007 the reader asks for lines, the place is the last one it took
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
        yield f"{name}:{number}", article_of_row(f"{name}:{number}", plain, rules)


def _lines(file: IO[AnyStr]) -> Iterator[AnyStr]:
    """The file's lines; of one too long to be held, only as much as no reader takes for a row."""
    while line := file.readline(LONGEST_ROW):
        rest = line
        while len(rest) == LONGEST_ROW and not rest[-1:].isspace():
            rest = file.readline(LONGEST_ROW)
        yield line


def _csv(name: str, lines: io.TextIOWrapper, rules: Rules | None) -> Iterator[Found]:
    rows = csv_rows(_lines(lines))
    header = next(rows, CsvRow(1, 1, None)).cells or []
    if "text" not in header and "html" not in header:
        yield name, Problem(f"{name}:1", _without_text(header))
        return
    for row in rows:
        place = f"{name}:{row.first}"
        if row.cells is None or len(row.cells) != len(header):
            yield place, Problem(place, _unreadable(row))
        else:
            yield place, article_of_row(place, {key: value for key, value in zip(header, row.cells, strict=True) if value != ""}, rules)


def _without_text(header: list[str]) -> str:
    """What to do about a header that names no articles; programs of some countries part cells by semicolons and call it CSV."""
    if len(header) == 1 and (mark := next((name for each, name in PARTED_BY.items() if each in header[0]), None)):
        return f"its cells are parted by {mark}; save it with commas between them"
    return "no column `text`; name the column that holds the articles `text`, or `html` where they are pages"


def _unreadable(row: CsvRow) -> str:
    which = "this row" if row.first == row.last else f"lines {row.first} to {row.last}, which were left out"
    return f"more or fewer cells than the header has, or an unbalanced quote; mend {which}"


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
        return _too_long(place)
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


def _too_long(place: str) -> Problem:
    return Problem(place, f"longer than {MAX_CHARACTERS:,} characters, more than Label Studio's page can show; cut it into articles")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def require_found(paths: list[str]) -> None:
    """Raise BadInput when no path was named."""
    if not paths:
        raise BadInput("no articles named; give files, folders, or - for JSONL on standard input")
