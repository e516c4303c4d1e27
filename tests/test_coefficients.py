"""Coefficients on random data: each is what its definition says, how they belong together, and what changes none of them."""

from __future__ import annotations

import random
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]

from annotate.agreement.categories.coefficients import krippendorff_alpha
from annotate.agreement.categories.measure import LEVELS, measure_ratings
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Rating, Result, Value
from tests.ratings import KAPPAS, MEASURES, NO_INTERVAL, ORDERED_MEASURES, few, measured, number, ratings_of, rows_of, some_rows

NUMBERS: list[Value] = [1.0, 2.5, 7.0]
SOME = Intervals(replicates=20)

complete_rows = rows_of("012")
some_ratings = some_rows.map(ratings_of).filter(bool)
some_levels = st.sampled_from(["nominal", "ordinal"])
any_levels = st.sampled_from(LEVELS)


def close(expected: float | None) -> object:
    return None if expected is None or np.isnan(expected) else pytest.approx(expected, abs=1e-9)


# By their definitions, spelled out


def units_of(rows: list[str]) -> list[list[int]]:
    """The categories that each unit was given, missing ones left out."""
    return [[int(value) for value in unit if value != "."] for unit in zip(*rows, strict=True)]


def alpha_by_definition(rows: list[str], level: str, scale: list[Value]) -> float | None:
    """1 − D_o / D_e over all pairs of values (Krippendorff 2011)."""
    units = [unit for unit in units_of(rows) if len(unit) > 1]
    values = [value for unit in units for value in unit]

    def distance(c: int, k: int) -> float:
        x, y = (float(str(scale[each])) for each in (c, k))
        between = sum(min(c, k) <= g <= max(c, k) for g in values) - (values.count(c) + values.count(k)) / 2
        return {"nominal": float(c != k), "ordinal": between**2, "interval": (x - y) ** 2, "ratio": ((x - y) / (x + y)) ** 2}[level]

    expected = sum(distance(c, k) for c, k in permutations(values, 2))
    observed = sum(sum(distance(c, k) for c, k in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    return 1 - (len(values) - 1) * observed / expected if expected else None


def kappas_by_definition(rows: list[str], q: int, kind: str) -> dict[str, float | None]:
    """Gwet (2014, ch. 2–4), with missing ratings: of units rated twice the observed agreement, of all that were rated the expected one."""
    power = {"identity": 0, "linear": 1, "quadratic": 2}[kind]
    cells = list(product(range(q), repeat=2))
    w = {(a, b): 1 - (abs(a - b) / (q - 1)) ** power * (a != b) for a, b in cells}
    units = [unit for unit in units_of(rows) if unit]
    twice = [unit for unit in units if len(unit) > 1]
    if not twice:
        return dict.fromkeys(["fleiss_kappa", "conger_kappa", "brennan_prediger", "gwet_ac"])
    p_a = np.mean([np.mean([w[pair] for pair in permutations(unit, 2)]) for unit in twice])
    pi = [np.mean([unit.count(k) / len(unit) for unit in units]) for k in range(q)]
    own = [[row.count(str(k)) / (len(row) - row.count(".")) for k in range(q)] for row in rows if row.strip(".")]
    total = sum(w.values())
    chance = {
        "fleiss_kappa": sum(w[a, b] * pi[a] * pi[b] for a, b in cells),
        "conger_kappa": np.mean([sum(w[a, b] * g[a] * h[b] for a, b in cells) for g, h in permutations(own, 2)]),
        "brennan_prediger": total / q**2,
        "gwet_ac": total / (q * (q - 1)) * sum(p * (1 - p) for p in pi),
    }
    return {name: None if p_e > 1 - 1e-9 else float((p_a - p_e) / (1 - p_e)) for name, p_e in chance.items()}


@few
@given(rows=some_rows, level=any_levels)
def test_alpha_is_what_its_definition_says(rows: list[str], level: str) -> None:
    expected = close(alpha_by_definition(rows, level, NUMBERS))
    results = measure_ratings("layer", level, ratings_of(rows, NUMBERS), NUMBERS, how=NO_INTERVAL)
    assert next(each.value for each in results if each.measure == "krippendorff_alpha") == expected
    scale = range(3) if level == "ordinal" else NUMBERS
    matrix = [[np.nan if value == "." else float(str(scale[int(value)])) for value in row] for row in rows]
    assert krippendorff_alpha(matrix, level) == expected


@few
@given(rows=some_rows)
def test_interval_alpha_keeps_its_digits_far_from_zero(rows: list[str]) -> None:
    matrix = np.array([[np.nan if value == "." else float(value) for value in row] for row in rows])
    assert krippendorff_alpha(matrix + 1e8, "interval") == close(krippendorff_alpha(matrix, "interval"))


@few
@given(rows=some_rows, kind=st.sampled_from(["identity", "linear", "quadratic"]))
def test_kappas_of_many_annotators_are_what_their_definitions_say(rows: list[str], kind: str) -> None:
    results = measured(ratings_of(rows), "nominal" if kind == "identity" else "ordinal", "0123")  # 3 is declared and not used
    for name, expected in kappas_by_definition(rows, 4, kind).items():
        suffix = {"gwet_ac": "1" if kind == "identity" else "2"}.get(name, "") + ("" if kind == "identity" else f"_{kind}")
        assert results[name + suffix].value == close(expected), name


@few
@given(rows=some_rows)
def test_percent_agreement_is_what_its_definition_says(rows: list[str]) -> None:
    shares = [np.mean([a == b for a, b in combinations(unit, 2)]) for unit in units_of(rows) if len(unit) > 1]
    assert measured(ratings_of(rows))["percent_agreement"].value == close(float(np.mean(shares)) if shares else None)


@few
@given(rows=some_rows, kind=st.sampled_from([None, "linear", "quadratic"]))
def test_every_pairs_kappa_is_sklearns(rows: list[str], kind: str | None) -> None:
    rated = [row for row in rows if row.strip(".")]
    kappa = measured(ratings_of(rated), "ordinal", "012")[f"cohen_kappa_{kind}" if kind else "cohen_kappa"]
    for (first, second), pair in zip(combinations(rated, 2), kappa.pairs, strict=True):
        both = [(a, b) for a, b in zip(first, second, strict=True) if "." not in (a, b)]
        assert pair.units == len(both)
        if pair.value is None:
            assert len({value for values in both for value in values}) <= 1
        else:
            assert pair.value == pytest.approx(cohen_kappa_score(*zip(*both, strict=True), labels=list("012"), weights=kind))
    assert kappa.value == close(mean_of(kappa))


@few
@given(rows=some_rows)
def test_scotts_pi_of_a_pair_is_their_fleiss_kappa(rows: list[str]) -> None:
    rated = [row for row in rows if row.strip(".")]
    results = measured(ratings_of(rated), "ordinal", "012")
    pi = {suffix: results[f"scott_pi{suffix}"] for suffix in ("", "_linear", "_quadratic")}
    for place, (first, second) in enumerate(combinations(rated, 2)):
        both = [pair for pair in zip(first, second, strict=True) if "." not in pair]
        alone = measured(ratings_of(["".join(row) for row in zip(*both, strict=True)]), "ordinal", "012")
        for suffix, found in pi.items():
            assert found.pairs[place].value == close(alone[f"fleiss_kappa{suffix}"].value)
    assert [each.value for each in pi.values()] == [close(mean_of(each)) for each in pi.values()]


def mean_of(result: Result) -> float | None:
    values = [pair.value for pair in result.pairs if pair.value is not None]
    return float(np.mean(values)) if values else None


@few
@given(rows=complete_rows)
def test_kappa_of_a_category_is_fleiss_kappa_against_all_others(rows: list[str]) -> None:
    results = measure_ratings("layer", "nominal", ratings_of(rows), list("012"), how=NO_INTERVAL)
    for category in "012":
        own = next(each for each in results if each.category == category)
        against = [row.translate({ord(each): "-" for each in "012" if each != category}) for row in rows]
        assert own.value == close(measured(ratings_of(against))["fleiss_kappa"].value)
        assert own.value is not None or own.reason in {
            "nobody gave this category",
            "only one category is in use: no disagreement was possible",
            "no unit has two ratings",
        }


# How they belong together


@few
@given(rows=some_rows)
def test_weights_of_identity_are_no_weights(rows: list[str]) -> None:
    results = {
        each.measure: each.value
        for each in measure_ratings("layer", "nominal", ratings_of(rows), list("012"), weights=np.eye(3), how=NO_INTERVAL)
        if each.category is None
    }
    for name in KAPPAS:
        assert results["gwet_ac2_custom" if name == "gwet_ac1" else f"{name}_custom"] == close(results[name])


@few
@given(rows=some_rows)
def test_interval_alpha_is_alpha_with_squared_differences(rows: list[str]) -> None:
    x = np.array(NUMBERS, dtype=np.float64)
    results = measure_ratings(
        "layer", "nominal", ratings_of(rows, NUMBERS), NUMBERS, distances=(x[:, None] - x[None, :]) ** 2, how=NO_INTERVAL
    )
    own = next(each for each in results if each.measure == "krippendorff_alpha")
    matrix = [[np.nan if value == "." else x[int(value)] for value in row] for row in rows]
    assert own.value == close(krippendorff_alpha(matrix, "interval"))
    assert "|metric:custom|" in own.signature


@few
@given(rows=complete_rows)
def test_alpha_is_fleiss_kappa_corrected_for_few_ratings(rows: list[str]) -> None:
    n = len(rows) * len(rows[0])
    for level, name in (("nominal", "fleiss_kappa"), ("interval", "fleiss_kappa_quadratic")):
        results = {
            each.measure: each.value
            for each in measure_ratings("layer", level, ratings_of(rows, NUMBERS), NUMBERS, how=NO_INTERVAL)
            if each.category is None
        }
        kappa = results[name]
        assert results["krippendorff_alpha"] == close(None if kappa is None else 1 - (1 - kappa) * (n - 1) / n)


@few
@given(ratings=some_ratings, level=some_levels, draw=st.randoms())
def test_the_order_of_ratings_is_irrelevant(ratings: list[Rating], level: str, draw: random.Random) -> None:
    assert measured(draw.sample(ratings, len(ratings)), level, how=SOME) == measured(ratings, level, how=SOME)


@few
@given(ratings=some_ratings, level=some_levels, draw=st.randoms())
def test_the_names_of_units_and_annotators_are_irrelevant(ratings: list[Rating], level: str, draw: random.Random) -> None:
    names = [*{each.unit for each in ratings}, *{each.document for each in ratings}, *{each.annotator for each in ratings}]
    other = dict(zip(names, draw.sample(range(len(names)), len(names)), strict=True))
    renamed = [Rating(f"{other[each.document]}", f"{other[each.unit]}", f"{other[each.annotator]}", each.value) for each in ratings]
    for before, after in zip(measured(ratings, level).values(), measured(renamed, level).values(), strict=True):
        assert after == replace(before, value=close(before.value), pairs=after.pairs)
        values = [pair.value for pair in before.pairs if pair.value is not None]
        assert sorted(pair.value for pair in after.pairs if pair.value is not None) == pytest.approx(sorted(values), abs=1e-9)


@few
@given(rows=some_rows, order=st.permutations("012"))
def test_the_names_of_categories_are_irrelevant_where_they_have_no_order(rows: list[str], order: list[str]) -> None:
    renamed = [row.translate(str.maketrans("012", "".join(order))) for row in rows]
    before, after = (measured(ratings_of(each), categories="012") for each in (rows, renamed))
    assert {name: each.value for name, each in after.items()} == {name: close(each.value) for name, each in before.items()}


@few
@given(ratings=some_ratings, level=some_levels)
def test_a_scale_read_backwards_is_the_same_scale(ratings: list[Rating], level: str) -> None:
    forward, backward = (measured(ratings, level, scale) for scale in ("012", "210"))
    assert {name: each.value for name, each in backward.items()} == {name: close(each.value) for name, each in forward.items()}


@few
@given(ratings=some_ratings, level=some_levels)
def test_units_rated_once_count_for_chance_only_where_gwet_has_them_count(ratings: list[Rating], level: str) -> None:
    alone = [Rating("document alone", f"unit {value}", "annotator 0", value) for value in "012"]
    without, with_them = measured(ratings, level, "012"), measured(ratings + alone, level, "012")
    for measure, before in without.items():
        after = with_them[measure]
        assert (after.pairable, after.units) == (before.pairable, before.units + 3)
        if not measure.startswith(("fleiss", "conger", "gwet")):
            assert after.value == close(before.value)


def test_units_rated_once_change_gwets_chance_agreement_and_not_alpha() -> None:
    without, with_them = (measured(ratings_of(rows)) for rows in (["xxyy", "xxyx"], ["xxyyyyy", "xxyx..."]))
    assert number(with_them["krippendorff_alpha"]) == pytest.approx(number(without["krippendorff_alpha"]))
    # By hand: π_x = 5/8 alone and 2.5/7 with the three, p_e = 2 π_x (1 − π_x).
    assert number(without["gwet_ac1"]) == pytest.approx((3 / 4 - 15 / 32) / (1 - 15 / 32))
    assert number(with_them["gwet_ac1"]) == pytest.approx((3 / 4 - 22.5 / 49) / (1 - 22.5 / 49))


@few
@given(ratings=some_ratings)
def test_categories_that_nobody_used_count_for_brennan_prediger_and_gwet(ratings: list[Rating]) -> None:
    used, more = measured(ratings, "nominal", "012", SOME), measured(ratings, "nominal", "a0b1c2d", SOME)
    for measure, before in used.items():
        after = more[measure]
        if measure not in ("brennan_prediger", "gwet_ac1"):
            assert (after.value, after.reason, after.interval is None) == (close(before.value), before.reason, before.interval is None)
        elif before.value is not None and before.value < 1 - 1e-9:
            assert number(after) > before.value


@few
@given(row=st.text("xyz", min_size=2, max_size=12).filter(lambda row: len(set(row)) > 1), annotators=st.integers(2, 5), level=some_levels)
def test_perfect_agreement_on_two_categories_is_one(row: str, annotators: int, level: str) -> None:
    results = measured(ratings_of([row] * annotators), level)
    assert list(results) == (MEASURES if level == "nominal" else ORDERED_MEASURES)
    assert [each.value for each in results.values()] == pytest.approx([1] * len(results))
