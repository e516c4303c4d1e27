"""Is a release what it says it is? Needs no workspace, no server and nobody's word."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import jsonschema_rs
import msgspec
from msgspec import Struct, structs

from annotate.agreement.results import Interval, Result
from annotate.errors import BadInput, Problem
from annotate.records import SplitLock
from annotate.release.about import ABOUT, FORMAT, About
from annotate.release.lines import read_json
from annotate.release.sums import SUMS, files_in, sum_problems
from annotate.release.typed import SCALARS
from annotate.release.verify.card import CARD, CROISSANT, card_problems, croissant_problems
from annotate.release.verify.records import ANNOTATIONS, Annotations, Documents
from annotate.release.verify.words import named_problems
from annotate.schema import Schema, load_schema
from annotate.schema.build import generated
from annotate.schema.record_schema import SPLITS, annotation_schema, record_schema

LOCK, AGREEMENT, CHANGES = "splits.lock.json", "agreement.json", "CHANGES.md"
RECORD_SCHEMA, ANNOTATION_SCHEMA = "schema/record.schema.json", "schema/annotation.schema.json"
REQUIRED = (
    *(f"{split}.jsonl" for split in SPLITS),
    ANNOTATIONS,
    AGREEMENT,
    LOCK,
    CARD,
    SUMS,
    "schema/schema.yaml",
    RECORD_SCHEMA,
    ANNOTATION_SCHEMA,
)
SINCE_2 = (ABOUT, CROISSANT, "leakage.json", CHANGES)
BESIDE = (CARD, CROISSANT, SUMS, "leakage.json", CHANGES)  # what the rest can be looked at without
FORMATS = "formats/"
DIGITS = 6

Json = dict[str, Any]
Each = TypeVar("Each")


def verify(folder: Path, names: Iterable[str] = ()) -> list[Problem]:
    """Everything that is wrong with a release folder, by file and line, but for leaks across splits; empty when it is sound.

    names: people's names and addresses that may stand nowhere in it. Raises BadInput when the folder is not there.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; name the folder of a release")
    about, problems = read_about(folder)
    missing = [Problem(name, "missing") for name in REQUIRED if not (folder / name).is_file()]
    if problems and (folder / ABOUT).exists():
        return [*problems, *missing, *sum_problems(folder)]
    if about is None and (folder / CROISSANT).is_file():
        missing.append(Problem(ABOUT, "missing"))
    elif about is not None:
        missing += [Problem(name, "missing") for name in SINCE_2 if not (folder / name).is_file()]
    problems = missing + list(sum_problems(folder))
    if any(each.place not in BESIDE for each in missing):
        return problems
    try:
        schema = load_schema(folder / "schema" / "schema.yaml")
    except BadInput as error:
        return [*problems, Problem("schema/schema.yaml", str(error))]
    described, faults = _described(folder, schema, about)
    told = {each.place for each in problems}
    strange = _strange(folder, schema, about) if about is not None else ()
    problems += [*faults, *named_problems(folder, names), *(each for each in strange if each.place not in told)]
    if described is None:
        return problems
    return problems + list(_contents(folder, schema, about, *described))


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
        return msgspec.convert(plain, About), []
    except (ValueError, msgspec.ValidationError) as error:
        return None, [Problem(ABOUT, f"cannot be read: {error}")]


def _described(folder: Path, schema: Schema, about: About | None) -> tuple[tuple[Json, Json] | None, list[Problem]]:
    """The JSON Schemas of gold and annotations; a release of today's format has today's, an older one its own."""
    problems = [Problem(f"schema/{name}", "missing") for name in generated(schema) if not (folder / "schema" / name).is_file()]
    if about is not None and about.format == FORMAT:
        wanted = (record_schema(schema, text=about.text), annotation_schema(schema, text=about.text))
        for name, described in zip((RECORD_SCHEMA, ANNOTATION_SCHEMA), wanted, strict=True):
            if (folder / name).is_file() and _json_of(folder / name) != described:
                problems.append(Problem(name, "is not what schema.yaml generates"))
        return wanted, problems
    own = (_json_of(folder / RECORD_SCHEMA), _json_of(folder / ANNOTATION_SCHEMA))
    for name, found, today in zip((RECORD_SCHEMA, ANNOTATION_SCHEMA), own, (record_schema(schema), annotation_schema(schema)), strict=True):
        if (fault := _not_closed(found)) or (fault := _lacking(found, today)):
            problems.append(Problem(name, fault))
    return (None if any(each.place in (RECORD_SCHEMA, ANNOTATION_SCHEMA) for each in problems) else own), problems


def _strange(folder: Path, schema: Schema, about: About) -> Iterator[Problem]:
    """Files that no release has: a copy of the articles forgotten in a stand-off release would go out with it."""
    manifests = {each.manifest for each in about.drawn}
    known = {*REQUIRED, *SINCE_2, *(f"schema/{name}" for name in generated(schema)), *manifests}
    here = files_in(folder)
    yield from (Problem(name, "missing") for name in sorted(manifests.difference(here)))
    for name in here:
        if name.startswith(FORMATS) and not about.text:
            yield Problem(name, "holds text, though the release is said to have none")
        elif not name.startswith(FORMATS) and name not in known:
            yield Problem(name, "is no file of a release")


def _json_of(path: Path) -> Any:
    try:
        return read_json(path.read_bytes())
    except ValueError:
        return None


def _not_closed(described: Any) -> str | None:
    """A JSON Schema that lets anything pass describes nothing."""
    try:
        jsonschema_rs.validator_for(described)
    except (ValueError, TypeError):
        return "is no JSON Schema"
    if not isinstance(described, dict) or described.get("type") != "object":
        return "does not describe a record"
    return None if _closed(described) else "lets keys be missing, or others in, or things of any type"


def _closed(part: Any) -> bool:
    kinds = part.get("type") if isinstance(part, dict) else None
    if kinds == "object":
        keys = part.get("properties", {})
        closed = part.get("additionalProperties") is False and bool(keys) and part.get("required") == list(keys)
        return closed and all(map(_closed, keys.values()))
    if kinds == "array":
        return _closed(part.get("items"))
    several = [kinds] if isinstance(kinds, str) else list(kinds or ())
    return bool(several) and set(several) <= {*SCALARS, "null"}


def _lacking(described: Json, today: Json) -> str | None:
    """Keys that ``verify`` reads have been there since format 1."""
    lacking = [key for key in today["properties"] if key not in described["properties"]]
    return f"has no {', '.join(lacking)}" if lacking else None


def _contents(folder: Path, schema: Schema, about: About | None, gold: Json, annotation: Json) -> Iterator[Problem]:
    documents = Documents(folder, schema, gold, about)
    annotations = Annotations(documents, annotation)
    yield from documents.check()
    yield from annotations.check()
    yield from _lock(folder, documents)
    unmeasured = list(_agreement(folder))
    yield from unmeasured
    if about is None:
        return
    if about.schema != schema.id:
        yield Problem(ABOUT, f"says schema {about.schema}, schema.yaml is {schema.id}")
    counts = documents.tally.counts()
    sound = documents.sound and annotations.sound
    if sound:
        yield from _counts(about, counts)
    described = {"gold": gold, "annotations": annotation}
    if (folder / CARD).is_file():
        yield from card_problems(
            folder, structs.replace(about, counts=counts) if sound else about, schema, described, [] if unmeasured else _results(folder)
        )
    if (folder / CROISSANT).is_file():
        yield from croissant_problems(folder, about, described)


def _counts(about: About, found: Any) -> Iterator[Problem]:
    said = {".".join(path): value for path, value in _flat(msgspec.to_builtins(about.counts))}
    here = {".".join(path): value for path, value in _flat(msgspec.to_builtins(found))}
    for name in sorted(said.keys() | here.keys()):
        if said.get(name) != here.get(name):
            yield Problem(ABOUT, f"counts.{name} is {said.get(name, 'not there')}, the files hold {here.get(name, 'none')}")


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


def _lock(folder: Path, documents: Documents) -> Iterator[Problem]:
    try:
        lock = _read_lock((folder / LOCK).read_bytes())
    except (ValueError, msgspec.ValidationError) as error:
        yield Problem(LOCK, f"not a list of articles with split and group ({error})")
        return
    entries = lock.articles
    for article, count in Counter(each.article for each in entries).items():
        if count > 1:
            yield Problem(LOCK, f"{article}: stands {count} times")
    for out in (*lock.withdrawn, *lock.quarantined):
        if out.article in documents.places:
            yield Problem(LOCK, f"{out.article}: is in the release, though it {out.reason}")
    locked = {each.article: each for each in entries}
    for article, place in documents.places.items():
        if article not in locked or locked[article].split != place.split:
            yield Problem(LOCK, f"{article}: is in {place.split}, but not locked there")
    homes: dict[str, str] = {}
    crossed: dict[str, set[str]] = {}
    for each in locked.values():
        if homes.setdefault(each.group, each.split) != each.split:
            crossed.setdefault(each.group, {homes[each.group]}).add(each.split)
    for group, found in sorted(crossed.items()):
        yield Problem(LOCK, f"the group {group} crosses {' and '.join(sorted(found))}")
    for (kind, name), by_split in sorted(documents.groups.items()):
        if len(by_split) > 1:
            splits, first = " and ".join(sorted(by_split)), ", ".join(sorted(by_split.values()))
            yield Problem(LOCK, f"the {kind} group {name} crosses {splits}: {first}")


def _read_lock(raw: bytes) -> SplitLock:
    """What the codec writes again byte for byte is read as it is, a tenth of what plain dictionaries of it take."""
    try:
        lock = msgspec.json.decode(raw, type=SplitLock)
        if msgspec.json.format(msgspec.json.encode(lock)) + b"\n" == raw:
            return lock
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    return msgspec.convert(read_json(raw), SplitLock)


class _Measured(Struct):
    """What of a result is checked; releases of format 1 have no more."""

    layer: str
    measure: str
    value: float | None
    reason: str | None
    interval: Interval | None
    signature: str


class _Agreement(Struct, Generic[Each]):
    results: list[Each]


def _agreement(folder: Path) -> Iterator[Problem]:
    try:
        results = msgspec.convert(read_json((folder / AGREEMENT).read_bytes()), _Agreement[_Measured]).results
    except (ValueError, msgspec.ValidationError) as error:
        yield Problem(AGREEMENT, f"cannot be read: {error}")
        return
    for number, each in enumerate(results):
        if (fault := _result_fault(each)) is not None:
            yield Problem(AGREEMENT, f"results/{number}: {each.layer} {each.measure}: {fault}")


def _results(folder: Path) -> list[Result]:
    """What the card's table was made from; empty where it cannot be, of which the rest is said elsewhere."""
    try:
        return msgspec.convert(read_json((folder / AGREEMENT).read_bytes()), _Agreement[Result]).results
    except (ValueError, msgspec.ValidationError):
        return []


def _result_fault(result: _Measured) -> str | None:
    """A value or a reason; limits in order; a signature; six digits, so that it is the same made anywhere."""
    limits = [result.interval.low, result.interval.high] if result.interval else []
    if result.value is None and not result.reason:
        return "neither a value nor a reason"
    if not result.signature:
        return "no signature"
    if limits and limits[0] > limits[1]:
        return "the interval's limits are the wrong way round"
    if any(each != round(each, DIGITS) for each in (*limits, *([] if result.value is None else [result.value]))):
        return "more than six digits"
    return None


def as_json(value: Any) -> str:
    """A JSON Schema as the release's files hold it."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
