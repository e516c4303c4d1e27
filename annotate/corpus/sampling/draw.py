"""What to label next: a stratified sample out of a large pool, each article with its weight.

The articles that can be drawn contain a keyword (where any are asked for), stand for their duplicates, and are among the few that are kept
of their story. In stratum h, with N_h of these, the n_h with the smallest random numbers are drawn: simple random sampling (or evenly along
the words that they share, ``annotate.corpus.sampling.spread``). An article's weight is 1 / its probability of being drawn:

    w = N_h / n_h · m / k        m: articles of its story that could be kept, k: those that were (1 without a story)

So Σ w·y over the sample estimates Σ y over the pool without bias (Horvitz and Thompson 1952; with the story limit a two-phase sample,
Särndal, Swensson and Wretman 1992, chapter 9): the pool being the articles that contain a keyword, each set of duplicates counting once.
Where no story is limited, the weights of a stratum add up to N_h.

Every stratum comes in before any gets a second article. Where there are more strata than articles, they come in by priority N_h / u_h (u_h
uniform in (0, 1], from the seed and the stratum's label), and max(N_h, τ) takes the place of N_h, where τ is the highest priority left out:
also without bias (priority sampling; Duffield, Lund and Thorup 2007, Journal of the ACM 54(6)).

What was drawn before counts: of the strata's shares only the rest is drawn, and all get new weights. Shares never shrink as the sample
grows (Sainte-Laguë's method once every stratum is in; Balinski and Young 1982), so 100 and then 100 more is what 200 at once would be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from heapq import heapify, heapreplace
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from annotate import __version__
from annotate.corpus.inputs import Input
from annotate.corpus.sampling.design import Design, require_sound
from annotate.corpus.sampling.files import changed, names, read_rows, require_unchanged
from annotate.corpus.sampling.manifest import FORMAT, Manifest, PoolFile, Stratum
from annotate.corpus.sampling.pool import Label, Mask, Numbers, Places, Pool, RunEach, in_turn, read_pool
from annotate.corpus.sampling.spread import by_shared_words, spread
from annotate.errors import BadInput, Problem

Floats = np.ndarray[Any, np.dtype[np.float64]]


class Drawn(NamedTuple):
    """One article of the sample: its id, weight and place (the file's number, line or row)."""

    id: str
    weight: float
    file: int
    number: int


class Sample(NamedTuple):
    """New articles and those that were drawn before, both with the weights that hold now, in the order of their ids."""

    new: list[Drawn]
    before: list[Drawn]
    manifest: Manifest
    files: Sequence[Input]
    problems: list[Problem]


class Wanted(Struct, frozen=True):
    """The rows of a file that were drawn, by their numbers."""

    file: Input
    numbers: list[int]


class Rows(Struct, frozen=True):
    """(number, row) of each, or what is wrong with it; ``unreadable``: why the file cannot be read."""

    rows: list[tuple[int, dict[str, Any]]] = []
    problems: list[tuple[int, Problem]] = []
    unreadable: str | None = None


def draw(files: Sequence[Input], design: Design, known: frozenset[str] = frozenset(), run_each: RunEach = in_turn) -> Sample:
    """A sample of the pool in the files; ``known`` are the ids of articles drawn before.

    Raises UsageProblem for a design that cannot be, BadInput for a pool that cannot be read.
    """
    require_sound(design)
    problems: list[Problem] = []
    pool = read_pool(files, design, known, problems, run_each)
    fate, factor = _fates(pool, design)
    can = fate == CAN
    sizes = np.bincount(pool.label[can], minlength=len(pool.labels))
    before = np.bincount(pool.label[can & pool.known], minlength=len(pool.labels))
    priority = sizes / _uniform(design.seed, pool.labels)
    shares = allocate(sizes, before, priority, design.size, design.allocation)
    threshold = float(priority[shares == 0].max(initial=0.0))
    weights = np.maximum(sizes, threshold) / np.maximum(shares, 1)
    taken, in_order = _taken(pool, can, before, shares, design)
    by_design = in_order and _before_by_design(pool, fate, before, priority, design)
    manifest = Manifest(
        format=FORMAT,
        tool=__version__,
        design=design,
        files=_files(files, pool),
        left_out=len(problems),
        strata=_strata(pool, fate, shares, before, weights, design),
        known_probabilities=by_design,
        threshold=threshold,
    )
    weight = weights[pool.label] * factor
    return Sample(_drawn(pool, taken, weight), _drawn(pool, can & pool.known, weight), manifest, files, problems)


def fetch(sample: Sample, run_each: RunEach = in_turn) -> list[tuple[str, dict[str, Any] | Problem]]:
    """(place, row or what is wrong with it) of each new article, read in a second pass, in the order of the ids.

    Raises BadInput where a file has changed since the draw.
    """
    places = {each.id: (each.file, each.number) for each in sample.new}
    wanted: dict[int, list[int]] = defaultdict(list)
    for file, number in sorted(places.values()):
        wanted[file].append(number)
    tasks = [Wanted(sample.files[file], numbers) for file, numbers in wanted.items()]
    read = dict(zip(wanted, run_each(read_wanted, tasks, Rows), strict=True))
    if unreadable := [each.unreadable for each in read.values() if each.unreadable]:
        raise BadInput("\n".join(unreadable))
    found: dict[tuple[int, int], dict[str, Any] | Problem] = {}
    for file, rows in read.items():
        found |= {(file, number): row for number, row in rows.rows}
        found |= {(file, number): problem for number, problem in rows.problems}
    for name, (file, number) in places.items():
        row = found.get((file, number))
        if row is None or (isinstance(row, dict) and str(row.get("id")) != name):
            raise changed(sample.files[file])
    return [(f"{sample.files[file].url}:{number}", found[file, number]) for file, number in places.values()]


def read_wanted(task: Wanted) -> Rows:
    """These rows of one file."""
    try:
        require_unchanged(task.file)
        read = list(read_rows(task.file, task.numbers))
    except BadInput as error:
        return Rows(unreadable=str(error))
    sound = [(number, row) for number, row in read if not isinstance(row, Problem)]
    return Rows(sound, [(number, row) for number, row in read if isinstance(row, Problem)])


# Who can be drawn

CAN, WITHOUT_KEYWORD, DUPLICATE, BEYOND_STORY = range(4)


def _fates(pool: Pool, design: Design) -> tuple[Places, Floats]:
    """Whether each article can be drawn, else why not; and the weight that undoes its story's limit."""
    fate = np.where(pool.matches, CAN, WITHOUT_KEYWORD)
    fate[_surplus(pool.duplicates, pool.stand_in, pool.known, fate == CAN, 1)] = DUPLICATE
    factor = np.ones(len(fate))
    if design.per_story:
        in_story = (fate == CAN) & (pool.story != 0)
        beyond = _surplus(pool.story, pool.story_rank, pool.known, in_story, design.per_story)
        _, story, members = np.unique(pool.story[in_story], return_inverse=True, return_counts=True)
        factor[in_story] = (members / np.minimum(members, design.per_story))[story]
        fate[beyond] = BEYOND_STORY
    return fate, factor


def _surplus(group: Numbers, rank: Numbers, known: Mask, among: Mask, limit: int) -> Places:
    """Those of the articles that their group has no room for; what was drawn before stays first, then the smallest ranks."""
    rows = np.flatnonzero(among & (group != 0))
    rows = rows[np.lexsort((rank[rows], ~known[rows], group[rows]))]
    surplus: Places = rows[_turns(group[rows]) >= limit]
    return surplus


# Who is drawn


def allocate(sizes: Places, before: Places, priority: Floats, size: int, allocation: str) -> Places:
    """How many articles of each stratum the sample holds, (strata,), ``before`` included.

    One after the other goes to the stratum that is furthest behind, the larger and then the earlier one at a tie; but before that one to
    each stratum, in the order of priority.
    """
    shares = before.copy()

    def place(stratum: int) -> tuple[bool, float, int, int]:
        n, at_hand = int(shares[stratum]), int(sizes[stratum])
        behind = (2 * n + 1) / at_hand if allocation == "proportional" else float(n)
        return n > 0, behind if n else -float(priority[stratum]), -at_hand, stratum

    waiting = [place(stratum) for stratum in np.flatnonzero(sizes > shares).tolist()]
    heapify(waiting)
    for _ in range(min(size, int((sizes - shares).sum()))):
        stratum = waiting[0][-1]
        shares[stratum] += 1
        full = shares[stratum] == sizes[stratum]
        heapreplace(waiting, (True, np.inf, 0, stratum) if full else place(stratum))
    return shares


def _taken(pool: Pool, can: Mask, before: Places, shares: Places, design: Design) -> tuple[Mask, bool]:
    """The articles drawn now, and whether those drawn before come first in the order of this draw."""
    rows = np.flatnonzero(can)
    rank = _spread_ranks(pool, rows, design.seed) if design.diverse else pool.rank[rows]
    rows = rows[np.lexsort((rank, pool.label[rows]))]
    label = pool.label[rows]
    exact = bool((~pool.known[rows] | (_turns(label) < before[label])).all())
    fresh = rows[~pool.known[rows]]
    taken = np.zeros(len(can), np.bool_)
    taken[fresh[_turns(pool.label[fresh]) < (shares - before)[pool.label[fresh]]]] = True
    return taken, exact


def _before_by_design(pool: Pool, fate: Places, before: Places, priority: Floats, design: Design) -> bool:
    """Whether what was drawn before is spread over the strata, and leaves room to the others, as this design alone would have it."""
    alone, _ = _fates(pool._replace(known=np.zeros_like(pool.known)), design)
    sizes = np.bincount(pool.label[fate == CAN], minlength=len(before))
    shares = allocate(sizes, np.zeros_like(before), priority, int(before.sum()), design.allocation)
    return bool((alone == fate).all() and (shares == before).all())


def _turns(ascending: Places | Numbers) -> Places:
    """The place of each among its equals, from 0."""
    turns: Places = np.arange(len(ascending)) - np.searchsorted(ascending, ascending)
    return turns


def _spread_ranks(pool: Pool, rows: Places, seed: int) -> Numbers:
    """In what turn each of the rows is drawn within its stratum, along the words that its articles share, from a random start."""
    ends = np.cumsum(pool.word_counts)
    ranks = np.zeros(len(rows), np.uint64)
    for stratum in np.unique(pool.label[rows]).tolist():
        here = np.flatnonzero(pool.label[rows] == stratum)
        articles = rows[here]
        words = np.concatenate([pool.words[ends[each] - pool.word_counts[each] : ends[each]] for each in articles.tolist()])
        order = by_shared_words(words, pool.word_counts[articles], pool.rank[articles])
        ranks[here[order]] = spread(len(here), _start(seed, pool.labels[stratum], len(here)))
    return ranks


def _start(seed: int, label: Label, count: int) -> int:
    return _random_bits(f"start:{seed}:{label}", 128) % count


def _uniform(seed: int, labels: Sequence[Label]) -> Floats:
    """u in (0, 1] for each stratum."""
    return np.array([(_random_bits(f"priority:{seed}:{label}", 53) + 1) / 2**53 for label in labels])


def _random_bits(name: str, bits: int) -> int:
    return int.from_bytes(sha256(name.encode("utf-8", "surrogatepass")).digest(), "little") >> (256 - bits)


# What is said of it


def _drawn(pool: Pool, which: Mask, weight: Floats) -> list[Drawn]:
    rows = np.flatnonzero(which).tolist()
    return sorted(Drawn(pool.id_of(row), float(weight[row]), int(pool.file[row]), int(pool.number[row])) for row in rows)


def _files(files: Sequence[Input], pool: Pool) -> list[PoolFile]:
    """By name, of those that can be read."""
    sound = [number for number, file in enumerate(files) if file.fault is None]
    articles = np.bincount(pool.file, minlength=len(files)).tolist()
    described = [
        PoolFile(name, pool.sha256[number], files[number].bytes, articles[number])
        for name, number in zip(names([files[number] for number in sound]), sound, strict=True)
    ]
    return sorted(described, key=lambda each: each.path)


def _strata(pool: Pool, fate: Places, shares: Places, before: Places, weights: Floats, design: Design) -> list[Stratum]:
    counts = np.zeros((len(pool.labels), 4), np.int64)
    np.add.at(counts, (pool.label, fate), 1)
    return [
        Stratum(
            stratum=dict(zip(design.by, label, strict=True)),
            articles=int(counts[place].sum()),
            without_keyword=int(counts[place, WITHOUT_KEYWORD]),
            duplicates=int(counts[place, DUPLICATE]),
            beyond_story=int(counts[place, BEYOND_STORY]),
            can_be_drawn=int(counts[place, CAN]),
            drawn=int(shares[place]),
            before=int(before[place]),
            weight=float(weights[place]) if shares[place] else None,
        )
        for place, label in enumerate(pool.labels)
    ]
