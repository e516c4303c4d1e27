"""What a sample is drawn from: a few numbers for each article of the pool.

Every article has two random numbers, made by SHA-256 from the seed and its id alone. So the same pool and seed give the same sample however
the pool is ordered and cut into files.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from annotate.corpus.design import Design
from annotate.corpus.keywords import finder
from annotate.corpus.pool_files import Batch, read_columns
from annotate.corpus.spread import word_numbers
from annotate.errors import BadInput, Problem
from annotate.records import Date

log = logging.getLogger(__name__)

Numbers = np.ndarray[Any, np.dtype[np.uint64]]
Places = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

Label = tuple[str | None, ...]

BINS = 4  # quartiles of the text's length
DATE = re.compile(r"(\d{4})(?:-(\d{2}))?")
SHOWN = 10  # of the ids that stand twice


class Pool(NamedTuple):
    """The pool, article by article; arrays are (articles,), in the order of the files.

    ids:        of each batch, joined by NUL
    begins:     (batches,) the first article of each
    file:       which of the files
    number:     line or row in its file
    rank:       the random number that decides the draw
    story_rank: the random number that decides who stays of a story, independent of the former
    label:      which of the labels, its stratum
    duplicates, story: a number for each group, 0 where the article is in none
    stand_in:   decides who stands for its duplicates: by the id alone, so that the strata's sizes are the pool's, not the seed's
    matches:    contains a keyword, or none was asked for
    known:      was drawn before
    words, word_counts: with Design.diverse, the numbers of each article's words one after the other, and how many they are
    """

    ids: list[str]
    begins: Places
    file: Places
    number: Places
    rank: Numbers
    story_rank: Numbers
    label: Places
    duplicates: Numbers
    story: Numbers
    stand_in: Numbers
    matches: Mask
    known: Mask
    words: np.ndarray[Any, np.dtype[np.uint32]]
    word_counts: Places
    labels: list[Label]

    def id_of(self, article: int) -> str:
        batch = int(np.searchsorted(self.begins, article, side="right")) - 1
        return self.ids[batch].split("\0")[article - int(self.begins[batch])]


def read_pool(files: Sequence[Path], design: Design, known: frozenset[str], problems: list[Problem]) -> Pool:
    """Reads the pool once, by the columns that the design needs. Memory: some 130 bytes for each article (measured at 10⁶).

    Raises BadInput where a file cannot be read or an id stands twice.
    """
    columns = _columns(design)
    contains = finder(design.keywords) if design.keywords else None
    labels: dict[Label, int] = {}
    parts = []
    for place, file in enumerate(files):
        batches = read_columns(file, columns, problems)
        parts += [_part(place, batch, design, known, labels, contains) for batch in batches if batch.numbers]
        log.info("read the pool", extra={"done": place + 1, "total": len(files)})
    if not parts:
        raise BadInput("the pool has no articles" + "".join(f"\n{problem}" for problem in problems[:SHOWN]))
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "ids"}
    sizes = [len(part["number"]) for part in parts]
    label, ordered = _labelled(arrays.pop("label"), arrays.pop("length"), list(labels), design)
    begins = np.cumsum([0, *sizes[:-1]])
    pool = Pool(ids=[part["ids"] for part in parts], begins=begins, label=label, labels=ordered, **arrays)
    _require_ids_once(pool, files)
    _require_values(pool, design)
    return pool


def _columns(design: Design) -> list[str]:
    wanted = ["id", "duplicates"]
    wanted += ["story"] if design.per_story else []
    wanted += ["date"] if {"month", "year"} & set(design.by) else []
    wanted += [name for name in ("publisher", "lang", "length") if name in design.by]
    return wanted + (["title", "text"] if design.keywords or design.diverse else [])


def _part(
    file: int, batch: Batch, design: Design, known: frozenset[str], labels: dict[Label, int], contains: Callable[[str], bool] | None
) -> dict[str, Any]:
    """What a pool keeps of a batch."""
    columns, ids = batch.columns, batch.columns["id"]
    count = len(ids)
    digests = np.frombuffer(b"".join(_digest(f"{design.seed}:{each}")[:16] for each in ids), dtype="<u8").reshape(count, 2)
    groups = {name: np.array([_group(each) for each in columns.get(name, [None] * count)], np.uint64) for name in ("duplicates", "story")}
    texts = [f"{title or ''}\n{text or ''}" for title, text in zip(columns.get("title", []), columns.get("text", []), strict=True)]
    words = [word_numbers(text) for text in texts] if design.diverse else []
    return groups | {
        "ids": "\0".join(ids),
        "file": np.full(count, file, np.int64),
        "number": np.array(batch.numbers, np.int64),
        "rank": digests[:, 0],
        "story_rank": digests[:, 1],
        "label": np.array([labels.setdefault(each, len(labels)) for each in _values(columns, design.by, count)], np.int64),
        "length": np.array(columns.get("length", [0] * count), np.int64),
        "stand_in": np.array([_group(each) if group else 0 for each, group in zip(ids, groups["duplicates"], strict=True)], np.uint64),
        "matches": np.array([contains(text) for text in texts] if contains else [True] * count, np.bool_),
        "known": np.array([each in known for each in ids], np.bool_),
        "words": np.concatenate([np.zeros(0, np.uint32), *words]),
        "word_counts": np.array([len(each) for each in words], np.int64),
    }


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _group(name: str | None) -> int:
    """64 bits for a name, 0 for none."""
    return max(1, int.from_bytes(_digest(name)[:8], "little")) if name else 0


def _values(columns: dict[str, list[Any]], by: Sequence[str], count: int) -> list[Label]:
    """The label of each article, a length standing open."""
    values: list[list[str | None]] = []
    for name in by:
        if name in ("month", "year"):
            values.append([_date(each, name == "month") for each in columns["date"]])
        else:
            values.append([None] * count if name == "length" else [each or None for each in columns[name]])
    return list(zip(*values, strict=True)) if values else [()] * count


def _date(value: Any, month: bool) -> str | None:
    """2024-11, or 2024 where only the year is known or wanted; nothing where no date can be read."""
    if isinstance(value, dict):
        value = Date(value.get("year"), value.get("month"))
    if isinstance(value, Date):
        year, part = value.year, value.month
    else:
        found = DATE.match(str(value)) if value is not None else None
        year, part = (int(each) if each else None for each in found.groups()) if found else (None, None)
    if year is None:
        return None
    return f"{year:04}-{part:02}" if month and part else f"{year:04}"


def _labelled(label: Places, length: Places, labels: list[Label], design: Design) -> tuple[Places, list[Label]]:
    """Strata in the order of their labels, which no order of files decides; lengths by quartiles of the whole pool, ends within."""
    bins: Places = np.zeros(len(label), np.int64)
    ends = [""]
    if "length" in design.by:
        edges = np.unique(np.quantile(length, np.arange(1, BINS) / BINS, method="inverted_cdf").astype(np.int64))
        bins = np.searchsorted(edges, length).astype(np.int64)
        ends = [f"{low}–{high}" for low, high in zip([0, *(edges + 1).tolist()], [*edges.tolist(), ""], strict=True)]
    codes, label = np.unique(label * len(ends) + bins, return_inverse=True)
    found = [_with_length(labels[code // len(ends)], design.by, ends[code % len(ends)]) for code in codes.tolist()]
    order = sorted(range(len(found)), key=lambda place: (codes[place] % len(ends), [each or "" for each in found[place]]))
    return np.argsort(order)[label], [found[place] for place in order]


def _with_length(label: Label, by: Sequence[str], length: str) -> Label:
    return tuple(length if name == "length" else each for name, each in zip(by, label, strict=True))


def _require_ids_once(pool: Pool, files: Sequence[Path]) -> None:
    """Two ids with the same 64 bits pass for one: among 10⁸ articles with the probability 0.0003."""
    order = np.argsort(pool.rank, kind="stable")
    again = np.flatnonzero(pool.rank[order[1:]] == pool.rank[order[:-1]])
    if not len(again):
        return
    lines = []
    for first, second in ((int(order[place]), int(order[place + 1])) for place in again[:SHOWN]):
        places = [f"{files[pool.file[each]]}:{pool.number[each]}" for each in (first, second)]
        lines.append(f"{places[1]}: id {pool.id_of(second)!r} stands at {places[0]} too; give one of them another id, or leave one out")
    more = [f"and {len(again) - SHOWN:,} more ids that stand twice"] if len(again) > SHOWN else []
    raise BadInput("\n".join(lines + more))


def _require_values(pool: Pool, design: Design) -> None:
    empty = [name for place, name in enumerate(design.by) if all(label[place] is None for label in pool.labels)]
    if empty:
        raise BadInput(f"no article of the pool has a {', no '.join(empty)}; add it to the pool, or stratify without")
