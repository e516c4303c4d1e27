"""Write a release: beside its place, verified, then renamed into it, so that no half release is ever in place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from annotate.agreement.results import Result
from annotate.errors import Unmet
from annotate.release.about import (
    ABOUT,
    FORMAT,
    About,
    Counted,
    Counts,
    Drawn,
    FileSum,
    Gate,
    SplitTerms,
    Told,
    folder_name,
    is_vouched_for,
)
from annotate.release.alone import alone_in
from annotate.release.card import card
from annotate.release.croissant import File, croissant
from annotate.release.documents import NAMES, Document, Wanted, write_documents
from annotate.release.lines import as_json, pretty
from annotate.release.records import DIGITS
from annotate.release.sums import SUMS, sha256_of, sums
from annotate.release.verify.agreement import AGREEMENT
from annotate.release.verify.changes import CHANGES
from annotate.release.verify.described import ANNOTATION_SCHEMA, RECORD_SCHEMA
from annotate.release.verify.folder import verify
from annotate.schema import Schema
from annotate.schema.record_schema import annotation_schema, record_schema


class Found(NamedTuple):
    """What is known when all documents were read: agreement, files by path (the certificate), people's names that may stand nowhere."""

    results: list[Result]
    files: dict[str, bytes]
    names: list[str]


class Content(Struct, frozen=True):
    """All that goes into a release.

    documents: in the order of their ids; read once
    found:     asked for once, behind the last document
    extra:     further files by path: the schema's, the lock, manifests
    withheld:  splits whose documents come without labels already
    """

    name: str
    version: str
    license: str
    tool: str
    schema: Schema
    documents: Iterable[Document]
    found: Callable[[], Found]
    extra: dict[str, bytes]
    left_out: list[Counted]
    gates: list[Gate]
    resolved: str
    drawn: list[Drawn]
    splits: SplitTerms
    told: Told
    withheld: tuple[str, ...] = ()


class Written(NamedTuple):
    """A release's folder, whether it was written now (else it was there, the same), what it says of itself, where withheld labels lie."""

    folder: Path
    new: bool
    about: About
    labels: Path | None


Finish = Callable[[Path, About], None]


def write_release(content: Content, exports: Path, wanted: Wanted, finish: Finish) -> Written:
    """Write, verify, and put in place.

    A release of the same version that holds the same is verified and left; raises Unmet when it holds anything else, when what was
    written does not verify, or when the disk takes no more. ``finish`` adds what is made from the folder, before it is summed.
    """
    with _building(exports, f"{content.name}-{content.version}") as part:
        release = part / folder_name(content.name, content.version, text=wanted.text)
        labels = part / f"{release.name}-labels" if wanted.withhold else None
        release.mkdir()
        about, names = _fill(release, content, wanted, labels)
        finish(release, about)
        (release / SUMS).write_text(sums(release), encoding="utf-8", newline="\n")
        require_sound(release, names)
        beside = exports / labels.name if labels is not None else None
        if labels is not None and beside is not None:
            _put_in_place(labels, beside)
        place = exports / release.name
        new = _put_in_place(release, place)
        if not new:
            require_sound(place, names)
        return Written(place, new, about, beside)


def require_sound(folder: Path, names: Iterable[str] = ()) -> None:
    """Raises Unmet, naming every fault."""
    if problems := verify(folder, names):
        raise Unmet("\n".join([f"{folder}: the release does not verify:", *(str(each) for each in problems)]))


@contextmanager
def _building(exports: Path, name: str) -> Iterator[Path]:
    """A hidden folder beside the releases, away when it is left; what a killed run left of it is taken away first."""
    part = exports / f".{name}.part"
    try:
        exports.mkdir(parents=True, exist_ok=True)
        with alone_in(exports):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            try:
                yield part
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise Unmet(f"{exports}: {error.strerror or error}; nothing was put in place: mend that and run it again") from error


def _put_in_place(part: Path, place: Path) -> bool:
    """Rename a finished folder to its place; False when the same is there already. Raises Unmet when something else is."""
    if place.exists():
        if _core(part / SUMS) != _core(place / SUMS):
            raise Unmet(f"{place} is there and holds something else; releases never change: give another --version")
        return False
    for path in part.rglob("*"):
        if path.is_file():
            _on_disk(path)
    part.rename(place)
    _on_disk(place.parent)
    return True


def _on_disk(path: Path) -> None:
    """Not after a power cut either may a release in its place lack a byte."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _core(path: Path) -> list[bytes]:
    """The lines of a folder's sums but for formats/, which other libraries write, each version in its own way, and for CHANGES.md,
    which is not about the release alone.
    """
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return [line for line in lines if not line.partition(b"  ")[2].startswith((b"formats/", CHANGES.encode()))]


def _fill(folder: Path, content: Content, wanted: Wanted, labels: Path | None) -> tuple[About, list[str]]:
    """Every file of a release but its sums, and the names that may not stand in it; the labels withheld go to ``labels``."""
    counts, with_text = write_documents(folder, content.documents, content.schema, wanted, labels)
    found = content.found()
    results = msgspec.convert(rounded(msgspec.to_builtins(found.results)), list[Result])
    agreement = pretty({"results": results})
    sums = _sums({**content.extra, **found.files, AGREEMENT: agreement})
    about = _about(content, wanted, counts, with_text, sums)
    gold = record_schema(content.schema, text=wanted.text)
    annotation = annotation_schema(content.schema, text=wanted.text)
    files = [_file(folder / f"{name}.jsonl") for name in NAMES]
    metadata = croissant(about, content.schema, {"gold": gold, "annotations": annotation}, files, results)
    bodies = {
        **content.extra,
        **found.files,
        RECORD_SCHEMA: as_json(gold).encode(),
        ANNOTATION_SCHEMA: as_json(annotation).encode(),
        AGREEMENT: agreement,
        ABOUT: pretty(about),
        "croissant.json": as_json(metadata).encode(),
        "README.md": card(about, content.schema, results, {Path(each.name).stem: each.bytes for each in files}).encode(),
    }
    for name, body in bodies.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(body)
    return about, found.names


def _sums(bodies: Mapping[str, bytes]) -> list[FileSum]:
    """Of what nothing else in the release proves."""
    return [FileSum(name, sha256(body).hexdigest()) for name, body in sorted(bodies.items()) if is_vouched_for(name)]


def _about(content: Content, wanted: Wanted, counts: Counts, with_text: list[FileSum], sums: list[FileSum]) -> About:
    return About(
        format=FORMAT,
        name=content.name,
        version=content.version,
        schema=content.schema.id,
        tool=content.tool,
        license=content.license,
        text=wanted.text,
        withheld=[*content.withheld, *wanted.withhold],
        counts=counts,
        left_out=content.left_out,
        gates=content.gates,
        resolved=content.resolved,
        drawn=content.drawn,
        splits=content.splits,
        told=content.told,
        with_text=with_text,
        sums=sums,
    )


def _file(path: Path) -> File:
    return File(path.name, path.stat().st_size, sha256_of(path))


def rounded(value: Any) -> Any:
    """Plain data with every float at six digits, so that the last bits of another machine's arithmetic change no byte."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value
