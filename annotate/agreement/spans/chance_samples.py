"""The disorders of documents as they were annotated, and as they would be by chance (Mathet, Widlöcher & Métivier 2015, section 5.2).

A chance sample keeps how long units are, how they follow one another and how labels are spread: each annotator's place is given to one
drawn at random, whose units all move on by a random number of characters, those that would then start beyond the text's end from its start
again. The moves in a sample are at least half a mean unit apart, lest an annotator who is drawn twice agree with themself (the paper says a
whole unit; its own software takes half). This is the ShuffleContinuumSampler of pygamma-agreement 0.5.9; its default is another one, not
the paper's, which draws gaps, lengths and labels independently.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations
from typing import NamedTuple
from zlib import crc32

import numpy as np

from annotate.agreement.spans.disorder import Continuum, Units, Weights, best_sums, mean_units
from annotate.agreement.spans.unitary_alignments import Floats, Ints, TooManyCandidates

OBSERVED = -1  # the number of the sample that is none
# Units aligned in one go: a linear program takes a millisecond to set up, and its time grows faster than its size.
UNITS_AT_ONCE = 300


class Document(NamedTuple):
    """A document as some annotators marked it, ``coders`` in an order that does not depend on their names. ``length`` is the text's."""

    name: str
    annotators: tuple[str, ...]
    coders: Continuum
    length: int

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        return self.name, self.annotators


class Disorders(NamedTuple):
    """The disorder δ, Σ w·d_cat and Σ w (see ``Sums``) of a document: ``rows`` is (1 + samples, 3), the first row what was observed.

    ``exact`` unless each is a mean over the pairs of annotators, because there were too many alignments to choose from.
    """

    rows: Floats
    exact: bool = True

    @property
    def samples(self) -> int:
        return len(self.rows) - 1


class _Job(NamedTuple):
    document: Document
    sample: int


def document_disorders(
    documents: list[Document], samples: int, seed: int, weights: Weights, known: list[Disorders] | None = None
) -> list[Disorders]:
    """The disorders of each document with so many samples; ``known`` are those with fewer, drawn with the same seed.

    A sample depends on the seed, the document's name and the sample's number only, whatever else is measured and on how many threads. Where
    several alignments are best, the one that Σ w·d_cat and Σ w are of is an arbitrary but repeatable one.
    """
    before = known or [Disorders(np.zeros((0, 3)))] * len(documents)
    marked = [each for each, document in enumerate(documents) if mean_units(document.coders)]
    wanted = {each: range(len(before[each].rows) + OBSERVED, samples) for each in marked if before[each].exact}
    fresh = _solved(documents, wanted, partial(_exact_rows, seed=seed, weights=weights))
    rows = {each: np.concatenate([before[each].rows, fresh[each]]) for each in wanted}
    rows |= {each: np.zeros((samples + 1, 3)) for each in range(len(documents)) if each not in marked}
    dense = {each: range(OBSERVED, samples) for each in marked if each not in rows or np.isnan(rows[each]).any()}
    rows |= _solved(documents, dense, partial(_pairwise_rows, seed=seed, weights=weights))
    return [Disorders(rows[each], each not in dense) for each in range(len(documents))]


def chance_sample(document: Document, number: int, seed: int) -> Continuum:
    """One chance sample, in which somebody marked something; OBSERVED: the document itself."""
    if number == OBSERVED:
        return document.coders
    draw = np.random.default_rng([seed, crc32(document.name.encode(errors="surrogatepass")), number])
    k = len(document.coders)
    drawn = draw.integers(0, k, k)
    while not any(len(document.coders[each].starts) for each in drawn):
        drawn = draw.integers(0, k, k)
    moves = _moves(document, draw)
    return [_moved(document.coders[each], move, document.length) for each, move in zip(drawn, moves, strict=True)]


def _moves(document: Document, draw: np.random.Generator) -> list[int]:
    """How far each place's units move, at least half a mean unit apart as long as there is room."""
    lengths = np.concatenate([each.ends - each.starts for each in document.coders])
    near = int(lengths.mean() / 2)
    free = np.ones(document.length, np.bool_)
    moves = []
    for _ in document.coders:
        room = np.flatnonzero(free)
        moves.append(int(room[draw.integers(len(room))] if len(room) else draw.integers(document.length)))
        free[max(0, moves[-1] - near) : moves[-1] + near + 1] = False
    return moves


def _moved(units: Units, move: int, length: int) -> Units:
    """Units that cross the end stay whole, and stick out."""
    moves = np.where(units.starts + move >= length, move - length, move)
    order = np.argsort(units.starts + moves, kind="stable")
    return Units((units.starts + moves)[order], (units.ends + moves)[order], units.labels[order])


def _solved(documents: list[Document], wanted: dict[int, range], solve: partial[Floats]) -> dict[int, Floats]:
    """The rows of each document's samples, (samples, 3), solved in batches on as many threads as there are processors.

    HiGHS lets other threads run. Two coders' assignment does not: measured, threads neither help nor harm there.
    """
    jobs = [_Job(documents[each], number) for each, samples in wanted.items() for number in samples]
    batches = _batches(jobs)
    rows = np.zeros((len(jobs), 3))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for batch, solved in zip(batches, pool.map(solve, ([jobs[each] for each in batch] for batch in batches)), strict=True):
            rows[batch] = solved
    ends = np.cumsum([len(samples) for samples in wanted.values()], dtype=np.int64)
    return dict(zip(wanted, np.split(rows, ends[:-1]), strict=True)) if wanted else {}


def _batches(jobs: list[_Job]) -> list[Ints]:
    """The jobs with equally many coders together, up to UNITS_AT_ONCE."""
    if not jobs:
        return []
    coders = np.array([len(each.document.coders) for each in jobs])
    units = np.array([sum(len(coder.starts) for coder in each.document.coders) for each in jobs])
    order = np.argsort(coders, kind="stable")
    filled = np.cumsum(units[order]) // UNITS_AT_ONCE
    breaks = np.flatnonzero((np.diff(filled) > 0) | (np.diff(coders[order]) > 0)) + 1
    return list(np.split(order, breaks))


def _exact_rows(batch: list[_Job], *, seed: int, weights: Weights) -> Floats:
    """(batch, 3), NaN where there are too many candidates."""
    continua = [chance_sample(*job, seed) for job in batch]
    try:
        sums = best_sums(continua, weights)
    except TooManyCandidates:
        if len(batch) == 1:
            return np.full((1, 3), np.nan)
        return np.concatenate([_exact_rows([job], seed=seed, weights=weights) for job in batch])
    return np.stack([sums.disorders / [mean_units(each) for each in continua], sums.differing, sums.weights], axis=1)


def _pairwise_rows(batch: list[_Job], *, seed: int, weights: Weights) -> Floats:
    """(batch, 3), means over the pairs of coders."""
    continua = [chance_sample(*job, seed) for job in batch]
    sums = [np.mean(best_sums([[a, b] for a, b in combinations(each, 2)], weights), axis=1) for each in continua]
    return np.array(sums) / [[mean_units(each), 1, 1] for each in continua]
