"""Krippendorff's unitizing alphas of 2016: u, |u, cu and (k)u, on what coders said of every character.

Krippendorff, Mathet, Bouvry and Widlöcher (2016), "On the reliability of unitizing textual continua: Further developments", Quality &
Quantity 50; also Krippendorff (2019), Content Analysis, 4th ed., section 12.6. A reading cuts its continuum into units, each with one
label, and gaps φ between them. l_ck is the length of the intersections of units valued c by one coder and k by another, over m − 1.

Documents are combined by adding their l_ck. Nominal alphas need no more than its margins and diagonal, so tables grow with the
labels, not with their square: (…, 5, 1 + labels), gaps first.
"""

from __future__ import annotations

import numpy as np

from annotate.agreement.intervals import Floats
from annotate.agreement.spans.continua import Continua, Integers

MARGIN, AGREED, UNIT_SQUARES, BOTH, BOTH_SQUARES = range(5)
GAP, UNITS = 0, slice(1, None)
AT_A_TIME = 2**15  # units


def coincidences(continua: Continua) -> Floats:
    """What the alphas are made of, by row; units must not overlap within a reading: (rows, 5, 1 + labels).

    l_c.; l_cc; Σ l² of the units of c (Σ l of the gaps); l*_c., the part of l_c. that meets units of others; and Σ p², p the part of
    a unit that at least one other coder covers by units ("union rule"). The last two are 0 for gaps.
    """
    length, m = continua.end - continua.start, continua.coders[continua.continuum]
    crowd, covered = _company(continua, continua.continuum)
    alike, _ = _company(continua, continua.continuum * continua.labels + continua.label)
    tables = np.zeros((continua.rows, 5, 1 + continua.labels))
    place = continua.row[continua.continuum] * continua.labels + continua.label
    planes = ((MARGIN, length), (AGREED, alike / (m - 1)), (UNIT_SQUARES, length**2), (BOTH, crowd / (m - 1)), (BOTH_SQUARES, covered**2))
    for plane, values in planes:
        summed = np.bincount(place, values, minlength=continua.rows * continua.labels)
        tables[:, plane, UNITS] = summed.reshape(continua.rows, continua.labels)
    positions = np.bincount(continua.row, continua.coders * continua.length, minlength=continua.rows)
    gaps = positions - tables[:, MARGIN, UNITS].sum(axis=-1)
    unit_gap = (tables[:, MARGIN, UNITS] - tables[:, BOTH, UNITS]).sum(axis=-1)
    tables[:, MARGIN, GAP], tables[:, AGREED, GAP], tables[:, UNIT_SQUARES, GAP] = gaps, gaps - unit_gap, gaps
    return tables


def _company(continua: Continua, group: Integers) -> tuple[Integers, Integers]:
    """Of each unit, Σ over its characters of the others in its group that cover them, and how many any other covers: (units,) each.

    Units come in the order of their documents, which have no group in common: so some documents are swept at a time.
    """
    stride = int(continua.length.max(initial=0)) + 1
    continuum = continua.continuum
    cuts = np.unique(np.searchsorted(continuum, continuum[AT_A_TIME::AT_A_TIME], "left"))
    parts = zip(*(np.split(each, cuts) for each in (group * stride, continua.start, continua.end)), strict=True)
    others, covered = zip(*(_swept(*part) for part in parts), strict=True)
    return np.concatenate(others), np.concatenate(covered)


def _swept(line: Integers, start: Integers, end: Integers) -> tuple[Integers, Integers]:
    """``_company`` of units whose group begins at ``line``.

    The units of all coders are swept by position: n cover the stretch after each border, and prefix sums give what lies inside a unit.
    """
    units = len(line)
    borders = np.concatenate([line + start, line + end])
    order = np.argsort(borders, kind="stable")
    width = np.diff(borders[order], append=borders[order][-1:])
    n = np.cumsum(np.repeat([1, -1], units)[order])
    inside = []
    for values in (n * width, (n > 1) * width):
        before = np.empty(2 * units, np.int64)
        before[order] = np.cumsum(values) - values
        inside.append(before[units:] - before[:units])
    return inside[0] - (end - start), inside[1]


def u_alpha(sums: Floats) -> Floats:
    """_uα (eq. 5), units, their labels and the gaps between them: (…, 5, 1 + labels) → (…); NaN where one value is everywhere."""
    return _alpha(sums[..., MARGIN, :], sums[..., AGREED, :], sums[..., UNIT_SQUARES, :])


def u_alpha_binary(sums: Floats) -> Floats:
    """_|uα (eq. 6), units against gaps whatever their labels: (…, 5, 1 + labels) → (…); NaN without units, or without gaps."""
    gaps, units = sums[..., GAP], sums[..., UNITS].sum(axis=-1)
    margins, agreed = np.stack([gaps, units], axis=-1)[..., MARGIN, :], np.stack([gaps[..., AGREED], units[..., BOTH]], axis=-1)
    return _alpha(margins, agreed, sums[..., UNIT_SQUARES, :])


def cu_alpha(sums: Floats) -> Floats:
    """_cuα (eq. 11), the labels of intersecting units: (…, 5, 1 + labels) → (…); NaN where these have one label or are too few to tell."""
    return _alpha(sums[..., BOTH, UNITS], sums[..., AGREED, UNITS], sums[..., BOTH_SQUARES, UNITS])


def cu_coverage(sums: Floats) -> Floats:
    """l*.. / l.., the part of the continua on which units intersect: (…, 5, 1 + labels) → (…)."""
    return _ratio(sums[..., BOTH, :].sum(axis=-1), sums[..., MARGIN, :].sum(axis=-1))


def ku_alpha(sums: Floats) -> Floats:
    """_(k)uα (eq. 13), the label k against all others where units intersect: (…, 5, 2), k and the rest → (…).

    1 − (ε*_.k / l*_.k)(l*_.k − l*_kk) / (ε*_.k − ε*_kk). NaN where no unit of k meets another's, where only units of k meet, and where
    too few meet for ε* to be positive.
    """
    l_k, l_kk, l_all = sums[..., BOTH, 0], sums[..., AGREED, 0], sums[..., BOTH, :].sum(axis=-1)
    pairs = l_all**2 - sums[..., BOTH_SQUARES, :].sum(axis=-1)
    e_k, e_other = l_k * l_all - sums[..., BOTH_SQUARES, 0], l_k * sums[..., BOTH, 1]  # times l*.. / pairs, which cancels
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((pairs > 0) & (e_k > 0) & (e_other > 0), 1 - e_k / l_k * (l_k - l_kk) / e_other, np.nan)


def ku_coverage(sums: Floats) -> Floats:
    """l*_.k / l_.k, the part of the units of k that meets others' units: (…, 5, 2) → (…)."""
    return _ratio(sums[..., BOTH, 0], sums[..., MARGIN, 0])


def against_the_rest(tables: Floats, label: int) -> Floats:
    """One label, and all other labels together, gaps left out: (…, 5, 1 + labels) → (…, 5, 2)."""
    k = tables[..., 1 + label]
    return np.stack([k, tables[..., UNITS].sum(axis=-1) - k], axis=-1)


def _alpha(margins: Floats, agreed: Floats, squares: Floats) -> Floats:
    """α = 1 − Σ_{c≠k} l_ck / Σ_{c≠k} ε_ck, ε_ck = l_c. l_.k l.. / (l..² − Σ l²): (…, values) each → (…)."""
    total = margins.sum(axis=-1)
    pairs = total**2 - squares.sum(axis=-1)
    differing = (margins * (total[..., None] - margins)).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((pairs > 0) & (differing > 0), 1 - (total - agreed.sum(axis=-1)) * pairs / (total * differing), np.nan)


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
