"""TextEE and DyGIE++, by what their loaders and readers look up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from annotate.records import Argument, Article, Frame, Labelling, Link, Mention
from annotate.release.formats import write_formats
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS
from tests.format_releases import (
    Record,
    bare,
    expected_tokens,
    gold,
    layers,
    losses,
    lost,
    record_of,
    release_of,
    rows,
)

# TextEE: the keys of its data/README.md; what its loader (TextEE/utils.py) and OneIE's reader (TextEE/models/OneIE/data.py) look up


def textee_faults(instance: Record) -> Iterator[str]:
    if list(instance) != ["doc_id", "wnd_id", "text", "lang", "tokens", "entity_mentions", "event_mentions", "relation_mentions"]:
        yield "keys"
    words = instance["tokens"]
    if not words or any(not word or re.search(r"\s", word) for word in words):
        yield "tokens"
    entities = {each["id"]: each for each in instance["entity_mentions"]}
    if len(entities) != len(instance["entity_mentions"]):
        yield "an entity's id twice"
    spans = [*entities.values(), *(each["trigger"] for each in instance["event_mentions"])]
    for event in instance["event_mentions"]:
        for argument in event["arguments"]:
            entity = entities[argument["entity_id"]]
            if (entity["start"], entity["end"], entity["text"]) != (argument["start"], argument["end"], argument["text"]):
                yield "an argument that is not its entity"
    for span in spans:
        if not 0 <= span["start"] < span["end"] <= len(words):
            yield "a span out of its tokens"
        if bare("".join(words[span["start"] : span["end"]])) != bare(span["text"]):
            yield "a span's text"


def test_textee_instances_are_as_its_loader_takes_them(converted: Path) -> None:
    names: set[str] = set()
    for layer in layers(converted, "frames"):
        for split, records in gold(converted).items():
            found = rows(converted / "formats" / "textee" / layer / f"{split}.json")
            assert [fault for instance in found for fault in textee_faults(instance)] == []
            assert [each["tokens"] for each in found] == [words for record in records for words in expected_tokens(record) if words]
            kept = [
                item["type"]
                for record in records
                for item in record[layer]
                if (record["id"], item["id"]) not in lost(converted, "textee", "sentence", "no token")
            ]
            assert [event["event_type"] for each in found for event in each["event_mentions"]] == kept
            names |= {each["wnd_id"] for each in found}
    assert len(names) == sum(
        len(words) > 0 for records in gold(converted).values() for record in records for words in expected_tokens(record)
    )


def test_every_argument_is_in_textee_or_in_its_losses(converted: Path) -> None:
    kinds = ("several sentences", "frame as filler", "filler", "arguments")
    missing = sum(each["count"] for each in losses(converted, "textee") if each["kind"] in kinds)
    written = sum(
        len(event["arguments"])
        for layer in layers(converted, "frames")
        for split in SPLITS
        for each in rows(converted / "formats" / "textee" / layer / f"{split}.json")
        for event in each["event_mentions"]
    )
    assert written + missing == sum(
        len(item["arguments"])
        for records in gold(converted).values()
        for record in records
        for layer in layers(converted, "frames")
        for item in record[layer]
    )


# DyGIE++: doc/data.md; Document, Sentence and Events of dygie/data/dataset_readers/document.py and _process_events of dygie.py


def dygie_faults(document: Record) -> Iterator[str]:
    sentences = document["sentences"]
    if not all(re.match(r"doc_key|dataset|sentences|weight|.*ner$|.*relations$|.*clusters$|.*events$|^_.*", key) for key in document):
        yield "an unexpected field"
    if not sentences or not all(sentences) or not all(word for words in sentences for word in words):
        yield "an empty sentence or token"
    if not len(sentences) == len(document["ner"]) == len(document["events"]):
        yield "fields of different lengths"
    start = 0
    spans: list[tuple[int, int]] = []
    for words, ner, events in zip(sentences, document["ner"], document["events"], strict=True):
        end = start + len(words) - 1
        spans += [(first, last) for first, last, _ in ner]
        used = [(first, last) for first, last, _ in ner] + [(first, last) for event in events for first, last, _ in event[1:]]
        used += [(event[0][0], event[0][0]) for event in events]
        if not all(start <= first <= last <= end for first, last in used):
            yield "a span out of its sentence"
        if not {(first, last) for event in events for first, last, _ in event[1:]} <= {(first, last) for first, last, _ in ner}:
            yield "an argument that is no mention"
        start = end + 1
    if len(set(spans)) != len(spans):
        yield "a span twice"
    clusters = [tuple(span) for cluster in document["clusters"] for span in cluster]
    if len(set(clusters)) != len(clusters) or not set(clusters) <= set(spans):
        yield "a cluster of what is no mention, or a mention in two"


def test_dygie_documents_are_as_its_reader_takes_them(converted: Path) -> None:
    for layer in layers(converted, "frames"):
        for split, records in gold(converted).items():
            found = rows(converted / "formats" / "dygie" / layer / f"{split}.json")
            assert [fault for document in found for fault in dygie_faults(document)] == []
            assert [document["doc_key"] for document in found] == [record["id"] for record in records]
            gone = lost(converted, "dygie", "sentence", "no token")
            kept = [item["type"] for record in records for item in record[layer] if (record["id"], item["id"]) not in gone]
            assert [event[0][1] for document in found for events in document["events"] for event in events] == kept


def test_dygie_has_coreference_of_mentions_and_events(demo_formats: Path) -> None:
    found = [document for split in SPLITS for document in rows(demo_formats / "formats" / "dygie" / "events" / f"{split}.json")]
    joined = [item for records in gold(demo_formats).values() for record in records for item in record["events"] if item["same_as"]]
    assert sum(len(cluster) for document in found for cluster in document["event_clusters"]) == len(joined) > 0
    assert sum(len(document["clusters"]) for document in found) > 0


def test_triggers_that_dygie_cannot_tell_apart(schema: Schema, tmp_path: Path) -> None:
    text = "Velmora held long talks and signed."
    mentions = (Mention("m1", "mentions", "GOV", 0, 7), Mention("m2", "mentions", "TOPIC", 0, 7))
    frames = (
        Frame("e1", "events", "CONSULT", 8, 23, {}, (Argument("actor", "m1"), Argument("topic", "m2"))),
        Frame("e2", "events", "AGREE", 8, 12),
        Frame("e3", "events", "SUPPORT", 28, 34),
    )
    labelling = Labelling("a", "gold", mentions, frames, (Link("same_as", "e1", "e3"),))
    folder = release_of(tmp_path / "release", "event-stance", [record_of(schema, Article("a-1", None, text, "en"), labelling)])
    (loss,) = write_formats(folder, ["dygie"])
    assert {each.kind: each.count for each in loss.kinds} == {
        "same tokens": 1,
        "same trigger": 1,
        "same filler": 1,
        "multi-token trigger": 1,
    }
    (document,) = rows(folder / "formats" / "dygie" / "events" / "train.json")
    assert document["ner"] == [[[0, 0, "GOV"]]]
    assert document["events"] == [[[[1, "AGREE"]], [[1, "CONSULT"], [0, 0, "actor"], [0, 0, "topic"]], [[5, "SUPPORT"]]]]
    assert document["event_clusters"] == [[[1, 1], [5, 5]]]
