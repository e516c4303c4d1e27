"""The card and Croissant of a release against its files: what they declare, count and list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from annotate.errors import Problem
from annotate.release.about import About, Counts
from annotate.release.card import counts_table
from annotate.release.features import features
from annotate.release.lines import read_json
from annotate.release.sums import sha256_of

CARD, CROISSANT = "README.md", "croissant.json"
CONFORMS = "http://mlcommons.org/croissant/1.1"

Json = dict[str, Any]


def card_problems(folder: Path, license_name: str, counts: Counts, described: dict[str, Json]) -> Iterator[Problem]:
    """Front matter and table of counts. ``described``: the JSON Schemas of ``gold`` and ``annotations``."""
    try:
        opening, front, body = (folder / CARD).read_text("utf-8").split("---\n", 2)
        declared = yaml.safe_load(front)
    except (ValueError, yaml.YAMLError) as error:
        yield Problem(CARD, f"its front matter cannot be read ({str(error).splitlines()[0]})")
        return
    if opening or not isinstance(declared, dict):
        yield Problem(CARD, "does not begin with front matter")
        return
    if declared.get("license") != (license_name or "other"):
        yield Problem(CARD, f"says licence {declared.get('license')}, {license_name or 'other'} is that of release.json")
    yield from _configs(folder, declared)
    yield from _declared(declared, counts, described)
    for row in counts_table(counts):
        if row not in body:
            yield Problem(CARD, f"its table has no row {row}")


def _configs(folder: Path, declared: Json) -> Iterator[Problem]:
    for config in _dicts(declared.get("configs")):
        for file in _dicts(config.get("data_files")):
            if not (folder / str(file.get("path"))).is_file():
                yield Problem(CARD, f"names {file.get('path')}, which is not there")


def _declared(declared: Json, found: Counts, described: dict[str, Json]) -> Iterator[Problem]:
    counts = {each.split: each.documents for each in found.splits} | {"annotations": found.annotations}
    told = {each.get("config_name"): each for each in _dicts(declared.get("dataset_info"))}
    for config in ("gold", *(["annotations"] if found.annotations else [])):
        if config not in told:
            yield Problem(CARD, f"declares no {config}")
            continue
        if told[config].get("features") != features(described[config]):
            yield Problem(CARD, f"the features of {config} are not those of the JSON Schema")
        for split in _dicts(told[config].get("splits")):
            name = split.get("name")
            if split.get("num_examples") != counts.get(str(name)):
                yield Problem(CARD, f"says {name} has {split.get('num_examples')} examples, it has {counts.get(str(name), 'none')}")


def croissant_problems(folder: Path, about: About) -> Iterator[Problem]:
    try:
        document = read_json((folder / CROISSANT).read_bytes())
    except ValueError as error:
        yield Problem(CROISSANT, f"not JSON: {error}")
        return
    if not isinstance(document, dict) or CONFORMS not in (document.get("conformsTo") or ()):
        yield Problem(CROISSANT, "is no Croissant 1.1")
        return
    for key, value in (("name", about.name), ("version", about.version)):
        if document.get(key) != value:
            yield Problem(CROISSANT, f"says {key} {document.get(key)}, release.json {value}")
    listed = {str(each.get("contentUrl")): each for each in _dicts(document.get("distribution"))}
    for name in sorted({path.name for path in folder.glob("*.jsonl")} - listed.keys()):
        yield Problem(CROISSANT, f"does not list {name}")
    for name, file in sorted(listed.items()):
        yield from _listed(folder, name, file)
    for record_set in _dicts(document.get("recordSet")):
        yield from _record_set(record_set, {str(each.get("@id")) for each in listed.values()})


def _listed(folder: Path, name: str, file: Json) -> Iterator[Problem]:
    path = folder / name
    if not path.is_file():
        yield Problem(CROISSANT, f"lists {name}, which is not there")
    elif file.get("contentSize") != f"{path.stat().st_size} B":
        yield Problem(CROISSANT, f"says {name} has {file.get('contentSize')}, it has {path.stat().st_size} B")
    elif file.get("sha256") != sha256_of(path):
        yield Problem(CROISSANT, f"the sum of {name} is not that of the file")


def _record_set(record_set: Json, listed: set[str]) -> Iterator[Problem]:
    for field in _dicts(record_set.get("field")):
        for each in (field, *_dicts(field.get("subField"))):
            file = ((each.get("source") or {}).get("fileObject") or {}).get("@id")
            if file is not None and file not in listed:
                yield Problem(CROISSANT, f"the field {each.get('@id')} is of {file}, which is not listed")


def _dicts(value: Any) -> list[Json]:
    """The objects of a list, whatever it is."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
