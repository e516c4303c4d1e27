"""Train, dev and test: drawn by group, the same every time, locked for good."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.errors import BadInput
from annotate.records import Article
from annotate.release.split import Drawn, draw, groups
from annotate.steps import split
from annotate.store import Store
from annotate.workspace import Workspace

SHARES = {"train": 0.7, "dev": 0.1, "test": 0.2}


def article(name: str, story: str | None = None, duplicates: str | None = None) -> Article:
    return Article(id=name, original_id=None, text=f"Velmora, {name}", lang="en", story=story, duplicates=duplicates)


@st.composite
def corpora(draw: st.DrawFn, largest: int = 40) -> list[Article]:
    """Articles of which some share a story or are duplicates."""
    keys = st.one_of(st.none(), st.integers(0, 8).map(str))
    found = draw(st.lists(st.tuples(keys, keys), min_size=1, max_size=largest))
    return [article(f"a{number:03}", story, duplicates) for number, (story, duplicates) in enumerate(found)]


def members(articles: list[Article]) -> list[list[str]]:
    by_group: dict[str, list[str]] = defaultdict(list)
    for name, group in groups(articles).items():
        by_group[group].append(name)
    return list(by_group.values())


def homes(drawn: Drawn, names: list[str]) -> set[str]:
    return {drawn[name][0] for name in names if name in drawn}


# Groups


@pytest.mark.parametrize(
    ("articles", "expected"),
    [
        ([article("a"), article("b")], {"a": "a", "b": "b"}),
        ([article("b", story="s"), article("a", story="s")], {"a": "a", "b": "a"}),
        ([article("a", duplicates="d"), article("b", duplicates="d")], {"a": "a", "b": "a"}),
        ([article("a", story="x"), article("b", duplicates="x")], {"a": "a", "b": "b"}),
        (
            [article("d", "s2"), article("c", "s2", "d1"), article("b", "s1", "d1"), article("a", "s1"), article("e", "s3")],
            {"a": "a", "b": "a", "c": "a", "d": "a", "e": "e"},
        ),
    ],
    ids=["alone", "story", "duplicates", "a story and a copy of the same name", "a chain"],
)
def test_articles_of_a_story_or_copies_are_a_group(articles: list[Article], expected: dict[str, str]) -> None:
    assert groups(articles) == expected


def test_a_long_chain_is_one_group() -> None:
    chain = [article(f"a{n:04}", story=str(n // 2), duplicates=str((n + 1) // 2)) for n in range(2000)]
    assert set(groups(chain).values()) == {"a0000"}


# The draw


def test_a_draw_is_what_it_always_was() -> None:
    """The seed and the names decide, and nothing of this machine or this version: these were drawn once and written down."""
    articles = [article(name, story) for name, story in zip("abcdefghij", "1123456789", strict=True)]
    drawn, problems = draw(articles, {}, SHARES, 0)
    assert problems == []
    assert drawn == {
        "a": ("train", "a"),
        "b": ("train", "a"),
        "c": ("test", "c"),
        "d": ("train", "d"),
        "e": ("train", "e"),
        "f": ("train", "f"),
        "g": ("train", "g"),
        "h": ("test", "h"),
        "i": ("dev", "i"),
        "j": ("train", "j"),
    }


def test_another_seed_is_another_draw() -> None:
    articles = [article(f"a{n}") for n in range(50)]
    assert draw(articles, {}, SHARES, 0) != draw(articles, {}, SHARES, 1)


@settings(max_examples=60, deadline=None)
@given(corpora(), st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_order_of_the_articles_is_irrelevant(articles: list[Article], seed: int, shuffle: random.Random) -> None:
    shuffled = shuffle.sample(articles, len(articles))
    assert groups(shuffled) == groups(articles)
    assert draw(shuffled, {}, SHARES, seed) == draw(articles, {}, SHARES, seed)


@settings(max_examples=60, deadline=None)
@given(corpora(), st.integers(0, 5))
def test_every_article_is_drawn_and_no_group_crosses(articles: list[Article], seed: int) -> None:
    drawn, problems = draw(articles, {}, SHARES, seed)
    assert problems == []
    assert drawn.keys() == {each.id for each in articles}
    assert {split for split, _ in drawn.values()} <= SHARES.keys()
    assert all(len(homes(drawn, group)) == 1 for group in members(articles))
    assert {name: group for name, (_, group) in drawn.items()} == groups(articles)


@settings(max_examples=60, deadline=None)
@given(corpora(largest=150), st.sampled_from([SHARES, {"train": 8, "dev": 1, "test": 1}, {"train": 1, "dev": 0, "test": 1}]))
def test_shares_are_met_to_within_a_group(articles: list[Article], shares: dict[str, float]) -> None:
    """A group goes to a split that is below its share, so none ends up further above it than the largest group."""
    sizes = Counter(split for split, _ in draw(articles, {}, shares, 0)[0].values())
    largest = max(map(len, members(articles)))
    for name, share in shares.items():
        target = share / sum(shares.values()) * len(articles)
        assert target - 2 * largest - 1e-6 <= sizes[name] <= (target + largest + 1e-6 if share else 0)


def test_many_single_articles_meet_the_shares_closely() -> None:
    sizes = Counter(split for split, _ in draw([article(f"a{n}") for n in range(1000)], {}, SHARES, 3)[0].values())
    assert sizes == {"train": 700, "dev": 100, "test": 200}


@settings(max_examples=60, deadline=None)
@given(corpora(), st.integers(0, 5), st.sampled_from([0.2, 0.001]))
def test_the_test_split_is_never_empty(articles: list[Article], seed: int, share: float) -> None:
    drawn, _ = draw(articles, {}, SHARES | {"test": share}, seed)
    assert "test" in {split for split, _ in drawn.values()}


def test_a_test_split_of_no_share_stays_empty() -> None:
    drawn, _ = draw([article(f"a{n}") for n in range(20)], {}, {"train": 1, "dev": 1, "test": 0}, 0)
    assert Counter(split for split, _ in drawn.values()) == {"train": 10, "dev": 10}


def test_nothing_to_draw() -> None:
    assert draw([], {}, SHARES, 0) == ({}, [])


@pytest.mark.parametrize(
    "shares",
    [
        {"train": 0.9, "dev": -0.1, "test": 0.2},
        {"train": 0, "dev": 0, "test": 0},
        {"train": float("nan"), "dev": 0.1, "test": 0.2},
        {"train": float("inf"), "dev": 0.1, "test": 0.2},
    ],
    ids=["negative", "all zero", "not a number", "infinite"],
)
def test_bad_shares_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(BadInput, match="at least one above 0"):
        draw([article("a")], {}, shares, 0)


# What is locked


@settings(max_examples=100, deadline=None)
@given(corpora(), st.integers(0, 40), st.integers(0, 5))
def test_locked_articles_never_move_and_newcomers_join_their_group(articles: list[Article], early: int, seed: int) -> None:
    locked, _ = draw(articles[:early], {}, SHARES, 0)
    drawn, problems = draw(articles, locked, SHARES, seed)
    newcomers = {each.id for each in articles} - locked.keys()
    assert drawn.keys() | {each.place for each in problems} == newcomers
    assert len(drawn) + len(problems) == len(newcomers)
    for group in members(articles):
        torn = len(homes(locked, group)) > 1
        assert len(homes(locked | drawn, group)) == 1 or torn
        assert not (torn and drawn.keys() & set(group))


def test_a_newcomer_goes_where_its_group_is_locked_and_under_its_name() -> None:
    locked = {"b": ("dev", "b"), "c": ("dev", "b")}
    newcomer = article("a", story="s", duplicates="d")
    drawn, problems = draw([newcomer, article("b", story="s"), article("c", story="s"), article("z", duplicates="d")], locked, SHARES, 0)
    assert (drawn, problems) == ({"a": ("dev", "b"), "z": ("dev", "b")}, [])


def test_a_newcomer_that_joins_groups_of_one_split_goes_there() -> None:
    locked = {"a": ("train", "a"), "b": ("train", "b")}
    articles = [article("a", story="s"), article("b", duplicates="d"), article("c", story="s", duplicates="d")]
    assert draw(articles, locked, SHARES, 0) == ({"c": ("train", "a")}, [])


def test_a_newcomer_that_joins_groups_of_two_splits_is_reported_and_stays_out() -> None:
    locked = {"a": ("train", "a"), "b": ("test", "b")}
    articles = [article("a", story="s"), article("b", duplicates="d"), article("c", story="s", duplicates="d"), article("d")]
    drawn, problems = draw(articles, locked, SHARES, 0)
    assert drawn.keys() == {"d"}
    assert [(each.place, each.message) for each in problems] == [
        ("c", "joins articles locked in test and train; it is quarantined, in no split")
    ]


# The step


def put(workspace: Workspace, *articles: Article) -> None:
    with Store(workspace.store_path) as store:
        store.put_articles(articles)


def test_the_step_draws_once_and_locks(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    put(workspace, *(article(f"a{n}", story=str(n // 2)) for n in range(20)))
    first = split.run(workspace)
    with Store(workspace.store_path) as store:
        locked = store.splits()
    assert (first.drawn, sum(first.sizes.values()), first.largest_group, first.problems) == (20, 20, 2, [])
    assert first.sizes == {"train": 14, "dev": 2, "test": 4}

    put(workspace, *(article(f"b{n}") for n in range(30)))
    second = split.run(workspace)
    with Store(workspace.store_path) as store:
        after = store.splits()
    assert (second.drawn, sum(second.sizes.values())) == (30, 50)
    assert {name: after[name] for name in locked} == locked
    assert split.run(workspace).drawn == 0


def test_two_workspaces_draw_the_same(make_workspace: Callable[..., Workspace]) -> None:
    drawn = []
    for name, order in (("one", 1), ("two", -1)):
        workspace = make_workspace(name)
        put(workspace, *[article(f"a{n}") for n in range(30)][::order])
        split.run(workspace)
        with Store(workspace.store_path) as store:
            drawn.append(store.splits())
    assert drawn[0] == drawn[1]


def test_the_step_reports_who_stays_out(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    put(workspace, article("a", story="s"), article("b", duplicates="d"))
    with Store(workspace.store_path) as store:
        store.lock_splits({"a": ("train", "a"), "b": ("test", "b")})
    put(workspace, article("c", story="s", duplicates="d"))
    done = split.run(workspace)
    assert ([each.place for each in done.problems], done.drawn) == (["c"], 0)
    assert "quarantined" in split.show(done)
    with Store(workspace.store_path) as store:
        assert store.splits().keys() == {"a", "b"}


def test_the_step_takes_shares_and_seed_from_the_settings(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace(ANNOTATE_SPLIT_TRAIN="1", ANNOTATE_SPLIT_DEV="0", ANNOTATE_SPLIT_TEST="1", ANNOTATE_SPLIT_SEED="7")
    put(workspace, *(article(f"a{n}") for n in range(10)))
    assert split.run(workspace).sizes == {"train": 5, "dev": 0, "test": 5}


def test_the_step_refuses_bad_shares_and_locks_nothing(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace(ANNOTATE_SPLIT_TRAIN="-1")
    put(workspace, article("a"))
    with pytest.raises(BadInput, match="split shares"):
        split.run(workspace)
    with Store(workspace.store_path) as store:
        assert store.splits() == {}
