"""spaCy: DocBin files of at most 200 documents, ``<split>/0001.spacy`` …, which ``spacy train`` reads as a folder.

A doc's text is the article's, to the character. Every layer is a span group (``doc.spans["events"]``), whose spans carry the item's id
and, as ``kb_id``, the mention's entity; ``doc.ents`` are the longest mentions that do not overlap; ``doc.cats`` the answers about the
document (``genre=news``). What spaCy has no place for is in ``doc.user_data["record"]``: the release's record but for its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from annotate.release.formats.loss import LossReport
from annotate.release.formats.source import Source
from annotate.release.formats.tokens import Place, Tokenised, place_of, tokenised
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

if TYPE_CHECKING:
    from spacy.tokens import Doc, DocBin, Span
    from spacy.vocab import Vocab

Record = dict[str, Any]
SHARD = 200
ATTRIBUTES = ("ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "SENT_START")


def write(source: Source, folder: Path, report: LossReport) -> list[str]:
    """``<split>/<number>.spacy``; a doc has room for the whole record."""
    for split in SPLITS:
        records = source.texts(split)
        number = 0
        while shard := list(islice(records, SHARD)):
            number += 1
            (folder / split).mkdir(exist_ok=True)
            _write_shard(source.schema, shard, folder / split / f"{number:04}.spacy", report)
    return []


def _write_shard(schema: Schema, records: list[Record], path: Path, report: LossReport) -> None:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    vocab = Vocab()  # one a shard: its strings are never let go
    docs = DocBin(attrs=ATTRIBUTES, store_user_data=True)
    for record in records:
        report.document(record, schema.span_layers)
        add_doc(docs, _doc(schema, vocab, record, report))
    docs.to_disk(path)


def add_doc(docs: DocBin, doc: Doc) -> None:
    """``DocBin.add``, to the byte, but for what it takes: that asks each token for nine strings, most of which are empty here, and for user
    data looks through all that is installed.
    """
    table = doc.to_array([*docs.attrs])  # ORTH stands first
    docs.tokens.append(table)
    docs.spaces.append(doc.to_array("SPACY").astype(bool).reshape(-1, 1))
    docs.flags.append({"has_unknown_spaces": doc.has_unknown_spaces})
    docs.cats.append(doc.cats)
    docs.user_data.append(msgspec.msgpack.encode(doc.user_data))
    docs.span_groups.append(doc.spans.to_bytes())
    spans = [*doc.ents, *(span for group in doc.spans.values() for span in group)]
    docs.strings.update(doc.vocab.strings[word] for word in set(table[:, 0].tolist()))
    docs.strings.update(["", *(name for span in spans for name in (span.label_, span.kb_id_, span.id_))])


def _doc(schema: Schema, vocab: Vocab, record: Record, report: LossReport) -> Doc:
    from spacy.tokens import Doc
    from spacy.util import filter_spans

    document = tokenised(record)
    words, spaces, numbers = _words(document)
    first = {numbers[sentence.first] for sentence in document.sentences}
    # Set one by one, each costs a look through the whole doc.
    doc = Doc(vocab, words=words, spaces=spaces, sent_starts=[number in first for number in range(len(words))])
    for layer in schema.span_layers:
        doc.spans[layer] = list(_spans(doc, document, numbers, record[layer], report))
    doc.ents = filter_spans([span for layer in schema.mention_layers for span in doc.spans[layer.name]])
    doc.cats = _cats(schema, record)
    doc.user_data["record"] = {key: value for key, value in record.items() if key != "text"}
    return doc


def _words(document: Tokenised) -> tuple[list[str], list[bool], list[int]]:
    """(spaCy's words, whether one blank follows each, the number of each of our tokens): what else lies between tokens is a word too."""
    words: list[str] = []
    spaces: list[bool] = []
    numbers: list[int] = []
    end = 0
    for start, after in [*zip(document.starts, document.ends, strict=True), (len(document.text), None)]:
        gap = document.text[end:start]
        if gap.startswith(" ") and words:
            spaces[-1] = True
            gap = gap[1:]
        if gap:
            words.append(gap)
            spaces.append(False)
        if after is not None:
            numbers.append(len(words))
            words.append(document.text[start:after])
            spaces.append(False)
            end = after
    return words, spaces, numbers


def _spans(doc: Doc, document: Tokenised, numbers: list[int], items: list[Record], report: LossReport) -> Iterator[Span]:
    from spacy.tokens import Span

    for item in items:
        place: Place | None = place_of(document, item, report)
        if place is not None:
            first, last = numbers[place.first], numbers[place.last - 1] + 1
            yield Span(doc, first, last, label=item["type"], kb_id=item.get("entity") or "", span_id=item["id"])


def _cats(schema: Schema, record: Record) -> dict[str, float]:
    """Each value of each question that was answered: 1 for the answer, else 0."""
    cats: dict[str, float] = {}
    for layer in schema.choice_layers:
        answers = {each["name"]: each["value"] for each in record[layer.name] if each["value"] is not None}
        for question in layer.questions:
            if question.name in answers:
                cats |= {f"{question.name}={value.name}": float(value.name == answers[question.name]) for value in question.values}
    return cats
