"""Files of a release that can be made again from the others, held against what they come out as."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest

from annotate.errors import Problem

BEFORE, SHOWN = 30, 90  # code points: shown before the first that is another, and of a line


def as_made(name: str, found: bytes, made: bytes, of: str) -> Iterator[Problem]:
    """The first line at which a file is not what it is made to be. ``of``: what it is made from."""
    if found == made:
        return
    lines = zip_longest(*(body.decode("utf-8", "replace").split("\n") for body in (found, made)))
    for number, (is_, should) in enumerate(lines, 1):
        if is_ != should:
            yield Problem(f"{name}:{number}", f"says {_shown(is_, should)}; made from {of}, it says {_shown(should, is_)}")
            return
    yield Problem(name, f"is not what it is made to be from {of}")


def is_made_otherwise(problem: Problem) -> bool:
    """Whether it is one of these, and of a line."""
    return ":" in problem.place and "; made from " in problem.message


def _shown(line: str | None, other: str | None) -> str:
    """A line around the place where it is another than the other one."""
    if line is None:
        return "nothing"
    alike = next((at for at, (one, two) in enumerate(zip(line, other or "", strict=False)) if one != two), min(len(line), len(other or "")))
    start = max(0, alike - BEFORE)
    end = start + SHOWN
    return json.dumps(f"{'…' if start else ''}{line[start:end]}{'…' if len(line) > end else ''}", ensure_ascii=False)
