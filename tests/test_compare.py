"""What changed between two releases: by layer, with the reason, and the version number it asks for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotate.errors import BadInput
from annotate.release.compare import Comparison, LayerChange, Moved, as_markdown, compare, in_words
from annotate.steps import compare as step
from tests.releases import SPLITS, records, small_release

Record = dict[str, Any]
Change = Callable[[list[Record]], None]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release(tmp_path_factory.mktemp("compare") / "small", count=12)


def changed(
    release: Path, folder: Path, gold: Change = lambda _: None, annotations: Change = lambda _: None, version: str = "1.0.1"
) -> Path:
    """The release with some of its lines others; it need not be sound."""
    new = folder / f"sample-{version}"
    shutil.copytree(release, new)
    (new / "release.json").unlink(missing_ok=True)
    rows = [row for split in SPLITS for row in records(new / f"{split}.jsonl")]
    gold(rows)
    for split in SPLITS:
        write(new / f"{split}.jsonl", [row for row in rows if row["split"] == split])
    said = records(new / "annotations.jsonl")
    annotations(said)
    write(new / "annotations.jsonl", said)
    return new


def write(path: Path, rows: list[Record]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def of(found: Comparison, reason: str) -> list[LayerChange]:
    return [each for each in found.answers if each.reason == reason]


def test_the_same_release_is_no_change(release: Path, tmp_path: Path) -> None:
    found = compare(release, changed(release, tmp_path))
    assert (found.added, found.removed, found.texts, found.splits, found.answers, found.agreement) == ([], [], [], [], [], [])
    assert (found.step, found.at_least, found.high_enough) == ("patch", "1.0.0", True)
    assert "Splits: unchanged" in as_markdown(found)


def test_ids_and_their_order_are_no_change(release: Path, tmp_path: Path) -> None:
    def rename(rows: list[Record]) -> None:
        for row in rows:
            names = {
                item["id"]: f"new-{n}" for layer in ("mentions", "events", "stances") for n, item in enumerate(row[layer], len(layer) * 100)
            }
            for layer in ("mentions", "events", "stances"):
                row[layer].reverse()
                for item in row[layer]:
                    item["id"] = names[item["id"]]
                    for argument in item.get("arguments", ()):
                        argument["ref"] = names[argument["ref"]]
                    if "same_as" in item:
                        item["same_as"] = [names[other] for other in item["same_as"]]

    assert compare(release, changed(release, tmp_path, rename)).answers == []


def first(**changes: Any) -> Change:
    return lambda rows: rows[0].update(changes)


def retype(rows: list[Record]) -> None:
    rows[0]["events"][0]["type"] = "CONSULT"
    rows[0]["provenance"]["annotators"].append("annotator-00000000")


@pytest.mark.parametrize(
    ("gold", "step_", "at_least"),
    [
        (lambda rows: rows.pop(0), "major", "2.0.0"),
        (lambda rows: rows.append(rows[0] | {"id": "v-99"}), "minor", "1.1.0"),
        (retype, "major", "2.0.0"),
        (first(text_sha256="0" * 64), "major", "2.0.0"),
        (lambda rows: rows[0].update(split="test" if rows[0]["split"] == "train" else "train"), "major", "2.0.0"),
        (first(weight=2.0), "patch", "1.0.1"),
    ],
    ids=["removed", "added", "another label", "another text", "another split", "a weight"],
)
def test_what_a_change_asks_of_the_version(release: Path, tmp_path: Path, gold: Change, step_: str, at_least: str) -> None:
    found = compare(release, changed(release, tmp_path, gold))
    assert (found.step, found.at_least) == (step_, at_least)
    assert found.high_enough == (at_least == "1.0.1")
    assert compare(release, changed(release, tmp_path, gold, version="2.0.0")).high_enough


def test_what_is_said_of_an_article_is_no_answer_but_told(release: Path, tmp_path: Path) -> None:
    def change(rows: list[Record]) -> None:
        for row in rows[:2]:
            row["source"] = row["source"] | {"rights": "CC-BY-4.0"}
        rows[0]["date"] = rows[0]["date"] | {"day": 5}

    found = compare(release, changed(release, tmp_path, change))
    assert [(each.key, each.documents) for each in found.articles] == [("source", 2), ("date", 1)]
    assert (found.answers, found.step, found.at_least) == ([], "patch", "1.0.1")
    assert "About the articles: `source` is another in 2 documents" in as_markdown(found)


def test_documents_are_named(release: Path, tmp_path: Path) -> None:
    def change(rows: list[Record]) -> None:
        rows.append(rows[0] | {"id": "v-99"})
        gone = rows.pop(1)
        assert gone["id"] != rows[1]["id"]
        rows[1]["split"] = "test" if rows[1]["split"] != "test" else "train"

    before = [row for split in SPLITS for row in records(release / f"{split}.jsonl")]
    found = compare(release, changed(release, tmp_path, change))
    assert (found.added, found.removed) == (["v-99"], [before[1]["id"]])
    assert [each.id for each in found.splits] == [before[2]["id"]]
    assert isinstance(found.splits[0], Moved)
    assert f"Documents removed: 1 ({before[1]['id']})" in as_markdown(found)


@pytest.mark.parametrize(
    ("change", "layer", "counts"),
    [
        (lambda row: row["mentions"].pop(3), "mentions", (0, 1, 0)),
        (lambda row: row["mentions"].append(row["mentions"][0] | {"id": "m", "start": 0, "end": 2}), "mentions", (1, 0, 0)),
        (lambda row: row["mentions"][0].update(entity="Velmora's government"), "mentions", (0, 0, 1)),
        (lambda row: row["events"][0]["attributes"].update(polarity="negative"), "events", (0, 0, 1)),
        (lambda row: row["stances"][0].update(arguments=[]), "stances", (0, 0, 1)),
        (lambda row: [item.update(same_as=[]) for item in row["events"]], "same_as", (0, 2, 0)),
        (lambda row: row["document"][1].update(value="favor"), "document", (0, 0, 1)),
        (lambda row: row["document"][1].update(value=None), "document", (0, 1, 0)),
    ],
    ids=["mention gone", "mention new", "entity", "attribute", "argument", "link", "answer", "answer gone"],
)
def test_answers_are_counted_by_layer(
    release: Path, tmp_path: Path, change: Callable[[Record], None], layer: str, counts: tuple[int, int, int]
) -> None:
    found = compare(release, changed(release, tmp_path, lambda rows: change(rows[2])))
    (own,) = [each for each in found.answers if each.layer == layer]
    assert (own.documents, own.added, own.removed, own.changed) == (1, *counts)
    assert f"| {layer} | {own.reason} | 1 |" in as_markdown(found)


@pytest.mark.parametrize("reason", ["schema", "text", "adjudication", "new annotation", "resolution"])
def test_the_reason_is_told(release: Path, tmp_path: Path, reason: str) -> None:
    def gold(rows: list[Record]) -> None:
        row = rows[0]
        row["events"][0]["attributes"]["tense"] = "future"
        if reason == "schema":
            row["schema"] = "event-stance@1.1.0"
        elif reason == "text":
            row["text_sha256"] = "1" * 64
        elif reason == "adjudication":
            row["provenance"]["adjudicator"] = "annotator-00000000"

    def annotations(rows: list[Record]) -> None:
        if reason == "new annotation":
            name = next(row for split in SPLITS for row in records(release / f"{split}.jsonl"))["id"]
            next(row for row in rows if row["article"] == name)["mentions"].pop()

    found = compare(release, changed(release, tmp_path, gold, annotations))
    assert [each.layer for each in of(found, reason)] == ["events"]


def test_a_line_that_is_no_record_is_named(release: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"train\.jsonl:1: no record .*annotate verify"):
        compare(release, changed(release, tmp_path, lambda rows: rows[0].pop("mentions")))


def test_labels_that_were_withheld_are_not_compared(release: Path, tmp_path: Path) -> None:
    def withhold(rows: list[Record]) -> None:
        for row in rows:
            if row["split"] == "test":
                row |= {"mentions": [], "events": [], "stances": [], "document": []}
                row["provenance"]["resolution"] = "withheld"

    found = compare(changed(release, tmp_path, withhold), release)
    assert found.answers == []
    assert found.withheld == len(records(release / "test.jsonl"))
    assert f"labels of {found.withheld} documents are not in both" in as_markdown(found)


def test_agreement_that_moved_is_told(release: Path, tmp_path: Path) -> None:
    new = changed(release, tmp_path)
    results = json.loads((new / "agreement.json").read_text("utf-8"))
    moved = next(each for each in results["results"] if each["measure"] == "span_f1_exact" and each["layer"] == "events")
    before, moved["value"] = moved["value"], 0.5
    (new / "agreement.json").write_text(json.dumps(results), encoding="utf-8")
    found = compare(release, new)
    assert [(each.layer, each.measure, each.old, each.new) for each in found.agreement] == [("events", "span_f1_exact", before, 0.5)]
    assert "| events | span_f1_exact | 1.000 | 0.500 |" in as_markdown(found)
    assert (found.step, found.at_least) == ("patch", "1.0.1")


@pytest.mark.parametrize(("now", "told"), [(0.7165, False), (0.7174, False), (0.7176, True), (0.71749999, False)])
def test_agreement_moves_when_a_digit_that_is_shown_does(release: Path, tmp_path: Path, now: float, told: bool) -> None:
    folders = [changed(release, tmp_path, version=version) for version in ("1.0.1", "1.0.2")]
    for folder, value in zip(folders, (0.7166, now), strict=True):
        results = json.loads((folder / "agreement.json").read_text("utf-8"))
        results["results"][0]["value"] = value
        (folder / "agreement.json").write_text(json.dumps(results), encoding="utf-8")
    assert bool(compare(*folders).agreement) == told


@pytest.mark.parametrize(("change", "breaks"), [("gone", True), ("retyped", True), ("added", False)])
def test_another_shape_of_the_records_breaks(release: Path, tmp_path: Path, change: str, breaks: bool) -> None:
    new = changed(release, tmp_path)
    path = new / "schema" / "record.schema.json"
    shape = json.loads(path.read_text("utf-8"))
    if change == "gone":
        shape["properties"].pop("weight")
    elif change == "retyped":
        shape["properties"]["weight"] = {"type": "string"}
    else:
        shape["properties"]["syndicator"] = {"type": ["string", "null"]}
        shape["required"].append("syndicator")
    path.write_text(json.dumps(shape), encoding="utf-8")
    assert compare(release, new).shape == breaks


def test_the_step_names_what_is_no_release(release: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        step.run(release, tmp_path / "nowhere")
    with pytest.raises(BadInput, match="name the folders of two releases"):
        step.run(release, tmp_path)
    new = changed(release, tmp_path)
    (new / "dev.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"dev\.jsonl:1: not JSON.*annotate verify"):
        step.run(release, new)


def test_the_step_says_when_a_version_is_too_low(release: Path, tmp_path: Path) -> None:
    done = step.run(release, changed(release, tmp_path, retype))
    assert not done.high_enough
    assert step.show(done).endswith("what changed asks for version 2.0.0 or higher")


@pytest.mark.parametrize(("value", "words"), [(-0.0004, "0.000"), (0.0, "0.000"), (-0.04, "-0.040"), (None, "undefined")])
def test_what_rounds_to_nothing_has_no_sign(value: float | None, words: str) -> None:
    assert in_words(value) == words
