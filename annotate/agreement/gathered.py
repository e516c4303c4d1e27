"""What labellings add to every measure of a schema, gathered article by article: columns of numbers, so that no labelling is held."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from annotate.agreement.alignment import aligned_pairs
from annotate.agreement.frames.decomposition import FrameCounts
from annotate.agreement.frames.links import LinkCounts
from annotate.agreement.rated import Rated, is_wanted
from annotate.agreement.spans.columns import SpanColumns
from annotate.records import Labelling
from annotate.schema import Schema


class Gathered:
    """What usable labellings add, and those who made them.

    annotators: everybody; alone: layer → type → spans of articles that one read, which are compared with nothing
    """

    def __init__(self, schema: Schema, only: str | None = None) -> None:
        self.schema, self.only = schema, only
        self.annotators: dict[str, int] = {}
        self.alone: dict[str, Counter[str]] = defaultdict(Counter)
        self.rated = Rated(schema, only)
        self.frames = {each.name: FrameCounts(schema, each) for each in schema.frame_layers if is_wanted(each.name, only)}
        self.links = {each.name: LinkCounts(each) for each in schema.link_layers if is_wanted(each.name, only)}
        self._documents: list[str] = []  # that two read or more
        self._readers = array("i")  # document and annotator, again and again
        self._only_readers: dict[str, str] = {}  # annotator → an article that nobody else read
        self._spans = {name: array("i") for name in schema.span_layers if is_wanted(name, only)}  # a row for each, as in ``spans``
        self._types = {name: {each.name: number for number, each in enumerate(layer.types)} for name, layer in schema.span_layers.items()}

    def add(self, own: Sequence[Labelling]) -> None:
        """One article's labellings, one an annotator, in the order of the annotators' names."""
        self.rated.add(own)
        for each in own:
            self.annotators.setdefault(each.annotator, len(self.annotators))
        if len(own) == 1:
            self._only_readers.setdefault(own[0].annotator, own[0].article)
            for item in own[0].items:
                self.alone[item.layer][item.type] += 1
        else:
            self._add_spans(own)
        aligned = list(aligned_pairs(self.schema, own)) if len(own) > 1 and (self.frames or self.links) else []
        for frames in self.frames.values():
            frames.add(own, aligned)
        for links in self.links.values():
            links.add(own, aligned)

    def _add_spans(self, own: Sequence[Labelling]) -> None:
        document = len(self._documents)
        self._documents.append(own[0].article)
        for each in own:
            reader = self.annotators[each.annotator]
            self._readers.extend((document, reader))
            for item in each.items:
                if (rows := self._spans.get(item.layer)) is not None:
                    rows.extend((document, reader, self._types[item.layer][item.type], item.start, item.end))

    def spans(self, layer: str) -> SpanColumns:
        """The spans of one layer in articles that two read."""
        rows = np.frombuffer(self._spans[layer], np.int32).reshape(-1, 5).T.astype(np.int64)
        return SpanColumns(self._documents, list(self.annotators), list(self._types[layer]), *rows)

    def read(self) -> list[tuple[str, str]]:
        """(article, annotator) of everybody who read an article that two read; of who read none, an article they read alone."""
        names, readers = list(self.annotators), np.frombuffer(self._readers, np.int32).reshape(-1, 2).tolist()
        return [(self._documents[at], names[who]) for at, who in readers] + [(at, who) for who, at in self._only_readers.items()]

    def lengths(self, texts: Mapping[str, str] | None) -> dict[str, int] | None:
        """Of the articles that two read, each text fetched once."""
        return None if texts is None else {each: len(texts[each]) for each in self._documents}
