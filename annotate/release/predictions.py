"""What a system says of a release's documents, in the release's own shape, read against the schema line by line.

A line is ``{"id": …}`` with any of the layers as in train.jsonl. Of an item ``type``, ``start`` and ``end`` are needed; ``id`` where
something refers to it; ``attributes``, ``arguments`` (``role``, ``ref``) and links where the schema has them. What else stands there
(``text``, ``entity``, ``kind``) is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from annotate.errors import BadInput, Problem
from annotate.records import Answer, Argument, Frame, Labelling, Link, Mention
from annotate.release.lines import read_lines
from annotate.schema import ChoiceLayer, FrameLayer, LinkLayer, MentionLayer, Schema

MOST_TOLD = 20
WITHHELD = "withheld"  # provenance.resolution of a document whose labels are not in the release
Record = Mapping[str, Any]


class Gold(NamedTuple):
    """A split's documents. texts: empty where the release has none; stories: document → story, of those that have one"""

    labellings: dict[str, Labelling]
    texts: dict[str, str]
    stories: dict[str, str]


class Predictions(NamedTuple):
    """Document → what the system said of it; and the layers that it says anything of, in the schema's order."""

    labellings: dict[str, Labelling]
    layers: list[str]


class _Argument(Struct):
    role: str
    ref: str


class _Item(Struct):
    type: str
    start: int
    end: int
    id: str | None = None
    attributes: dict[str, str | None] = {}
    arguments: list[_Argument] = []


class _Answer(Struct):
    name: str
    value: str | None


def read_gold(folder: Path, schema: Schema, split: str, labels: Path | None = None) -> Gold:
    """A split's gold, from the release, or from the file (or folder) of labels that it withholds.

    Raises BadInput where there is none.
    """
    path = folder / f"{split}.jsonl"
    if not path.is_file():
        raise BadInput(f"{path}: no such file; name the folder of a release, and one of its splits")
    gold = Gold({}, {}, {})
    withheld = 0
    for record in _sound(path):
        if isinstance(record.get("text"), str):
            gold.texts[record["id"]] = record["text"]
        if (story := (record.get("group") or {}).get("story")) is not None:
            gold.stories[record["id"]] = story
        withheld += (record.get("provenance") or {}).get("resolution") == WITHHELD
        if labels is None:
            gold.labellings[record["id"]] = labelling_of(schema, record, "gold")
    if labels is not None:
        source = labels / f"{split}.jsonl" if labels.is_dir() else labels
        if not source.is_file():
            raise BadInput(f"{source}: no such file; --gold names the labels that the release withholds")
        gold.labellings.update({record["id"]: labelling_of(schema, record, "gold") for record in _sound(source)})
    elif withheld:
        raise BadInput(f"{path}: the labels of {withheld} documents are withheld; give the file that has them with --gold")
    if not gold.labellings:
        raise BadInput(f"{path}: no documents; score another split (--split)")
    return gold._replace(texts=gold.texts if gold.labellings.keys() <= gold.texts.keys() else {})


def read_predictions(path: Path, schema: Schema, gold: Gold, annotator: str = "system") -> Predictions:
    """Raises BadInput, which names every bad line (the first 20): a score of some of the lines is not the score of the file."""
    if not path.is_file():
        raise BadInput(f"{path}: no such file; it has one JSON object a line, with the document's id and its layers")
    found: dict[str, Labelling] = {}
    layers: set[str] = set()
    problems: list[str] = []
    for place, record in read_lines(path):
        where = f"{path.parent / place}"
        faults = [record.message] if isinstance(record, Problem) else list(_line_faults(schema, record, gold, found))
        problems += [f"{where}: {fault}" for fault in faults]
        if not faults and not isinstance(record, Problem):
            found[record["id"]] = labelling_of(schema, record, annotator)
            layers |= record.keys() & {layer.name for layer in schema.layers}
    if problems:
        more = [f"and {len(problems) - MOST_TOLD} more"] if len(problems) > MOST_TOLD else []
        raise BadInput("\n".join(problems[:MOST_TOLD] + more))
    if not layers:
        raise BadInput(f"{path}: no line has any of the layers {', '.join(layer.name for layer in schema.layers)}")
    with_links = layers | {link.name for link in schema.link_layers if link.between in layers}
    return Predictions(found, [layer.name for layer in schema.layers if layer.name in with_links])


def labelling_of(schema: Schema, record: Record, annotator: str) -> Labelling:
    """A record, or a sound line of predictions, as a labelling. Items without an id get one by their place."""
    mentions: list[Mention] = []
    frames: list[Frame] = []
    links: set[Link] = set()
    answers: list[Answer] = []
    for layer in schema.layers:
        own = record.get(layer.name) or []
        if isinstance(layer, MentionLayer):
            mentions += [
                Mention(_id(layer.name, n, item), layer.name, item["type"], item["start"], item["end"]) for n, item in enumerate(own)
            ]
        elif isinstance(layer, FrameLayer):
            frames += [_frame(layer, _id(layer.name, n, item), item) for n, item in enumerate(own)]
            links |= {link for n, item in enumerate(own) for link in _links(schema, layer, _id(layer.name, n, item), item)}
        elif isinstance(layer, ChoiceLayer):
            answers += [Answer(layer.name, each["name"], each["value"]) for each in own if each["value"] is not None]
    ordered = tuple(sorted(links, key=lambda link: (link.layer, link.first, link.second)))
    return Labelling(record["id"], annotator, tuple(mentions), tuple(frames), ordered, tuple(answers))


def _sound(path: Path) -> Iterator[Record]:
    for _, record in read_lines(path):
        if isinstance(record, Problem):
            raise BadInput(f"{path.parent}/{record}; `annotate verify` says what else is wrong with the release")
        yield record


def _id(layer: str, number: int, item: Record) -> str:
    given = item.get("id")
    return given if isinstance(given, str) else f"{layer}#{number}"


def _frame(layer: FrameLayer, name: str, item: Record) -> Frame:
    attributes = {each.name: (item.get("attributes") or {}).get(each.name) for each in layer.attributes}
    arguments = tuple(Argument(each["role"], each["ref"]) for each in item.get("arguments") or ())
    return Frame(name, layer.name, item["type"], item["start"], item["end"], attributes, arguments)


def _links(schema: Schema, layer: FrameLayer, name: str, item: Record) -> Iterator[Link]:
    for link in schema.link_layers:
        if link.between == layer.name:
            yield from (Link(link.name, *sorted((name, other))) for other in item.get(link.name) or ())


# ── What can be wrong with a line ───────────────────────────────────────────────────────────────────────────────────────────────────


def _line_faults(schema: Schema, record: Record, gold: Gold, found: Mapping[str, Labelling]) -> Iterator[str]:
    name = record.get("id")
    if not isinstance(name, str):
        yield "no id; every line names its document"
        return
    if name not in gold.labellings:
        yield f"{name}: no such document in this split; predict those of the split that is scored"
        return
    if name in found:
        yield f"{name}: stands twice; keep one line a document"
    items: dict[str, tuple[str, str]] = {}  # id → layer, type
    faults = []
    for layer in schema.layers:
        if layer.name not in record or isinstance(layer, LinkLayer):
            continue
        if not isinstance(record[layer.name], list):
            faults.append(f"{layer.name} is no list")
        elif isinstance(layer, ChoiceLayer):
            faults += [fault for each in record[layer.name] for fault in _answer_faults(layer, each)]
        else:
            for number, each in enumerate(record[layer.name]):
                faults += [f"{layer.name}[{number}]: {fault}" for fault in _item_faults(layer, each, gold.texts.get(name), items)]
    if not faults:
        faults = [fault for layer in schema.frame_layers for fault in _reference_faults(schema, layer, record, items)]
    yield from (f"{name}: {fault}" for fault in faults)


def _answer_faults(layer: ChoiceLayer, given: Any) -> Iterator[str]:
    try:
        answer = msgspec.convert(given, _Answer)
    except msgspec.ValidationError as error:
        yield f"{layer.name}: {error}; an answer has name and value"
        return
    question = layer.question(answer.name)
    if question is None:
        yield f"{layer.name}: no question {answer.name!r}; one of {', '.join(each.name for each in layer.questions)}"
    elif answer.value is not None and answer.value not in (known := [each.name for each in question.values]):
        yield f"{layer.name}.{answer.name}: no value {answer.value!r}; one of {', '.join(known)}"


def _item_faults(layer: MentionLayer | FrameLayer, given: Any, text: str | None, items: dict[str, tuple[str, str]]) -> Iterator[str]:
    """What is wrong with an item by itself; a sound one with an id is added to ``items``."""
    try:
        item = msgspec.convert(given, _Item)
    except msgspec.ValidationError as error:
        yield f"{error}; an item has type, start and end"
        return
    if layer.type(item.type) is None:
        yield f"no type {item.type!r}; one of {', '.join(each.name for each in layer.types)}"
    end = None if text is None else len(text)
    if not (isinstance(given["start"], int) and isinstance(given["end"], int) and 0 <= item.start < item.end <= (end or item.end)):
        yield f"{item.start}–{item.end} is no span of the text; offsets are code points, 0 ≤ start < end ≤ {end or 'its end'}"
    if isinstance(layer, FrameLayer):
        yield from _attribute_faults(layer, item)
    if item.id is not None and item.id in items:
        yield f"the id {item.id!r} stands twice"
    items[item.id or f"{layer.name}#{len(items)}"] = (layer.name, item.type)


def _attribute_faults(layer: FrameLayer, item: _Item) -> Iterator[str]:
    for name, value in item.attributes.items():
        asked = next((each for each in layer.attributes if each.name == name), None)
        if asked is None:
            yield f"no attribute {name!r}; one of {', '.join(each.name for each in layer.attributes)}"
        elif value is not None and value not in (known := asked.values_for(item.type)):
            yield f"{name} {value!r} is not legal for {item.type}; one of {', '.join(known) or 'none'}"


def _reference_faults(schema: Schema, layer: FrameLayer, record: Record, items: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for number, given in enumerate(record.get(layer.name) or ()):
        where = f"{layer.name}[{number}]"
        for argument in given.get("arguments") or ():
            role, kind = layer.role(argument["role"]), items.get(argument["ref"])
            if role is None:
                yield f"{where}: no role {argument['role']!r}; one of {', '.join(each.name for each in layer.roles)}"
            elif kind is None:
                yield f"{where}: {role.name} refers to {argument['ref']!r}, which no item here is called"
            elif not role.takes(*kind):
                yield f"{where}: {role.name} takes {', '.join(role.fills)}, not {'.'.join(kind)}"
        for link in schema.link_layers:
            if link.between == layer.name:
                yield from (f"{where}: {fault}" for fault in _link_faults(link, given, items))


def _link_faults(link: LinkLayer, given: Record, items: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    others = given.get(link.name) or []
    if not isinstance(others, list) or not all(isinstance(each, str) for each in others):
        yield f"{link.name} is no list of ids"
    elif others and not isinstance(given.get("id"), str):
        yield f"{link.name} joins an item that has no id; give it one"
    else:
        wrong = [other for other in others if items.get(other, ("",))[0] != link.between or other == given["id"]]
        yield from (f"{link.name} refers to {other!r}, which is no other item of {link.between}" for other in wrong)
