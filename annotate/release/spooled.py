"""Sets of 64-bit hashes, one a document, in a temporary file: what is in memory is how large each is."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from math import ceil
from tempfile import TemporaryFile, gettempdir

import numpy as np
from numpy.typing import NDArray

from annotate.errors import Unmet

Hashes = NDArray[np.uint64]
Integers = NDArray[np.int64]

AT_A_TIME = 2**20  # hashes: 8 MB, and as much again for each column beside them
BYTES = 8  # of a hash


class Spooled:
    """Documents are numbered in the order in which their hashes came. Its methods raise Unmet where the disk takes no more."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - open as long as this is
        self._sizes = array("q")

    def append(self, hashes: Hashes) -> None:
        with _room():
            self._file.write(hashes.tobytes())
        self._sizes.append(len(hashes))

    def close(self) -> None:
        with suppress(OSError):  # of a full disk: what is left in the buffer is not wanted any more
            self._file.close()

    @property
    def sizes(self) -> Integers:
        """(documents,)"""
        return np.array(self._sizes, dtype=np.int64)

    def of(self, documents: Integers) -> list[Hashes]:
        """The sets of some documents."""
        sizes, ends = self.sizes, np.cumsum(self.sizes)
        return [self._read(int(ends[each] - sizes[each]), int(sizes[each])) for each in documents]

    def by_range(self, at_a_time: int = AT_A_TIME) -> Iterator[tuple[Hashes, Integers]]:
        """All (hash, document), (rows,) each, in parts of about ``at_a_time``: all rows of one hash are in one part, for it has those of a
        range. The file is read once a part. Hashes are taken to be spread evenly.
        """
        parts = max(1, ceil(sum(self._sizes) / at_a_time))
        bounds = [round(part / parts * 2**64) for part in range(1, parts)]
        for low, high in pairwise([0, *bounds, 2**64]):
            found = [_within(*block, low, high) for block in self._blocks(at_a_time)]
            if found:
                yield np.concatenate([hashes for hashes, _ in found]), np.concatenate([documents for _, documents in found])

    def _blocks(self, at_a_time: int) -> Iterator[tuple[Hashes, Integers]]:
        """All rows in the order of the documents, a few documents at a time."""
        sizes, ends = self.sizes, np.cumsum(self.sizes)
        first = 0
        while first < len(sizes):
            start = int(ends[first] - sizes[first])
            behind = max(first + 1, int(np.searchsorted(ends, start + at_a_time, side="right")))
            own = sizes[first:behind]
            yield self._read(start, int(own.sum())), np.repeat(np.arange(first, behind), own)
            first = behind

    def _read(self, start: int, count: int) -> Hashes:
        with _room():
            self._file.seek(start * BYTES)
            return np.frombuffer(self._file.read(count * BYTES), dtype=np.uint64)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f"{gettempdir()}: {error.strerror or error}"
        raise Unmet(f"{where}; name a folder with more room for temporary files (TMPDIR=FOLDER) and run it again") from error


def _within(hashes: Hashes, documents: Integers, low: int, high: int) -> tuple[Hashes, Integers]:
    """The rows whose hash is in [low, high)."""
    own = (hashes >= np.uint64(low)) & (hashes <= np.uint64(high - 1))
    return hashes[own], documents[own]
