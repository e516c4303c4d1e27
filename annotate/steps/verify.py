"""`annotate verify`: is a release what it says it is?"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from annotate.errors import BadInput, Problem
from annotate.release.verify.folder import verify
from annotate.schema.record_schema import SPLITS
from annotate.steps.leakage import CERTIFICATE, check_leakage

GOLD = tuple(f"{split}.jsonl" for split in SPLITS)


class Verified(Struct, frozen=True):
    """``leakage``: whether the splits were compared, which they are not while their lines cannot be relied on."""

    folder: str
    problems: list[Problem]
    leakage: bool


def run(folder: Path, names: Path | None = None) -> Verified:
    """``names``: a file of people's names that may stand nowhere in the release, one a line."""
    problems = verify(folder, _lines(names) if names else ())
    comparable = (folder / CERTIFICATE).is_file() and not any(each.place.startswith(GOLD) for each in problems)
    return Verified(str(folder), problems + (check_leakage(folder) if comparable else []), comparable)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); save it as UTF-8, a name a line") from None


def show(done: Verified) -> str:
    if not done.problems:
        return f"{done.folder}: sound"
    waiting = [] if done.leakage else ["the splits were not compared (leakage.json); mend these first"]
    return "\n".join([f"{done.folder}: {len(done.problems)} faults", *(f"  {problem}" for problem in done.problems), *waiting])
