"""A release: what is in its folder, that it is the same every time, and that loaders give it back."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml

from annotate.demo.corpus import ARTICLES
from annotate.errors import BadInput, Unmet, UsageProblem
from annotate.records import Article, Gold, Labelling
from annotate.release.records import gold_record, pseudonym
from annotate.release.verify.folder import verify
from annotate.schema import load_schema
from annotate.steps import export, gold, ingest
from annotate.store import Store
from annotate.workspace import Workspace, find_workspace
from tests.conftest import SCHEMAS, not_run
from tests.releases import (
    ANNOTATORS,
    SPLITS,
    TEXT,
    annotate,
    contents,
    demo_label,
    gold_of,
    label_all,
    label_mentions,
    label_nothing,
    new_workspace,
    records,
    small_release,
    text_of,
    write_articles,
)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The bundled corpus with the two labellings its gold was made from, and its release 1.0.0."""
    workspace = new_workspace(tmp_path_factory.mktemp("demo") / "work", ARTICLES)
    annotate(workspace, demo_label)
    export.run(workspace, "1.0.0")
    return workspace


@pytest.fixture
def release(demo: Workspace) -> Path:
    return demo.exports / "sample-1.0.0"


# What is in it


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


# Made again


def test_exporting_again_rewrites_nothing(demo: Workspace, release: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (release, *release.rglob("*"))}
    again = export.run(demo, "1.0.0")
    assert (again.new, again.folder, again.documents, again.annotations) == (False, str(release), 28, 56)
    assert {path: path.stat().st_mtime_ns for path in (release, *release.rglob("*"))} == before
    assert [path.name for path in demo.exports.iterdir()] == [release.name]


def test_another_workspace_with_the_same_salt_makes_the_same_bytes(release: Path, tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "another", ARTICLES)
    annotate(workspace, demo_label, backwards=True)
    assert contents(Path(export.run(workspace, "1.0.0").folder)) == contents(release)


def test_another_salt_makes_other_pseudonyms(tmp_path: Path, small: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    annotate(workspace, label_all)
    with Store(workspace.store_path) as store:
        store.set_meta("salt", "another")
    other = Path(export.run(workspace, "1.0.0").folder)
    assert {r["annotator"] for r in records(other / "annotations.jsonl")}.isdisjoint(
        r["annotator"] for r in records(small / "annotations.jsonl")
    )


def test_a_release_never_changes(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    annotate(workspace, label_all)
    folder = Path(export.run(workspace, "1.0.0").folder)
    before = contents(folder)
    annotate(workspace, label_mentions)
    with pytest.raises(Unmet, match="releases never change: give another --version"):
        export.run(workspace, "1.0.0")
    assert contents(folder) == before
    assert export.run(workspace, "1.0.1").new
    assert sorted(path.name for path in workspace.exports.iterdir()) == ["sample-1.0.0", "sample-1.0.1"]


def test_a_release_that_was_tampered_with_is_not_called_the_same(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    annotate(workspace, label_all)
    folder = Path(export.run(workspace, "1.0.0").folder)
    (folder / "agreement.json").write_text("{}\n")
    with pytest.raises(Unmet, match=r"agreement\.json: does not match its sum"):
        export.run(workspace, "1.0.0")
    assert (folder / "agreement.json").read_text() == "{}\n"


def test_what_a_killed_export_left_does_not_matter(tmp_path: Path, small: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    annotate(workspace, label_all)
    part = workspace.exports / ".sample-1.0.0.part"
    (part / "schema").mkdir(parents=True)
    (part / "train.jsonl").write_text('{"cut')
    (part / "schema" / "leftover").write_text("")
    done = export.run(workspace, "1.0.0")
    assert done.new
    assert contents(Path(done.folder)) == contents(small)
    assert [path.name for path in workspace.exports.iterdir()] == ["sample-1.0.0"]


# What is not ready


def test_without_gold(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    with pytest.raises(BadInput, match=r"no gold .* run `annotate pull` and `annotate gold` first"):
        export.run(workspace, "1.0.0")
    assert not workspace.exports.exists()


def test_without_splits(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    late = tmp_path / "late.jsonl"
    late.write_text(json.dumps({"id": "late", "text": TEXT, "rights": "CC0-1.0"}))
    ingest.run(workspace, [str(late)])
    annotate(workspace, label_all)
    with pytest.raises(BadInput, match=r"1 articles have no split \(late …\); run `annotate split`"):
        export.run(workspace, "1.0.0")
    assert not workspace.exports.exists()


def test_without_rights_no_text_goes_out(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl", rights=""))
    annotate(workspace, label_all)
    with pytest.raises(BadInput, match=r"8 articles say nothing of their rights .* set `rights` under \[export\]"):
        export.run(workspace, "1.0.0")
    assert not workspace.exports.exists()
    vouched = find_workspace(workspace.folder, {"ANNOTATE_EXPORT_RIGHTS": "by agreement"})
    assert {record["source"]["rights"] for record in gold_of(Path(export.run(vouched, "1.0.0").folder))} == {"by agreement"}


def test_gold_of_a_text_that_was_replaced(tmp_path: Path) -> None:
    """Its spans would slice another text."""
    workspace = new_workspace(tmp_path / "work", write_articles(tmp_path / "articles.jsonl"))
    annotate(workspace, label_all)
    changed = tmp_path / "changed.jsonl"
    changed.write_text(json.dumps({"id": "v-7", "text": "Corrected. " + TEXT, "rights": "CC0-1.0"}))
    assert ingest.run(workspace, [str(changed)], replace=True).replaced == ["v-7"]
    with pytest.raises(BadInput, match=r"the gold of 1 articles is older .*\(v-7 …\); run `annotate gold`"):
        export.run(workspace, "1.0.0")
    gold.run(workspace)
    assert "v-7" not in {record["id"] for record in gold_of(Path(export.run(workspace, "1.0.0").folder))}


def test_an_article_that_cannot_be_annotated_stays_out(tmp_path: Path) -> None:
    def label(article: Article, who: str) -> Labelling:
        return Labelling(article.id, who, unusable="duplicate") if article.id == "v-6" else label_all(article, who)

    folder = small_release(tmp_path, label)
    assert len(gold_of(folder)) == 7
    assert "v-6" not in {record["id"] for record in gold_of(folder)}
    assert "v-6" not in {record["article"] for record in records(folder / "annotations.jsonl")}
    assert verify(folder) == []


@pytest.mark.parametrize("version", ["", "1", "1.0", "v1.0.0", "1.0.0-beta", "1.0.0\n", "1.0.x", "../1.0.0", "١.٠.٠"])
def test_a_version_is_three_numbers(demo: Workspace, version: str) -> None:
    with pytest.raises(UsageProblem, match=r"is not of the form 1\.0\.0"):
        export.run(demo, version)
    assert [path.name for path in demo.exports.iterdir()] == ["sample-1.0.0"]


# Loaded


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Hugging Face datasets, kept off the network and out of the home folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_DATASETS_OFFLINE", "1")
        patch.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
        import datasets

        yield datasets


def no_dev(folder: Path) -> Path:
    return small_release(folder, ANNOTATE_SPLIT_DEV="0")


def only_test(folder: Path) -> Path:
    return small_release(folder, count=2)


def no_frames_in_dev(folder: Path) -> Path:
    dev = {record["id"] for record in records(small_release(folder / "first") / "dev.jsonl")}
    return small_release(folder, lambda article, who: (label_mentions if article.id in dev else label_all)(article, who))


def no_frames_in_train(folder: Path) -> Path:
    train = {record["id"] for record in records(small_release(folder / "first") / "train.jsonl")}
    return small_release(folder, lambda article, who: (label_mentions if article.id in train else label_all)(article, who))


def nothing_marked(folder: Path) -> Path:
    return small_release(folder, label_nothing)


def assert_loads(datasets: ModuleType, folder: Path, cache: Path) -> dict[str, int]:
    """Every row of every split comes back key by key; split → rows."""
    rows = {}
    for config, names in (("gold", SPLITS), ("annotations", ("annotations",))):
        written = {name: found for name in names if (found := records(folder / f"{name}.jsonl"))}
        loaded = datasets.load_dataset(str(folder), config, cache_dir=str(cache))
        assert loaded.keys() == written.keys()
        for name, expected in written.items():
            assert loaded[name].column_names == list(expected[0])
            assert loaded[name].to_list() == expected
            rows[name] = len(expected)
    return rows


def test_datasets_reads_all_that_the_card_declares(
    datasets: ModuleType, release: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of the front matter is ignored, and the loader holds the number of rows against it."""
    datasets.logging.enable_propagation()
    for config, names in (("gold", SPLITS), ("annotations", ("annotations",))):
        found = datasets.load_dataset_builder(str(release), config, cache_dir=str(tmp_path)).info
        assert {name: split.num_examples for name, split in found.splits.items()} == {
            name: len(records(release / f"{name}.jsonl")) for name in names
        }
        assert found.dataset_size == sum((release / f"{name}.jsonl").stat().st_size for name in names)
    assert [each.getMessage() for each in caplog.records if "gnoring" in each.getMessage()] == []


def test_datasets_gives_back_what_was_written(datasets: ModuleType, release: Path, tmp_path: Path) -> None:
    assert assert_loads(datasets, release, tmp_path) == {"train": 19, "dev": 3, "test": 6, "annotations": 56}


@pytest.mark.parametrize(
    ("make", "splits"),
    [
        (small_release, ["train", "dev", "test"]),
        (no_dev, ["train", "test"]),
        (only_test, ["test"]),
        (no_frames_in_dev, ["train", "dev", "test"]),
        (no_frames_in_train, ["train", "dev", "test"]),
        (nothing_marked, ["train", "dev", "test"]),
    ],
)
def test_datasets_gives_back_sparse_releases(datasets: ModuleType, make: Callable[[Path], Path], splits: list[str], tmp_path: Path) -> None:
    folder = make(tmp_path)
    assert verify(folder) == []
    assert list(assert_loads(datasets, folder, tmp_path / "cache")) == [*splits, "annotations"]


def test_datasets_gives_back_ids_that_are_all_dates(datasets: ModuleType, tmp_path: Path) -> None:
    rows = [{"id": f"2025-03-{day:02}", "text": text_of(day), "rights": "CC0-1.0"} for day in range(1, 9)]
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    workspace = new_workspace(tmp_path / "work", tmp_path / "articles.jsonl")
    annotate(workspace, label_all)
    assert_loads(datasets, Path(export.run(workspace, "1.0.0").folder), tmp_path / "cache")


@pytest.mark.parametrize("name", [*SPLITS, "annotations"])
def test_pandas_keeps_ids_and_texts_strings(release: Path, small: Path, name: str) -> None:
    pandas: Any = importlib.import_module("pandas")  # it has no types
    for folder in (release, small):
        frame = pandas.read_json(folder / f"{name}.jsonl", lines=True)
        written = records(folder / f"{name}.jsonl")
        for key in ("article", "annotator") if name == "annotations" else ("id", "text", "text_sha256"):
            assert frame[key].tolist() == [record[key] for record in written]
        assert frame["mentions"].tolist() == [record["mentions"] for record in written]
