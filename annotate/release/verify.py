"""Is a release what it says it is? Needs no workspace, no server and nobody's word."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs
import msgspec
from msgspec import Struct

from annotate.errors import BadInput, Problem
from annotate.records import text_digest
from annotate.release.lines import read_json, read_lines
from annotate.schema import FrameLayer, Schema, load_schema
from annotate.schema.build import out_of_step
from annotate.schema.record_schema import SPLITS, annotation_schema, record_schema

EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")
REQUIRED = (
    *(f"{split}.jsonl" for split in SPLITS),
    "annotations.jsonl",
    "agreement.json",
    "splits.lock.json",
    "README.md",
    "SHA256SUMS",
    "schema/schema.yaml",
)

Record = dict[str, Any]


class Locked(Struct, frozen=True, forbid_unknown_fields=True):
    """One article in splits.lock.json."""

    article: str
    split: Literal["train", "dev", "test"]
    group: str


class Lock(Struct, frozen=True, forbid_unknown_fields=True):
    articles: list[Locked]


def verify(folder: Path) -> list[Problem]:
    """Everything that is wrong with a release folder, by file and line; empty when it is sound.

    Raises BadInput when the folder is not there.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; name the folder of a release")
    missing = [Problem(name, "missing") for name in REQUIRED if not (folder / name).is_file()]
    problems = missing + list(_sums(folder))
    if missing:
        return problems
    try:
        schema = load_schema(folder / "schema" / "schema.yaml")
    except BadInput as error:
        return [*problems, Problem("schema/schema.yaml", str(error))]
    problems += [*_generated(schema, folder), *_emails(folder), *_agreement(folder)]
    checker = _Checker(folder, schema)
    return problems + list(checker.gold()) + list(checker.annotations()) + list(checker.lock())


def _generated(schema: Schema, folder: Path) -> Iterator[Problem]:
    """The page and the guidelines need only be there: a later toolkit may word them otherwise; the sums say whether they were changed."""
    for name in out_of_step(schema, folder / "schema"):
        if not (folder / "schema" / name).is_file():
            yield Problem(f"schema/{name}", "missing")
        elif name.endswith(".json"):
            yield Problem(f"schema/{name}", "is not what schema.yaml generates")


def _sums(folder: Path) -> Iterator[Problem]:
    listed: dict[str, str] = {}
    path = folder / "SHA256SUMS"
    if not path.is_file():
        return  # said with what is missing
    for line in filter(None, path.read_bytes().decode("utf-8", "replace").split("\n")):
        digest, _, name = line.partition("  ")
        if name in listed:
            yield Problem("SHA256SUMS", f"{name} stands twice")
        listed[name] = digest
    here = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()} - {"SHA256SUMS"}
    yield from (Problem(name, "is in SHA256SUMS but not in the folder") for name in sorted(listed.keys() - here))
    yield from (Problem(name, "is not in SHA256SUMS") for name in sorted(here - listed.keys()))
    for name in sorted(here & listed.keys()):
        if sha256((folder / name).read_bytes()).hexdigest() != listed[name]:
            yield Problem(name, "does not match its sum in SHA256SUMS: it was changed after the release was made")


def _emails(folder: Path) -> Iterator[Problem]:
    """Addresses outside of articles' own text."""
    for name in ("annotations.jsonl", "agreement.json", "splits.lock.json", "README.md", *(f"{split}.jsonl" for split in SPLITS)):
        for number, line in enumerate((folder / name).read_bytes().decode("utf-8", "replace").split("\n"), 1):
            place = f"{name}:{number}"
            if name.endswith(".jsonl"):
                yield from (Problem(place, f"an e-mail address in {key}") for key in _keys_with_email(line))
            elif EMAIL.search(line):
                yield Problem(place, "an e-mail address")


def _keys_with_email(line: str) -> list[str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return []  # said elsewhere
    skipped = ("text", "title", "entity")

    def holds(value: Any) -> bool:
        if isinstance(value, dict):
            return any(holds(each) for key, each in value.items() if key not in skipped)
        if isinstance(value, list):
            return any(holds(each) for each in value)
        return isinstance(value, str) and EMAIL.search(value) is not None

    return [key for key, value in record.items() if key not in skipped and holds(value)] if isinstance(record, dict) else []


def _agreement(folder: Path) -> Iterator[Problem]:
    try:
        read_json((folder / "agreement.json").read_bytes())
    except ValueError as error:
        yield Problem("agreement.json", f"not JSON: {error}")


class _Checker:
    """The records of one release, checked line by line."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        self.folder = folder
        self.schema = schema
        self.texts: dict[str, str] = {}
        self.splits: dict[str, str] = {}
        self.groups: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self.unread = False  # a line of gold could not be read, so which documents there are is not known

    def gold(self) -> Iterator[Problem]:
        for split in SPLITS:
            for place, record in self._valid(f"{split}.jsonl", record_schema(self.schema)):
                if isinstance(record, Problem):
                    self.unread = True
                    yield record
                    continue
                yield from (Problem(place, f"{record['id']}: {fault}") for fault in self._document(record, split))

    def annotations(self) -> Iterator[Problem]:
        seen: set[tuple[str, str]] = set()
        for place, record in self._valid("annotations.jsonl", annotation_schema(self.schema)):
            if isinstance(record, Problem):
                yield record
                continue
            key = (record["article"], record["annotator"])
            if key in seen:
                yield Problem(place, f"{key[0]}: a second line by {key[1]}")
            seen.add(key)
            if record["article"] in self.texts:
                yield from (Problem(place, f"{record['article']}: {fault}") for fault in self._items(record, self.texts[record["article"]]))
            elif not self.unread:
                yield Problem(place, f"{record['article']}: no such document in the release")

    def lock(self) -> Iterator[Problem]:
        try:
            entries = msgspec.convert(read_json((self.folder / "splits.lock.json").read_bytes()), Lock).articles
        except (ValueError, msgspec.ValidationError) as error:
            yield Problem("splits.lock.json", f"not a list of articles with split and group ({error})")
            return
        for article, count in Counter(each.article for each in entries).items():
            if count > 1:
                yield Problem("splits.lock.json", f"{article}: stands {count} times")
        locked = {each.article: (each.split, each.group) for each in entries}
        for article, split in self.splits.items():
            if locked.get(article, ("", ""))[0] != split:
                yield Problem("splits.lock.json", f"{article}: is in {split}, but not locked there")
        homes: dict[str, set[str]] = defaultdict(set)
        for split, group in locked.values():
            homes[group].add(split)
        yield from (
            Problem("splits.lock.json", f"the group {group} crosses {' and '.join(sorted(found))}")
            for group, found in sorted(homes.items())
            if len(found) > 1
        )
        for (kind, name), by_split in sorted(self.groups.items()):
            if len(by_split) > 1:
                yield Problem(
                    "splits.lock.json",
                    f"the {kind} group {name} crosses {' and '.join(sorted(by_split))}: {', '.join(sorted(by_split.values()))}",
                )

    def _valid(self, name: str, schema: dict[str, Any]) -> Iterator[tuple[str, Record | Problem]]:
        """(place, record that fits the JSON Schema, or what is wrong)."""
        validator = jsonschema_rs.validator_for(schema)
        for place, record in read_lines(self.folder / name):
            faults = [] if isinstance(record, Problem) else list(validator.iter_errors(record))
            if faults:
                where = "/".join(str(part) for part in faults[0].instance_path)
                yield place, Problem(place, f"{where or 'record'}: {faults[0].message[:200]}")
            else:
                yield place, record

    def _document(self, record: Record, split: str) -> Iterator[str]:
        text, name = record["text"], record["id"]
        if name in self.texts:
            yield "its id stands twice"
        self.texts[name], self.splits[name] = text, split
        if record["split"] != split:
            yield f"says split {record['split']}, is in {split}.jsonl"
        if text_digest(text) != record["text_sha256"]:
            yield "text_sha256 is not the digest of text"
        for key in ("zones", "sentences"):
            yield from (f"{key} {each['start']}–{each['end']} is not in the text" for each in record[key] if not _inside(text, each))
        for kind, group in record["group"].items():
            if group is not None:
                self.groups[kind, group].setdefault(split, name)
        for choices in self.schema.choice_layers:
            there = {answer["name"] for answer in record[choices.name]}
            yield from (f"the question {asked.name} is missing" for asked in choices.questions if asked.name not in there)
        yield from self._items(record, text)

    def _items(self, record: Record, text: str) -> Iterator[str]:
        """Spans slice, ids are unique, references resolve, labels are legal."""
        items = {item["id"]: (name, item) for name in self.schema.span_layers for item in record[name]}
        if len(items) != sum(len(record[name]) for name in self.schema.span_layers):
            yield "an item's id stands twice"
        for item_id, (name, item) in items.items():
            if not _inside(text, item):
                yield f"{item_id}: {item['start']}–{item['end']} is not in the text"
            elif text[item["start"] : item["end"]] != item["text"]:
                yield f"{item_id}: its text is not what its offsets slice"
            layer = self.schema.span_layers[name]
            if isinstance(layer, FrameLayer):
                yield from (f"{item_id}: {fault}" for fault in self._frame(layer, item, items))
        yield from self._answers(record)

    def _answers(self, record: Record) -> Iterator[str]:
        for choices in self.schema.choice_layers:
            asked = Counter(answer["name"] for answer in record[choices.name])
            yield from (f"{name} is answered {count} times" for name, count in asked.items() if count > 1)
            for answer in record[choices.name]:
                question = choices.question(answer["name"])
                legal = {value.name for value in question.values} if question else set()
                given = {answer["value"], *(share["value"] for share in answer.get("distribution", ()))} - {None}
                yield from (f"{answer['name']}: {value} is no answer to it" for value in sorted(given - legal))

    def _frame(self, layer: FrameLayer, item: Record, items: dict[str, tuple[str, Record]]) -> Iterator[str]:
        for asked in layer.attributes:
            value = item["attributes"][asked.name]
            if value is not None and value not in asked.values_for(item["type"]):
                yield f"{asked.name} {value} is not legal for {item['type']}"
        for argument in item["arguments"]:
            role = layer.role(argument["role"])
            if argument["ref"] not in items:
                yield f"{argument['role']} refers to {argument['ref']}, which is not there"
                continue
            kind, filler = items[argument["ref"]]
            if kind != argument["kind"]:
                yield f"{argument['role']} says {argument['ref']} is of {argument['kind']}, it is of {kind}"
            elif filler is item:
                yield f"{argument['role']} refers to its own frame"
            elif role is not None and not role.takes(kind, filler["type"]):
                yield f"{argument['role']} may not be filled by {kind}.{filler['type']}"
        for link in self.schema.link_layers:
            for ref in item[link.name] if link.between == layer.name else ():
                kind, other = items.get(ref, ("", item))
                if kind != layer.name or other is item:
                    yield f"{link.name} refers to {ref}, which is no other item of {layer.name}"
                elif item["id"] not in other[link.name]:
                    yield f"{link.name} refers to {ref}, which does not refer back"


def _inside(text: str, span: Record) -> bool:
    """Whether its offsets are whole numbers and in the text; JSON Schema takes 5.0 for an integer."""
    start, end = span["start"], span["end"]
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)
