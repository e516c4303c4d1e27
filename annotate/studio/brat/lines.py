"""The lines of brat's .ann files as records (brat.nlplab.org/standoff.html); a line that is none costs only itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from annotate.errors import Problem

Fragments = tuple[tuple[int, int], ...]


class TextBound(NamedTuple):
    """``T1 TYPE 0 5;8 9  words``: a span, in fragments where it is discontinuous."""

    place: str
    id: str
    type: str
    fragments: Fragments
    words: str | None


class Event(NamedTuple):
    """``E1 TYPE:T2 role:T1 role2:E3``"""

    place: str
    id: str
    type: str
    trigger: str
    arguments: tuple[tuple[str, str], ...]  # role, id


class Attribute(NamedTuple):
    """``A1 name E1 value``; a binary one (and the older ``M``) has no value."""

    place: str
    id: str
    name: str
    target: str
    value: str | None


class Relation(NamedTuple):
    """``R1 TYPE Arg1:T1 Arg2:T2``"""

    place: str
    id: str
    type: str
    first: str
    second: str


class Equivalence(NamedTuple):
    """``* TYPE T1 T2 …``; ``id`` is made up, for brat gives it none."""

    place: str
    id: str
    type: str
    members: tuple[str, ...]


class Normalisation(NamedTuple):
    """``N1 Reference T1 database:entry  words``"""

    place: str
    id: str
    target: str
    database: str
    entry: str
    words: str


class Note(NamedTuple):
    """``#1 AnnotatorNotes T1  words``"""

    place: str
    id: str
    target: str
    words: str


Line = TextBound | Event | Attribute | Relation | Equivalence | Normalisation | Note

FORMS = {
    "T": re.compile(r"(?P<id>T\d+\S*)\t(?P<type>\S+) (?P<spans>\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*) ?(?:\t(?P<words>.*))?"),
    "E": re.compile(r"(?P<id>E\d+\S*)\t(?P<type>[^\s:]+):(?P<trigger>[^\s:]+)(?P<arguments>(?:[ ]+[^\s:]+:[^\s:]+)*)\s*"),
    "A": re.compile(r"(?P<id>[AM]\d+\S*)\t(?P<name>\S+) (?P<target>\S+)(?: (?P<value>\S.*?))?\s*"),
    "R": re.compile(r"(?P<id>R\d+\S*)\t(?P<type>\S+) (?P<one>[^\s:]+):(?P<first>\S+) (?P<two>[^\s:]+):(?P<second>\S+)\s*"),
    "*": re.compile(r"(?P<id>\*)\t(?P<type>\S+)(?P<members>(?: +\S+){2,})\s*"),
    "N": re.compile(r"(?P<id>N\d+\S*)\t\S+ (?P<target>\S+) (?P<database>[^\s:]+):(?P<entry>\S+)(?:\t(?P<words>.*))?"),
    "#": re.compile(r"(?P<id>#\S*)\t\S+ (?P<target>\S+)(?:\t(?P<words>.*))?"),
}
FORMS["M"] = FORMS["A"]


def read_lines(name: str, raw: bytes) -> Iterator[Line | Problem]:
    """What stands in an .ann file, line by line. ``name`` is the file's, for the places."""
    seen: set[str] = set()
    for number, line in enumerate(_lines(raw), 1):
        place = f"{name}:{number}"
        if not line.strip():
            continue
        read = _line(place, line)
        if isinstance(read, Problem) or read.id not in seen:
            yield read
        else:
            yield Problem(place, f"the id {read.id} stands twice; only the first counts")
        if not isinstance(read, Problem):
            seen.add(read.id)


def _lines(raw: bytes) -> list[str]:
    """Lines as brat splits them; a byte that is not UTF-8 becomes half of a surrogate pair, which only its line is refused for."""
    text = raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _line(place: str, line: str) -> Line | Problem:
    if re.search("[\ud800-\udfff]", line):
        return Problem(place, "not UTF-8; save it as UTF-8")
    form = FORMS.get(line[0])
    found = form.fullmatch(line) if form else None
    if found is None:
        return Problem(place, f"no annotation as brat writes them: {line[:60]!r}; mend it, fields are parted by tabs")
    return MAKERS[line[0]](place, found)


def _text_bound(place: str, found: re.Match[str]) -> Line:
    spans = [span.split(" ") for span in found["spans"].split(";")]
    return TextBound(place, found["id"], found["type"], tuple((int(start), int(end)) for start, end in spans), found["words"])


def _event(place: str, found: re.Match[str]) -> Line:
    arguments = [each.partition(":") for each in found["arguments"].split()]
    return Event(place, found["id"], found["type"], found["trigger"], tuple((role, ref) for role, _, ref in arguments))


def _relation(place: str, found: re.Match[str]) -> Line:
    ends = (found["first"], found["second"])
    first, second = ends[::-1] if (found["one"], found["two"]) == ("Arg2", "Arg1") else ends
    return Relation(place, found["id"], found["type"], first, second)


MAKERS: dict[str, Callable[[str, re.Match[str]], Line]] = {
    "T": _text_bound,
    "E": _event,
    "A": lambda place, found: Attribute(place, found["id"], found["name"], found["target"], found["value"]),
    "M": lambda place, found: Attribute(place, found["id"], found["name"], found["target"], None),
    "R": _relation,
    "*": lambda place, found: Equivalence(place, f"* {place}", found["type"], tuple(found["members"].split())),
    "N": lambda place, found: Normalisation(
        place, found["id"], found["target"], found["database"], found["entry"], (found["words"] or "").strip()
    ),
    "#": lambda place, found: Note(place, found["id"], found["target"], (found["words"] or "").strip()),
}
