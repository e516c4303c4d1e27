"""Files on this machine or in an object store, by path or URL. What is written appears at once and whole, or not at all."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem

from annotate.corpus.sampling.files import is_remote
from annotate.workspace_lock import LOCK, one_at_a_time

UNFINISHED = re.compile(r".+\.\d+~")


class Place(NamedTuple):
    """A path and the file system that it is of."""

    system: Any
    path: str


def place_of(url: str) -> Place:
    """Of a path, or a URL that PyArrow writes to: s3://, gs://, file://."""
    if is_remote(url):
        return Place(*FileSystem.from_uri(url))
    return Place(LocalFileSystem(), str(Path(url).absolute()))


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
    """Whether a file is one of a folder's parts."""
    above, _, name = url.rpartition("/")
    if not parts.fullmatch(name):
        return False
    if is_remote(url):
        return above == folder.rstrip("/")
    return not is_remote(folder) and Path(above).resolve() == Path(folder).resolve()


def remove_unfinished(url: str) -> None:
    """What a writer that was killed left in a folder."""
    system, path = place_of(url)
    for name in inside(url):
        if UNFINISHED.fullmatch(name):
            system.delete_file(f"{path}/{name}")


def open_input(url: str) -> BinaryIO:
    """Of a path, or a URL that Daft reads: s3://, gs://, az://, https:// … Raises OSError."""
    if not is_remote(url):
        return Path(url).open("rb")
    import daft

    try:
        return cast(BinaryIO, io.BufferedReader(_Remote(daft.File(url).open().__enter__()), 1 << 20))
    except Exception as error:  # of each store's own kinds
        raise OSError(str(error).splitlines()[-1].strip()) from None


class _Remote(io.RawIOBase):
    """Daft's file as Python's."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return int(self._file.tell())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        try:
            found = self._file.read(len(buffer))
        except Exception as error:  # of each store's own kinds
            raise OSError(str(error).splitlines()[-1].strip()) from None
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        if not self.closed:
            self._file.__exit__(None, None, None)
        super().close()


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
