"""Intervals: they hold the value, repeat, resample documents, and say why there is none."""

from __future__ import annotations

import numpy as np
import pytest

from annotate.agreement.coefficients import measure_ratings, percent_agreement
from annotate.agreement.intervals import bootstrap
from annotate.agreement.results import Rating
from tests.ratings import Documents, measured, number, ratings_of, spans_measured


def agreeing(documents: int, share: float) -> list[Rating]:
    """Two annotators who agree in this share of the documents; x and y are equally frequent."""
    first = "xy" * (documents // 2)
    disagree = round(documents * (1 - share))
    return ratings_of([first, first[:disagree].translate(str.maketrans("xy", "yx")) + first[disagree:]])


def test_intervals_contain_the_value_and_repeat() -> None:
    results = measured(agreeing(60, 0.8), replicates=500)
    assert results == measured(agreeing(60, 0.8), replicates=500)
    for result in results.values():
        assert result.interval is not None
        assert result.interval.level == 0.95
        assert result.interval.low < number(result) < result.interval.high
        assert result.interval.high - result.interval.low < 0.5


def test_span_intervals_contain_the_value_and_repeat() -> None:
    documents: Documents = {f"{n}": {"a": [(0, 5, "X")], "b": [(n % 5 // 4, 5, "X")]} for n in range(40)}
    result = spans_measured(documents, replicates=500)["span_f1_exact"]
    assert result == spans_measured(documents, replicates=500)["span_f1_exact"]
    assert result.interval is not None
    assert number(result) == pytest.approx(0.8)
    assert result.interval.low < 0.8 < result.interval.high


def test_another_seed_gives_another_interval() -> None:
    intervals = {
        measure_ratings("layer", "nominal", ["x", "y"], agreeing(60, 0.8), replicates=500, seed=seed)[2].interval for seed in range(3)
    }
    assert len(intervals) == 3


def test_documents_are_resampled_not_units() -> None:
    """Ten units of one document that all go together tell no more than one."""
    once = agreeing(20, 0.7)
    tenfold = [each._replace(unit=f"{each.unit} {copy}") for each in once for copy in range(10)]
    interval = measured(once, replicates=200)["percent_agreement"].interval
    assert interval is not None
    assert measured(tenfold, replicates=200)["percent_agreement"].interval == pytest.approx(interval)


def test_more_documents_narrow_the_interval() -> None:
    widths = []
    for documents in (20, 200):
        interval = measured(agreeing(documents, 0.8), replicates=500)["krippendorff_alpha"].interval
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths[1] < widths[0] / 2


@pytest.mark.parametrize(
    ("documents", "replicates", "reason"),
    [
        ([[3, 4]], 100, "no interval: one document"),
        (
            [[1, 1], *([[0, 0]] * 9)],
            1000,
            "no interval: undefined in ",
        ),  # the only document with anything in it is not drawn in 35% of replicates
    ],
)
def test_no_interval_says_why(documents: list[list[float]], replicates: int, reason: str) -> None:
    interval, why = bootstrap(np.array(documents, dtype=np.float64), percent_agreement, replicates, 0)
    assert interval is None
    assert why is not None
    assert why.startswith(reason)


def test_a_value_without_interval() -> None:
    """One document of twenty holds the second category: alpha is defined, its replicates often are not."""
    result = measured(ratings_of(["x" * 19 + "y", "x" * 19 + "y"]), replicates=200)["krippendorff_alpha"]
    assert result.value == pytest.approx(1)
    assert result.interval is None
