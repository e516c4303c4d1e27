"""Splits by time, by a digest, and with what only test has."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings

from annotate.errors import BadInput, UsageProblem
from annotate.records import Date, Locked, SplitLock
from annotate.release.splits.draw import draw
from annotate.release.splits.groups import Drawable, Labels
from annotate.release.splits.temporal import days_of
from tests.split_articles import SHARES, article, corpora, require_no_key_crosses, sizes, splits_of, why

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


def test_an_unknown_holdout_is_told_what_there_is() -> None:
    labels = tuple(Labels("events.type", f"TYPE{number}", 1.0) for number in range(20))
    known = [article("a", publisher="Harbour Post")._replace(labels=labels), article("b")]
    with pytest.raises(UsageProblem, match=r"no article is of publisher=Z; there is publisher=Harbour Post$"):
        draw(known, SplitLock(holdout=("publisher=Z",)))
    with pytest.raises(UsageProblem, match=r"there is type=.*, type=.* …$"):
        draw(known, SplitLock(holdout=("type=Z",)))
    with pytest.raises(UsageProblem, match=r"no article names its publisher$"):
        draw([article("b")], SplitLock(holdout=("publisher=Z",)))


def test_an_article_without_a_day_beside_a_cut_is_told_so() -> None:
    dated = [article(f"a{day:02}", day=day) for day in range(1, 21)]
    drawn = draw([*dated, article("x")._replace(date=Date(2024, 1, None, "month", "metadata"))], SplitLock(strategy="temporal"))
    (left,) = drawn.quarantined
    assert (left.article, left.reason.partition(" the cut ")[0]) == ("x", "its date is not exact enough to tell on which side of")


@pytest.mark.parametrize(
    ("holdout", "message"), [("publisher=Z", "there is publisher=A"), ("colour=red", "publisher=NAME"), ("publisher", "publisher=NAME")]
)
def test_a_holdout_of_nothing_is_a_usage_problem(holdout: str, message: str) -> None:
    with pytest.raises(UsageProblem, match=message):
        draw([article("a", publisher="A")], SplitLock(holdout=(holdout,)))
