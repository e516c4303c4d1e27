"""The card and Croissant of a release against its files: what they declare, count and list."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml
from msgspec import Struct, field

from annotate.agreement.results import Result
from annotate.agreement.text import HEADLINE
from annotate.errors import Problem
from annotate.release.about import FORMAT, About, Counts
from annotate.release.card import agreement_table, card, counts_table, front_matter, heading, labels_table
from annotate.release.croissant import File, croissant
from annotate.release.documents import NAMES
from annotate.release.features import features
from annotate.release.lines import as_json, read_json
from annotate.release.verify.described import Described
from annotate.release.verify.made_again import as_made
from annotate.schema import Schema

CARD, CROISSANT = "README.md", "croissant.json"
CONFIGS = "configs"
CONFORMS = "http://mlcommons.org/croissant/1.1"
FILES = tuple(f"{name}.jsonl" for name in NAMES)
MEASURED = 5  # cells of a row of agreement

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
    pretty_name: str
    language: list[str]
    size_categories: list[str]
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
    id: str = field(name="@id")
    fields: list[_Field] = field(name="field")


class _Croissant(Struct):
    conforms_to: list[str] = field(name="conformsTo")
    name: str
    version: str
    files: list[_File] = field(name="distribution")
    record_sets: list[_RecordSet] = field(name="recordSet")
    languages: list[str] = field(name="inLanguage")
    license: str = ""


class Found(NamedTuple):
    """What a release holds, by which its card and Croissant are judged.

    about:   with the counts that the files have
    results: None where agreement.json cannot be relied on
    digests: file → SHA-256, of all files
    spoilt:  names of JSONL files with faults of their own, whose sizes and sums say nothing more
    trusted: nothing is wrong with release.json, but for its counts
    """

    folder: Path
    about: About
    schema: Schema
    described: Described
    results: list[Result] | None
    digests: Mapping[str, str]
    spoilt: Collection[str]
    trusted: bool

    @property
    def makes_again(self) -> bool:
        """Whether all is there that card and Croissant are made from, and this version of the toolkit made them."""
        return self.about.of_this_toolkit and self.trusted and self.results is not None and not self.spoilt


def agreed_on(folder: Path) -> dict[str, str]:
    """Name, version and licence, where card and Croissant both say the same."""
    try:
        _, written, body = (folder / CARD).read_text("utf-8").split("---\n", 2)
        front = msgspec.convert(yaml.safe_load(written), _Front)
        metadata = msgspec.convert(read_json((folder / CROISSANT).read_bytes()), _Croissant)
    except (OSError, ValueError, yaml.YAMLError, msgspec.ValidationError, RecursionError):
        return {}
    said = {"license": "" if front.license == "other" else front.license, "name": front.pretty_name}
    agreed = {key: value for key, value in said.items() if getattr(metadata, key) == value}
    headed = f"# {front.pretty_name} {metadata.version}" in body.splitlines()
    return agreed | ({"version": metadata.version} if headed and "name" in agreed else {})


def card_problems(found: Found) -> Iterator[Problem]:
    """Front matter, heading and tables; where these are right, every line."""
    problems = list(_card(found))
    yield from problems
    if found.makes_again and not problems:
        made = card(found.about, found.schema, found.results or [], _bytes(found.folder))
        yield from as_made(CARD, (found.folder / CARD).read_bytes(), made.encode(), "release.json and the files")


def croissant_problems(found: Found) -> Iterator[Problem]:
    """The same of Croissant."""
    problems = list(_metadata(found))
    yield from problems
    if found.makes_again and not problems:
        files = [File(name, (found.folder / name).stat().st_size, found.digests[name]) for name in FILES]
        made = croissant(found.about, found.schema, found.described._asdict(), files, found.results or [])
        yield from as_made(CROISSANT, (found.folder / CROISSANT).read_bytes(), as_json(made).encode(), "release.json and the files")


def _card(found: Found) -> Iterator[Problem]:
    folder, about = found.folder, found.about
    try:
        opening, written, body = (folder / CARD).read_text("utf-8").split("---\n", 2)
        plain = yaml.safe_load(written)
        front = msgspec.convert(plain, _Front)
    except (ValueError, yaml.YAMLError, msgspec.ValidationError, RecursionError) as error:
        yield Problem(CARD, f"its front matter cannot be read ({str(error).splitlines()[0]})")
        return
    if opening:
        yield Problem(CARD, "does not begin with front matter")
    if front.license != (about.license or "other"):
        yield Problem(CARD, f"says licence {front.license}, {about.license or 'other'} is that of release.json")
    absent = [file.path for config in front.configs for file in config.data_files if not (folder / file.path).is_file()]
    yield from (Problem(CARD, f"names {path}, which is not there") for path in absent)
    yield from _declared(front, about.counts, found.described)
    yield from (fault for declared in front.dataset_info for fault in _sizes(folder, declared, found.spoilt))
    if about.format == FORMAT:
        yield from _front(plain, front_matter(about, found.schema, _bytes(folder)), CONFIGS if absent else ())
        rows = [heading(about), *counts_table(about.counts), *labels_table(about.counts), *agreement_table(found.results or [])]
        lines = set(body.splitlines())
        lacking = [row for row in rows if row not in lines]
        yield from (Problem(CARD, f"has no line {row}") for row in lacking)
        yield from () if lacking else _unmeasured(body.splitlines(), found)


def _unmeasured(lines: list[str], found: Found) -> Iterator[Problem]:
    """Rows of agreement that agreement.json does not have."""
    if found.results is not None:
        rows, starts = agreement_table(found.results), tuple(f"| {layer.name}" for layer in found.schema.layers)
        for line in lines:
            cells = line.split(" | ")
            if line.startswith(starts) and len(cells) == MEASURED and cells[1] in HEADLINE and line not in rows:
                yield Problem(CARD, f"says {line}, which agreement.json does not hold")


def _front(found: Json, wanted: Json, said: Collection[str]) -> Iterator[Problem]:
    """What the front matter says besides licence and declarations. ``said``: keys of which something is said already."""
    for key in ("pretty_name", "language", "size_categories", CONFIGS):
        if found[key] != wanted[key] and key not in said:
            yield Problem(CARD, f"its {key} is not {json.dumps(wanted[key], ensure_ascii=False)}, as release.json and the files have it")


def _bytes(folder: Path) -> dict[str, int]:
    return {path.stem: path.stat().st_size for path in map(folder.joinpath, FILES) if path.is_file()}


def _declared(front: _Front, found: Counts, described: Described) -> Iterator[Problem]:
    counts = {each.split: each.documents for each in found.splits} | {"annotations": found.annotations}
    told = {each.config_name: each for each in front.dataset_info}
    for config in (*(["gold"] if found.documents else []), *(["annotations"] if found.annotations else [])):
        if config not in told:
            yield Problem(CARD, f"declares no {config}")
            continue
        if told[config].features != features(getattr(described, config)):
            yield Problem(CARD, f"the features of {config} are not those of the JSON Schema")
        names = list(counts)[:-1] if config == "gold" else ["annotations"]
        if lacking := [name for name in names if counts[name] and name not in {split.name for split in told[config].splits}]:
            yield Problem(CARD, f"declares no split {', '.join(lacking)} of {config}")
        for split in told[config].splits:
            if split.num_examples != counts.get(split.name):
                yield Problem(CARD, f"says {split.name} has {split.num_examples} examples, it has {counts.get(split.name, 'none')}")


def _sizes(folder: Path, declared: _Declared, spoilt: Collection[str]) -> Iterator[Problem]:
    """Bytes of the files, as declared."""
    if any(f"{split.name}.jsonl" in spoilt for split in declared.splits):
        return
    paths = {split: folder / f"{split.name}.jsonl" for split in declared.splits}
    sizes = {split: path.stat().st_size for split, path in paths.items() if path.is_file()}
    for split, size in sizes.items():
        if size != split.num_bytes:
            yield Problem(CARD, f"says {split.name} has {split.num_bytes} bytes, it has {size}")
    total = sum(sizes.values())
    for name, said in (("download_size", declared.download_size), ("dataset_size", declared.dataset_size)):
        if said != total:
            yield Problem(CARD, f"says {name} {said} of {declared.config_name}, its files have {total}")


def _metadata(here: Found) -> Iterator[Problem]:
    folder, about = here.folder, here.about
    try:
        found = msgspec.convert(read_json((folder / CROISSANT).read_bytes()), _Croissant)
    except (ValueError, msgspec.ValidationError) as error:
        yield Problem(CROISSANT, f"cannot be read: {error}")
        return
    if CONFORMS not in found.conforms_to:
        yield Problem(CROISSANT, "is no Croissant 1.1")
    languages = [each.name for each in about.counts.languages]
    for key, said, is_ in (
        *(("name", found.name, about.name), ("version", found.version, about.version)),
        *(("licence", found.license, about.license), ("languages", found.languages, languages)),
    ):
        if said != is_:
            yield Problem(CROISSANT, f"says {key} {_words(said)}, release.json {_words(is_)}")
    listed = {each.url: each for each in found.files}
    for name in sorted(set(FILES) - listed.keys()):
        yield Problem(CROISSANT, f"does not list {name}")
    for _, file in sorted(listed.items()):
        if file.url not in here.spoilt:
            yield from _listed(folder, file, here.digests)
    ids = {each.id for each in found.files}
    for each in (each for record_set in found.record_sets for top in record_set.fields for each in (top, *top.subfields)):
        if each.source is not None and each.source.file.id not in ids:
            yield Problem(CROISSANT, f"the field {each.id} is of {each.source.file.id}, which is not listed")
    yield from _record_sets(folder, found, here.described)


def _words(said: str | list[str]) -> str:
    return said if isinstance(said, str) else ", ".join(said)


def _record_sets(folder: Path, found: _Croissant, described: Described) -> Iterator[Problem]:
    """Every file that holds lines has a record set, and every key of its records a field."""
    sets = {each.id: {top.id for top in each.fields} for each in found.record_sets}
    for name, size in sorted(_bytes(folder).items()):
        if size and name not in sets:
            yield Problem(CROISSANT, f"has no record set {name}")
        elif size:
            keys = getattr(described, "annotations" if name == "annotations" else "gold")["properties"]
            yield from (Problem(CROISSANT, f"has no field {name}/{key}") for key in keys if f"{name}/{key}" not in sets[name])


def _listed(folder: Path, file: _File, digests: Mapping[str, str]) -> Iterator[Problem]:
    path = folder / file.url
    if not path.is_file():
        yield Problem(CROISSANT, f"lists {file.url}, which is not there")
    elif file.size != f"{path.stat().st_size} B":
        yield Problem(CROISSANT, f"says {file.url} has {file.size}, it has {path.stat().st_size} B")
    elif file.sha256 != digests.get(file.url):
        yield Problem(CROISSANT, f"the sum of {file.url} is not that of the file")
