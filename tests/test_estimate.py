"""Dawid–Skene and MACE: the published examples, the models written out, and properties."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotate.gold.estimate import DawidSkene, Judgement, Judgements, Mace, dawid_skene, mace, tabulate

few = settings(max_examples=60, deadline=None)

Rows = list[Judgement]


class Example(NamedTuple):
    """A line of aggregation.jsonl; a row is an item's classes, one letter an annotator, ``.`` where there is none."""

    judgements: Judgements
    facts: dict[str, list[float]]
    log_likelihood: float
    classes: str


def example(name: str) -> Example:
    lines = (Path(__file__).parent / "data" / "aggregation.jsonl").read_text(encoding="utf-8").splitlines()
    found = next(each for each in map(json.loads, lines) if each["name"] == name)
    judged = [
        Judgement(annotator, f"{number:03}", label)
        for number, row in enumerate(found["rows"])
        for annotator, label in zip(found["annotators"], row, strict=True)
        if label != "."
    ]
    return Example(tabulate(judged), found, found.get("log_likelihood", math.nan), found["classes"])


def likeliest(estimate: DawidSkene | Mace) -> str:
    return "".join(estimate.judgements.classes[place] for place in estimate.posterior.argmax(axis=1))


def right(estimate: Mace, classes: str) -> NDArray[np.bool_]:
    return np.array([said == true for said, true in zip(likeliest(estimate), classes, strict=True)])


def test_the_anaesthetists() -> None:
    """Dawid & Skene 1979, Tables 2 to 4."""
    published = example("dawid_skene_1979_anaesthetist")
    estimate = dawid_skene(published.judgements)
    assert estimate.converged
    assert estimate.prevalence == pytest.approx(np.array(published.facts["prevalence"]), abs=0.006)
    assert estimate.log_likelihoods[-1] == pytest.approx(published.log_likelihood, abs=1e-6)
    assert estimate.error_rates == pytest.approx(np.array(published.facts["error_rates"]), abs=0.00051)
    assert likeliest(estimate) == published.classes
    assert estimate.judgements.judged_by.tolist() == [5] * 45  # the first of them three times, but one annotator


@pytest.mark.parametrize("seed", range(5))
def test_the_example_of_mace(seed: int) -> None:
    """Hovy et al. 2013 and their README; a majority vote is right in 0.33."""
    published = example("mace_example_csv")
    estimate = mace(published.judgements, seed=seed)
    correct = right(estimate, published.classes)
    assert correct.mean() == pytest.approx(0.81, abs=0.0199)
    entropy = -(estimate.posterior * np.log(np.maximum(estimate.posterior, 1e-300))).sum(axis=1)
    assert correct[np.argsort(entropy)[:90]].mean() == pytest.approx(0.857, abs=0.01)
    assert (estimate.iterations, estimate.converged, estimate.seed) == (50, False, seed)


def test_mace_goes_on_until_the_bound_stands_still() -> None:
    """Every seed then reaches the same bound; it is no surer of being right (0.79)."""
    published = example("mace_example_csv")
    estimates = [mace(published.judgements, iterations=1000, seed=seed) for seed in range(3)]
    assert all(each.converged for each in estimates)
    assert [each.evidence_bounds[-1] for each in estimates] == pytest.approx([-1314.66946] * 3, abs=1e-5)
    assert [right(each, published.classes).mean() for each in estimates] == [0.79] * 3


def test_agreement_is_certainty() -> None:
    rows = [Judgement(annotator, item, label) for annotator in "ABC" for item, label in zip("123", "xyx", strict=True)]
    estimate = dawid_skene(tabulate(rows))
    assert estimate.posterior.tolist() == [[1, 0], [0, 1], [1, 0]]
    assert estimate.prevalence == pytest.approx(np.array([2 / 3, 1 / 3]))
    assert estimate.error_rates.tolist() == [np.eye(2).tolist()] * 3
    assert estimate.support.tolist() == [[2, 1]] * 3
    assert likeliest(mace(tabulate(rows))) == "xyx"


def test_a_class_nobody_gave_has_no_error_rates() -> None:
    """z could have been given; its row of every confusion matrix is unknown, not perfect and not nothing."""
    rows = [Judgement(annotator, item, label) for annotator in "ABC" for item, label in zip("123", "xyx", strict=True)]
    estimate = dawid_skene(tabulate(rows, ["x", "y", "z"]))
    assert estimate.prevalence[2] == 0
    assert np.isnan(estimate.error_rates[:, 2]).all()
    assert not np.isnan(estimate.error_rates[:, :2]).any()
    assert (estimate.support[:, 2] == 0).all()
    assert mace(tabulate(rows, ["x", "y", "z"])).posterior.shape == (3, 3)


def test_how_many_annotators_judged_an_item() -> None:
    table = tabulate([("A", "1", "x"), ("A", "1", "y"), ("B", "1", "x"), ("C", "2", "y")])
    assert (table.items, table.judged_by.tolist()) == (("1", "2"), [2, 1])


def test_one_against_one_stays_undecided() -> None:
    """Two annotators who never agree: nothing says who is right, so both models leave it at a half."""
    table = tabulate([("A", "1", "x"), ("B", "1", "y"), ("A", "2", "y"), ("B", "2", "x")])
    assert dawid_skene(table).posterior == pytest.approx(np.full((2, 2), 0.5))
    assert mace(table).posterior == pytest.approx(np.full((2, 2), 0.5), abs=1e-6)


def test_what_cannot_be_tabulated() -> None:
    with pytest.raises(ValueError, match="no judgement"):
        tabulate([])
    with pytest.raises(ValueError, match="not among the classes: y"):
        tabulate([("A", "1", "x"), ("A", "2", "y")], ["x", "z"])


def simulated(skills: list[float], items: int, seed: int) -> tuple[Rows, str]:
    """Annotators who know the class with their skill and else throw a die."""
    dice = np.random.default_rng(seed)
    truth = "".join(dice.choice(list("uvw"), items))
    rows = [
        Judgement(f"annotator {number}", f"{item:04}", true if dice.random() < skill else str(dice.choice(list("uvw"))))
        for item, true in enumerate(truth)
        for number, skill in enumerate(skills)
    ]
    return rows, truth


def test_both_recover_who_is_good() -> None:
    skills = [0.95, 0.8, 0.6, 0.3, 0.0]
    rows, truth = simulated(skills, 2000, seed=4)
    table = tabulate(rows)
    by_vote = "".join(Counter(row.label for row in rows[at : at + 5]).most_common(1)[0][0] for at in range(0, len(rows), 5))
    by_error_rates, by_competence = dawid_skene(table), mace(table)
    assert by_competence.competence == pytest.approx(np.array(skills), abs=0.05)
    accuracy = np.trace(by_error_rates.error_rates, axis1=1, axis2=2) / 3
    assert accuracy == pytest.approx(np.array([skill + (1 - skill) / 3 for skill in skills]), abs=0.05)
    hits = [
        sum(a == b for a, b in zip(said, truth, strict=True)) for said in (by_vote, likeliest(by_error_rates), likeliest(by_competence))
    ]
    assert min(hits[1:]) > hits[0] + 40
    assert by_competence.spamming[4] == pytest.approx(np.full(3, 1 / 3), abs=0.05)


some_rows = st.lists(
    st.builds(Judgement, st.sampled_from("ABCD"), st.sampled_from("12345"), st.sampled_from("xyz")), min_size=1, max_size=40
)


def log_likelihood(rows: Rows, estimate: DawidSkene) -> float:
    """Σ_i log Σ_j p_j Π π_jl over the item's judgements, one product after the other."""
    table = estimate.judgements
    likelihood = {item: dict(zip(table.classes, estimate.prevalence.tolist(), strict=True)) for item in table.items}
    for annotator, item, label in rows:
        rates = np.nan_to_num(estimate.error_rates[table.annotators.index(annotator)])
        for place, true in enumerate(table.classes):
            likelihood[item][true] *= rates[place, table.classes.index(label)]
    return sum(math.log(sum(each.values())) for each in likelihood.values())


@few
@given(some_rows)
def test_the_likelihood_is_that_of_the_model(rows: Rows) -> None:
    estimate = dawid_skene(tabulate(rows))
    assert estimate.log_likelihoods[-1] == pytest.approx(log_likelihood(rows, estimate))


@few
@given(some_rows)
def test_likelihood_and_bound_never_fall(rows: Rows) -> None:
    by_error_rates, by_competence = dawid_skene(tabulate(rows)), mace(tabulate(rows))
    for estimate, trace in ((by_error_rates, by_error_rates.log_likelihoods), (by_competence, by_competence.evidence_bounds)):
        assert len(trace) == estimate.iterations
        assert np.diff(trace).min(initial=0) >= -1e-9


@few
@given(some_rows)
def test_all_are_probabilities(rows: Rows) -> None:
    by_error_rates, by_competence = dawid_skene(tabulate(rows)), mace(tabulate(rows))
    known = by_error_rates.error_rates[by_error_rates.support > 0]
    assert by_error_rates.support.sum() == pytest.approx(len(rows))
    for shares in (by_error_rates.posterior, by_error_rates.prevalence, known, by_competence.posterior, by_competence.spamming):
        assert (shares >= 0).all()
        assert shares.sum(axis=-1) == pytest.approx(np.ones(shares.shape[:-1]))
    assert ((by_competence.competence > 0) & (by_competence.competence < 1)).all()


def told(estimate: DawidSkene | Mace) -> dict[tuple[str, str], float]:
    """(item, class) → probability."""
    table = estimate.judgements
    return {(item, label): estimate.posterior[i, j] for i, item in enumerate(table.items) for j, label in enumerate(table.classes)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", [dawid_skene, mace])
def test_names_and_order_do_not_matter(model: type, seed: int) -> None:
    """Other names, sorting otherwise, for annotators, items and classes, and other rows first: the same probabilities."""
    rows, _ = simulated([0.9, 0.7, 0.5, 0.5, 0.2], 40, seed)
    dice = np.random.default_rng(seed)
    names = {name: f"{dice.integers(10**9)} {name}" for name in sorted({each for row in rows for each in row})}
    renamed = [Judgement(*(names[each] for each in row)) for row in rows]
    dice.shuffle(renamed)
    before, after = told(model(tabulate(rows))), told(model(tabulate(renamed)))
    assert {(names[item], names[label]): value for (item, label), value in before.items()} == pytest.approx(after, abs=1e-6)


@few
@given(some_rows)
def test_the_order_of_the_classes_does_not_matter(rows: Rows) -> None:
    for model in (dawid_skene, mace):
        assert told(model(tabulate(rows, "xyz"))) == pytest.approx(told(model(tabulate(rows, "zxy"))), abs=1e-4)


def test_the_same_twice() -> None:
    rows, _ = simulated([0.9, 0.7, 0.5], 50, seed=1)
    first, second = mace(tabulate(rows), seed=7), mace(tabulate(rows), seed=7)
    assert np.array_equal(first.posterior, second.posterior)
    assert first.evidence_bounds == second.evidence_bounds
