"""Alignment: which annotators' spans are one item, on random spans and by hand."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.agreement.alignment import align
from annotate.records import Mention
from tests.ratings import Place, few, some_places

Marked = dict[str, list[Mention]]


def mentions_of(marks: dict[str, list[Place]]) -> Marked:
    return {
        name: [Mention(f"{name}{n}", "mentions", label, start, end) for n, (start, end, label) in enumerate(places)]
        for name, places in marks.items()
    }


def ids(clusters: list[dict[str, Mention]]) -> list[set[str]]:
    return [{each.id for each in cluster.values()} for cluster in clusters]


def overlapping(a: Mention, b: Mention) -> bool:
    return a.start < b.end and b.start < a.end


some_aligned = st.dictionaries(st.sampled_from("abcd"), st.lists(some_places, max_size=5, unique=True)).map(mentions_of)
distinct_places = st.lists(st.tuples(some_places, st.sampled_from("abcd")), max_size=12, unique_by=lambda marked: marked[0]).map(
    lambda marks: mentions_of({name: [place for place, own in marks if own == name] for name in "abcd"})
)


@few
@given(spans=some_aligned)
def test_clusters_partition_the_spans_by_annotator(spans: Marked) -> None:
    clusters = align(spans)
    found = [(name, each.id) for cluster in clusters for name, each in cluster.items()]
    assert sorted(found) == sorted((name, each.id) for name, own in spans.items() for each in own)
    assert [min((each.start, each.end) for each in cluster.values()) for cluster in clusters] == sorted(
        min((each.start, each.end) for each in cluster.values()) for cluster in clusters
    )


@few
@given(spans=some_aligned)
def test_identical_spans_meet(spans: Marked) -> None:
    clusters = align(spans)
    home = {each.id: number for number, cluster in enumerate(clusters) for each in cluster.values()}
    everything = [each for own in spans.values() for each in own]
    for a, b in combinations(everything, 2):
        if (a.start, a.end, a.type) == (b.start, b.end, b.type):
            assert home[a.id] == home[b.id]


@few
@given(spans=some_aligned)
def test_overlapping_spans_are_apart_only_where_an_annotator_would_stand_twice(spans: Marked) -> None:
    clusters = align(spans)
    for one, other in combinations(clusters, 2):
        if not one.keys() & other.keys():
            assert not any(overlapping(a, b) for a in one.values() for b in other.values())
    for cluster in clusters:
        assert len(cluster) == 1 or all(any(a is not b and overlapping(a, b) for b in cluster.values()) for a in cluster.values())


@few
@given(spans=some_aligned, draw=st.randoms())
def test_the_order_of_annotators_and_spans_is_irrelevant(spans: Marked, draw: random.Random) -> None:
    shuffled = {name: draw.sample(spans[name], len(spans[name])) for name in draw.sample(list(spans), len(spans))}
    assert align(shuffled) == align(spans)


@few
@given(spans=distinct_places, names=st.permutations("abcd"))
def test_the_names_of_annotators_are_irrelevant_when_spans_differ(spans: Marked, names: list[str]) -> None:
    renamed = {names["abcd".index(name)]: own for name, own in spans.items()}
    assert ids(align(renamed)) == ids(align(spans))


@pytest.mark.parametrize(
    ("marks", "clusters"),
    [
        ({"a": [(0, 5, "X")], "b": [(5, 9, "X")]}, [{"a0"}, {"b0"}]),
        ({"a": [(0, 5, "X")], "b": [(0, 4, "Y")]}, [{"a0", "b0"}]),
        ({"a": [(0, 10, "X")], "b": [(0, 4, "X"), (3, 10, "X")]}, [{"b0"}, {"a0", "b1"}]),
        ({"a": [(0, 4, "X")], "b": [(0, 12, "X"), (1, 4, "X")]}, [{"a0", "b1"}, {"b0"}]),
        ({"a": [(2, 6, "X")], "b": [(0, 6, "Y"), (2, 8, "X")]}, [{"b0"}, {"a0", "b1"}]),
        ({"a": [(0, 5, "X")], "b": [(1, 5, "X")], "c": [(0, 6, "Y")]}, [{"a0", "b0", "c0"}]),
    ],
    ids=[
        "touching",
        "another type",
        "the larger overlap",
        "the larger share of the two",
        "the same type where overlaps are equal",
        "three annotators",
    ],
)
def test_alignment_by_hand(marks: dict[str, list[Place]], clusters: list[set[str]]) -> None:
    assert ids(align(mentions_of(marks))) == clusters
