"""Gates: what a split's articles must have, in pure and through `annotate gold --gate` and `annotate export`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotate.cli import app
from annotate.errors import Unmet
from annotate.gold.gates import State, short_of_gates
from annotate.steps import export, gold
from annotate.store import Store
from annotate.workspace import CONFIG, GoldSettings, SplitGate, Workspace, find_workspace
from tests.releases import SERVER, annotate, gold_of, label_all, new_workspace, write_articles

SPLITS = {"velmora-1": "test", "velmora-2": "train"}


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        (State(2), []),
        (State(1), ["1 of 2 annotators have submitted it"]),
        (State(0), ["0 of 2 annotators have submitted it"]),
        (State(3, ("events: type",)), ["1 disputes are not adjudicated (events: type)"]),
        (
            State(2, ("events: type",), ("judge",)),
            [
                "1 disputes are not adjudicated (events: type); what judge decided was of other annotations than there are now, "
                "so it is open again"
            ],
        ),
        (State(1, tuple("abcd")), ["1 of 2 annotators have submitted it", "4 disputes are not adjudicated (a; b; c; …)"]),
    ],
)
def test_the_test_splits_gate(state: State, missing: list[str]) -> None:
    short = short_of_gates({"velmora-1": state, "velmora-2": State(1, ("events: type",))}, SPLITS, GoldSettings())
    assert [(each.article, each.missing) for each in short] == [("velmora-1", each) for each in missing]


def test_an_article_of_test_that_nobody_labelled_is_short() -> None:
    assert [str(each) for each in short_of_gates({}, SPLITS, GoldSettings())] == ["velmora-1 (test): 0 of 2 annotators have submitted it"]


def test_other_splits_and_other_gates() -> None:
    asked = GoldSettings(gates={"train": SplitGate(annotators=1), "test": SplitGate(annotators=0)})
    assert [each.article for each in short_of_gates({}, SPLITS, asked)] == ["velmora-2"]


@pytest.fixture(scope="module")
def adjudicated(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("gates")
    workspace = new_workspace(folder / "work", write_articles(folder / "articles.jsonl"))
    annotate(workspace, label_all)
    return workspace


@pytest.fixture
def undecided(adjudicated: Workspace, tmp_path: Path) -> Workspace:
    """The same, and every decision of the adjudicator was deleted."""
    folder = tmp_path / "work"
    folder.mkdir()
    for each in (CONFIG, "annotate.sqlite", "schema"):
        source = adjudicated.folder / each
        if source.is_dir():
            (folder / each).mkdir()
            for file in source.iterdir():
                (folder / each / file.name).write_bytes(file.read_bytes())
        else:
            (folder / each).write_bytes(source.read_bytes())
    workspace = find_workspace(folder, {"ANNOTATE_EXPORT_NAME": "sample"})
    with Store(workspace.store_path) as store:
        store.record_pull(SERVER, 2, "event-stance@1.0.0", "2025-01-05T00:00:00Z", [], complete=True, purpose="adjudication")
    gold.run(workspace)
    return workspace


def test_a_release_meets_the_gate(adjudicated: Workspace) -> None:
    done = gold.run(adjudicated)
    assert done.short == []
    assert "every gate is met" in gold.show_gate(done)
    test = [each for each in gold_of(Path(export.run(adjudicated, "1.0.0").folder)) if each["split"] == "test"]
    assert len(test) == 2
    assert {each["how"] for record in test for each in record["provenance"]["decisions"]} == {"adjudicated"}
    assert {record["provenance"]["adjudicator"][:10] for record in test} == {"annotator-"}
    decisions = [each for record in test for each in record["provenance"]["decisions"]]
    assert {tuple(each["reasons"]) for each in decisions if each["item"]} == {("truly ambiguous",)}


def in_test(workspace: Workspace) -> list[str]:
    with Store(workspace.store_path) as store:
        return sorted(article for article, (split, _) in store.splits().items() if split == "test")


def test_an_export_short_of_the_gate_refuses_with_the_list_and_drops_nothing(undecided: Workspace) -> None:
    first = in_test(undecided)[0]
    with pytest.raises(
        Unmet, match=rf"2 things are missing:\n{first} \(test\): 2 disputes are not adjudicated .*strength.*genre"
    ) as raised:
        export.run(undecided, "1.0.0")
    assert raised.value.exit_code == 1
    assert not undecided.exports.exists()


def test_the_command_exits_1_and_lists_what_is_missing(undecided: Workspace) -> None:
    asked = ["gold", "--workspace", str(undecided.folder)]
    listed = CliRunner().invoke(app, [*asked, "--gate"])
    assert listed.exit_code == 1
    assert [line.split(":")[0].strip() for line in listed.stdout.splitlines() if "(test)" in line] == [
        f"{name} (test)" for name in in_test(undecided)
    ]
    plain = CliRunner().invoke(app, asked)
    assert (plain.exit_code, "2 articles are short of their split's gate" in plain.stdout) == (0, True)


def test_a_workspace_can_have_other_gates(undecided: Workspace) -> None:
    config = undecided.folder / CONFIG
    config.write_text(config.read_text("utf-8") + "\n[gold.gates.test]\nannotators = 2\n", "utf-8")
    loose = find_workspace(undecided.folder, {"ANNOTATE_EXPORT_NAME": "sample"})
    assert gold.run(loose).short == []
    config.write_text(config.read_text("utf-8") + "\n[gold.gates.train]\nannotators = 3\n", "utf-8")
    strict = find_workspace(undecided.folder, {})
    assert {each.split for each in gold.run(strict).short} == {"train"}


def test_an_article_that_was_annotated_before_it_was_drawn_is_short_of_tests_own_gate() -> None:
    sound = {"velmora-1": State(annotators=2)}
    (short,) = short_of_gates(sound, SPLITS, GoldSettings(), late={"velmora-1", "velmora-2"})
    assert str(short).startswith("velmora-1 (test): it was annotated before it was drawn, so the draw may have known its labels")
    assert "({annotators = 2, adjudicated = true} as its gate takes it)" in str(short)
    assert short_of_gates(sound, SPLITS, GoldSettings(gates={"test": SplitGate(annotators=2)}), late={"velmora-1"}) == []
