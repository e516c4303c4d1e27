"""The official scorer: agreement's own numbers for gold and a system, bad predictions by line, two systems by a paired bootstrap."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import measure_labellings
from annotate.agreement.results import Result
from annotate.errors import BadInput
from annotate.release.predictions import read_gold, read_predictions
from annotate.release.score import paired
from annotate.schema import Schema
from annotate.steps import score
from tests.releases import gold_of, records, small_release

Record = dict[str, Any]
QUICK = Intervals(replicates=100)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty articles; mostly train is scored, for it is the largest."""
    return small_release(tmp_path_factory.mktemp("score") / "small", count=20)


def lines(path: Path, rows: list[Record]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def own(release: Path, split: str = "train") -> list[Record]:
    return [row for row in gold_of(release) if row["split"] == split]


def value(results: list[Result], layer: str, measure: str) -> Result:
    return next(each for each in results if (each.layer, each.measure) == (layer, measure))


def test_gold_scores_one_on_itself(release: Path, tmp_path: Path) -> None:
    done = score.run(release, lines(tmp_path / "p.jsonl", own(release)), split="train", how=QUICK)
    assert done.missing == [0]
    defined = [each for each in done.results if each.value is not None and each.pairable]
    assert len(defined) > 30
    assert {each.value for each in defined} == {1.0}
    assert value(done.results, "events", "span_f1_exact").details == {"precision": 1.0, "recall": 1.0}


def test_scores_are_agreements_own(release: Path, tmp_path: Path, schema: Schema) -> None:
    """Whatever agreement says of two annotators, gold and the system, signature included, the scorer says too."""
    rows = own(release)
    draw = random.Random(5)
    for row in rows:
        row["mentions"] = [each for each in row["mentions"] if draw.random() < 0.7 or any(
            argument["ref"] == each["id"] for layer in ("events", "stances") for item in row[layer] for argument in item["arguments"]
        )]  # fmt: skip
        for item in row["events"]:
            item["type"] = draw.choice([item["type"], "CONSULT"])
            item["attributes"] = dict.fromkeys(item["attributes"])
            item["arguments"] = []
    path = lines(tmp_path / "p.jsonl", rows)
    gold = read_gold(release, schema, "train")
    system = read_predictions(path, schema, gold)
    how = Intervals(replicates=100, stories=gold.stories)
    agreement = {
        (each.layer, each.measure): each
        for each in measure_labellings(schema, paired(gold, system), texts=gold.texts, how=how, gamma=False)
    }
    scored = score.run(release, path, split="train", how=QUICK).results
    assert len(scored) > 60
    for each in scored:
        if each.measure != "accuracy":
            other = agreement[each.layer, each.measure]
            assert (each.value, each.interval, each.signature, each.by) == (other.value, other.interval, other.signature, other.by)


def test_precision_and_recall_are_of_gold_and_the_system(release: Path, tmp_path: Path) -> None:
    rows = own(release)
    kept = [row | {"mentions": row["mentions"][:1], "events": [], "stances": []} for row in rows]
    added = [row | {"mentions": [*row["mentions"], {"type": "LOC", "start": 0, "end": 2}]} for row in rows]
    fewer = value(score.run(release, lines(tmp_path / "f.jsonl", kept), split="train", how=QUICK).results, "mentions", "span_f1_exact")
    more = value(score.run(release, lines(tmp_path / "m.jsonl", added), split="train", how=QUICK).results, "mentions", "span_f1_exact")
    assert fewer.details == {"precision": 1.0, "recall": 0.25}
    assert more.details == {"precision": 0.8, "recall": 1.0}


def test_what_is_not_predicted_counts_against_the_system(release: Path, tmp_path: Path) -> None:
    rows = own(release)
    half = rows[: len(rows) // 2]
    done = score.run(release, lines(tmp_path / "p.jsonl", half), split="train", how=QUICK)
    assert done.missing == [len(rows) - len(half)]
    assert value(done.results, "mentions", "span_f1_exact").details["recall"] == pytest.approx(len(half) / len(rows))
    answered = sum(row["document"][1]["value"] is not None for row in rows)
    assert value(done.results, "document.author_on_sanctions", "accuracy").value == pytest.approx(len(half) / answered)
    assert "count as predicted empty" in done.warnings[0]


def test_only_layers_that_are_predicted_are_scored(release: Path, tmp_path: Path) -> None:
    rows = [{"id": row["id"], "document": row["document"]} for row in own(release)]
    done = score.run(release, lines(tmp_path / "p.jsonl", rows), split="train", how=QUICK)
    assert {each.layer.partition(".")[0] for each in done.results} == {"document"}


# Bad predictions


def item(**changes: Any) -> Callable[[Record], None]:
    return lambda row: row["events"][0].update(changes)


BAD: dict[str, tuple[Callable[[Record], None], str]] = {
    "no id": (lambda row: row.pop("id"), "no id"),
    "unknown document": (lambda row: row.update(id="nobody"), "nobody: no such document in this split"),
    "a layer no list": (lambda row: row.update(events={}), "events is no list"),
    "no start": (lambda row: row["events"][0].pop("start"), r"events\[0\]: .*missing required field `start`"),
    "a string offset": (item(start="3"), r"events\[0\]: Expected `int`, got `str`"),
    "a float offset": (item(start=3.0), r"events\[0\]: .*(no span|Expected `int`)"),
    "inverted": (item(start=30, end=20), r"events\[0\]: 30–20 is no span"),
    "beyond the text": (item(end=10**6), "is no span of the text"),
    "unknown type": (item(type="PARTY"), "no type 'PARTY'; one of CONSULT"),
    "unknown attribute": (item(attributes={"colour": "red"}), "no attribute 'colour'"),
    "illegal value": (item(attributes={"polarity": "blue"}), "polarity 'blue' is not legal for"),
    "unknown role": (item(arguments=[{"role": "victim", "ref": "mentions-1"}]), "no role 'victim'"),
    "dangling": (item(arguments=[{"role": "actor", "ref": "m99"}]), "actor refers to 'm99', which no item here is called"),
    "role of another layer": (item(arguments=[{"role": "actor", "ref": "events-2"}]), "actor takes mentions"),
    "dangling link": (item(same_as=["e99"]), "same_as refers to 'e99'"),
    "links no list": (item(same_as=7), "same_as is no list of ids"),
    "an id twice": (item(id="events-2"), "the id 'events-2' stands twice"),
    "unknown question": (lambda row: row["document"][0].update(name="mood"), "no question 'mood'; one of genre"),
    "unknown value": (lambda row: row["document"][0].update(value="epic"), "document.genre: no value 'epic'"),
    "answer without value": (lambda row: row["document"][0].pop("value"), "an answer has name and value"),
}


@pytest.mark.parametrize(("break_", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_prediction_is_named_by_its_line(release: Path, tmp_path: Path, break_: Callable[[Record], None], message: str) -> None:
    rows = own(release)
    break_(rows[2])
    with pytest.raises(BadInput, match=message) as caught:
        score.run(release, lines(tmp_path / "p.jsonl", rows), split="train")
    told = str(caught.value).splitlines()
    assert all(line.startswith(f"{tmp_path}/p.jsonl:3: ") for line in told)


def test_all_bad_lines_are_named_together(release: Path, tmp_path: Path) -> None:
    rows = own(release)
    body = [json.dumps(row) for row in rows]
    body[0], body[3] = "{", body[1]
    (tmp_path / "p.jsonl").write_text("\n".join(body) + "\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        score.run(release, tmp_path / "p.jsonl", split="train")
    first, second = str(caught.value).splitlines()
    assert "p.jsonl:1: not JSON" in first
    assert "p.jsonl:4: " in second
    assert "stands twice" in second


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("nowhere", "p.jsonl"), "name the folder of a release"), (("", "nothing.jsonl"), "no such file")],
)
def test_what_is_missing_is_named(release: Path, tmp_path: Path, arguments: tuple[str, str], message: str) -> None:
    folder = release if not arguments[0] else tmp_path / arguments[0]
    with pytest.raises(BadInput, match=message):
        score.run(folder, tmp_path / arguments[1])


# Labels that the release withholds


def test_withheld_labels_are_asked_for_and_taken(release: Path, tmp_path: Path) -> None:
    rows = own(release)
    predictions = lines(tmp_path / "p.jsonl", rows)
    labels = lines(tmp_path / "labels.jsonl", rows)
    folder = tmp_path / "release"
    (folder / "schema").mkdir(parents=True)
    (folder / "schema" / "schema.yaml").write_bytes((release / "schema" / "schema.yaml").read_bytes())
    empty: Record = {"mentions": [], "events": [], "stances": [], "document": []}
    lines(folder / "train.jsonl", [row | empty | {"provenance": row["provenance"] | {"resolution": "withheld"}} for row in rows])
    with pytest.raises(BadInput, match="are withheld; give the file that has them with --gold"):
        score.run(folder, predictions, split="train")
    done = score.run(folder, predictions, split="train", labels=labels, how=QUICK)
    assert done.results == score.run(release, predictions, split="train", how=QUICK).results


# Two systems


def test_a_system_is_no_better_than_itself(release: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "p.jsonl", own(release))
    done = score.run(release, path, split="train", against=path, how=QUICK)
    assert len(done.differences) > 20
    assert {each.difference for each in done.differences} <= {0.0, None}
    assert {each.p for each in done.differences} <= {1.0, None}


def test_a_difference_is_that_of_the_two_scores(release: Path, tmp_path: Path) -> None:
    rows = own(release)
    worse = [row | {"mentions": row["mentions"][: 1 + n % 3], "events": [], "stances": []} for n, row in enumerate(rows)]
    done = score.run(
        release, lines(tmp_path / "a.jsonl", rows), split="train", against=lines(tmp_path / "b.jsonl", worse), how=Intervals(replicates=500)
    )
    for each in done.differences:
        first, second = (value(results, each.layer, each.measure).value for results in (done.results, done.against))
        assert (each.first, each.second) == (
            pytest.approx(first) if first is not None else None,
            pytest.approx(second) if second is not None else None,
        )
    found = next(each for each in done.differences if (each.layer, each.measure) == ("mentions", "span_f1_exact"))
    assert found.interval is not None
    assert 0 < found.interval.low < (found.difference or 0) < found.interval.high
    assert (found.p or 1) < 0.01
    assert "against the other system" in score.show(done)


def test_the_paired_bootstrap_is_that_of_resampling_documents_by_hand(release: Path, tmp_path: Path) -> None:
    """Exact F1 of two systems on the same 2,000 resamples of documents, counted document by document without the scorer."""
    rows = own(release)
    draw = random.Random(3)
    first, second = (
        [row | {"mentions": [m for m in row["mentions"] if draw.random() < keep], "events": [], "stances": []} for row in rows]
        for keep in (0.8, 0.5)
    )
    done = score.run(
        release,
        lines(tmp_path / "a.jsonl", first),
        split="train",
        against=lines(tmp_path / "b.jsonl", second),
        how=Intervals(replicates=2000),
    )
    found = next(each for each in done.differences if (each.layer, each.measure) == ("mentions", "span_f1_exact"))
    stories: dict[str, list[tuple[int, int, int]]] = {}
    for row, a, b in zip(rows, first, second, strict=True):
        stories.setdefault(row["group"]["story"] or row["id"], []).append((len(row["mentions"]), len(a["mentions"]), len(b["mentions"])))
    sums = [tuple(map(sum, zip(*each, strict=True))) for each in stories.values()]

    def gap(drawn: list[tuple[int, ...]]) -> float:
        gold, a, b = (sum(each[n] for each in drawn) for n in range(3))
        return 2 * a / (gold + a) - 2 * b / (gold + b)

    replicates = sorted(gap(draw.choices(sums, k=len(sums))) for _ in range(2000))
    assert found.difference == pytest.approx(gap(sums))
    assert found.interval is not None
    assert found.interval.low == pytest.approx(replicates[50], abs=0.03)
    assert found.interval.high == pytest.approx(replicates[1949], abs=0.03)


def test_annotations_of_a_release_can_be_scored_too(release: Path, tmp_path: Path) -> None:
    """What one annotator said, against gold: the line differs from a prediction only in how it names its document."""
    of_train = {row["id"] for row in own(release)}
    said = [row for row in records(release / "annotations.jsonl") if row["article"] in of_train]
    who = min(row["annotator"] for row in said)
    path = lines(tmp_path / "p.jsonl", [row | {"id": row["article"]} for row in said if row["annotator"] == who])
    done = score.run(release, path, split="train", how=QUICK)
    assert value(done.results, "events", "span_f1_exact").value == 1.0
