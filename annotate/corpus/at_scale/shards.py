"""The shards that the files of a pool are cut into, and the rows of a shard."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from annotate.corpus.at_scale.engine import Task
from annotate.corpus.csv_rows import LONGEST_ROW
from annotate.corpus.inputs import Input, is_parquet, open_input
from annotate.corpus.sampling.files import BATCH, BYTE_ORDER_MARK, plain_row
from annotate.corpus.zones.rules import Own
from annotate.errors import Problem

SHARD_BYTES = 32_000_000  # of JSONL; of Arabic articles of 400 words some 7,000
SHARD_ROWS = 10_000  # of Parquet, where row groups are not larger


class Shard(Task, frozen=True, kw_only=True):
    """What one task reads of a file: the lines that begin in [start, stop) of its bytes; of Parquet these row groups, behind ``first``
    rows."""

    input: Input
    start: int
    stop: int
    first: int = 0


def shards_of(
    files: Sequence[Input], work: str, *, rules: Own = (), most_bytes: int = SHARD_BYTES, most_rows: int = SHARD_ROWS
) -> list[Shard]:
    number = itertools.count()
    return [
        Shard(work=work, number=next(number), rules=rules, input=file, start=start, stop=stop, first=first)
        for file in files
        for start, stop, first in _cuts(file, most_bytes, most_rows)
    ]


def _cuts(file: Input, most_bytes: int, most_rows: int) -> Iterator[tuple[int, int, int]]:
    """Of a file with a fault one, whose task says so."""
    if file.fault is not None:
        return iter([(0, 0, 0)])
    return _row_groups(file, most_rows) if is_parquet(file) else _ranges(file, most_bytes)


def _ranges(file: Input, most: int) -> Iterator[tuple[int, int, int]]:
    """In equal parts, since tasks wait for the longest."""
    size = -(-file.bytes // max(1, -(-file.bytes // most)))
    for start in range(0, file.bytes, size or 1):
        yield start, min(start + size, file.bytes), 0


def _row_groups(file: Input, most: int) -> Iterator[tuple[int, int, int]]:
    """Neighbouring row groups together, up to so many rows. Of a file that cannot be read, none: its task says why."""
    try:
        with open_input(file.url) as opened, pq.ParquetFile(opened) as parquet:
            sizes = [parquet.metadata.row_group(group).num_rows for group in range(parquet.num_row_groups)]
    except (OSError, pa.ArrowException):
        sizes = []
    start = first = behind = 0
    for group, size in enumerate(sizes):
        if behind > first and behind + size - first > most:
            yield start, group, first
            start, first = group, behind
        behind += size
    yield start, len(sizes), first


def rows_of(shard: Shard) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """(number, row or what is wrong with it): its line, from 1 in this shard; its row, from 1 in its file.

    Raises OSError and ArrowException where the file cannot be read.
    """
    if shard.input.fault is not None:
        raise OSError(shard.input.fault)
    with open_input(shard.input.url) as file:
        yield from _parquet(shard, file) if is_parquet(shard.input) else _jsonl(shard, file)


def _jsonl(shard: Shard, file: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    for number, line in enumerate(_lines(file, shard.start, shard.stop), 1):
        content = line.removeprefix(BYTE_ORDER_MARK) if shard.start == 0 and number == 1 else line
        yield number, _decoded(content) if content.strip() else {}


def _decoded(line: bytes) -> dict[str, Any] | Problem:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Problem("", f"not a JSON object in UTF-8 ({error}); mend this line")
    return row if isinstance(row, dict) and row else Problem("", "not a JSON object with an article; mend this line")


def _lines(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    """The lines that begin in [start, stop); of one too long to be held, only as much as no reader takes for a row."""
    place = start
    if start:
        file.seek(start - 1)
        for piece in _pieces(file):
            place += len(piece)
        place -= 1
    while place < stop:
        pieces = _pieces(file)
        line = next(pieces, b"")
        if not line:
            return
        place += len(line) + sum(map(len, pieces))
        yield line


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a line, in pieces that can be held."""
    while piece := file.readline(LONGEST_ROW):
        yield piece
        if piece.endswith(b"\n"):
            return


def _parquet(shard: Shard, file: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    with pq.ParquetFile(file) as parquet:
        wanted = range(shard.start, shard.stop)
        if not wanted and parquet.num_row_groups:
            raise OSError(f"{shard.input.url}: could not be read at first; remove what was begun")
        number = shard.first
        if {"text", "html"}.isdisjoint(parquet.schema_arrow.names):
            raise pa.ArrowInvalid(f"no column `text`; it has {', '.join(parquet.schema_arrow.names)}")
        for batch in parquet.iter_batches(BATCH // 4, row_groups=wanted, use_threads=False) if wanted else ():
            for row in batch.to_pylist():
                number += 1
                yield number, plain_row(row)
