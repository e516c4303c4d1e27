"""Frames with the mentions of their own sentence, as formats that read sentence by sentence take them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jsonlines
import msgspec

from annotate.release.formats.loss import LossReport
from annotate.release.formats.source import Source
from annotate.release.formats.tokens import Place, Tokenised, tokenised, within_sentence
from annotate.schema import Schema
from annotate.schema.flat_names import flat_names

Record = dict[str, Any]


class PlacedMention(NamedTuple):
    """A mention that lies within one sentence; ``name`` is its type's, among all layers."""

    item: Record
    place: Place
    name: str


class Filler(NamedTuple):
    role: str
    mention: PlacedMention


class PlacedFrame(NamedTuple):
    item: Record
    place: Place
    fillers: list[Filler]


class PlacedDocument(NamedTuple):
    """A document's record, tokens, and mentions by id."""

    record: Record
    document: Tokenised
    mentions: dict[str, PlacedMention]


def data_sets(schema: Schema) -> list[str]:
    """One for each layer of frames; mentions alone are one too."""
    return [layer.name for layer in schema.frame_layers] or ["entities"]


@contextmanager
def data_set_files(schema: Schema, folder: Path, split: str) -> Iterator[dict[str, jsonlines.Writer]]:
    """What writes ``<data set>/<split>.json``, by data set."""
    paths = {name: folder / name / f"{split}.json" for name in data_sets(schema)}
    with ExitStack() as files:
        for path in paths.values():
            path.parent.mkdir(exist_ok=True)
        opened = {name: files.enter_context(path.open("wb")) for name, path in paths.items()}
        yield {name: jsonlines.Writer(file, dumps=msgspec.json.encode) for name, file in opened.items()}


def placed_documents(source: Source, split: str, report: LossReport) -> Iterator[PlacedDocument]:
    """Each document of a split; of one without a token nothing is in the format, which is reported."""
    names = flat_names(source.schema)
    for record in source.texts(split):
        report.document(record, source.schema.span_layers)
        document = tokenised(record)
        if not document.sentences:
            report.add("no token", record["id"], None, record["text"])
        yield PlacedDocument(record, document, placed_mentions(source.schema, names, record, document, report))


def placed_mentions(
    schema: Schema, names: dict[tuple[str, str], str], record: Record, document: Tokenised, report: LossReport
) -> dict[str, PlacedMention]:
    """Id → mention, of every mention that has a place."""
    found = {}
    for layer in schema.mention_layers:
        for item in record[layer.name]:
            place = within_sentence(document, item, report)
            if place is not None:
                found[item["id"]] = PlacedMention(item, place, names[layer.name, item["type"]])
    return found


def placed_frames(
    schema: Schema, layer: str, record: Record, document: Tokenised, mentions: dict[str, PlacedMention], report: LossReport
) -> Iterator[PlacedFrame]:
    """The frames of a layer that have a place, with the fillers that can stand with them."""
    frame_layers = {each.name for each in schema.frame_layers}
    for item in record[layer] if layer in frame_layers else ():
        place = within_sentence(document, item, report)
        if place is None:
            if item["arguments"]:
                report.add("arguments", record["id"], item["id"], "of a frame that was left out", len(item["arguments"]))
            continue
        fillers = []
        for argument in item["arguments"]:
            filler = mentions.get(argument["ref"])
            if filler is not None and filler.place.sentence == place.sentence:
                fillers.append(Filler(argument["role"], filler))
                continue
            kind = "several sentences" if filler else "frame as filler" if argument["kind"] in frame_layers else "filler"
            report.add(kind, record["id"], item["id"], f"{argument['role']}={argument['ref']}")
        yield PlacedFrame(item, place, fillers)
