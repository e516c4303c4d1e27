"""Analytic standard errors: near the jackknife's, the same however documents are cut when their units are copies, as published elsewhere.

The published ones, Gwet's and SAS's, are in test_rating_cases.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import t as student

from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import ratings_of_contingency, ratings_of_matrix
from annotate.agreement.categories.standard_errors import clustered_error, cohen_errors
from annotate.agreement.categories.weights import agreement_weights
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result
from tests.ratings import KAPPAS, WEIGHTED

Matrix = NDArray[np.float64]
ANALYTIC, JACKKNIFE = Intervals("analytic"), Intervals("jackknife")
WITH_ERROR = [name for name in (*KAPPAS, *WEIGHTED) if not name.startswith(("cohen", "scott"))]


def simulated(annotators: int, units: int, missing: float = 0.0, seed: int = 0) -> Matrix:
    """Numbers 0–3 on which the annotators agree somewhat; some missing at random."""
    draw = np.random.default_rng(seed)
    truth = draw.choice(4, units, p=[0.4, 0.3, 0.2, 0.1])
    said = np.where(draw.random((annotators, units)) < 0.7, truth, draw.integers(0, 4, (annotators, units))).astype(np.float64)
    said[draw.random(said.shape) < missing] = np.nan
    return said


def results_of(matrix: Matrix, how: Intervals, level: str = "interval", documents: object = None) -> dict[str, Result]:
    ratings = ratings_of_matrix(matrix, None if documents is None else np.asarray(documents), [0, 1, 2, 3])
    return {each.measure: each for each in measure_ratings("layer", level, ratings, how=how) if each.category is None}


def error_of(result: Result, documents: int) -> float:
    assert result.interval is not None, result.reason
    half = (result.interval.high - result.interval.low) / 2
    return half / float(student.ppf(0.975, documents - 1))


@pytest.mark.parametrize("missing", [0.0, 0.1], ids=["complete", "missing"])
@pytest.mark.parametrize("level", ["nominal", "interval", "ratio"])
def test_analytic_errors_are_near_the_jackknifes(level: str, missing: float) -> None:
    """Both are right to first order, so with 2,000 units they are within a few per cent of each other."""
    matrix = simulated(4, 2000, missing)
    analytic, jackknife = (results_of(matrix, how, level) for how in (ANALYTIC, JACKKNIFE))
    names = [name for name in WITH_ERROR if name in analytic]
    assert len(names) == (4 if level == "nominal" else 12)
    for name in (*names, "krippendorff_alpha"):
        assert error_of(analytic[name], 2000) == pytest.approx(error_of(jackknife[name], 2000), rel=0.02), name


def test_cohens_error_is_near_the_jackknifes() -> None:
    matrix = simulated(2, 2000, 0.2)
    analytic, jackknife = (results_of(matrix, how) for how in (ANALYTIC, JACKKNIFE))
    for name in ("cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic"):
        assert error_of(analytic[name], 2000) == pytest.approx(error_of(jackknife[name], 2000), rel=0.02)


def test_gwets_errors_are_wider_where_many_units_have_one_rating() -> None:
    """As he defines them (2014, ch. 5), how many units have two ratings varies from sample to sample too."""
    matrix = simulated(4, 2000, 0.5)
    analytic, jackknife = (results_of(matrix, how) for how in (ANALYTIC, JACKKNIFE))
    for name in WITH_ERROR:
        assert 1 < error_of(analytic[name], 2000) / error_of(jackknife[name], 2000) < 1.15, name


@pytest.mark.parametrize("kind", ["identity", "linear", "quadratic"])
def test_cohens_interval_has_the_asymptotic_error(kind: str) -> None:
    """Fleiss, Cohen & Everitt (1969); by document with the factor D / (D − 1) of a sample variance."""
    table = np.array([[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]])
    name = "cohen_kappa" if kind == "identity" else f"cohen_kappa_{kind}"
    ratings = ratings_of_contingency(table, ["1", "2", "3", "4"])
    result = next(each for each in measure_ratings("layer", "ordinal", ratings, how=ANALYTIC) if each.measure == name)
    errors = cohen_errors(table.astype(np.float64), agreement_weights(np.arange(4, dtype=np.float64), kind))
    assert result.value == pytest.approx(errors.kappa)
    assert error_of(result, 118) == pytest.approx(errors.ase * np.sqrt(118 / 117))


def test_documents_of_copies_tell_as_much_as_one_of_them() -> None:
    """Errors of units taken for independent would be a third as large."""
    once = simulated(3, 60, 0.2)
    ninefold = np.repeat(once, 9, axis=1)
    apart, together = results_of(once, ANALYTIC), results_of(ninefold, ANALYTIC, documents=np.repeat(np.arange(60), 9))
    units = results_of(ninefold, ANALYTIC)
    for name in WITH_ERROR:
        assert error_of(together[name], 60) == pytest.approx(error_of(apart[name], 60), rel=1e-9)
        assert error_of(units[name], 540) < error_of(apart[name], 60) / 2.8


def test_the_error_of_a_mean_is_the_clusters() -> None:
    """Four documents of one unit and two of two: √(D/(D − 1) · Σ z_d²) / n, by hand."""
    influences, counted = np.array([1.0, -1.0, 0.5, -0.5]), np.array([1.0, 1.0, 2.0, 2.0])
    error, documents = clustered_error(influences, counted, np.array([2, 2, 1, 1]))
    assert documents == 6
    assert error == pytest.approx(np.sqrt(6 / 5 * (2 + 2 + 0.25 + 0.25)) / 8)


def test_documents_without_anything_that_counts_are_no_documents() -> None:
    error, documents = clustered_error(np.array([1.0, 0.0]), np.array([1.0, 0.0]), np.array([1, 5]))
    assert documents == 1
    assert np.isnan(error)


def test_the_paradox_has_a_narrow_ac1_and_a_wide_kappa() -> None:
    """Feinstein & Cicchetti's high agreement with rare categories."""
    results = {
        each.measure: each
        for each in measure_ratings("layer", "nominal", ratings_of_contingency(np.array([[95, 2], [2, 1]]), ["x", "y"]), how=ANALYTIC)
        if each.category is None
    }
    assert error_of(results["gwet_ac1"], 100) < 0.03 < 0.2 < error_of(results["fleiss_kappa"], 100)


def test_which_measures_have_no_analytic_error() -> None:
    told = "no interval: no analytic variance is known for this one; use the bootstrap"
    ordinal = results_of(simulated(3, 50), ANALYTIC, "ordinal")
    without = {name for name, each in ordinal.items() if each.interval is None}
    pairwise = {f"{name}{weights}" for name in ("cohen_kappa", "scott_pi") for weights in ("", "_linear", "_quadratic")}
    assert without == {"percent_agreement", "krippendorff_alpha", *pairwise}
    assert {ordinal[name].reason for name in without} == {told}
    by_category = [each for each in measure_ratings("layer", "nominal", ratings_of_matrix(simulated(3, 50)), how=ANALYTIC) if each.category]
    assert {each.reason for each in by_category} == {told}
