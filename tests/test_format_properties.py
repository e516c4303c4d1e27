"""Whatever the labelling and its text, each format is as its readers take it, and what is not in it is in its losses."""

from __future__ import annotations

import shutil
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-untyped]

from annotate.release.formats import write_formats
from annotate.schema import Schema, load_schema
from tests.conftest import SCHEMAS
from tests.format_releases import Record, blocks, losses, lost, record_of, release_of, rows
from tests.test_format_events import dygie_faults, textee_faults
from tests.test_results import written

SCHEMAS_BY_NAME = {name: load_schema(SCHEMAS / name / "schema.yaml") for name in ("event-stance", "stance-only")}
some = settings(max_examples=40, deadline=None)


def frames_of(schema: Schema) -> list[str]:
    return [layer.name for layer in schema.frame_layers]


def kept(record: Record, layer: str, folder: Path, name: str, *kinds: str) -> list[Record]:
    gone = lost(folder, name, *kinds)
    return [item for item in record[layer] if (record["id"], item["id"]) not in gone]


def check_bio(schema: Schema, record: Record, folder: Path) -> None:
    for layer in schema.span_layers:
        found = get_entities([[tag for _, tag in block] for block in blocks(folder / "formats" / "bio" / layer / "train.conll")])
        assert [kind for kind, _, _ in found] == [
            item["type"] for item in kept(record, layer, folder, "bio", "overlap", "sentence", "no token")
        ]


def check_textee(schema: Schema, record: Record, folder: Path) -> None:
    for layer in frames_of(schema):
        instances = rows(folder / "formats" / "textee" / layer / "train.json")
        assert [fault for instance in instances for fault in textee_faults(instance)] == []
        events = [event for instance in instances for event in instance["event_mentions"]]
        assert len(events) == len(kept(record, layer, folder, "textee", "sentence", "no token"))
    fillers = sum(
        len(event["arguments"])
        for layer in frames_of(schema)
        for instance in rows(folder / "formats" / "textee" / layer / "train.json")
        for event in instance["event_mentions"]
    )
    kinds = ("several sentences", "frame as filler", "filler", "arguments")
    gone = sum(each["count"] for each in losses(folder, "textee") if each["kind"] in kinds)
    assert fillers + gone == sum(len(item["arguments"]) for layer in frames_of(schema) for item in record[layer])


def check_dygie(schema: Schema, record: Record, folder: Path) -> None:
    for layer in frames_of(schema):
        documents = rows(folder / "formats" / "dygie" / layer / "train.json")
        assert [fault for document in documents for fault in dygie_faults(document)] == []
        assert len(documents) == (("a-1", None) not in lost(folder, "dygie", "no token"))
        for document in documents:
            assert len(list(chain(*document["events"]))) == len(kept(record, layer, folder, "dygie", "sentence", "no token"))


def check_spacy(schema: Schema, record: Record, folder: Path) -> None:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    (doc,) = DocBin().from_disk(folder / "formats" / "spacy" / "train" / "0001.spacy").get_docs(Vocab())
    assert doc.text == record["text"]
    for layer in schema.span_layers:
        there = kept(record, layer, folder, "spacy", "no token")
        assert [(span.id_, span.label_) for span in doc.spans[layer]] == [(item["id"], item["type"]) for item in there]
        changed = lost(folder, "spacy", "clitic", "token", "edge")
        same = [(item, span) for item, span in zip(there, doc.spans[layer], strict=True) if (record["id"], item["id"]) not in changed]
        assert all((span.start_char, span.end_char, span.text) == (item["start"], item["end"], item["text"]) for item, span in same)


@pytest.mark.parametrize("name", SCHEMAS_BY_NAME)
@some
@given(data=st.data())
def test_any_labelling_is_in_the_format_or_in_its_losses(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    schema = SCHEMAS_BY_NAME[name]
    article, labelling = data.draw(written(schema))
    record = record_of(schema, article, labelling) | {"id": "a-1"}
    folder = release_of(tmp_path_factory.mktemp("any") / "release", name, [record])
    write_formats(folder, ["bio", "textee", "dygie", "spacy"])
    check_bio(schema, record, folder)
    check_textee(schema, record, folder)
    check_dygie(schema, record, folder)
    check_spacy(schema, record, folder)
    shutil.rmtree(folder.parent)
