"""Pools to sample from: what cannot be read or changes, and what is read of the rest."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotate.corpus.sampling.design import Design
from annotate.corpus.sampling.draw import fetch
from annotate.errors import BadInput, UsageProblem
from tests.articles import write
from tests.sampling import Row, article, by_publisher, draw, drawn, of_publishers, parquet, pool

# Pools that cannot be read


def _garbled(folder: Path) -> str:
    """A Parquet file whose texts are not UTF-8, which only who reads them will notice."""
    texts = pa.array([b"\xff\xfe"] * 3, pa.binary()).view(pa.string())
    path = folder / "garbled.parquet"
    pq.write_table(pa.table({"id": ["a", "b", "c"], "text": texts}), path)
    return str(path)


BAD_POOLS: dict[str, tuple[Callable[[Path], str], Design, str]] = {
    "no such file": (lambda folder: str(folder / "none.jsonl"), Design(1), r"none\.jsonl: no \.parquet or \.jsonl file there; check"),
    "another kind": (lambda folder: write(folder, "pool.xml", "<a/>"), Design(1), r"pool\.xml: no \.parquet or \.jsonl file there"),
    "no match": (lambda folder: str(folder / "*.parquet"), Design(1), r"\*\.parquet: no"),
    "empty": (lambda folder: write(folder, "pool.jsonl", "\n\n"), Design(1), "the pool has no articles"),
    "nothing sound": (lambda folder: write(folder, "pool.jsonl", "{\n"), Design(1), r"no articles\n.*pool\.jsonl:1: not an article"),
    "not Parquet": (lambda folder: write(folder, "pool.parquet", "PAR1"), Design(1), r"pool\.parquet: cannot be read \(.*\); mend it"),
    "no text": (
        lambda folder: parquet(folder, [{"id": "a", "body": "b"}]),
        Design(1),
        r"pool\.parquet: no column `text`; it has id, body: rename",
    ),
    "no strata column": (
        lambda folder: parquet(folder, [article("a")]),
        Design(1, ("publisher", "lang")),
        r"pool\.parquet: no column `publisher`, `lang`",
    ),
    "no value": (lambda folder: pool(folder, [article("a")]), Design(1, ("month", "lang")), "no article of the pool has a month, no lang"),
    "an id twice": (
        lambda folder: pool(folder, [article("a"), article("b"), article("a")]),
        Design(1),
        r"pool\.jsonl:3: id 'a' stands at .*pool\.jsonl:1 too; give one",
    ),
    "texts not UTF-8": (_garbled, Design(1, keywords=("a",)), r"garbled\.parquet: cannot be read"),
}


@pytest.mark.parametrize("case", BAD_POOLS.values(), ids=BAD_POOLS)
def test_a_pool_that_cannot_be_used(tmp_path: Path, case: tuple[Callable[[Path], str], Design, str]) -> None:
    make, design, message = case
    with pytest.raises(BadInput, match=message):
        draw([make(tmp_path)], design)


def test_an_id_twice_in_two_files(tmp_path: Path) -> None:
    files = [pool(tmp_path, of_publishers(a=3)), parquet(tmp_path, of_publishers(b=3, a=1))]
    with pytest.raises(BadInput, match=r"pool\.parquet:4: id 'a-0' stands at .*pool\.jsonl:1 too"):
        draw(files, Design(1))


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = pool(tmp_path, of_publishers(a=3), "in/pool.jsonl")
    parquet(tmp_path, of_publishers(b=2), "in/deep/more.parquet")
    sample = draw([path, str(tmp_path / "in"), str(tmp_path / "*" / "*.jsonl")], Design(9))
    assert by_publisher(sample) == {"a": 3, "b": 2}
    assert [(each.path, each.articles) for each in sample.manifest.files] == [("deep/more.parquet", 2), ("pool.jsonl", 3)]


def test_broken_rows_are_left_out_and_told(tmp_path: Path) -> None:
    lines = [
        "\ufeff" + json.dumps(article("a")),
        "{",
        "",
        '{"id": 7, "text": "b"}',
        '{"text": "c"}',
        "[]",
        '{"id": "nul\\u0000", "text": "d"}',
    ]
    sample = draw([write(tmp_path, "pool.jsonl", "\n".join(lines).encode() + b'\n{"id": "\xff"}')], Design(9))
    assert sorted(drawn(sample)) == ["7", "a"]
    assert sorted(str(each.place).rsplit(":")[-1] for each in sample.problems) == ["2", "5", "6", "7", "8"]
    assert sample.manifest.left_out == 5


@pytest.mark.parametrize(
    "design",
    [
        Design(0),
        Design(1, per_story=-1),
        Design(1, ("author",)),
        Design(1, allocation="optimal"),
        Design(1, keywords=("velmora", "، ")),
    ],
)
def test_a_design_that_cannot_be(tmp_path: Path, design: Design) -> None:
    with pytest.raises(UsageProblem):
        draw([pool(tmp_path, [article("a")])], design)


def test_only_the_columns_of_the_draw_are_read(tmp_path: Path) -> None:
    assert sorted(drawn(draw([_garbled(tmp_path)], Design(3)))) == ["a", "b", "c"]


def test_jsonl_needs_no_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = of_publishers(a=3)
    files = [pool(tmp_path, rows), parquet(tmp_path, rows)]
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert len(fetch(draw(files[:1], Design(2, ("length",))))) == 2
    with pytest.raises(ModuleNotFoundError, match="pyarrow"):
        draw(files[1:], Design(2))


@pytest.mark.parametrize("write_pool", [pool, parquet])
def test_a_file_that_changes_before_its_rows_are_fetched(tmp_path: Path, write_pool: Callable[[Path, list[Row]], str]) -> None:
    sample = draw([write_pool(tmp_path, of_publishers(a=20))], Design(15))
    write_pool(tmp_path, of_publishers(b=20))
    with pytest.raises(BadInput, match="changed while it was read"):
        fetch(sample)


def test_a_hundred_thousand_articles(tmp_path: Path) -> None:
    sizes = {"a": 60_000, "b": 30_000, "c": 9_999, "d": 1}
    sample = draw([pool(tmp_path, of_publishers(**sizes))], Design(1000, ("publisher",)))
    assert by_publisher(sample) == {"a": 599, "b": 300, "c": 100, "d": 1}
    assert sum(drawn(sample).values()) == pytest.approx(100_000)
    assert len(fetch(sample)) == 1000
