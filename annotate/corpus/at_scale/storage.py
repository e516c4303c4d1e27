"""Files on this machine or in an object store, by path or URL. What is written appears at once and whole, or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem

from annotate.corpus.inputs import is_remote
from annotate.errors import BadInput
from annotate.workspace_lock import LOCK, one_at_a_time

RESERVED = "%:/?#[]@!$&'()*+,;=~"  # of a URL; PyArrow wants what is neither these nor ASCII written with %
UNFINISHED = re.compile(r".+\.\d+~")


class Place(NamedTuple):
    """A path and the file system that it is of."""

    system: Any
    path: str


def place_of(url: str) -> Place:
    """Of a path, or a URL that PyArrow writes to: s3://, gs://, file://. Raises BadInput for another."""
    if not is_remote(url):
        return Place(LocalFileSystem(), str(Path(url).absolute()))
    try:
        return Place(*FileSystem.from_uri(quote(url, RESERVED)))
    except pa.ArrowInvalid as error:
        raise BadInput(f"{url}: cannot be written to ({error}); name a folder, or a URL that begins with s3://, gs:// or file://") from None


def is_there(url: str) -> bool:
    system, path = place_of(url)
    return system.get_file_info(path).type is not FileType.NotFound


def inside(url: str) -> list[str]:
    """The names of what lies in a folder, in order; nothing where there is none."""
    system, path = place_of(url)
    return sorted(each.base_name for each in system.get_file_info(FileSelector(path, allow_not_found=True)))


def read(url: str) -> bytes:
    system, path = place_of(url)
    with system.open_input_file(path) as file:
        return bytes(file.read())


def write(url: str, content: bytes) -> None:
    with _whole(url) as file:
        file.write(content)


def packing(url: str) -> str:
    """How articles that one stage leaves for the next are compressed: not at all on a disk of this machine, which takes them faster than a
    processor packs them."""
    return "lz4" if is_remote(url) else "none"


@contextmanager
def parquet(url: str, schema: pa.Schema, **how: Any) -> Iterator[pq.ParquetWriter]:
    """A Parquet file to write to, which is there once all of it is."""
    with _whole(url) as file, pq.ParquetWriter(file, schema, **how) as writer:
        yield writer


@contextmanager
def _whole(url: str) -> Iterator[Any]:
    """An object store shows an object when it is complete; a local file is written beside its place, then renamed into it."""
    system, path = place_of(url)
    local = isinstance(system, LocalFileSystem)
    written = f"{path}.{os.getpid()}~" if local else path
    if local:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        with system.open_output_stream(written) as file:
            yield file
        if local:
            Path(written).replace(path)
    finally:
        if local:
            Path(written).unlink(missing_ok=True)


def remove(url: str) -> None:
    """A folder and all that is in it."""
    system, path = place_of(url)
    if is_there(url):
        system.delete_dir(path)


def remove_file(url: str) -> None:
    system, path = place_of(url)
    system.delete_file(path)


@contextmanager
def held(url: str, command: str, done: str) -> Iterator[None]:
    """A folder for this command alone. Raises Unmet while another has it; an object store cannot tell, so there it is nobody's.

    The lock goes once the file ``done`` is there: who comes later looks for that first.
    """
    system, path = place_of(url)
    if not isinstance(system, LocalFileSystem) or is_there(f"{url}/{done}"):
        yield
        return
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder, command):
        yield
        if (folder / done).exists():
            (folder / LOCK).unlink(missing_ok=True)


def is_part_of(folder: str, url: str, parts: re.Pattern[str]) -> bool:
    """Whether a file is one of a folder's parts. On this machine either may be named by its path or by ``file://``."""
    above, _, name = url.removeprefix("file://").rpartition("/")
    if not parts.fullmatch(name):
        return False
    if is_remote(above):
        return above == folder.rstrip("/")
    system, path = place_of(folder)
    return isinstance(system, LocalFileSystem) and Path(above).resolve() == Path(path).resolve()


def remove_unfinished(url: str) -> None:
    """What a writer that was killed left in a folder."""
    system, path = place_of(url)
    for name in inside(url):
        if UNFINISHED.fullmatch(name):
            system.delete_file(f"{path}/{name}")


def read_range(url: str, column: str, low: int, high: int, columns: list[str]) -> pa.Table:
    """The rows of a Parquet file, ascending by the column, in which it lies within [low, high]; of other row groups nothing is read."""
    system, path = place_of(url)
    with closing(system.open_input_file(path)) as source, pq.ParquetFile(source) as file:
        of = file.schema_arrow.get_field_index(column)
        bounds = [file.metadata.row_group(group).column(of).statistics for group in range(file.num_row_groups)]
        wanted = [group for group, each in enumerate(bounds) if each is not None and each.min <= high and each.max >= low]
        table = file.read_row_groups(wanted, columns=columns, use_threads=False)
    values = table.column(column).to_numpy()
    start, stop = values.searchsorted(low), values.searchsorted(high, side="right")
    return table.slice(start, stop - start)


def read_table(url: str, columns: list[str] | None = None) -> pa.Table:
    system, path = place_of(url)
    with closing(system.open_input_file(path)) as source, pq.ParquetFile(source) as file:
        return file.read(columns=columns, use_threads=False)


def batches(url: str, size: int, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file, so many at a time."""
    system, path = place_of(url)
    with closing(system.open_input_file(path)) as source, pq.ParquetFile(source) as file:
        yield from file.iter_batches(size, columns=columns, use_threads=False)
