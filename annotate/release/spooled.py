"""Sets of 64-bit hashes, one a document, in a temporary file: what is in memory is how large each is."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryFile, gettempdir
from typing import IO

import numpy as np
from numpy.typing import NDArray

from annotate.errors import Unmet

Hashes = NDArray[np.uint64]
Integers = NDArray[np.int64]

AT_A_TIME = 2**18  # hashes: 2 MB, and as much again for each column beside them
BYTES = 8  # of a hash
MOST_BITS = 16  # of a hash, to say which part it is in
ROW = np.dtype([("hash", np.uint64), ("document", np.int32)])


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
        _close(self._file)

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
        range. They are put in the parts' order in a second temporary file. Hashes are taken to be spread evenly.
        """
        bits = min(MOST_BITS, max(0, (sum(self._sizes) - 1) // at_a_time).bit_length())
        counts = np.zeros(1 << bits, dtype=np.int64)
        for hashes, _ in self._blocks(at_a_time):
            counts += np.bincount(_part(hashes, bits), minlength=len(counts))
        firsts = np.cumsum(counts) - counts
        with ExitStack() as stack:
            file = TemporaryFile()  # noqa: SIM115 - the stack closes it
            stack.callback(_close, file)
            self._put_in_order(file, firsts, bits, at_a_time)
            for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
                if count:
                    rows = np.frombuffer(_read(file, first * ROW.itemsize, count * ROW.itemsize), dtype=ROW)
                    yield rows["hash"].copy(), rows["document"].astype(np.int64)

    def _put_in_order(self, file: IO[bytes], firsts: Integers, bits: int, at_a_time: int) -> None:
        """Write all rows part by part. ``firsts``: (parts,) where the rows of each begin."""
        free = firsts.copy()
        for hashes, documents in self._blocks(at_a_time):
            part = _part(hashes, bits)
            order = np.argsort(part, kind="stable")
            rows = np.empty(len(order), dtype=ROW)
            rows["hash"], rows["document"] = hashes[order], documents[order]
            counts = np.bincount(part, minlength=len(free))
            for place, own in zip(free.tolist(), np.split(rows, np.cumsum(counts)[:-1]), strict=True):
                _write(file, place * ROW.itemsize, own.tobytes())
            free += counts

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
        return np.frombuffer(_read(self._file, start * BYTES, count * BYTES), dtype=np.uint64)


def _read(file: IO[bytes], start: int, count: int) -> bytes:
    with _room():
        file.seek(start)
        return file.read(count)


def _write(file: IO[bytes], start: int, body: bytes) -> None:
    with _room():
        file.seek(start)
        file.write(body)


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # of a full disk: what is left in the buffer is not wanted any more
        file.close()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f"{gettempdir()}: {error.strerror or error}"
        raise Unmet(f"{where}; name a folder with more room for temporary files (TMPDIR=FOLDER) and run it again") from error


def _part(hashes: Hashes, bits: int) -> NDArray[np.uint16]:
    """Which of 2ᵇⁱᵗˢ ranges each hash is in."""
    return (hashes >> np.uint64(64 - MOST_BITS)).astype(np.uint16) >> np.uint16(MOST_BITS - bits)
