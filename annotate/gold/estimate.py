"""What each item is and how good each annotator is, estimated together: Dawid & Skene (1979) and MACE (Hovy et al. 2013).

With fewer than ``ENOUGH_ANNOTATORS`` on an item neither model can tell who is right: the posterior is then little but the prior, or
the word of whoever seems the better annotator elsewhere. It is computed all the same; ``Judgements.judged_by`` says how many judged
each item, and whoever makes gold of a posterior leaves out the items with too few.

With little to learn from, either can be worse than a vote. Simulated: 3 of 20 annotators an item, 5 classes, 12 judgements an annotator
and class: vote 0.77, MACE 0.72, Dawid–Skene, which has a whole confusion matrix an annotator to learn, 0.54; ``support`` shows it.

Rows may come in any order, and what annotators, items and classes are called does not matter (but for rounding).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import digamma, expit, gammaln

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

ENOUGH_ANNOTATORS = 3
ITERATIONS = 2000
TOLERANCE = 1e-10  # an iteration that adds less to the log-likelihood, relative to its size, is the last

# Hovy et al. 2013: ten starts of fifty iterations each. The priors are their program's: an annotator is rather good or bad than
# halfway (Beta), and a spammer uses every class (Dirichlet). The published 0.81 on their example is what fifty iterations give; its
# bound rises a little until the 140th, where accuracy is 0.79.
STARTS = 10
MACE_ITERATIONS = 50
KNOWING_PRIOR = 0.5
SPAMMING_PRIOR = 10.0
SAME_BOUND = 1e-6  # starts whose bounds differ by less, relatively, count as equal: the first of them is taken


class Judgement(NamedTuple):
    """One class one annotator gave one item; an annotator may judge an item several times."""

    annotator: str
    item: str
    label: str


class Judgements(Struct, frozen=True, eq=False):
    """The long table, encoded.

    annotator, item, label: (judgements,) places in ``annotators``, ``items`` and ``classes``
    judged_by:              (items,) how many annotators judged the item
    """

    annotators: tuple[str, ...]
    items: tuple[str, ...]
    classes: tuple[str, ...]
    annotator: Codes
    item: Codes
    label: Codes
    judged_by: Codes


class DawidSkene(Struct, frozen=True, eq=False):
    """The maximum-likelihood estimate, a local one: EM starts from the shares of votes.

    posterior:       (items, classes) T, the probability that the item is of the class
    prevalence:      (classes,) p
    error_rates:     (annotators, classes, classes) π, true class × given class; NaN where ``support`` is 0
    support:         (annotators, classes) how many judgements of items of the class the annotator gave, as expected under the posterior
    log_likelihoods: one an iteration
    converged:       whether the likelihood stood still
    """

    judgements: Judgements
    posterior: Floats
    prevalence: Floats
    error_rates: Floats
    support: Floats
    log_likelihoods: tuple[float, ...]
    iterations: int
    converged: bool


class Mace(Struct, frozen=True, eq=False):
    """The variational estimate with the highest bound among ``STARTS``.

    posterior:       (items, classes) the probability that the item is of the class, all classes being equally likely beforehand
    competence:      (annotators,) the share of judgements in which the annotator knew the class, posterior mean of θ
    spamming:        (annotators, classes) how the annotator chooses when not knowing, posterior mean of ξ
    evidence_bounds: lower bounds of the log-evidence, one an iteration; none falls below the one before
    converged:       whether the bound stood still
    """

    judgements: Judgements
    posterior: Floats
    competence: Floats
    spamming: Floats
    evidence_bounds: tuple[float, ...]
    iterations: int
    converged: bool
    seed: int


def tabulate(rows: Iterable[tuple[str, str, str]], classes: Sequence[str] = ()) -> Judgements:
    """The table of (annotator, item, label) rows; ``zip`` makes them of three columns.

    ``classes`` are those that could have been given. Raises ValueError when there is no row, or one whose label is not among them.
    """
    columns = list(zip(*rows, strict=True))
    if not columns:
        raise ValueError("no judgement: nothing can be estimated")
    annotators, items = sorted(set(columns[0])), sorted(set(columns[1]))
    labels = list(classes) or sorted(set(columns[2]))
    if unknown := set(columns[2]) - set(labels):
        raise ValueError(f"labels that are not among the classes: {', '.join(sorted(unknown))}")
    annotator, item = _codes(columns[0], annotators), _codes(columns[1], items)
    pairs = np.unique(item * len(annotators) + annotator)
    judged_by = np.bincount(pairs // len(annotators), minlength=len(items))
    return Judgements(tuple(annotators), tuple(items), tuple(labels), annotator, item, _codes(columns[2], labels), judged_by)


def dawid_skene(judgements: Judgements) -> DawidSkene:
    """Dawid & Skene (1979), sections 3 and 4: EM from the shares of votes (their eq. 3.1)."""
    n = _counts(judgements)
    posterior = _vote_shares(judgements)
    trace: list[Floats] = []
    while not _stand_still(trace) and len(trace) < ITERATIONS:
        prevalence, expected = posterior.mean(axis=0), _expected(judgements, n, posterior)
        posterior, log_evidence = _posterior(_log_joint(n, prevalence, expected))
        trace.append(log_evidence.sum(keepdims=True))
    support = expected.sum(axis=2)
    return DawidSkene(
        judgements=judgements,
        posterior=posterior,
        prevalence=prevalence,
        error_rates=_shares(expected, unknown=np.nan),
        support=support,
        log_likelihoods=tuple(float(each[0]) for each in trace),
        iterations=len(trace),
        converged=_stand_still(trace),
    )


def _expected(judgements: Judgements, n: csr_array, posterior: Floats) -> Floats:
    """Σ_i T_ij n_il^(k): (annotators, true class j, given class l)."""
    k, classes = len(judgements.annotators), len(judgements.classes)
    return np.asarray(n.T @ posterior).reshape(k, classes, classes).transpose(0, 2, 1)


def _shares(expected: Floats, unknown: float) -> Floats:
    """π_jl^(k), eq. 2.3: ``expected`` over its sum in each row."""
    total = expected.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(total > 0, expected / np.where(total > 0, total, 1), unknown))


def _log_joint(n: csr_array, prevalence: Floats, expected: Floats) -> Floats:
    """log p_j Π_k Π_l π_jl^n, eq. 2.5 before it is normalised: (items, classes).

    A row of π without support belongs to items whose T is 0; with 0 in it (not a share of nothing) it stays so, as EM allows.
    """
    with np.errstate(divide="ignore"):
        log_pi = np.log(_shares(expected, unknown=0.0)).transpose(0, 2, 1).reshape(n.shape[1], -1)
        return np.asarray(n @ log_pi + np.log(prevalence))


def mace(judgements: Judgements, *, iterations: int = MACE_ITERATIONS, seed: int = 0) -> Mace:
    """Hovy et al. (2013): who knows gives the true class, who does not follows a habit ξ; mean-field variational Bayes.

    The estimate is the start with the highest bound after ``iterations``, sooner where no start improves any more.
    """
    cells, n = _cells(judgements), _given(judgements)
    knew = _starts(cells, n, seed)
    traces: list[Floats] = []
    while not _stand_still(traces) and len(traces) < iterations:
        posterior, knew, bounds = _improved(cells, n, knew)
        traces.append(bounds)
    best = int(np.argmax(bounds >= bounds.max() - SAME_BOUND * abs(bounds.max())))
    theta, xi = _beliefs(n, knew[..., [best]])
    return Mace(
        judgements=judgements,
        posterior=posterior[..., best],
        competence=(theta / theta.sum(axis=1, keepdims=True))[:, 0, 0],
        spamming=(xi / xi.sum(axis=1, keepdims=True))[..., 0],
        evidence_bounds=tuple(float(each[best]) for each in traces),
        iterations=len(traces),
        converged=_stand_still([each[[best]] for each in traces]),
        seed=seed,
    )


def _starts(cells: csr_array, n: Floats, seed: int) -> Floats:
    """How many judgements of each class each annotator is first taken to have known: (annotators, classes, starts).

    The first start takes everybody to know half. The others draw how competence goes with agreeing with the votes, for better or for
    worse: a draw for each annotator (as in the paper) would make the result depend on the order of their names.
    """
    annotators, classes = n.shape
    votes = np.asarray(cells.sum(axis=1)).reshape(-1, classes)
    shares = votes / votes.sum(axis=1, keepdims=True)
    agreement = np.asarray(cells.T @ shares.ravel()).reshape(annotators, classes).sum(axis=1) / n.sum(axis=1)
    level, slope = np.random.default_rng(seed).normal(scale=[[1.0], [10.0]], size=(2, STARTS))
    level[0] = slope[0] = 0
    competence = expit(level + slope * (agreement - agreement.mean())[:, None])
    return np.asarray(n[:, :, None] * competence[:, None, :])


def _beliefs(n: Floats, knew: Floats) -> tuple[Floats, Floats]:
    """q(θ, 1 − θ), Beta: (annotators, 2, starts); q(ξ), Dirichlet: (annotators, classes, starts)."""
    guessed = n[:, :, None] - knew
    return np.stack([knew.sum(axis=1), guessed.sum(axis=1)], axis=1) + KNOWING_PRIOR, guessed + SPAMMING_PRIOR


def _improved(cells: csr_array, n: Floats, knew: Floats) -> tuple[Floats, Floats, Floats]:
    """One iteration of every start: posterior (items, classes, starts), what was known, and the bounds (starts,) before that update.

    A judgement l of an item of class t has weight θ̃[l = t] + (1 − θ)~ ξ̃_l, a tilde being exp E log.
    """
    theta, xi = _beliefs(n, knew)
    log_theta = _mean_log(theta)
    log_knew, log_guessed = log_theta[:, :1], log_theta[:, 1:] + _mean_log(xi)
    log_either = np.logaddexp(log_knew, log_guessed)
    starts, classes = knew.shape[2], n.shape[1]
    gain = np.asarray(cells @ (log_either - log_guessed).reshape(-1, starts)).reshape(-1, classes, starts)
    posterior, log_evidence = _posterior(gain - np.log(classes))
    bounds = log_evidence.sum(axis=0) + (n[:, :, None] * log_guessed).sum(axis=(0, 1))
    bounds -= _divergence(theta, KNOWING_PRIOR) + _divergence(xi, SPAMMING_PRIOR)
    true = np.asarray(cells.T @ posterior.reshape(-1, starts)).reshape(knew.shape)
    return posterior, true * np.exp(log_knew - log_either), bounds


def _mean_log(counts: Floats) -> Floats:
    """E log of Dirichlet variables, over axis 1."""
    return np.asarray(digamma(counts) - digamma(counts.sum(axis=1, keepdims=True)))


def _divergence(counts: Floats, prior: float) -> Floats:
    """Σ over annotators of KL(Dirichlet(counts) ‖ symmetric Dirichlet(prior)): (annotators, k, starts) → (starts,)."""
    k = counts.shape[1]
    constants = gammaln(counts.sum(axis=1)) - gammaln(counts).sum(axis=1) - gammaln(k * prior) + k * gammaln(prior)
    return np.asarray((constants + ((counts - prior) * _mean_log(counts)).sum(axis=1)).sum(axis=0))


def _posterior(log_joint: Floats) -> tuple[Floats, Floats]:
    """Normalised over axis 1, and the logarithm of what it was divided by: (items, classes, …) → itself, (items, …)."""
    largest = log_joint.max(axis=1, keepdims=True)
    joint = np.exp(log_joint - largest)
    total = joint.sum(axis=1, keepdims=True)
    return joint / total, (largest + np.log(total))[:, 0]


def _stand_still(trace: Sequence[Floats]) -> bool:
    return len(trace) > 1 and bool((trace[-1] - trace[-2] <= TOLERANCE * abs(trace[-1])).all())


def _codes(column: Sequence[str], names: Sequence[str]) -> Codes:
    place = {name: number for number, name in enumerate(names)}
    return np.fromiter((place[each] for each in column), np.int64, len(column))


def _said(judgements: Judgements) -> Codes:
    """annotator × class, as one number."""
    return judgements.annotator * len(judgements.classes) + judgements.label


def _given(judgements: Judgements) -> Floats:
    """How often each annotator gave each class: (annotators, classes)."""
    shape = len(judgements.annotators), len(judgements.classes)
    return np.bincount(_said(judgements), minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def _counts(judgements: Judgements) -> csr_array:
    """n_il^(k): items × (annotators × classes)."""
    return _sparse(judgements, judgements.item, len(judgements.items))


def _cells(judgements: Judgements) -> csr_array:
    """The same, an item's row being one for each class that was given: (items × classes) × (annotators × classes)."""
    classes = len(judgements.classes)
    return _sparse(judgements, judgements.item * classes + judgements.label, len(judgements.items) * classes)


def _sparse(judgements: Judgements, row: Codes, rows: int) -> csr_array:
    columns = len(judgements.annotators) * len(judgements.classes)
    return csr_array((np.ones(len(row)), (row, _said(judgements))), shape=(rows, columns))


def _vote_shares(judgements: Judgements) -> Floats:
    shape = len(judgements.items), len(judgements.classes)
    votes = np.bincount(judgements.item * shape[1] + judgements.label, minlength=shape[0] * shape[1]).reshape(shape)
    return np.asarray(votes / votes.sum(axis=1, keepdims=True))
