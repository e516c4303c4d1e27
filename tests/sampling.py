"""Pools for tests, and draws from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, settings

from annotate.corpus.inputs import inputs_of
from annotate.corpus.sampling.design import Design
from annotate.corpus.sampling.draw import Sample
from annotate.corpus.sampling.draw import draw as draw_of
from tests.articles import write
from tests.files import jsonl

Row = dict[str, Any]
SOME = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def article(name: str, **fields: Any) -> Row:
    return {"id": name, "text": f"Velmora signed {name}."} | fields


def of_publishers(**counts: int) -> list[Row]:
    return [article(f"{publisher}-{number}", publisher=publisher) for publisher, count in counts.items() for number in range(count)]


def pool(folder: Path, rows: Sequence[Row], name: str = "pool.jsonl") -> str:
    return write(folder, name, jsonl(*rows))


def parquet(folder: Path, rows: Sequence[Row], name: str = "pool.parquet") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path, row_group_size=5)
    return str(path)


def draw(paths: Sequence[str], design: Design, known: frozenset[str] = frozenset()) -> Sample:
    return draw_of(inputs_of(paths), design, known)


def drawn(sample: Sample) -> dict[str, float]:
    return {each.id: each.weight for each in [*sample.new, *sample.before]}


def by_publisher(sample: Sample) -> dict[str, int]:
    return dict(Counter(each.id.split("-")[0] for each in sample.new))


POOLED = [
    article(
        f"{number:03}",
        publisher=("Tasrin Post", "تسرين اليوم", None)[number % 3],
        date=f"2024-{1 + number % 5:02}-03",
        title=f"Talks in {('Tasrin', 'Qadria', 'Velmora', 'Nardis')[number % 4]} {number % 7}",
        story=f"story {number // 4}" if number % 2 else None,
        duplicates=f"group {number // 6}" if number % 5 == 0 else None,
    )
    for number in range(60)
]
