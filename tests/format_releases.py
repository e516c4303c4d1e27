"""Release folders made straight from labellings, for what reads releases, only what the formats need of them; and their formats, read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from annotate.corpus.sentences import sentences
from annotate.demo.corpus import ARTICLES, labellings
from annotate.records import Answer, Argument, Article, Frame, Gold, Labelling, Link, Mention, Share
from annotate.release.records import gold_record
from annotate.schema import Schema, load_schema
from annotate.schema.build import generated
from annotate.schema.record_schema import SPLITS
from annotate.tokens import tokens
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


SMALL = "Velmora praised the «Two Banks» Treaty 👩‍🚀. Othrania\ncondemned it; 2031 was hard."


def small_record(schema: Schema) -> Record:
    """One article of the English schema, with a span across a line break and nested spans."""

    def at(words: str) -> tuple[int, int]:
        start = SMALL.index(words)
        return start, start + len(words)

    mentions = (
        Mention("m1", "actors", "ACTOR", *at("Velmora")),
        Mention("m2", "actors", "TARGET", *at("«Two Banks» Treaty 👩‍🚀"), entity="the treaty of 2031"),
        Mention("m3", "actors", "TARGET", *at("Two Banks")),
        Mention("m4", "actors", "ACTOR", *at("Othrania\ncondemned")),
    )
    frames = (
        Frame("o1", "opinions", "favor", *at("praised"), {"strength": "verbal"}, (Argument("holder", "m1"), Argument("target", "m2"))),
        Frame("o2", "opinions", "against", *at("condemned"), {"strength": None}, (Argument("holder", "m4"), Argument("target", "m2"))),
    )
    article = Article("talks/2031: a", None, SMALL, "en")
    return record_of(schema, article, Labelling("talks", "gold", mentions, frames, (), (Answer("document", "relevant", "yes"),)), "test")


def rows(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def gold(release: Path) -> dict[str, list[Record]]:
    return {split: rows(release / f"{split}.jsonl") for split in SPLITS}


def layers(release: Path, kind: str) -> list[str]:
    first = next(chain.from_iterable(gold(release).values()))
    of_frames = {name for name, items in first.items() if isinstance(items, list) and items and "arguments" in items[0]}
    of_mentions = {name for name, items in first.items() if isinstance(items, list) and items and "entity" in items[0]}
    return sorted(of_frames if kind == "frames" else of_mentions if kind == "mentions" else of_frames | of_mentions)


def losses(release: Path, name: str) -> list[Record]:
    return rows(release / "formats" / name / "losses.jsonl")


def lost(release: Path, name: str, *kinds: str) -> set[tuple[str, str | None]]:
    """(document, item) of every loss of these kinds."""
    return {(each["document"], each["item"]) for each in losses(release, name) if each["kind"] in kinds}


def blocks(path: Path) -> list[list[list[str]]]:
    text = path.read_text("utf-8")
    return [[line.split("\t") for line in block.split("\n")] for block in text.removesuffix("\n\n").split("\n\n")] if text else []


def expected_tokens(record: Record) -> list[list[str]]:
    cut = (record["text"][each["start"] : each["end"]] for each in record["sentences"])
    return [[piece[start:end] for start, end in tokens(piece)] for piece in cut]


def bare(words: str) -> str:
    return re.sub(r"[\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]", "", words)
