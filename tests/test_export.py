"""`annotate export`: the same release every time, and none of what is not ready."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate.demo.corpus import ARTICLES
from annotate.errors import BadInput, Unmet, UsageProblem
from annotate.records import Article, Labelling
from annotate.release.verify.folder import verify
from annotate.steps import export, gold, ingest
from annotate.store import Store
from annotate.workspace import Workspace, find_workspace
from tests.releases import (
    ANNOTATORS,
    TEXT,
    annotate,
    contents,
    demo_label,
    gold_of,
    label_all,
    label_mentions,
    new_workspace,
    records,
    small_release,
    write_articles,
)


@pytest.fixture
def release(demo: Workspace) -> Path:
    return demo.exports / "sample-1.0.0"


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


def test_an_article_of_which_one_annotator_says_that_it_cannot_be_annotated_goes_out(tmp_path: Path, small: Path) -> None:
    """That one said so is on record."""
    train = records(small / "train.jsonl")[0]["id"]

    def label(article: Article, who: str) -> Labelling:
        return Labelling(article.id, who, unusable="duplicate") if (article.id, who) == (train, "second") else label_all(article, who)

    folder = small_release(tmp_path, label)
    assert verify(folder) == []
    record = records(folder / "train.jsonl")[0]
    assert (record["id"], ("article", "unusable", "minority")) in [
        (train, (each["layer"], each["decision"], each["how"])) for each in record["provenance"]["decisions"]
    ]


@pytest.mark.parametrize("strategy", ["unanimous", "single", "adjudicated", "dawid-skene", "mace"])
def test_gold_by_any_strategy_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strategy: str) -> None:
    """Of three annotators, for models ask for as many; what only a model thinks possible is among the shares too."""
    monkeypatch.setitem(ANNOTATORS, "third", "dana.sabry@annotator.example")
    folder = small_release(tmp_path, ANNOTATE_GOLD_STRATEGY=strategy)
    assert verify(folder) == []
    assert {len(each["provenance"]["annotators"]) for each in gold_of(folder)} == {3}


@pytest.mark.parametrize("version", ["", "1", "1.0", "v1.0.0", "1.0.0-beta", "1.0.0\n", "1.0.x", "../1.0.0", "١.٠.٠"])
def test_a_version_is_three_numbers(demo: Workspace, version: str) -> None:
    with pytest.raises(UsageProblem, match=r"is not of the form 1\.0\.0"):
        export.run(demo, version)
    assert [path.name for path in demo.exports.iterdir()] == ["sample-1.0.0"]
