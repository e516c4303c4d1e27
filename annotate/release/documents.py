"""The JSONL files of a release, written document by document: memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import jsonlines
import msgspec
from msgspec import Struct

from annotate.release.about import WITHHELD, Counts, FileSum, Tally, of_record
from annotate.release.lines import line_writer
from annotate.release.records import Record
from annotate.release.standoff import annotation_without_text, without_text
from annotate.release.sums import SUMS, sums
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

ANNOTATIONS = "annotations"
NAMES = (*SPLITS, ANNOTATIONS)
KEPT_BACK = """# Labels that a release withholds

Gold of {splits}, and what annotators said of it, which the release in the folder of this name without `-labels` gives without labels.
Whoever gets that release to be tested on must not get this folder. `annotate score RELEASE PREDICTIONS --gold THIS_FOLDER` scores with it.
"""
TOLD = ("guidelines", "tool")  # what provenance keeps of a document whose labels are withheld


class Document(NamedTuple):
    """A gold record with text and labels, and what each annotator said of it, in the order of their pseudonyms."""

    gold: Record
    annotations: list[Record]

    def lines(self) -> list[tuple[str, Record]]:
        """(file, record) of each of its lines."""
        return [(self.gold["split"], self.gold), *((ANNOTATIONS, each) for each in self.annotations)]


class Wanted(Struct, frozen=True):
    """``text`` False: a stand-off release. ``withhold``: splits whose labels go into a folder of their own, beside."""

    text: bool = True
    withhold: tuple[str, ...] = ()


def write_documents(
    folder: Path, documents: Iterable[Document], schema: Schema, wanted: Wanted, labels: Path | None = None
) -> tuple[Counts, list[FileSum]]:
    """Write documents that come in the order of their ids: (what the files hold, the sums those of a stand-off release have with text).

    ``labels``: where what is withheld goes, with sums.
    """
    tally = Tally(schema)
    full = {name: sha256() for name in NAMES}
    with ExitStack() as stack:
        out = _open(stack, folder, NAMES)
        held = _open(stack, labels, (*wanted.withhold, ANNOTATIONS)) if labels is not None else None
        for document in documents:
            released = document
            if document.gold["split"] in wanted.withhold:
                if held is not None:
                    _write(held, document if wanted.text else _standoff(schema, document))
                released = Document(without_labels(schema, document.gold), [])
            if not wanted.text:
                for name, record in released.lines():
                    full[name].update(msgspec.json.encode(record) + b"\n")
                released = _standoff(schema, released)
            _write(out, released)
            tally.add_document(of_record(released.gold, schema))
            for each in released.annotations:
                tally.add_annotation(each["annotator"])
    if labels is not None:
        (labels / "README.md").write_text(KEPT_BACK.format(splits=" and ".join(wanted.withhold)), encoding="utf-8", newline="\n")
        (labels / SUMS).write_text(sums(labels), encoding="utf-8", newline="\n")
    return tally.counts(), [] if wanted.text else [FileSum(f"{name}.jsonl", each.hexdigest()) for name, each in full.items()]


def without_labels(schema: Schema, record: Record) -> Record:
    """A gold record as the input of a test: every key is there, and says nothing of what was found in the text."""
    layers: Record = {name: [] for name in schema.span_layers}
    for layer in schema.choice_layers:
        layers[layer.name] = [{"name": each.name, "value": None, "distribution": []} for each in layer.questions]
    told = {key: value if key in TOLD else [] if isinstance(value, list | tuple) else None for key, value in record["provenance"].items()}
    return record | layers | {"provenance": told | {"resolution": WITHHELD}}


def _standoff(schema: Schema, document: Document) -> Document:
    text = document.gold["text"]
    return Document(without_text(schema, document.gold), [annotation_without_text(schema, each, text) for each in document.annotations])


def _open(stack: ExitStack, folder: Path, names: Iterable[str]) -> dict[str, jsonlines.Writer]:
    folder.mkdir(exist_ok=True)
    return {name: stack.enter_context(line_writer(folder / f"{name}.jsonl")) for name in names}


def _write(out: Mapping[str, jsonlines.Writer], document: Document) -> None:
    for name, record in document.lines():
        out[name].write(record)
