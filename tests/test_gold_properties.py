"""Gold: what holds whatever was submitted, and on the demo's labellings."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from annotate.demo.corpus import labellings
from annotate.gold.resolve import STRATEGIES, resolve
from annotate.gold.vote import MODELS
from annotate.records import Argument, Frame, Gold, Labelling, Link, Mention
from annotate.workspace import GoldSettings
from tests.handmade import SCHEMA, Item, answered, frame_layer, labelling, shape

few = settings(max_examples=150, deadline=None)
draws = st.randoms(use_true_random=False)
VOTES = [each for each in STRATEGIES if each not in MODELS]
strategies = st.sampled_from(VOTES)

KINDS = {"mentions": ["GOV", "LOC", "WEAPON"], "events": ["ACCUSE", "ASSAULT", "DIE"], "stances": ["favor", "neutral"]}
PLACES = [(0, 3), (0, 4), (1, 4), (6, 9)]


def some_labelling(draw: random.Random, annotator: str, twice: bool = False) -> Labelling:
    """Anything that the schema allows, on few places, so that annotators often meet; with ``twice`` the same span may be there twice."""
    spans = [(layer, draw.choice(KINDS[layer]), *draw.choice(PLACES)) for layer in draw.choices(list(KINDS), k=draw.randrange(8))]
    spans = spans if twice else sorted(set(spans))
    items: list[Item] = []
    for number, (layer, kind, start, end) in enumerate(spans):
        if layer == "mentions":
            items.append(Mention(f"{annotator} {number}", layer, kind, start, end, draw.choice([None, "Q1", "Q2"])))
        else:
            items.append(Frame(f"{annotator} {number}", layer, kind, start, end, some_attributes(draw, layer, kind)))
    events = [each.id for each in items if each.layer == "events"]
    return labelling(
        annotator,
        *(replace(each, arguments=some_arguments(draw, each, items)) if isinstance(each, Frame) else each for each in items),
        links=[(events[0], events[1])] if len(events) > 1 and draw.random() < 0.7 else [],
        unusable=draw.choice([None, None, None, "garbled", "other"]),
        answers={name: draw.choice(["favor", "against"]) for name in ("author_on_sanctions", "author_on_diplomacy") if draw.random() < 0.8},
    )


def some_attributes(draw: random.Random, layer: str, kind: str) -> dict[str, str | None]:
    return {each.name: draw.choice([None, *each.values_for(kind)[:2]]) for each in frame_layer(layer).attributes}


def some_arguments(draw: random.Random, frame: Frame, items: list[Item]) -> tuple[Argument, ...]:
    legal = [
        Argument(role.name, each.id)
        for role in frame_layer(frame.layer).roles
        for each in items
        if each.id != frame.id and role.takes(each.layer, each.type)
    ]
    return tuple(draw.sample(legal, min(len(legal), draw.randrange(4))))


def some_submission(draw: random.Random, twice: bool = False) -> list[Labelling]:
    """One to five annotators of one article, the later ones often saying what an earlier one said."""
    each: list[Labelling] = []
    for number in range(draw.randint(1, 5)):
        copied = each and draw.random() < 0.5
        each.append(under(f"annotator {number}", draw.choice(each)) if copied else some_labelling(draw, f"annotator {number}", twice))
    return each


def under(annotator: str, labelling: Labelling) -> Labelling:
    """The same labelling by somebody else, with ids of its own."""
    names = {each.id: f"{annotator}: {each.id}" for each in labelling.items}
    return replace(
        labelling,
        annotator=annotator,
        mentions=tuple(replace(each, id=names[each.id]) for each in labelling.mentions),
        frames=tuple(
            replace(each, id=names[each.id], arguments=tuple(Argument(one.role, names[one.ref]) for one in each.arguments))
            for each in labelling.frames
        ),
        links=tuple(Link(each.layer, names[each.first], names[each.second]) for each in labelling.links),
    )


def check_legal(gold: Labelling) -> None:
    """Everything that the gold says is allowed by the schema, and refers to what is there."""
    by_id = {each.id: each for each in gold.items}
    assert len(by_id) == len(gold.items) == len({(each.layer, each.start, each.end, each.type) for each in gold.items})
    for each in gold.items:
        assert each.start < each.end
        assert SCHEMA.span_layers[each.layer].type(each.type) is not None
    for frame in gold.frames:
        layer = frame_layer(frame.layer)
        assert frame.attributes.keys() == {asked.name for asked in layer.attributes}
        assert all(frame.attributes[asked.name] in [None, *asked.values_for(frame.type)] for asked in layer.attributes)
        assert len(set(frame.arguments)) == len(frame.arguments)
        for argument in frame.arguments:
            role, filler = layer.role(argument.role), by_id[argument.ref]
            assert role is not None
            assert role.takes(filler.layer, filler.type)
            assert filler is not frame
    for link, layer_of in ((link, each) for link in gold.links for each in SCHEMA.link_layers if each.name == link.layer):
        assert link.first < link.second
        assert by_id[link.first].layer == by_id[link.second].layer == layer_of.between
    assert len({(each.layer, each.question) for each in gold.answers}) == len(gold.answers)


def said(labelling: Labelling, layer: str) -> Counter[Any]:
    """What a labelling says in one layer; fillers and ends of links are counted, for their places are other layers' decisions."""
    mentions = ((each.start, each.end, each.type) for each in labelling.mentions if each.layer == layer)
    frames = (
        (each.start, each.end, each.type, answered(each), *sorted(one.role for one in each.arguments))
        for each in labelling.frames
        if each.layer == layer
    )
    links = ("link" for each in labelling.links if each.layer == layer)
    answers = ((each.question, each.value) for each in labelling.answers if each.layer == layer)
    return Counter([*mentions, *frames, *links, *answers])


def check_listed(gold: Gold, submission: list[Labelling]) -> None:
    """Where an annotator's words are not the gold's, a decision of that layer is listed; and no unanimous one is."""
    apart = [each for each in gold.decisions if each.how != "unanimous"]
    listed_layers = {each.layer for each in apart}
    for each in submission:
        for layer in SCHEMA.layers:
            assert layer.name in listed_layers or said(each, layer.name) == said(gold.labelling, layer.name)
        assert "article" in listed_layers or each.unusable == gold.labelling.unusable
        named = {one.entity for one in each.mentions if one.entity}
        assert "mentions" in listed_layers or named <= {one.entity for one in gold.labelling.mentions}
    ids = {each.id for each in gold.labelling.items}
    for decision in apart:
        assert (decision.votes < decision.of) or decision.how in ("dependent", "duplicate", "single")
        assert decision.item is None or decision.item in ids
        assert decision.outcome is None or decision.how in ("majority", "single") or decision.decision == "unusable because"


@few
@given(draw=draws, strategy=strategies)
def test_gold_is_legal(draw: random.Random, strategy: str) -> None:
    check_legal(resolve(SCHEMA, some_submission(draw, twice=True), GoldSettings(strategy)).labelling)


@few
@given(draw=draws, strategy=strategies)
def test_every_decision_that_was_not_unanimous_is_listed(draw: random.Random, strategy: str) -> None:
    submission = some_submission(draw, twice=True)
    check_listed(resolve(SCHEMA, submission, GoldSettings(strategy)), submission)


@few
@given(draw=draws, annotators=st.integers(1, 4), strategy=strategies)
def test_what_all_say_is_the_gold(draw: random.Random, annotators: int, strategy: str) -> None:
    own = some_labelling(draw, "first")
    gold = resolve(SCHEMA, [under(f"annotator {number}", own) for number in range(annotators)], GoldSettings(strategy))
    assert shape(gold.labelling) == shape(own)
    assert {each.how for each in gold.decisions} <= {"unanimous"}


@few
@given(draw=draws, strategy=strategies, name=st.sampled_from(["a", "z"]))
def test_an_annotator_who_repeats_the_gold_changes_nothing(draw: random.Random, strategy: str, name: str) -> None:
    submission = some_submission(draw)
    gold = resolve(SCHEMA, submission, GoldSettings(strategy)).labelling
    assert shape(resolve(SCHEMA, [*submission, under(name, gold)], GoldSettings(strategy)).labelling) == shape(gold)


@few
@given(draw=draws, strategy=strategies)
def test_the_order_of_annotators_is_irrelevant(draw: random.Random, strategy: str) -> None:
    submission = some_submission(draw, twice=True)
    assert resolve(SCHEMA, draw.sample(submission, len(submission)), GoldSettings(strategy)) == resolve(
        SCHEMA, submission, GoldSettings(strategy)
    )


@few
@given(draw=draws, strategy=strategies)
def test_distributions_sum_to_one(draw: random.Random, strategy: str) -> None:
    submission = some_submission(draw)
    gold = resolve(SCHEMA, submission, GoldSettings(strategy))
    assert gold.distributions.keys() == {f"document.{question.name}" for layer in SCHEMA.choice_layers for question in layer.questions}
    for question, shares in gold.distributions.items():
        given_by = sum(f"{each.layer}.{each.question}" == question for one in submission for each in one.answers)
        assert sum(share.p for share in shares) == pytest.approx(1 if given_by else 0)
        assert all(share.p * given_by == pytest.approx(round(share.p * given_by)) for share in shares)


@pytest.mark.parametrize("strategy", VOTES)
def test_the_demos_two_labellings_resolve(strategy: str) -> None:
    first, second = labellings("first"), {each.article: each for each in labellings("second")}
    for one in first:
        pair = [one, second[one.article]]
        gold = resolve(SCHEMA, pair, GoldSettings(strategy))
        assert gold.labelling.frames
        check_legal(gold.labelling)
        check_listed(gold, pair)
        assert resolve(SCHEMA, pair[::-1], GoldSettings(strategy)) == gold
        assert shape(resolve(SCHEMA, [*pair, under("z", gold.labelling)], GoldSettings(strategy)).labelling) == shape(gold.labelling)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_demos_gold_submitted_by_three_is_the_gold(strategy: str) -> None:
    for own in labellings("gold"):
        gold = resolve(SCHEMA, [under(name, own) for name in "abc"], GoldSettings(strategy))
        assert shape(gold.labelling) == shape(own)
        assert {each.how for each in gold.decisions} <= {"unanimous"}
