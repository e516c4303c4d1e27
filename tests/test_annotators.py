"""Who: an annotator against the rest and agreement without them, compared with the plain definitions; confusion tables."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.agreement.annotators import Confusion, against_the_rest, confusions, spans_against_the_rest
from annotate.agreement.categories.coefficients import krippendorff_alpha
from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import Ratings, ratings_of_matrix, ratings_of_rows
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Rating, Result, Span
from annotate.agreement.spans.f1 import measure_spans
from annotate.errors import BadInput
from tests.ratings import some_places, spans_of

AGAINST, WITHOUT = "cohen_kappa_against_rest", "krippendorff_alpha_without"
SPANS_AGAINST, SPANS_WITHOUT = "span_f1_exact_against_rest", "span_f1_exact_without"
NONE = Intervals(method="none")
some = settings(max_examples=60, deadline=None)

# Three who mostly agree, and one who does not.
ROWS = {"amal": "aabbccabca", "badr": "aabbccabcb", "clio": "aabbccaacb", "dina": "bcabcaabab"}


def rated(rows: dict[str, str], units_a_document: int = 1, categories: str = "") -> Ratings:
    """A row is what an annotator gave each unit; ``.`` is nothing."""
    ratings = [
        Rating(f"d{unit // units_a_document}", f"u{unit:02}", name, value)
        for name, row in rows.items()
        for unit, value in enumerate(row)
        if value != "."
    ]
    return ratings_of_rows(ratings, list(categories) or None)


def measured(ratings: Ratings, how: Intervals = NONE, level: str = "nominal") -> dict[tuple[str, str | None], Result]:
    return {(each.measure, each.category): each for each in against_the_rest("layer", level, ratings, how)}


def cohen(first: str, second: str) -> float:
    """(p_o − p_e) / (1 − p_e) of two rows, of the units that both rated."""
    both = [(a, b) for a, b in zip(first, second, strict=True) if "." not in (a, b)]
    p_o = sum(a == b for a, b in both) / len(both)
    p_e = sum([a for a, _ in both].count(value) * [b for _, b in both].count(value) for value in "abc") / len(both) ** 2
    return (p_o - p_e) / (1 - p_e)


def test_kappa_against_the_rest_is_the_mean_of_the_pairs() -> None:
    found = measured(rated(ROWS))
    for name, row in ROWS.items():
        result = found[AGAINST, name]
        kappas = {tuple(sorted((name, other))): cohen(row, theirs) for other, theirs in ROWS.items() if other != name}
        assert result.value == pytest.approx(sum(kappas.values()) / 3)
        assert {pair.annotators: pair.value for pair in result.pairs} == pytest.approx(kappas)
        assert (result.units, result.pairable, result.annotators, {pair.units for pair in result.pairs}) == (10, 10, 4, {10})
    values = {name: found[AGAINST, name].value or 0 for name in ROWS}
    assert min(values, key=lambda name: values[name]) == "dina"


def test_alpha_without_an_annotator_is_alpha_of_the_others() -> None:
    found = measured(rated(ROWS))
    for name in ROWS:
        others = [["abc".index(value) for value in row] for other, row in ROWS.items() if other != name]
        result = found[WITHOUT, name]
        assert result.value == pytest.approx(krippendorff_alpha(others))
        assert (result.units, result.pairable, result.annotators, result.pairs) == (10, 10, 3, [])
    values = {name: found[WITHOUT, name].value or 0 for name in ROWS}
    assert max(values, key=lambda name: values[name]) == "dina"


def test_units_that_somebody_did_not_rate() -> None:
    rows = {"amal": "aab.b.", "badr": "aabb.c", "clio": "...a.c"}
    found = measured(rated(rows))
    amal = found[AGAINST, "amal"]
    assert amal.value == pytest.approx(cohen(rows["amal"], rows["badr"]))
    assert [(pair.annotators, pair.value, pair.units, pair.reason) for pair in amal.pairs] == [
        (("amal", "badr"), 1, 3, None),
        (("amal", "clio"), None, 0, "no unit rated by both"),
    ]
    assert (amal.units, amal.pairable) == (4, 3)
    without = found[WITHOUT, "amal"]
    assert (without.units, without.pairable) == (5, 2)
    assert without.value == pytest.approx(krippendorff_alpha([[1, 2], [0, 2]]))


@pytest.mark.parametrize(
    ("rows", "against", "without"),
    [
        ({"amal": "aabb"}, "there is no other annotator", "fewer than two annotators remain"),
        ({"amal": "ab", "badr": "ab"}, None, "fewer than two annotators remain"),
        ({"amal": "ab..", "badr": "..ab", "clio": "..ba"}, "no unit rated by them and another", None),
        (
            {"amal": "aa", "badr": "aa"},
            "no pair with them used two categories: no disagreement was possible",
            "fewer than two annotators remain",
        ),
        ({"amal": "ab", "badr": "aa", "clio": "aa"}, None, "only one category is in use: no disagreement was possible"),
        ({"amal": "abab", "badr": "ab..", "clio": "..ab"}, None, "no unit has two ratings of the others"),
    ],
    ids=["alone", "two", "apart", "one category", "one category of the others", "the others apart"],
)
def test_what_is_undefined_is_null_with_the_reason(rows: dict[str, str], against: str | None, without: str | None) -> None:
    found = measured(rated(rows), Intervals(replicates=50))
    for measure, reason in ((AGAINST, against), (WITHOUT, without)):
        result = found[measure, "amal"]
        assert (result.value is None) == (reason is not None)
        if reason is not None:
            assert (result.reason, result.interval) == (reason, None)


def test_more_annotators_than_pairs_are_measured_for() -> None:
    found = measured(ratings_of_matrix(np.tile([0.0, 1.0, 1.0], (51, 1))))
    against, without = found[AGAINST, "0"], found[WITHOUT, "0"]
    assert (against.value, against.pairs) == (None, [])
    assert against.reason == "more than 50 annotators: pairs are not measured; see krippendorff_alpha_without"
    assert without.value == 1


def test_sets_of_labels_have_no_kappa() -> None:
    rows = [Rating("d", unit, name, frozenset(unit[:1] + "x")) for name in ("a", "b", "c") for unit in ("u", "v")]
    found = measured(ratings_of_rows(rows))
    assert {measure for measure, _ in found} == {WITHOUT}
    assert found[WITHOUT, "a"].value == 1


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_without_goes_by_the_level(level: str) -> None:
    matrix = np.array([[1, 2, 3, 4, 2], [1, 2, 4, 4, 2], [2, 2, 3, 1, 1.0]])
    found = measured(ratings_of_matrix(matrix), level=level)
    assert found[WITHOUT, "1"].value == pytest.approx(krippendorff_alpha(matrix[[0, 2]], level))
    assert f"|level:{level}|" in found[WITHOUT, "1"].signature


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="no alpha for the level"):
        against_the_rest("layer", "holy", rated(ROWS))


def test_documents_are_resampled() -> None:
    how = Intervals(replicates=300)
    alone, together = (measured(rated({name: row * 4 for name, row in ROWS.items()}, units), how) for units in (1, 10))
    assert len(alone) == 8
    for key, result in alone.items():
        assert result.value == together[key].value
        assert result.interval is not None
        assert result.value is not None
        assert result.interval.low < result.value < result.interval.high
        other = together[key].interval
        assert other is not None  # four documents that are all alike
        assert other.high - other.low == pytest.approx(0)
    assert alone[AGAINST, "amal"].signature.startswith(
        "m:cohen_kappa_against_rest|unit:given|level:nominal|categories:3|missing:none|average:mean-of-pairs|ci:percentile-document-300-seed0|"
    )


def test_no_analytic_interval_is_claimed() -> None:
    for result in measured(rated(ROWS), Intervals(method="analytic")).values():
        assert result.value is not None
        assert result.reason == "no interval: no analytic variance is known for this one; use the bootstrap"


some_rows = st.integers(2, 4).flatmap(
    lambda annotators: st.integers(1, 7).flatmap(
        lambda units: st.lists(st.text("abc.", min_size=units, max_size=units), min_size=annotators, max_size=annotators)
    )
)


@some
@given(rows=some_rows)
def test_values_are_those_of_the_pairs_and_of_the_others_measured_by_themselves(rows: list[str]) -> None:
    named = dict(zip("wxyz", rows, strict=False))
    ratings = rated(named, categories="abc")
    found = measured(ratings)
    whole = next(each for each in measure_ratings("layer", "nominal", ratings, how=NONE) if each.measure == "cohen_kappa")
    for name in ratings.annotators:
        pairs = [pair for pair in whole.pairs if name in pair.annotators]
        known = [pair.value for pair in pairs if pair.value is not None]
        assert found[AGAINST, name].pairs == pairs
        assert found[AGAINST, name].value == (pytest.approx(sum(known) / len(known)) if known else None)
        rest = rated({other: row for other, row in named.items() if other != name}, categories="abc")
        alpha = next(each for each in measure_ratings("layer", "nominal", rest, how=NONE) if each.measure == "krippendorff_alpha")
        without = found[WITHOUT, name]
        assert without.value == (None if alpha.value is None else pytest.approx(alpha.value))
        assert (without.units, without.pairable) == (alpha.units, alpha.pairable)
        assert (without.value is None) == (without.reason is not None)


# ── Spans ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

MARKED = {
    "d1": {"amal": [(0, 5, "X"), (6, 9, "Y")], "badr": [(0, 5, "X"), (6, 9, "Y")], "clio": [(0, 5, "Y")]},
    "d2": {"amal": [(0, 5, "X")], "badr": [(0, 5, "X")]},
    "d3": {"clio": [(2, 4, "X")], "badr": []},
    "d4": {"amal": [(1, 2, "X")]},
}
Documents = dict[str, dict[str, list[tuple[int, int, str]]]]


def spans_measured(documents: Documents, how: Intervals = NONE) -> dict[tuple[str, str | None], Result]:
    return {(each.measure, each.category): each for each in spans_against_the_rest("layer", *as_input(documents), how)}


def as_input(documents: Documents) -> tuple[list[Span], list[tuple[str, str]]]:
    spans = [each for document, marks in documents.items() for name, places in marks.items() for each in spans_of(places, document, name)]
    return spans, [(document, name) for document, marks in documents.items() for name in marks]


def test_span_f1_against_the_rest_is_micro_over_the_pairs_with_them() -> None:
    found = spans_measured(MARKED)
    amal, clio = found[SPANS_AGAINST, "amal"], found[SPANS_AGAINST, "clio"]
    assert amal.value == pytest.approx(2 * (2 + 1) / ((2 + 2) + (2 + 1) + (1 + 1)))
    assert (amal.units, amal.pairable, amal.annotators) == (4, 3, 3)
    assert [(pair.annotators, pair.value, pair.units) for pair in amal.pairs] == [(("amal", "badr"), 1, 6), (("amal", "clio"), 0, 3)]
    assert (clio.value, clio.units, clio.pairable) == (0, 2, 2)


def test_span_f1_without_them_is_that_of_the_others() -> None:
    found = spans_measured(MARKED)
    without = found[SPANS_WITHOUT, "clio"]
    assert (without.value, without.units, without.pairable, without.annotators, without.pairs) == (1, 7, 6, 2, [])
    assert found[SPANS_WITHOUT, "badr"].value == 0
    assert found[SPANS_WITHOUT, "amal"].value == 0


@pytest.mark.parametrize(
    ("documents", "against", "without"),
    [
        ({"d": {"amal": [(0, 1, "X")]}}, "there is no other annotator", "fewer than two annotators remain"),
        ({"d": {"amal": [], "badr": []}}, "neither they nor another marked a span", "fewer than two annotators remain"),
        (
            {"d": {"amal": [(0, 1, "X")]}, "e": {"badr": [], "clio": []}},
            "no document read by them and another",
            "none of the others marked a span",
        ),
        (
            {"d": {"amal": [], "badr": []}, "e": {"amal": [], "clio": []}},
            "neither they nor another marked a span",
            "no document read by two of the others",
        ),
    ],
    ids=["alone", "nothing marked", "apart", "the others apart"],
)
def test_undefined_span_f1_is_null_with_the_reason(documents: Documents, against: str, without: str) -> None:
    found = spans_measured(documents, Intervals(replicates=20))
    for measure, reason in ((SPANS_AGAINST, against), (SPANS_WITHOUT, without)):
        result = found[measure, "amal"]
        assert (result.value, result.reason, result.interval) == (None, reason, None)


def test_no_spans_at_all() -> None:
    assert spans_against_the_rest("layer", [], []) == []


def test_span_documents_are_resampled_and_named_in_the_signature() -> None:
    many = {f"{name}{turn}": marks for turn in range(8) for name, marks in MARKED.items()}
    result = spans_measured(many, Intervals(replicates=200))[SPANS_AGAINST, "amal"]
    assert result.interval is not None
    assert result.value is not None
    assert result.interval.low < result.value < result.interval.high
    assert result.interval.method == "percentile bootstrap over 16 documents"
    assert "m:span_f1_exact_against_rest|unit:span|match:typed-one-to-one|average:micro" in result.signature


def test_what_is_no_span_is_refused() -> None:
    with pytest.raises(BadInput, match="from 3 to 3 is no span"):
        spans_against_the_rest("layer", [Span("d", "a", 3, 3, "X")], [])


@some
@given(
    documents=st.dictionaries(
        st.sampled_from(["d", "e", "f"]),
        st.dictionaries(st.sampled_from("wxyz"), st.lists(some_places, max_size=4), min_size=1),
        min_size=1,
    )
)
def test_span_f1_is_that_of_the_pairs_and_of_the_others_measured_by_themselves(documents: Documents) -> None:
    found = spans_measured(documents)
    for name in {name for marks in documents.values() for name in marks}:
        pairs = [
            {each: marks[each] for each in both} for marks in documents.values() for both in combinations(sorted(marks), 2) if name in both
        ]
        of_pairs = exact({f"pair {number}": marks for number, marks in enumerate(pairs)})
        assert found[SPANS_AGAINST, name].value == (None if of_pairs is None else pytest.approx(of_pairs))
        others = exact({each: {other: places for other, places in marks.items() if other != name} for each, marks in documents.items()})
        assert found[SPANS_WITHOUT, name].value == (None if others is None else pytest.approx(others))


def exact(documents: Documents) -> float | None:
    return next(each for each in measure_spans("layer", *as_input(documents), how=NONE) if each.measure == "span_f1_exact").value


# ── Confusions ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_confusions_are_counted_by_pair_and_together() -> None:
    ratings = rated({"amal": "aabb.", "badr": "abab.", "clio": "a..ac"}, categories="cab")
    assert confusions("layer", ratings) == [
        Confusion("layer", None, None, "a", "a", 3),
        Confusion("layer", None, None, "a", "b", 4),
        Confusion("layer", None, None, "b", "b", 1),
        Confusion("layer", "amal", "badr", "a", "a", 1),
        Confusion("layer", "amal", "badr", "a", "b", 1),
        Confusion("layer", "amal", "badr", "b", "a", 1),
        Confusion("layer", "amal", "badr", "b", "b", 1),
        Confusion("layer", "amal", "clio", "a", "a", 1),
        Confusion("layer", "amal", "clio", "b", "a", 1),
        Confusion("layer", "badr", "clio", "a", "a", 1),
        Confusion("layer", "badr", "clio", "b", "a", 1),
    ]


def test_sets_are_named_by_their_labels() -> None:
    rows = [Rating("d", "u", "a", frozenset({"y", "x"})), Rating("d", "u", "b", frozenset({"z"}))]
    (together, pair) = confusions("layer", ratings_of_rows(rows))
    assert ({together.first, together.second}, together.count) == ({"x+y", "z"}, 1)
    assert (pair.first_annotator, pair.first, pair.second) == ("a", "x+y", "z")


def test_one_annotator_confuses_nothing() -> None:
    assert confusions("layer", rated({"amal": "ab"})) == []


@some
@given(rows=some_rows)
def test_confusions_are_the_plain_counts(rows: list[str]) -> None:
    named = dict(zip("wxyz", rows, strict=False))
    found = {
        (each.first_annotator, each.second_annotator, each.first, each.second): each.count for each in confusions("layer", rated(named))
    }
    expected: dict[tuple[str | None, str | None, str, str], int] = {}
    for a, b in combinations(named, 2):
        for one, other in zip(named[a], named[b], strict=True):
            if "." not in (one, other):
                low, high = sorted((one, other))
                for key in ((a, b, one, other), (None, None, low, high)):
                    expected[key] = expected.get(key, 0) + 1
    assert found == expected
