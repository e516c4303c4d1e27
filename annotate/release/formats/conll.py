"""BIO columns: a token, a tab, its tag; an empty line behind each sentence; one file a layer and split.

Read by seqeval and by nervaluate's ``conll`` loader. A document opens with a block of its own, ``-DOCSTART-`` tagged O, as CoNLL-2003
has it; documents stand in the order of the release's JSONL. There is room for one span a token: of spans that overlap the longest stays.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from annotate.release.formats.left_out import (
    answers_left_out,
    arguments_left_out,
    attributes_left_out,
    entities_left_out,
    keys_left_out,
    links_left_out,
)
from annotate.release.formats.loss import LossReport
from annotate.release.formats.source import Source
from annotate.release.formats.tokens import Place, Tokenised, tokenised, within_sentence
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

Record = dict[str, Any]


def write(source: Source, folder: Path, report: LossReport) -> list[str]:
    """``<layer>/<split>.conll``; the record's keys that have no place in it."""
    for name in source.schema.span_layers:
        (folder / name).mkdir()
    for split in SPLITS:
        with ExitStack() as files:
            paths = {name: folder / name / f"{split}.conll" for name in source.schema.span_layers}
            opened = {name: files.enter_context(path.open("w", encoding="utf-8", newline="\n")) for name, path in paths.items()}
            for record in source.texts(split):
                report.document(record, source.schema.span_layers)
                document = tokenised(record)
                for name, file in opened.items():
                    _write_blocks(file, document, bio_tags(document, record[name], report))
                _say_left_out(source.schema, record, report)
    return keys_left_out(source.described, source.schema, "text", "sentences", "split")


def bio_tags(document: Tokenised, items: list[Record], report: LossReport) -> list[str]:
    """A tag a token of the document: O, B-TYPE or I-TYPE."""
    tags = ["O"] * len(document.starts)
    placed = [(place, item) for item in items if (place := within_sentence(document, item, report)) is not None]
    for place, item in sorted(placed, key=_longest_first):
        if any(tag != "O" for tag in tags[place.first : place.last]):
            report.add("overlap", document.document, item["id"], item["text"])
            continue
        tags[place.first : place.last] = [f"B-{item['type']}"] + [f"I-{item['type']}"] * (place.last - place.first - 1)
    return tags


def _longest_first(placed: tuple[Place, Record]) -> tuple[int, int]:
    place, _ = placed
    return place.first - place.last, place.first


def _write_blocks(file: IO[str], document: Tokenised, tags: list[str]) -> None:
    file.write("-DOCSTART-\tO\n\n")
    for sentence in document.sentences:
        words = document.words(sentence.first, sentence.last)
        own = tags[sentence.first : sentence.last]
        file.write("".join(f"{word}\t{tag}\n" for word, tag in zip(words, own, strict=True)) + "\n")


def _say_left_out(schema: Schema, record: Record, report: LossReport) -> None:
    for mentions in schema.mention_layers:
        entities_left_out(record, mentions.name, report)
    for frames in schema.frame_layers:
        arguments_left_out(record, frames, report)
        attributes_left_out(record, frames, report)
    for links in schema.link_layers:
        links_left_out(record, links.name, links.between, report)
    answers_left_out(record, schema, report)
