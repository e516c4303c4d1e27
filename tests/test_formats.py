"""Releases in other formats, as the readers of these formats take them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-untyped]

from annotate.errors import BadInput, UsageProblem
from annotate.records import Answer, Argument, Article, Frame, Labelling, Link, Mention
from annotate.release.formats import FORMATS, Loss, formats_of, write_formats
from annotate.schema import Schema, load_schema
from annotate.steps import convert
from annotate.tokens import tokens
from tests.format_releases import Record, demo_records, record_of, release_of

SPLITS = ("train", "dev", "test")
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


@pytest.fixture(scope="module")
def demo(schema: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = release_of(tmp_path_factory.mktemp("formats") / "demo-1.0.0", "event-stance", demo_records(schema))
    write_formats(folder, FORMATS)
    return folder


@pytest.fixture(scope="module")
def small(stance_only: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = release_of(tmp_path_factory.mktemp("formats") / "small-1.0.0", "stance-only", [small_record(stance_only)])
    write_formats(folder, FORMATS)
    return folder


@pytest.fixture(params=["demo", "small"])
def release(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


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


# Parquet


def test_pyarrow_reads_typed_parquet(release: Path) -> None:
    for split, expected in gold(release).items():
        table = parquet.read_table(release / "formats" / "parquet" / f"{split}.parquet")
        assert table.to_pylist() == expected
        types = {field.name: str(field.type) for field in table.schema}
        assert types["date"].startswith("struct<year: int64, month: int64, day: int64")
        assert types["weight"] == "double"
        assert not table.schema.field("id").nullable
        assert table.schema.field("title").nullable
    assert losses(release, "parquet") == []


def test_datasets_reads_parquet(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    import datasets

    files = {split: str(release / "formats" / "parquet" / f"{split}.parquet") for split, found in gold(release).items() if found}
    loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))
    assert {split: loaded[split].to_list() for split in files} == {split: gold(release)[split] for split in files}


# BIO


def blocks(path: Path) -> list[list[list[str]]]:
    text = path.read_text("utf-8")
    return [[line.split("\t") for line in block.split("\n")] for block in text.removesuffix("\n\n").split("\n\n")] if text else []


def expected_tokens(record: Record) -> list[list[str]]:
    cut = (record["text"][each["start"] : each["end"]] for each in record["sentences"])
    return [[piece[start:end] for start, end in tokens(piece)] for piece in cut]


def test_seqeval_reads_every_span_that_was_not_lost(release: Path) -> None:
    for layer in layers(release, "spans"):
        left_out = lost(release, "bio", "overlap", "sentence", "no token")
        for split, records in gold(release).items():
            found = blocks(release / "formats" / "bio" / layer / f"{split}.conll")
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


def bare(words: str) -> str:
    return re.sub(r"[\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]", "", words)


def test_nervaluate_reads_the_columns(release: Path) -> None:
    from nervaluate.evaluator import Evaluator  # type: ignore[import-untyped]

    for layer in layers(release, "spans"):
        text = (release / "formats" / "bio" / layer / "test.conll").read_text("utf-8")
        types = sorted({item["type"] for record in gold(release)["test"] for item in record[layer]})
        overall = Evaluator(text, text, tags=types, loader="conll").evaluate()["overall"]["strict"]
        spans = len(get_entities([[tag for _, tag in block] for block in blocks(release / "formats" / "bio" / layer / "test.conll")]))
        assert (overall.correct, overall.possible, overall.actual) == (spans, spans, spans)
        assert spans > 0


# brat


def brat_documents(release: Path) -> Iterator[tuple[Record, Path]]:
    for split, records in gold(release).items():
        paths = sorted((release / "formats" / "brat" / split).glob("*.txt"))
        assert len(paths) == len(records)
        by_text = {path.read_bytes().decode("utf-8"): path.with_suffix("") for path in paths}
        for record in records:
            yield record, by_text[record["text"]]


def test_brats_own_parser_reads_all_of_it(release: Path) -> None:
    from bratsubset.annotation import TextAnnotations  # type: ignore[import-untyped]

    for record, path in brat_documents(release):
        with TextAnnotations(str(path), read_only=True) as read:
            assert read.failed_lines == []
            items = {item["id"]: item for layer in layers(release, "spans") for item in record[layer]}
            spans = sorted((each.spans[0][0], each.spans[-1][1], each.type) for each in read.get_textbounds())
            assert spans == sorted((item["start"], item["end"], item["type"]) for item in items.values())
            frames = {name: item for name, item in items.items() if "arguments" in item}
            events = list(read.get_events())
            assert len(events) == len(frames)
            assert sum(len(event.args) for event in events) == sum(len(item["arguments"]) for item in frames.values())
            answered = [value for item in frames.values() for value in item["attributes"].values() if value is not None]
            assert sorted(each.value for each in read.get_attributes()) == sorted(answered)
            joined = {name for name, item in frames.items() if item.get("same_as")}
            assert sum(len(each.entities) for each in read.get_equivs()) == len(joined)
            named = [item["entity"] for item in items.values() if item.get("entity", item["text"]) != item["text"]]
            assert sorted(each.reftext for each in read.get_normalizations()) == sorted(named)


def test_brats_own_configuration_reader_takes_the_schema(release: Path) -> None:
    from bratsubset.projectconfig import ProjectConfiguration  # type: ignore[import-untyped]

    config = ProjectConfiguration(str(release / "formats" / "brat"))
    types = {
        kind: {
            item["type"]
            for records in gold(release).values()
            for record in records
            for name in layers(release, kind)
            for item in record[name]
        }
        for kind in ("mentions", "frames")
    }
    assert types["mentions"] <= set(config.get_entity_types())
    assert types["frames"] <= set(config.get_event_types())


def test_bratiaa_measures_what_was_written(demo: Path, tmp_path: Path) -> None:
    """Two annotators of whom the second lacks one span; bratiaa's F1 over all spans is as reckoned by hand."""
    from functools import partial

    from bratiaa.agree import F1Agreement, input_generator  # type: ignore[import-untyped]
    from bratsubset.projectconfig import ProjectConfiguration

    brat = demo / "formats" / "brat"
    for name in ("first", "second"):
        shutil.copytree(brat / "test", tmp_path / name)
    spoilt = min((tmp_path / "second").glob("*.ann"))
    spoilt.write_text("".join(spoilt.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    config = ProjectConfiguration(str(brat))
    labels = sorted({*config.get_entity_types(), *config.get_event_types()})  # by itself it takes those of entities alone
    f1, _ = F1Agreement(partial(input_generator, tmp_path), labels).mean_sd_total()
    spans = sum(
        len({(each["start"], each["end"], each["type"]) for each in record[layer]})
        for record in gold(demo)["test"]
        for layer in layers(demo, "spans")
    )
    assert f1 == pytest.approx(2 * (spans - 1) / (2 * spans - 1))


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


def test_textee_instances_are_as_its_loader_takes_them(release: Path) -> None:
    names: set[str] = set()
    for layer in layers(release, "frames"):
        for split, records in gold(release).items():
            found = rows(release / "formats" / "textee" / layer / f"{split}.json")
            assert [fault for instance in found for fault in textee_faults(instance)] == []
            assert [each["tokens"] for each in found] == [words for record in records for words in expected_tokens(record) if words]
            kept = [
                item["type"]
                for record in records
                for item in record[layer]
                if (record["id"], item["id"]) not in lost(release, "textee", "sentence", "no token")
            ]
            assert [event["event_type"] for each in found for event in each["event_mentions"]] == kept
            names |= {each["wnd_id"] for each in found}
    assert len(names) == sum(
        len(words) > 0 for records in gold(release).values() for record in records for words in expected_tokens(record)
    )


def test_every_argument_is_in_textee_or_in_its_losses(release: Path) -> None:
    kinds = ("several sentences", "frame as filler", "filler", "arguments")
    missing = sum(each["count"] for each in losses(release, "textee") if each["kind"] in kinds)
    written = sum(
        len(event["arguments"])
        for layer in layers(release, "frames")
        for split in SPLITS
        for each in rows(release / "formats" / "textee" / layer / f"{split}.json")
        for event in each["event_mentions"]
    )
    assert written + missing == sum(
        len(item["arguments"])
        for records in gold(release).values()
        for record in records
        for layer in layers(release, "frames")
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


def test_dygie_documents_are_as_its_reader_takes_them(release: Path) -> None:
    for layer in layers(release, "frames"):
        for split, records in gold(release).items():
            found = rows(release / "formats" / "dygie" / layer / f"{split}.json")
            assert [fault for document in found for fault in dygie_faults(document)] == []
            assert [document["doc_key"] for document in found] == [record["id"] for record in records]
            gone = lost(release, "dygie", "sentence", "no token")
            kept = [item["type"] for record in records for item in record[layer] if (record["id"], item["id"]) not in gone]
            assert [event[0][1] for document in found for events in document["events"] for event in events] == kept


def test_dygie_has_coreference_of_mentions_and_events(demo: Path) -> None:
    found = [document for split in SPLITS for document in rows(demo / "formats" / "dygie" / "events" / f"{split}.json")]
    joined = [item for records in gold(demo).values() for record in records for item in record["events"] if item["same_as"]]
    assert sum(len(cluster) for document in found for cluster in document["event_clusters"]) == len(joined) > 0
    assert sum(len(document["clusters"]) for document in found) > 0


# spaCy


def test_spacy_loads_docs_whose_spans_are_the_releases(release: Path) -> None:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    widened = lost(release, "spacy", "clitic", "token", "edge")
    for split, records in gold(release).items():
        paths = sorted((release / "formats" / "spacy" / split).glob("*.spacy"))
        docs = [doc for path in paths for doc in DocBin().from_disk(path).get_docs(Vocab())]
        assert [doc.text for doc in docs] == [record["text"] for record in records]
        for doc, record in zip(docs, records, strict=True):
            for layer in layers(release, "spans"):
                for span, item in zip(doc.spans[layer], record[layer], strict=True):
                    assert (span.id_, span.label_) == (item["id"], item["type"])
                    same = (span.start_char, span.end_char) == (item["start"], item["end"])
                    assert same is ((record["id"], item["id"]) not in widened)
                    assert span.kb_id_ == item.get("entity", "")
            assert doc.cats == {
                f"{each['name']}={value}": float(value == each["value"])
                for each in record["document"]
                if each["value"]
                for value in values(doc, each["name"])
            }
            assert json.loads(json.dumps(doc.user_data["record"])) == {key: value for key, value in record.items() if key != "text"}
            assert {(ent.start_char, ent.end_char) for ent in doc.ents} <= {
                (s.start_char, s.end_char) for name in layers(release, "mentions") for s in doc.spans[name]
            }


def values(doc: Any, question: str) -> list[str]:
    return [name.partition("=")[2] for name in doc.cats if name.startswith(f"{question}=")]


def test_spacy_train_reads_the_folder(demo: Path) -> None:
    import spacy
    from spacy.training import Corpus

    examples = list(Corpus(demo / "formats" / "spacy" / "train")(spacy.blank("ar")))
    assert len(examples) == len(gold(demo)["train"])
    assert all(example.reference.ents for example in examples)


# Losses


def test_what_is_lost_is_counted_and_listed(small: Path) -> None:
    by_format = {name: {each["kind"]: (each["document"], each["item"], each["what"]) for each in losses(small, name)} for name in FORMATS}
    document = "talks/2031: a"
    assert by_format["parquet"] == {}
    assert by_format["spacy"] == {}
    assert by_format["bio"]["overlap"] == (document, "xm3", "Two Banks")
    assert by_format["bio"]["sentence"] == (document, "xm4", "Othrania\ncondemned")
    assert by_format["bio"]["entity"] == (document, "xm2", "the treaty of 2031")
    assert by_format["textee"]["filler"] == (document, "xo2", "holder=xm4")
    assert by_format["textee"]["attributes"] == (document, "xo1", "strength=verbal")
    assert by_format["brat"].keys() == {"answers", "id"}
    counts = json.loads((small / "formats" / "bio" / "loss.json").read_bytes())
    assert {each["kind"]: each["count"] for each in counts["kinds"]} == {each["kind"]: each["count"] for each in losses(small, "bio")} | {
        "arguments": 4
    }
    words = (small / "formats" / "bio" / "LOSS.md").read_text("utf-8")
    assert "| overlap | 1 |" in words
    assert "- talks/2031: a, xm4: Othrania condemned" in words
    assert "`provenance`" in words
    assert "document.distribution" in counts["keys"]


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


# As a user


def test_convert_needs_no_workspace_and_leaves_the_release_alone(demo: Path, tmp_path: Path) -> None:
    release = shutil.copytree(demo, tmp_path / "demo-1.0.0", ignore=shutil.ignore_patterns("formats"))
    before = sorted(path.name for path in release.rglob("*"))
    for _ in range(2):  # again is the same
        done = convert.run(release, ["bio", "brat"])
        assert sorted(path.name for path in release.rglob("*")) == before
        assert sorted(path.name for path in Path(done.folder).iterdir()) == ["bio", "brat"]
    assert Path(done.folder) == tmp_path / "demo-1.0.0-formats"
    assert "bio: 28 documents; lost: 468 clitic" in convert.show(done)
    assert isinstance(done.losses[0], Loss)


@pytest.mark.parametrize("words", ["conll", "", "bio,,xml"])
def test_an_unknown_format_is_named_with_those_there_are(words: str) -> None:
    with pytest.raises(UsageProblem, match="parquet, bio, brat, textee, dygie, spacy"):
        formats_of(words)


def test_formats_are_named_once() -> None:
    assert formats_of("bio, brat,bio") == ("bio", "brat")


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("train.jsonl", lambda text: text.replace('"type": "GOV"', '"type": "STATE_OF"', 1), r"train\.jsonl:1: mentions/\d+/type"),
        ("train.jsonl", lambda text: text[: len(text) // 2], r"train\.jsonl:\d+: not JSON"),
        ("dev.jsonl", lambda text: "[]\n" + text, r"dev\.jsonl:1: not a JSON object"),
        (
            "train.jsonl",
            lambda text: re.sub(r'"start": \d+, "end": \d+, "text"', '"start": 0, "end": 99999, "text"', text, count=1),
            r"is not in the text",
        ),
        ("schema/record.schema.json", lambda text: text[:100], r"record\.schema\.json: not JSON"),
    ],
)
def test_what_is_no_release_is_named_and_no_half_format_is_left(demo: Path, tmp_path: Path, name: str, spoil: Any, message: str) -> None:
    release = shutil.copytree(demo, tmp_path / "demo-1.0.0", ignore=shutil.ignore_patterns("formats"))
    (release / name).write_text(spoil((release / name).read_text("utf-8")), "utf-8")
    with pytest.raises(BadInput, match=message):
        write_formats(release, ["brat"])
    assert list((release / "formats").glob("*")) == [] or not (release / "formats").exists()


def test_a_folder_that_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"lacks train\.jsonl"):
        write_formats(tmp_path, ["bio"])


MENTIONS_ONLY = """\
name: names
version: 1.0.0
title: {en: Names}
language: en
layers:
  - name: people
    kind: mentions
    title: {en: People}
    types: [{name: PER, hotkey: p, color: "#1f77b4", title: {en: Person}, definition: {en: Somebody}}]
  - name: places
    kind: mentions
    title: {en: Places}
    types: [{name: PER, hotkey: q, color: "#1f77b4", title: {en: Persepolis}, definition: {en: A ruin}}]
"""


def test_a_schema_without_frames_and_with_a_types_name_twice(tmp_path: Path) -> None:
    (tmp_path / "schema.yaml").write_text(MENTIONS_ONLY, "utf-8")
    names = load_schema(tmp_path / "schema.yaml")
    labelling = Labelling("a", "gold", (Mention("m1", "people", "PER", 0, 6), Mention("m2", "places", "PER", 11, 17)))
    record = record_of(names, Article("a-1", None, "Nadira saw Sadra…", "en"), labelling)
    release = release_of(tmp_path / "release", tmp_path / "schema.yaml", [record])
    write_formats(release, FORMATS)
    (instance, *_) = rows(release / "formats" / "textee" / "entities" / "train.json")
    assert [each["entity_type"] for each in instance["entity_mentions"]] == ["people-PER", "places-PER"]
    (document,) = rows(release / "formats" / "dygie" / "entities" / "train.json")
    assert document["ner"] == [[[0, 0, "people-PER"], [2, 3, "places-PER"]]]
    assert (release / "formats" / "brat" / "train" / "a-1.ann").read_text("utf-8").startswith("T1\tpeople-PER 0 6\tNadira\n")
