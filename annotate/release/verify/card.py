"""The card and Croissant of a release against its files: what they declare, count and list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct, field

from annotate.errors import Problem
from annotate.release.about import About, Counts
from annotate.release.card import counts_table
from annotate.release.features import features
from annotate.release.lines import read_json
from annotate.release.sums import sha256_of

CARD, CROISSANT = "README.md", "croissant.json"
CONFORMS = "http://mlcommons.org/croissant/1.1"

Json = dict[str, Any]


class _DataFile(Struct):
    path: str


class _Config(Struct):
    data_files: list[_DataFile]


class _Split(Struct, frozen=True):
    name: str
    num_examples: int
    num_bytes: int


class _Declared(Struct):
    config_name: str
    features: Any
    splits: list[_Split]
    download_size: int
    dataset_size: int


class _Front(Struct):
    license: str
    configs: list[_Config]
    dataset_info: list[_Declared]


class _File(Struct):
    id: str = field(name="@id")
    url: str = field(name="contentUrl")
    size: str = field(name="contentSize")
    sha256: str


class _FileId(Struct):
    id: str = field(name="@id")


class _Source(Struct):
    file: _FileId = field(name="fileObject")


class _Field(Struct):
    id: str = field(name="@id")
    source: _Source | None = None
    subfields: list[_Field] = field(name="subField", default_factory=list)


class _RecordSet(Struct):
    fields: list[_Field] = field(name="field")


class _Croissant(Struct):
    conforms_to: list[str] = field(name="conformsTo")
    name: str
    version: str
    files: list[_File] = field(name="distribution")
    record_sets: list[_RecordSet] = field(name="recordSet")


def card_problems(folder: Path, license_name: str, counts: Counts, described: dict[str, Json]) -> Iterator[Problem]:
    """Front matter and table of counts. ``described``: the JSON Schemas of ``gold`` and ``annotations``."""
    try:
        opening, written, body = (folder / CARD).read_text("utf-8").split("---\n", 2)
        front = msgspec.convert(yaml.safe_load(written), _Front)
    except (ValueError, yaml.YAMLError, msgspec.ValidationError, RecursionError) as error:
        yield Problem(CARD, f"its front matter cannot be read ({str(error).splitlines()[0]})")
        return
    if opening:
        yield Problem(CARD, "does not begin with front matter")
    if front.license != (license_name or "other"):
        yield Problem(CARD, f"says licence {front.license}, {license_name or 'other'} is that of release.json")
    for file in (file for config in front.configs for file in config.data_files):
        if not (folder / file.path).is_file():
            yield Problem(CARD, f"names {file.path}, which is not there")
    yield from _declared(front, counts, described)
    yield from (fault for declared in front.dataset_info for fault in _sizes(folder, declared))
    yield from (Problem(CARD, f"its table has no row {row}") for row in counts_table(counts) if row not in body)


def _declared(front: _Front, found: Counts, described: dict[str, Json]) -> Iterator[Problem]:
    counts = {each.split: each.documents for each in found.splits} | {"annotations": found.annotations}
    told = {each.config_name: each for each in front.dataset_info}
    for config in (*(["gold"] if found.documents else []), *(["annotations"] if found.annotations else [])):
        if config not in told:
            yield Problem(CARD, f"declares no {config}")
            continue
        if told[config].features != features(described[config]):
            yield Problem(CARD, f"the features of {config} are not those of the JSON Schema")
        for split in told[config].splits:
            if split.num_examples != counts.get(split.name):
                yield Problem(CARD, f"says {split.name} has {split.num_examples} examples, it has {counts.get(split.name, 'none')}")


def _sizes(folder: Path, declared: _Declared) -> Iterator[Problem]:
    """Bytes of the files, as declared."""
    paths = {split: folder / f"{split.name}.jsonl" for split in declared.splits}
    sizes = {split: path.stat().st_size for split, path in paths.items() if path.is_file()}
    for split, size in sizes.items():
        if size != split.num_bytes:
            yield Problem(CARD, f"says {split.name} has {split.num_bytes} bytes, it has {size}")
    total = sum(sizes.values())
    for name, said in (("download_size", declared.download_size), ("dataset_size", declared.dataset_size)):
        if said != total:
            yield Problem(CARD, f"says {name} {said} of {declared.config_name}, its files have {total}")


def croissant_problems(folder: Path, about: About) -> Iterator[Problem]:
    try:
        found = msgspec.convert(read_json((folder / CROISSANT).read_bytes()), _Croissant)
    except (ValueError, msgspec.ValidationError) as error:
        yield Problem(CROISSANT, f"cannot be read: {error}")
        return
    if CONFORMS not in found.conforms_to:
        yield Problem(CROISSANT, "is no Croissant 1.1")
    for key, said, is_ in (("name", found.name, about.name), ("version", found.version, about.version)):
        if said != is_:
            yield Problem(CROISSANT, f"says {key} {said}, release.json {is_}")
    listed = {each.url: each for each in found.files}
    for name in sorted({path.name for path in folder.glob("*.jsonl")} - listed.keys()):
        yield Problem(CROISSANT, f"does not list {name}")
    for _, file in sorted(listed.items()):
        yield from _listed(folder, file)
    ids = {each.id for each in found.files}
    for each in (each for record_set in found.record_sets for top in record_set.fields for each in (top, *top.subfields)):
        if each.source is not None and each.source.file.id not in ids:
            yield Problem(CROISSANT, f"the field {each.id} is of {each.source.file.id}, which is not listed")


def _listed(folder: Path, file: _File) -> Iterator[Problem]:
    path = folder / file.url
    if not path.is_file():
        yield Problem(CROISSANT, f"lists {file.url}, which is not there")
    elif file.size != f"{path.stat().st_size} B":
        yield Problem(CROISSANT, f"says {file.url} has {file.size}, it has {path.stat().st_size} B")
    elif file.sha256 != sha256_of(path):
        yield Problem(CROISSANT, f"the sum of {file.url} is not that of the file")
