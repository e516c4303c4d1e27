"""Every worked number of tests/data/ratings.jsonl, through the public functions, at the tolerance it was given with."""

from __future__ import annotations

import numpy as np
import pytest

from annotate.agreement.categories.coefficients import krippendorff_alpha
from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.standard_errors import cohen_errors
from annotate.agreement.categories.weights import agreement_weights, jaccard_distance, masi_distance, weights_of_disagreements
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result
from tests.rating_cases import CASES, Case
from tests.ratings import NO_INTERVAL, number

NUMBERS = [case for case in CASES if isinstance(case.expected, float | int) and case.measure != "alpha_fleiss_identity"]
BY_CATEGORY = [case for case in CASES if case.name.endswith(("category_kappa", "percat", "dichotomised"))]
SAS = [case for case in CASES if case.name.startswith("sas_")]
IDENTITY = [case for case in CASES if case.measure == "alpha_fleiss_identity"]
MASI = [case for case in CASES if case.pairs]
SETS = [case for case in CASES if any(isinstance(each, list) for each in case.categories)]
MATRICES = [case for case in NUMBERS if case.measure == "krippendorff_alpha" and not case.disagreements and case not in SETS]


def by_name(case: object) -> str:
    return case.name if isinstance(case, Case) else str(case)


def results_of(case: Case, how: Intervals = NO_INTERVAL) -> list[Result]:
    weights = weights_of_disagreements(case.disagreements) if case.disagreements else None
    distances = np.array(case.disagreements) if case.measure == "krippendorff_alpha" and case.disagreements else None
    return measure_ratings("layer", case.level, case.rated, weights=weights, distances=distances, how=how)


def test_no_case_is_left_out() -> None:
    tested = [*NUMBERS, *BY_CATEGORY, *SAS, *IDENTITY, *MASI]
    assert sorted(each.name for each in tested) == sorted({each.name for each in CASES})
    assert len(tested) == len(CASES) == 109


@pytest.mark.parametrize("case", NUMBERS, ids=by_name)
def test_a_number_as_published(case: Case) -> None:
    values = {each.measure: number(each) for each in results_of(case) if each.category is None and each.value is not None}
    assert values[case.measure] == pytest.approx(case.number, abs=case.tolerance)
    for measure, expected in case.also.items():
        assert values[measure] == pytest.approx(expected, abs=0.0005)


@pytest.mark.parametrize("case", BY_CATEGORY, ids=by_name)
def test_kappas_of_single_categories_as_published(case: Case) -> None:
    if case.measure == "fleiss_kappa":
        found = {each.category: each.value for each in results_of(case) if each.category is not None}
    else:
        found = {category: collapsed_kappa(case, category) for category in case.named}
    assert found == pytest.approx(case.named, abs=case.tolerance)


def collapsed_kappa(case: Case, category: str) -> float:
    """Cohen's kappa of the category against all others."""
    against = [each._replace(value=category if str(each.value) == category else "another") for each in case.ratings]
    return next(number(each) for each in measure_ratings("layer", "nominal", against, how=NO_INTERVAL) if each.measure == "cohen_kappa")


@pytest.mark.parametrize("case", SAS, ids=by_name)
def test_cohens_standard_errors_as_sas_prints_them(case: Case) -> None:
    kind = "linear" if case.measure.endswith("linear") else "identity"
    found = cohen_errors(np.array(case.table, np.float64), agreement_weights(np.arange(3, dtype=np.float64), kind))
    low, high = found.interval
    printed = {"kappa": found.kappa, "ase": found.ase, "lo": low, "hi": high, "ase0": found.ase0, "z": found.z}
    assert printed == pytest.approx(case.named, abs=case.tolerance)
    kappa = next(each for each in results_of(case) if each.measure == case.measure)
    assert number(kappa) == pytest.approx(found.kappa)


@pytest.mark.parametrize("case", IDENTITY, ids=by_name)
def test_alpha_is_fleiss_kappa_with_a_correction_for_few_ratings(case: Case) -> None:
    values = {each.measure: number(each) for each in results_of(case) if each.category is None}
    n = sum(map(len, case.rows))
    assert values["fleiss_kappa"] == pytest.approx(case.number, abs=case.tolerance)
    assert values["krippendorff_alpha"] == pytest.approx(1 - (1 - values["fleiss_kappa"]) * (n - 1) / n, abs=1e-12)


@pytest.mark.parametrize("case", MASI, ids=by_name)
def test_masi_distances_as_defined(case: Case) -> None:
    pairs = [(frozenset(map(str, a)), frozenset(map(str, b))) for a, b in case.pairs]
    assert [masi_distance(a, b) for a, b in pairs] == pytest.approx(case.expected, abs=case.tolerance)
    assert [jaccard_distance(a, b) for a, b in pairs] == pytest.approx([1 / 2, 1 / 2, 2 / 3, 1, 0])


@pytest.mark.parametrize("case", MATRICES, ids=by_name)
def test_alpha_of_a_matrix_as_published(case: Case) -> None:
    numbers = [each if case.level in ("interval", "ratio") else place for place, each in enumerate(case.categories)]
    matrix = [[np.nan if code == "." else float(str(numbers[int(code)])) for code in row] for row in case.rows]
    assert krippendorff_alpha(matrix, case.level) == pytest.approx(case.number, abs=case.tolerance)


@pytest.mark.parametrize("case", [each for each in CASES if each.se or each.low or each.irrcac], ids=by_name)
def test_analytic_intervals_as_published(case: Case) -> None:
    """Student's t with n − 1 degrees of freedom around the value, cut at 1, as Gwet and irrCAC do."""
    result = next(each for each in results_of(case, Intervals("analytic")) if each.measure == case.measure)
    assert result.interval is not None
    assert result.interval.method.startswith("analytic over ")
    if case.low is not None:
        assert result.interval.low == pytest.approx(case.low, abs=0.0006)
    if case.high is not None:
        assert result.interval.high == pytest.approx(case.high, abs=0.0006)
    if case.irrcac is not None:
        assert (result.interval.low, result.interval.high) == pytest.approx(case.irrcac[1:], abs=0.0001)
    if case.se is not None:
        assert number(result) - result.interval.low == pytest.approx(case.se * quantile(result), abs=0.0006 * quantile(result))


def quantile(result: Result) -> float:
    """Student's t at 97.5% for the documents that the interval rests on."""
    assert result.interval is not None
    documents = int("".join(each for each in result.interval.method if each.isdigit()))
    return {10: 2.2622, 11: 2.2281, 12: 2.2010, 15: 2.1448, 118: 1.9804}[documents]
