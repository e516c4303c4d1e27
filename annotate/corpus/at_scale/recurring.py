"""Which lines are their outlet's page: ``annotate.corpus.zones.recurring`` over all shards, as one query of Daft's."""

from __future__ import annotations

import daft
import numpy as np
import pyarrow as pa
from daft import col, lit

from annotate.corpus.at_scale import storage
from annotate.corpus.minhash import Hashes
from annotate.corpus.zones.recurring import OFTEN

NUMBERS = pa.schema([("line", pa.uint64())])


def find_recurring(work: str, shards: int) -> None:
    """Writes ``recurring.pq``: the numbers of lines that stand under OFTEN headings, ascending. Rows that were refused do not
    count."""
    place = f"{work}/recurring.pq"
    if storage.is_there(place):
        return
    lines = daft.read_parquet([f"{work}/clean-lines/{shard:06}.pq" for shard in range(shards)])
    refused = storage.read_table(f"{work}/refused.pq")
    if refused.num_rows:
        lines = lines.join(daft.from_arrow(refused), on=["shard", "row"], how="anti")
    times = lines.groupby("line").agg(col("heading").count_distinct().alias("times"))
    found = sorted(times.where(col("times") >= lit(OFTEN)).select("line").to_pydict()["line"])
    with storage.parquet(place, NUMBERS) as file:
        file.write_table(pa.table({"line": pa.array(found, pa.uint64())}))


def recurring_numbers(work: str) -> Hashes:
    return np.asarray(storage.read_table(f"{work}/recurring.pq").column("line").to_numpy(), dtype=np.uint64)
