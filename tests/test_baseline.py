"""The baseline learns from a release, scores by agreement's code, and says the same each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotate.agreement.intervals import Intervals
from annotate.errors import BadInput
from annotate.records import Answer, Frame, Labelling, Mention
from annotate.release.baseline import Baseline, learn_and_predict
from annotate.release.predictions import Gold
from annotate.schema import Schema
from annotate.steps import baseline, export, score
from annotate.tokens import tokens
from tests.conftest import ROOT
from tests.releases import annotate, demo_label, new_workspace, records

QUICK = Intervals(replicates=100)
NAMES = {"train": [f"a{n}" for n in range(24)], "test": [f"t{n}" for n in range(8)]}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve of the bundled articles."""
    folder = tmp_path_factory.mktemp("baseline")
    rows = (ROOT / "annotate" / "demo" / "articles.jsonl").read_text("utf-8").splitlines()
    (folder / "articles.jsonl").write_text("".join(f"{row}\n" for row in rows[::2][:12]), encoding="utf-8")
    workspace = new_workspace(folder / "work", folder / "articles.jsonl")
    annotate(workspace, demo_label)
    return Path(export.run(workspace, "1.0.0").folder)


def learnable(names: list[str]) -> tuple[dict[str, str], dict[str, Labelling]]:
    """Texts in which one word always is a mention and one a stance, and in which the genre is said in so many words."""
    texts, labellings = {}, {}
    for n, name in enumerate(names):
        opinion, side = n % 2, ("favor", "against")[n // 2 % 2]
        verb = {"favor": "welcomed", "against": "condemned"}[side]
        text = f"{'We believe' if opinion else 'Officials said'} that Velmora {verb} the ships. The tide of day {n} was high."
        at = text.index("Velmora"), text.index(verb)
        texts[name] = text
        labellings[name] = Labelling(
            name,
            "gold",
            (Mention("m", "mentions", "GOV", at[0], at[0] + 7),),
            (Frame("s", "stances", side, at[1], at[1] + len(verb), {"strength": "verbal"}),),
            (),
            (Answer("document", "genre", "opinion" if opinion else "news"),),
        )
    return texts, labellings


@pytest.fixture
def learnt(schema: Schema) -> tuple[Baseline, Gold]:
    train, test = (
        Gold(labellings, texts, {}) for texts, labellings in (learnable([f"{s}{n}" for n in range(k)]) for s, k in (("a", 24), ("t", 8)))
    )
    sentences = {name: [(0, text.index(".") + 1), (text.index(".") + 2, len(text))] for name, text in (train.texts | test.texts).items()}
    return learn_and_predict(schema, train, test, sentences), test


def test_what_can_be_learnt_is_learnt(learnt: tuple[Baseline, Gold]) -> None:
    found, test = learnt
    for name, gold in test.labellings.items():
        predicted = found.predicted[name]
        assert [(m.type, m.start, m.end) for m in predicted.mentions] == [(m.type, m.start, m.end) for m in gold.mentions]
        frames, wanted = ([(f.type, f.start, f.end, f.attributes["strength"]) for f in each.frames] for each in (predicted, gold))
        assert frames == wanted
        assert next(a.value for a in predicted.answers if a.question == "genre") == gold.answers[0].value
        assert [f.type for f in found.typed[name].frames] == [f.type for f in gold.frames]


def test_spans_begin_and_end_with_tokens(learnt: tuple[Baseline, Gold]) -> None:
    found, test = learnt
    for name, text in test.texts.items():
        edges = tokens(text)
        for item in found.predicted[name].items:
            assert item.start in {start for start, _ in edges}
            assert item.end in {end for _, end in edges}


def test_an_empty_train_teaches_nothing_and_breaks_nothing(schema: Schema) -> None:
    texts, labellings = learnable(["t0"])
    found = learn_and_predict(schema, Gold({}, {}, {}), Gold(labellings, texts, {}), {"t0": [(0, len(texts["t0"]))]})
    assert found.predicted["t0"] == Labelling("t0", "system")


@pytest.mark.filterwarnings("error")
def test_the_step_says_the_same_each_time_beside_the_annotators(release: Path, tmp_path: Path) -> None:
    done = baseline.run(release, out=tmp_path / "p.jsonl", how=QUICK)
    assert (done.train + done.test, done.predictions) == (12 - len(records(release / "dev.jsonl")), str(tmp_path / "p.jsonl"))
    lines = {(each.layer, each.measure, each.given): each for each in done.lines}
    mentions = lines["mentions", "span_f1_exact", "text"]
    assert 0 < (mentions.result.value or 0) < (mentions.human or 0) <= 1
    assert mentions.result.interval is not None
    agreement = json.loads((release / "agreement.json").read_text("utf-8"))["results"]
    told = next(each["value"] for each in agreement if (each["layer"], each["measure"]) == ("mentions", "span_f1_exact"))
    assert mentions.human == told
    assert lines["stances.type", "percent_agreement", "gold spans"].result.value is not None
    assert "annotators" in baseline.show(done)
    again = baseline.run(release, out=tmp_path / "again.jsonl", how=QUICK)
    assert again.results == done.results
    assert (tmp_path / "p.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    assert score.run(release, tmp_path / "p.jsonl", how=QUICK).results == done.results


def test_a_release_without_texts_has_nothing_to_learn_from(release: Path, tmp_path: Path) -> None:
    folder = tmp_path / "standoff"
    (folder / "schema").mkdir(parents=True)
    (folder / "schema" / "schema.yaml").write_bytes((release / "schema" / "schema.yaml").read_bytes())
    for split in ("train", "test"):
        rows: list[dict[str, Any]] = [row | {"text": None} for row in records(release / f"{split}.jsonl")]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(BadInput, match="annotate rehydrate"):
        baseline.run(folder)
