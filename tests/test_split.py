"""Train, dev and test: drawn by group, each like the whole, the same every time, locked for good."""

from __future__ import annotations

import datetime
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.errors import BadInput, UsageProblem
from annotate.records import Article, Date, Labelling, LeftOut, Locked, Source, SplitLock, SplitShares
from annotate.release.splits.draw import draw, expected_half_width, small_test
from annotate.release.splits.groups import Drawable, Labels, groups_of
from annotate.release.splits.strata import largest_difference
from annotate.release.splits.temporal import days_of
from annotate.steps import ingest, split, stories
from annotate.store import Store
from annotate.workspace import Workspace
from tests.releases import annotate, label_all, label_mentions, write_articles

SHARES = {"train": 0.7, "dev": 0.1, "test": 0.2}
FIRST = SplitLock()
RANDOM_SPLITS = 200


def article(name: str, story: str | None = None, duplicates: str | None = None, publisher: str | None = None, day: int = 0) -> Drawable:
    date = Date(2024, 1 + (day - 1) // 28, 1 + (day - 1) % 28, "day", "byline") if day else Date()
    return Drawable(name, duplicates, story, publisher, "en", date, 1000)


def locked(**splits: str) -> SplitLock:
    """A lock in which each article is a group of its own."""
    return SplitLock(articles=tuple(Locked(name, where, name) for name, where in splits.items()))  # type: ignore[arg-type]


def splits_of(lock: SplitLock) -> dict[str, str]:
    return {each.article: each.split for each in lock.articles}


def why(lock: SplitLock) -> dict[str, str]:
    return {each.article: each.reason for each in lock.quarantined}


def sizes(lock: SplitLock) -> Counter[str]:
    return Counter(each.split for each in lock.articles)


@st.composite
def corpora(draw: st.DrawFn, largest: int = 40) -> list[Drawable]:
    """Articles of which some share a story or are duplicates."""
    keys = st.one_of(st.none(), st.integers(0, 8).map(str))
    found = draw(st.lists(st.tuples(keys, keys, st.sampled_from("ABC"), st.integers(0, 300)), min_size=1, max_size=largest))
    return [article(f"a{number:03}", story, copies, outlet, day) for number, (story, copies, outlet, day) in enumerate(found)]


def require_no_key_crosses(articles: Sequence[Drawable], lock: SplitLock) -> None:
    homes: dict[tuple[str, str], set[str]] = defaultdict(set)
    where = splits_of(lock)
    for each in articles:
        for key in each.keys if each.id in where else ():
            homes[key].add(where[each.id])
    assert all(len(found) == 1 for found in homes.values())


# Groups


@pytest.mark.parametrize(
    ("articles", "expected"),
    [
        ([article("a"), article("b")], {"a": ["a"], "b": ["b"]}),
        ([article("b", story="s"), article("a", story="s")], {"a": ["a", "b"]}),
        ([article("a", duplicates="d"), article("b", duplicates="d")], {"a": ["a", "b"]}),
        ([article("a", story="x"), article("b", duplicates="x")], {"a": ["a"], "b": ["b"]}),
        (
            [article("d", "s2"), article("c", "s2", "d1"), article("b", "s1", "d1"), article("a", "s1"), article("e", "s3")],
            {"a": ["a", "b", "c", "d"], "e": ["e"]},
        ),
    ],
    ids=["alone", "story", "duplicates", "a story and a copy of the same name", "a chain"],
)
def test_articles_of_a_story_or_copies_are_a_group(articles: list[Drawable], expected: dict[str, list[str]]) -> None:
    assert {group.name: [each.id for each in group.members] for group in groups_of(articles)} == expected


def test_a_long_chain_is_one_group() -> None:
    chain = [article(f"a{n:04}", story=str(n // 2), duplicates=str((n + 1) // 2)) for n in range(2000)]
    assert [group.name for group in groups_of(chain)] == ["a0000"]


# The draw


def test_a_draw_is_what_it_always_was() -> None:
    """The seed and the articles decide, and nothing of this machine or this version: these were drawn once and written down."""
    outlets = [article(name, story, publisher=outlet) for name, story, outlet in zip("abcdefghij", "1123456789", "ABABABABAB", strict=True)]
    articles = [each._replace(date=Date(2024, 1 + number, 1, "day", "byline")) for number, each in enumerate(outlets)]
    assert "".join(f"{name}{where[1]}" for name, where in splits_of(draw(articles, FIRST)).items()) == "aebecrdreefegrhrirjr"


def test_another_seed_is_another_draw() -> None:
    articles = [article(f"a{n}") for n in range(50)]
    assert splits_of(draw(articles, FIRST)) != splits_of(draw(articles, SplitLock(seed=1)))


@settings(max_examples=20, deadline=None)
@given(corpora(), st.integers(0, 5), st.sampled_from(["stratified", "hash"]), st.randoms(use_true_random=False))
def test_the_order_of_the_articles_is_irrelevant(articles: list[Drawable], seed: int, strategy: str, shuffle: random.Random) -> None:
    lock = SplitLock(strategy=strategy, seed=seed)  # type: ignore[arg-type]
    assert draw(shuffle.sample(articles, len(articles)), lock) == draw(articles, lock)


@settings(max_examples=25, deadline=None)
@given(corpora(), st.integers(0, 5), st.sampled_from(["stratified", "hash"]), st.sampled_from([0.2, 0.001]))
def test_every_article_is_drawn_no_group_crosses_and_test_is_never_empty(
    articles: list[Drawable], seed: int, strategy: str, share: float
) -> None:
    drawn = draw(articles, SplitLock(strategy=strategy, seed=seed, shares=SplitShares(test=share)))  # type: ignore[arg-type]
    assert not drawn.quarantined
    assert splits_of(drawn).keys() == {each.id for each in articles}
    assert sizes(drawn)["test"] > 0
    require_no_key_crosses(articles, drawn)
    for group in groups_of(articles):
        assert {each.group for each in drawn.articles if each.article in {one.id for one in group.members}} == {group.name}


@settings(max_examples=25, deadline=None)
@given(corpora(largest=150), st.sampled_from([SHARES, {"train": 8, "dev": 1, "test": 1}, {"train": 1, "dev": 0, "test": 1}]))
def test_shares_are_met_to_within_a_group(articles: list[Drawable], shares: dict[str, float]) -> None:
    found = sizes(draw(articles, SplitLock(shares=SplitShares(**shares))))
    largest = max(len(group.members) for group in groups_of(articles))
    for name, share in shares.items():
        target = share / sum(shares.values()) * len(articles)
        slack = max(1, 0.02 * target)
        assert target - 2 * largest - slack <= found[name] <= (target + largest + slack if share else 0)


def test_many_single_articles_meet_the_shares_closely() -> None:
    assert sizes(draw([article(f"a{n}") for n in range(1000)], FIRST)) == {"train": 700, "dev": 100, "test": 200}


def test_a_test_split_of_no_share_stays_empty() -> None:
    drawn = draw([article(f"a{n}") for n in range(20)], SplitLock(shares=SplitShares(1, 1, 0)))
    assert sizes(drawn) == {"train": 10, "dev": 10}


def test_nothing_to_draw() -> None:
    assert draw([], FIRST) == FIRST


@pytest.mark.parametrize("shares", [(0.9, -0.1, 0.2), (0, 0, 0), (float("nan"), 0.1, 0.2), (float("inf"), 0.1, 0.2)], ids=str)
def test_bad_shares_are_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(BadInput, match="at least one above 0"):
        draw([article("a")], SplitLock(shares=SplitShares(*shares)))


# Every split like the whole


def made_corpus(size: int, stories: int, seed: int, labelled: bool = False) -> list[Drawable]:
    """Articles whose outlet, language, month and length depend on their story, as they do in life."""
    own = random.Random(f"{size} {seed}")
    told = [(own.randrange(6), own.choice(["ar", "ar", "en"]), own.randrange(1, 13)) for _ in range(stories)]
    made = []
    for number in range(size):
        story = int(stories * own.random() ** 1.5)
        outlet, lang, month = told[story]
        outlet = outlet if own.random() < 0.6 else own.randrange(6)
        labels = [Labels("events.type", own.choice(["CONSULT", "ASSAULT", f"T{outlet}"]), 1.0) for _ in range(own.randrange(4))]
        date = Date(2024, month, 1, "day", "byline")
        length = int(own.lognormvariate(7, 0.6))
        made.append(Drawable(f"a{number}", None, f"s{story}", f"outlet {outlet}", lang, date, length, tuple(labels) if labelled else ()))
    return made


def random_grouped(articles: Sequence[Drawable], seed: int) -> dict[str, list[Drawable]]:
    """Groups in a random order, each to the split that is furthest below its share."""
    groups = groups_of(articles)
    random.Random(seed).shuffle(groups)
    found: dict[str, list[Drawable]] = {name: [] for name in SHARES}
    for group in groups:
        furthest = max(SHARES, key=lambda name: SHARES[name] - len(found[name]) / len(articles))
        found[furthest if found["test"] else "test"] += group.members
    return found


@pytest.mark.parametrize(
    ("size", "stories", "labelled"),
    [(40, 30, False), (60, 30, False), (100, 80, True), (300, 120, False), (300, 200, True), (1000, 300, False)],
)
def test_a_draw_is_more_even_than_random_ones(size: int, stories: int, labelled: bool) -> None:
    """Its largest share difference is below the 5th percentile of those of 200 random grouped splits."""
    articles = made_corpus(size, stories, seed=1, labelled=labelled)
    by_id = {each.id: each for each in articles}
    drawn: dict[str, list[Drawable]] = defaultdict(list)
    for name, where in splits_of(draw(articles, FIRST)).items():
        drawn[where].append(by_id[name])
    random_ones = [largest_difference(random_grouped(articles, seed)) for seed in range(RANDOM_SPLITS)]
    found = largest_difference(drawn)
    assert found is not None
    assert found.size < np.percentile([each.size for each in random_ones if each is not None], 5)


def test_the_largest_difference_is_named() -> None:
    outlets = {"train": ["A", "A", "B", "B"], "test": ["A", "B", "C", "C"]}
    made = {name: [article(f"{name}{n}", publisher=outlet) for n, outlet in enumerate(own)] for name, own in outlets.items()}
    found = largest_difference(made)
    assert found is not None
    assert (found.variable, found.value, found.split, found.size) == ("publisher", "C", "test", 0.25)


def test_new_articles_make_up_for_what_is_locked() -> None:
    """Where outlet A is all in train, more of the new ones of A go to dev and test."""
    old = [article(f"a{n}", publisher="A") for n in range(30)]
    lock = SplitLock(articles=tuple(Locked(each.id, "train", each.id) for each in old))
    drawn = draw([*old, *(article(f"b{n:02}", publisher="AB"[n % 2]) for n in range(70))], lock)
    where = splits_of(drawn)
    assert all(abs(sizes(drawn)[name] - 100 * share) <= 1 for name, share in SHARES.items())
    of_a = Counter(where[f"b{n:02}"] for n in range(0, 70, 2))
    assert 11 <= of_a["test"] <= 15


# By time


def test_days_are_as_certain_as_their_date() -> None:
    spans = [days_of(date) for date in (Date(2024, 2, 3, "day", "byline"), Date(2024, 2, None, "month", "inferred"), Date(2024))]
    assert [None if each is None else (each[0].isoformat(), each[1].isoformat()) for each in spans] == [
        ("2024-02-03", "2024-02-03"),
        ("2024-02-01", "2024-02-29"),
        None,
    ]
    assert days_of(Date(2024, 2, 3, "day", "scrape")) is None


def test_a_temporal_split_is_in_order_and_by_its_shares() -> None:
    articles = [article(f"a{n:03}", day=n + 1) for n in range(100)]
    drawn = draw(articles, SplitLock(strategy="temporal"))
    assert sizes(drawn) == {"train": 70, "dev": 10, "test": 20}
    where = splits_of(drawn)
    assert [where[each.id] for each in articles] == ["train"] * 70 + ["dev"] * 10 + ["test"] * 20
    assert (drawn.cuts.dev, drawn.cuts.test) == ("2024-03-15", "2024-03-25")


@settings(max_examples=25, deadline=None)
@given(corpora())
def test_temporal_splits_never_overlap_in_time(articles: list[Drawable]) -> None:
    try:
        drawn = draw(articles, SplitLock(strategy="temporal"))
    except BadInput as error:
        assert "one day" in str(error)  # noqa: PT017
        return
    by_id = {each.id: each for each in articles}
    ranges: dict[str, list[datetime.date]] = defaultdict(list)
    for name, where in splits_of(drawn).items():
        days = days_of(by_id[name].date)
        assert days is not None
        ranges[where] += days
    ordered = [ranges[name] for name in SHARES if ranges[name]]
    assert all(max(first) < min(second) for first, second in pairwise(ordered))
    assert {*why(drawn), *splits_of(drawn)} == by_id.keys()
    assert not splits_of(drawn) or "test" in splits_of(drawn).values()
    require_no_key_crosses(articles, drawn)


def test_dates_of_a_scrape_or_unknown_are_refused_and_the_rest_drawn() -> None:
    scraped = article("s", day=5)._replace(date=Date(2024, 1, 5, "day", "scrape"))
    drawn = draw([scraped, article("u"), *(article(f"a{n}", day=n + 1) for n in range(10))], SplitLock(strategy="temporal"))
    assert why(drawn).keys() == {"s", "u"}
    assert "scraped" in why(drawn)["s"]
    assert "not known" in why(drawn)["u"]
    assert len(drawn.articles) == 10


def test_cuts_stay_and_a_group_across_one_is_quarantined() -> None:
    old = [article(f"a{n:02}", day=n + 1) for n in range(20)]
    first = draw(old, SplitLock(strategy="temporal"))
    new = [article("old", day=2), article("new", day=99), article("x", story="s", day=1), article("y", story="s", day=99)]
    joins_late = article("z", story="t", day=99)
    second = draw([*(each._replace(story="t") if each.id == "a00" else each for each in old), *new, joins_late], first)
    where = splits_of(second)
    assert second.cuts == first.cuts
    assert (where["old"], where["new"]) == ("train", "test")
    assert why(second).keys() == {"x", "y", "z"}
    assert "across the cut" in why(second)["x"]
    assert "not of that time" in why(second)["z"]


def test_one_day_cannot_be_cut() -> None:
    with pytest.raises(BadInput, match="one day"):
        draw([article("a", day=3), article("b", day=3)], SplitLock(strategy="temporal"))


# By digest


def test_where_a_group_goes_by_digest_depends_on_nothing_else() -> None:
    articles = [article(f"a{n}") for n in range(2000)]
    all_ = splits_of(draw(articles, SplitLock(strategy="hash")))
    half = splits_of(draw(articles[::2], SplitLock(strategy="hash")))
    assert half.items() <= all_.items()
    counts = Counter(all_.values())
    assert all(abs(counts[name] / 2000 - share) < 0.03 for name, share in SHARES.items())


# Held out


@pytest.mark.parametrize("strategy", ["stratified", "hash"])
def test_an_outlet_held_out_is_all_of_test(strategy: str) -> None:
    articles = [article(f"a{n:02}", publisher="ABC"[n % 3], story="s" if n < 2 else None) for n in range(30)]
    drawn = draw(articles, SplitLock(strategy=strategy, holdout=("publisher=C",)))  # type: ignore[arg-type]
    where = splits_of(drawn)
    assert {each.id for each in articles if where[each.id] == "test"} == {each.id for each in articles if each.publisher == "C"}
    assert set(where.values()) == {"train", "dev", "test"}


def test_what_is_of_one_group_with_the_held_out_is_in_test_with_it() -> None:
    drawn = draw(
        [article("a", "s", publisher="A"), article("b", "s", publisher="B"), article("c", publisher="A")],
        SplitLock(holdout=("publisher=B",)),
    )
    assert splits_of(drawn) == {"a": "test", "b": "test", "c": "train"}


@pytest.mark.parametrize("asked", ["type=ASSAULT", "type=events.ASSAULT"])
def test_a_type_held_out_needs_labels(asked: str) -> None:
    labels = {"a": "ASSAULT", "b": "CONSULT", "c": "CONSULT"}
    articles = [article(name)._replace(labels=(Labels("events.type", kind, 1),)) for name, kind in labels.items()]
    drawn = draw([*articles, article("d")], SplitLock(holdout=(asked,)))
    assert {name for name, where in splits_of(drawn).items() if where == "test"} == {"a"}
    assert "not labelled" in why(drawn)["d"]


def test_a_new_article_of_the_held_out_outlet_never_joins_train() -> None:
    lock = SplitLock(holdout=("publisher=B",), articles=(Locked("a", "train", "a"),))
    drawn = draw([article("a", "s", publisher="A"), article("b", "s", publisher="B"), article("c", publisher="B")], lock)
    assert splits_of(drawn) == {"a": "train", "c": "test"}
    assert "held out" in why(drawn)["b"]


@pytest.mark.parametrize(
    ("holdout", "message"), [("publisher=Z", "there is publisher=A"), ("colour=red", "publisher=NAME"), ("publisher", "publisher=NAME")]
)
def test_a_holdout_of_nothing_is_a_usage_problem(holdout: str, message: str) -> None:
    with pytest.raises(UsageProblem, match=message):
        draw([article("a", publisher="A")], SplitLock(holdout=(holdout,)))


# What is locked


@settings(max_examples=50, deadline=None)
@given(corpora(), st.integers(0, 40), st.integers(0, 5), st.randoms(use_true_random=False))
def test_locked_articles_never_move_and_no_group_crosses(articles: list[Drawable], early: int, seed: int, own: random.Random) -> None:
    """Not even when what is known of the groups changes between two draws."""
    first = draw(articles[:early], FIRST)
    changed = [each._replace(story=own.choice([each.story, None, "1"])) for each in articles]
    second = draw(changed, msgspec.structs.replace(first, seed=seed))
    before, after = splits_of(first), splits_of(second)
    withdrawn = {each.article: each.split for each in second.withdrawn}
    assert {name: after.get(name, withdrawn.get(name)) for name in before} == before
    assert "test" not in withdrawn.values()
    assert len(after) + len(withdrawn) + len(second.quarantined) == len(articles)
    require_no_key_crosses(changed, second)
    third = draw(changed, second)
    assert (splits_of(third), [each.article for each in third.withdrawn]) == (after, sorted(withdrawn))


def test_a_newcomer_goes_where_its_group_is_locked_and_under_its_name() -> None:
    lock = SplitLock(articles=(Locked("b", "dev", "b"), Locked("c", "dev", "b")))
    newcomer = article("a", story="s", duplicates="d")
    drawn = draw([newcomer, article("b", story="s"), article("c", story="s"), article("z", duplicates="d")], lock)
    assert {each.article: (each.split, each.group) for each in drawn.articles} == dict.fromkeys("abcz", ("dev", "b"))


def test_a_newcomer_that_joins_groups_of_one_split_goes_there() -> None:
    articles = [article("a", story="s"), article("b", duplicates="d"), article("c", story="s", duplicates="d")]
    assert splits_of(draw(articles, locked(a="train", b="train")))["c"] == "train"


def test_only_what_joins_two_splits_is_quarantined() -> None:
    """c joins both; e and f each belong with one of them, and g with c alone."""
    articles = [
        article("a", story="s"),
        article("b", duplicates="d"),
        article("c", story="s", duplicates="d"),
        article("e", story="s"),
        article("f", duplicates="d"),
    ]
    drawn = draw(articles, locked(a="train", b="test"))
    assert splits_of(drawn) == {"a": "train", "b": "test", "e": "train", "f": "test"}
    assert why(drawn) == {"c": "joins articles locked in test and train"}


def test_a_bridge_of_two_newcomers_is_quarantined_and_what_hangs_on_it_is_free() -> None:
    articles = [
        article("a", story="s"),
        article("b", story="t"),
        article("x", story="s", duplicates="d"),
        article("y", story="t", duplicates="d"),
        article("z", duplicates="d"),
    ]
    drawn = draw(articles, locked(a="train", b="test"))
    assert why(drawn).keys() == {"x", "y"}
    assert "through the duplicates group d" in why(drawn)["x"]
    assert splits_of(drawn).keys() == {"a", "b", "z"}


def test_of_locked_duplicates_trainings_is_withdrawn_and_tests_stays() -> None:
    lock = locked(a="train", b="test", c="train", d="dev", e="train", f="train")
    articles = [article(name, duplicates=copies) for name, copies in zip("abcdef", ["1", "1", "2", "2", "3", "3"], strict=True)]
    drawn = draw(articles, lock)
    assert splits_of(drawn) == {"b": "test", "d": "dev", "e": "train", "f": "train"}
    assert [(each.article, each.split, each.group) for each in drawn.withdrawn] == [("a", "train", "a"), ("c", "train", "c")]
    assert drawn.withdrawn[0].reason == "proved to share its duplicates group 1 with b, locked in test"


def test_what_was_withdrawn_returns_to_its_place_when_it_turns_out_to_be_no_copy() -> None:
    copies = [article("a", duplicates="1"), article("b", duplicates="1")]
    withdrawn = draw(copies, locked(a="train", b="test"))
    assert splits_of(withdrawn) == {"b": "test"}
    assert draw([article("a"), article("b")], withdrawn) == locked(a="train", b="test")


def test_a_quarantined_article_is_drawn_once_it_is_free() -> None:
    lock = msgspec.structs.replace(locked(a="train", b="test"), quarantined=(LeftOut("c", "joins"),))
    drawn = draw([article("a"), article("b"), article("c")], lock)
    assert "c" in splits_of(drawn)
    assert not drawn.quarantined


def test_locked_articles_that_are_gone_keep_their_place() -> None:
    drawn = draw([article("b")], locked(a="train"))
    assert splits_of(drawn)["a"] == "train"


# What to expect of a small test


def test_the_expected_interval_of_a_test_score() -> None:
    """1.96·√(0.8 · 0.2 / n): ±0.175 at 20; a normal interval of a binomial share, by simulation too."""
    assert expected_half_width(20) == pytest.approx(0.1753, abs=1e-4)
    scores = np.random.default_rng(0).binomial(100, 0.8, 20_000) / 100
    assert expected_half_width(100) == pytest.approx((np.quantile(scores, 0.975) - np.quantile(scores, 0.025)) / 2, abs=0.011)
    assert small_test(246) is None
    assert "±0.18; 246 would give ±0.05" in (small_test(20) or "")


# The step


def stored(name: str, story: str | None = None, duplicates: str | None = None, publisher: str | None = None) -> Article:
    return Article(name, None, f"Velmora, {name}", "en", source=Source(publisher), story=story, duplicates=duplicates)


def put(workspace: Workspace, *articles: Article) -> None:
    with Store(workspace.store_path) as store:
        store.put_articles(articles)


def kept(workspace: Workspace) -> SplitLock:
    with Store(workspace.store_path) as store:
        lock = store.split_lock()
    assert lock is not None
    return lock


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


# Copies, as `ingest` finds them


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
