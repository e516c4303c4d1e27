"""Range of keys → the pairs of articles that share one; range of pairs → those that share enough, the candidates.

A key's rows lie in many shards, and a pair's in many ranges of keys; each range of the one is gathered from all files of the other, which
are ascending. So each row is read once, and what is held does not grow with the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
from msgspec import Struct

from annotate.corpus.at_scale import storage
from annotate.corpus.at_scale.engine import Task
from annotate.corpus.at_scale.mark import GROUP, KEYS, KINDS
from annotate.corpus.duplicates import together
from annotate.corpus.minhash import Hashes, Pairs, merged, pairs_by_key

PAIRS = pa.schema([("first", pa.uint64()), ("second", pa.uint64()), ("shared", pa.int32()), ("size", pa.int32())])
CANDIDATES = pa.schema([("first", pa.uint64()), ("second", pa.uint64())])
ROWS = 1_000_000  # of a range


class Range(Task, frozen=True, kw_only=True):
    """What is gathered, from the first so many files: low ≤ key ≤ high."""

    low: int
    high: int
    files: int


class GatheredPairs(Range, frozen=True, kw_only=True):
    """The pairs of each of KINDS, from as many files of it."""

    within: int


class Written(Struct, frozen=True):
    rows: int


def ranges(rows: int, most: int = ROWS) -> list[tuple[int, int]]:
    """All of 64 bits in equal parts, such that each holds about so many of the rows."""
    parts = max(1, -(-rows // most))
    bounds = [part * 2**64 // parts for part in range(parts + 1)]
    return [(low, behind - 1) for low, behind in pairwise(bounds)]


def pair_alike(task: Range) -> Written:
    return _pair(task, "alike")


def pair_within(task: Range) -> Written:
    return _pair(task, "within")


def _pair(task: Range, kind: str) -> Written:
    """Writes ``pairs-<kind>``."""
    key, number, size = (np.concatenate(columns) for columns in zip(*_gathered(task, kind, "key", KEYS.names), strict=True))
    pairs = pairs_by_key(key, number, size.astype(np.int64))
    table = pa.table([pairs.first, pairs.second, pairs.shared.astype(np.int32), pairs.size.astype(np.int32)], schema=PAIRS)
    _write(f"{task.work}/pairs-{kind}/{task.number:06}.pq", table)
    return Written(table.num_rows)


def choose(task: GatheredPairs) -> Written:
    """Writes ``candidates``."""
    alike, within = (_pairs(task, kind, files) for kind, files in zip(KINDS, (task.files, task.within), strict=True))
    pairs = together(alike, within)
    _write(f"{task.work}/candidates/{task.number:06}.pq", pa.table([pairs.first, pairs.second], schema=CANDIDATES))
    return Written(len(pairs.first))


def _pairs(task: GatheredPairs, kind: str, files: int) -> Pairs:
    part = Range(work=task.work, number=task.number, low=task.low, high=task.high, files=files)
    columns = zip(*_gathered(part, f"pairs-{kind}", "first", PAIRS.names), strict=True)
    first, second, shared, size = (np.concatenate(column) for column in columns)
    return merged(Pairs(first, second, shared.astype(np.int64), size.astype(np.int64)))


def _gathered(task: Range, kind: str, by: str, columns: list[str]) -> Iterator[list[Hashes]]:
    """The columns' rows of the range, of each file in turn."""
    for file in range(task.files):
        table = storage.read_range(f"{task.work}/{kind}/{file:06}.pq", by, task.low, task.high, columns)
        yield [table.column(name).to_numpy() for name in columns]


def _write(place: str, table: pa.Table) -> None:
    with storage.parquet(place, table.schema, compression="lz4", use_dictionary=False) as file:
        file.write_table(table, row_group_size=GROUP)


def candidates(work: str, files: int) -> tuple[Hashes, Hashes]:
    """First and second of every candidate, in order."""
    tables = [storage.read_table(f"{work}/candidates/{file:06}.pq") for file in range(files)]
    first, second = (np.concatenate([table.column(name).to_numpy() for table in tables]) for name in CANDIDATES.names)
    return first, second
