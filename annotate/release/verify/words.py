"""People in a release: e-mail addresses, and names that may stand nowhere in it, outside of the articles' own text."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from annotate.errors import Problem
from annotate.release.sums import files_in

# In any script, and as web addresses write it.
EMAIL = re.compile(r"[\w.+-]+(?:@|%40)(?:[\w-]+\.)+[^\W\d_]{2,}")
# What every address has; cheap to look for, which the whole pattern is not in a long line. Two, for a pattern that begins with a plain
# word is searched for five times as fast.
AT_HOST = [re.compile(sign + rb"[^\s\"@]{0,253}\.[A-Za-z\x80-\xff]{2}") for sign in (b"@", b"%40")]
# The articles' own words.
OWN_TEXT = ("text", "title", "entity")
CONVERTED = "formats/"
PACKED = (".parquet", ".spacy")  # not lines; DocBin is compressed, of Parquet most words stand as they are
ADDRESS, NAME = "an e-mail address", "an annotator's name"


def named_problems(folder: Path, names: Iterable[str]) -> Iterator[Problem]:
    """Addresses and names by file and line. ``names`` are looked for as whole words, in capital and small letters."""
    sought = {folded: _whole_word(name.strip()) for name in names if (folded := name.strip().casefold())}
    for name in files_in(folder):
        yield from _converted(folder, name, sought) if name.startswith(CONVERTED) else _of_file(folder, name, sought)
    yield from (Problem(name, NAME) for name in files_in(folder) if any(pattern.search(name) for pattern in sought.values()))


def _whole_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def _of_file(folder: Path, name: str, sought: Mapping[str, re.Pattern[str]]) -> Iterator[Problem]:
    with (folder / name).open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not (sought or b"\\u0040" in raw or any(each.search(raw) for each in AT_HOST)):
                continue
            for what, pattern in _suspected(raw, sought):
                line = raw.decode("utf-8", "replace")
                if name.endswith(".jsonl"):
                    yield from (Problem(f"{name}:{number}", f"{what} in {key}") for key in _keys_with(line, pattern))
                elif pattern.search(line):
                    yield Problem(f"{name}:{number}", what)


def _converted(folder: Path, name: str, sought: Mapping[str, re.Pattern[str]]) -> Iterator[Problem]:
    """Of a file in formats/, which holds the articles' words too: what stands in no line of the release's own."""
    for number, raw in enumerate(_lines(folder / name), 1):
        for what, pattern in _suspected(raw, sought):
            found = {each[0] for each in pattern.finditer(raw.decode("utf-8", "replace"))}
            if any(not _is_in_lines(folder, each) for each in found):
                yield Problem(f"{name}:{number}" if Path(name).suffix not in PACKED else name, what)


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix in PACKED:
        body = path.read_bytes()
        with suppress(zlib.error):
            body = zlib.decompress(body)
        yield from [body]
    else:
        with path.open("rb") as file:
            yield from file


def _is_in_lines(folder: Path, found: str) -> bool:
    """Also without the letter of an escape (``\\n``) that stands before it in JSON."""
    sought = [found.casefold(), found[1:].casefold()]
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for raw in file:
                line = raw.decode("utf-8", "replace").casefold()
                if any(each in line for each in sought):
                    return True
    return False


def _suspected(raw: bytes, sought: Mapping[str, re.Pattern[str]]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """What is worth looking for in a line, by marks that are quickly found."""
    if any(each.search(raw) for each in AT_HOST) or b"\\u0040" in raw:
        yield ADDRESS, EMAIL
    folded = raw.decode("utf-8", "replace").casefold() if sought else ""
    yield from ((NAME, pattern) for name, pattern in sought.items() if name in folded)


def _keys_with(line: str, pattern: re.Pattern[str]) -> list[str]:
    """The keys of a record in which a pattern stands outside of the article's own text."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return []  # said elsewhere
    if not isinstance(record, dict):
        return []
    return [key for key, value in record.items() if key not in OWN_TEXT and _holds(value, pattern)]


def _holds(value: Any, pattern: re.Pattern[str]) -> bool:
    if isinstance(value, dict):
        return any(_holds(each, pattern) for key, each in value.items() if key not in OWN_TEXT)
    if isinstance(value, list):
        return any(_holds(each, pattern) for each in value)
    return isinstance(value, str) and pattern.search(value) is not None
