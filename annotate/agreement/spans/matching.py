"""Which spans of two annotators agree, for many documents and all pairs of annotators at once: the matching behind the span F1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from annotate.tokens import tokens

Ints = NDArray[np.int64]
MOST = 2**62  # codes that an integer holds
BATCH = 2**15  # marks worked on at once: what fits a processor's cache sorts twice as fast, and memory stays bounded


class Marks(NamedTuple):
    """What was marked, as columns of shape (marks,): numbers ≥ 0 for documents, annotators and labels, and code points."""

    document: Ints
    annotator: Ints
    label: Ints
    start: Ints
    end: Ints

    def take(self, which: NDArray[Any]) -> Marks:
        return Marks(*(column[which] for column in self))


class Matches(NamedTuple):
    """What was matched, as columns of shape (matches,): where, as what, and the two annotators, the smaller number first."""

    document: Ints
    label: Ints
    first: Ints
    second: Ints

    def take(self, which: NDArray[Any]) -> Matches:
        return Matches(*(column[which] for column in self))


Columns = TypeVar("Columns", Marks, Matches)


def in_batches(compute: Callable[[Marks], Columns], marks: Marks) -> Columns:
    """What is computed from all marks, a batch of whole documents at a time: documents have nothing to do with each other.

    The marks must be in the order of their documents.
    """
    parts = [compute(batch) for batch in _batches(marks)]
    return type(parts[0])(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _batches(marks: Marks) -> Iterator[Marks]:
    targets = marks.document[BATCH::BATCH]
    cuts = np.unique(np.searchsorted(marks.document, targets, "left"))
    for batch in zip(*(np.split(column, cuts) for column in marks), strict=True):
        yield Marks(*batch)


def equal(marks: Marks) -> Matches:
    """Marks of one place and label, the n-th of the one annotator with the n-th of the other: the largest matching of equal marks."""
    place = _packed(marks.document, marks.label, marks.start, marks.end)
    place = _packed(place, _turn(_packed(place, marks.annotator)))
    order = np.argsort(place, kind="stable")
    i, j = _later(np.searchsorted(place[order], place[order], "right"))
    return _matches(marks, order[i], order[j])


def overlapping(marks: Marks) -> Matches:
    """A largest one-to-one matching of marks of one label with a code point in common, for every two annotators in every document."""
    line = _packed(marks.document, marks.label) * (marks.end.max(initial=0) + 1)  # no two documents or labels overlap on it
    order = np.argsort(line + marks.start, kind="stable")
    starts, ends = (line + marks.start)[order], (line + marks.end)[order]
    i, j = _later(np.searchsorted(starts, ends, "left"))
    first, second = order[i], order[j]
    apart = marks.annotator[first] != marks.annotator[second]
    first, second = first[apart], second[apart]
    chosen = _largest(marks.annotator, first, second)
    return _matches(marks, first[chosen], second[chosen])


def touched_tokens(marks: Marks, texts: dict[int, str]) -> Marks:
    """Every token that a mark touches, as a mark of its own, once for an annotator and label; ``texts`` by the number of the document."""
    width = 1 + max((len(texts[document]) for document in np.unique(marks.document).tolist()), default=0)
    line = marks.document * width  # the documents one behind another
    starts, ends = _tokens_near(line + marks.start, line + marks.end, texts, width)
    which, token = _ranges(np.searchsorted(ends, line + marks.start, "right"), np.searchsorted(starts, line + marks.end, "left"))
    return once(marks.take(which)._replace(start=starts[token] - line[which], end=ends[token] - line[which]))


def once(marks: Marks) -> Marks:
    """Each annotator's marks without repetitions."""
    return marks.take(np.sort(np.unique(_packed(*marks), return_index=True)[1]))


def _largest(annotator: Ints, first: Ints, second: Ints) -> NDArray[np.bool_]:
    """Which of some pairs of marks make a largest one-to-one matching of every two annotators: (pairs,).

    A mark is a node of its own towards each other annotator. First those that are near to each other and to nothing else are matched; the
    rest in one graph by Hopcroft & Karp (1973).
    """
    backward = annotator[first] > annotator[second]
    first, second = np.where(backward, second, first), np.where(backward, first, second)
    row, column = _numbered(_packed(first, annotator[second])), _numbered(_packed(second, annotator[first]))
    chosen: NDArray[np.bool_] = (np.bincount(row)[row] == 1) & (np.bincount(column)[column] == 1)
    rest = np.flatnonzero(~chosen)
    if len(rest):
        row, column = _numbered(row[rest]), _numbered(column[rest])
        graph = csr_array((np.ones(len(rest), np.int8), (row, column)))
        chosen[rest] = maximum_bipartite_matching(graph, perm_type="column")[row] == column
    return chosen


def _tokens_near(starts: Ints, ends: Ints, texts: dict[int, str], width: int) -> tuple[Ints, Ints]:
    """The tokens at the marks: only what lies between the white space around them is cut, since most of a text is unmarked."""
    found: list[tuple[int, int]] = []
    places: list[int] = []
    numbers: list[int] = []
    for document, stretches in groupby(_union(starts, ends), key=lambda stretch: stretch[0] // width):
        text, line, done = texts[document], document * width, 0
        for first, last in stretches:
            start, end = max(first - line, done), max(last - line, done)
            while start > done and not text[start - 1].isspace():
                start -= 1
            while end < len(text) and not text[end].isspace():
                end += 1
            pieces = tokens(text[start:end])
            found += pieces
            places.append(line + start)
            numbers.append(len(pieces))
            done = end
    table = np.array(found, np.int64).reshape(-1, 2) + np.repeat(np.array(places, np.int64), np.array(numbers, np.int64))[:, None]
    return table[:, 0], table[:, 1]


def _union(starts: Ints, ends: Ints) -> list[tuple[int, int]]:
    """The stretches that intervals cover, in order."""
    if not len(starts):
        return []
    order = np.argsort(starts, kind="stable")
    starts, reached = starts[order], np.maximum.accumulate(ends[order])
    apart = np.flatnonzero(starts[1:] > reached[:-1])
    return list(zip(starts[np.r_[0, apart + 1]].tolist(), reached[np.r_[apart, len(starts) - 1]].tolist(), strict=True))


def _matches(marks: Marks, i: Ints, j: Ints) -> Matches:
    a, b = marks.annotator[i], marks.annotator[j]
    return Matches(marks.document[i], marks.label[i], np.minimum(a, b), np.maximum(a, b))


def _packed(*columns: Ints) -> Ints:
    """A number for each row of columns of numbers ≥ 0, the same for equal rows and in the rows' order: (rows,)."""
    code, size = columns[0], int(columns[0].max(initial=0)) + 1
    for column in columns[1:]:
        width = int(column.max(initial=0)) + 1
        if size * width > MOST:
            code, size = _numbered(code), len(code)
        code, size = code * width + column, size * width
    return code


def _numbered(code: Ints) -> Ints:
    """The same codes, renumbered from 0 without a gap."""
    numbers: Ints = np.unique(code, return_inverse=True)[1]
    return numbers


def _turn(code: Ints) -> Ints:
    """How many of the same code come before: (rows,)."""
    order = np.argsort(code, kind="stable")
    turn = np.empty_like(code)
    turn[order] = np.arange(len(code)) - np.searchsorted(code[order], code[order], "left")
    return turn


def _later(last: NDArray[Any]) -> tuple[Ints, Ints]:
    """Every i with every j of i < j < last[i]."""
    return _ranges(np.arange(1, len(last) + 1), last)


def _ranges(first: NDArray[Any], last: NDArray[Any]) -> tuple[Ints, Ints]:
    """Every i with every j of first[i] ≤ j < last[i]."""
    number = np.maximum(last - first, 0)
    i = np.repeat(np.arange(len(number)), number)
    return i, np.arange(len(i)) - np.repeat(np.cumsum(number) - number - first, number)
