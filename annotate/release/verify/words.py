"""People in a release: e-mail addresses, and names that may stand nowhere in it, outside of the articles' own text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from annotate.errors import Problem
from annotate.release.sums import files_in

# In any script, and as web addresses write it.
EMAIL = re.compile(r"[\w.+-]+(?:@|%40)(?:[\w-]+\.)+[^\W\d_]{2,}")
# What every address has; cheap to look for, which the whole pattern is not in a long line. Two, for a pattern that begins with a plain
# word is searched for five times as fast.
AT_HOST = [re.compile(sign + rb"[^\s\"@]{0,253}\.[A-Za-z\x80-\xff]{2}") for sign in (b"@", b"%40")]
# The articles' own words; formats/ holds nothing that the JSONL files do not.
OWN_TEXT = ("text", "title", "entity")
CONVERTED = "formats/"
ADDRESS, NAME = "an e-mail address", "an annotator's name"


def named_problems(folder: Path, names: Iterable[str]) -> Iterator[Problem]:
    """Addresses and names by file and line. ``names`` are looked for as whole words, in capital and small letters."""
    sought = {folded: _whole_word(name.strip()) for name in names if (folded := name.strip().casefold())}
    for name in files_in(folder):
        if not name.startswith(CONVERTED):
            yield from _of_file(folder, name, sought)
    yield from (Problem(name, NAME) for name in files_in(folder) if any(pattern.search(name) for pattern in sought.values()))


def _whole_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def _of_file(folder: Path, name: str, sought: Mapping[str, re.Pattern[str]]) -> Iterator[Problem]:
    with (folder / name).open("rb") as file:
        for number, raw in enumerate(file, 1):
            for what, pattern in _suspected(raw, sought):
                line = raw.decode("utf-8", "replace")
                if name.endswith(".jsonl"):
                    yield from (Problem(f"{name}:{number}", f"{what} in {key}") for key in _keys_with(line, pattern))
                elif pattern.search(line):
                    yield Problem(f"{name}:{number}", what)


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
