"""Intervals: they hold the value, repeat, resample documents, draw with the right law, and say why there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from scipy.stats import binom, bootstrap
from scipy.stats import t as student

from annotate.agreement.intervals import Floats, Intervals, clustered, documents_needed, interval, resample, standard_error
from annotate.agreement.results import Interval, Rating
from annotate.errors import UsageProblem
from tests.ratings import MEASURES, Documents, few, measured, number, ratings_of, spans_measured

METHODS = [Intervals(), Intervals("bca", replicates=2000), Intervals("jackknife"), Intervals("analytic")]
RESAMPLING = METHODS[:3]
JACKKNIFE = METHODS[2]


def agreeing(documents: int, share: float) -> list[Rating]:
    """Two annotators who agree in this share of the documents; x and y are equally frequent."""
    first = "xy" * (documents // 2)
    disagree = round(documents * (1 - share))
    return ratings_of([first, first[:disagree].translate(str.maketrans("xy", "yx")) + first[disagree:]])


def ratio(sums: Floats) -> Floats:
    """(…, 2) → (…): NaN where there is nothing below."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan)


def some_tables(documents: int, columns: int = 2, seed: int = 0) -> Floats:
    """What documents add: a skewed count of units, and of agreeing ones."""
    draw = np.random.default_rng(seed)
    units = draw.geometric(0.3, (documents, columns)).astype(np.float64)
    units[:, 0] = np.floor(units[:, 1] * draw.random(documents) ** 0.5)
    return units


def found(bounds: tuple[Interval | None, str | None]) -> Interval:
    assert bounds[0] is not None, bounds[1]
    assert bounds[1] is None
    return bounds[0]


# In results


@pytest.mark.parametrize("how", METHODS, ids=lambda how: how.method)
def test_intervals_contain_the_value_and_repeat(how: Intervals) -> None:
    results = measured(agreeing(60, 0.8), how=how)
    assert results == measured(agreeing(60, 0.8), how=how)
    for name, result in results.items():
        if how.method == "analytic" and name in ("percent_agreement", "scott_pi"):
            assert result.reason == "no interval: no analytic variance is known for this one; use the bootstrap"
            continue
        assert result.interval is not None
        assert result.interval.level == 0.95
        assert result.interval.method.endswith("over 60 documents")
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
    intervals = {found(interval(some_tables(60), ratio, Intervals(seed=seed))) for seed in range(3)}
    assert len(intervals) == 3


@pytest.mark.parametrize("how", METHODS, ids=lambda how: how.method)
def test_documents_are_resampled_not_units(how: Intervals) -> None:
    """Ten units of one document that all go together tell no more than one. The draws differ, so the bootstraps do a little."""
    once = agreeing(20, 0.7)
    tenfold = [each._replace(unit=f"{each.unit} {copy}") for each in once for copy in range(10)]
    for measure in ("fleiss_kappa", "gwet_ac1"):
        one, ten = measured(once, how=how)[measure].interval, measured(tenfold, how=how)[measure].interval
        assert one is not None
        assert ten is not None
        assert one.method == ten.method
        assert (ten.low, ten.high) == pytest.approx((one.low, one.high), abs=0.06 if how.replicates and how in METHODS[:2] else 1e-9)


@pytest.mark.parametrize("how", METHODS, ids=lambda how: how.method)
def test_more_documents_narrow_the_interval(how: Intervals) -> None:
    widths = []
    for documents in (20, 200):
        bounds = measured(agreeing(documents, 0.8), how=how)["krippendorff_alpha"].interval
        assert bounds is not None
        widths.append(bounds.high - bounds.low)
    assert widths[1] < widths[0] / 2


def test_what_is_resampled_is_named() -> None:
    for how, told in ((Intervals(), "12 documents"), (Intervals(stories={"d": "s"}), "12 stories")):
        assert found(interval(some_tables(12), ratio, how)).method == f"percentile bootstrap over {told}"
        assert found(interval(some_tables(12), ratio, structs.replace(how, method="jackknife"))).method == f"jackknife over {told}"
        assert how.signature == f"percentile-{how.unit}-1000-seed0"
    assert interval(some_tables(1), ratio, how) == (None, "no interval: one story, nothing to resample")


def test_documents_of_a_story_are_summed() -> None:
    """A document without a story is one of its own, whatever its name."""
    tables = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    names = ["a", "b", "c", "s"]
    assert clustered(tables, names, Intervals()) is tables
    stories = clustered(tables, names, Intervals(stories={"a": "s", "c": "s", "elsewhere": "t"}))
    assert sorted(stories.tolist()) == [[3, 4], [6, 8], [7, 8]]


def test_signatures_of_methods() -> None:
    assert [each.signature for each in METHODS] == [
        "percentile-document-1000-seed0",
        "bca-document-2000-seed0",
        "jackknife-document",
        "analytic",
    ]
    assert [each.signature for each in (Intervals("none"), Intervals(replicates=0))] == ["none", "none"]


# Against the law, and against others' implementations


@pytest.mark.parametrize(
    ("documents", "columns", "distinct"),
    [
        pytest.param(60, 3, 60, id="few documents"),
        pytest.param(3000, 3, 5, id="many documents, few of them distinct"),
        pytest.param(5000, 3, 5000, id="many documents, more than a batch holds"),
        pytest.param(300, 20, 300, id="many columns"),
    ],
)
@pytest.mark.parametrize("joined", [False, True])
def test_replicates_are_drawn_with_the_law_of_documents(documents: int, columns: int, distinct: int, joined: bool) -> None:
    """Sums of D documents drawn with replacement: their mean is the total, their covariance D times the documents'."""
    tables = np.resize(np.random.default_rng(1).random((distinct, columns)), (documents, columns))
    tables[:, 0] = 1
    counts = np.random.default_rng(2).integers(1, 4, documents) if joined else np.ones(documents, np.int64)
    every = np.repeat(tables, counts, axis=0)
    sums = resample(tables, Intervals(replicates=3000), counts if joined else None).sums
    assert sums.shape == (3000, columns)
    assert sums[:, 0] == pytest.approx(np.full(3000, len(every)))  # each replicate has as many documents
    spread = np.cov(every.T, ddof=0) * len(every)
    deviation = np.sqrt(np.diag(spread))
    assert np.abs(sums.mean(axis=0) - every.sum(axis=0)).max() < 5 * deviation.max() / np.sqrt(3000)
    assert np.abs(np.cov(sums.T) - spread)[1:, 1:].max() < 6 * np.diag(spread).max() / np.sqrt(3000)


def test_joined_documents_give_what_they_give_apart() -> None:
    tables = some_tables(30)
    counts = np.arange(30) % 4 + 1
    apart, joined = np.repeat(tables, counts, axis=0), (tables, ratio, Intervals(replicates=4000), counts)
    one, other = found(interval(apart, ratio, Intervals(replicates=4000))), found(interval(*joined))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.01)
    assert one.method == other.method
    exact = [found(interval(apart, ratio, JACKKNIFE)), found(interval(tables, ratio, JACKKNIFE, counts))]
    assert (exact[0].low, exact[0].high) == pytest.approx((exact[1].low, exact[1].high), abs=1e-12)


def test_the_percentile_interval_of_a_share_is_the_binomials() -> None:
    tables = np.array([[1.0, 1.0]] * 40 + [[0.0, 1.0]] * 10)
    bounds = found(interval(tables, ratio, Intervals(replicates=20_000)))
    assert (bounds.low, bounds.high) == pytest.approx(tuple(binom.ppf([0.025, 0.975], 50, 0.8) / 50), abs=0.011)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_bootstraps_are_scipys(method: str) -> None:
    tables = some_tables(25, seed=3)
    bounds = found(interval(tables, ratio, Intervals("bca" if method == "bca" else "percentile", replicates=20_000)))
    theirs = bootstrap(
        (np.arange(25),),
        lambda drawn, axis: ratio(tables[drawn].sum(axis=-2)),
        n_resamples=20_000,
        method="BCa" if method == "bca" else "percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    assert (bounds.low, bounds.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_bca_differs_from_percentile_where_documents_are_skewed() -> None:
    """What the last test rests on."""
    tables = some_tables(25, seed=3)
    low = [found(interval(tables, ratio, Intervals(method, replicates=20_000))).low for method in ("percentile", "bca")]
    assert abs(low[0] - low[1]) > 0.008


@few
@given(documents=st.integers(2, 30), seed=st.integers(0, 1000))
def test_the_jackknife_is_what_its_definition_says(documents: int, seed: int) -> None:
    """Efron & Tibshirani 1993, eq. 11.5, one document at a time; Student's t around the value, cut at −1 and 1."""
    tables = some_tables(documents, seed=seed)
    value = tables[:, 0].sum() / tables[:, 1].sum()
    left_out = [np.delete(tables, each, axis=0).sum(axis=0) for each in range(documents)]
    values = np.array([each[0] / each[1] for each in left_out])
    error = np.sqrt((documents - 1) / documents * ((values - values.mean()) ** 2).sum())
    assert standard_error(resample(tables, JACKKNIFE), ratio) == pytest.approx(error)
    half = student.ppf(0.975, documents - 1) * error
    bounds = found(interval(tables, ratio, JACKKNIFE))
    assert (bounds.low, bounds.high) == pytest.approx((max(-1, value - half), min(1, value + half)))
    assert bounds.method == f"jackknife over {documents} documents"


# Why there is none


@pytest.mark.parametrize("how", RESAMPLING, ids=lambda how: how.method)
def test_one_document_has_no_interval(how: Intervals) -> None:
    assert interval(np.array([[3.0, 4.0]]), ratio, how) == (None, "no interval: one document, nothing to resample")
    one = [each._replace(document="d") for each in agreeing(20, 0.8)]
    for result in measured(one, how=how).values():
        assert (result.interval, result.reason) == (None, "no interval: one document, nothing to resample")


def test_one_document_has_no_analytic_interval() -> None:
    one = [each._replace(document="d") for each in agreeing(20, 0.8)]
    result = measured(one, how=Intervals("analytic"))["gwet_ac1"]
    assert (result.interval, result.reason) == (None, "no interval: one document")


def test_too_many_undefined_replicates_say_so() -> None:
    """The only document with anything in it is not drawn in 35% of the replicates."""
    tables = np.array([[1.0, 1.0], *([[0.0, 0.0]] * 9)])
    bounds, why = interval(tables, ratio, Intervals())
    assert bounds is None
    assert why is not None
    missed, of = (int(each) for each in why.removeprefix("no interval: undefined in ").removesuffix(" replicates").split(" of "))
    assert of == 1000
    assert missed / of == pytest.approx(0.9**10, abs=0.06)


def test_a_few_undefined_replicates_are_left_out() -> None:
    """Five documents of ten have anything: 0.5¹⁰ = 0.1% of the replicates are undefined; of two in six (4/6)⁶ = 9%, too many."""
    half = np.array([[1.0, 2.0]] * 5 + [[0.0, 0.0]] * 5)
    assert found(interval(half, ratio, Intervals())).low == 0.5
    third = np.array([[1.0, 2.0]] * 2 + [[0.0, 0.0]] * 4)
    assert interval(third, ratio, Intervals())[0] is None


@pytest.mark.parametrize("how", [Intervals("bca", replicates=2000), JACKKNIFE], ids=lambda how: how.method)
def test_undefined_without_one_document_says_so(how: Intervals) -> None:
    """A statistic that takes five documents and not four; replicates always have five."""
    tables = np.array([[0.5, 1.0], [0.2, 1.0], [0.7, 1.0], [0.1, 1.0], [0.9, 1.0]])
    bounds = interval(tables, lambda sums: np.where(sums[..., 1] > 4.5, ratio(sums), np.nan), how)
    assert bounds == (None, "no interval: undefined when one document is left out")


def test_a_value_without_interval() -> None:
    """One document of twenty holds the second category: alpha is defined, its replicates often are not."""
    result = measured(ratings_of(["x" * 19 + "y", "x" * 19 + "y"]), how=Intervals(replicates=200))["krippendorff_alpha"]
    assert result.value == pytest.approx(1)
    assert result.interval is None
    assert (result.reason or "").startswith("no interval: undefined in ")


@pytest.mark.parametrize("how", [Intervals("none"), Intervals(replicates=0)], ids=["none", "no replicates"])
def test_no_interval_where_none_was_asked_for(how: Intervals) -> None:
    assert interval(some_tables(10), ratio, how) == (None, None)
    results = measured(agreeing(20, 0.8), how=how)
    assert list(results) == MEASURES
    assert {(each.interval, each.reason) for each in results.values()} == {(None, None)}


def test_bca_wants_two_thousand_replicates() -> None:
    with pytest.raises(UsageProblem, match="BCa needs at least 2000 replicates, not 1999"):
        Intervals("bca", replicates=1999)


def test_perfect_agreement_has_an_interval_of_nothing() -> None:
    tables = np.array([[2.0, 2.0], [1.0, 1.0], [4.0, 4.0]])
    for how in RESAMPLING:
        bounds = found(interval(tables, ratio, how))
        assert (bounds.low, bounds.high) == (1, 1)


# How much more


def test_documents_needed_grow_with_the_square_of_the_precision() -> None:
    assert documents_needed(50, 0.1, 0.05) == 200
    assert documents_needed(50, 0.1, 0.06) == 139  # 138.9
    assert documents_needed(50, 0.1, 0.2) == 50
