"""A release's documents as they are compared: digests of what they say, so that a large release fits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from annotate.errors import BadInput, Problem
from annotate.release.about import ABOUT
from annotate.release.lines import read_lines
from annotate.release.standoff import without_text
from annotate.schema import ChoiceLayer, FrameLayer, LinkLayer, MentionLayer, Schema, load_schema
from annotate.schema.record_schema import SPLITS

Record = dict[str, Any]
# What a record says of its article beside text, split and labels.
ABOUT_ARTICLE = ("original_id", "lang", "title", "zones", "sentences", "source", "date", "group", "weight")


class Answers(NamedTuple):
    """One document, by digests, so that a large release fits: layer → (place → content) of its items, and what its answers rest on."""

    split: str
    text: str
    schema: str
    annotators: bytes
    adjudicated: bool
    withheld: bool
    article: tuple[bytes, ...]  # of each of ABOUT_ARTICLE
    layers: dict[str, Counter[tuple[bytes, bytes]]]


def schema_of(folder: Path) -> Schema:
    path = folder / "schema" / "schema.yaml"
    if not path.is_file():
        raise BadInput(f"{path}: no such file; name the folders of two releases")
    return load_schema(path)


def is_standoff(folder: Path) -> bool:
    """Whether a release says that it holds no text."""
    try:
        return msgspec.json.decode((folder / ABOUT).read_bytes())["text"] is False
    except (OSError, ValueError, KeyError, TypeError):
        return False


def documents_of(folder: Path, schema: Schema, *, hide: bool = False) -> dict[str, Answers]:
    """By id. ``hide``: as a stand-off release would hold them, to be compared with one."""
    said = _said(folder, hide=hide)
    found: dict[str, Answers] = {}
    for split in SPLITS:
        path = folder / f"{split}.jsonl"
        for number, record in enumerate(_lines(path), 1):
            try:
                shown = without_text(schema, record) if hide and record["text"] is not None else record
                found[record["id"]] = _document(schema, split, shown, said.get(record["id"], []))
            except (KeyError, TypeError) as error:
                raise BadInput(
                    f"{path}:{number}: no record of this release ({error!r}); `annotate verify` says what is wrong with it"
                ) from None
    return found


def _document(schema: Schema, split: str, record: Record, said: list[str]) -> Answers:
    provenance = record.get("provenance") or {}
    return Answers(
        split=split,
        text=record["text_sha256"],
        schema=record["schema"],
        annotators=_digest([sorted(provenance.get("annotators") or ()), said]),
        adjudicated=_adjudicated(provenance),
        withheld=provenance.get("resolution") == "withheld",
        article=tuple(_digest(record.get(key)) for key in ABOUT_ARTICLE),
        layers={layer.name: Counter(_items(schema, layer, record)) for layer in schema.layers},
    )


def _said(folder: Path, *, hide: bool) -> dict[str, list[str]]:
    """Document → digests of what each annotator said of it, in order; with ``hide`` but for words."""
    found: dict[str, list[str]] = {}
    for record in _lines(folder / "annotations.jsonl"):
        plain = {key: _without_words(record[key]) if hide else record[key] for key in record if key != "schema"}
        found.setdefault(record["article"], []).append(_digest(plain).hex())
    return {name: sorted(own) for name, own in found.items()}


def _without_words(value: Any) -> Any:
    """A layer without the texts of its spans and the names of its entities."""
    if not isinstance(value, list):
        return value
    return [{key: part for key, part in item.items() if key not in ("text", "entity")} for item in value]


def _lines(path: Path) -> Iterator[Record]:
    if not path.is_file():
        raise BadInput(f"{path}: no such file; name the folders of two releases")
    for _, record in read_lines(path):
        if isinstance(record, Problem):
            raise BadInput(f"{path.parent}/{record}; `annotate verify` says what else is wrong with the release")
        yield record


def _adjudicated(provenance: Mapping[str, Any]) -> bool:
    return provenance.get("adjudicator") is not None or any(each.get("how") == "adjudicated" for each in provenance.get("decisions") or ())


def _items(schema: Schema, layer: MentionLayer | FrameLayer | LinkLayer | ChoiceLayer, record: Record) -> Iterator[tuple[bytes, bytes]]:
    """(place, content) of each answer of a layer, in neither of which an id stands."""
    if isinstance(layer, ChoiceLayer):
        yield from ((_digest(each["name"]), _digest(each["value"])) for each in record[layer.name] if each["value"] is not None)
        return
    places = {item["id"]: _place(name, item) for name in schema.span_layers for item in record[name]}
    if isinstance(layer, LinkLayer):
        for item in record[layer.between]:
            joined = sorted(places.get(other, []) for other in item[layer.name])
            yield from [(_digest(places[item["id"]]), _digest(joined))] if joined else []
        return
    for item in record[layer.name]:
        content = [item["type"], item.get("entity"), item.get("attributes")]
        content.append(sorted([each["role"], places.get(each["ref"], [])] for each in item.get("arguments") or ()))
        yield _digest(places[item["id"]][:3]), _digest(content)


def _place(layer: str, item: Record) -> list[Any]:
    return [layer, item["start"], item["end"], item["type"]]


def _digest(value: Any) -> bytes:
    return blake2b(json.dumps(value, sort_keys=True, ensure_ascii=True).encode(), digest_size=12).digest()
