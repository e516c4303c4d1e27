"""Shard → its articles with their outlets' lines marked, as columns of the pool; sketches of their bodies; and the keys these share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct

from annotate.corpus.at_scale import storage
from annotate.corpus.at_scale.clean import SOME, line_number
from annotate.corpus.at_scale.columns import POOL, pool_table
from annotate.corpus.at_scale.engine import Task
from annotate.corpus.at_scale.recurring import recurring_numbers
from annotate.corpus.duplicates import body_of, number_of
from annotate.corpus.minhash import Hashes, Sketch, sampled, sketches
from annotate.corpus.zones.lines import short_lines
from annotate.corpus.zones.recurring import with_lines_marked
from annotate.corpus.zones.rules import Rules, rules_of
from annotate.records import Article

KINDS = ("alike", "within")  # keys of bands and digest, sampled shingles
KEYS = pa.schema([("key", pa.uint64()), ("number", pa.uint64()), ("size", pa.int32())])
SKETCHES = pa.schema([("number", pa.uint64()), ("id", pa.string()), ("digest", pa.binary()), ("shingles", pa.list_(pa.uint64()))])
GROUP = 8192  # keys of a row group: what is read where one is wanted


class Marked(Struct, frozen=True):
    """marked: articles with lines of their outlet's page; alike, within: keys; given: (id, name) of articles whose row names their
    group of duplicates"""

    articles: int
    marked: int
    alike: int
    within: int
    given: list[tuple[str, str]]


class _Keys(NamedTuple):
    """(keys,) each with the number of its article and of the article's shingles."""

    key: Hashes
    number: Hashes
    size: np.ndarray[Any, np.dtype[np.int32]]


def mark(task: Task) -> Marked:
    """Writes ``marked``, ``sketches``, ``alike`` and ``within``."""
    place = f"{task.work}/{{}}/{task.number:06}.pq"
    total, marked, given = 0, 0, list[tuple[str, str]]()
    keys: dict[str, list[_Keys]] = {kind: [] for kind in KINDS}
    with (
        storage.parquet(place.format("marked"), POOL, compression=storage.packing(task.work), use_dictionary=False) as pool,
        storage.parquet(place.format("sketches"), SKETCHES, compression="none", use_dictionary=False) as sketched,
    ):
        for articles, changed in _articles(task):
            found = list(sketches(body_of(article) for article in articles))
            numbers = np.array([number_of(article.id) for article in articles], dtype=np.uint64)
            pool.write_table(pool_table(articles, numbers))
            sketched.write_table(_sketches(articles, numbers, found))
            keys["alike"].append(_keys(numbers, found, [each.keys for each in found]))
            keys["within"].append(_keys(numbers, found, sampled([each.shingles for each in found])))
            given += [(each.id, each.duplicates) for each in articles if each.duplicates]
            total, marked = total + len(articles), marked + changed
    counts = {kind: _write_keys(place.format(kind), keys.pop(kind)) for kind in KINDS}
    return Marked(total, marked, counts["alike"], counts["within"], given)


def _articles(task: Task) -> Iterator[tuple[list[Article], int]]:
    """The shard's articles that were not refused, some at a time, marked; and how many of them have lines of their outlet's page."""
    rows, lines = _rows_with_recurring(task)
    refused, rules = _refused(task), rules_of(task.rules)
    decode = msgspec.msgpack.Decoder(Article).decode
    for batch in storage.batches(f"{task.work}/clean-articles/{task.number:06}.pq", SOME, ["row", "unknown", "article"]):
        stored = zip(*(batch.column(name).to_pylist() for name in ("row", "unknown", "article")), strict=True)
        some = [(row, unknown, decode(record)) for row, unknown, record in stored if row not in refused]
        yield (
            [_marked(article, unknown, lines, rules) if row in rows else article for row, unknown, article in some],
            sum(row in rows for row, _, _ in some),
        )


def _rows_with_recurring(task: Task) -> tuple[set[int], set[int]]:
    """The rows that have recurring lines, and these lines."""
    table = storage.read_table(f"{task.work}/clean-lines/{task.number:06}.pq", ["line", "row"])
    line, row = table.column("line").to_numpy(), table.column("row").to_numpy()
    known = np.isin(line, recurring_numbers(task.work))
    return set(row[known].tolist()), set(line[known].tolist())


def _marked(article: Article, short: list[int], numbers: set[int], rules: Rules) -> Article:
    """The article with those of its short lines marked that have one of the numbers; ``short``: where those start that no rule knows."""
    outlet, lines = article.source.publisher or "", dict(short_lines(article.text))
    found = frozenset(line for start in short if line_number(outlet, line := lines[start]) in numbers)
    paragraphs = {zone.start for zone in article.zones if zone.label == "body" and zone.start not in lines}  # a rule's are not body
    return with_lines_marked(article, found, paragraphs.union(short), rules)


def _refused(task: Task) -> set[int]:
    table = storage.read_table(f"{task.work}/refused.pq")
    return {row for shard, row in zip(*(table.column(name).to_pylist() for name in ("shard", "row")), strict=True) if shard == task.number}


def _sketches(articles: list[Article], numbers: Hashes, found: list[Sketch]) -> pa.Table:
    columns = [
        pa.array(numbers),
        pa.array([each.id for each in articles], pa.string()),
        pa.array([each.digest for each in found], pa.binary()),
        lists([each.shingles for each in found]),
    ]
    return pa.table(columns, schema=SKETCHES)


def lists(arrays: list[Hashes]) -> pa.ListArray:
    ends = np.cumsum([0, *map(len, arrays)])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.array(np.concatenate([*arrays, np.zeros(0, dtype=np.uint64)])))


def arrays(column: pa.ChunkedArray) -> list[Hashes]:
    """What ``lists`` was made of."""
    found: list[Hashes] = []
    for chunk in column.chunks:
        values = np.asarray(chunk.values, dtype=np.uint64)
        found += [values[start:end] for start, end in pairwise(chunk.offsets.to_numpy().tolist())]
    return found


def _keys(numbers: Hashes, found: list[Sketch], keys: list[Hashes]) -> _Keys:
    times = [len(each) for each in keys]
    sizes = np.array([len(each.shingles) for each in found], dtype=np.int32)
    return _Keys(np.concatenate([*keys, numbers[:0]]), np.repeat(numbers, times), np.repeat(sizes, times))


def _write_keys(place: str, parts: list[_Keys]) -> int:
    """Ascending, so that a range of them lies together."""
    key, number, size = (np.concatenate([*columns]) for columns in zip(*parts, strict=True)) if parts else (np.zeros(0, np.uint64),) * 3
    order = np.argsort(key)
    with storage.parquet(place, KEYS, compression="none", use_dictionary=["number", "size"]) as file:
        file.write_table(pa.table([key[order], number[order], pa.array(size[order], pa.int32())], schema=KEYS), row_group_size=GROUP)
    return len(key)
