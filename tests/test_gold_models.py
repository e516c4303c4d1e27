"""Strategies a layer, and the models: when they answer, when they do not, and that they see all articles at once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from annotate.errors import UsageProblem
from annotate.gold.disputes import disputes_of
from annotate.gold.resolve import resolve, resolve_all
from annotate.records import Gold, Labelling
from annotate.workspace import GoldSettings
from tests.handmade import SCHEMA, event, labelling, submitted

MODELS = ("dawid-skene", "mace")


def corpus(articles: int, *skilled: float) -> list[Labelling]:
    """Each annotator names the right type of every event in that share of the articles, and REQUEST in the rest."""
    return [
        replace(
            labelling(f"annotator {n}", event(kind=("ACCUSE", "ASSAULT")[number % 2] if number / articles < share else "REQUEST")),
            article=f"velmora-{number:03}",
        )
        for number in range(articles)
        for n, share in enumerate(skilled)
    ]


def types(golds: list[Gold]) -> list[str]:
    return [each.type for gold in golds for each in gold.labelling.frames]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_learns_whom_to_believe_from_all_articles(model: str) -> None:
    """The careless one is known for calling everything REQUEST."""
    submitted_ = corpus(40, 1.0, 1.0, 0.3)
    golds = resolve_all(SCHEMA, submitted_, GoldSettings(model))
    assert types(golds) == ["ACCUSE", "ASSAULT"] * 20
    decision = next(each for each in golds[-1].decisions if each.decision == "type")
    assert (decision.how, decision.strategy) == ("model", model)
    assert decision.confidence == pytest.approx(max(each.p for each in decision.posterior))
    assert sum(each.p for each in decision.posterior) == pytest.approx(1)
    assert {ballot.value: len(ballot.annotators) for ballot in decision.ballots} == {"ASSAULT": 2, "REQUEST": 1}


@pytest.mark.parametrize("model", MODELS)
def test_a_model_gives_no_answer_of_fewer_than_three_annotators(model: str) -> None:
    golds = resolve_all(SCHEMA, corpus(10, 1.0, 0.5), GoldSettings(model))
    assert types(golds) == ["ACCUSE", "ASSAULT", "ACCUSE", "ASSAULT", "ACCUSE"]  # what both say
    assert {each.how for gold in golds[5:] for each in disputes_of(gold)} == {"too few"}


@pytest.mark.parametrize("model", MODELS)
def test_two_answers_of_three_annotators_are_too_few(model: str) -> None:
    three = [labelling("a", answers={"genre": "news"}), labelling("b", answers={"genre": "opinion"}), labelling("c")]
    gold = resolve(SCHEMA, three, GoldSettings(model))
    assert (gold.labelling.answers, [each.how for each in disputes_of(gold)]) == ((), ["too few"])


def test_a_posterior_can_stand_beside_any_strategy() -> None:
    submitted_ = corpus(20, 1.0, 1.0, 0.5)
    plain = resolve_all(SCHEMA, submitted_, GoldSettings())
    beside = resolve_all(SCHEMA, submitted_, GoldSettings(posterior="dawid-skene"))
    assert [each.labelling for each in plain] == [each.labelling for each in beside]
    assert not any(each.posterior for gold in plain for each in gold.decisions)
    asked = [each for gold in beside for each in gold.decisions if each.decision == "type"]
    assert all(sum(share.p for share in each.posterior) == pytest.approx(1) for each in asked)


def test_boundaries_are_voted_on_under_a_model() -> None:
    gold = resolve(SCHEMA, submitted([event(place=(0, 5))], [event(place=(0, 5))], [event(place=(0, 7))]), GoldSettings("mace"))
    span = next(each for each in gold.decisions if each.decision == "span")
    assert (span.outcome, span.how, span.strategy, span.posterior) == ("0-5", "majority", "majority", ())


def test_each_layer_has_its_own_strategy() -> None:
    three = [
        labelling("a", event(), answers={"genre": "news"}),
        labelling("b", event(), answers={"genre": "news"}),
        labelling("c", answers={"genre": "opinion"}),
    ]
    gold = resolve(SCHEMA, three, GoldSettings(layers={"events": "unanimous"}))
    assert (gold.labelling.frames, [each.value for each in gold.labelling.answers]) == ((), ["news"])
    assert {each.layer: each.strategy for each in gold.decisions} == {"events": "unanimous", "document": "majority"}


def test_single_takes_the_first_to_submit_and_keeps_what_others_said() -> None:
    late = replace(labelling("a", event(kind="DIE")), submitted="2031-05-21T10:00:00Z")
    early = replace(labelling("b", event()), submitted="2031-05-20T10:00:00Z")
    gold = resolve(SCHEMA, [late, early], GoldSettings("single"))
    assert [each.type for each in gold.labelling.frames] == ["ACCUSE"]
    assert [(each.decision, each.how, len(each.ballots)) for each in disputes_of(gold)] == [("type", "single", 2)]


def test_adjudicated_waits_for_an_adjudicator() -> None:
    gold = resolve(SCHEMA, submitted([event()], [event()], [event(kind="DIE")]), GoldSettings("adjudicated"))
    assert (gold.labelling.frames, [each.how for each in disputes_of(gold)]) == ((), ["waiting"])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            GoldSettings("plurality"),
            "unknown gold strategy 'plurality'; one of majority, unanimous, dawid-skene, mace, adj",
        ),
        (GoldSettings(layers={"events": "best"}), "unknown gold strategy 'best'"),
        (GoldSettings(layers={"event": "majority"}), "names event; the schema's layers are mentions, events"),
        (GoldSettings(posterior="majority"), "unknown model 'majority' as .gold. posterior; one of dawid-skene, mace"),
    ],
)
def test_settings_that_name_nothing(settings: GoldSettings, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        resolve_all(SCHEMA, [], settings)
