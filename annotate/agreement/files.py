"""The two files anybody can bring, checked row by row: ratings (CSV or JSONL), and spans (JSONL) with their texts.

A number made from some of the rows would not be the number of the file, so a file with bad rows is refused whole, all of them named.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np

from annotate.agreement.categories.ratings import Ratings, ratings_of_columns
from annotate.agreement.categories.weights import as_set
from annotate.agreement.results import Span, Value
from annotate.errors import BadInput

MOST_TOLD = 20
FEW_TOLD = 3
REQUIRED = ("unit", "annotator", "value")
OPTIONAL = ("layer", "document")
Row = TypeVar("Row")


class SpanFile(NamedTuple):
    """Of one layer: its spans with their lines in the file, who read which document, the labels in use."""

    spans: list[Span]
    lines: list[int]
    read: list[tuple[str, str]]
    labels: list[str]


def read_ratings(path: Path, level: str, categories: Sequence[str] | None = None) -> dict[str, Ratings]:
    """Layer → ratings, of a CSV or JSONL file with columns unit, annotator, value, and perhaps layer and document.

    An empty or null value is a missing one. A JSON list is a set of labels, and then a label beside it a set of one. Without ``layer``
    the layer is "ratings"; without ``document`` each unit is a document. Raises BadInput, which names every bad row (the first 20).
    """
    columns, lines = _jsonl_columns(path) if path.suffix in (".jsonl", ".ndjson") else _csv_columns(path)
    _require_columns(path, columns)
    layers = columns.get("layer")
    if layers is None:
        return {"ratings": _layer_ratings(path, columns, lines, level, categories)}
    number, names = _codes(layers)
    _refuse([f"{path}:{line}: no layer; give every row its layer, or leave the column out" for line in lines[number < 0].tolist()])
    found = {}
    for code, name in sorted(enumerate(names), key=lambda each: str(each[1])):
        rows = np.flatnonzero(number == code)
        part = {key: column[rows] for key, column in columns.items()}
        found[str(name)] = _layer_ratings(path, part, lines[rows], level, categories)
    return found


def read_spans(path: Path, texts: Mapping[str, str] | None = None) -> dict[str, SpanFile]:
    """Layer → spans, of a JSONL file with document, annotator, start, end, label, and perhaps layer.

    A null ``start`` says: read it, found nothing. ``texts`` (document → text) are what spans must lie in. Raises as ``read_ratings``.
    """
    rows: dict[str, list[tuple[int, _SpanRow]]] = {}
    problems: list[str] = []
    for line, row in _rows(path, _SpanRow, "document, annotator, start, end, label", problems):
        row.document, row.annotator = str(row.document), str(row.annotator)
        fault = _span_fault(row, texts)
        if fault:
            problems.append(f"{path}:{line}: {fault}")
        rows.setdefault(row.layer, []).append((line, row))
    _refuse(problems)
    return {layer: _span_file(found) for layer, found in sorted(rows.items())}


def read_texts(path: Path) -> dict[str, str]:
    """Document → text, of a JSONL file with document and text. Raises BadInput."""
    texts: dict[str, str] = {}
    problems: list[str] = []
    for line, row in _rows(path, _TextRow, "document and text", problems):
        if texts.setdefault(str(row.document), row.text) != row.text:
            problems.append(f"{path}:{line}: another text of document {row.document!r} came before; keep one of the two")
    _refuse(problems)
    return texts


class _SpanRow(msgspec.Struct):
    document: str | int
    annotator: str | int
    start: int | None
    end: int | None = None
    label: str | None = None
    layer: str = "spans"


class _TextRow(msgspec.Struct):
    document: str | int
    text: str


class _RatingRow(msgspec.Struct):
    unit: str | int
    annotator: str | int
    value: str | int | float | bool | list[str] | None
    layer: str | None = None
    document: str | int | None = None


def _span_fault(row: _SpanRow, texts: Mapping[str, str] | None) -> str | None:
    text = None if texts is None else texts.get(str(row.document))
    if texts is not None and text is None:
        return f"document {row.document!r} has no text; add it to the texts, or leave the texts out"
    if row.start is None:
        return None
    if row.end is None or row.label is None:
        return "a span without an end or a label; give both, or a null start for a document without spans"
    if not 0 <= row.start < row.end:
        return f"a span from {row.start} to {row.end}; offsets are code points from 0, the end is after the start and not part of the span"
    if text is not None and row.end > len(text):
        return f"the span ends at {row.end}, the text of {row.document!r} at {len(text)}; offsets are code points"
    return None


def overlapping(path: Path, file: SpanFile) -> list[str]:
    """Spans of one annotator that overlap, by their lines (the first few): one continuum cannot hold them, so some measures are null."""
    told: list[str] = []
    furthest: dict[tuple[str, str], tuple[int, int]] = {}  # (document, annotator) → end and line of the span that reaches furthest
    ordered = sorted(
        zip(file.spans, file.lines, strict=True), key=lambda each: (each[0].document, each[0].annotator, each[0].start, each[1])
    )
    for span, line in ordered:
        end, other = furthest.get((span.document, span.annotator), (0, 0))
        if span.start < end:
            told.append(
                f"{path}:{line}: {span.start}–{span.end} {span.label} overlaps the span in line {other}, of the same annotator; so u_alpha "
                "and its kin are null: read their values by type, or gamma"
            )
        furthest[span.document, span.annotator] = max((end, other), (span.end, line))
    more = [f"and {len(told) - FEW_TOLD} more like these"] if len(told) > FEW_TOLD else []
    return told[:FEW_TOLD] + more


def _span_file(rows: list[tuple[int, _SpanRow]]) -> SpanFile:
    marked = [
        (Span(str(row.document), str(row.annotator), row.start, row.end, row.label), line)
        for line, row in rows
        if row.start is not None and row.end is not None and row.label is not None
    ]
    spans, lines = [span for span, _ in marked], [line for _, line in marked]
    read = sorted({(str(row.document), str(row.annotator)) for _, row in rows})
    return SpanFile(spans, lines, read, sorted({each.label for each in spans}))


def _csv_columns(path: Path) -> tuple[dict[str, Any], Any]:
    """Columns of strings, NaN where a field is empty; and each row's line in the file."""
    import pandas

    try:
        # All columns and no index: else fields that a row has too many are dropped, or shift the others, without a word.
        with warnings.catch_warnings(category=pandas.errors.ParserWarning, action="error"):
            table = pandas.read_csv(
                path,
                dtype=str,
                index_col=False,
                keep_default_na=False,
                na_values=[""],
                encoding="utf-8-sig",
                skip_blank_lines=False,
            )
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except pandas.errors.EmptyDataError:
        raise BadInput(f"{path}: empty; the first line names the columns: unit, annotator, value") from None
    except pandas.errors.ParserWarning:
        raise BadInput(f"{path}:2: more fields than the first line has columns; quote a field that holds a comma") from None
    except (pandas.errors.ParserError, ValueError) as error:
        raise BadInput(f"{path}: not a table in CSV ({str(error).strip()}); quote a field that holds a comma") from None
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    twice = [name for name in (*REQUIRED, *OPTIONAL) if f"{name}.1" in table]
    _refuse([f"{path}:1: two columns are named {name}; rename the one that is not meant" for name in twice])
    empty = table.isna().all(axis=1).to_numpy()
    lines = np.flatnonzero(~empty) + 2
    found = [name for name in (*REQUIRED, *OPTIONAL) if name in table]
    return {name: table[name][~empty].to_numpy(dtype=object) for name in found}, lines


def _jsonl_columns(path: Path) -> tuple[dict[str, Any], Any]:
    problems: list[str] = []
    read = list(_rows(path, _RatingRow, "unit, annotator, value", problems))
    _refuse(problems)
    lines, rows = [line for line, _ in read], [row for _, row in read]
    columns: dict[str, Any] = {
        "unit": _column([str(row.unit) for row in rows]),
        "annotator": _column([str(row.annotator) for row in rows]),
        "value": _column([_json_value(row.value) for row in rows]),
    }
    if any(row.layer is not None for row in rows):
        columns["layer"] = _column([row.layer for row in rows])
    if any(row.document is not None for row in rows):
        columns["document"] = _column([None if row.document is None else str(row.document) for row in rows])
    return columns, np.array(lines, dtype=np.int64)


def _json_value(value: str | int | float | bool | list[str] | None) -> Value | None:
    if isinstance(value, list):
        return frozenset(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 1.0 and 1 are one number in JSON
    return value if isinstance(value, str) or value is None else msgspec.json.encode(value).decode()


def _rows(path: Path, kind: type[Row], has: str, problems: list[str]) -> Iterator[tuple[int, Row]]:
    """The rows of a JSONL file with their lines; what cannot be read is told to ``problems``."""
    for line, body in _lines(path):
        try:
            yield line, msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError as error:
            problems.append(f"{path}:{line}: {error}; a row has {has}")
        except UnicodeDecodeError:
            problems.append(f"{path}:{line}: not UTF-8; save the file as UTF-8")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers. Raises BadInput when there are none."""
    empty = True
    try:
        with path.open("rb") as file:
            for line, body in enumerate(file, 1):
                if body.strip():
                    empty = False
                    yield line, body.removeprefix(b"\xef\xbb\xbf") if line == 1 else body
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    if empty:
        raise BadInput(f"{path}: empty; it has one JSON object a line")


def _require_columns(path: Path, columns: Mapping[str, Any]) -> None:
    lacking = [name for name in REQUIRED if name not in columns]
    if lacking:
        raise BadInput(f"{path}: no column {', '.join(lacking)}; the first line names the columns: unit, annotator, value")


def _layer_ratings(path: Path, columns: Mapping[str, Any], lines: Any, level: str, categories: Sequence[str] | None) -> Ratings:
    remedies = dict.fromkeys(("unit", "annotator"), "every row names its unit and annotator")
    for name, remedy in (remedies | {"document": "give every row its document, or leave the column out"}).items():
        if name in columns:
            codes, _ = _codes(columns[name])
            _refuse([f"{path}:{line}: no {name}; {remedy}" for line in lines[codes < 0].tolist()])
    codes, used = _codes(columns["value"])
    values, scale = _values(path, level, codes, used, lines, categories)

    def place(row: int) -> str:
        return f"{path}:{lines[row - 1]}"

    return ratings_of_columns(columns["unit"], columns["annotator"], values, columns.get("document"), scale, place=place)


def _values(
    path: Path, level: str, codes: Any, used: list[Any], lines: Any, categories: Sequence[str] | None
) -> tuple[Any, Sequence[Value] | None]:
    """The values as the level wants them, and the scale in order (None: as the values sort)."""
    made: list[Any] = used
    scale: Sequence[Value] | None = categories
    if level == "nominal" and any(isinstance(each, frozenset) for each in used):
        made, scale = [as_set(each) for each in used], None
        _refuse(_unknown_labels(path, codes, made, lines, categories))
    elif level in ("interval", "ratio"):
        made = [_number(each) for each in used]
        _refuse(_not_numbers(path, level, codes, used, made, lines))
        scale = _numbers(level, categories) if categories else None
    elif level == "ordinal" and categories is None:
        if any(isinstance(each, frozenset) for each in used):
            raise BadInput(f"{path}: sets of labels have no order; use --level nominal")
        if any(_number(each) is None for each in used):
            raise BadInput(f"{path}: the order of {_listed(used)} is not known; give it: --categories low,middle,high")
        scale = sorted(used, key=lambda each: (_number(each), each))
    values = np.empty(len(made) + 1, object)
    values[:-1] = made
    values[-1] = None
    return values[codes], scale


def _unknown_labels(path: Path, codes: Any, sets: list[frozenset[str]], lines: Any, categories: Sequence[str] | None) -> list[str]:
    """Labels in sets that are not declared, in words."""
    problems = []
    for code, labels in enumerate(sets):
        unknown = sorted(labels.difference(categories or labels))
        if unknown:
            fault = f"the label {unknown[0]!r} is not one of {', '.join(categories or ())}; correct it, or declare it"
            problems += [(line, fault) for line in lines[codes == code].tolist()]
    return [f"{path}:{line}: {fault}" for line, fault in sorted(problems)]


def _numbers(level: str, categories: Sequence[str]) -> list[float]:
    """Declared categories as numbers. Raises BadInput."""
    numbers = [(each, _number(each)) for each in categories]
    _refuse(
        [f"the category {each!r} is not a number, which the level {level} needs; correct it" for each, number in numbers if number is None]
    )
    return [number for _, number in numbers if number is not None]


def _not_numbers(path: Path, level: str, codes: Any, used: list[Any], made: list[float | None], lines: Any) -> list[str]:
    problems: list[tuple[int, str]] = []
    for code, (value, number) in enumerate(zip(used, made, strict=True)):
        if number is None:
            shown = sorted(value) if isinstance(value, frozenset) else value
            fault = f"the value {shown!r} is not a number, which the level {level} needs; correct it, or use --level ordinal or nominal"
        elif level == "ratio" and number < 0:
            fault = f"the value {value} is negative, and the level ratio has a true zero; correct it, or use --level interval"
        else:
            continue
        problems += [(line, fault) for line in lines[codes == code].tolist()]
    return [f"{path}:{line}: {fault}" for line, fault in sorted(problems)]


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _codes(column: Any) -> tuple[Any, list[Any]]:
    """A column's values by number, -1 where missing, and the distinct values."""
    import pandas

    codes, names = pandas.factorize(column)
    return codes, list(names)


def _column(values: Sequence[Any]) -> Any:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _listed(values: Sequence[Any]) -> str:
    shown = ", ".join(str(each) for each in list(values)[:5])
    return shown + (", …" if len(values) > 5 else "")


def _refuse(problems: list[str]) -> None:
    if problems:
        more = [f"and {len(problems) - MOST_TOLD} more like these"] if len(problems) > MOST_TOLD else []
        raise BadInput("\n".join(problems[:MOST_TOLD] + more))
