"""Random ratings against scikit-learn, statsmodels and nltk, where those are right. More peers are in benchmarks/oracles.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask  # type: ignore[import-untyped]
from nltk.metrics.distance import interval_distance, masi_distance  # type: ignore[import-untyped]
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa  # type: ignore[import-untyped]

from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import ratings_of_matrix
from annotate.agreement.categories.standard_errors import cohen_errors
from annotate.agreement.categories.weights import agreement_weights
from annotate.agreement.categories.weights import masi_distance as own_masi
from annotate.agreement.results import Rating
from tests.ratings import NO_INTERVAL, number

SEEDS = range(12)
KINDS = ("identity", "linear", "quadratic")


def random_codes(seed: int, coders: int | None = None) -> tuple[NDArray[np.int64], int]:
    """(annotators, units) of ratings that agree more than by chance, every category in use; and how many there are."""
    draw = np.random.default_rng(seed)
    many, units, q = coders or int(draw.integers(2, 6)), int(draw.integers(10, 60)), int(draw.integers(2, 6))
    truth = draw.integers(0, q, units)
    codes = np.where(draw.random((many, units)) < 0.6, truth, draw.integers(0, q, (many, units)))
    codes[:, :q] = np.arange(q)
    return codes, q


def measured(codes: NDArray[np.int64], q: int, level: str = "nominal") -> dict[str, float]:
    ratings = ratings_of_matrix(codes.astype(np.float64), categories=list(range(q)))
    results = measure_ratings("layer", level, ratings, how=NO_INTERVAL)
    return {each.measure: number(each) for each in results if each.category is None}


def task_of(codes: NDArray[np.int64], **options: Any) -> AnnotationTask:
    return AnnotationTask([(coder, unit, value) for coder, row in enumerate(codes.tolist()) for unit, value in enumerate(row)], **options)


@pytest.mark.parametrize("seed", SEEDS)
def test_cohens_kappa_is_scikit_learns(seed: int) -> None:
    codes, q = random_codes(seed, coders=2)
    own = measured(codes, q, "ordinal")
    for name, weights in (("cohen_kappa", None), ("cohen_kappa_linear", "linear"), ("cohen_kappa_quadratic", "quadratic")):
        assert own[name] == pytest.approx(cohen_kappa_score(*codes, weights=weights), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_kappas_and_their_errors_are_statsmodels(seed: int) -> None:
    codes, q = random_codes(seed)
    own = measured(codes, q)
    counts = np.stack([(codes == category).sum(axis=0) for category in range(q)], axis=1)
    assert own["fleiss_kappa"] == pytest.approx(fleiss_kappa(counts, "fleiss"), abs=1e-12)
    assert own["brennan_prediger"] == pytest.approx(fleiss_kappa(counts, "randolph"), abs=1e-12)
    table = np.zeros((q, q))
    np.add.at(table, (codes[0], codes[1]), 1)
    options: list[dict[str, Any]] = [{}, {"weights": np.arange(q), "wt": "linear"}, {"wt": "fc"}]
    for kind, weights in zip(KINDS, options, strict=True):
        theirs, errors = cohens_kappa(table, **weights), cohen_errors(table, agreement_weights(np.arange(q, dtype=np.float64), kind))
        expected = pytest.approx((theirs.kappa, theirs.std_kappa, theirs.std_kappa0), abs=1e-12)
        assert (errors.kappa, errors.ase, errors.ase0) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_nltk_has_the_same_numbers_on_complete_data(seed: int) -> None:
    """nltk's multi_kappa is Conger's; its kappa the mean of pairs; its pi of two Scott's."""
    codes, q = random_codes(seed)
    own, task = measured(codes, q), task_of(codes)
    theirs = {"krippendorff_alpha": task.alpha(), "cohen_kappa": task.kappa(), "conger_kappa": task.multi_kappa()}
    assert {name: own[name] for name in theirs} == pytest.approx(theirs, abs=1e-12)
    assert measured(codes, q, "interval")["krippendorff_alpha"] == pytest.approx(
        task_of(codes, distance=interval_distance).alpha(), abs=1e-9
    )
    two = codes[:2]
    assert measured(two, q)["scott_pi"] == pytest.approx(task_of(two).pi(), abs=1e-12)
    assert measured(two, q)["brennan_prediger"] == pytest.approx(task_of(two).S(), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_nltk_has_the_same_masi_alpha(seed: int) -> None:
    draw = np.random.default_rng(seed)
    sets = [[frozenset("abcd"[at] for at in np.flatnonzero(draw.random(4) < 0.5)) or frozenset("a") for _ in range(15)] for _ in range(3)]
    rows = [(coder, unit, value) for coder, row in enumerate(sets) for unit, value in enumerate(row)]
    results = measure_ratings("layer", "nominal", [Rating(f"{u}", f"{u}", f"{c}", value) for c, u, value in rows], how=NO_INTERVAL)
    (masi,) = [each for each in results if each.measure == "masi_alpha"]
    assert number(masi) == pytest.approx(AnnotationTask(rows, distance=masi_distance).alpha(), abs=1e-9)
    assert own_masi(sets[0][0], sets[1][0]) == pytest.approx(masi_distance(sets[0][0], sets[1][0]), abs=1e-12)
