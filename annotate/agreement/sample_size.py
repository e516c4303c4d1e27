"""How much more: the documents to be labelled twice for an interval of a wanted width, and to tell a coefficient from a bad one.

Both are rules of thumb. The first takes the data at hand for what the rest will be like, and a width that falls with the root of the number
of documents; the second is for two annotators, so it asks for too much where there are more.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from annotate.agreement.categories.addends import Addends, alpha_addends
from annotate.agreement.categories.measure import ONE_CATEGORY
from annotate.agreement.categories.ratings import Integers, Ratings
from annotate.agreement.intervals import Floats, Intervals, Resampled, Statistic, documents_needed, interval, standard_error
from annotate.agreement.results import signature

ALPHA_MIN = 0.667  # below it not even tentative conclusions are drawn (Krippendorff 2019, ch. 12)
Z = 1.6449  # p = .05, one-tailed
NO_WIDTH = 1e-12  # what is narrower is rounding


class SampleSize(Struct, frozen=True):
    """What there is and what is needed, in documents with a unit that two rated.

    half_width, half_width_now: of the 95% interval, the one wanted and the one at hand
    documents, documents_needed, more: there are; would be needed for the wanted one; are still to be labelled twice
    reason:                    why it cannot be said how many are needed
    units_needed:              Bloch & Kraemer's N, for the rarest category in use and a smallest acceptable alpha of .667
    design_effect:             by how much the variance is larger than if units of one document were independent
    documents_by_bloch_kraemer: N × the design effect (at least 1) / units a document
    reason_bloch_kraemer:      why one of these three is missing
    """

    layer: str
    measure: str
    half_width: float
    half_width_now: float | None
    documents: int
    documents_needed: int | None
    more: int | None
    reason: str | None
    units_needed: int | None
    design_effect: float | None
    documents_by_bloch_kraemer: int | None
    reason_bloch_kraemer: str | None
    signature: str


def how_much_more(layer: str, level: str, ratings: Ratings, half_width: float, how: Intervals = Intervals()) -> SampleSize:
    """For Krippendorff's alpha. ``half_width`` is half of the 95% interval's width that is wanted, ``how`` makes the present interval.

    Raises ValueError on an unknown level and on a half-width that is not above 0.
    """
    if half_width <= 0:
        raise ValueError(f"a half-width is above 0, not {half_width}")
    own = alpha_addends(level, ratings)
    tables, counts = own.by_document
    used = tables.any(axis=1)  # a document without two ratings of a unit adds nothing
    documents = int(counts[used].sum())
    now, reason = _half_width(own, tables[used], counts[used], how)
    needed = None if now is None else documents_needed(documents, now, half_width)
    by_units = _by_bloch_kraemer(level, own, Resampled(tables[used], counts[used], tables[:0]))
    facts = {"of": "krippendorff_alpha", "level": level, "half_width": half_width, "alpha_min": ALPHA_MIN, "z": Z}
    return SampleSize(
        layer=layer,
        measure="krippendorff_alpha",
        half_width=half_width,
        half_width_now=now,
        documents=documents,
        documents_needed=needed,
        more=None if needed is None else needed - documents,
        reason=reason,
        units_needed=by_units.units,
        design_effect=by_units.effect,
        documents_by_bloch_kraemer=by_units.documents,
        reason_bloch_kraemer=by_units.reason,
        signature=signature("sample_size", **facts, ci=how.signature),
    )


def bloch_kraemer(alpha_min: float, p_c: float, z: float = Z) -> int:
    """N = ⌈2 z² ((1 + α)(3 − α) / (4 (1 − α) p_c (1 − p_c)) − α)⌉: units to tell alpha from ``alpha_min``.

    Bloch & Kraemer (1989), eq. 3.7, as Krippendorff (2019) uses it. p_c: share of the category; z: of the significance, one-tailed.
    Raises ValueError outside 0 < p_c < 1 and −1 < alpha_min < 1.
    """
    if not (0 < p_c < 1 and -1 < alpha_min < 1):
        raise ValueError(f"0 < p_c < 1 and −1 < alpha_min < 1, not {p_c} and {alpha_min}")
    a = alpha_min
    return ceil(2 * z**2 * ((1 + a) * (3 - a) / (4 * (1 - a) * p_c * (1 - p_c)) - a))


def design_effect(by_document: Resampled, by_unit: Resampled, statistic: Statistic) -> float | None:
    """The variance of a statistic by leaving out documents, over that by leaving out units as if they were independent (Kish 1965).

    None where either is undefined, or the latter 0.
    """
    if by_document.documents < 2:
        return None
    clustered, independent = (standard_error(drawn, statistic) for drawn in (by_document, by_unit))
    if np.isnan(clustered) or np.isnan(independent) or independent < NO_WIDTH:
        return None
    return (clustered / independent) ** 2


def _half_width(own: Addends, tables: Floats, counts: Integers, how: Intervals) -> tuple[float | None, str | None]:
    """Half of the present interval's width, or why there is none."""
    if not own.pairable:
        return None, "no unit has two ratings"
    if np.isnan(own.value):
        return None, ONE_CATEGORY
    if how.method in ("none", "analytic"):
        return None, "needs an interval by resampling: percentile, bca or jackknife"
    found, reason = interval(tables, own.statistic, how, counts)
    if found is None:
        return None, reason or "needs replicates"
    # The jackknife's interval is cut at 1, which is no reason to want fewer documents.
    half = max(own.value - found.low, found.high - own.value) if how.method == "jackknife" else (found.high - found.low) / 2
    if half < NO_WIDTH:
        return None, "the present interval has no width: no two documents differ, which says nothing about more of them"
    return half, None


class _Needed(NamedTuple):
    units: int | None
    effect: float | None
    documents: int | None
    reason: str | None


def _by_bloch_kraemer(level: str, own: Addends, by_document: Resampled) -> _Needed:
    effect = design_effect(by_document, _by_unit(own), own.statistic)
    if level in ("interval", "ratio"):
        return _Needed(None, effect, None, "Bloch and Kraemer's N is for categories, and these are measurements")
    share = _rarest_share(own)
    if share is None:
        return _Needed(None, effect, None, ONE_CATEGORY if own.pairable else "no unit has two ratings")
    units = bloch_kraemer(ALPHA_MIN, share)
    if effect is None:
        return _Needed(units, None, None, "no design effect: alpha is undefined, or does not change, when one document or unit is left out")
    return _Needed(units, effect, ceil(units * max(1.0, effect) * by_document.documents / own.pairable), None)


def _by_unit(own: Addends) -> Resampled:
    """Every unit with two ratings as a document of its own."""
    pairable = own.rated.r_i > 1
    return Resampled(own.tables[pairable], own.patterns.times[pairable], own.tables[:0])


def _rarest_share(own: Addends) -> float | None:
    """The share of the rarest category in use, of ratings of units that two rated; None where fewer than two are in use."""
    pairable = own.rated.r_i > 1
    n_c = own.patterns.times[pairable] @ own.rated.r_ik[pairable]
    used = n_c[n_c > 0]
    return float(used.min() / used.sum()) if len(used) > 1 else None
