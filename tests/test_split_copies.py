"""Copies and stories, as `ingest` finds them and people decide, against what is locked."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.steps import ingest, split, stories
from annotate.store import Store
from annotate.workspace import Workspace
from tests.split_articles import kept, locked, put, splits_of, stored


def story_text(seed: int, words: int = 80) -> str:
    own = random.Random(seed)
    return " ".join(f"{own.choice(['sail', 'port', 'tide', 'crew'])}{own.randrange(10_000)}" for _ in range(words))


def bring(workspace: Workspace, folder: Path, **texts: str) -> None:
    path = folder / f"{'-'.join(texts)}.jsonl"
    path.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items()), encoding="utf-8")
    assert not ingest.run(workspace, [str(path)], replace=True).problems


def groups_in(workspace: Workspace) -> dict[str, str | None]:
    with Store(workspace.store_path) as store:
        return {each.id: each.duplicates for each in store.articles()}


@pytest.fixture
def two_locked(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Workspace:
    """An article locked in train, and another in test."""
    workspace = make_workspace()
    bring(workspace, tmp_path, a=story_text(1), b=story_text(2))
    with Store(workspace.store_path) as store:
        store.put_split_lock(locked(a="train", b="test"))
    return workspace


def test_what_copies_from_two_splits_is_quarantined_and_nothing_else(two_locked: Workspace, tmp_path: Path) -> None:
    """`ingest` makes one group of all five; only c has text of both. It stays out on every later run, until its text is another."""
    bring(
        two_locked,
        tmp_path,
        c=f"{story_text(1)} {story_text(2)}",
        d=f"{story_text(1)} {story_text(3, 9)}",
        g=f"{story_text(2)} {story_text(4, 9)}",
    )
    assert len(set(groups_in(two_locked).values())) == 1
    for again in range(3):
        done = split.run(two_locked)
        assert splits_of(kept(two_locked)).items() >= {"a": "train", "b": "test", "d": "train", "g": "test"}.items()
        assert (done.withdrawn, [each.article for each in done.quarantined]) == ([], ["c"])
        names = groups_in(two_locked)
        assert names["a"] == names["d"] != names["b"] == names["g"]
        if again == 1:
            bring(two_locked, tmp_path, f=story_text(5))  # all is grouped anew
    bring(two_locked, tmp_path, c=story_text(6))
    assert split.run(two_locked).quarantined == []
    assert splits_of(kept(two_locked)).keys() == set("abcdfg")


def test_two_new_copies_that_only_together_join_two_splits_are_quarantined(two_locked: Workspace, tmp_path: Path) -> None:
    between = story_text(7)
    bring(two_locked, tmp_path, x=f"{story_text(1)} {between}", y=f"{between} {story_text(2)}")
    for _ in range(2):
        assert [each.article for each in split.run(two_locked).quarantined] == ["x", "y"]
        assert splits_of(kept(two_locked)) == {"a": "train", "b": "test"}


def test_locked_articles_that_are_copies_after_all_are_withdrawn_from_train(two_locked: Workspace, tmp_path: Path) -> None:
    bring(two_locked, tmp_path, a=f"{story_text(2)} {story_text(3, 9)}", n=story_text(2))
    done = split.run(two_locked)
    assert ([each.article for each in done.withdrawn], done.quarantined) == (["a"], [])
    assert splits_of(kept(two_locked)) == {"b": "test", "n": "test"}


def decide(workspace: Workspace, *lines: str) -> None:
    path = workspace.folder / "decisions.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    stories.run(workspace, path)


def test_a_newcomer_that_makes_one_story_of_two_locked_articles_stays_out(two_locked: Workspace) -> None:
    """The two locked ones stay, on every later run, under stories of their own; the newcomer is drawn once it tells another story."""
    put(two_locked, stored("c"), stored("d", story="storm"))
    joined = ("a, c, same", "c, b, same")
    decide(two_locked, *joined)
    for _ in range(3):
        done = split.run(two_locked)
        assert (done.withdrawn, [each.article for each in done.quarantined]) == ([], ["c"])
        assert done.quarantined[0].reason == "joins articles locked in test and train"
        assert splits_of(kept(two_locked)).items() >= {"a": "train", "b": "test"}.items()
        assert splits_of(kept(two_locked)).keys() == set("abd")
        with Store(two_locked.store_path) as store:
            assert {each.id: each.story for each in store.articles()} == {"a": "a", "b": "b", "c": "a", "d": "storm"}
    decide(two_locked, *joined)
    assert [each.article for each in split.run(two_locked).quarantined] == ["c"]
    decide(two_locked, joined[0], "c, b, apart")
    assert split.run(two_locked).quarantined == []
    assert splits_of(kept(two_locked))["c"] == "train"


@pytest.mark.parametrize("named", [{}, {"c": "ships"}], ids=["by decisions", "into a story that it came with"])
def test_locked_articles_that_a_person_called_the_same_are_proved_whoever_joins_them_too(
    two_locked: Workspace, named: dict[str, str]
) -> None:
    put(two_locked, stored("c", story=named.get("c")), stored("d"))
    for _ in range(2):
        decide(two_locked, "a, c, same", "c, b, same", "a, b, same", "d, c, same")
        assert [each.article for each in split.run(two_locked).withdrawn] == ["a"]
        assert splits_of(kept(two_locked)) == {"b": "test", "c": "test", "d": "test"}


def test_locked_articles_that_came_with_one_story_are_proved_though_a_newcomer_joins_it(two_locked: Workspace) -> None:
    put(two_locked, stored("a", story="ships"), stored("b", story="ships"), stored("n"))
    decide(two_locked, "b, n, same")
    assert [each.article for each in split.run(two_locked).withdrawn] == ["a"]


def test_who_came_into_a_story_by_a_decision_does_not_prove_it(two_locked: Workspace) -> None:
    """The story's name came with one of the locked articles; the other bears it through the newcomer."""
    put(two_locked, stored("a", story="ships"), stored("n"))
    for _ in range(2):
        decide(two_locked, "a, n, same", "n, b, same")
    done = split.run(two_locked)
    assert (done.withdrawn, [each.article for each in done.quarantined]) == ([], ["n"])


def test_locked_articles_put_into_one_story_are_withdrawn_from_train_and_no_newcomer_brings_them_back(two_locked: Workspace) -> None:
    put(two_locked, stored("a", story="ships"), stored("b", story="ships"))
    for _ in range(2):
        done = split.run(two_locked)
        assert ([each.article for each in done.withdrawn], done.quarantined) == (["a"], [])
        put(two_locked, stored("c", story="ships"))
    assert splits_of(kept(two_locked)) == {"b": "test", "c": "test"}


def test_a_newcomer_that_joins_two_locked_groups_stays_out_and_they_stay(two_locked: Workspace) -> None:
    """One group by its story, the other as a copy."""
    put(two_locked, stored("a", story="ships"), stored("b", duplicates="wire"), stored("c", story="ships", duplicates="wire"))
    for _ in range(2):
        done = split.run(two_locked)
        assert (done.withdrawn, [each.article for each in done.quarantined]) == ([], ["c"])
        assert splits_of(kept(two_locked)) == {"a": "train", "b": "test"}


def test_a_group_that_somebody_named_stays_one(two_locked: Workspace) -> None:
    put(two_locked, stored("a", duplicates="wire"), stored("b", duplicates="wire"), stored("c", duplicates="wire"))
    assert [each.article for each in split.run(two_locked).withdrawn] == ["a"]
