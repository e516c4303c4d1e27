"""What a sample is drawn from: a few numbers for each article of the pool.

Every article has two random numbers, made by SHA-256 from the seed and its id alone. So the same pool and seed give the same sample however
the pool is ordered and cut into files. Each file is a task of its own, which need not run in this process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from msgspec import Struct

from annotate.corpus.dates.given import given_date
from annotate.corpus.inputs import Input
from annotate.corpus.sampling.design import Design
from annotate.corpus.sampling.files import Batch, read_columns, require_unchanged, sha256_of
from annotate.corpus.sampling.keywords import finder
from annotate.corpus.sampling.spread import word_numbers
from annotate.errors import BadInput, Problem
from annotate.records import Date

log = logging.getLogger(__name__)

Numbers = np.ndarray[Any, np.dtype[np.uint64]]
Places = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

Label = tuple[str | None, ...]

BINS = 4  # quartiles of the text's length
SHOWN = 10  # of the ids that stand twice
# What a pool keeps of each article, as numbers.
KINDS: dict[str, Any] = {
    "number": np.int64,
    "rank": np.uint64,
    "story_rank": np.uint64,
    "label": np.int64,
    "length": np.int64,
    "duplicates": np.uint64,
    "story": np.uint64,
    "stand_in": np.uint64,
    "matches": np.bool_,
    "words": np.uint32,
    "word_counts": np.int64,
}

T = TypeVar("T", bound=Struct)
R = TypeVar("R", bound=Struct)


class RunEach(Protocol):
    """What a function gives for each task, ``made`` being the type of that; in the order of the tasks."""

    def __call__(self, function: Callable[[T], R], tasks: Sequence[T], made: type[R]) -> Iterable[R]: ...


def in_turn(function: Callable[[T], R], tasks: Sequence[T], made: type[R]) -> Iterable[R]:
    """One after the other, in this process."""
    return map(function, tasks)


class ToRead(Struct, frozen=True):
    """A file, and what of it is wanted."""

    file: Input
    design: Design


class Part(Struct, frozen=True):
    """What a pool keeps of a file.

    ids, sizes: of each batch, the ids joined by NUL, and how many they are
    arrays:     those of KINDS, as bytes
    unreadable: why the file cannot be read
    """

    ids: list[str] = []
    sizes: list[int] = []
    labels: list[Label] = []
    arrays: dict[str, bytes] = {}
    sha256: str | None = None
    problems: list[Problem] = []
    unreadable: str | None = None


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
    sha256:     of each file, None where it was not read whole
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
    sha256: list[str | None]

    def id_of(self, article: int) -> str:
        batch = int(np.searchsorted(self.begins, article, side="right")) - 1
        return self.ids[batch].split("\0")[article - int(self.begins[batch])]


def read_pool(files: Sequence[Input], design: Design, known: frozenset[str], problems: list[Problem], run_each: RunEach = in_turn) -> Pool:
    """Reads the pool once, by the columns that the design needs. Memory: some 130 bytes for each article (measured at 10⁶).

    Raises BadInput where files cannot be read or an id stands twice.
    """
    parts = []
    for part in run_each(read_part, [ToRead(file, design) for file in files], Part):
        parts.append(part)
        log.info("read the pool", extra={"done": len(parts), "total": len(files)})
    if unreadable := [part.unreadable for part in parts if part.unreadable]:
        raise BadInput("\n".join(unreadable))
    problems += [problem for part in parts for problem in part.problems]
    if not any(part.sizes for part in parts):
        raise BadInput("the pool has no articles" + "".join(f"\n{problem}" for problem in problems[:SHOWN]))
    pool = _joined(parts, design, known)
    _require_ids_once(pool, files)
    _require_values(pool, design)
    return pool


def _joined(parts: Sequence[Part], design: Design, known: frozenset[str]) -> Pool:
    labels: dict[Label, int] = {}
    numbers = [np.array([labels.setdefault(each, len(labels)) for each in part.labels], np.int64) for part in parts]
    arrays = {name: _whole(parts, name, kind) for name, kind in KINDS.items()}
    counts = [sum(part.sizes) for part in parts]
    shift = np.repeat(np.cumsum([0, *map(len, numbers[:-1])]), counts)  # where the labels of an article's file begin
    label = np.concatenate(numbers)[arrays.pop("label") + shift]
    label, ordered = _labelled(label, arrays.pop("length"), list(labels), design)
    sizes = [size for part in parts for size in part.sizes]
    before = _ranks(design.seed, known)[:, 0]
    return Pool(
        ids=[each for part in parts for each in part.ids],
        begins=np.cumsum([0, *sizes[:-1]]),
        file=np.repeat(np.arange(len(parts)), counts),
        label=label,
        labels=ordered,
        known=np.isin(arrays["rank"], before),
        sha256=[part.sha256 for part in parts],
        **arrays,
    )


def _whole(parts: Sequence[Part], name: str, kind: Any) -> Any:
    """The array of all files; those of each are let go of, so that nothing is held twice."""
    return np.concatenate([np.frombuffer(part.arrays.pop(name), kind) for part in parts if part.arrays])


def read_part(task: ToRead) -> Part:
    """What a pool keeps of one file."""
    if task.file.fault is not None:
        return Part(problems=[Problem(task.file.url, task.file.fault)])
    columns, contains = _columns(task.design), finder(task.design.keywords) if task.design.keywords else None
    labels: dict[Label, int] = {}
    problems: list[Problem] = []
    try:
        batches = [_numbers(batch, task.design, labels, contains) for batch in read_columns(task.file, columns, problems) if batch.numbers]
        digest = sha256_of(task.file)
        require_unchanged(task.file)
    except BadInput as error:
        return Part(unreadable=str(error))
    arrays = (
        {name: np.concatenate([each[name] for each in batches]).astype(kind).tobytes() for name, kind in KINDS.items()} if batches else {}
    )
    sizes = [len(each["number"]) for each in batches]
    return Part([each["ids"] for each in batches], sizes, list(labels), arrays, digest, problems)


def _columns(design: Design) -> list[str]:
    wanted = ["id", "duplicates"]
    wanted += ["story"] if design.per_story else []
    wanted += ["date"] if {"month", "year"} & set(design.by) else []
    wanted += [name for name in ("publisher", "lang", "length") if name in design.by]
    return wanted + (["title", "text"] if design.keywords or design.diverse else [])


def _numbers(batch: Batch, design: Design, labels: dict[Label, int], contains: Callable[[str], bool] | None) -> dict[str, Any]:
    """What a pool keeps of a batch: KINDS, and the ids."""
    columns, ids = batch.columns, batch.columns["id"]
    count = len(ids)
    ranks = _ranks(design.seed, ids)
    groups = {name: np.array([_group(each) for each in columns.get(name, [None] * count)], np.uint64) for name in ("duplicates", "story")}
    texts = [f"{title or ''}\n{text or ''}" for title, text in zip(columns.get("title", []), columns.get("text", []), strict=True)]
    words = [word_numbers(text) for text in texts] if design.diverse else []
    return groups | {
        "ids": "\0".join(ids),
        "number": np.array(batch.numbers, np.int64),
        "rank": ranks[:, 0],
        "story_rank": ranks[:, 1],
        "label": np.array([labels.setdefault(each, len(labels)) for each in _values(columns, design.by, count)], np.int64),
        "length": np.array(columns.get("length", [0] * count), np.int64),
        "stand_in": np.array([_group(each) if group else 0 for each, group in zip(ids, groups["duplicates"], strict=True)], np.uint64),
        "matches": np.array([contains(text) for text in texts] if contains else [True] * count, np.bool_),
        "words": np.concatenate([np.zeros(0, np.uint32), *words]),
        "word_counts": np.array([len(each) for each in words], np.int64),
    }


def _ranks(seed: int, ids: Iterable[str]) -> Numbers:
    """The two random numbers of each article, (articles, 2)."""
    digests = b"".join(_digest(f"{seed}:{each}")[:16] for each in ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64).reshape(-1, 2)


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
    if not isinstance(value, Date):
        try:
            value = given_date("" if value is None else str(value))
        except ValueError:
            return None
    if value.year is None:
        return None
    return f"{value.year:04}-{value.month:02}" if month and value.month else f"{value.year:04}"


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


def _require_ids_once(pool: Pool, files: Sequence[Input]) -> None:
    """Two ids with the same 64 bits pass for one: among 10⁸ articles with the probability 0.0003."""
    order = np.argsort(pool.rank, kind="stable")
    again = np.flatnonzero(pool.rank[order[1:]] == pool.rank[order[:-1]])
    if not len(again):
        return
    lines = []
    for first, second in ((int(order[place]), int(order[place + 1])) for place in again[:SHOWN]):
        places = [f"{files[pool.file[each]].url}:{pool.number[each]}" for each in (first, second)]
        lines.append(f"{places[1]}: id {pool.id_of(second)!r} stands at {places[0]} too; give one of them another id, or leave one out")
    more = [f"and {len(again) - SHOWN:,} more ids that stand twice"] if len(again) > SHOWN else []
    raise BadInput("\n".join(lines + more))


def _require_values(pool: Pool, design: Design) -> None:
    empty = [name for place, name in enumerate(design.by) if all(label[place] is None for label in pool.labels)]
    if empty:
        raise BadInput(f"no article of the pool has a {', no '.join(empty)}; add it to the pool, or stratify without")
