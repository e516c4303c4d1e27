"""`annotate verify`: is a release what it says it is?"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from annotate.errors import Problem
from annotate.release.verify import verify


class Verified(Struct, frozen=True):
    folder: str
    problems: list[Problem]


def run(folder: Path) -> Verified:
    return Verified(str(folder), verify(folder))


def show(done: Verified) -> str:
    if not done.problems:
        return f"{done.folder}: sound"
    return "\n".join([f"{done.folder}: {len(done.problems)} faults", *(f"  {problem}" for problem in done.problems)])
