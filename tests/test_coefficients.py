"""Coefficients: the published numbers, what holds on random data, what is undefined, and their signatures."""

from __future__ import annotations

import random
from itertools import combinations, permutations
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]

from annotate import __version__
from annotate.agreement.coefficients import measure_ratings
from annotate.agreement.results import Rating
from tests.ratings import MEASURES, few, measured, number, ratings_of

LEVELS = ["nominal", "ordinal"]


# Published numbers


class Table(NamedTuple):
    """Two annotators' contingency table with what was printed for it."""

    source: str
    table: list[list[int]]
    kappa: float
    tolerance: float = 0.001
    percent: float | None = None


TABLES = [
    Table("Cohen 1960, p. 37 (kappa from the printed p_o and p_e)", [[25, 12, 3], [13, 2, 15], [12, 16, 2]], -0.0923, percent=0.29),
    Table("Cohen 1960, p. 45", [[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.492, percent=0.7),
    Table("Artstein & Poesio 2008, p. 558", [[50, 20], [10, 20]], 0.348, percent=0.7),
    Table("Artstein & Poesio 2008, p. 568", [[46, 0, 0], [6, 32, 6], [0, 0, 10]], 0.8013, percent=0.88),
    Table("Brennan & Prediger 1981, first table", [[50, 0, 0], [10, 10, 10], [20, 0, 0]], 0.27, 0.01),
    Table("Brennan & Prediger 1981, second table", [[50, 0, 10], [0, 10, 10], [10, 10, 0]], 0.29, 0.01),
    Table("Zwick 1988, p. 376, first table", [[20, 0, 0, 5], [0, 10, 15, 0], [0, 15, 10, 0], [5, 0, 0, 20]], 0.467),
    Table("Zwick 1988, p. 376, second table", [[20, 10, 10, 0], [10, 10, 0, 0], [10, 0, 10, 0], [0, 0, 0, 20]], 0.444),
    Table("Zwick 1988, p. 376, third table", [[20, 5, 5, 10], [0, 10, 5, 5], [0, 5, 10, 5], [0, 0, 0, 20]], 0.474),
    Table("Agresti 1992, p. 202", [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]], 0.493),
    Table("Krippendorff 2004, p. 246, first table", [[12, 9, 9], [9, 14, 9], [9, 9, 20]], 0.186, percent=0.46),
    Table("Krippendorff 2004, p. 246, second table", [[12, 18, 18], [0, 14, 18], [0, 0, 20]], 0.258, percent=0.46),
    Table("SAS PROC FREQ, in statsmodels' test_inter_rater.py", [[0, 4, 1], [0, 8, 0], [0, 1, 5]], 0.4842, 0.0001),
]


class Alpha(NamedTuple):
    """Annotators' rows with the alpha that was printed for them."""

    source: str
    level: str
    rows: list[str]
    alpha: float
    tolerance: float = 0.001


KRIPPENDORFF_2011 = ["123321412...", "1233224125..", ".33323422513", "12332441251."]
KRIPPENDORFF_1980 = ["112412132", "122442232", "122442332"]
HAYES_KRIPPENDORFF_2007 = [
    "112.001122.01311211000201001111223222221",
    "1130000.21102311121000302102111122222221",
    "203000222100221123001.30.1012202.2232.21",
    ".13....0.10022...31.103021122..122...12.",
    "2..0001.2....3112..0.0..2.0..20.2.2222.1",
]
ALPHAS = [
    Alpha("Krippendorff 2011, 4 observers, 12 units (to 12 digits in nltk's tests)", "nominal", KRIPPENDORFF_2011, 0.743421052632, 1e-9),
    Alpha("Krippendorff 2011, 4 observers, 12 units", "ordinal", KRIPPENDORFF_2011, 0.815, 0.0005),
    Alpha("Hayes & Krippendorff 2007, p. 84", "ordinal", HAYES_KRIPPENDORFF_2007, 0.7598, 0.0001),
    Alpha("Krippendorff 1980, p. 133", "nominal", ["0100000010", "0110010100"], 0.095),
    Alpha("Krippendorff 1980, p. 139", "nominal", KRIPPENDORFF_1980, 0.642),
    Alpha("Krippendorff 2004, p. 227", "nominal", ["aabbbbbccccc", "abbbbbcccccc"], 0.734),
    Alpha("Wikipedia, 3 coders, 15 units", "nominal", [".....34121133.3", "1.213343.......", "..21344.21133.4"], 0.691, 0.0005),
    Alpha("nltk, test_disagreement.py, test_easy", "nominal", ["YY.", "NN.", "N.N"], -1 / 3, 1e-9),
    Alpha("crowd-kit, tests/metrics/test_metrics.py", "nominal", ["YNY", "YNN"], 4 / 9, 1e-9),
]


def rows_of(table: list[list[int]]) -> list[str]:
    """Two annotators' rows of a contingency table: the first gave the row's value, the second the column's, so many times."""
    cells = [(str(row), str(column), times) for row, counts in enumerate(table) for column, times in enumerate(counts)]
    return ["".join(first * times for first, _, times in cells), "".join(second * times for _, second, times in cells)]


@pytest.mark.parametrize("published", TABLES, ids=lambda published: published.source)
def test_kappa_and_percent_agreement_as_published(published: Table) -> None:
    results = measured(ratings_of(rows_of(published.table)))
    assert number(results["cohen_kappa"]) == pytest.approx(published.kappa, abs=published.tolerance)
    if published.percent is not None:
        assert number(results["percent_agreement"]) == pytest.approx(published.percent)


@pytest.mark.parametrize("published", ALPHAS, ids=lambda published: f"{published.source}, {published.level}")
def test_alpha_as_published(published: Alpha) -> None:
    results = measured(ratings_of(published.rows), published.level)
    assert number(results["krippendorff_alpha"]) == pytest.approx(published.alpha, abs=published.tolerance)


def test_percent_agreement_of_three_annotators_as_published() -> None:
    """Krippendorff 1980, p. 139: the mean over the pairs."""
    results = measured(ratings_of(KRIPPENDORFF_1980))
    assert number(results["percent_agreement"]) == pytest.approx(0.74, abs=0.001)


def test_what_was_rated_is_counted() -> None:
    for result in measured(ratings_of(KRIPPENDORFF_2011)).values():
        assert (result.units, result.pairable, result.annotators) == (12, 11, 4)


# Coefficients on random data

some_rows = st.integers(1, 10).flatmap(lambda units: st.lists(st.text("xyz.", min_size=units, max_size=units), min_size=2, max_size=4))
some_ratings = some_rows.map(ratings_of).filter(bool)
some_levels = st.sampled_from(LEVELS)


def alpha_by_definition(rows: list[str], level: str) -> float | None:
    """1 − D_o / D_e over all pairs of values, spelled out (Krippendorff 2011)."""
    units = [unit for column in zip(*rows, strict=True) if len(unit := [value for value in column if value != "."]) > 1]
    values = [value for unit in units for value in unit]
    n = len(values)

    def distance(c: str, k: str) -> float:
        if level == "nominal":
            return float(c != k)
        between = sum(min(c, k) <= g <= max(c, k) for g in values)
        return float((between - (values.count(c) + values.count(k)) / 2) ** 2)

    expected = sum(distance(c, k) for c, k in permutations(values, 2))
    observed = sum(sum(distance(c, k) for c, k in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    return 1 - (n - 1) * observed / expected if expected else None


@few
@given(rows=some_rows, level=some_levels)
def test_alpha_is_what_its_definition_says(rows: list[str], level: str) -> None:
    alpha = measured(ratings_of(rows), level, "xyz")["krippendorff_alpha"]
    assert alpha.value == pytest.approx(alpha_by_definition(rows, level))


@few
@given(rows=some_rows)
def test_every_pairs_kappa_is_sklearns(rows: list[str]) -> None:
    rated = [row for row in rows if row.strip(".")]
    kappa = measured(ratings_of(rated), categories="xyz")["cohen_kappa"]
    for (first, second), pair in zip(combinations(rated, 2), kappa.pairs, strict=True):
        both = [(a, b) for a, b in zip(first, second, strict=True) if "." not in (a, b)]
        assert pair.units == len(both)
        if pair.value is None:
            assert len({value for values in both for value in values}) <= 1
        else:
            assert pair.value == pytest.approx(cohen_kappa_score(*zip(*both, strict=True)))
    values = [pair.value for pair in kappa.pairs if pair.value is not None]
    assert kappa.value == (pytest.approx(np.mean(values)) if values else None)


@few
@given(ratings=some_ratings, level=some_levels, draw=st.randoms())
def test_the_order_of_ratings_is_irrelevant(ratings: list[Rating], level: str, draw: random.Random) -> None:
    assert measured(draw.sample(ratings, len(ratings)), level, replicates=20) == measured(ratings, level, replicates=20)


@few
@given(ratings=some_ratings, level=some_levels, draw=st.randoms())
def test_the_names_of_units_and_annotators_are_irrelevant(ratings: list[Rating], level: str, draw: random.Random) -> None:
    names = [*{each.unit for each in ratings}, *{each.document for each in ratings}, *{each.annotator for each in ratings}]
    other = dict(zip(names, draw.sample(range(len(names)), len(names)), strict=True))
    renamed = [Rating(f"{other[each.document]}", f"{other[each.unit]}", f"{other[each.annotator]}", each.value) for each in ratings]
    for before, after in zip(measured(ratings, level).values(), measured(renamed, level).values(), strict=True):
        assert after == replace(before, value=pytest.approx(before.value), pairs=after.pairs)
        values = [pair.value for pair in before.pairs if pair.value is not None]
        assert sorted(pair.value for pair in after.pairs if pair.value is not None) == pytest.approx(sorted(values))


@few
@given(ratings=some_ratings, level=some_levels)
def test_units_rated_once_change_nothing(ratings: list[Rating], level: str) -> None:
    alone = [Rating("document alone", f"unit {value}", "annotator 0", value) for value in "xyz"]
    without, with_them = measured(ratings, level, "xyz"), measured(ratings + alone, level, "xyz")
    for measure in MEASURES:
        assert with_them[measure].value == pytest.approx(without[measure].value)
        assert with_them[measure].pairable == without[measure].pairable
        assert with_them[measure].units == without[measure].units + 3


@few
@given(ratings=some_ratings, level=some_levels)
def test_categories_that_nobody_used_change_nothing(ratings: list[Rating], level: str) -> None:
    used, more = measured(ratings, level, "xyz", replicates=20), measured(ratings, level, "axbyczd", replicates=20)
    for measure in MEASURES:
        assert more[measure].value == pytest.approx(used[measure].value)
        assert (more[measure].reason, more[measure].interval is None) == (used[measure].reason, used[measure].interval is None)


@few
@given(row=st.text("xyz", min_size=2, max_size=12).filter(lambda row: len(set(row)) > 1), annotators=st.integers(2, 5), level=some_levels)
def test_perfect_agreement_on_two_categories_is_one(row: str, annotators: int, level: str) -> None:
    assert [each.value for each in measured(ratings_of([row] * annotators), level).values()] == pytest.approx([1, 1, 1])


@few
@given(ratings=some_ratings, level=some_levels)
def test_a_number_is_finite_or_null_with_a_reason(ratings: list[Rating], level: str) -> None:
    for result in measured(ratings, level, replicates=20).values():
        assert (result.value is None or result.interval is None) == (result.reason is not None)
        assert result.value is None or -1 <= result.value <= 1 + 1e-9
        assert all((pair.value is None) == (pair.reason is not None) for pair in result.pairs)
        if result.interval is not None:
            assert -1 <= result.interval.low <= result.interval.high <= 1 + 1e-9


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("rows", "percent", "kappa", "alpha"),
    [
        pytest.param([], "no unit has two ratings", "no unit has two ratings", "no unit has two ratings", id="nothing rated"),
        pytest.param(["xy"], "no unit has two ratings", "no unit has two ratings", "no unit has two ratings", id="one annotator"),
        pytest.param(
            ["xy..", "..xy"], "no unit has two ratings", "no unit has two ratings", "no unit has two ratings", id="never the same unit"
        ),
        pytest.param(["xxx", "xxx"], 1.0, "no pair of annotators used two categories", "only one category is in use", id="one category"),
        pytest.param(["x.", "xy", ".y"], 1.0, "no pair of annotators used two categories", 1.0, id="one category in each pair"),
    ],
)
def test_what_is_undefined_says_why(rows: list[str], level: str, percent: float | str, kappa: float | str, alpha: float | str) -> None:
    results = measured(ratings_of(rows), level, "xy", replicates=20)
    for measure, expected in zip(MEASURES, [percent, kappa, alpha], strict=True):
        written = msgspec.json.decode(msgspec.json.encode(results[measure]))
        if isinstance(expected, str):
            assert results[measure].value is None
            assert written["value"] is None
            assert written["interval"] is None
            assert written["reason"].startswith(expected)
        else:
            assert results[measure].value == pytest.approx(expected)
            assert (written["interval"] is None) == (written["reason"] or "").startswith("no interval: ")


def test_pairs_that_are_undefined_say_why() -> None:
    pairs = {
        each.annotators: (each.value, each.reason, each.units) for each in measured(ratings_of(["x.y", "xxy", ".x."]))["cohen_kappa"].pairs
    }
    assert pairs == {
        ("annotator 0", "annotator 1"): (pytest.approx(1), None, 2),
        ("annotator 0", "annotator 2"): (None, "no unit rated by both", 0),
        ("annotator 1", "annotator 2"): (None, "one category used by both: no disagreement was possible", 1),
    }


# Signatures


def test_signatures_of_coefficients() -> None:
    results = measure_ratings("layer", "ordinal", ["x", "y"], ratings_of(["xy", "x."]), replicates=50, seed=7)
    assert [each.signature for each in results] == [
        f"m:percent_agreement|unit:given|missing:pairwise|ci:percentile-document-50-seed7|annotate:{__version__}",
        f"m:cohen_kappa|unit:given|missing:pairwise|ci:percentile-document-50-seed7|over:pairs|annotate:{__version__}",
        f"m:krippendorff_alpha|unit:given|missing:pairwise|ci:percentile-document-50-seed7|level:ordinal|annotate:{__version__}",
    ]


def test_signatures_say_when_nothing_was_missing_or_resampled() -> None:
    for each in measure_ratings("layer", "nominal", ["x", "y"], ratings_of(["xy", "xx"]), replicates=0):
        assert "|missing:none|ci:none|" in each.signature
