"""DyGIE++: one JSON object a document, spans by token of the document, both ends in; a data set for each layer of frames.

The keys are those of DyGIE++'s doc/data.md (github.com/dwadden/dygiepp): every field but doc_key, dataset and the clusters has one list a
sentence; a trigger is one token; no token is empty. Its reader (dygie/data/dataset_readers) keys mentions by span, triggers by token and
arguments by trigger and span, and looks each span up in its own sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from annotate.release.formats.left_out import answers_left_out, attributes_left_out, keys_left_out, links_left_out
from annotate.release.formats.loss import LossReport
from annotate.release.formats.sentence_frames import PlacedFrame, PlacedMention, data_set_files, placed_documents, placed_frames
from annotate.release.formats.source import Source
from annotate.release.formats.tokens import Tokenised
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

Record = dict[str, Any]


def write(source: Source, folder: Path, report: LossReport) -> list[str]:
    """``<layer>/<split>.json``, one document a line; the record's keys that have no place in it."""
    for split in SPLITS:
        with data_set_files(source.schema, folder, split) as writers:
            for record, document, mentions in placed_documents(source, split, report):
                shown = _one_a_span(record, mentions.values(), report)
                for layer, writer in writers.items():
                    frames = list(placed_frames(source.schema, layer, record, document, mentions, report))
                    if document.sentences:
                        writer.write(_document(source.schema, layer, record, document, shown, frames, report))
                _say_left_out(source.schema, record, report)
    return keys_left_out(source.described, source.schema, "id", "schema", "text", "sentences", "split")


def _document(
    schema: Schema,
    layer: str,
    record: Record,
    document: Tokenised,
    mentions: list[PlacedMention],
    frames: list[PlacedFrame],
    report: LossReport,
) -> Record:
    ner: list[list[list[Any]]] = [[] for _ in document.sentences]
    events: list[list[list[list[Any]]]] = [[] for _ in document.sentences]
    for mention in mentions:
        assert mention.place.sentence is not None
        ner[mention.place.sentence].append([mention.place.first, mention.place.last - 1, mention.name])
    for frame in frames:
        assert frame.place.sentence is not None
        events[frame.place.sentence].append(_event(frame))
    _report_triggers(record, frames, report)
    return {
        "doc_key": record["id"],
        "dataset": f"{schema.name}-{layer}",
        "sentences": [document.words(each.first, each.last) for each in document.sentences],
        "ner": ner,
        "events": events,
        "clusters": _clusters(mentions),
        "event_clusters": _event_clusters(schema, layer, frames),
    }


def _one_a_span(record: Record, mentions: Iterable[PlacedMention], report: LossReport) -> list[PlacedMention]:
    """The first mention of each span."""
    found: dict[tuple[int, int], PlacedMention] = {}
    for mention in mentions:
        span = (mention.place.first, mention.place.last)
        if found.setdefault(span, mention) is not mention:
            report.add("same tokens", record["id"], mention.item["id"], f"{mention.name} {mention.item['text']}")
    return list(found.values())


def _event(frame: PlacedFrame) -> list[list[Any]]:
    fillers = [[each.mention.place.first, each.mention.place.last - 1, each.role] for each in frame.fillers]
    return [[frame.place.first, frame.item["type"]], *fillers]


def _clusters(mentions: list[PlacedMention]) -> list[list[list[int]]]:
    """Mentions of the same entity."""
    by_entity: dict[str, list[list[int]]] = defaultdict(list)
    for mention in mentions:
        if mention.item["entity"] is not None:
            by_entity[mention.item["entity"]].append([mention.place.first, mention.place.last - 1])
    return [cluster for cluster in by_entity.values() if len(cluster) > 1]


def _event_clusters(schema: Schema, layer: str, frames: list[PlacedFrame]) -> list[list[list[int]]]:
    """Frames that the first link layer of theirs joins."""
    name = next((each.name for each in schema.link_layers if each.between == layer), None)
    groups: dict[frozenset[str], list[list[int]]] = defaultdict(list)
    for frame in frames:
        together = frozenset([frame.item["id"], *(frame.item[name] if name else ())])
        groups[together].append([frame.place.first, frame.place.first])
    return [group for group in groups.values() if len(group) > 1]


def _report_triggers(record: Record, frames: list[PlacedFrame], report: LossReport) -> None:
    taken: set[int] = set()
    for frame in frames:
        item = frame.item
        if frame.place.last - frame.place.first > 1:
            report.add("multi-token trigger", record["id"], item["id"], item["text"])
        if frame.place.first in taken:
            report.add("same trigger", record["id"], item["id"], item["text"])
        taken.add(frame.place.first)
        spans: set[tuple[int, int]] = set()
        for filler in frame.fillers:
            span = (filler.mention.place.first, filler.mention.place.last)
            if span in spans:
                report.add("same filler", record["id"], item["id"], f"{filler.role}={filler.mention.item['id']}")
            spans.add(span)


def _say_left_out(schema: Schema, record: Record, report: LossReport) -> None:
    for frames in schema.frame_layers:
        attributes_left_out(record, frames, report)
    joined: set[str] = set()
    for links in schema.link_layers:
        if links.between in joined:
            links_left_out(record, links.name, links.between, report)
        joined.add(links.between)
    answers_left_out(record, schema, report)
