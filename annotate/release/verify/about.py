"""release.json of a release: read, held against itself, and against the files that it vouches for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from annotate.errors import Problem
from annotate.release.about import ABOUT, FORMAT, About, Counts, Drawn, is_vouched_for
from annotate.release.lines import pretty, read_json
from annotate.release.verify.made_again import as_made
from annotate.schema.record_schema import SPLITS

JSONL = sorted([*(f"{split}.jsonl" for split in SPLITS), "annotations.jsonl"])
GATED = "test"
FIRST_FORMAT = 2  # that has a release.json


def read_about(folder: Path) -> tuple[About | None, list[Problem]]:
    """release.json, or what is wrong with it; (None, []) where there is none: a release of format 1."""
    path = folder / ABOUT
    if not path.is_file():
        return None, []
    try:
        plain = read_json(path.read_bytes())
        found = plain.get("format") if isinstance(plain, dict) else None
        if isinstance(found, int) and found > FORMAT:
            return None, [Problem(ABOUT, f"of format {found}, which is newer than this toolkit's {FORMAT}; verify it with a newer one")]
        if isinstance(found, int) and found < FIRST_FORMAT:
            return None, [Problem(ABOUT, f"of format {found}, in which there was none")]
        return msgspec.convert(plain, About), []
    except (ValueError, msgspec.ValidationError) as error:
        return None, [Problem(ABOUT, f"cannot be read: {error}")]


def about_problems(folder: Path, about: About) -> list[Problem]:
    """What release.json says that cannot be."""
    faults = (*_gates(about), *_withheld(about), *_with_text(about), *_drawn(folder, about.drawn))
    return [Problem(ABOUT, fault) for fault in faults]


def layout_problems(folder: Path, about: About) -> Iterator[Problem]:
    """What in release.json is read over: keys that it does not have, and how it is written."""
    if about.of_this_toolkit:
        yield from as_made(ABOUT, (folder / ABOUT).read_bytes(), pretty(about), "what it says")


def sum_faults(digests: Mapping[str, str], about: About, told: Collection[str]) -> Iterator[Problem]:
    """Files that are not those that release.json vouches for. ``told``: those of which something is said already."""
    sums = {each.file: each.sha256 for each in about.sums}
    here = [name for name in digests if is_vouched_for(name)]
    if about.of_this_toolkit and not sums:
        yield Problem(ABOUT, "holds no sums of the files that nothing else proves")
        return
    if len(sums) != len(about.sums):
        yield Problem(ABOUT, "the sum of a file stands twice")
    for name in sorted(sums.keys() - {*here, *told}):
        yield Problem(ABOUT, f"holds the sum of {name}, which is not there" if is_vouched_for(name) else f"holds a sum of {name}")
    for name in (name for name in here if name not in told):
        if name not in sums:
            yield from [Problem(ABOUT, f"holds no sum of {name}")] if about.of_this_toolkit else []
        elif digests[name] != sums[name]:
            yield Problem(name, "is not the file whose sum release.json holds: it was changed after the release was made")


def count_problems(about: About, found: Counts) -> Iterator[Problem]:
    said = {".".join(path): value for path, value in _flat(msgspec.to_builtins(about.counts))}
    here = {".".join(path): value for path, value in _flat(msgspec.to_builtins(found))}
    for name in sorted(said.keys() | here.keys()):
        if said.get(name) != here.get(name):
            yield Problem(ABOUT, f"counts.{name} is {said.get(name, 'not there')}, the files hold {here.get(name, 'none')}")
    if said == here and about.counts != found:
        yield Problem(ABOUT, "counts: something stands twice, or out of order")


def _flat(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every number with its path, lists by the names of what they hold."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, (*path, key))
    elif isinstance(value, list):
        for each in value:
            name = each.get("split", each.get("name"))
            yield from _flat({key: part for key, part in each.items() if key not in ("split", "name")}, (*path, str(name)))
    else:
        yield path, value


def _gates(about: About) -> Iterator[str]:
    """Every release has a gate for test."""
    yield from _splits("gates", [each.split for each in about.gates])
    if GATED not in [each.split for each in about.gates]:
        yield f"gates: none for {GATED}"
    yield from (f"gates: {each.annotators} annotators of {each.split}" for each in about.gates if each.annotators < 0)


def _withheld(about: About) -> Iterator[str]:
    return _splits("withheld", about.withheld)


def _splits(key: str, names: Sequence[str]) -> Iterator[str]:
    yield from (f"{key}: {name} stands {count} times" for name, count in Counter(names).items() if count > 1)
    yield from (f"{key}: {name} is no split" for name in sorted(set(names) - set(SPLITS)))


def _with_text(about: About) -> Iterator[str]:
    files = sorted(each.file for each in about.with_text)
    if about.text and files:
        yield "with_text: sums of what it has itself"
    elif not about.text and files != JSONL:
        yield f"with_text: of {', '.join(files) or 'nothing'}, not of {', '.join(JSONL)}"


class _Stratum(Struct):
    articles: int
    drawn: int


class _Design(Struct):
    by: list[str] = []
    keywords: list[str] = []


class _Manifest(Struct):
    """What release.json says of a draw of `annotate sample`."""

    design: _Design
    strata: list[_Stratum]


def _drawn(folder: Path, drawn: Sequence[Drawn]) -> Iterator[str]:
    for each in drawn:
        path = folder / each.manifest
        try:
            manifest = msgspec.json.decode(path.read_bytes(), type=_Manifest)
        except (OSError, ValueError):
            continue  # missing, or another file than the one whose sum is here: said elsewhere
        strata = manifest.strata
        here = (sum(s.articles for s in strata), sum(s.drawn for s in strata), manifest.design.by, len(manifest.design.keywords))
        for what, is_, said in zip(
            ("pool", "drawn", "strata", "keywords"), here, (each.pool, each.drawn, each.strata, each.keywords), strict=True
        ):
            if is_ != said:
                yield f"{each.manifest}: {what} is {said}, the manifest says {is_}"
