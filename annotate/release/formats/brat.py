"""brat stand-off: a text file and an .ann file an article, and annotation.conf, which brat and bratiaa take the schema from.

The format: brat.nlplab.org/standoff.html. Mentions are text-bound annotations (T), frames events (E) on triggers of theirs, attributes A,
links equivalences (*), and what a mention refers to a normalisation (N) whose database is ``entity``. Offsets are code points, as brat's.
Where two layers share a type's name it is ``layer-TYPE``.

An .ann line cannot hold a line break, so a span with one is written as brat writes it: in fragments, the break between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

from annotate.release.formats.brat_conf import annotation_conf
from annotate.release.formats.left_out import answers_left_out, keys_left_out
from annotate.release.formats.loss import LossReport
from annotate.release.formats.source import Source
from annotate.schema import FrameLayer, MentionLayer, Schema
from annotate.schema.flat_names import flat_names
from annotate.schema.record_schema import SPLITS

Record = dict[str, Any]
Names = dict[tuple[str, str], str]

BREAK = re.compile(r"[\r\n]+")  # what ends a line for a reader with universal newlines
# What a file's name cannot have, or does not show, on one system or another; and what Windows takes for a device.
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|%\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|^[.-]')
DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)")
LONGEST_NAME = 200  # bytes; file systems allow 255
FOLDER = 1000  # articles: brat lists a folder whole, and reads every file of it to do so


def write(source: Source, folder: Path, report: LossReport) -> list[str]:
    """``annotation.conf`` and ``<split>/<article>.txt`` and ``.ann``, in folders ``0001`` … where a split has more articles than one should
    hold; the record's keys that have no place in it.
    """
    names = flat_names(source.schema)
    (folder / "annotation.conf").write_text(annotation_conf(source.schema, names), encoding="utf-8", newline="\n")
    for split in SPLITS:
        for record, path in _placed(source, split, folder / split):
            report.document(record, source.schema.span_layers)
            if path.name != record["id"]:
                report.add("id", record["id"], None, path.name)
            lines = "".join(f"{line}\n" for line in ann_lines(source.schema, names, record, report))
            path.with_name(f"{path.name}.txt").write_bytes(record["text"].encode("utf-8"))
            path.with_name(f"{path.name}.ann").write_bytes(lines.encode("utf-8"))
    return keys_left_out(source.described, source.schema, "id", "text", "split")


def _placed(source: Source, split: str, folder: Path) -> Iterator[tuple[Record, Path]]:
    """Each record with the path of its files, but for their suffix. No two differ in capitals or composition alone, as on some systems
    they would be one.
    """
    lines = source.lines(split)
    several = lines > FOLDER
    if lines:  # a release holds no empty folder
        folder.mkdir()
    taken: set[str] = set()
    for number, record in enumerate(source.texts(split)):
        if several and number % FOLDER == 0:
            taken = set()
            folder = folder.parent / f"{number // FOLDER + 1:04}" if number else folder / "0001"
            folder.mkdir()
        name = wanted = file_name(record["id"])
        again = 1
        while (key := normalize("NFC", name).casefold()) in taken:
            again += 1
            name = f"{wanted}-{again}"
        taken.add(key)
        yield record, folder / name


def file_name(article: str) -> str:
    """An article's id as a file's name: what a file system could stumble over is percent-encoded, a long one ends in its digest."""
    name = UNSAFE.sub(lambda found: _encoded(found[0]), article)
    name = DEVICE.sub(lambda found: _encoded(found[0][0]) + found[0][1:], name, count=1) if DEVICE.match(name) else name
    if len(name.encode("utf-8")) <= LONGEST_NAME:
        return name
    cut = name.encode("utf-8")[: LONGEST_NAME - 17].decode("utf-8", "ignore")
    return f"{cut}-{sha256(article.encode('utf-8')).hexdigest()[:16]}"


def _encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8"))


def ann_lines(schema: Schema, names: Names, record: Record, report: LossReport) -> Iterator[str]:
    """The lines of a record's .ann file."""
    _report_text(record, report)
    layers = [name for name in schema.span_layers if name in record]
    spans = {item["id"]: (layer, item, _fragments(record, item, report)) for layer in layers for item in record[layer]}
    kept = {name: found for name, found in spans.items() if found[2]}
    triggers = {name: f"T{number}" for number, name in enumerate(kept, 1)}
    frame_layers = {layer.name for layer in schema.frame_layers}
    frames = [name for name, (layer, *_) in kept.items() if layer in frame_layers]
    ids = triggers | {name: f"E{number}" for number, name in enumerate(frames, 1)}
    for name, (layer, item, fragments) in kept.items():
        places = ";".join(f"{start} {end}" for start, end in fragments)
        words = " ".join(record["text"][start:end] for start, end in fragments)
        yield f"{triggers[name]}\t{names[layer, item['type']]} {places}\t{words}"
    for name in frames:
        layer, item, _ = kept[name]
        yield _event(schema.span_layers[layer], record["id"], item, f"{names[layer, item['type']]}:{triggers[name]}", ids, report)
    yield from _attributes(schema, record, ids, report)
    yield from _entities(schema, record, ids)
    yield from _links(schema, record, ids, report)
    answers_left_out(record, schema, report)


def _fragments(record: Record, item: Record, report: LossReport) -> list[tuple[int, int]]:
    """The parts of an item's span between its line breaks."""
    start, text = item["start"], record["text"][item["start"] : item["end"]]
    edges = [0, *(edge for found in BREAK.finditer(text) for edge in found.span()), len(text)]
    fragments = [(start + a, start + b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    if not fragments:
        report.add("no token", record["id"], item["id"], item["text"])
    elif (fragments[0][0], fragments[-1][1]) != (start, item["end"]):
        report.add("line break", record["id"], item["id"], item["text"])
    return fragments


def _event(layer: MentionLayer | FrameLayer, document: str, item: Record, head: str, ids: dict[str, str], report: LossReport) -> str:
    """A role that is filled again is numbered, as brat does it; never so that it reads as another role."""
    roles = {role.name for role in layer.roles} if isinstance(layer, FrameLayer) else set()
    used: set[str] = set()
    parts = [head]
    for argument in item["arguments"]:
        if argument["ref"] not in ids:
            report.add("filler", document, item["id"], f"{argument['role']}={argument['ref']}")
            continue
        role, number = argument["role"], 2
        while role in used or (role in roles and role != argument["role"]):
            role, number = f"{argument['role']}{number}", number + 1
        used.add(role)
        parts.append(f"{role}:{ids[argument['ref']]}")
    return f"{ids[item['id']]}\t{' '.join(parts)}"


def _attributes(schema: Schema, record: Record, ids: dict[str, str], report: LossReport) -> Iterator[str]:
    number = 0
    for layer in schema.frame_layers:
        for frame in record[layer.name]:
            defaults = layer.defaults(frame["type"])
            for name, value in frame["attributes"].items():
                if value is None and defaults.get(name) is not None:
                    report.add("default", record["id"], frame["id"], name)
                if value is not None and frame["id"] in ids:
                    number += 1
                    yield f"A{number}\t{name} {ids[frame['id']]} {value}"


def _entities(schema: Schema, record: Record, ids: dict[str, str]) -> Iterator[str]:
    number = 0
    for layer in schema.mention_layers:
        for mention in record[layer.name]:
            entity = mention["entity"]
            if entity not in (None, "", mention["text"]) and mention["id"] in ids:
                number += 1
                yield f"N{number}\tReference {ids[mention['id']]} entity:{quote(entity, safe='')}\t{' '.join(entity.split())}"


def _links(schema: Schema, record: Record, ids: dict[str, str], report: LossReport) -> Iterator[str]:
    for link in schema.link_layers:
        told: set[str] = set()
        for frame in record[link.between]:
            if frame["id"] in told or not frame[link.name]:
                continue
            together = [frame["id"], *frame[link.name]]
            told |= set(together)
            here = [ids[name] for name in together if name in ids]
            if len(here) < len(together):
                report.add("links", record["id"], frame["id"], f"{link.name} {', '.join(together)}", len(together) - len(here))
            if len(here) > 1:
                yield f"*\t{link.name} {' '.join(here)}"


def _report_text(record: Record, report: LossReport) -> None:
    """Readers with universal newlines take CR LF for one character; some drop a byte order mark."""
    for characters, name in (("\r\n", "CR LF"), ("\ufeff", "a byte order mark at its start")):
        there = record["text"].startswith(characters) if characters == "\ufeff" else characters in record["text"]
        if there:
            report.add("text", record["id"], None, name)
