"""Analytic standard errors: Gwet's for chance-corrected coefficients, and Cohen's kappa's own.

Each comes from what one unit moves the coefficient (its influence z_i, mean 0). Units of one document are summed first, so that with one
unit a document the error is the published one, and with several it is not too small: Var = D/(D − 1) · Σ_d (Σ_{i in d} z_i)² / n².
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from annotate.agreement.categories.coefficients import Rated, marginals, unit_agreement
from annotate.agreement.categories.ratings import MISSING, Floats, Integers

GWET_KINDS = ("fleiss_kappa", "conger_kappa", "brennan_prediger", "gwet_ac")


class CohenErrors(NamedTuple):
    """Cohen's kappa with its asymptotic standard error, and the one under the hypothesis of no agreement, whose z is kappa / ase0."""

    kappa: float
    ase: float
    ase0: float

    @property
    def interval(self) -> tuple[float, float]:
        """kappa ± 1.96 · ase: 95%."""
        half = float(ndtri(0.975)) * self.ase
        return self.kappa - half, self.kappa + half

    @property
    def z(self) -> float:
        return self.kappa / self.ase0


def cohen_errors(contingency: Floats, weights: Floats) -> CohenErrors:
    """Fleiss, Cohen & Everitt (1969) of a table of counts (q, q): the first annotator's categories down, the second's across."""
    n = contingency.sum()
    p = contingency / n
    row, column = p.sum(axis=1), p.sum(axis=0)
    chance = row[:, None] * column[None, :]
    p_o, p_e = (p * weights).sum(), (chance * weights).sum()
    kappa = (p_o - p_e) / (1 - p_e)
    mean = (weights @ column)[:, None] + (row @ weights)[None, :]
    squared = (p * (weights - mean * (1 - kappa)) ** 2).sum() - (kappa - p_e * (1 - kappa)) ** 2
    under_chance = (chance * (weights - mean) ** 2).sum() - p_e**2
    return CohenErrors(float(kappa), sqrt(squared / n) / (1 - p_e), sqrt(under_chance / n) / (1 - p_e))


def cohen_influences(table: Rated, times: Integers, weights: Floats) -> tuple[Floats, Floats]:
    """(z_i, which units count) of two annotators' kappa: the terms of Fleiss, Cohen & Everitt's variance: (patterns,) each."""
    a, b = table.codes.astype(np.int64)
    both = (a != MISSING) & (b != MISSING)
    p = np.zeros((table.q, table.q))
    np.add.at(p, (a[both], b[both]), times[both])
    p /= max(p.sum(), 1)
    row, column = p.sum(axis=1), p.sum(axis=0)
    p_e = row @ weights @ column
    kappa = ((p * weights).sum() - p_e) / (1 - p_e)
    term = (weights - ((weights @ column)[:, None] + (row @ weights)[None, :]) * (1 - kappa)) / (1 - p_e)
    z = np.where(both, term[a, b] - (p * term).sum(), 0.0)
    return z, both.astype(np.float64)


def gwet_influences(kind: str, table: Rated, times: Integers, weights: Floats) -> tuple[Floats, Floats]:
    """(z_i, which units count) of Gwet's variances (2008; 2014, ch. 5): (patterns,) each. ``kind`` is one of GWET_KINDS.

    z_i = κ_i − κ − 2(1 − κ)(p_e|i − p_e) / (1 − p_e), κ_i = n/n' · (a_i − p_e [r_i ≥ 2]) / (1 − p_e): n units rated at all, n' twice.
    """
    counts = table.r_i > 0
    n, twice = float(times[counts].sum()), float(times[table.r_i > 1].sum())
    a = unit_agreement(table, weights)
    p_a = float((times * a).sum()) / twice
    p_e, moved = _chance(kind, table, times, weights, n)
    kappa = (p_a - p_e) / (1 - p_e)
    z = n / twice * (a - p_e * (table.r_i > 1)) / (1 - p_e) - kappa - (1 - kappa) * moved / (1 - p_e)
    return np.where(counts, z, 0.0), counts.astype(np.float64)


def _chance(kind: str, table: Rated, times: Integers, weights: Floats, n: float) -> tuple[float, Floats]:
    """p_e, and what each unit moves it by: 2(p_e|i − p_e) in Gwet's notation."""
    r_i = np.maximum(table.r_i, 1)
    pi = (times @ (table.r_ik / r_i[:, None])) / n
    if kind == "brennan_prediger":
        return float(weights.sum()) / table.q**2, np.zeros(len(r_i))
    if kind == "gwet_ac":
        scale = weights.sum() / (table.q * (table.q - 1))
        p_e = float(scale * (pi * (1 - pi)).sum())
        return p_e, 2 * (scale * (table.r_ik @ (1 - pi)) / r_i - p_e)
    if kind == "fleiss_kappa":
        p_e = float(pi @ weights @ pi)
        return p_e, 2 * (table.r_ik @ (weights @ pi) / r_i - p_e)
    return _conger_chance(table, times, weights, n)


def _conger_chance(table: Rated, times: Integers, weights: Floats, n: float) -> tuple[float, Floats]:
    """p_e of the annotators' own marginals p_gk, and Σ_gk ∂p_e/∂p_gk · n/n_g ([unit i: g said k] − [g rated i] p_gk)."""
    given = (table.codes[:, :, None] == np.arange(table.q)).astype(np.float64)  # (annotators, patterns, q)
    n_g = np.einsum("gpk,p->g", given, times)
    used = n_g > 0
    p_gk = marginals(np.einsum("gpk,p->gk", given, times).ravel(), table.q)[used]
    r = len(p_gk)
    total = p_gk.sum(axis=0)
    p_e = float(total @ weights @ total - np.einsum("gk,kl,gl->", p_gk, weights, p_gk)) / (r * (r - 1))
    slope = 2 / (r * (r - 1)) * (total - p_gk) @ weights
    own = given[used]
    moved = np.einsum("gpk,gk->pg", own, slope) - own.sum(axis=2).T * (slope * p_gk).sum(axis=1)
    return p_e, moved @ (n / n_g[used])


def alpha_influences(table: Rated, times: Integers, delta: Floats) -> tuple[Floats, Floats]:
    """(z_i, which units count) of Gwet's variance of Krippendorff's alpha (2014, ch. 5), with 1 − δ² / max δ² for the weights."""
    counts = table.r_i > 1
    weights = 1 - delta / max(float(delta.max(initial=0)), 1e-300)
    n = float(times[counts].sum())
    mean = float(times[counts] @ table.r_i[counts]) / n
    r_ik, r_i = table.r_ik * counts[:, None], table.r_i * counts
    agreeing = (r_ik * (table.r_ik @ weights - 1)).sum(axis=1) / (mean * np.maximum(r_i - 1, 1))
    p_a, pi = float(times @ agreeing) / n, (times @ r_ik) / (n * mean)
    p_e = float(pi @ weights @ pi)
    alpha = (p_a - p_e) / (1 - p_e)
    centred = (r_i - mean) / mean
    a_i = agreeing - p_a * centred
    e_i = r_ik @ (weights @ pi) / mean - p_e * centred
    z = (a_i - p_e) / (1 - p_e) - alpha - 2 * (1 - alpha) * (e_i - p_e) / (1 - p_e)
    return np.where(counts, z, 0.0), counts.astype(np.float64)


def clustered_error(influences: Floats, counted: Floats, times: Integers) -> tuple[float, int]:
    """(standard error, documents) of influences summed by document: (documents or patterns,) each, with how many have them."""
    n = float(times @ counted)
    documents = int(times[counted > 0].sum())
    if documents < 2:
        return float("nan"), documents
    return sqrt(documents / (documents - 1) * float(times @ influences**2)) / n, documents
