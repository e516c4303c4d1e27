"""Shard → the shingles of its articles that are in a candidate, once for each; range of candidates → links, by true coefficients."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from annotate.corpus.at_scale import storage
from annotate.corpus.at_scale.clean import SOME
from annotate.corpus.at_scale.engine import Task
from annotate.corpus.at_scale.mark import arrays
from annotate.corpus.at_scale.pairs import Range, Written, candidates
from annotate.corpus.duplicates import Link, linked
from annotate.corpus.minhash import Hashes, Sketch, mixed

SIDES = pa.schema(
    [
        ("pair", pa.uint64()),  # a number of the candidate: of one article there may be any number, so that ranges of articles will not do
        ("first", pa.uint64()),
        ("second", pa.uint64()),
        ("id", pa.string()),
        ("digest", pa.binary()),
        ("shingles", pa.list_(pa.uint64())),
    ]
)
COMPARED = 4096  # candidates of a range
GROUP = 64
NO_KEYS = np.zeros(0, dtype=np.uint64)


class Candidates(Task, frozen=True, kw_only=True):
    """``files`` hold them."""

    files: int


class Links(Struct, frozen=True):
    links: list[Link]


def gather(task: Candidates) -> Written:
    """Writes ``sides``: what is to be compared of the shard's articles."""
    first, second = candidates(task.work, task.files)
    tables = []
    for batch in storage.batches(f"{task.work}/sketches/{task.number:06}.pq", SOME):
        table = pa.Table.from_batches([batch])
        tables += [_sides(table, first, second, own) for own in (first, second)]
    table = pa.concat_tables(tables) if tables else SIDES.empty_table()
    order = pc.sort_indices(table.select(["pair", "first", "second"]), [(name, "ascending") for name in ("pair", "first", "second")])
    with storage.parquet(f"{task.work}/sides/{task.number:06}.pq", SIDES, compression="none", use_dictionary=False) as file:
        for start in range(0, len(order), GROUP):
            file.write_table(table.take(order[start : start + GROUP]))
    return Written(table.num_rows)


def _sides(table: pa.Table, first: Hashes, second: Hashes, own: Hashes) -> pa.Table:
    """Of each candidate whose ``own`` article is in the table, this article."""
    numbers = table.column("number").to_numpy()
    order = np.argsort(numbers)
    found = order[np.minimum(np.searchsorted(numbers[order], own), len(numbers) - 1)]
    here = np.flatnonzero(numbers[found] == own)
    one, other, rows = first[here], second[here], found[here]
    return pa.table([pair_numbers(one, other), one, other, *(table.column(name).take(rows) for name in SIDES.names[3:])], schema=SIDES)


def pair_numbers(first: Hashes, second: Hashes) -> Hashes:
    return mixed(first + mixed(second))


def compare(task: Range) -> Links:
    """The links among the candidates of the range."""
    parts = [
        storage.read_range(f"{task.work}/sides/{shard:06}.pq", "pair", task.low, task.high, SIDES.names) for shard in range(task.files)
    ]
    table = pa.concat_tables(parts)
    keys = np.array([table.column(name).to_numpy() for name in ("second", "first", "pair")])
    order = np.lexsort(keys)
    shingles = arrays(table.column("shingles"))
    ids, digests = table.column("id").to_pylist(), table.column("digest").to_pylist()
    sides = [(ids[row], Sketch(digests[row], shingles[row], NO_KEYS)) for row in order.tolist()]
    return Links([link for one, other in zip(sides[::2], sides[1::2], strict=True) if (link := linked(*one, *other)) is not None])
