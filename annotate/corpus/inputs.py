"""The Parquet and JSONL files that a pool is made of or drawn from, on this machine or elsewhere by URL, and how one is opened.

Of this machine's the base install knows all; what has a URL is listed and read by Daft, from the extra `corpus`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Any, BinaryIO, cast

from msgspec import Struct

from annotate.corpus.files import files_inside
from annotate.errors import BadInput, Problem

SUFFIXES = (".parquet", ".jsonl")
NOTHING = "Need at least 1 MicroPartition"  # what Daft says of a pattern that nothing matches


class Input(Struct, frozen=True, omit_defaults=True):
    """A file of the input, and the state in which it was found: bytes, and of a local file the time of its last change. ``fault``: why it
    is not read, such as that it leads out of its folder."""

    url: str
    bytes: int
    changed: int = 0
    fault: str | None = None


def is_remote(url: str) -> bool:
    return "://" in url


def is_parquet(file: Input) -> bool:
    return file.url.lower().endswith(".parquet")


def inputs_of(paths: Sequence[str]) -> list[Input]:
    """The files that the paths and URLs name, each once, in that order: files, folders and all that is in them, patterns such as
    ``pool/*.parquet``. What is in a folder and cannot be entered, or leads out of it, is among them with its fault.

    Raises BadInput for each that names no Parquet or JSONL file.
    """
    if not paths:
        raise BadInput("no pool named; give Parquet or JSONL files, folders of them, or patterns such as 'pool/*.parquet'")
    named = {path: _remote(path) if is_remote(path) else _local(path) for path in paths}
    if empty := [path for path, files in named.items() if not files]:
        raise BadInput("\n".join(f"{path}: no {' or '.join(SUFFIXES)} file there; check the name, or convert it" for path in empty))
    return list({_identity(file): file for files in named.values() for file in files}.values())


def _identity(file: Input) -> str:
    return file.url if is_remote(file.url) or file.fault is not None else os.path.realpath(file.url)


def _local(path: str) -> list[Input]:
    if Path(path).is_dir():
        return [_inside(each) for each in files_inside(Path(path), SUFFIXES)]
    if has_magic(path) and not Path(path).exists():
        inside: Iterable[Path] = map(Path, glob(path, recursive=True))  # noqa: PTH207 a pattern may begin at the root
    else:
        inside = [Path(path)]
    return [found(str(each)) for each in sorted(inside) if _is_pool_file(str(each)) and each.is_file()]


def _inside(each: Path | Problem) -> Input:
    if isinstance(each, Problem):
        return Input(each.place, 0, fault=each.message)
    return (
        found(str(each)) if each.is_file() else Input(str(each), 0, fault="a pipe or device, which is not read like a file; leave it out")
    )


def found(path: str) -> Input:
    """A local file as it is now. Raises OSError."""
    status = Path(path).stat()
    return Input(path, status.st_size, status.st_mtime_ns)


def _remote(url: str) -> list[Input]:
    """The files of a URL or a pattern of them; of a folder all that is in it, as on a disk."""
    import daft

    try:
        listed = daft.from_glob_path(url if _names_files(url) else f"{url.rstrip('/')}/**").to_pydict()
    except Exception as error:  # of each store's own kinds
        if NOTHING not in str(error):
            raise BadInput(f"{url}: cannot be listed ({str(error).splitlines()[-1].strip()}); check the URL and the rights to it") from None
        return []
    files = [Input(path, size or 0) for path, size in zip(listed["path"], listed["size"], strict=True) if _is_pool_file(path)]
    return sorted(files, key=lambda each: each.url)


def _names_files(url: str) -> bool:
    """A web server has no folders to list."""
    return _is_pool_file(url) or has_magic(url) or url.startswith(("http://", "https://"))


def _is_pool_file(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)


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
