"""Ratings and marked spans in short notation, and what is measured on them."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from annotate.agreement.coefficients import measure_ratings
from annotate.agreement.results import Rating, Result, Span
from annotate.agreement.spans import measure_spans

MEASURES = ["percent_agreement", "cohen_kappa", "krippendorff_alpha"]
SPAN_MEASURES = ["span_f1_exact", "span_f1_overlap"]

few = settings(max_examples=150, deadline=None)

Results = dict[str, Result]  # by measure
Place = tuple[int, int, str]
Documents = dict[str, dict[str, list[Place]]]  # document → annotator → what was marked

some_places = st.builds(
    lambda start, length, label: (start, start + length, label), st.integers(0, 8), st.integers(1, 5), st.sampled_from("XY")
)


def ratings_of(rows: list[str]) -> list[Rating]:
    """A row is an annotator's one-letter values, a column a unit, in a document of its own; ``.`` is missing."""
    return [
        Rating(f"document {unit}", f"unit {unit}", f"annotator {annotator}", value)
        for annotator, row in enumerate(rows)
        for unit, value in enumerate(row)
        if value != "."
    ]


def measured(ratings: list[Rating], level: str = "nominal", categories: str = "", replicates: int = 0) -> Results:
    scale = list(categories) or sorted({each.value for each in ratings})
    return {each.measure: each for each in measure_ratings("layer", level, scale, ratings, replicates=replicates)}


def number(result: Result) -> float:
    assert result.value is not None, result.reason
    return result.value


def spans_of(places: list[Place], document: str = "d", annotator: str = "a") -> list[Span]:
    return [Span(document, annotator, *place) for place in places]


def spans_measured(documents: Documents, replicates: int = 0) -> Results:
    read = [(document, annotator) for document, marks in documents.items() for annotator in marks]
    spans = [each for document, marks in documents.items() for name, places in marks.items() for each in spans_of(places, document, name)]
    return {each.measure: each for each in measure_spans("layer", spans, read, replicates=replicates)}
