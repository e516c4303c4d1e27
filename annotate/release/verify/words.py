"""People in a release: e-mail addresses, and names that may stand nowhere in it, outside of the articles' own text."""

from __future__ import annotations

import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from annotate.errors import Problem
from annotate.release.lines import READ_AT_ONCE
from annotate.release.sums import files_in

# In any script, and as web addresses write it.
EMAIL = re.compile(r"[\w.+-]+(?:@|%40)(?:[\w-]+\.)+[^\W\d_]{2,}")
# What every address has; cheap to look for, which the whole pattern is not in a long line. By its first byte, which most lines lack.
AT_HOST = {sign[:1]: re.compile(sign + rb"[^\s\"@]{0,253}\.[A-Za-z\x80-\xff]{2}") for sign in (b"@", b"%40")}
# The articles' own words.
OWN_TEXT = ("text", "title", "entity")
CONVERTED = "formats/"
PACKED = (".parquet", ".spacy")  # not lines; DocBin is compressed, of Parquet most words stand as they are
ADDRESS, NAME = "an e-mail address", "an annotator's name"


class _Sought(NamedTuple):
    """A name that may stand nowhere, folded, and as a whole word."""

    folded: str
    pattern: re.Pattern[str]


def named_problems(folder: Path, names: Iterable[str]) -> Iterator[Problem]:
    """Addresses and names by file and line. ``names`` are looked for as whole words, in capital and small letters."""
    sought = [_Sought(folded, _whole_word(name.strip())) for name in names if (folded := name.strip().casefold())]
    for name in files_in(folder):
        yield from _converted(folder, name, sought) if name.startswith(CONVERTED) else _of_file(folder, name, sought)
    yield from (Problem(name, NAME) for name in files_in(folder) if any(each.pattern.search(name) for each in sought))


def _whole_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def _of_file(folder: Path, name: str, sought: Sequence[_Sought]) -> Iterator[Problem]:
    with (folder / name).open("rb", READ_AT_ONCE) as file:
        for number, raw in enumerate(file, 1):
            for what, pattern in _suspected(raw, sought):
                line = raw.decode("utf-8", "replace")
                if name.endswith(".jsonl"):
                    yield from (Problem(f"{name}:{number}", f"{what} in {key}") for key in _keys_with(line, pattern))
                elif pattern.search(line):
                    yield Problem(f"{name}:{number}", what)


def _converted(folder: Path, name: str, sought: Sequence[_Sought]) -> Iterator[Problem]:
    """Of a file in formats/, which holds the articles' words too: what stands in no line of the release's own."""
    for number, raw in enumerate(_lines(folder / name), 1):
        for what, pattern in _suspected(raw, sought):
            found = {each[0] for each in pattern.finditer(raw.decode("utf-8", "replace"))}
            if any(not _is_in_lines(folder, each) for each in found):
                yield Problem(f"{name}:{number}" if Path(name).suffix not in PACKED else name, what)


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix == ".spacy":
        body = path.read_bytes()
        with suppress(zlib.error):
            body = zlib.decompress(body)
        yield from body.splitlines()
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


def _suspected(raw: bytes, sought: Sequence[_Sought]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """What is worth looking for in a line, by marks that are quickly found."""
    if any(first in raw and host.search(raw) for first, host in AT_HOST.items()) or b"\\u0040" in raw:
        yield ADDRESS, EMAIL
    if not sought:
        return
    if all(each.folded.isascii() for each in sought) and not _folds_into_ascii(raw):
        lowered = raw.lower()
        yield from ((NAME, each.pattern) for each in sought if each.folded.encode() in lowered)
    else:
        folded = raw.decode("utf-8", "replace").casefold()
        yield from ((NAME, each.pattern) for each in sought if each.folded in folded)


def _folds_into_ascii(raw: bytes) -> bool:
    """Whether a line has a letter as ß, ſ or ﬁ, so that its bytes in small letters are not what it is folded."""
    return any(first in raw and any(letter in raw for letter in letters) for first, letters in _folding().items())


@cache
def _folding() -> dict[bytes, list[bytes]]:
    """The letters beyond ASCII that fold into some of ASCII, by the first byte of their UTF-8."""
    folding: dict[bytes, list[bytes]] = defaultdict(list)
    for letter in map(chr, range(0x80, 0x10000)):
        if not "\ud800" <= letter <= "\udfff" and any(each.isascii() for each in letter.casefold()):
            folding[letter.encode()[:1]].append(letter.encode())
    return folding


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
