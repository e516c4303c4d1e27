"""People in a release: e-mail addresses, and names that may stand nowhere in it, outside of the articles' own text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from annotate.errors import Problem
from annotate.release.sums import files_in

EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")
# The articles' own words; formats/ holds nothing that the JSONL files do not.
OWN_TEXT = ("text", "title", "entity")
CONVERTED = "formats/"


def named_problems(folder: Path, names: Iterable[str]) -> Iterator[Problem]:
    """Addresses and names by file and line. ``names`` are looked for as whole words, in capital and small letters."""
    sought = sorted({name.strip() for name in names if name.strip()})
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(name) for name in sought) + r")(?!\w)", re.IGNORECASE) if sought else None
    for name in files_in(folder):
        if not name.startswith(CONVERTED):
            yield from _of_file(folder, name, pattern)
    yield from (Problem(name, "an annotator's name") for name in files_in(folder) if pattern and pattern.search(name))


def _of_file(folder: Path, name: str, pattern: re.Pattern[str] | None) -> Iterator[Problem]:
    with (folder / name).open("rb") as file:
        for number, raw in enumerate(file, 1):
            if b"@" not in raw and pattern is None:
                continue
            line = raw.decode("utf-8", "replace")
            for what, found in (("an e-mail address", EMAIL), ("an annotator's name", pattern)):
                if found is None or not found.search(line):
                    continue
                if name.endswith(".jsonl"):
                    yield from (Problem(f"{name}:{number}", f"{what} in {key}") for key in _keys_with(line, found))
                else:
                    yield Problem(f"{name}:{number}", what)


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
