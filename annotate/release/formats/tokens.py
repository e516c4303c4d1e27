"""A document's sentences as tokens, and which tokens a span has."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

from annotate.release.formats.loss import LossReport
from annotate.tokens import proclitics, tokens

Record = dict[str, Any]


class Sentence(NamedTuple):
    """A sentence's place in the text, and which of the document's tokens are its own: ``first`` to before ``last``."""

    start: int
    end: int
    first: int
    last: int


class Tokenised(NamedTuple):
    """A document's tokens by sentence. ``starts`` and ``ends`` are code points over ``text``; every sentence has at least one token."""

    document: str
    text: str
    starts: list[int]
    ends: list[int]
    sentences: list[Sentence]

    def words(self, first: int, last: int) -> list[str]:
        return [self.text[start:end] for start, end in zip(self.starts[first:last], self.ends[first:last], strict=True)]

    def slice(self, first: int, last: int) -> str:
        return self.text[self.starts[first] : self.ends[last - 1]]


class Place(NamedTuple):
    """A span's tokens in the document, half-open, and the number of their sentence; None where they are of several."""

    first: int
    last: int
    sentence: int | None


def tokenised(record: Record) -> Tokenised:
    """The tokens of each of the record's sentences. A sentence that holds none is left out."""
    text: str = record["text"]
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[Sentence] = []
    for sentence in record["sentences"]:
        first = len(starts)
        for start, end in tokens(text[sentence["start"] : sentence["end"]]):
            starts.append(sentence["start"] + start)
            ends.append(sentence["start"] + end)
        if len(starts) > first:
            sentences.append(Sentence(sentence["start"], sentence["end"], first, len(starts)))
    return Tokenised(record["id"], text, starts, ends, sentences)


def place_of(document: Tokenised, item: Record, report: LossReport) -> Place | None:
    """The tokens of an item's span, widened to whole ones; None, and reported, where it has none."""
    start, end = item["start"], item["end"]
    first, last = bisect_right(document.ends, start), bisect_left(document.starts, end)
    if first >= last:
        report.add("no token", document.document, item["id"], item["text"])
        return None
    _report_edges(document, item, first, last, report)
    sentence = bisect_right(document.sentences, first, key=lambda each: each.first) - 1
    return Place(first, last, sentence if last <= document.sentences[sentence].last else None)


def within_sentence(document: Tokenised, item: Record, report: LossReport) -> Place | None:
    """``place_of``; None, and reported, where its tokens are of several sentences."""
    place = place_of(document, item, report)
    if place is not None and place.sentence is None:
        report.add("sentence", document.document, item["id"], item["text"])
        return None
    return place


def _report_edges(document: Tokenised, item: Record, first: int, last: int, report: LossReport) -> None:
    head, tail = document.starts[first], document.ends[last - 1]
    what = f"{item['text']} in {document.slice(first, last)}"
    if head < item["start"]:
        kind = "clitic" if proclitics(document.text, head, item["start"]) else "token"
        report.add(kind, document.document, item["id"], what)
    if tail > item["end"]:
        report.add("token", document.document, item["id"], what)
    if head > item["start"] or tail < item["end"]:
        report.add("edge", document.document, item["id"], item["text"])
