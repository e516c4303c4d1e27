"""Unitizing alphas of corpora: several documents, intervals, nesting, what is undefined, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate import __version__
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Span
from annotate.agreement.spans.continua import read_corpus
from annotate.agreement.spans.unitizing import measure_unitizing
from annotate.agreement.spans.unitizing_1995 import disagreements, krippendorff_alpha_u
from annotate.errors import BadInput
from tests.unitizing import (
    BOOK,
    LABELS,
    NO_INTERVAL,
    OF_ALL,
    Place,
    Text,
    Texts,
    alpha_u_by_definition,
    approx,
    few,
    measured,
    number,
    results_of,
    some_text,
    some_texts,
    some_units,
    spans_and_readings,
    values,
)


@few
@given(texts=some_texts)
def test_order_and_names_mean_nothing(texts: Texts) -> None:
    results = results_of(texts)
    spans, read = spans_and_readings(texts)
    lengths = {document: text.length for document, text in texts.items()}
    assert measure_unitizing("layer", LABELS, spans[::-1], read[::-1], lengths=lengths, how=NO_INTERVAL) == results
    names = dict(zip("abcd", "cdab", strict=True))
    renamed = {document: Text(text.length, {names[name]: marks for name, marks in text.marks.items()}) for document, text in texts.items()}
    assert values(renamed) == approx(values(texts))
    other = dict(zip(LABELS, ["b", "c", "a"], strict=True))
    relabelled = {
        document: Text(
            text.length, {name: [(start, end, other[label]) for start, end, label in marks] for name, marks in text.marks.items()}
        )
        for document, text in texts.items()
    }
    assert values(relabelled, [other[label] for label in LABELS]) == approx(values(texts))


@few
@given(text=some_text())
def test_identical_annotators_agree_fully(text: Text) -> None:
    same = Text(text.length, dict.fromkeys("abc", next(iter(text.marks.values()))))
    assert all(each.value is None or each.value == pytest.approx(1) for each in results_of({"d": same, "e": same}))


@few
@given(texts=some_texts)
def test_documents_of_one_reader_do_not_count(texts: Texts) -> None:
    alone = Text(9, {"a": [(0, 5, "X"), (5, 9, "Y")]})
    assert values(texts | {"alone": alone}) == values(texts)
    before, after = results_of(texts)[0], results_of(texts | {"alone": alone})[0]
    assert (after.units, after.pairable) == (before.units + 2, before.pairable)


@st.composite
def texts_of_the_same_two(draw: st.DrawFn) -> Texts:
    """Every document begins with a unit of X of both, so that no gap of X meets another one at a border."""
    texts = {}
    for number_, marks in enumerate(draw(st.lists(st.tuples(some_units(), some_units()), min_size=1, max_size=3))):
        led = {name: [(0, 1, "X"), *((start + 1, end + 1, "X") for start, end, _ in own)] for name, own in zip("ab", marks, strict=True)}
        texts[f"d{number_}"] = Text(max(own[-1][1] for own in led.values()) + draw(st.integers(0, 3)), led)
    return texts


def end_to_end(texts: Texts) -> Texts:
    marks: dict[str, list[Place]] = {name: [] for name in next(iter(texts.values())).marks}
    at = 0
    for text in texts.values():
        for name, own in text.marks.items():
            marks[name] += [(start + at, end + at, label) for start, end, label in own]
        at += text.length
    return {"all": Text(at, marks)}


@few
@given(texts=texts_of_the_same_two())
def test_documents_are_as_one_laid_end_to_end(texts: Texts) -> None:
    assert values(end_to_end(texts)) == approx(values(texts))


def test_a_gap_ends_with_its_document() -> None:
    """Laid end to end, the gaps at the border would make one of 8, with more room for a unit of 2: chance would expect more."""
    texts = {"d": Text(6, {"a": [(0, 2, "X")], "b": [(0, 2, "X")]}), "e": Text(6, {"a": [(4, 6, "X")], "b": [(3, 5, "X")]})}
    apart, joined = measured(texts)["krippendorff_alpha_u", "X"], measured(end_to_end(texts))["krippendorff_alpha_u", "X"]
    assert number(apart) == pytest.approx(alpha_u_by_definition(texts, ["X"]))
    assert number(apart) < number(joined)
    assert measured(texts)["u_alpha", None].value == pytest.approx(measured(end_to_end(texts))["u_alpha", None].value)


@few
@given(texts=some_texts)
def test_pairs_are_measured_as_if_alone(texts: Texts) -> None:
    found = measured(texts)
    names = sorted({name for text in texts.values() for name in text.marks})
    for measure in ("krippendorff_alpha_u", "u_alpha"):
        pairs = {each.annotators: each for each in found[measure, None].pairs}
        assert list(pairs) == [(a, b) for n, a in enumerate(names) for b in names[n + 1 :]]
        for (a, b), pair in pairs.items():
            both = {
                document: Text(text.length, {a: text.marks[a], b: text.marks[b]})
                for document, text in texts.items()
                if {a, b} <= {*text.marks}
            }
            result = measured(both)[measure, None]
            assert [pair.value] == approx([result.value])
            assert (pair.reason is None, pair.units) == (pair.value is not None, result.pairable)


def test_pairs_without_a_value_say_why() -> None:
    texts: Texts = {
        "d": Text(9, {"a": [], "b": []}),
        "e": Text(9, {"b": [(0, 5, "X")], "c": [(0, 4, "X")]}),
        "f": Text(9, {"c": [(0, 9, "X")], "d": [(0, 9, "X")]}),
    }
    pairs = {each.annotators: (each.value is None, each.reason, each.units) for each in measured(texts)["u_alpha", None].pairs}
    assert pairs == {
        ("a", "b"): (True, "neither marked a span", 0),
        ("a", "c"): (True, "no document read by both", 0),
        ("a", "d"): (True, "no document read by both", 0),
        ("b", "c"): (False, None, 2),
        ("b", "d"): (True, "no document read by both", 0),
        ("c", "d"): (True, "everything was marked alike: no disagreement was possible", 2),
    }


def test_unknown_lengths_end_with_the_last_span() -> None:
    texts = {"d": Text(9, {"a": [(0, 4, "X")], "b": [(1, 9, "X")]}), "e": Text(5, {"a": [(2, 5, "Y")], "b": []})}
    spans, read = spans_and_readings(texts)
    unknown = measure_unitizing("layer", LABELS, spans, read, how=NO_INTERVAL)
    assert [each.value for each in unknown] == [each.value for each in results_of(texts)]
    assert {each.signature.split("|length:")[1].split("|")[0] for each in unknown} == {"last-span"}
    longer = {document: text._replace(length=text.length + 5) for document, text in texts.items()}
    assert number(measured(longer)["u_alpha", None]) != number(measured(texts)["u_alpha", None])


# --- Intervals ---


def many(documents: int = 40) -> Texts:
    """The second annotator misses a Y in every fifth document and begins an X late in every third; the third reads every other document."""
    texts = {}
    for n in range(documents):
        marks = {"a": [(2, 8, "X"), (10, 13, "Y")], "b": [(3 if n % 3 == 0 else 2, 8, "X"), *([(10, 13, "Y")] if n % 5 else [])]}
        texts[f"d{n:03}"] = Text(20 + n % 7, marks | ({"c": [(2, 8, "Z" if n % 4 == 0 else "X")]} if n % 2 else {}))
    return texts


def test_intervals_hold_the_value_and_repeat() -> None:
    how = Intervals(replicates=300, seed=5)
    results = results_of(many(), how=how)
    assert results == results_of(many(), how=how)
    for result in results:
        if result.value is not None and result.interval is not None:
            assert result.interval.low <= result.value <= result.interval.high
            assert result.interval.method == "percentile bootstrap over 40 documents"
    assert [each.measure for each in results if each.category is None and each.interval is None] == []


@pytest.mark.parametrize("label", ["X", "Y"])
def test_a_document_drawn_twice_counts_as_two(label: str) -> None:
    """What is resampled in 1995 are sums by document that give D_e of the whole corpus, not a mean over documents."""
    texts = many(6)
    spans, read = spans_and_readings(texts)
    lengths, tables = disagreements(read_corpus(LABELS, spans, read, None).continua, LABELS.index(label))
    drawn = np.array([2, 0, 1, 3, 0, 1])
    copies = {f"{document}-{copy}": text for (document, text), n in zip(texts.items(), drawn, strict=True) for copy in range(n)}
    spans, read = spans_and_readings(copies)
    result = measure_unitizing("layer", LABELS, spans, read, how=NO_INTERVAL)[1 + LABELS.index(label)]
    assert number(result) == pytest.approx(float(krippendorff_alpha_u(drawn @ tables, [lengths])))


def test_one_document_gives_no_interval() -> None:
    for result in results_of({"d": BOOK}, ["c", "k"], Intervals()):
        assert result.interval is None
        assert result.reason is not None
    assert results_of({"d": BOOK}, ["c", "k"], Intervals())[0].reason == "no interval: one document, nothing to resample"


# --- Nesting, what is undefined, and bad input ---


def test_nested_spans_of_different_types() -> None:
    """u, |u, cu and (k)u are undefined; 1995 has a continuum for each type, and u of each type alone is given."""
    nested: Texts = {
        "d": Text(30, {"a": [(0, 9, "X"), (12, 15, "Y")], "b": [(0, 9, "X"), (12, 15, "Y")]}),
        "e": Text(30, {"a": [(0, 9, "X"), (0, 4, "Y")], "b": [(0, 8, "X")], "c": []}),
    }
    found = measured(nested)
    reason = "annotator 'a' marked overlapping spans in document 'e': 0–4 Y and 0–9 X"
    undefined = [*((measure, None) for measure in OF_ALL[1:]), ("ku_alpha", "X"), ("ku_alpha", "Y")]
    assert [(found[key].value, found[key].reason) for key in undefined] == [(None, reason)] * len(undefined)
    assert found["cu_alpha", None].details == {"coverage": None}
    for label in "XY":
        alone = {
            document: Text(text.length, {name: [each for each in own if each[2] == label] for name, own in text.marks.items()})
            for document, text in nested.items()
        }
        assert number(found["u_alpha", label]) == pytest.approx(number(measured(alone)["u_alpha", None]))
        assert number(found["krippendorff_alpha_u", label]) == pytest.approx(number(measured(alone)["krippendorff_alpha_u", None]))
    assert number(found["krippendorff_alpha_u", None]) == pytest.approx(alpha_u_by_definition(nested, LABELS) or 0)
    assert [(each.annotators, each.value is None, each.reason) for each in found["u_alpha", None].pairs] == [
        (("a", "b"), True, reason),
        (("a", "c"), True, reason),
        (("b", "c"), False, None),
    ]


@pytest.mark.parametrize("twice", [(0, 4), (0, 9), (8, 12)])
def test_overlapping_spans_of_one_type(twice: tuple[int, int]) -> None:
    first, second = sorted([(0, 9), twice])
    texts: Texts = {
        "d": Text(30, {"a": [(20, 22, "Y")], "b": [(20, 23, "Y")]}),
        "e": Text(30, {"a": [(20, 22, "Y")], "b": [(*twice, "X"), (0, 9, "X")]}),
    }
    found = measured(texts)
    reason = f"annotator 'b' marked overlapping spans in document 'e': {first[0]}–{first[1]} X and {second[0]}–{second[1]} X"
    for measure in ("krippendorff_alpha_u", "u_alpha"):
        for category in (None, "X"):
            assert (found[measure, category].value, found[measure, category].reason) == (None, reason)
        assert found[measure, "Y"].value is not None
        assert [(each.value, each.reason) for each in found[measure, None].pairs] == [(None, reason)]


def test_touching_spans_are_two_units() -> None:
    """1995 sees the border between them, 2016 expects less by chance."""
    one: Texts = {"d": Text(20, {"a": [(0, 8, "X")], "b": [(0, 8, "X")]})}
    two: Texts = {"d": Text(20, {"a": [(0, 8, "X")], "b": [(0, 4, "X"), (4, 8, "X")]})}
    assert number(measured(one)["krippendorff_alpha_u", None]) == 1
    assert number(measured(two)["krippendorff_alpha_u", None]) < 1
    assert number(measured(two)["u_alpha", None]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("texts", "reasons"),
    [
        ({}, ["no document read by two"] * 4),
        ({"d": Text(9, {"a": [(0, 5, "X")]}), "e": Text(9, {"b": []})}, ["no document read by two"] * 4),
        ({"d": Text(9, {"a": [], "b": []})}, ["nobody marked a span"] * 4),
        ({"d": Text(0, {"a": [], "b": []})}, ["nobody marked a span"] * 4),
        ({"d": Text(0, {"a": [], "b": []}), "e": Text(9, {"a": [(0, 5, "X")]})}, ["nobody marked a span"] * 4),
        (
            {"d": Text(9, {"a": [(0, 9, "X")], "b": [(0, 9, "X")]})},
            [
                None,
                *["everything was marked alike: no disagreement was possible"] * 2,
                "only one type where spans meet: no disagreement was possible",
            ],
        ),
        ({"d": Text(9, {"a": [(0, 3, "X")], "b": [(3, 5, "X")]})}, [None, None, None, "no span meets a span of another annotator"]),
        (
            {"d": Text(9, {"a": [(0, 3, "X")], "b": [(0, 3, "Y")], "c": []})},
            [None, None, None, "too few spans meet to tell what chance would do"],
        ),
    ],
)
def test_what_is_undefined_says_why(texts: Texts, reasons: list[str | None]) -> None:
    found = measured(texts)
    assert [found[measure, None].reason for measure in OF_ALL] == reasons
    assert [found[measure, None].value is None for measure in OF_ALL] == [reason is not None for reason in reasons]


def test_types_nobody_marked_say_so_and_change_nothing() -> None:
    texts = many(4)
    found = measured(texts, [*LABELS, "UNUSED"])
    for measure in ("krippendorff_alpha_u", "ku_alpha"):
        assert (found[measure, "UNUSED"].value, found[measure, "UNUSED"].reason) == (None, "nobody marked UNUSED")
    assert found["ku_alpha", "UNUSED"].details == {"coverage": None}
    assert {key: result.value for key, result in found.items() if key[1] != "UNUSED"} == {
        key: result.value for key, result in measured(texts).items()
    }


def test_a_layer_without_types_is_undefined() -> None:
    assert [each.reason for each in results_of({"d": Text(9, {"a": [], "b": []})}, [])] == ["nobody marked a span"] * 4


def test_results_come_in_order_with_counts_and_signatures() -> None:
    results = results_of(many(4), how=Intervals(replicates=50, seed=3))
    of_all = [(measure, None) for measure in OF_ALL]
    by_type = [[(measure, label) for label in LABELS] for measure in ("krippendorff_alpha_u", "ku_alpha")]
    assert [(each.measure, each.category) for each in results] == [of_all[0], *by_type[0], *of_all[1:], *by_type[1]]
    assert [(each.units, each.pairable, each.annotators) for each in results[:4]] == [(17, 17, 3), (10, 10, 3), (7, 7, 3), (0, 0, 3)]
    end = f"average:micro|missing:weighted|length:text|ci:percentile-document-50-seed3|annotate:{__version__}"
    assert [results[n].signature for n in (0, 4, 6)] == [
        f"m:krippendorff_alpha_u|unit:character|match:squared-boundaries|gaps:within-document|{end}",
        f"m:u_alpha|unit:character|match:nominal|{end}",
        f"m:cu_alpha|unit:character|match:nominal|chance:union|{end}",
    ]


@pytest.mark.parametrize(
    ("span", "message"),
    [
        (Span("d", "a", 5, 5, "X"), "document 'd', annotator 'a', span 5–5 X: a span needs 0 <= start < end"),
        (Span("d", "a", 6, 5, "X"), "document 'd', annotator 'a', span 6–5 X: a span needs 0 <= start < end"),
        (Span("d", "a", -1, 5, "X"), "document 'd', annotator 'a', span -1–5 X: a span needs 0 <= start < end"),
        (Span("d", "a", 5, 10, "X"), "document 'd', annotator 'a', span 5–10 X: it ends after its text, which has 9 characters"),
        (Span("d", "a", 5, 9, "Q"), "document 'd', annotator 'a', span 5–9 Q: 'Q' is not a category"),
        (Span("d", "z", 5, 9, "X"), "document 'd', annotator 'z', span 5–9 X: the annotator is not among those who read the document"),
    ],
)
def test_bad_spans_are_named(span: Span, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        measure_unitizing("layer", LABELS, [span], [("d", "a"), ("d", "b")], lengths={"d": 9})
    assert str(raised.value).startswith(message)


def test_a_missing_length_is_named() -> None:
    with pytest.raises(BadInput, match="document 'd': its length is not given"):
        measure_unitizing("layer", LABELS, [], [("d", "a"), ("d", "b")], lengths={})
