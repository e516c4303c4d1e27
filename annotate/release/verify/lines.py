"""The lines of a release's JSONL files, each as a typed record or with what is wrong with it.

A line that the codec writes again byte for byte, key order and all, has no key twice, no NaN, no odd escape; only others are looked at
closely.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec
from msgspec import Struct

from annotate.errors import Problem
from annotate.release.lines import READ_AT_ONCE, line_fault, read_json
from annotate.schema.record_schema import ID

Json = dict[str, Any]
NUMBERLIKE = f'does not match "{ID["pattern"]}"'


class Line(NamedTuple):
    """One line: its place (``train.jsonl:3``), its first byte's offset, and a record of the JSON Schema's type or a problem.

    plain: whether the codec writes the record so, byte for byte
    """

    place: str
    offset: int
    raw: bytes
    record: Any
    problem: Problem | None
    plain: bool


def checked_lines(path: Path, described: Json, kind: type[Struct]) -> Iterator[Line]:
    """Every line of a file whose records a JSON Schema describes. ``kind``: its ``record_type``."""
    decode, encode = msgspec.json.Decoder(kind).decode, msgspec.json.Encoder().encode
    validator = jsonschema_rs.validator_for(described)
    offset = 0
    with path.open("rb", READ_AT_ONCE) as file:
        for number, raw in enumerate(file, 1):
            place = f"{path.name}:{number}"
            record, problem = None, None
            try:
                record = decode(raw)
                plain = encode(record) + b"\n" == raw
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                plain = False
            if not plain:
                record, fault = _looked_at(raw, number, described, kind, validator)
                problem = Problem(place, fault) if fault else None
            yield Line(place, offset, raw, record, problem, plain)
            offset += len(raw)


def _looked_at(raw: bytes, number: int, described: Json, kind: type, validator: Any) -> tuple[Any, str | None]:
    """(record, None) or (None, what is wrong with the line)."""
    if (fault := line_fault(raw, number)) is not None:
        return None, fault
    try:
        plain = read_json(raw)
    except ValueError as error:
        return None, f"not JSON: {error}"
    if not isinstance(plain, dict):
        return None, "not a JSON object"
    first = next(iter(validator.iter_errors(plain)), None)
    if first is not None:
        where = "/".join(str(part) for part in first.instance_path)
        return None, f"{where or 'record'}: {first.message.replace(NUMBERLIKE, 'reads like a number')[:200]}"
    if (fault := next(_shape_faults(described, plain, ""), None)) is not None:
        return None, fault
    return msgspec.convert(plain, kind), None


def _shape_faults(part: Json, value: Any, where: str) -> Iterator[str]:
    """What JSON Schema lets pass: 5.0 as an integer, and keys in any order."""
    if isinstance(value, dict):
        if list(value) != list(part["properties"]):
            yield f"{where or 'record'}: its keys are not in the order of the JSON Schema"
        for key, each in value.items():
            yield from _shape_faults(part["properties"][key], each, f"{where}/{key}" if where else key)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _shape_faults(part["items"], each, f"{where}/{number}")
    elif isinstance(value, float) and "integer" in part.get("type", ()):
        yield f"{where}: {value} is no whole number"
