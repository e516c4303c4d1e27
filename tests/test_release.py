"""A release: what is in its folder."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest
import yaml

from annotate.demo.corpus import ARTICLES
from annotate.records import Article, Gold, Labelling
from annotate.release.records import gold_record, pseudonym
from annotate.release.verify.folder import verify
from annotate.schema import load_schema
from annotate.workspace import Workspace
from tests.conftest import SCHEMAS, not_run
from tests.releases import (
    ANNOTATORS,
    SPLITS,
    contents,
    gold_of,
    records,
    text_of,
)


@pytest.fixture
def release(demo: Workspace) -> Path:
    return demo.exports / "sample-1.0.0"


def test_the_folder_holds_what_the_design_says(release: Path) -> None:
    assert contents(release).keys() == {
        *(f"{name}.jsonl" for name in (*SPLITS, "annotations")),
        *("agreement.json", "splits.lock.json", "leakage.json", "release.json", "croissant.json", "README.md", "CHANGES.md", "SHA256SUMS"),
        *(f"schema/{name}" for name in ("schema.yaml", "record.schema.json", "annotation.schema.json", "label-studio.xml")),
        *("schema/guidelines.ar.md", "schema/guidelines.en.md"),
    }
    assert [len(records(release / f"{name}.jsonl")) for name in SPLITS] == [19, 3, 6]
    assert len(records(release / "annotations.jsonl")) == 56


def test_verify_finds_nothing(release: Path, small: Path) -> None:
    assert verify(release) == []
    assert verify(small) == []


def test_sha256sum_accepts_the_sums(release: Path) -> None:
    if shutil.which("sha256sum") is None:
        not_run("no sha256sum on this machine")
    checked = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=release, check=False, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout.count(": OK\n")) == (0, len(contents(release)) - 1)


@pytest.mark.parametrize(("schema", "names"), [("record", SPLITS), ("annotation", ("annotations",))], ids=["gold records", "annotations"])
def test_every_record_fits_its_json_schema(release: Path, schema: str, names: tuple[str, ...]) -> None:
    """By the reference implementation, which is not the one that verify uses."""
    described = json.loads((release / "schema" / f"{schema}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(described)
    validator = jsonschema.Draft202012Validator(described)
    assert [
        fault.message for name in names for record in records(release / f"{name}.jsonl") for fault in validator.iter_errors(record)
    ] == []


def test_every_key_is_in_every_row_in_one_order(release: Path) -> None:
    assert len({tuple(record) for record in gold_of(release)}) == 1
    assert len({tuple(record) for record in records(release / "annotations.jsonl")}) == 1


def test_spans_slice_the_text(release: Path) -> None:
    texts = {record["id"]: record["text"] for record in gold_of(release)}
    assert all(sha256(record["text"].encode()).hexdigest() == record["text_sha256"] for record in gold_of(release))
    checked = 0
    for record in [*gold_of(release), *records(release / "annotations.jsonl")]:
        text = texts[record.get("id") or record["article"]]
        for item in record["mentions"] + record["events"] + record["stances"]:
            assert text[item["start"] : item["end"]] == item["text"] != ""
            checked += 1
    assert checked > 1000


def test_texts_are_the_articles_own(release: Path) -> None:
    assert {record["id"]: record["text"] for record in gold_of(release)} == {row["id"]: row["text"] for row in records(ARTICLES)}


def test_no_address_and_no_name_of_an_annotator_is_anywhere(release: Path) -> None:
    everything = b"\n".join([*contents(release).values(), *(name.encode() for name in contents(release))]).lower()
    for word in ("nadira", "tawil", "omran", "dahesh", "annotator.example"):
        assert word.encode() not in everything


def test_pseudonyms_join_gold_annotations_and_agreement(release: Path) -> None:
    annotators = {record["annotator"] for record in records(release / "annotations.jsonl")}
    assert len(annotators) == 2
    assert all(re.fullmatch("annotator-[0-9a-f]{8}", name) for name in annotators)
    assert {tuple(record["provenance"]["annotators"]) for record in gold_of(release)} == {tuple(sorted(annotators))}
    results = json.loads((release / "agreement.json").read_text("utf-8"))["results"]
    assert {name for result in results for pair in result["pairs"] for name in pair["annotators"]} == annotators


def test_the_lock_names_every_article_with_split_and_group(release: Path) -> None:
    lock = json.loads((release / "splits.lock.json").read_text("utf-8"))["articles"]
    assert [entry["article"] for entry in lock] == sorted(row["id"] for row in records(ARTICLES))
    assert {entry["article"]: entry["split"] for entry in lock} == {record["id"]: record["split"] for record in gold_of(release)}
    assert len({(entry["split"], entry["group"]) for entry in lock}) == len({entry["group"] for entry in lock})


def test_agreement_has_numbers_or_reasons_to_six_digits(release: Path) -> None:
    written = (release / "agreement.json").read_text("utf-8")
    results = json.loads(written)["results"]
    assert results
    assert all((result["value"] is None) == (result["reason"] is not None) for result in results)
    assert re.findall(r"\d\.\d{7,}", written) == []


def test_the_card_declares_every_feature(release: Path) -> None:
    front, _, body = (release / "README.md").read_text("utf-8").removeprefix("---\n").partition("\n---\n")
    declared = {info["config_name"]: [feature["name"] for feature in info["features"]] for info in yaml.safe_load(front)["dataset_info"]}
    assert declared == {"gold": list(gold_of(release)[0]), "annotations": list(records(release / "annotations.jsonl")[0])}
    assert "28 documents (train 19, dev 3, test 6)" in body


def test_the_card_says_what_every_key_holds(release: Path) -> None:
    card = (release / "README.md").read_text("utf-8")
    section = card.partition("## Records\n")[2].partition("\n## ")[0]
    told = re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in section.splitlines() if row.startswith("| `")))
    assert [key for key in told if not key.startswith("distribution")] == list(gold_of(release)[0])


def test_the_card_lists_every_file_and_folder_that_a_release_may_have(release: Path) -> None:
    section = (release / "README.md").read_text("utf-8").partition("## Files\n")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([\w.]+)/?`", "".join(row.split("|")[1] for row in section.splitlines() if row.startswith("| `"))))
    assert told == {path.name for path in release.iterdir()} - {"README.md"} | {"formats", "samples"}


def test_the_card_counts_publishers_and_says_that_nobody_is_described(release: Path) -> None:
    card = (release / "README.md").read_text("utf-8")
    named = {record["source"]["publisher"] for record in gold_of(release)} - {None}
    assert f"Publishers named in the {len(gold_of(release))} articles released: {len(named) or 'none'}." in card
    assert "Who they are, its makers have not said." in card
    assert "Every article of the workspace is in it." in card


def test_the_card_counts_every_label(release: Path) -> None:
    card = (release / "README.md").read_text("utf-8")
    section = card.partition("## Labels\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in section.splitlines() if row.startswith("| ")][2:]
    told = Counter({(name, split): int(count) for name, *counts in rows for split, count in zip(SPLITS, counts, strict=True)})
    found: Counter[tuple[str, str]] = Counter()
    for record in gold_of(release):
        found.update((f"{layer}.{item['type']}", record["split"]) for layer in ("mentions", "events", "stances") for item in record[layer])
        found.update((f"document.{each['name']}={each['value']}", record["split"]) for each in record["document"] if each["value"])
    assert +told == found


def test_the_card_says_what_was_adjudicated_and_how_splits_were_drawn(release: Path) -> None:
    adjudicated = sum(record["provenance"]["adjudicator"] is not None for record in records(release / "test.jsonl"))
    card = (release / "README.md").read_text("utf-8")
    assert f"Documents of which an adjudicator decided what was disputed: test {adjudicated}." in card
    assert "Every document of test has at least 2 annotators, and no dispute left open." in card
    assert "Drawn by group before labelling (strategy stratified, seed 0)" in card


def test_provenance_names_the_guidelines_that_the_annotators_had() -> None:
    """After a migration the records are of the new schema, and were labelled under the old one."""
    schema = load_schema(SCHEMAS / "event-stance" / "schema.yaml")
    article = Article("v-1", None, "Velmora sailed.", "en")
    gold = Gold(Labelling("v-1", "gold"), ("first",), "single", (), {}, guidelines=("event-stance@0.8.0", "event-stance@0.9.0"))
    record = gold_record(schema, article, [], gold, "train", "CC0-1.0", str)
    assert (record["schema"], record["provenance"]["guidelines"]) == (schema.id, "event-stance@0.8.0, event-stance@0.9.0")


def test_one_document_as_a_consumer_reads_it(small: Path) -> None:
    (record,) = (each for each in gold_of(small) if each["id"] == "article-20250304")
    text = text_of(2)
    assert {key: record[key] for key in ("original_id", "schema", "lang", "title", "text", "date", "group", "weight")} == {
        "original_id": "original:20250304",
        "schema": "event-stance@1.0.0",
        "lang": "en",
        "title": "2025-03-04",
        "text": text,
        "date": {"year": 2025, "month": 3, "day": 4, "precision": "day", "basis": "byline"},
        "group": {"duplicates": None, "story": None},
        "weight": 1.0,
    }
    assert record["source"] == {"publisher": None, "agency": None, "url": None, "rights": "CC0-1.0", "syndicator": None}
    assert [text[each["start"] : each["end"]] for each in record["sentences"]][1] == "Velmora sent ships to Sadra on 2025-03-04."
    all_say = {name: {"type": [{"value": name, "p": 1.0, "posterior": None}]} for name in ("GOV", "LOC")}
    assert record["mentions"][:2] == [
        {
            "id": "mentions-1",
            "type": "GOV",
            "start": 11,
            "end": 18,
            "text": "Velmora",
            "entity": "Velmora",
            "distributions": all_say["GOV"],
        },
        {
            "id": "mentions-2",
            "type": "LOC",
            "start": 33,
            "end": 38,
            "text": "Sadra",
            "entity": "port of Sadra",
            "distributions": all_say["LOC"],
        },
    ]
    assert [(each["id"], each["type"], each["text"], each["same_as"]) for each in record["events"]] == [
        ("events-1", "TRANSFER", "sent", ["events-2"]),
        ("events-2", "TRANSFER", "sailed", ["events-1"]),
        ("events-3", "ACCUSE", "condemned", []),
    ]
    assert record["events"][2]["attributes"] == {"polarity": "positive", "modality": "asserted", "tense": "past", "mode": "disapprove"}
    assert record["events"][2]["arguments"] == [
        {"role": "actor", "ref": "mentions-4", "kind": "mentions"},
        {"role": "cause", "ref": "events-1", "kind": "events"},
    ]
    assert record["stances"][0]["attributes"] == {"strength": "verbal"}
    assert record["document"][:2] == [
        {
            "name": "genre",
            "value": "news",
            "distribution": [{"value": "news", "p": 0.5, "posterior": None}, {"value": "opinion", "p": 0.5, "posterior": None}],
        },
        {"name": "author_on_sanctions", "value": "absent", "distribution": [{"value": "absent", "p": 1.0, "posterior": None}]},
    ]
    assert {(each["decision"], each["how"]) for each in record["provenance"]["decisions"]} == {
        ("attribute strength", "adjudicated"),
        ("answer genre", "adjudicated"),
    }


def test_one_annotators_lines_as_a_consumer_reads_them(small: Path) -> None:
    found = {each["annotator"]: each for each in records(small / "annotations.jsonl") if each["article"] == "article-20250304"}
    first, second = (found[pseudonym("salt", ANNOTATORS[who])] for who in ("first", "second"))
    assert [each["unsure"] for each in first["mentions"]] == [False, False, False, False]
    assert [each["unsure"] for each in second["mentions"]] == [False, False, False, True]
    assert (first["stances"][0]["attributes"], second["stances"][0]["attributes"]) == ({"strength": "verbal"}, {"strength": "concern"})
    assert (first["document"][0], second["document"][0]) == ({"name": "genre", "value": "news"}, {"name": "genre", "value": "opinion"})
    assert first["events"][2]["arguments"] == [
        {"role": "actor", "ref": "mentions-4", "kind": "mentions"},
        {"role": "cause", "ref": "events-1", "kind": "events"},
    ]
    assert [each["same_as"] for each in first["events"]] == [["events-2"], ["events-1"], []]
    assert (first["schema"], first["unusable"]) == ("event-stance@1.0.0", None)
