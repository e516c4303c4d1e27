"""What a gold record says that all its annotators said, and how they answered: what their own lines have to bear out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct, defstruct

from annotate.release.typed import field_of
from annotate.schema import Schema

PLACED = ("exists", "span", "type")  # decisions on where an item is, and what
DIGITS = 6

Place = tuple[str, int, int, str]  # layer, start, end, type
Answer = tuple[str, str]  # layer, question


class Agreed(NamedTuple):
    """items: place → id of each on which nothing was decided, so that everybody marked it there; shares: of each answer, value → share."""

    text: str | None
    items: Mapping[Place, str]
    shares: Mapping[Answer, Mapping[str, float]]


NOTHING = Agreed(None, {}, {})


class _Item(Struct, gc=False):
    id: str
    type: str
    start: int
    end: int


class _Share(Struct, gc=False):
    value: str
    p: float


class _Answer(Struct, gc=False):
    name: str
    distribution: list[_Share]


class _Decision(Struct, gc=False):
    item: str | None
    decision: str


class _Provenance(Struct, gc=False):
    decisions: list[_Decision]


class AgreedReader:
    """Reads of a line of gold no more than this; of a release that tells no decisions, its text alone."""

    def __init__(self, schema: Schema, *, told: bool) -> None:
        self._spans = [(name, field_of(name)) for name in schema.span_layers] if told else []
        self._choices = [(layer.name, field_of(layer.name)) for layer in schema.choice_layers] if told else []
        fields: list[tuple[str, Any]] = [("text", str | None)]
        fields += [(field, list[_Item]) for _, field in self._spans] + [(field, list[_Answer]) for _, field in self._choices]
        fields += [("provenance", _Provenance)] if told else []
        rename = {field: name for name, field in (*self._spans, *self._choices)}
        self._decode = msgspec.json.Decoder(defstruct("Gold", fields, rename=rename, gc=False)).decode

    def read(self, line: bytes) -> Agreed:
        record: Any = self._decode(line)
        if not self._spans:
            return Agreed(record.text, {}, {})
        decided = {each.item for each in record.provenance.decisions if each.decision in PLACED}
        items = {
            (name, item.start, item.end, item.type): item.id
            for name, field in self._spans
            for item in getattr(record, field)
            if item.id not in decided
        }
        shares = {
            (name, answer.name): {share.value: share.p for share in answer.distribution if share.p}
            for name, field in self._choices
            for answer in getattr(record, field)
        }
        return Agreed(record.text, items, shares)


class Said:
    """What one document's annotators say in their own lines, gathered line by line."""

    def __init__(self, schema: Schema) -> None:
        self._spans = [(name, field_of(name)) for name in schema.span_layers]
        self._choices = [(layer.name, field_of(layer.name)) for layer in schema.choice_layers]
        self._answers: dict[Answer, Counter[str]] = {}

    def clear(self) -> None:
        self._answers = {}

    def lacks(self, record: Any, agreed: Agreed) -> list[str]:
        """Takes a line; the ids of the items that everybody marked, and it does not hold."""
        for name, field in self._choices:
            for answer in getattr(record, field):
                self._answers.setdefault((name, answer.name), Counter())[answer.value] += 1
        own = {(name, item.start, item.end, item.type) for name, field in self._spans for item in getattr(record, field)}
        return [agreed.items[place] for place in agreed.items.keys() - own]

    def other_shares(self, agreed: Agreed) -> list[Answer]:
        """Answers of which the lines taken have not the shares that gold says."""
        return [answer for answer, shares in agreed.shares.items() if shares != _shares(self._answers.get(answer, Counter()))]


def _shares(counts: Counter[str]) -> dict[str, float]:
    total = counts.total()
    return {value: round(count / total, DIGITS) for value, count in counts.items()}
