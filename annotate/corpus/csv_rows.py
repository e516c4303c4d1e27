"""Rows of CSV, found again behind a quote that is never closed: by itself it would swallow every row after it."""

from __future__ import annotations

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

LONGEST_ROW = 64_000_000  # characters; as many are held for no row
# Lines that are read again in all, beyond as many as there are: what a file of nothing but broken quotes may cost.
READ_AGAIN = 100_000


class CsvRow(NamedTuple):
    """Lines ``first`` to ``last``, counted from 1, and the cells they hold; None where they cannot be told apart."""

    first: int
    last: int
    cells: list[str] | None


def csv_rows(lines: Iterable[str]) -> Iterator[CsvRow]:
    """Every row but blank ones, the header too. What a broken quote makes unreadable is one row, up to the next that is one.

    A row counts again when it has as many cells as the header, its cell `id` is one word, and no cell begins with a blank, as prose does
    behind its commas.
    """
    rows = _rows(lines)
    header = next(rows, None)
    if header is None:
        return
    yield header
    names = header.cells or []
    lost: CsvRow | None = None
    for row in rows:
        if row.cells is None or (lost is not None and not _is_row(row.cells, names)):
            lost = CsvRow(lost.first if lost else row.first, row.last, None)
            continue
        if lost is not None:
            yield lost
            lost = None
        yield row
    if lost is not None:
        yield lost


def _is_row(cells: list[str], names: list[str]) -> bool:
    if len(cells) != len(names) or any(cell[:1].isspace() for cell in cells):
        return False
    return "id" not in names or len(cells[names.index("id")].split()) == 1


def _rows(lines: Iterable[str]) -> Iterator[CsvRow]:
    """Every row but blank ones. Of what cannot be read, the first line is given without cells and the others are read again."""
    csv.field_size_limit(sys.maxsize)
    source, again = iter(lines), deque[str]()
    done = read_again = 0
    while True:
        taken: list[str] = []
        try:
            cells = next(csv.reader(_taking(taken, again, source), strict=True), None)
        except csv.Error:
            cells = None
        if not taken:
            return
        first, last = done + 1, done + len(taken)
        if cells is None and read_again <= done + READ_AGAIN:
            read_again += len(taken) - 1
            again.extendleft(reversed(taken[1:]))
            last = first
        if cells != []:
            yield CsvRow(first, last, cells)
        done = last


def _taking(taken: list[str], again: deque[str], source: Iterator[str]) -> Iterator[str]:
    """The next lines, each noted in ``taken``; raises csv.Error when they are too long for one row."""
    size = 0
    while (line := again.popleft() if again else next(source, None)) is not None:
        taken.append(line)
        size += len(line)
        if size >= LONGEST_ROW:
            raise csv.Error("too long")
        yield line
