"""The table of ratings: rows, columns, a matrix, a contingency table and counts come to the same; what is refused."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.agreement.categories.measure import LEVELS
from annotate.agreement.categories.ratings import (
    MISSING,
    Ratings,
    by_document,
    counts_of,
    patterns_of,
    ratings_of_columns,
    ratings_of_contingency,
    ratings_of_counts,
    ratings_of_matrix,
    ratings_of_rows,
)
from annotate.agreement.results import Rating
from annotate.errors import BadInput
from tests.ratings import few, measured, ratings_of, rows_of, some_rows


def matrix_of(rows: list[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[np.nan if value == "." else float(value) for value in row] for row in rows])


def columns_of(ratings: list[Rating]) -> list[list[str]]:
    return [[str(each.unit) for each in ratings], [each.annotator for each in ratings], [str(each.value) for each in ratings]]


def values(ratings: Ratings | list[Rating], level: str = "ordinal") -> dict[str, float | None]:
    return {name: each.value for name, each in measured(ratings, level).items()}


# The same from everywhere


@few
@given(rows=some_rows.filter(lambda rows: all(row.strip(".") for row in rows)))
def test_rows_columns_and_matrix_agree(rows: list[str]) -> None:
    ratings = ratings_of(rows)
    expected = pytest.approx(values(ratings), abs=1e-9, nan_ok=False)
    assert values(ratings_of_columns(*columns_of(ratings))) == expected
    assert values(ratings_of_matrix(matrix_of(rows))) == expected


@few
@given(rows=rows_of("012").filter(lambda rows: len(rows) > 1))
def test_a_contingency_table_is_two_annotators(rows: list[str]) -> None:
    table = np.zeros((3, 3), dtype=np.int64)
    for first, second in zip(*rows[:2], strict=True):
        table[int(first), int(second)] += 1
    made = measured(ratings_of_contingency(table, list("012")), "ordinal")
    expected = measured(ratings_of(rows[:2]), "ordinal", "012")
    assert {name: each.value for name, each in made.items()} == pytest.approx(
        {name: each.value for name, each in expected.items()}, abs=1e-9
    )
    assert {each.units for each in made.values()} == {len(rows[0])}


@few
@given(rows=some_rows.filter(lambda rows: all(any(row[unit] != "." for row in rows) for unit in range(len(rows[0])))))
def test_counts_are_annotators_who_are_not_told_apart(rows: list[str]) -> None:
    counts = [[unit.count(value) for value in "012"] for unit in zip(*rows, strict=True)]
    made = measured(ratings_of_counts(np.array(counts), list("012")))
    expected = measured(ratings_of(rows), categories="012")
    for name in ("percent_agreement", "fleiss_kappa", "brennan_prediger", "gwet_ac1", "krippendorff_alpha"):
        assert made[name].value == (None if expected[name].value is None else pytest.approx(expected[name].value, abs=1e-9))


def test_what_was_rated_is_counted() -> None:
    """Krippendorff 2011: the last unit has one rating."""
    for result in measured(ratings_of(["123321412...", "1233224125..", ".33323422513", "12332441251."])).values():
        assert (result.units, result.pairable, result.annotators) == (12, 11, 4)


def test_missing_values_count_as_units() -> None:
    rated = ratings_of_columns(["u", "u", "v", "w"], ["a", "b", "a", "b"], ["x", "x", None, np.nan])
    assert rated.units == 3
    assert rated.codes.tolist() == [[0, MISSING, MISSING], [0, MISSING, MISSING]]
    assert rated.categories == ["x"]


def test_a_unit_of_the_same_name_in_two_documents_is_two_units() -> None:
    rated = ratings_of_columns(["1", "1", "2", "1"], ["a", "b", "a", "a"], ["x", "y", "y", "x"], ["d", "d", "d", "e"])
    assert (rated.units, rated.documents) == (3, 2)
    assert rated.document_of is not None
    assert rated.document_of.tolist() == [0, 0, 1]
    assert rated.codes.tolist() == [[0, 1, 0], [1, MISSING, MISSING]]


def test_documents_of_one_unit_each_are_the_units() -> None:
    assert ratings_of_columns(["1", "1"], ["a", "a"], ["x", "y"], ["d", "e"]).document_of is None
    assert ratings_of_columns(["1", "2"], ["a", "a"], ["x", "y"]).documents == 2


@few
@given(rows=some_rows, draw=st.randoms())
def test_the_order_of_rows_is_irrelevant(rows: list[str], draw: random.Random) -> None:
    ratings = ratings_of(rows, documents=[unit // 2 for unit in range(len(rows[0]))])
    one, other = ratings_of_rows(ratings), ratings_of_rows(draw.sample(ratings, len(ratings)))
    assert one.codes.tolist() == other.codes.tolist()
    assert (one.categories, one.annotators, one.documents) == (other.categories, other.annotators, other.documents)
    assert (one.document_of is None) == (other.document_of is None)


def test_numbers_and_words_as_names() -> None:
    """Mixed names have no order of their own: numbers come first."""
    rated = ratings_of_columns([10, 9, "u", 10], ["a", "a", "a", 7], ["x", "y", "x", "y"])
    assert rated.annotators == ["7", "a"]
    assert rated.codes.tolist() == [[MISSING, 1, MISSING], [1, 0, 0]]


def test_nothing_rated() -> None:
    assert ratings_of_rows([]).units == 0
    assert ratings_of_matrix(np.empty((2, 0))).units == 0
    assert ratings_of_matrix([[np.nan], [np.nan]]).categories == []
    for level in LEVELS:
        assert {each.reason for each in measured(ratings_of_matrix([[np.nan], [np.nan]]), level).values()} == {"no unit has two ratings"}


# Matrices


def test_a_value_that_a_sample_of_the_matrix_does_not_show() -> None:
    matrix = np.zeros((2, 50_000))
    matrix[1, 777] = 5
    rated = ratings_of_matrix(matrix)
    assert rated.categories == [0, 5]
    assert np.flatnonzero(rated.codes[1]).tolist() == [777]


def test_a_matrix_with_many_categories() -> None:
    """From 65 on they are looked up instead of compared, from 127 on a byte does not hold them."""
    numbers = np.random.default_rng(0).permutation(400).astype(np.float64).reshape(2, 200) * 1.5
    numbers[0, 3] = np.nan
    rated = ratings_of_matrix(numbers)
    scale = np.append(np.array(rated.categories, np.float64), np.nan)
    assert np.array_equal(scale[rated.codes], numbers, equal_nan=True)
    assert rated.categories == sorted(set(numbers[~np.isnan(numbers)].tolist()))


def test_declared_categories_of_a_matrix_keep_their_order() -> None:
    rated = ratings_of_matrix(np.array([[3, 1], [np.nan, 1]]), categories=[3, 2, 1])
    assert rated.categories == [3, 2, 1]
    assert rated.codes.tolist() == [[0, 2], [MISSING, 2]]
    many = ratings_of_matrix(np.array([[99, 0], [np.nan, 1]]), categories=range(99, -1, -1))
    assert many.codes.tolist() == [[0, 99], [MISSING, 98]]


def test_documents_of_a_matrix() -> None:
    rated = ratings_of_matrix([[1, 2, 1]], documents=["e", "d", "e"])
    assert rated.document_of is not None
    assert (rated.document_of.tolist(), rated.documents) == ([1, 0, 1], 2)


# Patterns


@few
@given(rows=some_rows)
def test_units_rated_alike_are_joined(rows: list[str]) -> None:
    rated = ratings_of_matrix(matrix_of(rows))
    patterns = patterns_of(rated)
    assert np.array_equal(patterns.codes[:, patterns.pattern_of], rated.codes)
    assert np.bincount(patterns.pattern_of, minlength=len(patterns.times)).tolist() == patterns.times.tolist()
    assert len({tuple(each) for each in patterns.codes.T.tolist()}) == len(patterns.times)


def test_too_many_annotators_to_join_their_units() -> None:
    """3 ** 40 patterns do not fit an integer: units are taken one by one, and come to the same."""
    rows = ["0101", "0110"] * 20
    patterns = patterns_of(ratings_of_matrix(matrix_of(rows)))
    assert patterns.times.tolist() == [1] * 4
    joined = patterns_of(ratings_of_matrix(matrix_of(rows[:20])))
    assert len(joined.times) == 3 + 1  # 00, 11, 01 and 10 down the rows
    # By hand: 80 of each value; the first two units agree, of the 40 · 39 pairs of each of the others 40 · 20 do not.
    assert values(ratings_of(rows), "nominal")["krippendorff_alpha"] == pytest.approx(1 - 159 * (2 * 40 * 20 / 39) / (2 * 80 * 80))


@few
@given(rows=some_rows)
def test_what_documents_add_is_the_sum_of_their_units(rows: list[str]) -> None:
    matrix = matrix_of(rows)
    documents = np.arange(matrix.shape[1]) // 3
    rated = ratings_of_matrix(matrix, documents=documents)
    patterns = patterns_of(rated)
    q = len(rated.categories)
    tables, times = by_document(rated, patterns, counts_of(patterns.codes, q))
    assert times.tolist() == [1] * len(tables)
    for document, table in enumerate(tables):
        inside = matrix[:, documents == document]
        assert table.tolist() == [(inside == category).sum() for category in rated.categories]


# What is refused


def test_a_unit_rated_twice_names_both_rows() -> None:
    with pytest.raises(BadInput) as caught:
        ratings_of_columns(["u", "v", "u", "u"], ["a", "a", "b", "a"], ["x", "x", "x", "y"])
    assert str(caught.value) == ("row 4: a rated unit u before, in row 1; keep one of the two, or name the second annotator apart")


def test_of_many_units_rated_twice_the_first_are_named() -> None:
    units = [f"u{number}" for number in range(25)] * 2
    with pytest.raises(BadInput) as caught:
        ratings_of_columns(units, ["a"] * 50, ["x"] * 50, place="line {}".format)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[0].startswith("line 26: a rated unit u0 before, in line 1;")
    assert lines[-1] == "and 5 more like these"


def test_a_missing_value_is_not_a_rating() -> None:
    assert ratings_of_columns(["u", "u"], ["a", "a"], ["x", None]).codes.tolist() == [[0]]


def test_values_that_are_not_categories_are_named() -> None:
    with pytest.raises(BadInput) as caught:
        ratings_of_rows(ratings_of(["xq", "yx"]), ["x", "z"])
    assert str(caught.value) == (
        "row 2: the value 'q' is not one of x, z; correct it, or declare it\n"
        "row 3: the value 'y' is not one of x, z; correct it, or declare it"
    )
    with pytest.raises(BadInput, match="a value is not one of the categories"):
        ratings_of_matrix([[1, 4]], categories=[1, 2])


def test_a_category_declared_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="the category x is declared twice"):
        ratings_of_rows(ratings_of(["xy", "yx"]), ["x", "y", "x"])
    with pytest.raises(BadInput, match=r"the category 2\.0 is declared twice"):
        ratings_of_matrix([[1, 2]], categories=[1, 2, 2])


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_row_without_a_unit_an_annotator_or_a_document_is_refused(place: int) -> None:
    columns: list[list[Any]] = [["u", "v"], ["a", "a"], ["x", "y"], ["d", "e"]]
    columns[place][1] = None
    with pytest.raises(BadInput, match=f"row 2: no {['unit', 'annotator', 'value', 'document'][place]}"):
        ratings_of_columns(*columns)
