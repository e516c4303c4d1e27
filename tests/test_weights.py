"""Weights and distances: by hand, and what makes them weights and distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.agreement.categories.weights import (
    agreement_weights,
    as_set,
    jaccard_distance,
    masi_distance,
    set_distances,
    weights_of_disagreements,
)
from tests.ratings import few

some_sets = st.frozensets(st.sampled_from("abcd"))
KINDS = ("identity", "linear", "quadratic")


def test_weights_of_ranks_by_hand() -> None:
    ranks = np.arange(3, dtype=np.float64)
    assert agreement_weights(ranks, "identity").tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert agreement_weights(ranks, "linear").tolist() == [[1, 1 / 2, 0], [1 / 2, 1, 1 / 2], [0, 1 / 2, 1]]
    assert agreement_weights(ranks, "quadratic").tolist() == [[1, 3 / 4, 0], [3 / 4, 1, 3 / 4], [0, 3 / 4, 1]]


def test_weights_of_numbers_use_their_distances() -> None:
    """Gwet (2014, ch. 3): the values themselves where categories are numbers."""
    assert agreement_weights(np.array([1.0, 2.0, 5.0]), "linear")[0].tolist() == [1, 3 / 4, 0]
    assert agreement_weights(np.array([1.0, 2.0, 5.0]), "quadratic")[0].tolist() == [1, 15 / 16, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_one_category_agrees_with_itself(kind: str) -> None:
    assert agreement_weights(np.array([3.0]), kind).tolist() == [[1]]


@few
@given(scale=st.lists(st.floats(-100, 100), min_size=2, max_size=6, unique=True), kind=st.sampled_from(KINDS))
def test_weights_are_symmetric_one_on_the_diagonal_and_fall_to_nothing(scale: list[float], kind: str) -> None:
    w = agreement_weights(np.array(sorted(scale)), kind)
    assert np.allclose(w, w.T)
    assert np.allclose(np.diag(w), 1)
    assert w[0, -1] == pytest.approx(0, abs=1e-12)
    assert (np.diff(w[0]) <= 1e-12).all()


def test_weights_of_disagreements_as_cohen_gives_them() -> None:
    """Cohen (1968), three diagnoses: the worst confusion agrees 0, none agrees 1."""
    found = weights_of_disagreements([[0, 1, 3], [1, 0, 6], [3, 6, 0]])
    assert found == pytest.approx(np.array([[1, 5 / 6, 1 / 2], [5 / 6, 1, 0], [1 / 2, 0, 1]]))


@few
@given(a=some_sets, b=some_sets, c=some_sets)
def test_jaccard_and_masi_are_distances(a: frozenset[str], b: frozenset[str], c: frozenset[str]) -> None:
    for distance in (jaccard_distance, masi_distance):
        assert distance(a, b) == distance(b, a)
        assert 0 <= distance(a, b) <= 1
        assert (distance(a, b) == 0) == (a == b)
    assert jaccard_distance(a, c) <= jaccard_distance(a, b) + jaccard_distance(b, c) + 1e-12  # Jaccard's is a metric
    assert masi_distance(a, b) >= jaccard_distance(a, b)


def test_masi_by_hand() -> None:
    """1 − J·M (Passonneau 2006): M is 1, 2/3, 1/3 or 0."""
    x, xy, yz = frozenset("x"), frozenset("xy"), frozenset("yz")
    assert [masi_distance(xy, each) for each in (xy, x, yz, frozenset("z"))] == pytest.approx([0, 1 - 1 / 2 * 2 / 3, 1 - 1 / 3 * 1 / 3, 1])


def test_nothing_is_like_nothing_and_unlike_all_else() -> None:
    nothing = frozenset[str]()
    for distance in (jaccard_distance, masi_distance):
        assert (distance(nothing, nothing), distance(nothing, frozenset("x"))) == (0, 1)


def test_a_label_is_a_set_of_one() -> None:
    assert as_set("xy") == frozenset(["xy"])
    assert set_distances(["x", frozenset("xy"), frozenset("x")], "jaccard").tolist() == [[0, 1 / 2, 0], [1 / 2, 0, 1 / 2], [0, 1 / 2, 0]]
    assert set_distances([], "masi").shape == (0, 0)
