"""Documents as continua that several coders cut into units: the arrays on which the unitizing alphas are computed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.results import Span
from annotate.agreement.spans.columns import SpanColumns, columns_of
from annotate.errors import Problem, raise_bad_input

Integers = NDArray[np.int64]


class Continua(NamedTuple):
    """Continua and the units marked in them, in characters. A continuum is one document with the m coders who read it; a reading is what
    one of them did there.

    row, length, coders:        (continua,) the table row that the continuum adds to, its length L, and m
    reading, start, end, label: (units,) sorted by reading, then position; readings are numbered through, continuum by continuum
    rows, labels:               how many rows and labels there are
    """

    rows: int
    labels: int
    row: Integers
    length: Integers
    coders: Integers
    reading: Integers
    start: Integers
    end: Integers
    label: Integers

    @property
    def first_reading(self) -> Integers:
        """(continua,)"""
        return np.cumsum(self.coders) - self.coders

    @property
    def continuum_of_reading(self) -> Integers:
        """(readings,)"""
        return np.repeat(np.arange(len(self.coders)), self.coders)

    @property
    def continuum(self) -> Integers:
        """(units,)"""
        return self.continuum_of_reading[self.reading]

    def of_label(self, label: int) -> Continua:
        """The same continua with the units of one label only, numbered 0."""
        kept = self.label == label
        return self._replace(
            labels=1,
            reading=self.reading[kept],
            start=self.start[kept],
            end=self.end[kept],
            label=np.zeros(int(kept.sum()), np.int64),
        )


class Corpus(NamedTuple):
    """Spans as read: the documents that at least two annotators read are continua, one row each, in order of name.

    readings: (document, annotator) by number of the reading
    marked:   (labels,) how many spans there are in all documents, those of a single reader too
    """

    categories: list[str]
    annotators: list[str]
    readings: list[tuple[str, str]]
    marked: Integers
    continua: Continua

    @property
    def documents(self) -> list[str]:
        """Those that are continua, a row each."""
        readers = Counter(document for document, _ in self.readings)
        return sorted(document for document, count in readers.items() if count > 1)

    def overlap(self, units: Integers) -> str:
        """Two overlapping units of one annotator, in words."""
        whole = self.continua
        document, annotator = self.readings[int(whole.reading[units[0]])]
        first, second = (f"{whole.start[unit]}–{whole.end[unit]} {self.categories[int(whole.label[unit])]}" for unit in units)
        return f"annotator {annotator!r} marked overlapping spans in document {document!r}: {first} and {second}"


def read_corpus(
    categories: list[str], spans: Iterable[Span] | SpanColumns, read: Iterable[tuple[str, str]], lengths: Mapping[str, int] | None
) -> Corpus:
    """Spans as arrays. Without ``lengths`` a document ends with the last span that anyone marked in it.

    Raises BadInput where a span is not one, lies outside its document, or has an unknown label or reader.
    """
    readers: dict[str, set[str]] = defaultdict(set)
    for document, annotator in read:
        readers[document].add(annotator)
    code = {name: number for number, name in enumerate(categories)}
    given = columns_of(spans)
    shared = sorted(document for document, names in readers.items() if len(names) > 1)
    raise_bad_input([*_bad_lengths(shared, lengths), *_bad_spans(given, code, readers, lengths)])
    readings = [(document, annotator) for document in shared for annotator in sorted(readers[document])]
    number = {reading: index for index, reading in enumerate(readings)}
    labels = np.array([code.get(name, -1) for name in given.labels], np.int64)[given.label]
    # Of every pair of a document and an annotator who marked something there, the number of their reading; -1 where nobody else read it.
    pairs, pair = np.unique(given.document * max(len(given.annotators), 1) + given.annotator, return_inverse=True)
    named = zip(*(each.tolist() for each in np.divmod(pairs, max(len(given.annotators), 1))), strict=True)
    own = np.array([number.get((given.documents[at], given.annotators[who]), -1) for at, who in named], np.int64)[pair]
    table = np.stack([own, given.start, given.end, labels], axis=1)[own >= 0]
    reading, start, end, label = table[np.lexsort(table.T[[3, 2, 1, 0]])].T
    coders = np.array([len(readers[document]) for document in shared], np.int64)
    length = np.array([lengths[document] for document in shared] if lengths else np.zeros(len(shared)), np.int64)
    continua = Continua(len(shared), len(categories), np.arange(len(shared)), length, coders, reading, start, end, label)
    if lengths is None:
        np.maximum.at(length, continua.continuum, end)
    marked = np.bincount(labels, minlength=len(categories))
    return Corpus(categories, sorted(set().union(*readers.values())), readings, marked, continua)


def _bad_lengths(documents: list[str], lengths: Mapping[str, int] | None) -> list[Problem]:
    missing = [document for document in documents if lengths is not None and document not in lengths]
    return [Problem(f"document {document!r}", "its length is not given; give its text, or no text at all") for document in missing]


def _bad_spans(
    given: SpanColumns, known: Mapping[str, int], readers: Mapping[str, set[str]], lengths: Mapping[str, int] | None
) -> list[Problem]:
    return [
        Problem(f"document {each.document!r}, annotator {each.annotator!r}, span {each.start}–{each.end} {each.label}", wrong)
        for each in given.spans()
        if (wrong := _wrong(each, known, readers, lengths)) is not None
    ]


def _wrong(span: Span, known: Mapping[str, int], readers: Mapping[str, set[str]], lengths: Mapping[str, int] | None) -> str | None:
    """What is wrong with a span, and the remedy."""
    if not 0 <= span.start < span.end:
        return "a span needs 0 <= start < end; correct its offsets"
    if lengths is not None and span.end > lengths.get(span.document, span.end):
        return f"it ends after its text, which has {lengths[span.document]} characters; correct the span or give the right text"
    if span.label not in known:
        return f"{span.label!r} is not a category; add it to the categories or correct the span"
    if span.annotator not in readers.get(span.document, ()):
        return "the annotator is not among those who read the document; say that they read it"
    return None


def by_pair(corpus: Corpus, pairs: list[tuple[str, str]]) -> Continua:
    """The same documents as continua of two coders each, a row for each of ``pairs``."""
    whole, column = corpus.continua, {pair: number for number, pair in enumerate(pairs)}
    two = [
        (a, b, column[corpus.readings[a][1], corpus.readings[b][1]], continuum)
        for continuum, (first, m) in enumerate(zip(whole.first_reading.tolist(), whole.coders.tolist(), strict=True))
        for a, b in combinations(range(first, first + m), 2)
    ]
    first, second, row, continuum = np.array(two, np.int64).reshape(-1, 4).T
    source = np.stack([first, second], axis=1).ravel()
    units = np.bincount(whole.reading, minlength=len(corpus.readings))
    taken = np.repeat((np.cumsum(units) - units)[source], units[source])
    reading = np.repeat(np.arange(len(source)), units[source])
    taken += np.arange(len(taken)) - np.repeat(np.cumsum(units[source]) - units[source], units[source])
    return Continua(
        rows=len(pairs),
        labels=whole.labels,
        row=row,
        length=whole.length[continuum],
        coders=np.full(len(row), 2),
        reading=reading,
        start=whole.start[taken],
        end=whole.end[taken],
        label=whole.label[taken],
    )


def overlaps(continua: Continua, *, of_one_label: bool) -> Integers:
    """Units of one reading (and one label) that overlap the next one: (overlaps, 2), by reading. Touching units do not overlap.

    Among intervals sorted by start, if any two overlap, then so do two neighbours.
    """
    label = continua.label if of_one_label else np.zeros_like(continua.label)
    order = np.lexsort((continua.end, continua.start, label, continua.reading))
    this, following = order[:-1], order[1:]
    together = (continua.reading[this] == continua.reading[following]) & (label[this] == label[following])
    overlapping = together & (continua.start[following] < continua.end[this])
    return np.stack([this[overlapping], following[overlapping]], axis=1)
