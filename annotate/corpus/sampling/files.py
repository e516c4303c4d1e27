"""A pool of articles in Parquet and JSONL files, by path or URL, read by columns and in batches: memory does not grow with its texts.

JSONL on this machine is read by the base install; Parquet, and what has a URL, by the extra `corpus`. Rows are as ingest takes them, but
an ``id`` and a ``text`` are required; columns that ingest does not know are left alone.
"""

from __future__ import annotations

import datetime
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from annotate.corpus.inputs import Input, found, is_parquet, is_remote, open_input
from annotate.corpus.row import Row
from annotate.errors import BadInput, Problem
from annotate.records import Date

BATCH = 2048  # rows held at a time
STREAMED: dict[str, Any] = {"pre_buffer": False, "buffer_size": 1 << 20}  # else pyarrow holds whole columns of the file
REQUIRED = ("id", "text")
OPTIONAL = ("title", "duplicates", "story")  # any other column that is asked for must be in a Parquet file
KNOWN = frozenset((*Row.__struct_fields__, "html", "zones", "sha256", "date_span", "date_doubt"))  # the last four of `annotate pool`
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TYPES: dict[str, Any] = {"id": str | int | None, "date": Date | str | int | None}  # what stands in JSON; the others are str | None


class Batch(NamedTuple):
    """Some rows of one file.

    numbers: where each row stands, from 1: the line of a JSONL file, the row of a Parquet file
    columns: name → value of each row, None where it has none; ``length`` is that of the text, in code points
    """

    numbers: list[int]
    columns: dict[str, list[Any]]


def names(files: Sequence[Input]) -> list[str]:
    """Each file's path below the folder that all of them lie in, and likewise each URL: what a manifest may say of a machine."""
    places = [file.url if is_remote(file.url) else Path(file.url).resolve().as_posix() for file in files]
    folders = {
        kind: posixpath.commonpath([posixpath.dirname(place) for place in places if is_remote(place) is kind])
        for kind in set(map(is_remote, places))
    }
    return [posixpath.relpath(place, folders[is_remote(place)]) for place in places]


def sha256_of(file: Input) -> str | None:
    """None of what has a URL: of that only the wanted columns are fetched."""
    if is_remote(file.url):
        return None
    with Path(file.url).open("rb") as body:
        return file_digest(body, "sha256").hexdigest()


def require_unchanged(file: Input) -> None:
    """Raises BadInput for a local file that is another than when it was found."""
    try:
        same = is_remote(file.url) or found(file.url) == file
    except OSError:
        same = False
    if not same:
        raise changed(file)


def changed(file: Input) -> BadInput:
    return BadInput(f"{file.url}: it changed while it was read; draw again when nobody writes to it")


def _parquet_source(file: Input) -> AbstractContextManager[Any]:
    """pyarrow reads a local file faster by itself."""
    return open_input(file.url) if is_remote(file.url) else nullcontext(file.url)


def read_columns(file: Input, columns: Sequence[str], problems: list[Problem]) -> Iterator[Batch]:
    """The columns of every row that has an id; rows without go to the problems.

    Raises BadInput where the file cannot be read or lacks a column.
    """
    batches = _parquet(file, columns) if is_parquet(file) else _jsonl(file, columns, problems)
    try:
        for batch in batches:
            yield _sound(file, batch, problems)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from None


def _sound(file: Input, batch: Batch, problems: list[Problem]) -> Batch:
    """The rows that have an id without a NUL, which ids are joined by. An id that is a number becomes a string, as in ingest."""
    ids = [None if each is None else str(each) for each in batch.columns["id"]]
    good = [place for place, each in enumerate(ids) if each and each.strip() and "\0" not in each]
    if len(good) == len(ids):
        return Batch(batch.numbers, batch.columns | {"id": ids})
    bad = sorted(set(range(len(ids))) - set(good))
    problems += [Problem(f"{file.url}:{batch.numbers[place]}", "no id that can be used; give every article of a pool one") for place in bad]
    columns = {name: [values[place] for place in good] for name, values in (batch.columns | {"id": ids}).items()}
    return Batch([batch.numbers[place] for place in good], columns)


def _jsonl(file: Input, columns: Sequence[str], problems: list[Problem]) -> Iterator[Batch]:
    """Only the wanted keys of a line are decoded."""
    keys = ["text" if name == "length" else name for name in columns]
    decoder = msgspec.json.Decoder(msgspec.defstruct("Row", [(key, TYPES.get(key, str | None), None) for key in dict.fromkeys(keys)]))
    with open_input(file.url) as body:
        found = ((number, _decoded(file, number, line, decoder, problems)) for number, line in enumerate(body, 1))
        sound = ((number, row) for number, row in found if row is not None)
        while rows := list(islice(sound, BATCH)):
            values = {name: [getattr(each, key) for _, each in rows] for name, key in zip(columns, keys, strict=True)}
            if "length" in values:
                values["length"] = [len(text or "") for text in values["length"]]
            yield Batch([number for number, _ in rows], values)


def _decoded(file: Input, number: int, line: bytes, decoder: msgspec.json.Decoder[Any], problems: list[Problem]) -> Any:
    line = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
    if not line.strip():
        return None
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problems.append(Problem(f"{file.url}:{number}", f"not an article as a JSON object in UTF-8 ({error}); mend this line"))
        return None


def _parquet(file: Input, columns: Sequence[str]) -> Iterator[Batch]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    stored = list(dict.fromkeys("text" if name == "length" else name for name in columns))
    try:
        with _parquet_source(file) as source, pq.ParquetFile(source, **STREAMED) as opened:
            _require_columns(file, stored, opened.schema_arrow.names)
            first = 1
            there = [name for name in stored if name in opened.schema_arrow.names]
            for some in opened.iter_batches(BATCH, columns=there, use_threads=False):
                values = {name: some.column(name).to_pylist() if name in there else [None] * some.num_rows for name in columns}
                if "length" in columns:
                    values["length"] = pc.fill_null(pc.utf8_length(some.column("text")), 0).to_pylist()
                yield Batch(list(range(first, first + some.num_rows)), values)
                first += some.num_rows
    except pa.ArrowException as error:
        raise _unreadable(file, error) from None


def _require_columns(file: Input, wanted: Sequence[str], there: Sequence[str]) -> None:
    if missing := [name for name in dict.fromkeys((*REQUIRED, *wanted)) if name not in (*there, *OPTIONAL)]:
        needs = ", ".join(f"`{name}`" for name in missing)
        raise BadInput(f"{file.url}: no column {needs}; it has {', '.join(there)}: rename what is meant, or leave this file out")


def read_rows(file: Input, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """(number, row or what is wrong with it) of the numbered rows in their order; as ingest takes them from JSONL: what it knows and is
    not null."""
    found = _parquet_rows(file, numbers) if is_parquet(file) else _jsonl_rows(file, numbers)
    try:
        for number, row in found:
            yield number, row if isinstance(row, Problem) else plain_row(row)
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def _jsonl_rows(file: Input, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Of these lines only what the draw needs was decoded before."""
    wanted, decoder, problems = set(numbers), msgspec.json.Decoder(dict[str, Any]), list[Problem]()
    with open_input(file.url) as body:
        for number, line in enumerate(body, 1):
            if number in wanted:
                row = _decoded(file, number, line, decoder, problems)
                yield number, problems.pop() if problems else row or {}


def _parquet_rows(file: Input, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Only row groups that hold a wanted row are read, and of those only the wanted rows become Python objects."""
    import pyarrow.parquet as pq

    wanted, first = sorted(numbers), 1
    with _parquet_source(file) as source, pq.ParquetFile(source, **STREAMED) as opened:
        for group in range(opened.num_row_groups):
            behind = first + opened.metadata.row_group(group).num_rows
            if any(first <= number < behind for number in wanted):
                for some in opened.iter_batches(BATCH, row_groups=[group], use_threads=False):
                    here = [number for number in wanted if first <= number < first + some.num_rows]
                    yield from zip(here, some.take([number - first for number in here]).to_pylist() if here else [], strict=True)
                    first += some.num_rows
            first = behind


def plain_row(row: dict[str, Any]) -> dict[str, Any]:
    """What ingest knows of a row, as JSON would have it."""
    return {name: _plain(value) for name, value in row.items() if name in KNOWN and value is not None}


def _plain(value: Any) -> Any:
    """A date as ingest reads it."""
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if each is not None}
    return value.isoformat() if isinstance(value, datetime.date) else value


def _unreadable(file: Input, error: Exception) -> BadInput:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return BadInput(f"{file.url}: cannot be read ({reason}); mend it, or leave it out of the pool")
