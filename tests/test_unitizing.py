"""Unitizing alphas: published and cross-checked numbers."""

from __future__ import annotations

import pytest

from annotate.agreement.spans.continua import read_corpus
from annotate.agreement.spans.unitizing_1995 import disagreements, expected_disagreement, observed_disagreement
from tests.unitizing import BOOK, Place, Text, Texts, labelled, measured, number, spans_and_readings

# --- Published numbers of 1995 and 2004 ---


@pytest.mark.parametrize(
    ("category", "value", "tolerance", "d_o", "d_e"),
    [(None, 0.8591, 0.0005, None, None), ("c", 0.7286, 0.0001, 0.0144, 0.0532), ("k", 1.0, 0.0001, 0, 0.0490)],
)
def test_krippendorff_2004(category: str | None, value: float, tolerance: float, d_o: float | None, d_e: float | None) -> None:
    """Spans of different types overlap here, which the sum over categories allows."""
    assert number(measured({"d": BOOK}, ["c", "k"])["krippendorff_alpha_u", category]) == pytest.approx(value, abs=tolerance)
    if category is not None:
        assert disagreement({"d": BOOK}, category) == pytest.approx((d_o, d_e), abs=1e-4)


def disagreement(texts: Texts, category: str) -> tuple[float, float]:
    """D_o and D_e of one document, as the book has them: a length of L is divided out twice."""
    spans, read = spans_and_readings(texts)
    categories = sorted({each.label for each in spans})
    corpus = read_corpus(categories, spans, read, {document: text.length for document, text in texts.items()})
    lengths, tables = disagreements(corpus.continua, categories.index(category))
    (length,) = (text.length for text in texts.values())
    sums = tables.sum(axis=0)
    return float(observed_disagreement(sums)) / length, float(expected_disagreement(sums, lengths)) / length


# DKPro's example, then Krippendorff 1995, p. 57, stretched 50,000 times towards his continuous limit. "ref" is an independent D_o, D_e.
CASES_1995 = [
    (10, 1, [(1, 9)], [(2, 3), (4, 5), (6, 7)], -0.7003, 0.0001, (0.91, 0.5351851851851852)),
    (24, 50_000, [(2, 10), (14, 20)], [(4, 8), (15, 17)], 0.553, 0.02, (0.03125, 0.0699021974111251)),
    (
        24,
        50_000,
        [(0, 18)],
        [(0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 9), (9, 10)],
        -0.926,
        0.02,
        (2.267361111111111, 1.175782583692202),
    ),
    (
        24,
        50_000,
        [(2, 8), (10, 12), (14, 18), (20, 22)],
        [(0, 2), (4, 8), (10, 14), (16, 18), (20, 22)],
        0.679,
        0.02,
        (0.027777777777777776, 0.0905045881736827),
    ),
    (
        24,
        50_000,
        [(0, 2), (2, 10), (10, 14), (14, 20), (20, 24)],
        [(0, 4), (4, 8), (8, 15), (15, 17), (17, 24)],
        0.066,
        0.02,
        (0.3871527777777778, 0.4144522861380532),
    ),
]


@pytest.mark.parametrize(("length", "scale", "first", "second", "value", "tolerance", "ref"), CASES_1995)
def test_krippendorff_1995(
    length: int,
    scale: int,
    first: list[tuple[int, int]],
    second: list[tuple[int, int]],
    value: float,
    tolerance: float,
    ref: tuple[float, float],
) -> None:
    marks = {name: labelled("A", [(scale * start, scale * end) for start, end in places]) for name, places in (("0", first), ("1", second))}
    texts = {"d": Text(scale * length, marks)}
    for category in (None, "A"):
        assert number(measured(texts, ["A"])["krippendorff_alpha_u", category]) == pytest.approx(value, abs=tolerance)
    assert disagreement(texts, "A") == pytest.approx(ref, rel=1e-9)


# --- Cross-checked numbers of 2016: two independent implementations for u and |u, one (union rule) for the others ---

ALEX = [(2, 9, "1"), (11, 17, "2"), (24, 30, "5"), (32, 36, "6"), (36, 44, "6"), (44, 60, "7")]
PAUL = [(2, 9, "1"), (11, 17, "3"), (19, 25, "5"), (32, 44, "6")]
SUZAN = [(2, 9, "1"), (11, 17, "4"), (21, 27, "5"), (32, 36, "6"), (36, 40, "6"), (40, 44, "6")]

Coverages = dict[str, tuple[float | None, float]]
CASES_2016: list[tuple[dict[str, list[Place]], float, float, tuple[float, float], Coverages]] = [
    (
        {"Alex": ALEX, "Paul": PAUL, "Suzan": SUZAN},
        0.50967,
        0.413226,
        (0.725606, 0.461111),
        {"1": (1, 1), "2": (0, 1), "3": (0, 1), "4": (0, 1), "5": (1, 0.444444), "6": (1, 1), "7": (None, 0)},
    ),
    (
        {
            "Alex": [(2, 5, "1")],
            "Paul": [(2, 5, "1"), (10, 20, "2")],
            "Susan": [(2, 5, "2"), (15, 20, "2")],
        },
        0.398298,
        0.523801,
        (0.46875, 0.077778),
        {"1": (0.3125, 1), "2": (0.585938, 0.444444)},
    ),
    (
        {"Alex": ALEX, "Paul": PAUL},
        0.36161,
        0.098148,
        (0.713031, 0.433333),
        {"1": (1, 1), "2": (0, 1), "3": (0, 1), "5": (1, 0.166667), "6": (1, 1), "7": (None, 0)},
    ),
]


@pytest.mark.parametrize(("marks", "u", "binary", "cu", "ku"), CASES_2016)
def test_family_of_2016(
    marks: dict[str, list[Place]], u: float, binary: float, cu: tuple[float, float], ku: dict[str, tuple[float | None, float]]
) -> None:
    found = measured({"d": Text(60, marks)}, sorted(ku))
    assert number(found["u_alpha", None]) == pytest.approx(u, abs=1e-5)
    assert number(found["u_alpha_binary", None]) == pytest.approx(binary, abs=1e-5)
    assert (found["cu_alpha", None].value, found["cu_alpha", None].details["coverage"]) == pytest.approx(cu, abs=1e-5)
    for category, (value, coverage) in ku.items():
        result = found["ku_alpha", category]
        assert [result.value, result.details["coverage"]] == [
            None if value is None else pytest.approx(value, abs=1e-5),
            pytest.approx(coverage, abs=1e-5),
        ]
