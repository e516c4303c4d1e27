"""The order in which a pool is made, and what is decided in one place: ids that stand twice, the names of groups.

Held here are some 20 bytes an article for its id and text, and all links.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from annotate import __version__
from annotate.corpus.at_scale import storage
from annotate.corpus.at_scale.clean import Cleaned, clean
from annotate.corpus.at_scale.engine import Task, run_tasks
from annotate.corpus.at_scale.finish import Finish, finish, write_groups
from annotate.corpus.at_scale.links import COMPARED, Candidates, Links, compare, gather
from annotate.corpus.at_scale.mark import Marked, mark
from annotate.corpus.at_scale.pairs import GatheredPairs, Range, Written, choose, pair_alike, pair_within, ranges
from annotate.corpus.at_scale.recurring import find_recurring
from annotate.corpus.at_scale.repeated import Index, Repeated, index_of, repeated, write_refused
from annotate.corpus.at_scale.shards import SHARD_BYTES, SHARD_ROWS, Shard, shards_of
from annotate.corpus.duplicates import Duplicates, clustered, group_names, number_of
from annotate.corpus.files import shown
from annotate.corpus.inputs import SUFFIXES, Input, is_parquet
from annotate.corpus.read import CHANGED
from annotate.corpus.zones.rules import Own
from annotate.errors import BadInput, Problem

log = logging.getLogger(__name__)

FORMAT = 1
WORK = ".work"  # of the pool's folder: what the stages leave for each other, gone when the pool is there
DONE = "_pool.json"  # readers of a folder of Parquet pass over names that begin so
PART = re.compile(r"part-\d{6}\.parquet")
APART = 10_000_000  # bytes of input from which processes of their own for Python's part gain more than they take to start
LARGEST = 5  # members of the largest group that are named


class Pool(Struct, frozen=True):
    """What a pool holds, and what became of the rest; written last.

    plan:     a digest of the input files' states, of how they were cut, and of rules of one's own
    repeated: rows with the id and the text of an earlier one, left out
    marked:   articles with lines that turned out to be their outlet's page
    copies:   articles in ``groups`` groups of duplicates; of the ``largest``, of ``largest_size`` members, the first few
    links:    kind → number
    """

    format: int
    tool: str
    plan: str
    articles: int
    repeated: int
    marked: int
    copies: int
    groups: int
    largest: list[str]
    largest_size: int
    links: dict[str, int]
    problems: list[Problem]
    warnings: list[Problem]


def make_pool(files: Sequence[Input], out: str, *, rules: Own = (), most_bytes: int = SHARD_BYTES, most_rows: int = SHARD_ROWS) -> Pool:
    """The pool in the folder ``out``, made of the files or, where it was, as it is. A run that was killed is gone on with.

    Raises BadInput where the folder holds something else or cannot be written to, or a file changed; Unmet where another run makes it now.
    """
    try:
        with storage.held(out, "pool", DONE):
            return _made([file for file in files if not storage.is_part_of(out, file.url, PART)], out, rules, most_bytes, most_rows)
    except OSError as error:
        raise BadInput(f"{out}: cannot be read or written ({error}); check the name, the room there and the rights to it") from None


def _made(files: Sequence[Input], out: str, rules: Own, most_bytes: int, most_rows: int) -> Pool:
    work = f"{out}/{WORK}"
    shards = shards_of(files, work, rules=rules, most_bytes=most_bytes, most_rows=most_rows)
    if not shards:
        raise BadInput("no articles: the files are empty")
    plan = _plan(shards)
    if storage.is_there(f"{out}/{DONE}"):
        return _as_it_is(out, plan)
    _begin(out, work, plan)
    apart = sum(each.bytes for each in files) >= APART
    cleaned = run_tasks("clean", clean, shards, Cleaned, alone=True, apart=apart)
    _require_unchanged(work, shards, cleaned)
    index = index_of(work, len(shards))
    again = repeated(index)
    write_refused(work, again)
    find_recurring(work, len(shards))
    tasks = [Task(work=work, number=shard.number, rules=rules) for shard in shards]
    marked = run_tasks("mark", mark, tasks, Marked, alone=True, apart=apart)
    duplicates = _duplicates(tasks, marked)
    given = {name: group for each in marked for name, group in each.given}
    write_groups(work, group_names(duplicates.clusters, given, lambda name: _holds(index, name)))
    run_tasks("finish", finish, [Finish(work=work, number=task.number, out=out) for task in tasks], Written)
    pool = _described(plan, shards, cleaned, marked, again, duplicates)
    storage.write(f"{out}/{DONE}", msgspec.json.format(msgspec.json.encode(pool), indent=1))
    storage.remove_unfinished(out)
    storage.remove(work)
    return pool


def _described(
    plan: str,
    shards: Sequence[Shard],
    cleaned: Sequence[Cleaned],
    marked: Sequence[Marked],
    again: Sequence[Repeated],
    duplicates: Duplicates,
) -> Pool:
    offsets = _offsets(shards, cleaned)
    return Pool(
        format=FORMAT,
        tool=__version__,
        plan=plan,
        articles=sum(each.articles for each in marked),
        repeated=sum(each.same_text for each in again),
        marked=sum(each.marked for each in marked),
        copies=sum(map(len, duplicates.clusters)),
        groups=len(duplicates.clusters),
        largest=duplicates.largest[:LARGEST],
        largest_size=len(duplicates.largest),
        links={kind: sum(link.kind == kind for link in duplicates.links) for kind in ("exact", "near", "contained")},
        problems=[*_problems(shards, cleaned, offsets), *_clashes(shards, offsets, again)],
        warnings=list(_warnings(shards, cleaned, offsets)),
    )


def _require_unchanged(work: str, shards: Sequence[Shard], cleaned: Sequence[Cleaned]) -> None:
    """Raises BadInput where a file was written to meanwhile; what was made of it is dropped."""
    changed = sorted({shown_url(shard) for shard, each in zip(shards, cleaned, strict=True) if each.unreadable == CHANGED})
    if changed:
        storage.remove(work)
        raise BadInput("\n".join(f"{each}: changed while it was read; make the pool again when nobody writes to it" for each in changed))


def _plan(shards: Sequence[Shard]) -> str:
    parts = [msgspec.json.encode((each.input, each.start, each.stop, *([each.rules] if each.rules else []))) for each in shards]
    return blake2b(b"\n".join([f"{FORMAT} {__version__}".encode(), *parts]), digest_size=16).hexdigest()


def _as_it_is(out: str, plan: str) -> Pool:
    pool = msgspec.json.decode(storage.read(f"{out}/{DONE}"), type=Pool)
    if pool.plan != plan:
        raise BadInput(f"{out}: holds a pool of other files, or of these before they changed; name another folder, or remove it")
    return pool


def _begin(out: str, work: str, plan: str) -> None:
    """Go on with what was begun of these files. What was begun of others is dropped: it can all be made again."""
    begun = storage.read(f"{work}/plan").decode() if storage.is_there(f"{work}/plan") else None
    parts = [name for name in storage.inside(out) if name.lower().endswith(SUFFIXES)]
    if foreign := [name for name in parts if begun is None or not PART.fullmatch(name)]:
        raise BadInput(f"{out}: holds {foreign[0]}, which would pass for a part of the pool; name an empty folder")
    if begun == plan:
        log.info("going on with what was begun in %s", out)
        return
    if begun is not None:
        log.info("what was begun in %s was of other files, or by another version; it is begun anew", out)
    for name in parts:
        storage.remove_file(f"{out}/{name}")
    storage.remove(work)
    storage.write(f"{work}/plan", plan.encode())


def _duplicates(tasks: Sequence[Task], marked: Sequence[Marked]) -> Duplicates:
    work, shards = tasks[0].work, len(tasks)
    alike = _pairs("pairs-alike", work, shards, sum(each.alike for each in marked))
    within = _pairs("pairs-within", work, shards, sum(each.within for each in marked))
    spans = enumerate(ranges(sum(each.rows for each in (*alike, *within))))
    chosen = [
        GatheredPairs(work=work, number=number, low=low, high=high, files=len(alike), within=len(within)) for number, (low, high) in spans
    ]
    found = run_tasks("candidates", choose, chosen, Written)
    run_tasks("sides", gather, [Candidates(work=work, number=task.number, files=len(chosen)) for task in tasks], Written)
    spans = enumerate(ranges(sum(each.rows for each in found), COMPARED))
    compared = [Range(work=work, number=number, low=low, high=high, files=shards) for number, (low, high) in spans]
    return clustered(link for each in run_tasks("links", compare, compared, Links) for link in each.links)


def _pairs(kind: str, work: str, shards: int, keys: int) -> list[Written]:
    tasks = [Range(work=work, number=number, low=low, high=high, files=shards) for number, (low, high) in enumerate(ranges(keys))]
    return run_tasks(kind, pair_alike if kind == "pairs-alike" else pair_within, tasks, Written)


def _holds(index: Index, name: str) -> bool:
    """Whether an article has this id."""
    number = np.uint64(number_of(name))
    place = int(np.searchsorted(index.number, number, sorter=index.order))
    return place < len(index.number) and bool(index.number[index.order[place]] == number)


# What is said of rows


def shown_url(shard: Shard) -> str:
    return shard.input.url if "://" in shard.input.url else shown(Path(shard.input.url))


def _offsets(shards: Sequence[Shard], cleaned: Sequence[Cleaned]) -> list[int]:
    """By how much a row's number in its shard falls short of that in its file."""
    offsets, before, file = [], 0, ""
    for shard, each in zip(shards, cleaned, strict=True):
        before = before if shard.input.url == file else 0
        file = shard.input.url
        offsets.append(0 if is_parquet(shard.input) else before)
        before += each.rows
    return offsets


def _problems(shards: Sequence[Shard], cleaned: Sequence[Cleaned], offsets: Sequence[int]) -> Iterator[Problem]:
    for shard, each, offset in zip(shards, cleaned, offsets, strict=True):
        name = shown_url(shard)
        yield from (Problem(f"{name}:{offset + row}", message) for row, message in each.problems)
        if each.unreadable:
            yield Problem(name, each.unreadable)


def _warnings(shards: Sequence[Shard], cleaned: Sequence[Cleaned], offsets: Sequence[int]) -> Iterator[Problem]:
    for shard, each, offset in zip(shards, cleaned, offsets, strict=True):
        yield from (Problem(f"{shown_url(shard)}:{offset + row}", message) for row, message in each.warnings)


def _clashes(shards: Sequence[Shard], offsets: Sequence[int], again: Sequence[Repeated]) -> Iterator[Problem]:
    def place(shard: int, row: int) -> str:
        return f"{shown_url(shards[shard])}:{offsets[shard] + row}"

    for each in again:
        if not each.same_text:
            first = place(each.first_shard, each.first_row)
            yield Problem(
                place(each.shard, each.row), f"id {each.id!r} with another text stands at {first} too; give one of them another id"
            )
