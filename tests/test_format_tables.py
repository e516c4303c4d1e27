"""Parquet and BIO columns, as pyarrow, datasets, seqeval and nervaluate read them."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from pyarrow import parquet
from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-untyped]

from annotate.records import Article, Labelling, Mention
from annotate.release.formats import write_formats
from annotate.schema import Schema
from tests.format_releases import (
    bare,
    blocks,
    expected_tokens,
    gold,
    layers,
    losses,
    lost,
    record_of,
    release_of,
)

# Parquet


def test_pyarrow_reads_typed_parquet(converted: Path) -> None:
    for split, expected in gold(converted).items():
        table = parquet.read_table(converted / "formats" / "parquet" / f"{split}.parquet")
        assert table.to_pylist() == expected
        types = {field.name: str(field.type) for field in table.schema}
        assert types["date"].startswith("struct<year: int64, month: int64, day: int64")
        assert types["weight"] == "double"
        assert not table.schema.field("id").nullable
        assert table.schema.field("title").nullable
    assert losses(converted, "parquet") == []


def test_datasets_reads_parquet(converted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    import datasets

    files = {split: str(converted / "formats" / "parquet" / f"{split}.parquet") for split, found in gold(converted).items() if found}
    loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))
    assert {split: loaded[split].to_list() for split in files} == {split: gold(converted)[split] for split in files}


# BIO


def test_seqeval_reads_every_span_that_was_not_lost(converted: Path) -> None:
    for layer in layers(converted, "spans"):
        left_out = lost(converted, "bio", "overlap", "sentence", "no token")
        for split, records in gold(converted).items():
            found = blocks(converted / "formats" / "bio" / layer / f"{split}.conll")
            assert all(len(line) == 2 for block in found for line in block)
            words = [word for block in found for word, _ in block]
            assert words == [word for record in records for word in ["-DOCSTART-", *chain.from_iterable(expected_tokens(record))]]
            entities = get_entities([[tag for _, tag in block] for block in found])
            # seqeval counts an O between sequences.
            stream = [word for block in found for word in [*(word for word, _ in block), "\n"]]
            read = [(kind, "".join(stream[first : last + 1])) for kind, first, last in entities]
            kept = [item for record in records for item in record[layer] if (record["id"], item["id"]) not in left_out]
            assert len(read) == len(kept)
            assert [kind for kind, _ in read] == [item["type"] for item in kept]
            assert all(bare(item["text"]) in bare(words) for item, (_, words) in zip(kept, read, strict=True))


def test_nervaluate_reads_the_columns(converted: Path) -> None:
    from nervaluate.evaluator import Evaluator  # type: ignore[import-untyped]

    for layer in layers(converted, "spans"):
        text = (converted / "formats" / "bio" / layer / "test.conll").read_text("utf-8")
        types = sorted({item["type"] for record in gold(converted)["test"] for item in record[layer]})
        overall = Evaluator(text, text, tags=types, loader="conll").evaluate()["overall"]["strict"]
        spans = len(get_entities([[tag for _, tag in block] for block in blocks(converted / "formats" / "bio" / layer / "test.conll")]))
        assert (overall.correct, overall.possible, overall.actual) == (spans, spans, spans)
        assert spans > 0


@pytest.mark.parametrize(
    ("text", "span", "kind"),
    [
        ("قال وفيلمورا نعم.", (5, 12), "clitic"),
        ("نعم، بالاتفاق نفسه.", (6, 13), "clitic"),
        ("Velmora's fleet left.", (0, 7), "token"),
        ("قصفتهم فيلمورا.", (0, 4), "token"),
        (" Velmora left.", (0, 8), "edge"),
        ("Velmora\u200f left.", (7, 8), "no token"),
        ("It left. They came.", (3, 13), "sentence"),
    ],
)
def test_spans_that_are_no_whole_tokens(schema: Schema, tmp_path: Path, text: str, span: tuple[int, int], kind: str) -> None:
    labelling = Labelling("a", "gold", (Mention("m1", "mentions", "GOV", *span, entity=text[span[0] : span[1]]),))
    folder = release_of(tmp_path / "release", "event-stance", [record_of(schema, Article("a-1", None, text, "ar"), labelling)])
    write_formats(folder, ["bio"])
    assert [(each["kind"], each["item"]) for each in losses(folder, "bio")] == [(kind, "xm1")]
    found = get_entities([[tag for _, tag in block] for block in blocks(folder / "formats" / "bio" / "mentions" / "train.conll")])
    assert len(found) == (kind not in ("no token", "sentence"))
