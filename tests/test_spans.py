"""Spans: F1 by hand and by brute force, matching one to one, proclitics and tokens, what is undefined, and the signatures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations, permutations
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate import __version__
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result, Span
from annotate.agreement.spans.f1 import measure_spans, precision_recall_f1, span_f1_by_label, token_dice
from annotate.errors import BadInput
from annotate.tokens import proclitics, tokens
from tests.ratings import SPAN_MEASURES, Documents, Place, few, number, some_places, spans_measured, spans_of

TEXT = "وقال إنّه فسيزور للدول، وبالاتفاق مع الوزير"
NO_INTERVAL = Intervals(method="none")

some_marks = st.lists(some_places, max_size=5)
# Short words full of proclitics, so that marks often differ by them.
some_text = st.text("وبلسيان,.5«  ", min_size=14, max_size=14)


def place(text: str, words: str, label: str = "X") -> Place:
    """Where some words stand in a text, the first time."""
    start = text.index(words)
    return start, start + len(words), label


def two(first: list[Place], second: list[Place], text: str | None = None) -> dict[str, float]:
    """Every F1 of two annotators of one document."""
    results = spans_measured({"d": {"a": first, "b": second}}, texts=None if text is None else {"d": text})
    return {measure: result.value for measure, result in results.items() if result.value is not None}


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
    for f1 in (two(first, second), two(second, first)):
        assert [f1["span_f1_exact"], f1["span_f1_overlap"]] == pytest.approx([exact, overlap])


@pytest.mark.parametrize(
    ("first", "second", "exact", "overlap"),
    [
        pytest.param([(0, 5, "X")], [(0, 5, "Y")], 1, 1, id="another label"),
        pytest.param([(0, 5, "X")], [(3, 9, "Y")], 0, 1, id="another label and boundary"),
        pytest.param([(0, 5, "X"), (0, 5, "Y")], [(0, 5, "Z")], 2 / 3, 2 / 3, id="under two labels, one to one still"),
        pytest.param([(0, 5, "X"), (0, 5, "Y")], [(0, 5, "Y"), (0, 5, "Z")], 1, 1, id="labels mean nothing"),
    ],
)
def test_untyped_f1_by_hand(first: list[Place], second: list[Place], exact: float, overlap: float) -> None:
    f1 = two(first, second)
    assert [f1["span_f1_exact_untyped"], f1["span_f1_overlap_untyped"]] == pytest.approx([exact, overlap])


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
    texts = {"d": "وقال نعم"}
    alike = spans_measured(both, texts=texts)
    for measure, result in spans_measured(both | alone, texts=texts).items():
        assert result.value == pytest.approx(number(alike[measure]))
        assert (result.units, result.pairable, result.annotators) == ((3, 3, 3) if "token" in measure else (5, 3, 3))


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ({}, "no document read by two"),
        ({"d": {"a": [(0, 5, "X")]}, "e": {"b": [(0, 5, "X")]}}, "no document read by two"),
        ({"d": {"a": [], "b": []}}, "nobody marked a {unit}"),
    ],
)
def test_f1_that_is_undefined_says_why(documents: Documents, reason: str) -> None:
    for measure, result in spans_measured(documents, replicates=20, texts={"d": TEXT}).items():
        written = msgspec.json.decode(msgspec.json.encode(result))
        said = reason.format(unit="token" if "token" in measure else "span")
        assert (result.value, written["value"], written["interval"], written["reason"]) == (None, None, None, said)


def test_pairs_without_f1_say_why() -> None:
    documents: Documents = {"one": {"a": [], "b": []}, "two": {"b": [(0, 5, "X")], "c": []}}
    pairs = {each.annotators: (each.value, each.reason) for each in spans_measured(documents)["span_f1_exact"].pairs}
    assert pairs == {("a", "b"): (None, "no span of either"), ("a", "c"): (None, "no document read by both"), ("b", "c"): (0, None)}


def test_without_texts_two_rules_have_no_value() -> None:
    results = spans_measured({"d": {"a": [(0, 5, "X")], "b": [(0, 5, "X")]}})
    assert list(results) == SPAN_MEASURES
    for measure, result in results.items():
        without = "clitic" in measure or "token" in measure
        assert (result.value is None) == without
        assert (result.reason == "needs the documents' texts (--texts FILE)") == without


@pytest.mark.parametrize(
    ("first", "second", "clitic"),
    [
        ("والوزير", "الوزير", 1),
        ("بالاتفاق", "الاتفاق", 1),
        ("وبالاتفاق", "الاتفاق", 1),
        ("وبالاتفاق", "بالاتفاق", 1),
        ("للدول", "لدول", 1),
        ("للدول", "دول", 0),
        ("وللدول", "لدول", 1),
        ("فسيزور", "يزور", 1),
        ("فسيزور", "سيزور", 1),
        ("وَالوزير", "الوزير", 1),
        ("لِلدُّوَل", "لدُّوَل", 1),
        ("الوزير", "وزير", 0),
        ("والوزير", "وزير", 0),
        ("مكتب", "كتب", 0),
        ("سلام", "لام", 0),
        ("وزارة", "زارة", 1),  # no rule of letters knows that this و belongs to the root
        ("والوزير الأول", "الوزير الأول", 1),
        ("والوزير", "والوزير", 1),
    ],
)
def test_clitic_tolerance(first: str, second: str, clitic: float) -> None:
    text = f"قال {first} نعم"
    start = text.index(first)
    whole, cut = (start, start + len(first), "X"), (start + len(first) - len(second), start + len(first), "X")
    for f1 in (two([whole], [cut], text), two([cut], [whole], text)):
        assert (f1["span_f1_clitic"], f1["span_f1_clitic_untyped"]) == (clitic, clitic)
        assert (f1["span_f1_exact"], f1["span_f1_overlap"]) == (first == second, 1)


def test_clitic_tolerance_wants_one_end_one_token_and_one_label() -> None:
    text = "والوزير و الوزير"
    assert two([(0, 7, "X")], [(1, 16, "X")], text)["span_f1_clitic"] == 0
    assert two([(8, 16, "X")], [(10, 16, "X")], text)["span_f1_clitic"] == 0
    assert two([(0, 7, "X")], [(1, 7, "Y")], text)["span_f1_clitic"] == 0
    assert two([(0, 7, "X")], [(1, 7, "Y")], text)["span_f1_clitic_untyped"] == 1
    assert two([(0, 7, "X"), (1, 7, "X")], [(1, 7, "X")], text)["span_f1_clitic"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("first", "second", "typed", "untyped"),
    [
        pytest.param([place(TEXT, "وقال إنّه")], [place(TEXT, "وقال")], 2 / 3, 2 / 3, id="two tokens and one of them"),
        pytest.param([place(TEXT, "زور")], [place(TEXT, "فسيزور")], 1, 1, id="a part of a token is the token"),
        pytest.param([place(TEXT, "للدول")], [place(TEXT, "للدول،")], 2 / 3, 2 / 3, id="punctuation is a token"),
        pytest.param([place(TEXT, "وقال إنّه")], [place(TEXT, "إنّه", "Y"), place(TEXT, "وقال")], 2 / 4, 1, id="another label"),
        pytest.param(
            [place(TEXT, "وقال إنّه فسيزور"), place(TEXT, "إنّه")], [place(TEXT, "إنّه")], 2 / 4, 2 / 4, id="touched twice counts once"
        ),
        pytest.param([place(TEXT, "إنّه"), place(TEXT, "إنّه", "Y")], [place(TEXT, "إنّه")], 2 / 3, 1, id="once for each label, or at all"),
        pytest.param([place(TEXT, " ")], [place(TEXT, "مع")], 0, 0, id="white space touches no token"),
    ],
)
def test_token_f1_by_hand(first: list[Place], second: list[Place], typed: float, untyped: float) -> None:
    for f1 in (two(first, second, TEXT), two(second, first, TEXT)):
        assert (f1["span_f1_token"], f1["span_f1_token_untyped"]) == pytest.approx((typed, untyped))


@pytest.mark.parametrize(
    ("text", "first", "second", "f1"),
    [
        pytest.param("3,5 نعم", [(1, 3, "X")], [(1, 3, "X"), (4, 7, "X")], 2 / 3, id="the end of a number is the number"),
        pytest.param("3,5 نعم", [(0, 1, "X")], [(2, 3, "X")], 1, id="two parts of one token"),
        pytest.param(
            "(«نعم»)،لا", [(0, 1, "X"), (6, 7, "X"), (9, 10, "X")], [(1, 2, "X"), (6, 8, "X")], 2 / 6, id="tokens without white space"
        ),
        pytest.param("نعم\nلا", [(0, 6, "X")], [(4, 5, "X")], 2 / 3, id="across lines"),
    ],
)
def test_tokens_of_marked_stretches(text: str, first: list[Place], second: list[Place], f1: float) -> None:
    assert two(first, second, text)["span_f1_token"] == pytest.approx(f1)


Mark = TypeVar("Mark")
Rule = Callable[[Place, Place], bool]


def exactly(a: Place, b: Place) -> bool:
    return a == b


def by_clitic(text: str, a: Place, b: Place) -> bool:
    return a[1:] == b[1:] and (a[0] == b[0] or proclitics(text, *sorted((a[0], b[0]))))


def by_overlap(a: Place, b: Place) -> bool:
    return a[0] < b[1] and b[0] < a[1] and a[2] == b[2]


def most_pairs(rule: Rule, first: list[Place], second: list[Place]) -> int:
    """The largest one-to-one matching, by trying every assignment."""
    few_spans, many = sorted((first, second), key=len)
    return max(sum(map(rule, few_spans, chosen)) for chosen in permutations(many, len(few_spans)))


def marked_tokens(text: str, marks: list[Place]) -> set[tuple[int, str]]:
    return {(n, label) for n, (a, b) in enumerate(tokens(text)) for start, end, label in marks if start < b and a < end}


@few
@given(text=some_text, marks=st.lists(st.lists(some_places, max_size=4), min_size=2, max_size=3))
def test_every_f1_is_as_defined(text: str, marks: list[list[Place]]) -> None:
    results = spans_measured({"d": {f"annotator {n}": each for n, each in enumerate(marks)}}, texts={"d": text})
    for untyped in ("", "_untyped"):
        known = [[(start, end, "" if untyped else label) for start, end, label in each] for each in marks]
        for name, rule in (("exact", exactly), ("clitic", partial(by_clitic, text)), ("overlap", by_overlap)):
            expect(results[f"span_f1_{name}{untyped}"], partial(most_pairs, rule), known)
        touched = [list(marked_tokens(text, each)) for each in known]
        expect(results[f"span_f1_token{untyped}"], in_common, touched)


def in_common(first: list[tuple[int, str]], second: list[tuple[int, str]]) -> int:
    return len({*first} & {*second})


def expect(result: Result, matches: Callable[[list[Mark], list[Mark]], int], marks: list[list[Mark]]) -> None:
    pairs = list(combinations(marks, 2))
    found, marked = [matches(*pair) for pair in pairs], [len(a) + len(b) for a, b in pairs]
    assert result.value == (pytest.approx(2 * sum(found) / sum(marked)) if sum(marked) else None)
    assert [each.units for each in result.pairs] == marked
    assert [each.value for each in result.pairs] == [2 * m / of if of else None for m, of in zip(found, marked, strict=True)]


@few
@given(text=some_text, first=some_marks, second=some_marks)
def test_wider_rules_match_more_and_untyped_ones_too(text: str, first: list[Place], second: list[Place]) -> None:
    if first or second:
        results = {
            measure: result.value or 0 for measure, result in spans_measured({"d": {"a": first, "b": second}}, texts={"d": text}).items()
        }
        for typed in ("", "_untyped"):
            assert results[f"span_f1_exact{typed}"] <= results[f"span_f1_clitic{typed}"] <= results[f"span_f1_overlap{typed}"] <= 1
        for rule in ("exact", "clitic", "overlap"):
            assert results[f"span_f1_{rule}"] <= results[f"span_f1_{rule}_untyped"]


some_documents = st.dictionaries(
    st.sampled_from(["d", "e", "f"]), st.dictionaries(st.sampled_from("abc"), some_marks, min_size=1), min_size=1, max_size=3
)


@few
@given(documents=some_documents, order=st.randoms(use_true_random=False))
def test_names_and_order_mean_nothing(documents: Documents, order: object) -> None:
    texts = dict.fromkeys("def", TEXT)
    renamed = {"d": "z", "e": "y", "f": "x", "a": "r", "b": "q", "c": "p", "X": "U", "Y": "T"}
    other: Documents = {
        renamed[document]: {
            renamed[name]: [(start, end, renamed[label]) for start, end, label in marks[::-1]] for name, marks in by.items()
        }
        for document, by in reversed(documents.items())
    }
    results, again = spans_measured(documents, texts=texts), spans_measured(other, texts=dict.fromkeys("xyz", TEXT))
    for measure in SPAN_MEASURES:
        a, b = results[measure], again[measure]
        assert (a.value, a.reason, a.units, a.pairable, a.annotators) == (b.value, b.reason, b.units, b.pairable, b.annotators)
        values = {frozenset(renamed[name] for name in each.annotators): (each.value, each.units, each.reason) for each in a.pairs}
        assert values == {frozenset(each.annotators): (each.value, each.units, each.reason) for each in b.pairs}


def test_order_of_rows_does_not_move_an_interval() -> None:
    spans = [Span(f"d{n}", name, n % 3 + (n % 5 == 0 and name == "b"), 5, "X") for n in range(40) for name in "ab"]
    forward = measure_spans("layer", spans, [])
    assert forward == measure_spans("layer", spans[::-1], [])
    assert forward[0].interval is not None


def test_a_long_chain_of_overlaps_is_matched() -> None:
    """Sentences cut by two hands, each cut a little apart: every span overlaps the next one too."""
    first = [(10 * n, 10 * n + 10, "X") for n in range(1500)]
    second = [(10 * n + 5, 10 * n + 15, "X") for n in range(1500)]
    assert two(first[::-1], second)["span_f1_overlap"] == 1


def test_many_documents_are_the_sum_of_each() -> None:
    """More spans than one batch of the matching holds, the documents' rows apart."""
    one: dict[str, list[Place]] = {"a": [(0, 4, "X"), (5, 9, "X"), (17, 22, "Y")], "b": [(1, 4, "X"), (5, 9, "X"), (17, 24, "Z")]}
    texts = {f"d{n}": TEXT for n in range(8000)}
    spans = [Span(document, name, *marked) for name, places in one.items() for marked in places for document in texts]
    alone = spans_measured({"d0": one}, texts=texts)
    many = {each.measure: each for each in measure_spans("layer", spans, [], texts=texts, how=NO_INTERVAL)}
    for measure in SPAN_MEASURES:
        assert many[measure].value == pytest.approx(number(alone[measure]))
        assert many[measure].units == 8000 * alone[measure].units


@pytest.mark.parametrize(("start", "end"), [(3, 3), (5, 2), (-1, 4), (0, 2**40)])
def test_a_span_that_is_none_is_named(start: int, end: int) -> None:
    with pytest.raises(BadInput, match=f"document d, annotator b: the span from {start} to {end} is no span"):
        measure_spans("layer", [Span("d", "a", 0, 5, "X"), Span("d", "b", start, end, "X")], [])


def test_texts_that_do_not_fit_are_named() -> None:
    spans = [Span("d", "a", 0, 5, "X"), Span("d", "b", 0, 9, "X"), Span("alone", "b", 0, 9, "X")]
    with pytest.raises(BadInput, match="document d, annotator b: the span from 0 to 9 ends beyond the text"):
        measure_spans("layer", spans, [], texts={"d": "abcdef"})
    with pytest.raises(BadInput, match="document d: has no text"):
        measure_spans("layer", spans, [], texts={})


def test_by_label() -> None:
    spans = [Span(f"d{n}", name, 0, 5 + (n == 2 and name == "b"), "often") for n in range(3) for name in "ab"]
    spans += [Span("d0", "a", 7, 9, "seldom"), Span("d0", "b", 7, 9, "seldom"), *(Span("alone", "a", n, n + 1, "seldom") for n in range(9))]
    results = {(each.category, each.measure): each for each in span_f1_by_label("layer", spans, [], how=NO_INTERVAL)}
    assert {key: (each.value, each.reason, each.units, each.pairable) for key, each in results.items()} == {
        ("often", "span_f1_exact"): (pytest.approx(2 / 3), None, 6, 6),
        ("often", "span_f1_overlap"): (1, None, 6, 6),
        ("seldom", "span_f1_exact"): (None, "fewer than 5 spans", 11, 2),
        ("seldom", "span_f1_overlap"): (None, "fewer than 5 spans", 11, 2),
    }
    assert [(each.value, each.reason) for each in results["seldom", "span_f1_exact"].pairs] == [(None, "fewer than 5 spans")]
    assert results["often", "span_f1_exact"].signature == (
        f"m:span_f1_exact|unit:span|match:typed-one-to-one|label:often|average:micro|missing:pairwise|ci:none|annotate:{__version__}"
    )


@few
@given(documents=some_documents)
def test_labels_add_up_to_the_typed_value(documents: Documents) -> None:
    """Each match and each span is of one label."""
    spans = [each for document, by in documents.items() for name, places in by.items() for each in spans_of(places, document, name)] * 3
    read = [(document, name) for document, by in documents.items() for name in by]
    whole = {each.measure: each for each in measure_spans("layer", spans, read, how=NO_INTERVAL)}
    for measure in ("span_f1_exact", "span_f1_overlap"):
        parts = [each for each in span_f1_by_label("layer", spans, read, how=NO_INTERVAL) if each.measure == measure]
        assert sum(each.units for each in parts) == whole[measure].units
        for n, pair in enumerate(whole[measure].pairs):
            if all(each.pairs[n].units >= 5 or not each.pairs[n].units for each in parts):
                matched = sum((each.pairs[n].value or 0) * each.pairs[n].units for each in parts)
                assert matched == pytest.approx((pair.value or 0) * pair.units)


def test_signatures_of_spans() -> None:
    for result in measure_spans("layer", [], [], texts={}, how=Intervals(replicates=50, seed=7)):
        match = ("untyped-" if result.measure.endswith("untyped") else "typed-") + ("set" if "token" in result.measure else "one-to-one")
        unit = "token" if "token" in result.measure else "span"
        facts = f"unit:{unit}|match:{match}|average:micro|missing:pairwise|ci:percentile-document-50-seed7"
        assert result.signature == f"m:{result.measure}|{facts}|annotate:{__version__}"


# Published cases

# kldtz/bratiaa (MIT), data/agreement/agree-2: document, start, end, label of what two annotators marked.
BRATIAA_BOTH = """
29 4 17 PER|29 34 37 ORG|29 361 397 PER|29 563 567 PER|29 720 724 PER|29 1081 1096 PER|29 2376 2387 MISC|29 2498 2504 LOC|46 0 8 LOC
|46 18 21 ORG|46 327 344 PER|46 454 465 PER|46 650 653 ORG"""
BRATIAA_FIRST = "29 18 24 LOC|29 1074 1078 PER|46 192 195 ORG"
BRATIAA_SECOND = "46 42 54 LOC|46 161 190 ORG|46 408 426 ORG|46 516 523 ORG"


def rows(table: str, annotator: str) -> list[Span]:
    split = (row.split() for row in table.replace("\n", "").split("|"))
    return [Span(document, annotator, int(start), int(end), label) for document, start, end, label in split]


def test_bratiaa_agreement() -> None:
    first, second = (rows(f"{BRATIAA_BOTH}|{alone}", name) for alone, name in ((BRATIAA_FIRST, "ann1"), (BRATIAA_SECOND, "ann2")))
    assert (len(first), len(second)) == (16, 17)
    results = {each.measure: number(each) for each in measure_spans("layer", first + second, [], how=NO_INTERVAL) if each.value is not None}
    assert results["span_f1_exact"] == pytest.approx(0.787878, abs=1e-4)


def test_evmeval_token_dice() -> None:
    """hunterhector/EvmEval, mention_detection_tests: test.system1; test.system2, which has two thirds of a mention's credit."""
    assert token_dice([3, 5], [3, 5]) == (1, 1, 1)
    assert token_dice([3, 5, 6], [5, 6, 9, 10]) == (2 / 4, 2 / 3, 4 / 7)
    assert precision_recall_f1(0.6667, 0, 1) == pytest.approx((1, 0.6667, 0.8), abs=1e-4)


@pytest.mark.parametrize(
    ("tp", "fp", "gold", "expected"),
    [(0, 0, 0, (None, None, None)), (0, 0, 3, (None, 0, 0)), (0, 3, 0, (0, None, 0)), (0, 1, 1, (0, 0, 0))],
)
def test_precision_and_recall_that_are_undefined(tp: float, fp: float, gold: float, expected: tuple[float | None, ...]) -> None:
    assert precision_recall_f1(tp, fp, gold) == expected


def test_kappa_comes_to_f1_as_what_neither_marked_grows() -> None:
    """Hripcsak & Rothschild 2005 on their table [[40, 9], [6, d]]."""
    f1 = precision_recall_f1(40, 9, 40 + 6).f1
    assert f1 == pytest.approx(0.8421052631578947, abs=1e-6)
    kappas = []
    for d in (10.0, 1e3, 1e6, 1e9):
        n = 55 + d
        chance = (49 * 46 + (6 + d) * (9 + d)) / n**2
        kappas.append(((40 + d) / n - chance) / (1 - chance))
    assert kappas == sorted(kappas)
    assert kappas[-1] == pytest.approx(f1, abs=1e-6)
