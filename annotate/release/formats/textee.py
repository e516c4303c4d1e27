"""TextEE and OneIE: one JSON object a sentence, mentions and events by token, half-open; a data set for each layer of frames.

The keys are those of TextEE's data/README.md (github.com/ej0cl6/TextEE); its loader (TextEE/utils.py, load_E2E_data) looks every argument's
``entity_id`` up among the instance's entity mentions, so an argument whose filler is not there would stop it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotate.release.formats.left_out import (
    answers_left_out,
    attributes_left_out,
    entities_left_out,
    keys_left_out,
    links_left_out,
)
from annotate.release.formats.loss import LossReport
from annotate.release.formats.sentence_frames import PlacedFrame, PlacedMention, data_set_files, placed_documents, placed_frames
from annotate.release.formats.source import Source
from annotate.release.formats.tokens import Place, Tokenised
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

Record = dict[str, Any]


def write(source: Source, folder: Path, report: LossReport) -> list[str]:
    """``<layer>/<split>.json``, one instance a line; the record's keys that have no place in it."""
    for split in SPLITS:
        with data_set_files(source.schema, folder, split) as writers:
            for record, document, mentions in placed_documents(source, split, report):
                for layer, writer in writers.items():
                    frames = list(placed_frames(source.schema, layer, record, document, mentions, report))
                    _report_same_triggers(record, frames, report)
                    writer.write_all(instances(record, document, list(mentions.values()), frames))
                _say_left_out(source.schema, record, report)
    return keys_left_out(source.described, source.schema, "id", "lang", "text", "sentences", "split")


def instances(record: Record, document: Tokenised, mentions: list[PlacedMention], frames: list[PlacedFrame]) -> list[Record]:
    """One instance a sentence, those without any labels too."""
    found = []
    for number, sentence in enumerate(document.sentences):
        name = f"{record['id']}-{number}"
        found.append(
            {
                "doc_id": record["id"],
                "wnd_id": name,
                "text": document.text[sentence.start : sentence.end],
                "lang": record["lang"],
                "tokens": document.words(sentence.first, sentence.last),
                "entity_mentions": [_entity(document, each, name) for each in mentions if each.place.sentence == number],
                "event_mentions": [_event(document, each, name) for each in frames if each.place.sentence == number],
                "relation_mentions": [],
            }
        )
    return found


def _span(document: Tokenised, place: Place) -> Record:
    assert place.sentence is not None
    first = document.sentences[place.sentence].first
    return {"text": document.slice(place.first, place.last), "start": place.first - first, "end": place.last - first}


def _entity(document: Tokenised, mention: PlacedMention, window: str) -> Record:
    return {"id": f"{window}-{mention.item['id']}", "entity_type": mention.name} | _span(document, mention.place)


def _event(document: Tokenised, frame: PlacedFrame, window: str) -> Record:
    return {
        "id": f"{window}-{frame.item['id']}",
        "event_type": frame.item["type"],
        "trigger": _span(document, frame.place),
        "arguments": [
            {"entity_id": f"{window}-{each.mention.item['id']}", "role": each.role} | _span(document, each.mention.place)
            for each in frame.fillers
        ],
    }


def _report_same_triggers(record: Record, frames: list[PlacedFrame], report: LossReport) -> None:
    """OneIE labels a token as one trigger's only (models/OneIE/data.py, get_trigger_labels)."""
    taken: set[int] = set()
    for frame in frames:
        own = set(range(frame.place.first, frame.place.last))
        if own & taken:
            report.add("same trigger", record["id"], frame.item["id"], frame.item["text"])
        taken |= own


def _say_left_out(schema: Schema, record: Record, report: LossReport) -> None:
    for mentions in schema.mention_layers:
        entities_left_out(record, mentions.name, report)
    for frames in schema.frame_layers:
        attributes_left_out(record, frames, report)
    for links in schema.link_layers:
        links_left_out(record, links.name, links.between, report)
    answers_left_out(record, schema, report)
