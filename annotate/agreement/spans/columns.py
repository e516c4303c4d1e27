"""Spans as columns of numbers: what many documents hold takes 40 bytes a span, not a tuple of names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.results import Span

Integers = NDArray[np.int64]

AT_A_TIME = 2**12  # spans whose numbers are Python's, which take four times the room


class SpanColumns(NamedTuple):
    """(spans,) each; documents, annotators and labels are numbers, and places in the lists of their names, which may name more."""

    documents: list[str]
    annotators: list[str]
    labels: list[str]
    document: Integers
    annotator: Integers
    label: Integers
    start: Integers
    end: Integers

    def spans(self) -> Iterator[Span]:
        columns = (self.document, self.annotator, self.start, self.end, self.label)
        for first in range(0, len(self.start), AT_A_TIME):
            rows = zip(*(each[first : first + AT_A_TIME].tolist() for each in columns), strict=True)
            for document, annotator, start, end, label in rows:
                yield Span(self.documents[document], self.annotators[annotator], start, end, self.labels[label])

    def span(self, number: int) -> Span:
        document, annotator, label = (int(each[number]) for each in (self.document, self.annotator, self.label))
        return Span(
            self.documents[document], self.annotators[annotator], int(self.start[number]), int(self.end[number]), self.labels[label]
        )

    def used_labels(self) -> set[str]:
        return {self.labels[each] for each in np.unique(self.label).tolist()}

    def readings(self) -> set[tuple[str, str]]:
        """(document, annotator) of who marked something where."""
        pairs = np.unique(self.document * max(len(self.annotators), 1) + self.annotator)
        places = zip(*(each.tolist() for each in np.divmod(pairs, max(len(self.annotators), 1))), strict=True)
        return {(self.documents[document], self.annotators[annotator]) for document, annotator in places}


def columns_of(spans: Iterable[Span] | SpanColumns) -> SpanColumns:
    """The same spans as columns, in their order."""
    if isinstance(spans, SpanColumns):
        return spans
    listed = list(spans)
    documents, annotators, starts, ends, labels = zip(*listed, strict=True) if listed else ((),) * 5
    (at, document), (who, annotator), (kinds, label) = (_coded(names) for names in (documents, annotators, labels))
    return SpanColumns(at, who, kinds, document, annotator, label, np.array(starts, np.int64), np.array(ends, np.int64))


def _coded(names: Sequence[str]) -> tuple[list[str], Integers]:
    """The distinct names, and each name's place among them."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return list(numbers), np.array([numbers[name] for name in names], np.int64)
