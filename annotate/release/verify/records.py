"""Gold and annotations of a release, checked line by line: memory grows with the ids, not with the texts."""

from __future__ import annotations

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from annotate.errors import Problem
from annotate.records import NOT_AN_ID, text_digest
from annotate.release.about import WITHHELD, About, Gate, Tally
from annotate.release.typed import field_of
from annotate.release.verify.lines import Line, checked_lines
from annotate.release.verify.provenance import item_share_faults, provenance_faults, share_faults
from annotate.schema import FrameLayer, Schema
from annotate.schema.record_schema import SPLITS

ANNOTATIONS = "annotations.jsonl"
# Decisions that nobody has to be asked about: settled ones, what follows from them, names and reasons (annotate/gold/disputes.py).
SETTLED, FOLLOWS, NAMES = ("unanimous", "adjudicated"), ("dependent", "duplicate"), ("entity", "unusable because")
REFERENCE = re.compile(r"text:(\d+)-(\d+)")
# Which of year, month and day are there at a precision; None: either.
PRECISE = {"day": (True, True, True), "month": (True, True, False), "year": (True, False, False), "unknown": (False, None, None)}


class Place(NamedTuple):
    """Where a document stands: its split, its line's offset in the split's file, and who its gold was made from."""

    split: str
    offset: int
    annotators: tuple[str, ...]


class _Text(Struct):
    text: str | None


class Documents:
    """What the gold files hold, as far as it could be read.

    sound: every line could be read and nothing is wrong with it, so that what it holds may be counted
    """

    def __init__(self, folder: Path, schema: Schema, described: dict[str, Any], about: About | None) -> None:
        self.folder, self.schema, self.described = folder, schema, described
        self.tells = about is not None  # format 1 told less
        self.withheld = frozenset(about.withheld if about else ())
        self.text = about.text if about else True
        self.gates = {each.split: each for each in about.gates if each.split not in self.withheld} if about else {}
        self.places: dict[str, Place] = {}
        self.groups: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self.tally = Tally(schema)
        self.unread = False
        self.sound = True
        self.items = Items(schema, text=self.text)
        self._layers = [field_of(name) for name in schema.span_layers]
        self._layer_names = {layer.name for layer in schema.layers}

    def check(self) -> Iterator[Problem]:
        for split in SPLITS:
            last = ""
            for line in checked_lines(self.folder / f"{split}.jsonl", self.described):
                if line.problem is not None:
                    self.unread, self.sound = True, False
                    yield line.problem
                    continue
                faults = list(self._faults(line, split, last))
                last = line.record.id
                self.sound &= not faults
                yield from (Problem(line.place, f"{last}: {fault}") for fault in faults)

    def text_of(self, article: str) -> str | None:
        """The text of a document that is there; None in a stand-off release."""
        place = self.places[article]
        with (self.folder / f"{place.split}.jsonl").open("rb") as file:
            file.seek(place.offset)
            return msgspec.json.decode(file.readline(), type=_Text).text

    def _faults(self, line: Line, split: str, last: str) -> Iterator[str]:
        record = line.record
        if record.id in self.places:
            yield "its id stands twice"
        elif record.id < last:
            yield f"stands behind {last}; documents stand in the order of their ids"
        self.places[record.id] = Place(split, line.offset, tuple(record.provenance.annotators))
        for kind in ("duplicates", "story"):
            group = getattr(record.group, kind)
            if group is not None:
                self.groups[kind, group].setdefault(split, record.id)
        self._count(record, split)
        yield from self._head(record, split)
        yield from self.items.faults(record, record.text, gold=True)
        yield from self._withheld(record, split)
        if self.tells:
            yield from self._told(record)
        if split in self.gates:
            yield from _short_of(self.gates[split], record.provenance)

    def _told(self, record: Any) -> Iterator[str]:
        """What releases have told since format 2: rights, and how their gold was decided."""
        if record.text is not None and not record.source.rights:
            yield "its text goes out, and `source.rights` does not say under what rights"
        layers = {
            item.id: name for name, field in zip(self.schema.span_layers, self._layers, strict=True) for item in getattr(record, field)
        }
        yield from provenance_faults(record.provenance, layers, self._layer_names)
        yield from (fault for field in self._layers for item in getattr(record, field) for fault in item_share_faults(item))

    def _count(self, record: Any, split: str) -> None:
        items = {name: len(getattr(record, field)) for name, field in zip(self.schema.span_layers, self._layers, strict=True)}
        source, how = record.source.publisher, record.provenance.resolution
        self.tally.add_document(split, record.lang, record.date.year, source, how, items)

    def _head(self, record: Any, split: str) -> Iterator[str]:
        if NOT_AN_ID.fullmatch(record.id):
            yield "its id reads like a number, a date or nothing"
        if record.split != split:
            yield f"says split {record.split}, is in {split}.jsonl"
        if record.text is not None and text_digest(record.text) != record.text_sha256:
            yield "text_sha256 is not the digest of text"
        if not record.weight > 0:
            yield f"its weight is {record.weight}, not above 0"
        if (fault := _date_fault(record.date)) is not None:
            yield fault
        if (fault := _reference_fault(record.title)) and not self.text:
            yield f"title: {fault}"
        end = None if record.text is None else len(record.text)
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
            if any(getattr(record, field) for field in self._layers) or self.items.answered(record) or record.provenance.annotators:
                yield f"holds labels, though those of {split} are withheld"
        elif record.provenance.resolution == WITHHELD:
            yield f"says that its labels are withheld; those of {split} are not"
        elif not record.provenance.annotators:
            yield "nobody annotated it"


class Annotations:
    """annotations.jsonl, against the documents that were read before."""

    def __init__(self, documents: Documents, described: dict[str, Any]) -> None:
        self.documents = documents
        self.described = described
        self.items = Items(documents.schema, text=documents.text)
        self.sound = True
        self._article: str | None = None
        self._text: str | None = None

    def check(self) -> Iterator[Problem]:
        last = ("", "")
        heard: dict[str, set[str]] = defaultdict(set)
        unread = False
        for line in checked_lines(self.documents.folder / ANNOTATIONS, self.described):
            if line.problem is not None:
                self.sound, unread = False, True
                yield line.problem
                continue
            key = (line.record.article, line.record.annotator)
            faults = list(self._faults(line, key, last, key[1] in heard[key[0]]))
            last = key
            heard[key[0]].add(key[1])
            self.documents.tally.add_annotation(key[1])
            self.sound &= not faults
            yield from (Problem(line.place, f"{key[0]}: {fault}") for fault in faults)
        if not (unread or self.documents.unread) and self.sound:
            yield from self._unheard(heard)

    def _faults(self, line: Line, key: tuple[str, str], last: tuple[str, str], again: bool) -> Iterator[str]:
        article, annotator = key
        if again:
            yield f"a second line by {annotator}"
        elif key < last:
            yield f"stands behind {' by '.join(last)}; lines stand in the order of article and annotator"
        place = self.documents.places.get(article)
        if place is None:
            if not self.documents.unread:
                yield "no such document in the release"
        elif place.split in self.documents.withheld:
            yield f"is of {place.split}, whose labels are withheld"
        else:
            if article != self._article:
                self._article, self._text = article, self.documents.text_of(article)
            yield from self.items.faults(line.record, self._text, gold=False)

    def _unheard(self, heard: dict[str, set[str]]) -> Iterator[Problem]:
        """Gold made from somebody whose annotation is not in the release."""
        for article, place in self.documents.places.items():
            for annotator in place.annotators:
                if annotator not in heard.get(article, ()):
                    yield Problem(f"{place.split}.jsonl", f"{article}: made from {annotator}, who has no line of it in {ANNOTATIONS}")


class Items:
    """The labels of a record: spans slice, ids are unique, references resolve, types, attributes, roles and answers are legal.

    What was legal once is remembered, for documents repeat it thousands of times.
    """

    def __init__(self, schema: Schema, *, text: bool) -> None:
        self.schema = schema
        self.text = text
        self._layers = [(name, field_of(name), layer) for name, layer in schema.span_layers.items()]
        self._links = [(link.name, field_of(link.name), link.between) for link in schema.link_layers]
        self._choices = [(layer, field_of(layer.name)) for layer in schema.choice_layers]
        self._legal: set[Any] = set()

    def answered(self, record: Any) -> bool:
        """Whether it holds an answer about the document, or shares of one."""
        return any(
            each.value is not None or getattr(each, "distribution", ()) for _, field in self._choices for each in getattr(record, field)
        )

    def faults(self, record: Any, text: str | None, *, gold: bool) -> Iterator[str]:
        items = {item.id: (name, item) for name, field, _ in self._layers for item in getattr(record, field)}
        clean = len(items) == sum(len(getattr(record, field)) for _, field, _ in self._layers)
        if not clean:
            yield "an item's id stands twice"
        for name, field, layer in self._layers:
            last = (-1, -1)
            for item in getattr(record, field):
                for fault in self._item(name, layer, item, items, text):
                    clean = False
                    yield f"{item.id}: {fault}"
                place = (item.start, item.end)
                if place < last and clean:
                    clean = False
                    yield f"{item.id}: stands behind an item that begins after it"
                last = place
        yield from self._answers(record, gold)

    def _item(self, name: str, layer: Any, item: Any, items: dict[str, Any], text: str | None) -> Iterator[str]:
        start, end = item.start, item.end
        if text is None:
            if start >= end:
                yield f"{start}–{end} is no span"
            if (fault := _reference_fault(getattr(item, "entity", None))) and not self.text:
                yield f"entity: {fault}"
        elif text[start:end] != item.text or not start < end <= len(text):
            yield "its text is not what its offsets slice" if start < end <= len(text) else f"{start}–{end} is not in the text"
        if isinstance(layer, FrameLayer):
            marked: Any = (name, item.type, item.attributes)
            if marked not in self._legal:
                faults = list(_illegal_attributes(layer, item))
                yield from faults
                if not faults:
                    self._legal.add(marked)
            if len(item.arguments) > 1:
                yield from _argument_order(item)
            for argument in item.arguments:
                filler = items.get(argument.ref)
                if (
                    filler is None
                    or (name, argument.role, argument.kind, filler[0], filler[1].type) not in self._legal
                    or filler[1] is item
                ):
                    yield from self._argument(name, layer, item, argument, filler)
            yield from self._linked(name, item, items)
        elif (name, item.type) not in self._legal:
            if layer.type(item.type) is None:
                yield f"{item.type} is no type of {name}"
            else:
                self._legal.add((name, item.type))

    def _argument(self, name: str, layer: FrameLayer, item: Any, argument: Any, filler: tuple[str, Any] | None) -> Iterator[str]:
        role = layer.role(argument.role)
        if filler is None:
            yield f"{argument.role} refers to {argument.ref}, which is not there"
        elif filler[0] != argument.kind:
            yield f"{argument.role} says {argument.ref} is of {argument.kind}, it is of {filler[0]}"
        elif filler[1] is item:
            yield f"{argument.role} refers to its own frame"
        elif role is None:
            yield f"{argument.role} is no role of {name}"
        elif not role.takes(filler[0], filler[1].type):
            yield f"{argument.role} may not be filled by {filler[0]}.{filler[1].type}"
        else:
            self._legal.add((name, argument.role, argument.kind, filler[0], filler[1].type))

    def _linked(self, name: str, item: Any, items: dict[str, Any]) -> Iterator[str]:
        for link, field, between in self._links:
            refs = getattr(item, field) if between == name else ()
            if len(refs) > 1 and refs != sorted(set(refs)):
                yield f"{link} names one twice, or out of order"
            for ref in refs:
                kind, other = items.get(ref, ("", item))
                if kind != name or other is item:
                    yield f"{link} refers to {ref}, which is no other item of {name}"
                elif item.id not in getattr(other, field):
                    yield f"{link} refers to {ref}, which does not refer back"

    def _answers(self, record: Any, gold: bool) -> Iterator[str]:
        for layer, field in self._choices:
            answers = getattr(record, field)
            names = [each.name for each in answers]
            if len(set(names)) != len(names):
                yield from (f"{name} is answered {count} times" for name, count in Counter(names).items() if count > 1)
            if gold:
                yield from (f"the question {asked.name} is missing" for asked in layer.questions if asked.name not in names)
            for answer in answers:
                key = (layer.name, answer.name, answer.value)
                if key not in self._legal:
                    if answer.value is None or _is_answer(layer, answer.name, answer.value):
                        self._legal.add(key)
                    else:
                        yield f"{answer.name}: {answer.value} is no answer to it"
                if gold and answer.distribution:
                    yield from _share_faults(layer, answer)


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


def _argument_order(item: Any) -> Iterator[str]:
    arguments = [(each.role, each.ref) for each in item.arguments]
    if arguments != sorted(set(arguments)):
        yield "an argument stands twice, or they are out of order"


def _illegal_attributes(layer: FrameLayer, item: Any) -> Iterator[str]:
    if layer.type(item.type) is None:
        yield f"{item.type} is no type of {layer.name}"
        return
    for asked in layer.attributes:
        value = getattr(item.attributes, field_of(asked.name))
        if value is not None and value not in asked.values_for(item.type):
            yield f"{asked.name} {value} is not legal for {item.type}"


def _is_answer(layer: Any, question: str, value: str) -> bool:
    asked = layer.question(question)
    return asked is not None and any(each.name == value for each in asked.values)


def _share_faults(layer: Any, answer: Any) -> Iterator[str]:
    values = [share.value for share in answer.distribution]
    yield from (f"{answer.name}: {value} is no answer to it" for value in sorted(set(values)) if not _is_answer(layer, answer.name, value))
    yield from (f"{answer.name}: {fault}" for fault in share_faults(answer.distribution))


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


def _reference_fault(hidden: str | None) -> str | None:
    found = REFERENCE.fullmatch(hidden or "")
    return f"{hidden} is no span" if found and int(found[1]) >= int(found[2]) else None


def _inside(span: Any, end: int | None) -> bool:
    return span.start < span.end and (end is None or span.end <= end)
