"""Agreement: published numbers, properties of the coefficients, F1 of spans, the alignment, intervals, whole labellings."""

from __future__ import annotations

import random
from itertools import combinations, permutations
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]

from annotate import __version__
from annotate.agreement.alignment import align
from annotate.agreement.coefficients import measure_ratings, percent_agreement
from annotate.agreement.intervals import bootstrap
from annotate.agreement.labellings import measure_labellings
from annotate.agreement.results import Rating, Result, Span
from annotate.agreement.spans import exact_matches, measure_spans, overlap_matches
from annotate.demo.corpus import labellings
from annotate.records import Answer, Frame, Labelling, Mention
from annotate.schema import FrameLayer, Schema

LEVELS = ["nominal", "ordinal"]
MEASURES = ["percent_agreement", "cohen_kappa", "krippendorff_alpha"]
SPAN_MEASURES = ["span_f1_exact", "span_f1_overlap"]

few = settings(max_examples=150, deadline=None)

Results = dict[str, Result]  # by measure


def ratings_of(rows: list[str]) -> list[Rating]:
    """A row is an annotator's one-letter values, a column a unit, in a document of its own; ``.`` is missing."""
    return [
        Rating(f"document {unit}", f"unit {unit}", f"annotator {annotator}", value)
        for annotator, row in enumerate(rows)
        for unit, value in enumerate(row)
        if value != "."
    ]


def rows_of(table: list[list[int]]) -> list[str]:
    """Two annotators' rows of a contingency table: the first gave the row's value, the second the column's, so many times."""
    cells = [(str(row), str(column), times) for row, counts in enumerate(table) for column, times in enumerate(counts)]
    return ["".join(first * times for first, _, times in cells), "".join(second * times for _, second, times in cells)]


def measured(ratings: list[Rating], level: str = "nominal", categories: str = "", replicates: int = 0) -> Results:
    scale = list(categories) or sorted({each.value for each in ratings})
    return {each.measure: each for each in measure_ratings("layer", level, scale, ratings, replicates=replicates)}


def number(result: Result) -> float:
    assert result.value is not None, result.reason
    return result.value


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


# Spans

Place = tuple[int, int, str]
Documents = dict[str, dict[str, list[Place]]]  # document → annotator → what was marked

some_places = st.builds(
    lambda start, length, label: (start, start + length, label), st.integers(0, 8), st.integers(1, 5), st.sampled_from("XY")
)
some_marks = st.lists(some_places, max_size=5)


def spans_of(places: list[Place], document: str = "d", annotator: str = "a") -> list[Span]:
    return [Span(document, annotator, *place) for place in places]


def spans_measured(documents: Documents, replicates: int = 0) -> Results:
    read = [(document, annotator) for document, marks in documents.items() for annotator in marks]
    spans = [each for document, marks in documents.items() for name, places in marks.items() for each in spans_of(places, document, name)]
    return {each.measure: each for each in measure_spans("layer", spans, read, replicates=replicates)}


@pytest.mark.parametrize(
    ("first", "second", "exact", "overlap"),
    [
        pytest.param([(0, 5, "X")], [(0, 5, "X")], 1, 1, id="same"),
        pytest.param([(0, 5, "X")], [(1, 5, "X")], 0, 1, id="another boundary"),
        pytest.param([(0, 5, "X")], [(0, 5, "Y")], 0, 0, id="another label"),
        pytest.param([(0, 5, "X")], [(5, 9, "X")], 0, 0, id="touching"),
        pytest.param([(0, 5, "X"), (7, 9, "X")], [(0, 5, "X")], 2 / 3, 2 / 3, id="one missed"),
        pytest.param(
            [(0, 5, "X"), (7, 9, "Y")], [(0, 4, "X"), (7, 9, "Y"), (11, 12, "X")], 2 / 5, 4 / 5, id="one exact, one near, one extra"
        ),
        pytest.param([(0, 9, "X")], [(0, 4, "X"), (5, 9, "X")], 0, 2 / 3, id="one over two counts once"),
        pytest.param([(0, 5, "X"), (0, 5, "X")], [(0, 5, "X")], 2 / 3, 2 / 3, id="marked twice counts once"),
        pytest.param([(0, 9, "X"), (0, 3, "X")], [(1, 4, "X"), (6, 8, "X")], 0, 1, id="chain: taking the first match would leave one over"),
        pytest.param([], [(0, 5, "X")], 0, 0, id="read, marked nothing"),
    ],
)
def test_f1_by_hand(first: list[Place], second: list[Place], exact: float, overlap: float) -> None:
    for documents in ({"d": {"a": first, "b": second}}, {"d": {"a": second, "b": first}}):
        results = spans_measured(documents)
        assert [number(results[measure]) for measure in SPAN_MEASURES] == pytest.approx([exact, overlap])


def test_f1_of_several_annotators_is_micro_over_pairs_and_documents() -> None:
    documents: Documents = {
        "one": {"a": [(0, 5, "X"), (7, 9, "X")], "b": [(0, 5, "X")], "c": []},  # a–b 1 of 3 spans, a–c 0 of 2, b–c 0 of 1
        "two": {"a": [(0, 5, "X")], "b": [(0, 5, "X")]},  # a–b 1 of 2
    }
    result = spans_measured(documents)["span_f1_exact"]
    assert number(result) == pytest.approx(2 * 2 / 8)
    assert [(each.annotators, each.value, each.units) for each in result.pairs] == [
        (("a", "b"), pytest.approx(2 * 2 / 5), 5),
        (("a", "c"), 0, 2),
        (("b", "c"), 0, 1),
    ]


def test_documents_read_by_one_do_not_count() -> None:
    both: Documents = {"d": {"a": [(0, 5, "X")], "b": [(0, 5, "X"), (6, 7, "X")]}}
    alone: Documents = {"e": {"a": [(0, 5, "X"), (6, 8, "Y")]}, "f": {"c": []}}
    for measure, result in spans_measured(both | alone).items():
        assert result.value == pytest.approx(number(spans_measured(both)[measure]))
        assert (result.units, result.pairable, result.annotators) == (5, 3, 3)


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ({}, "no document read by two"),
        ({"d": {"a": [(0, 5, "X")]}, "e": {"b": [(0, 5, "X")]}}, "no document read by two"),
        ({"d": {"a": [], "b": []}}, "nobody marked a span"),
    ],
)
def test_f1_that_is_undefined_says_why(documents: Documents, reason: str) -> None:
    for result in spans_measured(documents, replicates=20).values():
        written = msgspec.json.decode(msgspec.json.encode(result))
        assert (result.value, written["value"], written["interval"], written["reason"]) == (None, None, None, reason)


def test_pairs_without_f1_say_why() -> None:
    documents: Documents = {"one": {"a": [], "b": []}, "two": {"b": [(0, 5, "X")], "c": []}}
    pairs = {each.annotators: (each.value, each.reason) for each in spans_measured(documents)["span_f1_exact"].pairs}
    assert pairs == {("a", "b"): (None, "no span of either"), ("a", "c"): (None, "no document read by both"), ("b", "c"): (0, None)}


def most_pairs(first: list[Place], second: list[Place]) -> int:
    """The largest one-to-one matching of overlapping spans of one label, by trying every assignment."""
    few_spans, many = sorted((first, second), key=len)
    return max(
        sum(a[0] < b[1] and b[0] < a[1] and a[2] == b[2] for a, b in zip(few_spans, chosen, strict=True))
        for chosen in permutations(many, len(few_spans))
    )


@few
@given(first=some_marks, second=some_marks)
def test_overlap_matching_is_the_best_there_is(first: list[Place], second: list[Place]) -> None:
    assert overlap_matches(spans_of(first), spans_of(second)) == most_pairs(first, second)


@few
@given(first=some_marks, second=some_marks)
def test_matches_are_symmetric_and_exact_ones_overlap(first: list[Place], second: list[Place]) -> None:
    a, b = spans_of(first), spans_of(second)
    assert exact_matches(a, b) == exact_matches(b, a)
    assert exact_matches(a, b) <= overlap_matches(a, b) == overlap_matches(b, a) <= min(len(a), len(b))


def test_a_long_chain_of_overlaps_is_matched() -> None:
    """Sentences cut by two hands, each cut a little apart: every span overlaps the next one too."""
    first = [(10 * n, 10 * n + 10, "X") for n in range(1500)]
    second = [(10 * n + 5, 10 * n + 15, "X") for n in range(1500)]
    assert overlap_matches(spans_of(first[::-1]), spans_of(second)) == 1500


# Alignment

Marked = dict[str, list[Mention]]


def mentions_of(marks: dict[str, list[Place]]) -> Marked:
    return {
        name: [Mention(f"{name}{n}", "mentions", label, start, end) for n, (start, end, label) in enumerate(places)]
        for name, places in marks.items()
    }


def ids(clusters: list[dict[str, Mention]]) -> list[set[str]]:
    return [{each.id for each in cluster.values()} for cluster in clusters]


def overlapping(a: Mention, b: Mention) -> bool:
    return a.start < b.end and b.start < a.end


some_aligned = st.dictionaries(st.sampled_from("abcd"), st.lists(some_places, max_size=5, unique=True)).map(mentions_of)
distinct_places = st.lists(st.tuples(some_places, st.sampled_from("abcd")), max_size=12, unique_by=lambda marked: marked[0]).map(
    lambda marks: mentions_of({name: [place for place, own in marks if own == name] for name in "abcd"})
)


@few
@given(spans=some_aligned)
def test_clusters_partition_the_spans_by_annotator(spans: Marked) -> None:
    clusters = align(spans)
    found = [(name, each.id) for cluster in clusters for name, each in cluster.items()]
    assert sorted(found) == sorted((name, each.id) for name, own in spans.items() for each in own)
    assert [min((each.start, each.end) for each in cluster.values()) for cluster in clusters] == sorted(
        min((each.start, each.end) for each in cluster.values()) for cluster in clusters
    )


@few
@given(spans=some_aligned)
def test_identical_spans_meet(spans: Marked) -> None:
    clusters = align(spans)
    home = {each.id: number for number, cluster in enumerate(clusters) for each in cluster.values()}
    everything = [each for own in spans.values() for each in own]
    for a, b in combinations(everything, 2):
        if (a.start, a.end, a.type) == (b.start, b.end, b.type):
            assert home[a.id] == home[b.id]


@few
@given(spans=some_aligned)
def test_overlapping_spans_are_apart_only_where_an_annotator_would_stand_twice(spans: Marked) -> None:
    clusters = align(spans)
    for one, other in combinations(clusters, 2):
        if not one.keys() & other.keys():
            assert not any(overlapping(a, b) for a in one.values() for b in other.values())
    for cluster in clusters:
        assert len(cluster) == 1 or all(any(a is not b and overlapping(a, b) for b in cluster.values()) for a in cluster.values())


@few
@given(spans=some_aligned, draw=st.randoms())
def test_the_order_of_annotators_and_spans_is_irrelevant(spans: Marked, draw: random.Random) -> None:
    shuffled = {name: draw.sample(spans[name], len(spans[name])) for name in draw.sample(list(spans), len(spans))}
    assert align(shuffled) == align(spans)


@few
@given(spans=distinct_places, names=st.permutations("abcd"))
def test_the_names_of_annotators_are_irrelevant_when_spans_differ(spans: Marked, names: list[str]) -> None:
    renamed = {names["abcd".index(name)]: own for name, own in spans.items()}
    assert ids(align(renamed)) == ids(align(spans))


@pytest.mark.parametrize(
    ("marks", "clusters"),
    [
        ({"a": [(0, 5, "X")], "b": [(5, 9, "X")]}, [{"a0"}, {"b0"}]),
        ({"a": [(0, 5, "X")], "b": [(0, 4, "Y")]}, [{"a0", "b0"}]),
        ({"a": [(0, 10, "X")], "b": [(0, 4, "X"), (3, 10, "X")]}, [{"b0"}, {"a0", "b1"}]),
        ({"a": [(0, 4, "X")], "b": [(0, 12, "X"), (1, 4, "X")]}, [{"a0", "b1"}, {"b0"}]),
        ({"a": [(2, 6, "X")], "b": [(0, 6, "Y"), (2, 8, "X")]}, [{"b0"}, {"a0", "b1"}]),
        ({"a": [(0, 5, "X")], "b": [(1, 5, "X")], "c": [(0, 6, "Y")]}, [{"a0", "b0", "c0"}]),
    ],
    ids=[
        "touching",
        "another type",
        "the larger overlap",
        "the larger share of the two",
        "the same type where overlaps are equal",
        "three annotators",
    ],
)
def test_alignment_by_hand(marks: dict[str, list[Place]], clusters: list[set[str]]) -> None:
    assert ids(align(mentions_of(marks))) == clusters


# Intervals


def agreeing(documents: int, share: float) -> list[Rating]:
    """Two annotators who agree in this share of the documents; x and y are equally frequent."""
    first = "xy" * (documents // 2)
    disagree = round(documents * (1 - share))
    return ratings_of([first, first[:disagree].translate(str.maketrans("xy", "yx")) + first[disagree:]])


def test_intervals_contain_the_value_and_repeat() -> None:
    results = measured(agreeing(60, 0.8), replicates=500)
    assert results == measured(agreeing(60, 0.8), replicates=500)
    for result in results.values():
        assert result.interval is not None
        assert result.interval.level == 0.95
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
    intervals = {
        measure_ratings("layer", "nominal", ["x", "y"], agreeing(60, 0.8), replicates=500, seed=seed)[2].interval for seed in range(3)
    }
    assert len(intervals) == 3


def test_documents_are_resampled_not_units() -> None:
    """Ten units of one document that all go together tell no more than one."""
    once = agreeing(20, 0.7)
    tenfold = [each._replace(unit=f"{each.unit} {copy}") for each in once for copy in range(10)]
    interval = measured(once, replicates=200)["percent_agreement"].interval
    assert interval is not None
    assert measured(tenfold, replicates=200)["percent_agreement"].interval == pytest.approx(interval)


def test_more_documents_narrow_the_interval() -> None:
    widths = []
    for documents in (20, 200):
        interval = measured(agreeing(documents, 0.8), replicates=500)["krippendorff_alpha"].interval
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths[1] < widths[0] / 2


@pytest.mark.parametrize(
    ("documents", "replicates", "reason"),
    [
        ([[3, 4]], 100, "no interval: one document"),
        (
            [[1, 1], *([[0, 0]] * 9)],
            1000,
            "no interval: undefined in ",
        ),  # the only document with anything in it is not drawn in 35% of replicates
    ],
)
def test_no_interval_says_why(documents: list[list[float]], replicates: int, reason: str) -> None:
    interval, why = bootstrap(np.array(documents, dtype=np.float64), percent_agreement, replicates, 0)
    assert interval is None
    assert why is not None
    assert why.startswith(reason)


def test_a_value_without_interval() -> None:
    """One document of twenty holds the second category: alpha is defined, its replicates often are not."""
    result = measured(ratings_of(["x" * 19 + "y", "x" * 19 + "y"]), replicates=200)["krippendorff_alpha"]
    assert result.value == pytest.approx(1)
    assert result.interval is None


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


def test_signatures_of_spans() -> None:
    for result in measure_spans("layer", [], [], replicates=50, seed=7):
        assert result.signature == (
            f"m:{result.measure}|unit:span|match:typed-one-to-one|average:micro|ci:percentile-document-50-seed7|annotate:{__version__}"
        )


# Whole labellings


def asked(schema: Schema) -> list[tuple[str, str]]:
    """(layer, measure) of everything that the schema asks for."""
    wanted: list[tuple[str, str]] = []
    for layer in schema.span_layers.values():
        wanted += [(layer.name, measure) for measure in SPAN_MEASURES]
        questions = ["type", *(each.name for each in layer.attributes)] if isinstance(layer, FrameLayer) else ["type"]
        wanted += [(f"{layer.name}.{question}", measure) for question in questions for measure in MEASURES]
    for choices in schema.choice_layers:
        wanted += [(f"{choices.name}.{question.name}", measure) for question in choices.questions for measure in MEASURES]
    return wanted


def test_the_demos_two_labellings_are_measured_in_every_layer(schema: Schema) -> None:
    results = measure_labellings(schema, [*labellings("first"), *labellings("second")], replicates=50)
    assert [(each.layer, each.measure) for each in results] == asked(schema)
    for each in results:
        assert 0 < number(each) <= 1, each
        assert each.annotators == 2
        assert 0 < each.pairable <= each.units
        assert each.interval is not None
        assert each.interval.low <= number(each) <= each.interval.high
    levels = {each.layer: each.signature for each in results if each.measure == "krippendorff_alpha"}
    assert "|level:ordinal|" in levels["stances.strength"]
    assert "|level:nominal|" in levels["events.mode"]


def test_a_schema_with_nothing_labelled_is_null_throughout(stance_only: Schema) -> None:
    results = measure_labellings(stance_only, [])
    assert [(each.layer, each.measure) for each in results] == asked(stance_only)
    assert all(each.value is None and each.reason for each in results)


def raid(start: int, kind: str = "ASSAULT", **attributes: str | None) -> Frame:
    return Frame(f"e{start}", "events", kind, start, start + 5, attributes)


def test_attributes_are_compared_on_aligned_spans(schema: Schema) -> None:
    first = Labelling("velmora-1", "a", frames=(raid(0, mode="drone"), raid(10, mode="war"), raid(20, mode="war"), raid(30, mode="war")))
    second = Labelling("velmora-1", "b", frames=(raid(1, mode="aerial"), raid(11, mode="war"), raid(20, "DIE", mode=None)))
    results = {(each.layer, each.measure): each for each in measure_labellings(schema, [first, second], replicates=0)}
    overlap, kinds, modes = (
        results[key] for key in [("events", "span_f1_overlap"), *((f"events.{x}", MEASURES[0]) for x in ("type", "mode"))]
    )
    assert number(overlap) == pytest.approx(2 * 2 / 7)  # the third pair differs in type, the fourth event is in one labelling only
    assert (number(kinds), number(modes)) == pytest.approx((2 / 3, 1 / 2))
    assert (kinds.units, kinds.pairable, modes.units, modes.pairable) == (3, 3, 3, 2)


def test_an_article_called_unusable_is_not_read(schema: Schema) -> None:
    news = (Answer("document", "genre", "news"),)
    submitted = [
        Labelling("velmora-1", "a", frames=(raid(0),), answers=news),
        Labelling("velmora-1", "b", frames=(raid(0),), answers=news),
        Labelling("velmora-2", "a", frames=(raid(0),), answers=news),
        Labelling("velmora-2", "b", unusable="garbled"),
    ]
    results = {(each.layer, each.measure): each for each in measure_labellings(schema, submitted, replicates=0)}
    exact, genre = results["events", "span_f1_exact"], results["document.genre", "percent_agreement"]
    assert (exact.value, exact.units, exact.pairable) == (1, 3, 2)
    assert (genre.value, genre.units, genre.pairable) == (1, 2, 1)
