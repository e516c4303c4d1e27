"""Articles from text files, web pages, folders, JSONL, CSV and standard input; one bad article never keeps the rest out."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, AnyStr, BinaryIO

import jsonlines
import msgspec

from annotate.corpus.csv_rows import LONGEST_ROW, CsvRow, csv_rows
from annotate.corpus.files import files_inside, reading, shown
from annotate.corpus.html import MAX_BYTES, decode_page
from annotate.corpus.row import CONTROL, MAX_CHARACTERS, NO_CHARACTER, article_of_row, too_long
from annotate.corpus.zones.rules import Rules
from annotate.errors import BadInput, Problem
from annotate.records import Article

SUFFIXES = (".txt", ".jsonl", ".csv", ".html", ".htm")
PARTED_BY = {";": "semicolons", "\t": "tabs", "|": "bars"}
NAMED_BY_FILE = (".txt", ".html", ".htm")
CHANGED = "changed while it was read; run ingest again"

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
        return too_long(name)
    try:
        text = raw.decode("utf-8-sig")  # a byte order mark says how the file is written; it is none of its text
    except UnicodeDecodeError as error:
        return Problem(name, f"not UTF-8 at byte {error.start}; save it as UTF-8")
    return article_of_row(name, {"id": path.stem, "text": text}, rules)


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


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def require_found(paths: list[str]) -> None:
    """Raise BadInput when no path was named."""
    if not paths:
        raise BadInput("no articles named; give files, folders, or - for JSONL on standard input")
