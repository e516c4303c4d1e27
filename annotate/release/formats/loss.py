"""What a format could not carry, counted and listed as it is met, so that a large release is never held.

LOSS.md says it in words, loss.json holds the counts, losses.jsonl every one, a line each: of 100,000 documents that are millions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct

# Every kind of loss, and what became of what was lost.
KINDS = {
    "clitic": "begins behind a proclitic inside a token; widened to the whole token",
    "token": "begins or ends inside a token; widened to the whole token",
    "edge": "begins or ends with white space; narrowed to its tokens",
    "no token": "holds no token; left out",
    "sentence": "is not within one sentence; left out",
    "overlap": "overlaps a longer or an earlier span of its layer; left out",
    "same tokens": "has the tokens of an earlier mention; left out, and that one stands for it",
    "same trigger": "has the trigger of an earlier frame; kept, though the format's reader tells the two apart by it",
    "same filler": "has the tokens of an earlier filler of its frame; kept, though the format's reader keeps one role of the two",
    "multi-token trigger": "its trigger has several tokens; the first stands for it",
    "several sentences": "a filler in another sentence than the frame; left out",
    "frame as filler": "a filler that is a frame; left out",
    "filler": "a filler that was itself left out; left out with it",
    "arguments": "arguments of a frame; left out",
    "attributes": "attributes of a frame; left out",
    "default": "an attribute nobody answered; a reader takes its default for the answer",
    "links": "links to other frames; left out",
    "entity": "the name of what a mention refers to; left out",
    "answers": "answers about the whole document; left out",
    "line break": "begins or ends with a line break; narrowed",
    "id": "its id is no name of a file everywhere; the files' names are another",
    "text": "characters that the format's reader changes; offsets behind them count otherwise there",
}
LOSS = "loss.json"
LEAVES_OUT = {"no token", "sentence", "overlap", "same tokens"}  # the item itself; with the others it is in the format
SHOWN = 10  # examples of a kind in LOSS.md; losses.jsonl lists all


class Kind(Struct, frozen=True):
    """How often one kind of loss was met."""

    kind: str
    count: int
    means: str


class Layer(Struct, frozen=True):
    """How many items a layer of spans has in the documents, and how many of them are not in the format."""

    layer: str
    items: int
    left_out: int


class Loss(Struct, frozen=True):
    """What one format could not carry. ``keys``: the record's keys it has no place for at all."""

    format: str
    documents: int
    layers: list[Layer]
    kinds: list[Kind]
    keys: list[str]

    @property
    def count(self) -> int:
        return sum(each.count for each in self.kinds)


class LossReport:
    """Takes losses as they are met, document by document; ``close`` writes LOSS.md and loss.json beside the format's files."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.documents = 0
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, list[dict[str, Any]]] = {}
        self._items: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._layers: dict[str, str] = {}
        self._list: IO[bytes] = (folder / "losses.jsonl").open("wb")

    def document(self, record: dict[str, Any], layers: Collection[str]) -> None:
        """The next document, whose losses come behind; ``layers``: those of spans."""
        self.documents += 1
        self._layers = {item["id"]: layer for layer in layers for item in record[layer]}
        self._items.update(dict.fromkeys(layers, 0))
        self._items.update(self._layers.values())

    def add(self, kind: str, document: str, item: str | None, what: str, count: int = 1) -> None:
        """One thing that was lost: ``what`` says it in words, ``count`` how many there were of it."""
        layer = self._layers.get(item) if item is not None else None
        lost = {"kind": kind, "document": document, "layer": layer, "item": item, "what": what, "count": count}
        self._list.write(msgspec.json.encode(lost) + b"\n")
        self._counts[kind] += count
        if layer is not None and kind in LEAVES_OUT:
            self._left_out[layer] += 1
        examples = self._examples.setdefault(kind, [])
        if len(examples) < SHOWN:
            examples.append(lost)

    def close(self, keys: list[str]) -> Loss:
        kinds = [Kind(kind, self._counts[kind], means) for kind, means in KINDS.items() if self._counts[kind]]
        layers = [Layer(layer, items, self._left_out[layer]) for layer, items in self._items.items()]
        loss = Loss(self.name, self.documents, layers, kinds, keys)
        self._list.close()
        (self.folder / LOSS).write_bytes(msgspec.json.format(msgspec.json.encode(loss)) + b"\n")
        (self.folder / "LOSS.md").write_text(self._words(loss), encoding="utf-8", newline="\n")
        return loss

    def __enter__(self) -> LossReport:
        return self

    def __exit__(self, *_: object) -> None:
        self._list.close()

    def _words(self, loss: Loss) -> str:
        lines = [f"# What {self.name} could not carry", "", f"{loss.documents} documents, {loss.count} losses.", ""]
        if loss.layers:
            lines += ["| layer | items | in it | left out |", "| --- | --- | --- | --- |"]
            lines += [f"| {each.layer} | {each.items} | {each.items - each.left_out} | {each.left_out} |" for each in loss.layers]
            lines += [""]
        if loss.keys:
            lines += [f"This format has no place for these keys of a record: {', '.join(f'`{key}`' for key in loss.keys)}.", ""]
        if not loss.kinds:
            return "\n".join([*lines, "Everything else is in it.", ""])
        lines += ["| kind | count | means |", "| --- | --- | --- |"]
        lines += [f"| {each.kind} | {each.count} | {each.means} |" for each in loss.kinds]
        for each in loss.kinds:
            shown = self._examples[each.kind]
            lines += ["", f"## {each.kind}", ""]
            lines += [
                f"- {_one_line(one['document'])}{', ' + one['item'] if one['item'] else ''}: {_one_line(one['what'])}" for one in shown
            ]
        return "\n".join([*lines, "", "`losses.jsonl` lists every one.", ""])


def _one_line(words: str) -> str:
    return " ".join(words.split())
