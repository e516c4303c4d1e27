"""Parquet: the release's records as they are, their types declared by the release's own JSON Schemas; nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from annotate.release.formats.loss import LossReport
from annotate.release.formats.source import Source
from annotate.schema.record_schema import SPLITS

if TYPE_CHECKING:
    import pyarrow

Record = dict[str, Any]
ROW_GROUP = 1000  # documents
BATCH = 100  # of them as Python objects at a time, ten times as large as in Arrow


def write(source: Source, folder: Path, report: LossReport) -> list[str]:
    """``<split>.parquet`` and ``annotations.parquet``."""
    gold = arrow_schema(source.described)
    for split in SPLITS:
        _write(folder / f"{split}.parquet", gold, _counted(source, split, report))
    described = source.folder / "schema" / "annotation.schema.json"
    lines = source.folder / "annotations.jsonl"
    if described.is_file() and lines.is_file():
        _write(folder / "annotations.parquet", arrow_schema(json.loads(described.read_bytes())), _lines(lines))
    return []


def arrow_schema(described: Record) -> pyarrow.Schema:
    """The Arrow schema of a JSON Schema object: strings, 64-bit integers and floats, structs and lists; null where that allows it."""
    import pyarrow

    return pyarrow.schema(_fields(described))


def _fields(described: Record) -> list[Any]:
    import pyarrow

    return [pyarrow.field(name, _arrow_type(part), nullable="null" in _kinds(part)) for name, part in described["properties"].items()]


def _kinds(part: Record) -> list[str]:
    return part["type"] if isinstance(part["type"], list) else [part["type"]]


def _arrow_type(part: Record) -> Any:
    import pyarrow

    kind = next(each for each in _kinds(part) if each != "null")
    if kind == "object":
        return pyarrow.struct(_fields(part))
    if kind == "array":
        return pyarrow.list_(pyarrow.field("element", _arrow_type(part["items"]), nullable=False))
    return {"string": pyarrow.string(), "integer": pyarrow.int64(), "number": pyarrow.float64(), "boolean": pyarrow.bool_()}[kind]


def _counted(source: Source, split: str, report: LossReport) -> Iterator[Record]:
    for record in source.records(split):
        report.document(record, source.schema.span_layers)
        yield record


def _write(path: Path, schema: pyarrow.Schema, records: Iterator[Record]) -> None:
    from pyarrow import RecordBatch, Table, parquet

    batches = (RecordBatch.from_pylist(rows, schema=schema) for rows in iter(lambda: list(islice(records, BATCH)), []))
    with parquet.ParquetWriter(path, schema) as writer:
        while group := list(islice(batches, ROW_GROUP // BATCH)):
            writer.write_table(Table.from_batches(group))


def _lines(path: Path) -> Iterator[Record]:
    with path.open("rb") as file:
        for line in file:
            yield msgspec.json.decode(line)
