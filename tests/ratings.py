"""Ratings and marked spans in short notation, and what is measured on them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st

from annotate.agreement.categories.measure import measure_ratings
from annotate.agreement.categories.ratings import Ratings
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Rating, Result, Span, Value
from annotate.agreement.spans.f1 import measure_spans

KAPPAS = ["cohen_kappa", "scott_pi", "fleiss_kappa", "conger_kappa", "brennan_prediger", "gwet_ac1"]
MEASURES = ["percent_agreement", *KAPPAS, "krippendorff_alpha"]
WEIGHTED = [f"{'gwet_ac2' if name == 'gwet_ac1' else name}_{weights}" for weights in ("linear", "quadratic") for name in KAPPAS]
ORDERED_MEASURES = [*MEASURES[:-1], *WEIGHTED, "krippendorff_alpha"]
NO_INTERVAL = Intervals("none")
SPAN_MEASURES = [f"span_f1_{rule}{typed}" for typed in ("", "_untyped") for rule in ("exact", "clitic", "overlap", "token")]

few = settings(max_examples=150, deadline=None)

Results = dict[str, Result]  # by measure
Place = tuple[int, int, str]
Documents = dict[str, dict[str, list[Place]]]  # document → annotator → what was marked

some_places = st.builds(
    lambda start, length, label: (start, start + length, label), st.integers(0, 8), st.integers(1, 5), st.sampled_from("XY")
)


def rows_of(values: str) -> st.SearchStrategy[list[str]]:
    """Rows of two to four annotators as long as each other."""
    return st.integers(1, 10).flatmap(lambda units: st.lists(st.text(values, min_size=units, max_size=units), min_size=2, max_size=4))


some_rows = rows_of("012.")


def ratings_of(rows: Sequence[str], values: Sequence[Value] | str = "", documents: Sequence[object] = ()) -> list[Rating]:
    """A row is an annotator's one-letter values, a column a unit, in a document of its own unless said; ``.`` is missing.

    ``values``: what the digits of the rows stand for.
    """
    return [
        Rating(
            f"document {documents[unit] if documents else unit}",
            f"unit {unit}",
            f"annotator {annotator}",
            values[int(value)] if values else value,
        )
        for annotator, row in enumerate(rows)
        for unit, value in enumerate(row)
        if value != "."
    ]


def measured(ratings: list[Rating] | Ratings, level: str = "nominal", categories: str = "", how: Intervals = NO_INTERVAL) -> Results:
    """By measure; the values of single categories are left out."""
    results = measure_ratings("layer", level, ratings, list(categories) or None, how=how)
    return {each.measure: each for each in results if each.category is None}


def number(result: Result) -> float:
    assert result.value is not None, result.reason
    return result.value


def spans_of(places: list[Place], document: str = "d", annotator: str = "a") -> list[Span]:
    return [Span(document, annotator, *place) for place in places]


def spans_measured(documents: Documents, replicates: int = 0, texts: dict[str, str] | None = None) -> Results:
    read = [(document, annotator) for document, marks in documents.items() for annotator in marks]
    spans = [each for document, marks in documents.items() for name, places in marks.items() for each in spans_of(places, document, name)]
    how = Intervals(replicates=replicates)
    return {each.measure: each for each in measure_spans("layer", spans, read, texts=texts, how=how)}
