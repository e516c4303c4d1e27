"""A release's gold as the formats read it: record by record, each checked against the release's own JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from annotate.errors import BadInput
from annotate.schema import Schema, load_schema
from annotate.schema.record_schema import SPLITS

Record = dict[str, Any]
BLOCK = 2**20  # bytes


class Source(NamedTuple):
    """A release folder, its schema, and the JSON Schema of its gold."""

    folder: Path
    schema: Schema
    described: dict[str, Any]

    def records(self, split: str) -> Iterator[Record]:
        """The gold of one split. Raises BadInput on a line that is no record of this release, by file and line."""
        validator = jsonschema_rs.validator_for(self.described)
        with (self.folder / f"{split}.jsonl").open("rb") as file:
            for number, line in enumerate(file, 1):
                record = _record(line, f"{self.folder.name}/{split}.jsonl:{number}")
                fault = next(iter(validator.iter_errors(record)), None)
                if fault is not None:
                    where = "/".join(str(part) for part in fault.instance_path) or "record"
                    raise BadInput(
                        f"{self.folder.name}/{split}.jsonl:{number}: {where}: {fault.message[:200]}; run `annotate verify` on it"
                    )
                yield record

    def lines(self, split: str) -> int:
        """How many records one split has."""
        with (self.folder / f"{split}.jsonl").open("rb") as file:
            return sum(block.count(b"\n") for block in iter(partial(file.read, BLOCK), b""))

    def texts(self, split: str) -> Iterator[Record]:
        """``records``; raises BadInput on one without its text, or with an item outside of it."""
        for number, record in enumerate(self.records(split), 1):
            place = f"{self.folder.name}/{split}.jsonl:{number}: {record['id']}"
            if not isinstance(record["text"], str):
                raise BadInput(f"{place}: has no text; run `annotate rehydrate` on this release first")
            for name in self.schema.span_layers:
                for item in record[name]:
                    if not 0 <= item["start"] < item["end"] <= len(record["text"]):
                        raise BadInput(f"{place}: {item['id']} is not in the text; run `annotate verify` on it")
            yield record


def source_of(folder: Path) -> Source:
    """Raises BadInput when the folder is no release."""
    needed = [*(f"{split}.jsonl" for split in SPLITS), "schema/schema.yaml", "schema/record.schema.json"]
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise BadInput(f"{folder}: lacks {', '.join(missing)}; name the folder of a release")
    try:
        described = json.loads((folder / "schema" / "record.schema.json").read_bytes())
    except ValueError as error:
        raise BadInput(f"{folder}/schema/record.schema.json: not JSON ({error}); run `annotate verify` on it") from None
    return Source(folder, load_schema(folder / "schema" / "schema.yaml"), described)


def _record(line: bytes, place: str) -> Record:
    try:
        record = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise BadInput(f"{place}: not JSON ({error}); run `annotate verify` on it") from None
    if not isinstance(record, dict):
        raise BadInput(f"{place}: not a JSON object; run `annotate verify` on it")
    return record
