"""What a person says of suggested pairs, and the stories that follow from it.

A file of lines ``first id, second id, same`` or ``… apart``: CSV without a header, so an id with a comma can be quoted; blank lines and
those that begin with # are left alone. The order of the two ids means nothing.

Only what a person called the same is joined, and whatever that leads to: a–b and b–c make one story of three. A score joins nothing.
"""

from __future__ import annotations

import csv
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from annotate.errors import BadInput, Problem, raise_bad_input

SAME, APART = "same", "apart"


class Decision(NamedTuple):
    """What was said of two articles, first < second, and the line that says so."""

    first: str
    second: str
    verdict: Literal["same", "apart"]
    place: str


class Conflict(NamedTuple):
    """Two articles called apart, and the chain of articles called the same, one after the other, that joins them."""

    apart: Decision
    chain: list[str]

    def __str__(self) -> str:
        joined = " – ".join(self.chain)
        return f"{self.apart.place}: {self.apart.first} and {self.apart.second} are apart, yet joined by {joined}; mend one of these lines"


def read_decisions(path: Path) -> list[Decision]:
    """The decisions in a file, each pair once.

    Raises BadInput that names every line that cannot be read, and every pair that is called both.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}; check the name and its permissions") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    decided: dict[tuple[str, str], Decision] = {}
    problems: list[Problem] = []
    for found in _lines(path, text):
        if isinstance(found, Problem):
            problems.append(found)
        elif (before := decided.setdefault(found[:2], found)).verdict != found.verdict:
            problems.append(Problem(found.place, f"{found.verdict}, but {before.verdict} at {before.place}; keep one of the two lines"))
    raise_bad_input(problems)
    return list(decided.values())


def add_decisions(path: Path, decisions: Iterable[tuple[str, str, str]]) -> None:
    """Put lines (first, second, verdict) at the end of a file, which need not be there yet."""
    with path.open("a", encoding="utf-8", newline="") as file:
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            file.write("\n")
        csv.writer(file, lineterminator="\n").writerows(decisions)


def unknown_articles(decisions: Iterable[Decision], known: Collection[str]) -> list[Problem]:
    """The ids in decisions that are no article's."""
    return [
        Problem(each.place, f"there is no article {article!r}; correct the id, or remove the line")
        for each in decisions
        for article in (each.first, each.second)
        if article not in known
    ]


def stories(decisions: Iterable[Decision]) -> dict[str, str]:
    """Article → its story, named by the story's first article, for every article that is the same as another.

    Raises BadInput that names every conflict: a pair called apart that other pairs join.
    """
    decisions = list(decisions)
    joined = _joined(decisions)
    found = conflicts(decisions)
    if found:
        raise BadInput("\n".join(map(str, found)))
    named: dict[str, str] = {}
    for article in sorted(joined):
        if article not in named:
            named |= dict.fromkeys(_reached(joined, article), article)
    return dict(sorted(named.items()))


def conflicts(decisions: Iterable[Decision]) -> list[Conflict]:
    """The pairs called apart that pairs called the same join, by whatever chain, with the shortest one."""
    decisions = list(decisions)
    joined = _joined(decisions)
    chains = ((each, _chain(joined, each.first, each.second)) for each in decisions if each.verdict == APART)
    return [Conflict(each, chain) for each, chain in chains if chain]


def _lines(path: Path, text: str) -> Iterator[Decision | Problem]:
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{path}:{number}"
        if line.strip() and not line.lstrip().startswith("#"):
            yield _decision(place, line)


def _decision(place: str, line: str) -> Decision | Problem:
    try:
        cells = [cell.strip() for cell in next(csv.reader([line.strip()], skipinitialspace=True, strict=True))]
    except csv.Error:
        return Problem(place, "an unbalanced quote; write `id, id, same` or `id, id, apart`")
    if len(cells) != 3 or not all(cells):
        return Problem(place, f"{len(cells)} cells; write `id, id, same` or `id, id, apart`, an id with a comma in double quotes")
    first, second = sorted(cells[:2])
    if first == second:
        return Problem(place, f"{first!r} twice; name two articles")
    if cells[2].lower() == SAME:
        return Decision(first, second, "same", place)
    if cells[2].lower() == APART:
        return Decision(first, second, "apart", place)
    return Problem(place, f"{cells[2]!r} is neither `same` nor `apart`; write one of them")


Joined = dict[str, list[str]]


def _joined(decisions: Iterable[Decision]) -> Joined:
    """Each article that is the same as others, with these in order."""
    pairs = {each[:2] for each in decisions if each.verdict == SAME}
    found: Joined = defaultdict(list)
    for first, second in sorted(pairs | {(second, first) for first, second in pairs}):
        found[first].append(second)
    return dict(found)


def _reached(joined: Joined, start: str) -> dict[str, str | None]:
    """Every article that the pairs lead to from one, breadth first, with the one before it."""
    before: dict[str, str | None] = {start: None}
    waiting = deque([start])
    while waiting:
        article = waiting.popleft()
        for other in joined.get(article, []):
            if other not in before:
                before[other] = article
                waiting.append(other)
    return before


def _chain(joined: Joined, first: str, second: str) -> list[str]:
    """The shortest way from one to the other, nothing where there is none."""
    before = _reached(joined, first)
    chain: list[str] = []
    article: str | None = second if second in before else None
    while article is not None:
        chain.append(article)
        article = before[article]
    return chain[::-1]
