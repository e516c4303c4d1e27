"""Gold and annotations of a release, checked line by line: memory grows with the ids, not with the texts."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from annotate.errors import Problem
from annotate.records import NOT_AN_ID, text_digest
from annotate.release.about import ABOUT, WITHHELD, About, DocumentFacts, Gate, Tally
from annotate.release.lines import READ_AT_ONCE
from annotate.release.typed import field_of, record_type
from annotate.release.verify.agreed import NOTHING, AgreedReader, Lines
from annotate.release.verify.labels import Items, reference_fault
from annotate.release.verify.lines import Line, checked_lines
from annotate.release.verify.provenance import Decided
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

ANNOTATIONS = "annotations.jsonl"
PREFIX, ORIGINAL = "article-", "original:"  # of an id whose original reads like a number, and of that one
# Decisions that nobody has to be asked about: settled ones, what follows from them, names and reasons (annotate/gold/disputes.py).
SETTLED, FOLLOWS, NAMES = ("unanimous", "adjudicated"), ("dependent", "duplicate"), ("entity", "unusable because")
# Which of year, month and day are there at a precision; None: either.
PRECISE = {"day": (True, True, True), "month": (True, True, False), "year": (True, False, False), "unknown": (False, None, None)}


class Place(NamedTuple):
    """Where a document stands: its split, its line's offset in the split's file, and who its gold was made from."""

    split: str
    offset: int
    annotators: tuple[str, ...]


class Documents:
    """What the gold files hold, as far as it could be read.

    sound:  every line could be read and nothing is wrong with it, so that what it holds may be counted
    faulty: documents with a fault of their own
    other:  documents whose text is not that of their digest, so that nothing can be told of what stands where in it
    """

    def __init__(self, folder: Path, schema: Schema, described: dict[str, Any], about: About | None) -> None:
        self.folder, self.schema, self.described = folder, schema, described
        self.told: bool = about is not None  # format 1 told less
        self.withheld = frozenset(about.withheld if about else ())
        self.text = about.text if about else True
        self.gates = {each.split: each for each in about.gates if each.split not in self.withheld} if about else {}
        self.places: dict[str, Place] = {}
        self.groups: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self.tally = Tally(schema)
        self.unread = False
        self.sound = True
        self.faulty: set[str] = set()
        self.other: set[str] = set()
        self._alike: dict[tuple[str, ...], tuple[str, ...]] = {}  # a few people label thousands of documents
        self.items = Items(schema, text=self.text, numbered=self.told)
        self._layers = [field_of(name) for name in schema.span_layers]
        self._decided = Decided(schema) if about else None
        self._about = about
        self._made: dict[tuple[str, str], str] = {}  # what release.json says too, and its value → the first line that says it

    def check(self) -> Iterator[Problem]:
        kind = record_type(self.described)
        for split in SPLITS:
            last = ""
            for line in checked_lines(self.folder / f"{split}.jsonl", self.described, kind):
                if line.problem is not None:
                    self.unread, self.sound = True, False
                    yield line.problem
                    continue
                faults = list(self._faults(line, split, last)) or self._written(line)
                self._note(line)
                last = line.record.id
                if faults:
                    self.sound = False
                    self.faulty.add(last)
                yield from (Problem(line.place, f"{last}: {fault}") for fault in faults)

        yield from self._otherwise()

    def _written(self, line: Line) -> list[str]:
        """A line that says nothing wrong, and is not written as the codec does."""
        canonical = line.plain or self._about is None or not self._about.of_this_toolkit
        return [] if canonical else ["is not written as a line of a release: a number, an escape or a space is another"]

    def _note(self, line: Line) -> None:
        provenance = line.record.provenance
        if self.told:
            self._made.setdefault(("tool", provenance.tool), line.place)
            if len(provenance.annotators) > 1 and provenance.resolution != WITHHELD:
                self._made.setdefault(("resolved", provenance.resolution), line.place)

    def _otherwise(self) -> Iterator[Problem]:
        """What all documents say otherwise is wrong in release.json; what some do, in these."""
        for key in ("tool", "resolved") if self._about is not None else ():
            said, places = getattr(self._about, key), {value: place for (of, value), place in self._made.items() if of == key}
            if len(places) == 1 and said not in places:
                yield Problem(ABOUT, f"says {key} {said}, the documents {next(iter(places))}")
            elif len(places) > 1:
                self.sound = False
                yield from (Problem(place, f"says {key} {value}, release.json {said}") for value, place in places.items() if value != said)

    @contextmanager
    def lines(self) -> Iterator[Callable[[str], bytes]]:
        """Reads the line of a document that is there."""
        with ExitStack() as stack:
            files = {split: stack.enter_context((self.folder / f"{split}.jsonl").open("rb", READ_AT_ONCE)) for split in SPLITS}

            def line_of(article: str) -> bytes:
                place = self.places[article]
                files[place.split].seek(place.offset)
                return files[place.split].readline()

            yield line_of

    def _faults(self, line: Line, split: str, last: str) -> Iterator[str]:
        record = line.record
        if record.id in self.places:
            yield "its id stands twice"
        elif record.id < last:
            yield f"stands behind {last}; documents stand in the order of their ids"
        annotators = tuple(record.provenance.annotators)
        self.places[record.id] = Place(split, line.offset, self._alike.setdefault(annotators, annotators))
        for kind in ("duplicates", "story"):
            group = getattr(record.group, kind)
            if group is not None:
                self.groups[kind, group].setdefault(split, record.id)
        self._count(record, split)
        if record.text is not None and text_digest(record.text) != record.text_sha256:
            self.other.add(record.id)
            yield "text_sha256 is not the digest of text"
        text = None if record.id in self.other else record.text
        yield from self._head(record, split, text)
        illegal = list(self.items.faults(record, text, gold=True))
        yield from illegal
        yield from self._withheld(record, split)
        if self._decided is not None:
            yield from self._told(record)
            yield from () if illegal else self._decided.faults(record)
        if split in self.gates:
            yield from _short_of(self.gates[split], record.provenance)

    def _told(self, record: Any) -> Iterator[str]:
        """What releases have told since format 2: rights, where ids come from, what zones are."""
        if record.text is not None and not (record.source.rights or "").strip():
            yield "its text goes out, and `source.rights` does not say under what rights"
        if record.original_id is not None and record.id != PREFIX + record.original_id.removeprefix(ORIGINAL):
            yield f"its original_id is {record.original_id}"
        if record.date.year is not None and record.date.basis == "unknown":
            yield "its date rests on nothing that is known"
        if 0 < record.weight != 1 and self._about is not None and not self._about.drawn:
            yield f"its weight is {record.weight}, and no manifest in samples/ says what it was drawn from"
        yield from _zone_faults(record.zones)

    def _count(self, record: Any, split: str) -> None:
        own = [(name, getattr(record, field)) for name, field in zip(self.schema.span_layers, self._layers, strict=True)]
        answers = ((layer.name, each) for layer in self.schema.choice_layers for each in getattr(record, field_of(layer.name)))
        labels = [f"{name}.{item.type}" for name, items in own for item in items]
        labels += [f"{layer}.{each.name}={each.value}" for layer, each in answers if each.value is not None]
        self.tally.add_document(
            DocumentFacts(
                split=split,
                lang=record.lang,
                year=record.date.year,
                publisher=record.source.publisher,
                resolution=record.provenance.resolution,
                adjudicated=record.provenance.adjudicator is not None,
                items={name: len(items) for name, items in own},
                labels=labels,
            )
        )

    def _head(self, record: Any, split: str, text: str | None) -> Iterator[str]:
        if NOT_AN_ID.fullmatch(record.id):
            yield "its id reads like a number, a date or nothing"
        if record.split != split:
            yield f"says split {record.split}, is in {split}.jsonl"
        if not record.weight > 0:
            yield f"its weight is {record.weight}, not above 0"
        if (fault := _date_fault(record.date)) is not None:
            yield fault
        if (fault := reference_fault(record.title)) and not self.text:
            yield f"title: {fault}"
        end = None if text is None else len(text)
        for name in ("zones", "sentences"):
            yield from (f"{name} {each.start}–{each.end} is not in the text" for each in getattr(record, name) if not _inside(each, end))
        before = 0
        for each in record.sentences:
            if each.start < before:
                yield f"sentences {each.start}–{each.end} begins before the one before it ends"
                break
            before = each.end

    def _withheld(self, record: Any, split: str) -> Iterator[str]:
        if split in self.withheld:
            told = record.provenance.annotators or record.provenance.decisions or record.provenance.adjudicator
            if any(getattr(record, field) for field in self._layers) or self.items.answered(record) or told:
                yield f"holds labels, though those of {split} are withheld"
        elif record.provenance.resolution == WITHHELD:
            yield f"says that its labels are withheld; those of {split} are not"
        elif not record.provenance.annotators:
            yield "nobody annotated it"


class Annotations:
    """annotations.jsonl, against the documents that were read before.

    doubted: files of gold that some line does not bear out, so that either of the two may be the spoilt one
    """

    def __init__(self, documents: Documents, described: dict[str, Any]) -> None:
        self.documents = documents
        self.described = described
        self.items = Items(documents.schema, text=documents.text, numbered=documents.items.numbered)
        self.sound = True
        self.doubted: set[str] = set()
        self._heard: dict[str, frozenset[str]] = {}
        self._alike: dict[frozenset[str], frozenset[str]] = {}  # a few people label thousands of documents
        self._article: str | None = None
        self._agreed = NOTHING
        self._kind = record_type(described)
        self._reader = AgreedReader(documents.schema, self._kind, told=documents.told)
        self._lines = Lines(documents.schema)

    def check(self) -> Iterator[Problem]:
        with self.documents.lines() as line_of:
            yield from self._check(line_of)

    def _check(self, line_of: Callable[[str], bytes]) -> Iterator[Problem]:
        last = ("", "")
        unread = False
        for line in checked_lines(self.documents.folder / ANNOTATIONS, self.described, self._kind):
            if line.problem is not None:
                self.sound, unread = False, True
                yield line.problem
                continue
            key = (line.record.article, line.record.annotator)
            faults = list(self._faults(line, key, last, line_of))
            last = key
            together = self._heard.get(key[0], frozenset()) | {key[1]}
            self._heard[key[0]] = self._alike.setdefault(together, together)
            self.documents.tally.add_annotation(key[1])
            self.sound &= not faults
            yield from (Problem(line.place, f"{key[0]}: {fault}") for fault in faults)
        if not (unread or self.documents.unread) and self.sound:
            yield from self._unheard()

    def _faults(self, line: Line, key: tuple[str, str], last: tuple[str, str], line_of: Callable[[str], bytes]) -> Iterator[str]:
        article, annotator = key
        if annotator in self._heard.get(article, ()):
            yield f"a second line by {annotator}"
            return
        if key < last:
            yield f"stands behind {' by '.join(last)}; lines stand in the order of article and annotator"
        place = self.documents.places.get(article)
        if place is None:
            if not self.documents.unread:
                yield "no such document in the release"
        elif place.split in self.documents.withheld:
            yield f"is of {place.split}, whose labels are withheld"
        else:
            if article != self._article:
                self._article, self._agreed = article, self._reader.read(line_of(article))
            yield from self._own(line.record, place)

    def _own(self, record: Any, place: Place) -> Iterator[str]:
        """What a line says by itself, else whether the document's gold can have been made from it."""
        text = None if self._article in self.documents.other else self._agreed.text
        faults = list(self.items.faults(record, text, gold=False))
        yield from faults
        # Only gold that is without fault says what the annotators have to have said.
        if faults or not self.documents.told or self._article in self.documents.faulty:
            return
        if record.annotator not in place.annotators:
            yield f"the document's gold was not made from what {record.annotator} says"
        else:
            for fault in self._lines.faults(record, self._agreed):
                self.doubted.add(f"{place.split}.jsonl")
                yield fault

    def _unheard(self) -> Iterator[Problem]:
        """Gold made from somebody whose annotation is not in the release."""
        for article, place in self.documents.places.items():
            for annotator in place.annotators:
                if annotator not in self._heard.get(article, ()):
                    yield Problem(f"{place.split}.jsonl", f"{article}: made from {annotator}, who has no line of it in {ANNOTATIONS}")


def _short_of(gate: Gate, provenance: Any) -> Iterator[str]:
    """What its gold lacks of what its split's had to have."""
    if len(provenance.annotators) < gate.annotators:
        yield f"of {len(provenance.annotators)} annotators, not of {gate.annotators} as {gate.split} has to be"
    if gate.adjudicated:
        for each in provenance.decisions:
            follows = each.how in FOLLOWS and each.adjudicators
            if not (each.how in SETTLED or each.decision in NAMES or follows):
                where = f"{each.item or each.layer}: {each.decision}"
                yield f"{where} is disputed and not adjudicated, as {gate.split} has to be"


def _date_fault(date: Any) -> str | None:
    there = (date.year is not None, date.month is not None, date.day is not None)
    wanted = PRECISE[date.precision]
    if any(want is not None and want != found for want, found in zip(wanted, there, strict=True)):
        return f"its date {date.year}-{date.month}-{date.day} is not of the precision {date.precision}"
    try:
        if date.year is not None:
            datetime.date(date.year, date.month or 1, date.day or 1)
    except ValueError:
        return f"its date {date.year}-{date.month}-{date.day} is no day of the calendar"
    return None


def _zone_faults(zones: Any) -> Iterator[str]:
    """Lines in their order, which do not cross, and what lies inside of them behind them."""
    line = None
    for before, zone in pairwise(zones):
        if (zone.start, -zone.end) < (before.start, -before.end) or zone == before:
            yield f"zones {zone.start}–{zone.end} stands behind {before.start}–{before.end}; zones stand in the order of the text"
            return
        line = before if line is None or before.end > line.end else line
        if zone.start < line.end < zone.end:
            yield f"zones {zone.start}–{zone.end} crosses {line.start}–{line.end}"


def _inside(span: Any, end: int | None) -> bool:
    return span.start < span.end and (end is None or span.end <= end)
