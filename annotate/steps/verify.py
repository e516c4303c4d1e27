"""`annotate verify`: is a release what it says it is?"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from annotate.errors import BadInput, Problem
from annotate.release.verify.folder import verify
from annotate.steps.leakage import CERTIFICATE, check_leakage


class Verified(Struct, frozen=True):
    folder: str
    problems: list[Problem]


def run(folder: Path, names: Path | None = None) -> Verified:
    """``names``: a file of people's names that may stand nowhere in the release, one a line."""
    problems = verify(folder, _lines(names) if names else ())
    if not problems and (folder / CERTIFICATE).is_file():
        problems = check_leakage(folder)
    return Verified(str(folder), problems)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); save it as UTF-8, a name a line") from None


def show(done: Verified) -> str:
    if not done.problems:
        return f"{done.folder}: sound"
    return "\n".join([f"{done.folder}: {len(done.problems)} faults", *(f"  {problem}" for problem in done.problems)])
