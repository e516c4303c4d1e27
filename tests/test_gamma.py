"""Gamma and gamma-cat: published numbers, the best alignment against an exhaustive search, and what must not change a value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result, Span
from annotate.agreement.spans import unitary_alignments
from annotate.agreement.spans.disorder import EMPTY, Units, Weights, best_alignment, dissimilarity, mean_units, positional
from annotate.agreement.spans.gamma import MOST_SAMPLES, PRECISION, PRECISION_BY_DOCUMENT, gamma_by_document, measure_gamma
from annotate.errors import BadInput
from tests.ratings import Documents, number, spans_of

few = settings(max_examples=60, deadline=None)
fewer = settings(max_examples=8, deadline=None)
without = Intervals(method="none")

# coder → "label start end, …"
ALEX_PAUL_SUZAN = {
    "Alex": "1 2 9, 2 11 17, 5 24 30, 6 32 36, 6 36 44, 7 44 60",
    "Paul": "1 2 9, 3 11 17, 5 19 25, 6 32 44",
    "Suzan": "1 2 9, 4 11 17, 5 21 27, 6 32 36, 6 36 40, 6 40 44",
}
FIXTURES = [
    ({"A": "a 1 5, b 6 10, a 11 15", "B": "a 2 6, b 7 11, a 12 16"}, Weights(), 0.0625, 0.8836),
    ({"A": "a 1 5, b 6 10, a 20 24, b 30 34", "B": "a 2 6, b 31 35"}, Weights(), 0.70833, 0.5668),
    ({"A": "a 1 5, b 10 15, c 20 25", "B": "a 1 5, b 10 15, c 20 25"}, Weights(), 0.0, 1.0),
    ({"A": "a 1 5, b 10 14", "B": "a 2 6, b 11 15", "C": "a 1 4, c 9 14"}, Weights(), 0.408756, 0.6588),
    (
        {
            "A": ", ".join(f"{'abc'[n % 3]} {10 * n + 1} {10 * n + 6}" for n in range(16)),
            "B": ", ".join(f"{'bca'[n % 3]} {10 * n + 2} {10 * n + 8}" for n in range(16)),
        },
        Weights(),
        1.07438,
        -0.1008,
    ),
    ({"A": "a 1 5, b 6 10, c 11 15", "B": "a 2 7, b 8 12, a 11 15"}, Weights(3, 2), 1.027778, 0.2443),
]


def marked(coders: dict[str, str]) -> Documents:
    places = {name: [row.split() for row in rows.split(", ")] if rows else [] for name, rows in coders.items()}
    return {"d": {name: [(int(start), int(end), label) for label, start, end in rows] for name, rows in places.items()}}


def of_corpus(documents: Documents, how: Intervals = without, weights: Weights = Weights()) -> tuple[Result, Result]:
    spans, read = flat(documents)
    gamma, gamma_cat = measure_gamma("layer", spans, read, how=how, weights=weights)
    assert (gamma.measure, gamma_cat.measure) == ("gamma", "gamma_cat")
    return gamma, gamma_cat


def flat(documents: Documents) -> tuple[list[Span], list[tuple[str, str]]]:
    spans = [each for name, marks in documents.items() for coder, places in marks.items() for each in spans_of(places, name, coder)]
    return spans, [(name, coder) for name, marks in documents.items() for coder in marks]


def units_of(places: list[tuple[int, int, str]]) -> Units:
    starts, ends, labels = zip(*sorted(places), strict=True) if places else ((), (), ())
    return Units(np.array(starts, np.float64), np.array(ends, np.float64), np.array([ord(each) for each in labels], np.int64))


@pytest.mark.parametrize(("coders", "weights", "disorder", "gamma"), FIXTURES)
def test_numbers_of_the_peer(coders: dict[str, str], weights: Weights, disorder: float, gamma: float) -> None:
    """pygamma-agreement 0.5.9's, as DKPro Statistics stores them: 30 samples of its default sampler, hence the tolerance of gamma."""
    result, _ = of_corpus(marked(coders), weights=weights)
    assert result.details["observed_disorder"] == pytest.approx(disorder, abs=1e-4)
    assert number(result) == pytest.approx(gamma, abs=0.12)


def test_the_example_of_alex_paul_and_suzan() -> None:
    """The figures that pygamma-agreement's tests hold it to (alpha 3), with the paper's sampler."""
    result, _ = of_corpus(marked(ALEX_PAUL_SUZAN), weights=Weights(3))
    assert result.details["observed_disorder"] == pytest.approx(0.960625, abs=1e-4)
    assert number(result) == pytest.approx(0.455, abs=0.03)
    units = [units_of(places) for places in marked(ALEX_PAUL_SUZAN)["d"].values()]
    assert len(best_alignment(units, Weights(3)).units) == 6 + 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((4, 14), (40, 44), 22.2),
        ((4, 14), (4, 14), 0),
        ((4, 14), (20, 25), 3.2),
        ((4, 14), (14, 24), 1.0),
        ((20, 30), (20, 25), 0.11),
        ((20, 25), (14, 24), 0.22),
    ],
)
def test_positional_dissimilarity_of_figure_10(first: tuple[int, int], second: tuple[int, int], expected: float) -> None:
    assert positional(units_of([(*first, "X")]), units_of([(*second, "X")]))[0] == pytest.approx(expected, rel=0.1)


def all_alignments(units: list[tuple[int, int]]) -> Iterator[list[list[tuple[int, int]]]]:
    """Every way to put (coder, unit) into groups with no coder twice."""
    if not units:
        yield []
        return
    for groups in all_alignments(units[1:]):
        yield [[units[0]], *groups]
        for at, group in enumerate(groups):
            if all(coder != units[0][0] for coder, _ in group):
                yield [*groups[:at], [units[0], *group], *groups[at + 1 :]]


def least_disorder(coders: list[Units], weights: Weights) -> float:
    """By the definition, over every alignment."""
    pairs = comb(len(coders), 2)
    between = {(a, b): dissimilarity(_column(coders[a]), coders[b], weights) for a, b in combinations(range(len(coders)), 2)}

    def cost(group: list[tuple[int, int]]) -> float:
        together = sum(float(between[a, b][i, j]) for (a, i), (b, j) in combinations(sorted(group), 2))
        return (together + (pairs - comb(len(group), 2)) * weights.empty) / pairs

    units = [(coder, unit) for coder, each in enumerate(coders) for unit in range(len(each.starts))]
    return min(sum(cost(group) for group in groups) for groups in all_alignments(units)) / mean_units(coders)


def _column(units: Units) -> Units:
    return Units(units.starts[:, None], units.ends[:, None], units.labels[:, None])


places = st.builds(
    lambda start, length, label: (start, start + length, label), st.integers(0, 9), st.integers(1, 5), st.sampled_from("XYZ")
)
continua = st.integers(2, 4).flatmap(
    lambda k: st.lists(st.lists(places, max_size={2: 5, 3: 3, 4: 2}[k]), min_size=k, max_size=k).filter(any)
)
all_weights = st.sampled_from([Weights(), Weights(3, 2), Weights(0.5, 1, 2)])


@few
@given(continua, all_weights)
def test_no_alignment_has_less_disorder(marks: list[list[tuple[int, int, str]]], weights: Weights) -> None:
    coders = [units_of(each) for each in marks]
    best = best_alignment(coders, weights)
    assert best.disorder == pytest.approx(least_disorder(coders, weights), abs=1e-9)
    for coder, units in enumerate(coders):
        column = best.units[:, coder]
        assert sorted(column[column != EMPTY]) == list(range(len(units.starts)))


def dense(coders: int, units: int, seed: int = 0) -> Documents:
    draw = np.random.default_rng(seed)
    rows = np.stack(
        [draw.integers(0, 12 * units, (coders, units)), draw.integers(2, 25, (coders, units)), draw.integers(0, 3, (coders, units))]
    )
    return {"d": {f"coder {n}": [(a, a + b, "XYZ"[c]) for a, b, c in rows[:, n].T.tolist()] for n in range(coders)}}


@pytest.mark.parametrize(("coders", "units"), [(3, 40), (4, 25), (5, 12)])
def test_the_order_of_coders_does_not_matter_where_many_units_overlap(coders: int, units: int) -> None:
    """Candidates grow coder by coder: which are kept must not depend on who comes first."""
    marks = [units_of(each) for each in dense(coders, units)["d"].values()]
    forward, backward = best_alignment(marks), best_alignment(marks[::-1])
    assert forward.disorder == pytest.approx(backward.disorder, abs=1e-9)
    assert forward.disorder <= best_alignment([*marks[1:], marks[0]]).disorder + 1e-9


documents_of_some = st.dictionaries(
    st.sampled_from(["one", "two", "three"]),
    st.dictionaries(st.sampled_from(["ann", "ben", "cem"]), st.lists(places, max_size=4), min_size=2),
    min_size=1,
)


@fewer
@given(documents_of_some)
def test_observed_disorder_adds_up_over_documents(documents: Documents) -> None:
    """Weighted by the mean number of units a coder, what it was divided by; no alignment crosses documents, however they are batched."""
    units = {name: [units_of(each) for each in marks.values()] for name, marks in documents.items() if any(marks.values())}
    result, _ = of_corpus(documents)
    total = sum(mean_units(each) for each in units.values())
    expected = sum(best_alignment(each).disorder * mean_units(each) for each in units.values())
    assert (result.details.get("observed_disorder") or 0) * total == pytest.approx(expected, abs=1e-9)


@fewer
@given(documents_of_some, st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(documents: Documents, random: np.random.Generator) -> None:
    renamed = dict(zip(["ann", "ben", "cem"], ["zoe", "ida", "ada"], strict=True))
    spans, read = flat(documents)
    others = [each._replace(annotator=renamed[each.annotator]) for each in spans]
    other_read = [(document, renamed[annotator]) for document, annotator in read]
    random.shuffle(others)
    random.shuffle(other_read)
    given_order = measure_gamma("layer", spans, read, how=without)
    shuffled = measure_gamma("layer", others, other_read, how=without)
    for a, b in zip(given_order, shuffled, strict=True):
        assert (a.value, a.reason, a.details) == (b.value, b.reason, b.details)
        assert sorted(str(each.value) for each in a.pairs) == sorted(str(each.value) for each in b.pairs)


@settings(max_examples=5, deadline=None)
@given(documents_of_some)
def test_one_document_has_the_same_value_alone(documents: Documents) -> None:
    """A chance sample depends on seed, document and number alone. (Not so gamma-cat, where several alignments may be best.)"""
    together = gamma_by_document("layer", *flat(documents))
    for name in documents:
        alone = gamma_by_document("layer", *flat({name: documents[name]}))
        assert together[name][0].details == pytest.approx(alone[name][0].details, abs=1e-9)


def test_two_annotators_who_agree_and_one_who_does_not() -> None:
    marks = {"d": {"ann": [(0, 5, "X"), (20, 28, "Y")], "ben": [(0, 5, "X"), (20, 28, "Y")], "cem": [(10, 14, "Y")]}}
    result, _ = of_corpus(marks)
    pairs = {each.annotators: each for each in result.pairs}
    assert pairs["ann", "ben"].value == 1
    assert pairs["ann", "ben"].units == 4
    assert number(result) < 0.6
    assert (pairs["ann", "cem"].value or 0) < 0.3


def test_value_of_a_pair_is_that_of_the_two_alone() -> None:
    marks = dense(3, 8)
    with_three, _ = of_corpus(marks)
    pair = next(each for each in with_three.pairs if each.annotators == ("coder 0", "coder 2"))
    alone, _ = of_corpus({"d": {name: marks["d"][name] for name in pair.annotators}})
    assert pair.value is not None
    assert pair.value == pytest.approx(number(alone), abs=0.1)


def test_precision_reached_is_reported_and_wanted() -> None:
    result = gamma_by_document("layer", *flat(marked(FIXTURES[1][0])))["d"][0]
    samples, reached = result.details["samples"], result.details["precision"]
    assert samples is not None
    assert reached is not None
    assert 30 < samples < MOST_SAMPLES
    assert 0 < reached <= PRECISION_BY_DOCUMENT
    assert f"chance:shuffle-{samples:.0f}-seed0" in result.signature


def test_samples_have_an_upper_limit() -> None:
    """One short span each in a short text: chance disorder varies too much for 5%."""
    result = gamma_by_document("layer", *flat({"d": {"ann": [(1, 3, "X")], "ben": [(2, 3, "X")]}}), lengths={"d": 4})["d"][0]
    samples, reached = result.details["samples"], result.details["precision"]
    assert samples is not None
    assert reached is not None
    assert samples == MOST_SAMPLES or reached <= PRECISION_BY_DOCUMENT


def test_seed_changes_the_chance_samples_only() -> None:
    marks = marked(ALEX_PAUL_SUZAN)
    first, second = (of_corpus(marks, Intervals(method="none", seed=seed))[0] for seed in (1, 2))
    assert first.details["observed_disorder"] == second.details["observed_disorder"]
    assert first.details["expected_disorder"] != second.details["expected_disorder"]
    assert number(first) == pytest.approx(number(second), abs=2 * PRECISION)


def test_longer_text_leaves_more_room_for_chance_disorder() -> None:
    spans, read = flat(marked(FIXTURES[0][0]))
    short, long = (measure_gamma("layer", spans, read, lengths={"d": each}, how=without)[0] for each in (17, 1000))
    assert (long.details["expected_disorder"] or 0) > (short.details["expected_disorder"] or 0)
    assert "length:texts" in long.signature


predefined = st.lists(st.lists(st.sampled_from(["X", "Y", None]), min_size=3, max_size=3), min_size=2, max_size=6)


@fewer
@given(predefined)
def test_gamma_cat_disorder_of_given_units_is_that_of_alpha(rows: list[list[str | None]]) -> None:
    """With the same units for all, some left out, δ_o of gamma-cat is alpha's D_o, as Mathet (2017) wants: pairs over (m − 1) a unit."""
    marks = {"d": {str(coder): [(50 * n, 50 * n + 10, row[coder] or "") for n, row in enumerate(rows) if row[coder]] for coder in range(3)}}
    disagreeing = values = 0.0
    for row in rows:
        given_labels = [each for each in row if each]
        if len(given_labels) > 1:
            values += len(given_labels)
            disagreeing += 2 * sum(a != b for a, b in combinations(given_labels, 2)) / (len(given_labels) - 1)
    _, result = of_corpus(marks)
    if values:
        assert result.details["observed_disorder"] == pytest.approx(disagreeing / values)
    else:
        assert result.value is None


def test_what_one_alone_marked_does_not_count_in_gamma_cat() -> None:
    both = [(0, 8, "X"), (30, 39, "Y"), (60, 66, "X"), (90, 95, "Y")]
    gamma, gamma_cat = of_corpus({"d": {"ann": both, "ben": [*both, (120, 125, "Y"), (150, 155, "Y")]}})
    assert number(gamma) < 1
    assert gamma_cat.value == 1


def test_gamma_cat_sees_labels_only() -> None:
    ann = [(100 * n, 100 * n + 30, "XY"[n % 2]) for n in range(10)]
    ben = [(start + 2, end + 2, label) for start, end, label in ann]
    swapped = [(start, end, "YX"[n % 2]) for n, (start, end, _) in enumerate(ann)]
    assert of_corpus({"d": {"ann": ann, "ben": ben}})[1].value == 1
    assert number(of_corpus({"d": {"ann": ann, "ben": swapped}})[1]) < 0


def test_interval_over_documents() -> None:
    marks = {name: documents["d"] for n in range(12) for name, documents in {f"document {n}": dense(2, 4 + n % 3, n)}.items()}
    for name, coders in list(marks.items())[:8]:
        marks[name] = coders | {"coder 1": coders["coder 0"]}
    gamma, gamma_cat = of_corpus(marks, Intervals(replicates=300))
    for result in (gamma, gamma_cat):
        assert result.interval is not None
        assert result.interval.low < number(result) < result.interval.high
    assert gamma.units == gamma.pairable == sum(len(places) for coders in marks.values() for places in coders.values())


def test_documents_that_no_one_marked_add_nothing() -> None:
    marks = marked(ALEX_PAUL_SUZAN)
    more = marks | {"empty": {"Alex": [], "Paul": []}, "read by one": {"Paul": [(0, 4, "1")]}}
    assert of_corpus(marks)[0].value == of_corpus(more)[0].value


@pytest.mark.parametrize(
    ("documents", "reasons"),
    [
        ({}, ["no document read by two"] * 2),
        ({"d": {"ann": [(0, 3, "X")]}}, ["no document read by two"] * 2),
        (
            {"d": {"ann": [], "ben": []}},
            ["nobody marked a span"] * 2,
        ),
        ({"d": {"ann": [(0, 3, "X")], "ben": []}}, ["", "no spans of two annotators are aligned closely enough to compare their labels"]),
        (
            {"d": {"ann": [(0, 3, "X"), (60, 63, "X")], "ben": [(0, 3, "X")]}},
            ["", "no spans with different labels are aligned by chance"],
        ),
    ],
)
def test_no_value_has_a_reason(documents: Documents, reasons: list[str]) -> None:
    for result, reason in zip(of_corpus(documents), reasons, strict=True):
        assert (result.value is None, result.reason or "") == (bool(reason), reason)


@pytest.mark.parametrize("span", [Span("d", "ann", 4, 4, "X"), Span("d", "ann", 5, 4, "X"), Span("d", "ann", 2, 30, "X")])
def test_impossible_spans(span: Span) -> None:
    with pytest.raises(BadInput, match="document 'd', annotator 'ann'"):
        measure_gamma("layer", [span], [("d", "ann"), ("d", "ben")], lengths={"d": 20})


def test_too_many_candidates_fall_back_on_pairs_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = dense(4, 12) | {"other": marked(ALEX_PAUL_SUZAN)["d"]}
    exact, _ = of_corpus(marks)
    monkeypatch.setattr(unitary_alignments, "MOST_CANDIDATES", 150)
    result, _ = of_corpus(marks)
    assert (exact.details["pairwise_documents"], result.details["pairwise_documents"]) == (0, 1)
    assert "alignment:best|" in exact.signature
    assert "alignment:best,pairwise-in-1-of-2-documents|" in result.signature
    with pytest.raises(unitary_alignments.TooManyCandidates):
        best_alignment([units_of(each) for each in marks["d"].values()])
    pairs = [best_alignment([units_of(a), units_of(b)]) for a, b in combinations(marks["d"].values(), 2)]
    by_document = gamma_by_document("layer", *flat({"d": marks["d"]}))["d"][0]
    assert by_document.details["observed_disorder"] == pytest.approx(np.mean([each.disorder for each in pairs]))


@pytest.mark.parametrize(("coders", "units", "seed"), [(3, 12, 0), (3, 12, 26), (4, 7, 2), (4, 7, 5)])
def test_best_of_all_tuples(coders: int, units: int, seed: int) -> None:
    """Against one integer program over every tuple of units, none left out. All but the first are not whole as linear programs."""
    marks = [units_of(each) for each in dense(coders, units, seed)["d"].values()]
    tuples = np.array([each for each in product(range(units + 1), repeat=coders) if any(unit < units for unit in each)])
    costs = np.full(len(tuples), float(comb(coders, 2)))
    for a, b in combinations(range(coders), 2):
        both = (tuples[:, a] < units) & (tuples[:, b] < units)
        costs[both] += dissimilarity(_column(marks[a]), marks[b])[tuples[both, a], tuples[both, b]] - 1
    holds = np.stack([tuples[:, coder] == unit for coder in range(coders) for unit in range(units)])
    found = milp(costs, integrality=np.ones(len(tuples)), constraints=LinearConstraint(holds, 1, 1), options={"mip_rel_gap": 0})
    assert best_alignment(marks).disorder == pytest.approx(found.fun / comb(coders, 2) / units, abs=1e-6)
