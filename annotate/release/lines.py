"""JSON as releases hold it. JSONL: UTF-8, LF, one compact object a line, keys in the record's order; other files are for people too."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonlines
import msgspec

from annotate.errors import Problem

READ_AT_ONCE = 2**17  # bytes: lines are of some 20 kB, and put together from pieces of 8 kB they take three times as long


@contextmanager
def line_writer(path: Path) -> Iterator[jsonlines.Writer]:
    """Writes records to a new file."""
    with path.open("wb") as file, jsonlines.Writer(file, dumps=msgspec.json.Encoder().encode) as writer:
        yield writer


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Write records; how many."""
    with line_writer(path) as writer:
        return sum(1 for record in records if writer.write(record))


def read_lines(path: Path) -> Iterator[tuple[str, dict[str, Any] | Problem]]:
    """(place, record or what is wrong with the line), strictly: no BOM, no CR, no key twice, no NaN, no lone surrogate."""
    with path.open("rb", READ_AT_ONCE) as file:
        for number, raw in enumerate(file, 1):
            place = f"{path.name}:{number}"
            fault = line_fault(raw, number)
            if fault is not None:
                yield place, Problem(place, fault)
                continue
            try:
                record = read_json(raw)
            except ValueError as error:
                yield place, Problem(place, f"not JSON: {error}")
                continue
            yield place, record if isinstance(record, dict) else Problem(place, "not a JSON object")


def read_json(raw: bytes) -> Any:
    """One JSON value, strictly. Raises ValueError."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if b"\\u" in raw:  # only an escape can hold half a character
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("half of a surrogate pair") from None
    return value


def line_fault(raw: bytes, number: int) -> str | None:
    """What is wrong with a line's bytes, before it is read as JSON."""
    if number == 1 and raw.startswith(b"\xef\xbb\xbf"):
        return "starts with a byte order mark"
    if not raw.strip():
        return "is an empty line"
    if raw.endswith(b"\r\n"):
        return "ends in CR LF"
    if not raw.endswith(b"\n"):
        return "has no line end: the file was cut"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start}"
    return None


def pretty(document: Any) -> bytes:
    """JSON for files that people look into."""
    return msgspec.json.format(msgspec.json.encode(document)) + b"\n"


def as_json(value: Any) -> str:
    """A JSON Schema, or Croissant, as the release's files hold it."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise ValueError("a key stands twice")
    return plain


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_constant(digits)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
