"""Ids that stand twice: of one text, the rows after the first are left out in silence; of another, they are refused."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from annotate.corpus.at_scale import storage
from annotate.corpus.minhash import Hashes
from annotate.records import Article

REFUSED = pa.schema([("shard", pa.int64()), ("row", pa.int64())])
Places = np.ndarray[Any, np.dtype[np.int64]]


class Index(NamedTuple):
    """Of every article that was read, in order: (articles,) the numbers of its id and text; ``order`` sorts the former.

    begins: (shards + 1,) the first article of each shard
    """

    work: str
    number: Hashes
    digest: Hashes
    order: Places
    begins: Places


class Repeated(NamedTuple):
    """A row whose id an earlier one has."""

    shard: int
    row: int
    first_shard: int
    first_row: int
    same_text: bool
    id: str


def index_of(work: str, shards: int) -> Index:
    tables = [storage.read_table(f"{work}/clean-articles/{shard:06}.pq", ["number", "digest"]) for shard in range(shards)]
    number, digest = (np.concatenate([table.column(name).to_numpy() for table in tables]) for name in ("number", "digest"))
    begins = np.cumsum([0, *(table.num_rows for table in tables)])
    return Index(work, number, digest, np.argsort(number, kind="stable"), begins)


def repeated(index: Index) -> list[Repeated]:
    """In the order of the input."""
    ascending = index.number[index.order]
    new = np.append(True, ascending[1:] != ascending[:-1])[: len(ascending)]
    first = index.order[np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))]
    pairs = sorted(zip(index.order[~new].tolist(), first[~new].tolist(), strict=True))
    return [_described(index, again, before) for again, before in pairs]


def _described(index: Index, again: int, before: int) -> Repeated:
    (shard, row, article), (first_shard, first_row, _) = (_read(index, place) for place in (again, before))
    name = msgspec.msgpack.decode(article, type=Article).id
    return Repeated(shard, row, first_shard, first_row, bool(index.digest[again] == index.digest[before]), name)


def _read(index: Index, place: int) -> tuple[int, int, bytes]:
    """Shard, row and record of an article."""
    shard = int(np.searchsorted(index.begins, place, side="right")) - 1
    left = place - int(index.begins[shard])
    for batch in storage.batches(f"{index.work}/clean-articles/{shard:06}.pq", 512, ["row", "article"]):
        if left < batch.num_rows:
            return shard, batch.column("row")[left].as_py(), batch.column("article")[left].as_py()
        left -= batch.num_rows
    raise AssertionError(place)


def write_refused(work: str, again: list[Repeated]) -> None:
    """Writes ``refused.pq``, what the next stages leave out."""
    table = pa.table([[each.shard for each in again], [each.row for each in again]], schema=REFUSED)
    with storage.parquet(f"{work}/refused.pq", REFUSED) as file:
        file.write_table(table)
