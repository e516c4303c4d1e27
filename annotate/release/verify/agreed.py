"""What a gold record says that its annotators said, where it says so of each: their own lines have to bear it out.

A decision that a record does not list was unanimous (``annotate.gold``): everybody marked the item there, with these attributes and
arguments, and gave this answer. One that it lists has its ballots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec import Struct, defstruct

from annotate.release.typed import field_of
from annotate.schema import Schema

EXISTS = re.compile(r"exists (\d{1,9})-(\d{1,9})")
PLACED = ("exists", "span", "type")  # decisions on where an item is, and what

Place = tuple[str, int, int, str]  # layer, start, end, type


class Answered(NamedTuple):
    """An answer: what every annotator gave, or ``votes``, what each did."""

    layer: str
    question: str
    value: str | None
    votes: Mapping[str, str | None] | None


class LeftOut(NamedTuple):
    """What only ``annotators`` marked, between these offsets."""

    layer: str
    start: int
    end: int
    annotators: list[str]


class Agreed(NamedTuple):
    """items: place → item of those that everybody marked there; places: id → place; left_out: what gold has not.

    decided: (item, decision) of what is listed; votes: (item's place, attribute) → what each gave
    """

    text: str | None
    items: Mapping[Place, Any]
    places: Mapping[str, Place]
    decided: frozenset[tuple[str, str]]
    votes: Mapping[tuple[Place, str], Mapping[str, str | None]]
    answers: list[Answered]
    left_out: list[LeftOut]
    usable: bool  # nobody is said to have called it unusable


NOTHING = Agreed(None, {}, {}, frozenset(), {}, [], [], usable=False)


class _Share(Struct, gc=False):
    value: str
    p: float


class _Answer(Struct, gc=False):
    name: str
    distribution: list[_Share]


class _Ballot(Struct, gc=False):
    value: str | None
    annotators: list[str]


class _Decision(Struct, gc=False):
    layer: str
    item: str | None
    decision: str
    ballots: list[_Ballot]


class _Provenance(Struct, gc=False):
    decisions: list[_Decision]


class AgreedReader:
    """Reads of a line of gold no more than this; of a release that tells no decisions, its text alone.

    annotation: the type of the annotators' records, so that what both hold is compared as one
    """

    def __init__(self, schema: Schema, annotation: type[Struct], *, told: bool) -> None:
        self._spans = [(name, field_of(name)) for name in schema.span_layers] if told else []
        self._choices = [(layer.name, field_of(layer.name)) for layer in schema.choice_layers] if told else []
        fields: list[tuple[str, Any]] = [("text", str | None)]
        fields += [(field, list[_gold_item(annotation, field)]) for _, field in self._spans]  # type: ignore[misc]
        fields += [(field, list[_Answer]) for _, field in self._choices] + ([("provenance", _Provenance)] if told else [])
        rename = {field: name for name, field in (*self._spans, *self._choices)}
        self._decode = msgspec.json.Decoder(defstruct("Gold", fields, rename=rename, gc=False)).decode

    def read(self, line: bytes) -> Agreed:
        record: Any = self._decode(line)
        if not self._spans:
            return NOTHING._replace(text=record.text)
        decisions = record.provenance.decisions
        moved = {each.item for each in decisions if each.decision in PLACED}
        items = {(name, i.start, i.end, i.type): i for name, field in self._spans for i in getattr(record, field) if i.id not in moved}
        places = {item.id: place for place, item in items.items()}
        decided = {(each.item, each.decision) for each in decisions if each.item is not None}
        votes = {
            (places[each.item], each.decision.removeprefix("attribute ")): _votes(each)
            for each in decisions
            if each.item in places and each.decision.startswith("attribute ")
        }
        usable = not any(each.decision == "unusable" for each in decisions)
        left_out = list(_left_out(decisions))
        return Agreed(record.text, items, places, frozenset(decided), votes, list(self._answers(record, decisions)), left_out, usable)

    def _answers(self, record: Any, decisions: list[_Decision]) -> Iterator[Answered]:
        listed = {(each.layer, each.decision): _votes(each) for each in decisions if each.item is None}
        for layer, field in self._choices:
            for answer in getattr(record, field):
                only = next((share.value for share in answer.distribution if share.p == 1), None)
                yield Answered(layer, answer.name, only, listed.get((layer, f"answer {answer.name}")))


def _gold_item(annotation: type[Struct], field: str) -> type[Struct]:
    """An item of a layer with what annotators' items have too."""
    (own,) = get_args(annotation.__annotations__[field])
    shared = ("id", "type", "start", "end", "attributes", "arguments")
    return defstruct("Item", [(key, kind) for key, kind in own.__annotations__.items() if key in shared], gc=False)


def _left_out(decisions: Iterable[_Decision]) -> Iterator[LeftOut]:
    for each in decisions:
        place = EXISTS.fullmatch(each.decision) if each.item is None else None
        if place is not None:
            who = [name for ballot in each.ballots if ballot.value is not None for name in ballot.annotators]
            yield LeftOut(each.layer, int(place[1]), int(place[2]), who)


def _votes(decision: _Decision) -> dict[str, str | None]:
    return {name: ballot.value for ballot in decision.ballots for name in ballot.annotators}


class Lines:
    """Holds annotators' lines against what gold says of them."""

    def __init__(self, schema: Schema) -> None:
        self._spans = [(name, field_of(name)) for name in schema.span_layers]
        self._choices = [(layer.name, field_of(layer.name)) for layer in schema.choice_layers]
        self._frames = {layer.name for layer in schema.frame_layers}

    def faults(self, record: Any, agreed: Agreed) -> Iterator[str]:
        """Where a line is not as its document's gold has it of this annotator."""
        all_ = [((name, item.start, item.end, item.type), item) for name, field in self._spans for item in getattr(record, field)]
        own = dict(all_)
        places = {item.id: place for place, item in all_} if len(own) == len(all_) else None  # None: two are in one place
        for place, gold in agreed.items.items():
            mine = own.get(place)
            if mine is None:
                yield f"does not have {gold.id}, which all its annotators have, for no decision is on it"
            elif places is not None and place[0] in self._frames:
                yield from _frame_faults(place, gold, mine, places, agreed)
        for (place, attribute), votes in agreed.votes.items():
            if places is not None and record.annotator in votes and place in own:
                given, said = getattr(own[place].attributes, field_of(attribute)), votes[record.annotator]
                if given != said:
                    yield f"{agreed.items[place].id}: {attribute} is {given or 'nothing'}, by the votes it is {said or 'nothing'}"
        spans = {(layer, start, end) for layer, start, end, _ in own}
        for layer, start, end, annotators in agreed.left_out:
            if record.annotator in annotators and (layer, start, end) not in spans and not _within(spans, layer, start, end):
                yield f"has nothing of {layer} at {start}–{end}, where by the votes it has"
        answers = {(name, each.name): each.value for name, field in self._choices for each in getattr(record, field)}
        for layer, question, value, ballots in agreed.answers:
            said = value if ballots is None else ballots.get(record.annotator)
            if answers.get((layer, question)) != said:
                yield f"{question} is {answers.get((layer, question)) or 'not answered'}, gold says {said or 'not answered'}"
        if record.unusable is not None and agreed.usable:
            yield "calls the article unusable, of which its gold knows nothing"


def _within(spans: Iterable[tuple[str, int, int]], layer: str, start: int, end: int) -> bool:
    return any(name == layer and start <= first and last <= end for name, first, last in spans)


def _frame_faults(place: Place, gold: Any, mine: Any, places: Mapping[str, Place], agreed: Agreed) -> Iterator[str]:
    """Attributes and arguments of a frame that everybody marked, as far as no decision is on them; of arguments those whose filler
    everybody marked, too.
    """
    if gold.attributes != mine.attributes and _other_attributes(gold, mine, agreed):
        yield f"{mine.id}: its attributes are not those of {gold.id}, on which no decision is"
    if gold.arguments != mine.arguments:
        wanted = {(each.role, each.ref) for each in gold.arguments if each.ref in agreed.places}
        fillers = ((each.role, agreed.items.get(places[each.ref])) for each in mine.arguments if each.ref in places)
        given = {(role, filler.id) for role, filler in fillers if filler is not None}
        if any((gold.id, f"argument {role} {ref}") not in agreed.decided for role, ref in wanted ^ given):
            yield f"{mine.id}: its arguments are not those of {gold.id}, on which no decision is"


def _other_attributes(gold: Any, mine: Any, agreed: Agreed) -> bool:
    """Whether an attribute that no decision is on is another."""
    fields = gold.attributes.__struct_fields__
    names = dict(zip(fields, gold.attributes.__struct_encode_fields__, strict=True))
    differ = (names[each] for each in fields if getattr(gold.attributes, each) != getattr(mine.attributes, each))
    return any((gold.id, f"attribute {name}") not in agreed.decided for name in differ)
