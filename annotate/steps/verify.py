"""`annotate verify`: is a release what it says it is?"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from annotate.errors import BadInput, Problem
from annotate.release.about import ABOUT
from annotate.release.verify.described import ANNOTATION_SCHEMA, RECORD_SCHEMA, SCHEMA
from annotate.release.verify.folder import verify
from annotate.release.verify.formats import Looked, format_problems
from annotate.release.verify.records import ANNOTATIONS
from annotate.schema.record_schema import SPLITS
from annotate.steps.leakage import CERTIFICATE, check_leakage

GOLD = tuple(f"{split}.jsonl" for split in SPLITS)
FORMATS_FROM = (*GOLD, ANNOTATIONS, SCHEMA, RECORD_SCHEMA, ANNOTATION_SCHEMA, ABOUT)


class Verified(Struct, frozen=True):
    """``leakage``: whether the splits were compared, which they are not while their lines cannot be relied on, and formats/ with them.

    past: formats of which nothing can be said, for a library that they need is not here
    """

    folder: str
    problems: list[Problem]
    leakage: bool
    past: list[str] = []


def run(folder: Path, names: Path | None = None) -> Verified:
    """``names``: a file of people's names that may stand nowhere in the release, one a line."""
    problems = verify(folder, _lines(names) if names else ())
    told = {each.place.partition(":")[0] for each in problems}
    comparable = (folder / CERTIFICATE).is_file() and told.isdisjoint(GOLD)
    looked = format_problems(folder) if told.isdisjoint(FORMATS_FROM) else Looked([], [])
    leaks = check_leakage(folder) if comparable else []
    problems = [each for each in problems if not leaks or each.place != CERTIFICATE] + leaks
    problems += [each for each in looked.problems if each.place.partition(":")[0] not in told]
    return Verified(str(folder), problems, comparable, looked.past)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); save it as UTF-8, a name a line") from None


def show(done: Verified) -> str:
    past = [f"formats/{name} was not looked at: a library that it needs is not installed" for name in done.past]
    if not done.problems:
        return "\n".join([f"{done.folder}: sound", *past])
    waiting = past if done.leakage else ["the splits were not compared (leakage.json); mend these first"]
    return "\n".join([f"{done.folder}: {len(done.problems)} faults", *(f"  {problem}" for problem in done.problems), *waiting])
