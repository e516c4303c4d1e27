"""What is locked never moves, whatever comes later."""

from __future__ import annotations

import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.records import LeftOut, Locked, SplitLock
from annotate.release.splits.draw import draw
from annotate.release.splits.groups import Drawable
from tests.split_articles import FIRST, article, corpora, locked, require_no_key_crosses, splits_of, why

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
