"""Spans: F1 by hand, matching one to one, what is undefined, and their signatures."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate import __version__
from annotate.agreement.spans import exact_matches, measure_spans, overlap_matches
from tests.ratings import SPAN_MEASURES, Documents, Place, few, number, some_places, spans_measured, spans_of

some_marks = st.lists(some_places, max_size=5)


@pytest.mark.parametrize(
    ("first", "second", "exact", "overlap"),
    [
        pytest.param([(0, 5, "X")], [(0, 5, "X")], 1, 1, id="same"),
        pytest.param([(0, 5, "X")], [(1, 5, "X")], 0, 1, id="another boundary"),
        pytest.param([(0, 5, "X")], [(0, 5, "Y")], 0, 0, id="another label"),
        pytest.param([(0, 5, "X")], [(5, 9, "X")], 0, 0, id="touching"),
        pytest.param([(0, 5, "X"), (7, 9, "X")], [(0, 5, "X")], 2 / 3, 2 / 3, id="one missed"),
        pytest.param(
            [(0, 5, "X"), (7, 9, "Y")], [(0, 4, "X"), (7, 9, "Y"), (11, 12, "X")], 2 / 5, 4 / 5, id="one exact, one near, one extra"
        ),
        pytest.param([(0, 9, "X")], [(0, 4, "X"), (5, 9, "X")], 0, 2 / 3, id="one over two counts once"),
        pytest.param([(0, 5, "X"), (0, 5, "X")], [(0, 5, "X")], 2 / 3, 2 / 3, id="marked twice counts once"),
        pytest.param([(0, 9, "X"), (0, 3, "X")], [(1, 4, "X"), (6, 8, "X")], 0, 1, id="chain: taking the first match would leave one over"),
        pytest.param([], [(0, 5, "X")], 0, 0, id="read, marked nothing"),
    ],
)
def test_f1_by_hand(first: list[Place], second: list[Place], exact: float, overlap: float) -> None:
    for documents in ({"d": {"a": first, "b": second}}, {"d": {"a": second, "b": first}}):
        results = spans_measured(documents)
        assert [number(results[measure]) for measure in SPAN_MEASURES] == pytest.approx([exact, overlap])


def test_f1_of_several_annotators_is_micro_over_pairs_and_documents() -> None:
    documents: Documents = {
        "one": {"a": [(0, 5, "X"), (7, 9, "X")], "b": [(0, 5, "X")], "c": []},  # a–b 1 of 3 spans, a–c 0 of 2, b–c 0 of 1
        "two": {"a": [(0, 5, "X")], "b": [(0, 5, "X")]},  # a–b 1 of 2
    }
    result = spans_measured(documents)["span_f1_exact"]
    assert number(result) == pytest.approx(2 * 2 / 8)
    assert [(each.annotators, each.value, each.units) for each in result.pairs] == [
        (("a", "b"), pytest.approx(2 * 2 / 5), 5),
        (("a", "c"), 0, 2),
        (("b", "c"), 0, 1),
    ]


def test_documents_read_by_one_do_not_count() -> None:
    both: Documents = {"d": {"a": [(0, 5, "X")], "b": [(0, 5, "X"), (6, 7, "X")]}}
    alone: Documents = {"e": {"a": [(0, 5, "X"), (6, 8, "Y")]}, "f": {"c": []}}
    for measure, result in spans_measured(both | alone).items():
        assert result.value == pytest.approx(number(spans_measured(both)[measure]))
        assert (result.units, result.pairable, result.annotators) == (5, 3, 3)


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ({}, "no document read by two"),
        ({"d": {"a": [(0, 5, "X")]}, "e": {"b": [(0, 5, "X")]}}, "no document read by two"),
        ({"d": {"a": [], "b": []}}, "nobody marked a span"),
    ],
)
def test_f1_that_is_undefined_says_why(documents: Documents, reason: str) -> None:
    for result in spans_measured(documents, replicates=20).values():
        written = msgspec.json.decode(msgspec.json.encode(result))
        assert (result.value, written["value"], written["interval"], written["reason"]) == (None, None, None, reason)


def test_pairs_without_f1_say_why() -> None:
    documents: Documents = {"one": {"a": [], "b": []}, "two": {"b": [(0, 5, "X")], "c": []}}
    pairs = {each.annotators: (each.value, each.reason) for each in spans_measured(documents)["span_f1_exact"].pairs}
    assert pairs == {("a", "b"): (None, "no span of either"), ("a", "c"): (None, "no document read by both"), ("b", "c"): (0, None)}


def most_pairs(first: list[Place], second: list[Place]) -> int:
    """The largest one-to-one matching of overlapping spans of one label, by trying every assignment."""
    few_spans, many = sorted((first, second), key=len)
    return max(
        sum(a[0] < b[1] and b[0] < a[1] and a[2] == b[2] for a, b in zip(few_spans, chosen, strict=True))
        for chosen in permutations(many, len(few_spans))
    )


@few
@given(first=some_marks, second=some_marks)
def test_overlap_matching_is_the_best_there_is(first: list[Place], second: list[Place]) -> None:
    assert overlap_matches(spans_of(first), spans_of(second)) == most_pairs(first, second)


@few
@given(first=some_marks, second=some_marks)
def test_matches_are_symmetric_and_exact_ones_overlap(first: list[Place], second: list[Place]) -> None:
    a, b = spans_of(first), spans_of(second)
    assert exact_matches(a, b) == exact_matches(b, a)
    assert exact_matches(a, b) <= overlap_matches(a, b) == overlap_matches(b, a) <= min(len(a), len(b))


def test_a_long_chain_of_overlaps_is_matched() -> None:
    """Sentences cut by two hands, each cut a little apart: every span overlaps the next one too."""
    first = [(10 * n, 10 * n + 10, "X") for n in range(1500)]
    second = [(10 * n + 5, 10 * n + 15, "X") for n in range(1500)]
    assert overlap_matches(spans_of(first[::-1]), spans_of(second)) == 1500


def test_signatures_of_spans() -> None:
    for result in measure_spans("layer", [], [], replicates=50, seed=7):
        assert result.signature == (
            f"m:{result.measure}|unit:span|match:typed-one-to-one|average:micro|ci:percentile-document-50-seed7|annotate:{__version__}"
        )
