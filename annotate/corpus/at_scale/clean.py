"""Shard → articles as ingest makes them; and the lines that no rule knows, which all shards together may know."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import msgspec
import pyarrow as pa
from msgspec import Struct

from annotate.corpus.at_scale import storage
from annotate.corpus.at_scale.shards import Shard, rows_of
from annotate.corpus.doubts import doubts
from annotate.corpus.duplicates import number_of
from annotate.corpus.inputs import found
from annotate.corpus.read import CHANGED
from annotate.corpus.row import article_of_row
from annotate.corpus.zones.recurring import heading, lines_unknown
from annotate.corpus.zones.rules import Rules, rules_of
from annotate.errors import Problem
from annotate.records import Article

SOME = 512  # articles held at a time
ARTICLES = pa.schema(
    [
        ("row", pa.int64()),  # of the shard
        ("number", pa.uint64()),  # stands for the id
        ("digest", pa.uint64()),  # stands for the text
        ("unknown", pa.list_(pa.int32())),  # where its short lines start that no rule knows
        ("article", pa.binary()),  # the record, in MessagePack
    ]
)
LINES = pa.schema([("line", pa.uint64()), ("heading", pa.uint64()), ("shard", pa.int64()), ("row", pa.int64())])

Noted = tuple[int, str]  # row, what is to be said of it


class Cleaned(Struct, frozen=True):
    """rows: lines or rows that the shard has; unreadable: why the rest of it could not be read"""

    rows: int
    articles: int
    problems: list[Noted]
    warnings: list[Noted]
    unreadable: str | None = None


class _Row(NamedTuple):
    """unknown: where its lines start that no rule knows; lines: the numbers of these; heading: what stands for the title over them"""

    number: int
    article: Article
    unknown: list[int]
    lines: set[int]
    heading: int


class _Left(NamedTuple):
    """What is left of a shard beside its articles; ``rows`` grows with it."""

    rows: list[int]
    problems: list[Noted]
    unreadable: list[str]


def clean(shard: Shard) -> Cleaned:
    """Writes ``clean-articles`` and ``clean-lines``. Raises OSError where it cannot write, or where a server does not answer."""
    left, warnings, articles = _Left([0], [], []), list[Noted](), 0
    sound, place = _sound(shard, left), f"{shard.number:06}.pq"
    with (
        storage.parquet(
            f"{shard.work}/clean-articles/{place}", ARTICLES, compression=storage.packing(shard.work), use_dictionary=False
        ) as written,
        storage.parquet(f"{shard.work}/clean-lines/{place}", LINES) as lines,
    ):
        while some := list(islice(sound, SOME)):
            articles += len(some)
            written.write_table(_articles(some))
            lines.write_table(_lines(shard, some))
            warnings += [(each.number, warning.message) for each in some for warning in doubts("", each.article)]
    unreadable = CHANGED if _has_changed(shard) else next(iter(left.unreadable), None)
    return Cleaned(left.rows[-1], articles, left.problems, warnings, unreadable)


def _sound(shard: Shard, left: _Left) -> Iterator[_Row]:
    """The rows that are articles."""
    try:
        for number, row in rows_of(shard):
            left.rows[-1] = number
            made = row if isinstance(row, Problem) else article_of_row("", row, rules_of(shard.rules)) if row else None
            if isinstance(made, Problem):
                left.problems.append((number, made.message))
            elif made is not None:
                yield _Row(number, made, *_unknown(made, rules_of(shard.rules)))
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and "://" in shard.input.url:
            raise  # the server may answer at the next run
        left.unreadable.append(f"cannot be read ({_first_line(error)}); mend it, or leave it out")


def _articles(some: list[_Row]) -> pa.Table:
    return pa.table(
        {
            "row": [each.number for each in some],
            "number": [number_of(each.article.id) for each in some],
            "digest": [int(each.article.sha256[:16], 16) for each in some],
            "unknown": [each.unknown for each in some],
            "article": [msgspec.msgpack.encode(each.article) for each in some],
        },
        schema=ARTICLES,
    )


def _unknown(article: Article, rules: Rules) -> tuple[list[int], set[int], int]:
    """Where lines start, and they and their heading as numbers; a line belongs to its outlet. Asked while the text's lines are at hand."""
    outlet = article.source.publisher
    if not outlet:
        return [], set(), 0
    unknown = dict(lines_unknown(article, rules))
    return list(unknown), {line_number(outlet, line) for line in set(unknown.values())}, number_of(heading(article))


def _lines(shard: Shard, some: list[_Row]) -> pa.Table:
    rows = [(line, each.heading, shard.number, each.number) for each in some for line in each.lines]
    columns = zip(*rows, strict=True) if rows else ([], [], [], [])
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, LINES, strict=True)], schema=LINES)


def line_number(outlet: str, line: str) -> int:
    return number_of(f"{outlet}\n{line}")


def _has_changed(shard: Shard) -> bool:
    """Whether a local file is another than when the shards were made."""
    try:
        return "://" not in shard.input.url and shard.input.fault is None and found(shard.input.url) != shard.input
    except OSError:
        return True


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
