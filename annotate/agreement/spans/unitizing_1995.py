"""Krippendorff's unitizing alpha of 1995, category by category.

Krippendorff (1995), "On the reliability of unitizing continuous data", Sociological Methodology 25; in the notation of Krippendorff
(2004), Content Analysis, 2nd ed., pp. 251–255. Each category has a continuum of its own: a coder's units of it and the gaps between them,
section g of coder i having length l_ig and v_ig = 1 for a unit, 0 for a gap.

Several documents are laid end to end; sections end at a document's borders. D_o and D_e are here per position, that is L times as large as
in the book, which leaves alpha alone and lets the number of coders differ: of a document with m coders, each pair weighs 1/(m − 1),
so that every coder's character weighs the same, as a rating does in alpha with missing data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from annotate.agreement.intervals import Floats
from annotate.agreement.spans.continua import Continua, Integers

OBSERVED, UNITS, CUBES, POSITIONS, WITHIN, FIXED = range(6)


class Disagreements(NamedTuple):
    """What D_o and D_e of one category are made of; rows add up. K is the number of different lengths l of its units.

    lengths: (K,) these lengths
    tables:  (rows, 5 + 2K): Σδ² / (m − 1); units N_c; Σ (2l³ − 3l² + l); positions mL; Σ l(l − 1);
             then for each l the units of this length, and Σ (l_jh − l + 1) over the gaps at least as long: the places it fits into
    """

    lengths: Integers
    tables: Floats


def disagreements(continua: Continua, label: int) -> Disagreements:
    """The sums of one category; its units must not overlap within a reading."""
    units = continua.of_label(label)
    length = units.end - units.start
    lengths, which = np.unique(length, return_inverse=True)
    row, k = units.row[units.continuum], len(lengths)
    tables = np.zeros((units.rows, FIXED + 2 * k))
    tables[:, OBSERVED] = np.bincount(row, _observed(units), minlength=units.rows)
    tables[:, UNITS] = np.bincount(row, minlength=units.rows)
    tables[:, CUBES] = np.bincount(row, 2 * length**3 - 3 * length**2 + length, minlength=units.rows)
    tables[:, POSITIONS] = np.bincount(units.row, units.coders * units.length, minlength=units.rows)
    tables[:, WITHIN] = np.bincount(row, length * (length - 1), minlength=units.rows)
    tables[:, FIXED : FIXED + k] = _histogram(row, which, units.rows, k)
    tables[:, FIXED + k :] = _places(units, lengths)
    return Disagreements(lengths, tables)


def krippendorff_alpha_u(tables: Floats, lengths: list[Integers]) -> Floats:
    """α = 1 − Σ_c D_o / Σ_c D_e: tables of one or more categories side by side, (…, Σ (5 + 2K)) → (…); NaN where Σ D_e is 0."""
    ends = np.cumsum([FIXED + 2 * len(each) for each in lengths])
    by_category = list(zip(np.split(tables, ends, axis=-1)[:-1], lengths, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = _total(observed_disagreement(sums) for sums, _ in by_category)
        expected = _total(expected_disagreement(sums, each) for sums, each in by_category)
        return np.where(expected > 0, 1 - observed / expected, np.nan)


def observed_disagreement(sums: Floats) -> Floats:
    """D_o · L of one category: (…, 5 + 2K) → (…)."""
    return np.asarray(sums[..., OBSERVED] / sums[..., POSITIONS])


def expected_disagreement(sums: Floats, lengths: Integers) -> Floats:
    """D_e · L of one category: (…, 5 + 2K) → (…).

    2 Σ_ig v_ig [(N_c − 1)/3 · (2l³ − 3l² + l) + l² Σ_jh (1 − v_jh)(l_jh − l + 1 where l_jh ≥ l)] / [mL(mL − 1) − Σ_ig v_ig l(l − 1)],
    l = l_ig; the inner sum needs l alone, so units of equal length are taken together.
    """
    units, places = np.split(sums[..., FIXED:], 2, axis=-1)
    unit_unit = (sums[..., UNITS] - 1) / 3 * sums[..., CUBES]
    unit_gap = (lengths.astype(np.float64) ** 2 * units * places).sum(axis=-1)
    positions = sums[..., POSITIONS]
    return np.asarray(2 * (unit_unit + unit_gap) / (positions * (positions - 1) - sums[..., WITHIN]))


def _total(parts: Iterable[Floats]) -> Floats:
    """Their sum; an undefined part is one of no positions at all and makes all of it undefined."""
    return np.asarray(sum(parts, np.float64(0)))


def _observed(units: Continua) -> Floats:
    """Of each unit, Σδ² against the other coders of its continuum, over m − 1: (units,).

    δ² of two overlapping units is (b − b')² + (e − e')², met from both sides; of a unit inside a gap l², counted twice here because
    the sum over ordered pairs of coders meets it as unit and gap, and as gap and unit.
    """
    stride = int(units.length.max(initial=0)) + 1
    starts, ends = units.reading * stride + units.start, units.reading * stride + units.end
    sums = [_prefix(units.start), _prefix(units.start**2), _prefix(units.end), _prefix(units.end**2)]
    first, m = units.first_reading[units.continuum], units.coders[units.continuum]
    squares = np.zeros(len(units.start), np.int64)
    for step in range(1, int(m.max(initial=1))):
        rest = np.flatnonzero(m > step)
        b, e = units.start[rest], units.end[rest]
        other = (first[rest] + (units.reading[rest] - first[rest] + step) % m[rest]) * stride
        low, high = np.searchsorted(ends, other + b, side="right"), np.searchsorted(starts, other + e)
        b1, b2, e1, e2 = (each[high] - each[low] for each in sums)
        met = high - low
        overlapping = met * (b**2 + e**2) - 2 * (b * b1 + e * e1) + b2 + e2
        squares[rest] += np.where(met > 0, overlapping, 2 * (e - b) ** 2)
    return np.asarray(squares / (m - 1))


def _prefix(values: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(values)])


def _places(units: Continua, lengths: Integers) -> Floats:
    """Σ (l_jh − l + 1) over the gaps of at least l characters, for each l of ``lengths`` (sorted): (rows, K)."""
    reading, gap = _gaps(units)
    row, k = units.row[units.continuum_of_reading[reading]], len(lengths)
    shorter = np.searchsorted(lengths, gap, side="right")
    number = _histogram(row, shorter, units.rows, k + 1)[:, :0:-1]
    size = _histogram(row, shorter, units.rows, k + 1, gap + 1)[:, :0:-1]
    at_least = np.cumsum(size, axis=1) - lengths[::-1] * np.cumsum(number, axis=1)
    return np.asarray(at_least[:, ::-1])


def _gaps(units: Continua) -> tuple[Integers, Integers]:
    """The reading and the length of each gap: before each unit, and after the last one of each reading. Some are empty."""
    readings = units.continuum_of_reading
    last = np.zeros(len(readings), np.int64)
    np.maximum.at(last, units.reading, units.end)
    follows = np.concatenate([[False], units.reading[1:] == units.reading[:-1]])[: len(units.reading)]
    before = units.start - np.where(follows, np.concatenate([[0], units.end[:-1]])[: len(follows)], 0)
    reading = np.concatenate([units.reading, np.arange(len(readings))])
    return reading, np.concatenate([before, units.length[readings] - last])


def _histogram(row: Integers, column: Integers, rows: int, columns: int, weights: Integers | None = None) -> Floats:
    """(rows, columns)"""
    return np.bincount(row * columns + column, weights, minlength=rows * columns).reshape(rows, columns).astype(np.float64)
