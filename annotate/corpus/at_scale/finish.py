"""Shard → a file of the pool, its articles with the names of their groups of duplicates."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from annotate.corpus.at_scale import storage
from annotate.corpus.at_scale.clean import SOME
from annotate.corpus.at_scale.columns import POOL
from annotate.corpus.at_scale.engine import Task
from annotate.corpus.at_scale.pairs import Written
from annotate.corpus.duplicates import number_of
from annotate.corpus.minhash import Hashes

GROUPS = pa.schema([("number", pa.uint64()), ("name", pa.string())])


class Finish(Task, frozen=True, kw_only=True):
    """``out`` is the folder of the pool."""

    out: str


def finish(task: Finish) -> Written:
    """Writes ``part-….parquet``. ``groups.pq`` holds names, by ascending number."""
    groups = storage.read_table(f"{task.work}/groups.pq")
    numbers, names = groups.column("number").to_numpy(), groups.column("name")
    kept = pa.schema([field for field in POOL if field.name != "number"])
    rows = 0
    with storage.parquet(f"{task.out}/{file_name(task.number)}", kept, compression="zstd") as file:
        for batch in storage.batches(f"{task.work}/marked/{task.number:06}.pq", 4 * SOME):
            table = pa.Table.from_batches([batch])
            group = _names(table.column("number").to_numpy(), numbers, names)
            place = table.schema.get_field_index("duplicates")
            table = table.set_column(place, "duplicates", pc.coalesce(group, table.column("duplicates")))
            file.write_table(table.select(kept.names))
            rows += table.num_rows
    return Written(rows)


def write_groups(work: str, names: dict[str, str]) -> None:
    """``names``: id → name of its group."""
    numbers = np.array([number_of(article) for article in names], dtype=np.uint64)
    order = np.argsort(numbers)
    table = pa.table([numbers[order], pa.array(names.values(), pa.string()).take(order)], schema=GROUPS)
    with storage.parquet(f"{work}/groups.pq", GROUPS) as file:
        file.write_table(table)


def file_name(number: int) -> str:
    return f"part-{number:06}.parquet"


def _names(wanted: Hashes, numbers: Hashes, names: pa.ChunkedArray) -> pa.Array:
    """The names of the numbers, null where there is none."""
    if not len(numbers):
        return pa.nulls(len(wanted), pa.string())
    found = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
    return names.take(pa.array(found, mask=numbers[found] != wanted)).combine_chunks()
