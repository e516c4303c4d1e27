"""Files to read: those of a folder, without ever leaving it, and whether one changed while it was read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from annotate.errors import Problem

State = tuple[int, int, int, int]  # device, inode, size in bytes, time of the last change in nanoseconds


class Reading(NamedTuple):
    """An open file, and the state it was in when it was opened."""

    path: Path
    file: BinaryIO
    before: State

    @property
    def changed(self) -> bool:
        """Whether it was written to, or another took its place, since it was opened."""
        try:
            now = self.path.stat()
        except OSError:
            return True
        return not self.before == _state(now) == _state(os.fstat(self.file.fileno()))


def reading(path: Path, file: BinaryIO) -> Reading:
    return Reading(path, file, _state(os.fstat(file.fileno())))


def _state(status: os.stat_result) -> State:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def shown(path: Path) -> str:
    """The path for a message: bytes that are not UTF-8 replaced, and characters that cannot be seen, or hide others, spelled out."""
    name = os.fsencode(path).decode("utf-8", "replace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)


def files_inside(folder: Path, suffixes: Collection[str]) -> Iterator[Path | Problem]:
    """What has one of the suffixes in a folder and the folders in it, in order of name; and what cannot be entered or leads out of it.

    A symlink to a file inside counts as a file; one to a folder inside does not, since that folder is read in its own place.
    """
    root = Path(os.path.realpath(folder))
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            mode = (path.stat() if path == folder else path.lstat()).st_mode
            if stat.S_ISDIR(mode):
                waiting.extend(sorted(path.iterdir(), reverse=True))
                continue
        except OSError as error:
            yield Problem(shown(path), f"{error.strerror or error}; check its permissions")
            continue
        is_article = path.suffix.lower() in suffixes
        fault = _fault_of_link(path, root, is_article) if stat.S_ISLNK(mode) else None
        if fault is not None:
            yield Problem(shown(path), fault)
        elif is_article and not (stat.S_ISLNK(mode) and path.is_dir()):
            yield path


def _fault_of_link(link: Path, root: Path, is_article: bool) -> str | None:
    """Why a symlink in a folder is not followed; None where it may be, or leads to what is not read anyhow."""
    try:
        target = Path(os.path.realpath(link, strict=True))
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a symlink that leads back to itself; remove it"
        return f"a symlink whose target cannot be opened ({error.strerror}); mend or remove it" if is_article else None
    is_folder = target.is_dir()
    if not target.is_relative_to(root):
        return f"a symlink out of the folder, to {shown(target)}; name that path itself, or copy it in" if is_folder or is_article else None
    if is_folder and Path(os.path.realpath(link.parent)).is_relative_to(target):
        return "a symlink to a folder that it lies in itself, without end; remove it"
    return None
