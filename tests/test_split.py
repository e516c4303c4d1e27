"""Train, dev and test: drawn by group, each like the whole, the same every time."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.errors import BadInput
from annotate.records import Date, Locked, SplitLock, SplitShares
from annotate.release.splits.draw import draw, expected_half_width, small_test
from annotate.release.splits.groups import Drawable, Labels, groups_of
from annotate.release.splits.strata import largest_difference
from tests.split_articles import FIRST, SHARES, article, corpora, require_no_key_crosses, sizes, splits_of

RANDOM_SPLITS = 200


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


# What to expect of a small test


def test_the_expected_interval_of_a_test_score() -> None:
    """1.96·√(0.8 · 0.2 / n): ±0.175 at 20; a normal interval of a binomial share, by simulation too."""
    assert expected_half_width(20) == pytest.approx(0.1753, abs=1e-4)
    scores = np.random.default_rng(0).binomial(100, 0.8, 20_000) / 100
    assert expected_half_width(100) == pytest.approx((np.quantile(scores, 0.975) - np.quantile(scores, 0.025)) / 2, abs=0.011)
    assert small_test(246) is None
    assert "±0.18; 246 would give ±0.05" in (small_test(20) or "")
