"""CHANGES.md of a release: what it has to say, and as far as the release can tell, whether that is true.

What changed since an older release can only be made again beside it (`annotate compare OLD NEW`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from annotate.agreement.results import Result
from annotate.errors import Problem
from annotate.release.about import About
from annotate.release.compare import FIRST, WHY, Step, in_words, numbers_of, raised
from annotate.release.verify.made_again import as_made

CHANGES = "CHANGES.md"
SINCE = re.compile(r"# Changes since (.+)")
LIST = r"(?:none|(?P<count>\d+) \((?P<names>.*?)(?: and \d+ more)?\))"
VERDICT = re.compile(r"A (?P<step>major|minor|patch) change\. (?P<why>.*?)(?: The version is (?P<least>\d+\.\d+\.\d+) or higher\.)?")
ADDED, REMOVED = re.compile(f"- Documents added: {LIST}"), re.compile(f"- Documents removed: {LIST}")
TEXTS, MOVED = re.compile(f"- Texts changed: {LIST}"), re.compile(f"- Documents in another split: {LIST}")
STAYED, SAME = re.compile("- Splits: unchanged; no document moved"), re.compile("- Answers: unchanged in the documents of both")
SCHEMA = re.compile(r"- Schema: (?:(?P<same>.+), unchanged|.+ → (?P<now>.+))")
SHAPE = re.compile("- Records: a key or value that was there is another now, or gone")
KEY = re.compile(r"- About the articles: `\w+` is another in \d+ documents?")
HELD = re.compile(r"- Withheld: the labels of \d+ documents? are not in both releases, so they are not compared")
HEADING = re.compile("|## Answers|## Agreement")
HEAD = re.compile(r"\| layer \| reason \| documents \| added \| removed \| changed \||\| layer \| measure \| before \| now \||\|( --- \|)+")
ANSWER = re.compile(
    r"\| (?P<layer>[^|]+) \| (?:schema|adjudication|new annotation|text|resolution) \| \d+ \| \d+ \| \d+ \| \d+ \|",
)
MEASURE = re.compile(r"\| (?P<layer>[^|]+) \| (?P<measure>\w+) \| (?:undefined|-?\d+\.\d{3}) \| (?P<now>undefined|-?\d+\.\d{3}) \|")
ORDER = (VERDICT, HEADING, ADDED, REMOVED, TEXTS, MOVED, STAYED, SCHEMA, SHAPE, KEY, HELD, SAME, ANSWER, MEASURE, HEAD)
ALWAYS = (VERDICT, ADDED, REMOVED, SCHEMA)
BREAKS = (TEXTS, MOVED, SHAPE, ANSWER)


class Held(NamedTuple):
    """What the release is that it speaks of. ``places``: document → split; None where they could not all be read."""

    about: About
    schema: str
    places: Mapping[str, str] | None
    results: Sequence[Result]


def change_problems(body: bytes, held: Held) -> Iterator[Problem]:
    """Of CHANGES.md of a release that this version of the toolkit made; of another, that it says anything."""
    about = held.about
    if not body.strip():
        yield Problem(CHANGES, "is empty")
        return
    if not about.of_this_toolkit:
        return
    lines = body.decode("utf-8", "replace").split("\n")
    since = SINCE.fullmatch(lines[0])
    if since is None:
        yield from as_made(CHANGES, body, FIRST.format(name=about.name, version=about.version).encode(), "release.json")
        return
    strange = next((number for number, line in enumerate(lines[1:-1], 2) if not any(kind.fullmatch(line) for kind in ORDER)), None)
    if strange is not None or lines[-1]:
        yield Problem(f"{CHANGES}:{strange or len(lines)}", "is no line of what changed, as `annotate compare` writes it")
        return
    found = {kind: [match for line in lines[1:-1] if (match := kind.fullmatch(line))] for kind in ORDER}
    yield from (Problem(CHANGES, fault) for fault in _faults(since[1], found, held))


Found = Mapping[re.Pattern[str], Sequence[re.Match[str]]]


def _faults(since: str, found: Found, held: Held) -> Iterator[str]:
    if any(len(found[kind]) != 1 for kind in ALWAYS) or len(found[MOVED]) + len(found[STAYED]) != 1:
        yield "does not say once each what changed: the step, documents added and removed, splits, schema"
        return
    if bool(found[SAME]) == bool(found[ANSWER]):
        yield "does not say whether answers changed"
    yield from _versions(since, found, held.about.version)
    (schema,) = found[SCHEMA]
    if (now := schema["same"] or schema["now"]) != held.schema:
        yield f"says schema {now}, it is {held.schema}"
    if held.places is not None:
        yield from _documents(found, held.places)
    yield from _measures(found[MEASURE], held.results)


def _versions(since: str, found: Found, version: str) -> Iterator[str]:
    (verdict,) = found[VERDICT]
    numbers = numbers_of(since)
    if numbers is None or numbers >= (numbers_of(version) or numbers):
        yield f"is of changes since {since}, which is no version before {version}"
        return
    some = [kind for kind in BREAKS if found[kind]] or found[REMOVED][0]["count"]
    step: Step = "major" if some else "minor" if found[ADDED][0]["count"] else "patch"
    if verdict["step"] != step or verdict["why"] != WHY[step]:
        yield f"calls it a {verdict['step']} change, by its list it is a {step} one"
    elif verdict["least"] not in (None, raised(since, step)):
        yield f"says {verdict['least']} or higher, a {step} change of {since} makes it {raised(since, step)}"


def _documents(found: Found, places: Mapping[str, str]) -> Iterator[str]:
    added, removed = (_names(found[kind][0]) for kind in (ADDED, REMOVED))
    yield from (f"says that {name} was added, which is not there" for name in added if name not in places)
    yield from (f"says that {name} was removed, which is there" for name in removed if name in places)
    for each in (each for moved in found[MOVED] for each in _names(moved)):
        name, _, new = each.removesuffix(")").rpartition(" → ")
        name = name.rpartition(" (")[0]
        if places.get(name) != new:
            yield f"says that {name} is in {new} now, it is in {places.get(name, 'none')}"


def _names(listed: re.Match[str]) -> Collection[str]:
    """The ids that are named; none where an id holds what parts them."""
    names = (listed["names"] or "").split(", ")
    return names if listed["count"] and len(names) <= int(listed["count"]) else ()


def _measures(rows: Sequence[re.Match[str]], results: Sequence[Result]) -> Iterator[str]:
    values = {(each.layer, each.measure): in_words(each.value) for each in results}
    for row in rows if results else ():
        value = values.get((row["layer"], row["measure"]), "undefined")
        if row["now"] != value:
            yield f"says {row['layer']} {row['measure']} is {row['now']} now, agreement.json says {value}"
