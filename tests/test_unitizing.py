"""Unitizing alphas: published and cross-checked numbers, the definitions by brute force, corpora, nesting, and what is undefined."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate import __version__
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result, Span
from annotate.agreement.spans.continua import read_corpus
from annotate.agreement.spans.unitizing import measure_unitizing
from annotate.agreement.spans.unitizing_1995 import disagreements, expected_disagreement, krippendorff_alpha_u, observed_disagreement
from annotate.errors import BadInput

few = settings(max_examples=60, deadline=None)

Place = tuple[int, int, str]

NO_INTERVAL = Intervals("none")
LABELS = ["X", "Y", "Z"]
OF_ALL = ["krippendorff_alpha_u", "u_alpha", "u_alpha_binary", "cu_alpha"]


class Text(NamedTuple):
    """A document: its length, and what each annotator marked in it."""

    length: int
    marks: dict[str, list[Place]]


Texts = dict[str, Text]
Measured = dict[tuple[str, str | None], Result]  # by measure and category


def spans_and_readings(texts: Texts) -> tuple[list[Span], list[tuple[str, str]]]:
    read = [(document, annotator) for document, text in texts.items() for annotator in text.marks]
    return [Span(document, annotator, *place) for document, annotator in read for place in texts[document].marks[annotator]], read


def results_of(texts: Texts, categories: list[str] = LABELS, how: Intervals = NO_INTERVAL) -> list[Result]:
    lengths = {document: text.length for document, text in texts.items()}
    return measure_unitizing("layer", categories, *spans_and_readings(texts), lengths=lengths, how=how)


def measured(texts: Texts, categories: list[str] = LABELS, how: Intervals = NO_INTERVAL) -> Measured:
    return {(each.measure, each.category): each for each in results_of(texts, categories, how)}


def number(result: Result) -> float:
    assert result.value is not None, result.reason
    return result.value


def values(texts: Texts, categories: list[str] = LABELS) -> list[float | None]:
    return [value for each in results_of(texts, categories) for value in (each.value, *each.details.values())]


def approx(expected: list[float | None]) -> list[object]:
    return [None if each is None else pytest.approx(each, abs=1e-9) for each in expected]


def labelled(label: str, places: list[tuple[int, int]]) -> list[Place]:
    return [(start, end, label) for start, end in places]


# --- Published numbers of 1995 and 2004 ---

BOOK = Text(  # Krippendorff 2004, p. 254; the continuum begins at 150
    300,
    {
        "i": [(75, 145, "c"), (220, 250, "c"), (30, 90, "k"), (150, 200, "k")],
        "j": [(70, 150, "c"), (205, 225, "c"), (250, 270, "c"), (30, 90, "k"), (150, 200, "k")],
    },
)


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


# --- The definitions, by brute force ---


@st.composite
def some_units(draw: st.DrawFn) -> list[Place]:
    """Spans one after another, touching or not."""
    steps = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(LABELS)), max_size=4))
    places, at = [], 0
    for gap, length, label in steps:
        places.append((at + gap, at + gap + length, label))
        at += gap + length
    return places


@st.composite
def some_text(draw: st.DrawFn, names: str = "abcd") -> Text:
    marks = draw(st.dictionaries(st.sampled_from(names), some_units(), min_size=2, max_size=4))
    return Text(max((place[1] for places in marks.values() for place in places), default=0) + draw(st.integers(0, 3)), marks)


some_texts = st.lists(some_text(), min_size=1, max_size=3).map(lambda texts: {f"d{n}": text for n, text in enumerate(texts)})


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 1e-12 else None


def alpha_u_by_definition(texts: Texts, categories: list[str]) -> float | None:
    """1 − ΣD_o/ΣD_e, every section of each coder against every other; a document's pairs weigh 1/(m − 1), gaps end at its borders."""
    positions = sum(len(text.marks) * text.length for text in texts.values())
    d_o = d_e = 0.0
    for category in categories if positions else []:
        by_text = [[sections(text, places, category) for places in text.marks.values()] for text in texts.values()]
        for coders in by_text:
            for first, second in permutations(coders, 2):
                d_o += sum(delta(g, h) for g in first for h in second) / (len(coders) - 1) / positions
        pooled = [section for coders in by_text for coder in coders for section in coder]
        units = [end - start for start, end, unit in pooled if unit]
        gaps = [end - start for start, end, unit in pooled if not unit]
        chance = sum((len(units) - 1) / 3 * (2 * n**3 - 3 * n**2 + n) + n**2 * sum(gap - n + 1 for gap in gaps if gap >= n) for n in units)
        if units:
            d_e += 2 * chance / (positions * (positions - 1) - sum(n * (n - 1) for n in units))
    share = ratio(d_o, d_e)
    return None if share is None else 1 - share


def sections(text: Text, places: list[Place], category: str) -> list[tuple[int, int, bool]]:
    found, at = [], 0
    for start, end, label in sorted(places):
        if label == category:
            found += [(at, start, False), (start, end, True)]
            at = end
    return [each for each in [*found, (at, text.length, False)] if each[1] > each[0]]


def delta(g: tuple[int, int, bool], h: tuple[int, int, bool]) -> int:
    if g[2] and h[2] and g[0] < h[1] and h[0] < g[1]:
        return (g[0] - h[0]) ** 2 + (g[1] - h[1]) ** 2
    if g[2] and not h[2] and h[0] <= g[0] and g[1] <= h[1]:
        return (g[1] - g[0]) ** 2
    if h[2] and not g[2] and g[0] <= h[0] and h[1] <= g[1]:
        return (h[1] - h[0]) ** 2
    return 0


@few
@given(texts=some_texts)
def test_1995_is_its_definition(texts: Texts) -> None:
    found = [each.value for each in results_of(texts) if each.measure == "krippendorff_alpha_u"]
    marked = {place[2] for text in texts.values() for places in text.marks.values() for place in places}
    expected = [alpha_u_by_definition(texts, LABELS)] + [alpha_u_by_definition(texts, [label]) for label in LABELS]
    assert found == approx([value if marked & set(own) else None for value, own in zip(expected, [LABELS, *LABELS], strict=True)])


GAP = "φ"


def by_characters(texts: Texts) -> tuple[dict[tuple[str, str], float], list[tuple[str, int]], list[tuple[str, int]]]:
    """l_ck, character by character; the units' (label, length); and (label, characters that another's unit covers)."""
    values = [GAP, *LABELS]
    o = {(c, k): 0.0 for c in values for k in values}
    units, met = [], []
    for text in texts.values():
        said = {name: [GAP] * text.length for name in text.marks}
        for name, places in text.marks.items():
            for start, end, label in places:
                said[name][start:end] = [label] * (end - start)
        for first, second in permutations(said, 2):
            for c, k in zip(said[first], said[second], strict=True):
                o[c, k] += 1 / (len(said) - 1)
        for name, places in text.marks.items():
            for start, end, label in places:
                others = [any(said[other][at] != GAP for other in said if other != name) for at in range(start, end)]
                units.append((label, end - start))
                met.append((label, sum(others)))
    return o, units, met


def expected_coincidences(o: dict[tuple[str, str], float], values: list[str], units: list[tuple[str, int]]) -> dict[tuple[str, str], float]:
    """ε_ck (eq. 4): l.. (l_c. l_.k − [c = k] Σ l²) / (l..² − Σ l²), with Σ l in place of Σ l² for gaps."""
    margin = {c: sum(o[c, k] for k in values) for c in values}
    squares = {c: sum(n**2 for label, n in units if label == c) for c in values} | ({GAP: margin[GAP]} if GAP in values else {})
    total = sum(margin.values())
    denominator = total**2 - sum(squares.values())
    if denominator <= 1e-9:
        return {}
    return {(c, k): total * (margin[c] * margin[k] - (squares[c] if c == k else 0)) / denominator for c in values for k in values}


def differing(o: dict[tuple[str, str], float], values: list[str]) -> float:
    return sum(o[c, k] for c in values for k in values if c != k)


def family_by_definition(texts: Texts) -> list[float | None]:
    """u, |u, cu and its coverage, then (k)u and its coverage for each label."""
    o, units, met = by_characters(texts)
    everything, total = [GAP, *LABELS], sum(o.values())
    e, starred = expected_coincidences(o, everything, units), expected_coincidences(o, LABELS, met)
    found: list[float | None] = []
    for share in (
        ratio(differing(o, everything), differing(e, everything)) if e else None,
        ratio(sum(o[GAP, k] for k in LABELS), sum(e[GAP, k] for k in LABELS)) if e else None,
        ratio(differing(o, LABELS), differing(starred, LABELS)) if starred else None,
    ):
        found.append(None if share is None else 1 - share)
    found.append(ratio(sum(o[c, k] for c in LABELS for k in LABELS), total))
    for label in LABELS:
        l_k, all_k = sum(o[c, label] for c in LABELS), sum(o[c, label] for c in everything)
        found += [ku_by_definition(o, starred, label, l_k), ratio(l_k, all_k)]
    return found


def ku_by_definition(o: dict[tuple[str, str], float], starred: dict[tuple[str, str], float], label: str, l_k: float) -> float | None:
    """Eq. 13: 1 − (ε*_.k / l*_.k)(l*_.k − l*_kk) / (ε*_.k − ε*_kk)."""
    e_k = sum(starred[c, label] for c in LABELS) if starred else 0
    other = e_k - starred[label, label] if starred else 0
    return None if l_k == 0 or e_k <= 1e-12 or other <= 1e-12 else 1 - e_k / l_k * (l_k - o[label, label]) / other


@few
@given(texts=some_texts)
def test_2016_is_its_definition(texts: Texts) -> None:
    found = [v for each in results_of(texts) if each.measure != "krippendorff_alpha_u" for v in (each.value, *each.details.values())]
    assert found == approx(family_by_definition(texts))
    assert all(value is None or value <= 1 + 1e-12 for value in found)


# --- Corpora ---


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
