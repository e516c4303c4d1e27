"""Release folders made straight from labellings, for what reads releases: only what the formats need of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from annotate.corpus.sentences import sentences
from annotate.demo.corpus import ARTICLES, labellings
from annotate.records import Argument, Article, Gold, Labelling, Link, Share
from annotate.release.records import gold_record
from annotate.schema import Schema, load_schema
from annotate.schema.build import generated
from annotate.schema.record_schema import SPLITS
from tests.conftest import SCHEMAS

Record = dict[str, Any]


def record_of(schema: Schema, article: Article, labelling: Labelling, split: str = "train") -> Record:
    """The gold record of one labelling."""
    labelling = renamed(labelling)
    shares: dict[str, tuple[Share, ...]] = {f"{each.layer}.{each.question}": (Share(each.value, 1.0),) for each in labelling.answers}
    gold = Gold(labelling, ("one", "two"), "majority", (), shares)
    return gold_record(schema, article, sentences(article.text), gold, split, "CC0-1.0", lambda name: f"annotator-{len(name):08x}")


def renamed(labelling: Labelling) -> Labelling:
    """Every id with an x before it: a release has no ``e1``, which is a number to some readers."""
    return replace(
        labelling,
        mentions=tuple(replace(each, id=f"x{each.id}") for each in labelling.mentions),
        frames=tuple(
            replace(each, id=f"x{each.id}", arguments=tuple(Argument(one.role, f"x{one.ref}") for one in each.arguments))
            for each in labelling.frames
        ),
        links=tuple(Link(each.layer, f"x{each.first}", f"x{each.second}") for each in labelling.links),
    )


def release_of(folder: Path, schema: str | Path, records: Iterable[Record]) -> Path:
    """A release's gold and schema; ``schema`` is a bundled one's name, or a file."""
    (folder / "schema").mkdir(parents=True)
    text = (schema if isinstance(schema, Path) else SCHEMAS / schema / "schema.yaml").read_text("utf-8")
    (folder / "schema" / "schema.yaml").write_text(text, "utf-8")
    for name, content in generated(load_schema(folder / "schema" / "schema.yaml")).items():
        (folder / "schema" / name).write_text(content, "utf-8")
    rows = list(records)
    for split in SPLITS:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows if row["split"] == split)
        (folder / f"{split}.jsonl").write_text("".join(lines), "utf-8", newline="\n")
    return folder


def demo_records(schema: Schema) -> list[Record]:
    """The bundled corpus' gold: Arabic and English, every tenth article in dev and the next in test."""
    rows = [json.loads(line) for line in ARTICLES.read_text("utf-8").splitlines()]
    articles = {row["id"]: Article(row["id"], None, row["text"], row["lang"], row.get("title")) for row in rows}
    splits = {0: "dev", 1: "test"}
    return [record_of(schema, articles[each.article], each, splits.get(n % 10, "train")) for n, each in enumerate(labellings("gold"))]
