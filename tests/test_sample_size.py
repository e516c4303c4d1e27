"""How much more: Bloch & Kraemer's published numbers, design effects by their definition, and documents needed by hand."""

from __future__ import annotations

import re
from math import ceil, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.agreement.categories.addends import alpha_addends
from annotate.agreement.categories.coefficients import krippendorff_alpha
from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import Floats, Ratings, ratings_of_matrix
from annotate.agreement.intervals import Intervals, Method, Resampled
from annotate.agreement.sample_size import SampleSize, bloch_kraemer, design_effect, how_much_more

HOW = Intervals(replicates=400)
ONE_CATEGORY = "only one category is in use: no disagreement was possible"
some = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("alpha_min", "p_c", "units"),
    [
        (0.8, 0.25, 139),  # Krippendorff (2019), as the ATLAS.ti manual tables it: two coders, four codes, p = .05
        (0.667, 0.25, 81),
        (0.667, 0.5, 60),  # by hand: 2 · 2.70570 · (1.667 · 2.333 / (4 · .333 · .25) − .667) = 59.6
        (0.0, 0.5, 17),  # 2 · 2.70570 · 3 = 16.2
    ],
)
def test_bloch_and_kraemers_number_of_units(alpha_min: float, p_c: float, units: int) -> None:
    assert bloch_kraemer(alpha_min, p_c) == units


def test_a_rarer_category_and_a_stricter_test_need_more_units() -> None:
    assert bloch_kraemer(0.667, 0.05) > bloch_kraemer(0.667, 0.1) > bloch_kraemer(0.667, 0.5)
    assert bloch_kraemer(0.667, 0.25, z=2.3263) > bloch_kraemer(0.667, 0.25)
    assert bloch_kraemer(0.667, 0.1) == bloch_kraemer(0.667, 0.9)


@pytest.mark.parametrize(("alpha_min", "p_c"), [(0.8, 0), (0.8, 1), (1, 0.5), (-1, 0.5)])
def test_bloch_and_kraemer_outside_their_range(alpha_min: float, p_c: float) -> None:
    with pytest.raises(ValueError, match="0 < p_c < 1"):
        bloch_kraemer(alpha_min, p_c)


def matrix(documents: int, units: int, noise: float = 0.2, seed: int = 0) -> Floats:
    """Two annotators of three categories, who take ``noise`` of the units at random: (2, documents · units)."""
    draw = np.random.default_rng(seed)
    first = draw.integers(0, 3, documents * units)
    second = np.where(draw.random(documents * units) < noise, draw.integers(0, 3, documents * units), first)
    return np.stack([first, second]).astype(np.float64)


def in_documents(units: int, times: int) -> list[str]:
    return [f"document {number // times}" for number in range(units * times)]


def repeated(times: int, units: int = 40) -> Ratings:
    """Documents of so many units each, all of them rated alike."""
    return ratings_of_matrix(np.repeat(matrix(units, 1), times, axis=1), in_documents(units, times))


def leave_one_out(values: Floats, documents: list[str]) -> float:
    """The jackknife's variance, by its definition."""
    names, owner = sorted(set(documents)), np.array(documents)
    left = np.array([krippendorff_alpha(values[:, owner != name]) for name in names], np.float64)
    return float((len(names) - 1) / len(names) * ((left - left.mean()) ** 2).sum())


# ── The design effect ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def effect(found: SampleSize) -> float:
    assert found.design_effect is not None, found.reason_bloch_kraemer
    return found.design_effect


def test_the_design_effect_by_its_definition() -> None:
    values, documents = matrix(12, 5), in_documents(12, 5)
    found = how_much_more("layer", "nominal", ratings_of_matrix(values, documents), 0.1, HOW)
    units = [str(number) for number in range(60)]
    assert effect(found) == pytest.approx(leave_one_out(values, documents) / leave_one_out(values, units))


def test_one_unit_a_document_has_a_design_effect_of_one() -> None:
    values = matrix(60, 1)
    found = [how_much_more("layer", "nominal", ratings_of_matrix(values, named), 0.1, HOW) for named in (None, in_documents(60, 1))]
    assert [effect(each) for each in found] == pytest.approx([1, 1])


@pytest.mark.parametrize("times", [2, 5])
def test_units_that_are_all_alike_in_a_document_multiply_the_variance(times: int) -> None:
    assert effect(how_much_more("layer", "nominal", repeated(times), 0.1, HOW)) == pytest.approx(times, rel=0.05)


def test_a_design_effect_needs_two_documents_and_a_variance() -> None:
    own = alpha_addends("nominal", ratings_of_matrix(matrix(1, 10), ["one"] * 10))
    by_unit = Resampled(own.tables, own.patterns.times, own.tables[:0])
    assert design_effect(Resampled(*own.by_document, own.tables[:0]), by_unit, own.statistic) is None
    same = alpha_addends("nominal", ratings_of_matrix(np.array([[0, 1, 0, 1], [0, 1, 0, 1]])))
    tables = Resampled(*same.by_document, same.tables[:0])
    assert design_effect(tables, tables, same.statistic) is None
    assert design_effect(by_unit, by_unit, own.statistic) == 1


# ── Documents ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_width_falls_with_the_root_of_the_documents() -> None:
    ratings = ratings_of_matrix(matrix(50, 4), in_documents(50, 4))
    found = how_much_more("layer", "nominal", ratings, 0.02, HOW)
    assert found.half_width_now is not None
    assert found.documents_needed == ceil(50 * (found.half_width_now / 0.02) ** 2)
    assert (found.documents, found.more) == (50, found.documents_needed - 50)
    now = next(each.interval for each in measure_ratings("layer", "nominal", ratings, how=HOW) if each.measure == "krippendorff_alpha")
    assert now is not None
    assert found.half_width_now == pytest.approx((now.high - now.low) / 2, rel=0.15)
    assert found.reason is None
    half = how_much_more("layer", "nominal", ratings, 0.01, HOW)
    assert half.documents_needed == pytest.approx(4 * found.documents_needed, abs=4)


def test_the_documents_that_are_asked_for_give_the_width_that_is_wanted() -> None:
    now = how_much_more("layer", "nominal", ratings_of_matrix(matrix(40, 3), in_documents(40, 3)), 0.06, HOW)
    assert now.documents_needed is not None
    assert now.documents_needed > 60
    later = how_much_more(
        "layer", "nominal", ratings_of_matrix(matrix(now.documents_needed, 3, seed=1), in_documents(now.documents_needed, 3)), 0.06, HOW
    )
    assert later.half_width_now == pytest.approx(0.06, rel=0.25)


def test_what_is_narrow_enough_needs_no_more() -> None:
    found = how_much_more("layer", "nominal", ratings_of_matrix(matrix(50, 2), in_documents(50, 2)), 0.9, HOW)
    assert (found.documents_needed, found.more) == (50, 0)


def test_documents_that_one_annotator_rated_are_not_counted() -> None:
    values, documents = matrix(40, 2), in_documents(40, 2)
    single = np.array([[0.0] * 30, [np.nan] * 30])
    more = ratings_of_matrix(np.hstack([values, single]), [*documents, *(f"single {number}" for number in range(30))])
    expected = how_much_more("layer", "nominal", ratings_of_matrix(values, documents), 0.05, HOW)
    found = how_much_more("layer", "nominal", more, 0.05, HOW)
    assert (found.documents, found.units_needed) == (40, expected.units_needed)
    assert found.design_effect == pytest.approx(expected.design_effect)
    assert found.half_width_now == pytest.approx(expected.half_width_now)


def test_bloch_and_kraemers_units_in_documents() -> None:
    values = np.array([[0] * 30 + [1] * 8 + [2, 2], [0] * 29 + [1] * 9 + [2, 1]], np.float64).repeat(4, axis=1)
    found = how_much_more("layer", "nominal", ratings_of_matrix(values, in_documents(40, 4)), 0.1, HOW)
    assert found.units_needed == bloch_kraemer(0.667, 3 / 80)
    assert found.documents_by_bloch_kraemer == ceil(bloch_kraemer(0.667, 3 / 80) * effect(found) / 4)
    assert found.reason_bloch_kraemer is None
    assert effect(found) > 3


def test_a_design_effect_below_one_does_not_lower_the_documents() -> None:
    # In each document one unit is agreed on and one is not: more alike than chance makes them.
    values = np.array([[0, 1, 1, 0] * 10, [0, 0, 1, 1] * 10], np.float64)
    found = how_much_more("layer", "nominal", ratings_of_matrix(values, in_documents(20, 2)), 0.1, HOW)
    assert effect(found) < 1
    assert found.documents_by_bloch_kraemer == ceil(bloch_kraemer(0.667, 0.5) / 2)


def test_categories_that_nobody_used_are_not_the_rarest() -> None:
    values, documents = matrix(40, 2), in_documents(40, 2)
    declared = ratings_of_matrix(values, documents, categories=[0, 1, 2, 3])
    assert how_much_more("layer", "nominal", declared, 0.1, HOW) == how_much_more(
        "layer", "nominal", ratings_of_matrix(values, documents), 0.1, HOW
    )


@pytest.mark.parametrize("method", ["percentile", "bca", "jackknife"])
def test_every_interval_by_resampling_will_do(method: Method) -> None:
    how = Intervals(method=method, replicates=2000)
    found = how_much_more("layer", "ordinal", ratings_of_matrix(matrix(60, 2), in_documents(60, 2)), 0.05, how)
    assert found.half_width_now is not None
    assert 0.05 < found.half_width_now < 0.2
    assert f"|of:krippendorff_alpha|level:ordinal|half_width:0.05|alpha_min:0.667|z:1.6449|ci:{how.signature}|" in found.signature


def test_the_jackknifes_width_is_not_cut_at_one() -> None:
    values = np.array([[0, 1] * 6, [0, 1] * 5 + [1, 1]], np.float64)
    ratings = ratings_of_matrix(values)
    found = how_much_more("layer", "nominal", ratings, 0.1, Intervals(method="jackknife"))
    error = sqrt(leave_one_out(values, [f"{number:02}" for number in range(12)]))
    assert found.half_width_now == pytest.approx(2.200985 * error, rel=1e-6)  # t with 11 degrees of freedom


# ── What cannot be said ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

SAME = ratings_of_matrix(np.tile([0, 1], (2, 3)), ["a", "a", "b", "b", "c", "c"])


@pytest.mark.parametrize(
    ("ratings", "how", "reason", "reason_bloch_kraemer"),
    [
        (ratings_of_matrix(np.array([[0, 1, np.nan], [np.nan, np.nan, 1]])), HOW, "no unit has two ratings", "no unit has two ratings"),
        (ratings_of_matrix(np.zeros((2, 3))), HOW, ONE_CATEGORY, ONE_CATEGORY),
        (ratings_of_matrix(matrix(1, 9), ["a"] * 9), HOW, "no interval: one document, nothing to resample", "no design effect: "),
        (SAME, HOW, "the present interval has no width: ", "no design effect: "),
        (ratings_of_matrix(matrix(20, 1)), Intervals(method="none"), "needs an interval by resampling: ", None),
        (ratings_of_matrix(matrix(20, 1)), Intervals(method="analytic"), "needs an interval by resampling: ", None),
        (
            ratings_of_matrix(np.array([[0, 0, 0], [0, 0, 1]])),
            HOW,
            r"no interval: undefined in \d+ of 400 replicates",
            "no design effect: ",
        ),
    ],
    ids=["nothing twice", "one category", "one document", "no disagreement", "no interval", "analytic", "degenerate"],
)
def test_what_cannot_be_said_is_null_with_the_reason(
    ratings: Ratings, how: Intervals, reason: str, reason_bloch_kraemer: str | None
) -> None:
    found = how_much_more("layer", "nominal", ratings, 0.1, how)
    assert (found.half_width_now, found.documents_needed, found.more) == (None, None, None)
    assert found.reason is not None
    assert re.match(reason, found.reason)
    assert (found.reason_bloch_kraemer or "").startswith(reason_bloch_kraemer or "")
    assert (found.documents_by_bloch_kraemer is None) == (reason_bloch_kraemer is not None)


def test_measurements_have_no_bloch_and_kraemer() -> None:
    found = how_much_more("layer", "interval", ratings_of_matrix(matrix(30, 2), in_documents(30, 2)), 0.05, HOW)
    assert (found.units_needed, found.documents_by_bloch_kraemer) == (None, None)
    assert found.reason_bloch_kraemer == "Bloch and Kraemer's N is for categories, and these are measurements"
    assert found.documents_needed is not None
    assert effect(found) > 0


@pytest.mark.parametrize("half_width", [0, -0.1])
def test_a_half_width_is_above_0(half_width: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        how_much_more("layer", "nominal", SAME, half_width)


@some
@given(seed=st.integers(0, 1000), units=st.integers(1, 4), annotator=st.permutations([0, 1]))
def test_names_and_the_order_of_annotators_are_irrelevant(seed: int, units: int, annotator: list[int]) -> None:
    values, documents = matrix(15, units, seed=seed), in_documents(15, units)
    expected = how_much_more("layer", "nominal", ratings_of_matrix(values, documents), 0.1, HOW)
    found = how_much_more("layer", "nominal", ratings_of_matrix(2 - values[annotator], documents), 0.1, HOW)
    assert (found.units_needed, found.documents) == (expected.units_needed, expected.documents)
    assert found.design_effect == pytest.approx(expected.design_effect)
    assert found.half_width_now == pytest.approx(expected.half_width_now)
    assert (found.reason, found.reason_bloch_kraemer) == (expected.reason, expected.reason_bloch_kraemer)
