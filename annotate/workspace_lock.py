"""One command at a time that changes a workspace's work on the server: a lock that dies with its process.

The lock is the kernel's (``flock`` on a file of the workspace), so a command that was killed leaves none behind; what the file says (who,
since when) is only for people to read.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from annotate.errors import Unmet

LOCK = "annotate.lock"


class Holder(Struct, frozen=True):
    """The command that is at work, its process, and since when (ISO 8601)."""

    command: str
    pid: int
    since: str


@contextmanager
def one_at_a_time(folder: Path, command: str) -> Iterator[None]:
    """Hold the workspace's lock. Raises Unmet, which names the command that holds it, when there is one."""
    path = folder / LOCK
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unmet(_busy(folder, _said(path))) from None
        file.truncate(0)
        file.write(msgspec.json.encode(Holder(command, os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"))))
        file.flush()
        yield


def lock_holder(folder: Path) -> Holder | None:
    """Who holds the workspace's lock now; None when nobody does."""
    path = folder / LOCK
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _said(path) or Holder("a command", 0, "a moment ago")
    return None


def _said(path: Path) -> Holder | None:
    """What the lock's file says; None in the moment between locking and writing."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    except msgspec.DecodeError:
        return None


def _busy(folder: Path, holder: Holder | None) -> str:
    who = f"`annotate {holder.command}` (process {holder.pid}, since {holder.since})" if holder else "another command"
    return f"{folder}: {who} is at work here; wait until it is done, then run this again"
