"""One command at a time that writes into a folder: another would take what this one is writing for what a killed run left."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotate.errors import Unmet


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's own lock, which is the kernel's and dies with its process. Raises Unmet where another holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unmet(f"{folder}: another command is writing there; wait for it, or name another folder") from None
        yield
    finally:
        os.close(descriptor)
