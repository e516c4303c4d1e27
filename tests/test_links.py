"""Agreement on links: who is the same event as whom, however it was drawn."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from annotate.agreement.alignment import aligned_pairs
from annotate.agreement.frames.links import measure_links
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result
from annotate.demo import corpus
from annotate.records import Labelling
from tests.handmade import SCHEMA, event, labelling
from tests.test_alignment import exchanged, fewer, shuffled, some_labelling

Links = list[tuple[str, str]]

EVENTS = [event(f"e{n}", (10 * n, 10 * n + 5)) for n in range(6)]


def measured(*labellings: Labelling, how: Intervals = Intervals(method="none")) -> Result:
    (result,) = measure_links(SCHEMA, SCHEMA.link_layers[0], list(labellings), how=how)
    return result


@pytest.mark.parametrize(
    ("first", "second", "value", "units"),
    [
        ([("e0", "e1")], [("e1", "e0")], 1, 2),
        ([("e0", "e1"), ("e1", "e2"), ("e2", "e3")], [("e3", "e0"), ("e3", "e1"), ("e3", "e2")], 1, 12),
        ([("e0", "e2"), ("e1", "e2")], [("e2", "e0"), ("e1", "e0")], 1, 6),
        ([("e0", "e1")], [("e0", "e1"), ("e1", "e2")], 1 / 2, 4),
        ([("e0", "e1"), ("e2", "e3")], [("e0", "e1"), ("e1", "e2"), ("e2", "e3")], 2 * 2 / (2 + 6), 8),
        ([("e0", "e1"), ("e0", "e1"), ("e2", "e3")], [("e0", "e2")], 0, 3),
        ([("e0", "e1")], [], 0, 1),
        ([], [], None, 0),
    ],
    ids=["one", "a chain and a star", "two that meet", "one more", "two joined", "others, one drawn twice", "only one annotator's", "none"],
)
def test_links_by_hand(first: Links, second: Links, value: float | None, units: int) -> None:
    result = measured(labelling("a", *EVENTS, links=first), labelling("b", *EVENTS, links=second))
    assert (result.value, result.units, result.pairable) == (value if value is None else pytest.approx(value), units, units)
    assert result.reason == ("nobody linked two frames" if value is None else None)
    assert (result.pairs[0].value, result.pairs[0].units) == (result.value, units)


def test_a_link_to_a_frame_that_the_other_did_not_mark_is_missed() -> None:
    result = measured(labelling("a", *EVENTS[:3], links=[("e0", "e1"), ("e1", "e2")]), labelling("b", *EVENTS[:2], links=[("e0", "e1")]))
    assert result.value == pytest.approx(2 * 1 / (3 + 1))


def test_links_hold_through_a_frame_that_the_other_did_not_mark() -> None:
    result = measured(
        labelling("a", *EVENTS[:3], links=[("e0", "e1"), ("e1", "e2")]), labelling("b", EVENTS[0], EVENTS[2], links=[("e0", "e2")])
    )
    assert result.value == pytest.approx(2 * 1 / (3 + 1))


def test_links_are_summed_over_pairs_and_documents() -> None:
    one = [labelling("a", *EVENTS, links=[("e0", "e1")]), labelling("b", *EVENTS, links=[("e0", "e1")]), labelling("c", *EVENTS)]
    two = [structs.replace(each, article="velmora-2") for each in one[:2]]
    alone = structs.replace(one[0], article="velmora-3")
    result = measured(*one, *two, alone)
    assert result.value == pytest.approx(2 * (1 + 0 + 0 + 1) / (2 + 1 + 1 + 2))
    assert (result.units, result.pairable, result.annotators) == (5, 4, 3)
    assert [(pair.value, pair.units) for pair in result.pairs] == [(1, 4), (0, 1), (0, 1)]


def test_one_annotator_has_no_agreement() -> None:
    result = measured(labelling("a", *EVENTS, links=[("e0", "e1")]))
    assert (result.value, result.reason, result.units, result.pairable) == (None, "no document read by two", 1, 0)


def closed(own: Labelling) -> set[frozenset[str]]:
    """Every two events that a path of links joins."""
    links = {frozenset((each.first, each.second)) for each in own.links}
    for _ in own.frames:
        links |= {a ^ b for a, b in combinations(links, 2) if len(a & b) == 1}
    return links


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"))
def test_links_by_their_definition(first: Labelling, second: Labelling) -> None:
    (pair,) = aligned_pairs(SCHEMA, [first, second])
    one, other = closed(first), closed(second)
    same = {frozenset(pair.counterparts.get(end, "-") for end in link) for link in one} & other
    expected = pytest.approx(2 * len(same) / (len(one) + len(other))) if one or other else None
    assert measured(first, second).value == expected


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"), draw=st.randoms())
def test_order_and_who_is_who_are_irrelevant(first: Labelling, second: Labelling, draw: random.Random) -> None:
    value = measured(first, second).value
    assert measured(shuffled(second, draw), shuffled(first, draw)).value == value
    assert measured(*exchanged(first, second)).value == value
    assert measured(first, structs.replace(first, annotator="b")).value == (1 if first.links else None)


def test_the_demo_has_a_value_with_an_interval() -> None:
    labellings = [*corpus.labellings("first"), *corpus.labellings("second")]
    result = measured(*labellings, how=Intervals(replicates=200))
    assert result.value is not None
    assert result.interval is not None
    assert 0.5 < result.interval.low < result.value < result.interval.high < 1
    assert "|given:none|alignment:optimal-iou+type/2+arguments/4|" in result.signature
