"""Gates, and results in words."""

from __future__ import annotations

import csv

import pytest

from annotate.agreement.gate import check_gate
from annotate.agreement.results import Category, Interval, Marginal, Result
from annotate.agreement.text import band, csv_of, tables
from annotate.errors import UsageProblem


def result(layer: str, measure: str, value: float | None, low: float | None = None, reason: str | None = None) -> Result:
    interval = None if low is None else Interval(0.95, low, 0.9, "percentile bootstrap over 40 documents")
    return Result(layer, measure, value, reason, interval, 50, 40, 2, f"m:{measure}")


RESULTS = [
    result("stances", "span_f1_exact", 0.7, 0.6),
    result("stances.type", "krippendorff_alpha", 0.75, 0.66),
    result("events.mode", "krippendorff_alpha", None, reason="only one category is in use"),
]


@pytest.mark.parametrize(
    ("gate", "met", "found"),
    [
        ("stances.type.krippendorff_alpha>=0.75", True, 0.75),
        ("stances.type.krippendorff_alpha > 0.75", False, 0.75),
        ("stances.type.krippendorff_alpha.low>=0.667", False, 0.66),
        ("stances.krippendorff_alpha.low>=0.65", True, 0.66),
        ("stances.span_f1_exact.high<=0.9", True, 0.9),
        ("stances.span_f1_exact.width<0.2", False, 0.3),
        ("stances.span_f1_exact.pairable>=40", True, 40),
        ("events.mode.krippendorff_alpha>=-1", False, None),
    ],
)
def test_gates(gate: str, met: bool, found: float | None) -> None:
    checked = check_gate(gate, RESULTS)
    assert (checked.met, checked.found) == (met, None if found is None else pytest.approx(found))
    assert (checked.reason is None) == (found is not None)


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("stances.kappa>=0.5", "no kappa of stances; there is krippendorff_alpha, span_f1_exact"),
        ("stanzas.krippendorff_alpha>=0.5", "there is layers stances, stances.type, events.mode"),
        ("stances.krippendorff_alpha=0.5", "a gate is LAYER.MEASURE"),
        ("good enough", "a gate is LAYER.MEASURE"),
    ],
)
def test_a_gate_that_nothing_answers_is_refused(gate: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        check_gate(gate, RESULTS)


@pytest.mark.parametrize(
    ("measure", "value", "said"),
    [
        ("krippendorff_alpha", 0.8, "reliable"),
        ("krippendorff_alpha", 0.7, "tentative"),
        ("krippendorff_alpha", 0.6, "not reliable"),
        ("krippendorff_alpha", None, ""),
        ("cohen_kappa", 0.9, ""),
        ("gamma", 0.9, ""),
    ],
)
def test_bands_stand_beside_alpha_alone(measure: str, value: float | None, said: str) -> None:
    shown = band(result("mentions", measure, value))
    assert said in shown
    assert (shown == "") == (said == "")


def test_what_shows_the_prevalence_paradox_stands_together() -> None:
    marginals = [Marginal("events.polarity", None, "positive", 95, 0.95), Marginal("events.polarity", None, "negative", 5, 0.05)]
    results = [result("events.polarity", "percent_agreement", 0.95, 0.9), result("events.polarity", "krippendorff_alpha", 0.1, -0.1)]
    text = "\n".join(tables(results, marginals))
    assert "40 of 50 units" in text
    assert "percent_agreement" in text
    assert "not reliable" in text
    assert "given: positive 95 (95%), negative 5 (5%)" in text


def test_an_undefined_number_says_why() -> None:
    (line,) = [each for each in tables(RESULTS, []) if "only one category" in each]
    assert line.startswith("  nothing to measure: ")  # all of the layer
    (line,) = [each for each in tables(RESULTS, [], everything=True) if "only one category" in each]
    assert "–" in line


def test_csv_has_a_row_for_every_number_and_single_types_too() -> None:
    typed = Result("stances", "span_f1_exact", 0.7, None, None, 50, 40, 2, "m:x", by=[Category("favor", 0.5, None, None, 9, 9)])
    rows = list(csv.DictReader(csv_of([typed, RESULTS[2]]).splitlines()))
    assert [(row["measure"], row["category"], row["value"], row["units"]) for row in rows] == [
        ("span_f1_exact", "", "0.7", "50"),
        ("span_f1_exact", "favor", "0.5", "9"),
        ("krippendorff_alpha", "", "", "50"),
    ]
    assert rows[2]["reason"] == "only one category is in use"
