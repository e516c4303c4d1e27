"""`annotate split`: from a workspace's articles and its settings to a lock in its store."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from annotate.errors import BadInput, UsageProblem
from annotate.records import Article, Labelling, SplitShares
from annotate.steps import ingest, split
from annotate.store import Store
from annotate.workspace import Workspace
from tests.releases import annotate, label_all, label_mentions, label_nothing, write_articles
from tests.split_articles import kept, locked, put, splits_of, stored


def test_the_step_draws_once_and_locks(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    put(workspace, *(stored(f"a{n}", story=str(n // 2)) for n in range(20)))
    first = split.run(workspace)
    before = splits_of(kept(workspace))
    assert (first.drawn, sum(first.sizes.values()), first.largest_group, first.quarantined) == (20, 20, 2, [])
    assert first.sizes == {"train": 14, "dev": 2, "test": 4}
    assert "±" in first.warnings[0]

    put(workspace, *(stored(f"b{n}") for n in range(30)))
    second = split.run(workspace)
    after = splits_of(kept(workspace))
    assert (second.drawn, sum(second.sizes.values())) == (30, 50)
    assert {name: after[name] for name in before} == before
    assert split.run(workspace).drawn == 0


def test_a_dry_run_locks_nothing(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    put(workspace, *(stored(f"a{n}") for n in range(10)))
    dry = split.run(workspace, dry_run=True)
    with Store(workspace.store_path) as store:
        assert (dry.drawn, store.split_lock()) == (10, None)
    assert split.run(workspace).sizes == dry.sizes


def test_two_workspaces_draw_the_same(make_workspace: Callable[..., Workspace]) -> None:
    drawn = []
    for name, order in (("one", 1), ("two", -1)):
        workspace = make_workspace(name)
        put(workspace, *[stored(f"a{n}") for n in range(30)][::order])
        split.run(workspace)
        drawn.append(kept(workspace))
    assert drawn[0] == drawn[1]


def test_the_step_keeps_who_stays_out_and_lets_them_return(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    put(workspace, stored("a"), stored("b"))
    with Store(workspace.store_path) as store:
        store.put_split_lock(locked(a="train", b="test"))
    put(workspace, stored("a", story="s"), stored("b", duplicates="d"), stored("c", story="s", duplicates="d"))
    done = split.run(workspace)
    assert ([each.article for each in done.quarantined], done.drawn) == (["c"], 0)
    assert "1 quarantined, in no split:\n  c: joins articles" in split.show(done)
    put(workspace, stored("a", duplicates="d"))
    assert [each.article for each in split.run(workspace).withdrawn] == ["a"]
    assert splits_of(kept(workspace)) == {"b": "test", "c": "test"}
    put(workspace, stored("a"))
    assert split.run(workspace).withdrawn == []
    assert splits_of(kept(workspace))["a"] == "train"


def test_the_step_takes_its_terms_from_the_settings(make_workspace: Callable[..., Workspace]) -> None:
    shares = {"ANNOTATE_SPLIT_TRAIN": "1", "ANNOTATE_SPLIT_DEV": "0", "ANNOTATE_SPLIT_TEST": "1", "ANNOTATE_SPLIT_SEED": "7"}
    workspace = make_workspace(**shares)
    put(workspace, *(stored(f"a{n}") for n in range(10)))
    assert split.run(workspace).sizes == {"train": 5, "dev": 0, "test": 5}
    lock = kept(workspace)
    assert (lock.seed, lock.shares, lock.strategy) == (7, SplitShares(1, 0, 1), "stratified")
    held = make_workspace(
        "held", ANNOTATE_SPLIT_HOLDOUT="publisher=The Sadra Courier; publisher=Velmora Post", ANNOTATE_SPLIT_STRATEGY="hash"
    )
    outlets = ["The Sadra Courier", "Velmora Post", *["Karsenia Today"] * 8]
    put(held, *(stored(f"a{n}", publisher=outlet) for n, outlet in enumerate(outlets)))
    assert split.run(held).sizes["test"] == 2


def test_articles_that_came_labelled_are_split_by_their_labels_too(make_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    workspace = make_workspace()
    ingest.run(workspace, [str(write_articles(tmp_path / "articles.jsonl", 10))])

    def label(article: Article, who: str) -> Labelling:
        return label_all(article, who) if article.id in ("v-5", "v-7") else label_mentions(article, who)

    annotate(workspace, label)
    done = split.run(workspace, holdout=["type=TRANSFER"])
    assert {name for name, where in splits_of(kept(workspace)).items() if where == "test"} == {"v-5", "v-7"}
    assert done.holdout == ("type=TRANSFER",)
    with pytest.raises(UsageProblem, match="holdout type=TRANSFER and are locked"):
        split.run(workspace, holdout=["publisher=A"])


def test_an_article_labelled_with_nothing_holds_no_type(make_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    workspace = make_workspace()
    ingest.run(workspace, [str(write_articles(tmp_path / "articles.jsonl", 10))])
    annotate(workspace, lambda article, who: (label_nothing if article.id == "v-6" else label_all)(article, who))
    done = split.run(workspace, holdout=["type=TRANSFER"])
    assert done.quarantined == []
    assert splits_of(kept(workspace))["v-6"] != "test"


def test_a_lock_keeps_its_terms(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    put(workspace, stored("a"), stored("b"))
    split.run(workspace, strategy="hash")
    with pytest.raises(UsageProblem, match="strategy hash and are locked; temporal"):
        split.run(workspace, strategy="temporal")
    assert split.run(workspace, strategy="hash").strategy == "hash"


def test_the_step_refuses_bad_shares_and_locks_nothing(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace(ANNOTATE_SPLIT_TRAIN="-1")
    put(workspace, stored("a"))
    with pytest.raises(BadInput, match="split shares"):
        split.run(workspace)
    with Store(workspace.store_path) as store:
        assert store.split_lock() is None


def test_splits_go_from_release_to_release(make_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    """A new workspace takes an earlier release's lock, today's or that of the first releases, which had articles alone."""
    first = make_workspace("first")
    put(first, *(stored(f"a{n}") for n in range(20)))
    split.run(first)
    path = tmp_path / "splits.lock.json"
    path.write_bytes(msgspec.json.encode(kept(first)))
    second = make_workspace("second", ANNOTATE_SPLIT_SEED="9")
    put(second, *(stored(f"a{n}") for n in range(5, 30)))
    done = split.run(second, lock_file=path)
    assert (done.drawn, sum(done.sizes.values())) == (10, 25)
    before, after = splits_of(kept(first)), splits_of(kept(second))
    assert {name: after[name] for name in before if name in after} == {f"a{n}": before[f"a{n}"] for n in range(5, 20)}
    path.write_text(json.dumps({"articles": [{"article": "a6", "split": "train" if before["a6"] == "test" else "test", "group": "a6"}]}))
    with pytest.raises(BadInput, match=r"1 articles are locked elsewhere here \(a6"):
        split.run(second, lock_file=path)
    path.write_text("{")
    with pytest.raises(BadInput, match="name a release's splits"):
        split.run(second, lock_file=path)


def test_a_store_refuses_to_move_an_article(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    put(workspace, stored("a"))
    with Store(workspace.store_path) as store:
        store.put_split_lock(locked(a="train"))
        with pytest.raises(ValueError, match="would move"):
            store.put_split_lock(locked(a="test"))
        assert store.split_lock() == locked(a="train")
