"""The coefficients of one layer: finite or null with a reason, pairs, sets, marginals, and the signatures."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate import __version__
from annotate.agreement.categories.coefficients import krippendorff_alpha
from annotate.agreement.categories.measure import LEVELS, krippendorff_alpha_interval, marginals_of, measure_ratings
from annotate.agreement.categories.ratings import ratings_of_matrix, ratings_of_rows
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Rating, Value
from annotate.errors import BadInput
from tests.ratings import NO_INTERVAL, ORDERED_MEASURES, few, measured, number, ratings_of, some_rows

SCALE: list[Value] = [1.0, 2.5, 7.0]
SOME = Intervals(replicates=20)


@few
@given(rows=some_rows, level=st.sampled_from(LEVELS))
def test_a_number_is_finite_or_null_with_a_reason(rows: list[str], level: str) -> None:
    for result in measure_ratings("layer", level, ratings_of(rows, SCALE), SCALE, how=SOME):
        assert (result.value is None or result.interval is None) == (result.reason is not None)
        assert (result.value is not None and result.interval is None) == (result.reason or "").startswith("no interval: ")
        assert result.value is None or (np.isfinite(result.value) and result.value <= 1 + 1e-9)
        assert all((pair.value is None) == (pair.reason is not None) for pair in result.pairs)
        if result.interval is not None:
            assert np.isfinite(result.interval.low)
            assert result.interval.low <= result.interval.high <= 1 + 1e-9


# What is undefined

NOTHING = "no unit has two ratings"
ONE = "only one category is in use: no disagreement was possible"
NO_PAIR = "no pair of annotators used two categories: no disagreement was possible"


@pytest.mark.parametrize(
    ("rows", "pairwise", "chance", "alpha", "declared"),
    [
        pytest.param([], NOTHING, NOTHING, NOTHING, NOTHING, id="nothing rated"),
        pytest.param(["xy"], NOTHING, NOTHING, NOTHING, NOTHING, id="one annotator"),
        pytest.param(["xy..", "..xy"], NOTHING, NOTHING, NOTHING, NOTHING, id="never the same unit"),
        pytest.param(["xxx", "xxx"], NO_PAIR, ONE, ONE, 1.0, id="one category"),
        pytest.param(["xx.", "xxy"], NO_PAIR, 1.0, ONE, 1.0, id="one category, and another once"),
        pytest.param(["x.", "xy", ".y"], NO_PAIR, 1.0, 1.0, 1.0, id="one category in each pair"),
    ],
)
@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_what_is_undefined_says_why(
    rows: list[str], level: str, pairwise: float | str, chance: float | str, alpha: float | str, declared: float | str
) -> None:
    for name, result in measured(ratings_of(rows), level, "xy", Intervals(replicates=50)).items():
        written = msgspec.json.decode(msgspec.json.encode(result))
        expected = {"cohen": pairwise, "scott": pairwise, "fleiss": chance, "conger": chance, "krippendorff": alpha}.get(
            name.split("_")[0], declared
        )
        if isinstance(expected, str):
            assert (written["value"], written["interval"], written["reason"]) == (None, None, expected), name
        else:
            assert number(result) == pytest.approx(expected)
            assert (written["interval"] is None) == (written["reason"] or "").startswith("no interval: "), name


def test_one_category_declared_leaves_nothing_to_chance() -> None:
    results = measured(ratings_of(["xxx", "xxx"]))
    assert number(results["percent_agreement"]) == 1
    for name in ("brennan_prediger", "gwet_ac1"):
        assert (results[name].value, results[name].reason) == (None, "only one category is declared: no disagreement was possible")


def test_an_interval_over_documents_that_all_agree() -> None:
    """Equal documents are joined into one table; they are three documents all the same."""
    result = measured(ratings_of(["xxx", "xxx"]), categories="xy", how=SOME)["gwet_ac1"]
    assert result.reason is None
    assert result.interval is not None
    assert (result.interval.low, result.interval.high) == (1, 1)


def test_pairs_that_are_undefined_say_why() -> None:
    pairs = {
        each.annotators: (each.value, each.reason, each.units) for each in measured(ratings_of(["x.y", "xxy", ".x."]))["cohen_kappa"].pairs
    }
    assert pairs == {
        ("annotator 0", "annotator 1"): (pytest.approx(1), None, 2),
        ("annotator 0", "annotator 2"): (None, "no unit rated by both", 0),
        ("annotator 1", "annotator 2"): (None, "one category used by both: no disagreement was possible", 1),
    }


def test_pairs_of_a_crowd_are_not_measured() -> None:
    results = measured(ratings_of(["xy"] * 51))
    assert (results["cohen_kappa"].value, results["cohen_kappa"].pairs) == (None, [])
    assert results["cohen_kappa"].reason == "more than 50 annotators: pairs are not measured; see fleiss_kappa"
    assert number(results["fleiss_kappa"]) == 1


def test_a_measurement_gets_alpha_and_no_kappas() -> None:
    ratings = [
        Rating(f"{unit}", f"{unit}", annotator, unit + shift) for unit in range(301) for annotator, shift in (("a", 0.0), ("b", 0.5))
    ]
    assert [each.measure for each in measure_ratings("layer", "interval", ratings, how=NO_INTERVAL)] == [
        "percent_agreement",
        "krippendorff_alpha",
    ]


def test_sets_of_labels_get_masi_and_jaccard_and_no_kappas() -> None:
    values: list[Value] = [frozenset("x"), frozenset("xy"), frozenset()]
    results = measured(ratings_of(["0012", "0112"], values))
    assert list(results) == ["percent_agreement", "krippendorff_alpha", "masi_alpha", "jaccard_alpha"]
    # By hand: n is 3, 3 and 2; {x} and {x, y} are 1/2 apart by Jaccard, 2/3 by MASI, and 1 from the empty set.
    assert number(results["jaccard_alpha"]) == pytest.approx(1 - 7 * 1 / 33)
    assert number(results["masi_alpha"]) == pytest.approx(1 - 7 * (4 / 3) / 36)
    assert number(results["percent_agreement"]) == 3 / 4


def test_bad_levels_and_values() -> None:
    with pytest.raises(ValueError, match="no level 'cardinal'; one of nominal, ordinal, interval, ratio"):
        measured(ratings_of(["xy", "xy"]), "cardinal")
    with pytest.raises(ValueError, match="no alpha for the level 'cardinal'"):
        krippendorff_alpha([[1, 2], [1, 2]], "cardinal")
    with pytest.raises(BadInput, match=r"-1\.0 is negative"):
        krippendorff_alpha([[1, -1], [1, 2]], "ratio")
    with pytest.raises(BadInput, match="sets of labels have no order"):
        measured(ratings_of(["01", "01"], [frozenset("x"), frozenset("xy")]), "ordinal")


@few
@given(rows=some_rows, level=st.sampled_from(LEVELS), per_document=st.integers(1, 3), method=st.sampled_from(["percentile", "jackknife"]))
def test_the_interval_of_a_matrix_is_the_interval_of_its_ratings(
    rows: list[str], level: str, per_document: int, method: Literal["percentile", "jackknife"]
) -> None:
    documents = np.arange(len(rows[0])) // per_document
    how = Intervals(method, replicates=50)
    places = [1.0, 2.0, 3.0] if level == "ordinal" else SCALE
    matrix = np.array([[np.nan if value == "." else float(str(places[int(value)])) for value in row] for row in rows])
    bounds, reason = krippendorff_alpha_interval(matrix, documents if per_document > 1 else None, level, how)
    given = ratings_of_matrix(matrix, documents if per_document > 1 else None)
    alpha = next(each for each in measure_ratings("layer", level, given, how=how) if each.measure == "krippendorff_alpha")
    if alpha.value is not None:
        assert (bounds is None, reason) == (alpha.interval is None, alpha.reason)
    if bounds is not None and alpha.interval is not None:
        assert bounds.method == alpha.interval.method
        assert (bounds.low, bounds.high) == pytest.approx((alpha.interval.low, alpha.interval.high), abs=1e-9)


def test_marginals_count_all_and_each() -> None:
    rated = ratings_of_rows(ratings_of(["xxy.", "xyyy"]), ["x", "y", "z"])
    assert [(each.annotator, each.category, each.count, each.share) for each in marginals_of("layer", rated)] == [
        (None, "x", 3, pytest.approx(3 / 7)),
        (None, "y", 4, pytest.approx(4 / 7)),
        (None, "z", 0, 0),
        ("annotator 0", "x", 2, pytest.approx(2 / 3)),
        ("annotator 0", "y", 1, pytest.approx(1 / 3)),
        ("annotator 0", "z", 0, 0),
        ("annotator 1", "x", 1, 1 / 4),
        ("annotator 1", "y", 3, 3 / 4),
        ("annotator 1", "z", 0, 0),
    ]


# Signatures


def test_signatures_of_coefficients() -> None:
    results = measured(ratings_of(["xy", "x."]), "ordinal", "xyz", Intervals(replicates=50, seed=7, stories={"document 0": "one story"}))
    facts = "categories:3|missing:pairwise"
    ending = f"ci:percentile-story-50-seed7|annotate:{__version__}"
    signatures = {name: each.signature for name, each in results.items()}
    assert signatures["percent_agreement"] == f"m:percent_agreement|unit:given|level:ordinal|{facts}|{ending}"
    assert signatures["cohen_kappa"] == f"m:cohen_kappa|unit:given|level:ordinal|{facts}|over:pairs|{ending}"
    assert signatures["gwet_ac2_linear"] == f"m:gwet_ac2_linear|unit:given|level:ordinal|weights:linear|{facts}|{ending}"
    assert signatures["krippendorff_alpha"] == f"m:krippendorff_alpha|unit:given|level:ordinal|{facts}|{ending}"
    assert len(set(signatures.values())) == len(signatures) == len(ORDERED_MEASURES)


def test_signatures_say_when_nothing_was_missing_or_resampled() -> None:
    for each in measured(ratings_of(["xy", "xx"])).values():
        assert "|missing:none|" in each.signature
        assert "|ci:none|" in each.signature
