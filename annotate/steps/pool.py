"""`annotate pool`: files of any number of articles, cleaned as ingest does it, into a pool to sample from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from annotate.corpus.at_scale.build import Pool, make_pool
from annotate.corpus.at_scale.engine import use_engine
from annotate.corpus.inputs import inputs_of
from annotate.corpus.zones.rules import read_rules, rules_of

SHOWN = 20  # problems, and warnings


class Pooled(Struct, frozen=True):
    """The pool and its folder."""

    folder: str
    pool: Pool


def run(paths: list[str], out: str, *, rules: Sequence[Path] = (), engine: str = "native", address: str | None = None) -> Pooled:
    """Make the pool in the folder ``out``. Run again, it goes on where it stopped. ``rules``: files of one's own, for zones."""
    own = read_rules(rules)
    rules_of(own)  # what is wrong in them is said before anything else
    use_engine(engine, address)
    out = out.rstrip("/") or out
    return Pooled(out, make_pool(inputs_of(paths), out, rules=own))


def show(done: Pooled) -> str:
    pool = done.pool
    lines = [
        f"{done.folder}: {pool.articles:,} articles in, {len(pool.problems):,} problems, {pool.repeated:,} repeated rows left out",
        f"{pool.marked:,} articles have lines that their outlet prints again and again",
        f"{pool.copies:,} articles are copies of one another, in {pool.groups:,} groups",
    ]
    if pool.largest:
        more = ", …" if pool.largest_size > len(pool.largest) else ""
        lines[-1] += f"; the largest, of {pool.largest_size:,}: {', '.join(pool.largest)}{more}"
    lines += _some([f"  {each}" for each in pool.problems])
    if pool.warnings:
        lines += ["To look at, though in as it is:", *_some([f"  {each}" for each in pool.warnings])]
    return "\n".join(lines)


def _some(lines: list[str]) -> list[str]:
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"  … {len(lines) - SHOWN:,} more, all of them in _pool.json"]
