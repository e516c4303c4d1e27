"""The labels of a record: legal by the schema, at their places, and well joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from annotate.release.typed import field_of
from annotate.release.verify.provenance import share_faults
from annotate.schema import FrameLayer, Schema

REFERENCE = re.compile(r"text:(\d+)-(\d+)")


class Items:
    """The labels of a record: spans slice, ids are unique, references resolve, types, attributes, roles and answers are legal.

    numbered: whether items are called by layer and number, which they are since format 2. What was legal once is remembered, for documents
    repeat it thousands of times.
    """

    def __init__(self, schema: Schema, *, text: bool, numbered: bool) -> None:
        self.schema = schema
        self.text = text
        self.numbered = numbered
        self._ids = {name: [f"{name}-{number}" for number in range(1, 65)] for name in schema.span_layers}
        self._layers = [(name, field_of(name), layer) for name, layer in schema.span_layers.items()]
        self._links: dict[str, list[tuple[str, str]]] = {}
        for link in schema.link_layers:
            self._links.setdefault(link.between, []).append((link.name, field_of(link.name)))
        self._choices = [(layer, field_of(layer.name), [each.name for each in layer.questions]) for layer in schema.choice_layers]
        self._frames = {layer.name for layer in schema.frame_layers}
        self._legal: set[Any] = set()

    def answered(self, record: Any) -> bool:
        """Whether it holds an answer about the document, or shares of one."""
        return any(
            each.value is not None or getattr(each, "distribution", ()) for _, field, _ in self._choices for each in getattr(record, field)
        )

    def faults(self, record: Any, text: str | None, *, gold: bool) -> Iterator[str]:
        items = {item.id: (name, item) for name, field, _ in self._layers for item in getattr(record, field)}
        clean = len(items) == sum(len(getattr(record, field)) for _, field, _ in self._layers)
        if not clean:
            yield "an item's id stands twice"
        for name, field, layer in self._layers:
            last = (-1, -1, "")
            own = getattr(record, field)
            for item in own:
                if not self._is_known(name, item, items, text):
                    for fault in self._item(name, layer, item, items, text):
                        clean = False
                        yield f"{item.id}: {fault}"
                place = (item.start, item.end, item.type)
                if place <= last and clean:
                    if place < last:
                        clean = False
                        yield f"{item.id}: stands behind an item that begins after it, or one that ends, or is called, later"
                    elif gold and self.numbered:
                        yield f"{item.id}: is there twice"
                last = place
            if clean and self.numbered and not self._are_numbered(name, [item.id for item in own], gold):
                yield f"{name}: its items are not called {name}-1 to {name}-{len(own)}" + ("" if gold else ", in their order")
        yield from self._answers(record, gold)

    def _are_numbered(self, name: str, ids: list[str], gold: bool) -> bool:
        """From 1, in their order; gold's in that of what annotators marked, which may be another."""
        known = self._ids[name]
        known += [f"{name}-{number}" for number in range(len(known) + 1, len(ids) + 1)]
        wanted = known[: len(ids)]
        return ids == wanted or (gold and set(ids) == set(wanted))

    def _is_known(self, name: str, item: Any, items: dict[str, Any], text: str | None) -> bool:
        """Whether all of an item was legal before, as of nearly every one, and it is where it says; of others nothing is said."""
        if text is None or not item.start < item.end <= len(text) or text[item.start : item.end] != item.text:
            return False
        if name not in self._frames:
            return bool(item.entity) and (name, item.type) in self._legal
        arguments = item.arguments
        if (name, item.type, item.attributes) not in self._legal or (len(arguments) > 1 and not _in_order(arguments)):
            return False
        for each in arguments:
            filler = items.get(each.ref)
            if filler is None or filler[1] is item or (name, each.role, each.kind, filler[0], filler[1].type) not in self._legal:
                return False
        return all(not getattr(item, field) for _, field in self._links.get(name, ()))

    def _item(self, name: str, layer: Any, item: Any, items: dict[str, Any], text: str | None) -> list[str]:
        faults = self._span(item, text)
        if isinstance(layer, FrameLayer):
            faults += self._frame(name, layer, item, items)
        elif self.numbered and not item.entity:
            faults.append("names no entity; where nobody names one, its own words do")
        elif (name, item.type) not in self._legal:
            if layer.type(item.type) is None:
                faults.append(f"{item.type} is no type of {name}")
            else:
                self._legal.add((name, item.type))
        return faults

    def _span(self, item: Any, text: str | None) -> list[str]:
        start, end = item.start, item.end
        if text is not None:
            if start < end <= len(text):
                return [] if text[start:end] == item.text else ["its text is not what its offsets slice"]
            return [f"{start}–{end} is not in the text"]
        faults = [f"{start}–{end} is no span"] if start >= end else []
        if (fault := reference_fault(getattr(item, "entity", None))) and not self.text:
            faults.append(f"entity: {fault}")
        return faults

    def _frame(self, name: str, layer: FrameLayer, item: Any, items: dict[str, Any]) -> list[str]:
        faults: list[str] = []
        marked: Any = (name, item.type, item.attributes)
        if marked not in self._legal:
            faults += _illegal_attributes(layer, item)
            if not faults:
                self._legal.add(marked)
        if len(item.arguments) > 1 and not _in_order(item.arguments):
            faults.append("an argument stands twice, or they are out of order")
        for argument in item.arguments:
            filler = items.get(argument.ref)
            if filler is None or (name, argument.role, argument.kind, filler[0], filler[1].type) not in self._legal or filler[1] is item:
                faults += self._argument(name, layer, item, argument, filler)
        for link, field in self._links.get(name, ()):
            if refs := getattr(item, field):
                faults += self._linked(name, link, field, item, refs, items)
        return faults

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

    def _linked(self, name: str, link: str, field: str, item: Any, refs: list[str], items: dict[str, Any]) -> Iterator[str]:
        if len(refs) > 1 and refs != sorted(set(refs)):
            yield f"{link} names one twice, or out of order"
        for ref in refs:
            kind, other = items.get(ref, ("", item))
            if kind != name or other is item:
                yield f"{link} refers to {ref}, which is no other item of {name}"
            elif item.id not in getattr(other, field):
                yield f"{link} refers to {ref}, which does not refer back"
            elif len(refs) > 1 and not {*refs, item.id} <= {*getattr(other, field), ref}:
                yield f"{link} refers to {ref}, which does not refer to all that it refers to"

    def _answers(self, record: Any, gold: bool) -> Iterator[str]:
        for layer, field, asked in self._choices:
            answers = getattr(record, field)
            names = [each.name for each in answers]
            if len(set(names)) != len(names):
                yield from (f"{name} is answered {count} times" for name, count in Counter(names).items() if count > 1)
            elif names != asked and names != [name for name in asked if name in names]:
                yield f"the answers of {layer.name} are not in the order of its questions"
            if gold:
                yield from (f"the question {name} is missing" for name in asked if name not in names)
            for answer in answers:
                key = (layer.name, answer.name, answer.value)
                if key not in self._legal:
                    if answer.value is None or _is_answer(layer, answer.name, answer.value):
                        self._legal.add(key)
                    else:
                        yield f"{answer.name}: {answer.value} is no answer to it"
                if gold and answer.distribution:
                    yield from _share_faults(layer, answer)


def _in_order(arguments: Any) -> bool:
    """By role and filler, each once."""
    before = arguments[0]
    for each in arguments[1:]:
        if each.role < before.role or (each.role == before.role and each.ref <= before.ref):
            return False
        before = each
    return True


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


def reference_fault(hidden: str | None) -> str | None:
    found = REFERENCE.fullmatch(hidden or "")
    return f"{hidden} is no span" if found and int(found[1]) >= int(found[2]) else None
