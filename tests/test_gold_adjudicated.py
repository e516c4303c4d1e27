"""Gold where adjudicators decided: what they decide, what they do not, several of them, and decisions that are out of date."""

from __future__ import annotations

import random

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from annotate.gold.disputes import disputes_of
from annotate.gold.resolve import STRATEGIES, basis_of, resolve, resolve_all
from annotate.gold.vote import MODELS
from annotate.records import Adjudication, Argument, Article, Decision, Frame, Gold, Labelling, Verdict
from annotate.release.records import gold_record, pseudonym
from annotate.schema.record_schema import record_schema
from annotate.workspace import GoldSettings
from tests.handmade import SCHEMA, Item, actor, answered, event, labelling, shape, submitted
from tests.test_gold_properties import check_legal, some_labelling, some_submission

few = settings(max_examples=60, deadline=None)
draws = st.randoms(use_true_random=False)


def decision_of(
    annotators: list[Labelling], own: Labelling, who: str = "judge@velmora.example", at: str = "2031-05-20T10:00:00Z", **more: str
) -> Adjudication:
    """An adjudication made from these annotators' labellings: the article shall be as ``own`` says."""
    verdicts = tuple(
        Verdict(each.layer, each.start, each.end, each.type, (), "take", each.id, more.get("reason"), more.get("comment"))
        for each in own.items
    )
    return Adjudication(own.article, who, at, SCHEMA.id, basis_of(annotators), replace(own, annotator=who), verdicts)


def adjudicated(annotators: list[Labelling], *decisions: Adjudication, strategy: str = "majority") -> Gold:
    return resolve(SCHEMA, annotators, GoldSettings(strategy), decisions)


def named(gold: Gold, decision: str) -> Decision:
    """That decision about the only event."""
    (found,) = (each for each in gold.decisions if (each.layer, each.decision) == ("events", decision))
    return found


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_adjudicator_decides_what_is_disputed_under_any_strategy(strategy: str) -> None:
    both: list[list[Item]] = [[actor(), event(mode="allege")], [actor(), event(kind="REQUEST", mode="assist")]]
    two = submitted(*both)
    own = labelling("j", actor("x"), event("y", (0, 5), "ACCUSE", ("actor", "x"), mode="disapprove"))
    decided = decision_of(two, own, reason="text error")
    gold = adjudicated(two, decided, strategy=strategy)
    (frame,) = gold.labelling.frames
    assert (frame.type, frame.attributes["mode"], [each.role for each in frame.arguments]) == ("ACCUSE", "disapprove", ["actor"])
    kind = named(gold, "type")
    assert (kind.how, kind.outcome, kind.adjudicators, kind.at, kind.reasons) == (
        "adjudicated",
        "ACCUSE",
        ("judge@velmora.example",),
        "2031-05-20T10:00:00Z",
        ("text error",),
    )
    assert {ballot.value: ballot.annotators for ballot in kind.ballots} == {"ACCUSE": ("annotator 0",), "REQUEST": ("annotator 1",)}
    assert disputes_of(gold) == []


def test_an_adjudicator_does_not_touch_what_all_say() -> None:
    two = submitted([actor(), event("e1")], [actor(), event("e1")])
    gold = adjudicated(two, decision_of(two, labelling("j", event("y", (0, 5), "REQUEST"))))
    assert shape(gold.labelling) == shape(two[0])
    assert {each.how for each in gold.decisions} == {"unanimous"}


def test_a_rejection_is_a_decision_and_stays_one() -> None:
    three = submitted([event()], [event()], [])
    assert len(adjudicated(three).labelling.frames) == 1
    gold = adjudicated(three, decision_of(three, labelling("j")))
    assert gold.labelling.frames == ()
    (exists,) = gold.decisions
    assert (exists.how, exists.outcome, exists.votes, exists.of) == ("adjudicated", None, 1, 1)
    assert disputes_of(gold) == []


def test_what_an_adjudicator_adds_is_there() -> None:
    two = submitted([event()], [])
    gold = adjudicated(two, decision_of(two, labelling("j", event("added", (20, 25), "DIE"))))
    assert [(each.start, each.type) for each in gold.labelling.frames] == [(20, "DIE")]
    assert [(each.item, [one.annotator for one in each.members]) for each in gold.clusters] == [
        (None, ["annotator 0"]),
        ("events-1", ["judge@velmora.example"]),
    ]


def test_an_edited_candidate_is_the_same_item() -> None:
    two = submitted([event(place=(0, 5))], [event(place=(0, 9))])
    gold = adjudicated(two, decision_of(two, labelling("j", event("y", (0, 7)))))
    assert [(each.start, each.end) for each in gold.labelling.frames] == [(0, 7)]
    assert named(gold, "span").outcome == "0-7"
    assert {each.how for each in gold.decisions if each.decision in ("exists", "type")} == {"unanimous"}


def test_what_hangs_on_a_rejected_item_falls_and_asks_nobody_again() -> None:
    told: list[Item] = [actor(), event("e", (0, 5), "ACCUSE", ("actor", "m"))]
    two = submitted(told, [replace(actor(), end=60), told[1]])
    gold = adjudicated(two, decision_of(two, labelling("j", event("e"))))
    assert gold.labelling.mentions == ()
    assert gold.labelling.frames[0].arguments == ()
    assert named(gold, "argument actor").how == "dependent"
    assert disputes_of(gold) == []


@pytest.mark.parametrize(
    ("places", "kept", "how"),
    [
        ([(0, 5), (0, 5), (0, 9)], (0, 5), "adjudicated"),
        ([(0, 5), (0, 9)], None, "tie"),
        ([(0, 5), (0, 5)], (0, 5), "adjudicated"),
    ],
)
def test_several_adjudicators_decide_by_over_half(places: list[tuple[int, int]], kept: tuple[int, int] | None, how: str) -> None:
    two = submitted([event(place=(0, 5))], [event(place=(0, 9))])
    decisions = [decision_of(two, labelling("j", event("y", place)), f"judge {n}") for n, place in enumerate(places)]
    gold = adjudicated(two, *decisions)
    assert [(each.start, each.end) for each in gold.labelling.frames] == ([kept] if kept else [])
    span = next(each for each in gold.decisions if each.decision.startswith("span"))
    assert (span.how, len(span.adjudicators)) == (how, len(places))
    assert bool(disputes_of(gold)) == (kept is None)


def test_the_latest_round_of_an_adjudicator_counts() -> None:
    two = submitted([event(place=(0, 5))], [event(place=(0, 9))])
    first = decision_of(two, labelling("j", event("y", (0, 9))))
    again = replace(decision_of(two, labelling("j", event("y", (0, 5)))), round=2)
    assert [each.end for each in adjudicated(two, again, first).labelling.frames] == [5]


def test_new_annotations_open_an_adjudicated_article_again() -> None:
    two = submitted([event(place=(0, 5))], [event(place=(0, 9))])
    decided = decision_of(two, labelling("j", event("y", (0, 5))))
    three = [*two, labelling("annotator 2", event(place=(0, 9)))]
    gold = adjudicated(three, decided)
    assert [each.end for each in gold.labelling.frames] == [9]
    assert (gold.adjudicators, gold.outdated) == ((), ("judge@velmora.example",))
    assert [each.decision for each in disputes_of(gold)] == ["span"]
    anew = decision_of(three, labelling("j", event("y", (0, 5))), "other")
    assert adjudicated(three, decided, anew).outdated == ("judge@velmora.example",)


def test_an_annotator_may_be_the_adjudicator_too() -> None:
    two = submitted([event(place=(0, 5))], [event(place=(0, 9))])
    gold = adjudicated(two, decision_of(two, labelling("j", event("y", (0, 9))), who="annotator 1"))
    assert [each.end for each in gold.labelling.frames] == [9]
    assert gold.annotators == ("annotator 0", "annotator 1")


@pytest.mark.parametrize(("given", "settled"), [("news", "news"), ("opinion", "opinion"), (None, None)])
def test_answers(given: str | None, settled: str | None) -> None:
    two = [labelling("a", answers={"genre": "news"}), labelling("b", answers={"genre": "opinion"})]
    gold = adjudicated(two, decision_of(two, labelling("j", answers={"genre": given} if given else {})))
    assert [each.value for each in gold.labelling.answers] == ([settled] if settled else [])
    assert bool(disputes_of(gold)) == (settled is None)
    assert {each.value: each.p for each in gold.distributions["document.genre"]} == {"news": 0.5, "opinion": 0.5}


def test_whether_an_article_can_be_annotated() -> None:
    two = [labelling("a", event()), labelling("b", unusable="garbled")]
    assert adjudicated(two, decision_of(two, labelling("j", unusable="garbled"))).labelling.unusable == "garbled"
    usable = adjudicated(two, decision_of(two, labelling("j", event())))
    assert (usable.labelling.unusable, len(usable.labelling.frames), disputes_of(usable)) == (None, 1, [])


@pytest.mark.parametrize("kept", [True, False])
def test_links(kept: bool) -> None:
    both = [event("e1"), event("e2", (10, 15))]
    two = [labelling("a", *both, links=[("e1", "e2")]), labelling("b", *both)]
    gold = adjudicated(two, decision_of(two, labelling("j", *both, links=[("e2", "e1")] if kept else [])))
    assert len(gold.labelling.links) == kept
    assert disputes_of(gold) == []


def test_who_wants_an_adjudicator() -> None:
    first = labelling("a", actor(entity="Q1"), event("e", (0, 5)), answers={"genre": "news"})
    second = labelling("b", actor(entity="Q2"), event("e", (0, 6)), answers={"genre": "news"})
    third = labelling("c", actor(entity="Q2"), event("e", (0, 6)), answers={"genre": "news"})
    assert [(each.layer, each.decision, each.how) for each in disputes_of(adjudicated([first, second, third]))] == [
        ("events", "span", "majority")
    ]


# Whatever was decided


def some_decision(draw: random.Random, annotators: list[Labelling], who: str) -> Adjudication:
    """What one of them said, or something of the adjudicator's own."""
    own = some_labelling(draw, who) if draw.random() < 0.5 else draw.choice(annotators)
    decided = decision_of(annotators, own, who)
    return replace(decided, basis="of other labellings") if draw.random() < 0.1 else decided


@few
@given(draw=draws, strategy=st.sampled_from(["majority", "unanimous", "adjudicated", "single"]), judges=st.integers(1, 3))
def test_gold_is_legal_and_every_answer_traces(draw: random.Random, strategy: str, judges: int) -> None:
    annotators = some_submission(draw, twice=True)
    decisions = [some_decision(draw, annotators, f"judge {n}") for n in range(judges)]
    gold = adjudicated(annotators, *decisions, strategy=strategy)
    check_legal(gold.labelling)
    check_traces(gold, annotators, decisions)
    assert adjudicated(annotators[::-1], *decisions[::-1], strategy=strategy) == gold


VALID = jsonschema_rs.validator_for(record_schema(SCHEMA))
ARTICLE = Article("velmora-1", None, "Velmora fell at dawn.", "en")


@few
@given(draw=draws, strategy=st.sampled_from(["majority", "unanimous", "adjudicated", "single"]), judges=st.integers(0, 2))
def test_every_record_is_valid(draw: random.Random, strategy: str, judges: int) -> None:
    annotators = some_submission(draw, twice=True)
    decisions = [some_decision(draw, annotators, f"judge {n}") for n in range(judges)]
    check_valid(adjudicated(annotators, *decisions, strategy=strategy))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(3))
def test_every_record_of_a_model_is_valid(model: str, seed: int) -> None:
    draw = random.Random(seed)
    own = [each for number in range(4) for each in _of(f"velmora-{number}", some_submission(draw))]
    for gold in resolve_all(SCHEMA, own, GoldSettings(posterior=model, layers={"events": model})):
        check_valid(gold)


def _of(article: str, submission: list[Labelling]) -> list[Labelling]:
    return [replace(each, article=article) for each in submission]


def check_valid(gold: Gold) -> None:
    record = gold_record(SCHEMA, ARTICLE, [(0, 21)], gold, "test", "CC0-1.0", lambda name: pseudonym("salt", name))
    assert [str(each) for each in VALID.iter_errors(record)] == []


@few
@given(draw=draws)
def test_one_adjudicators_word_leaves_nothing_open_but_unanswered_questions(draw: random.Random) -> None:
    annotators = some_submission(draw)
    left = disputes_of(adjudicated(annotators, decision_of(annotators, some_labelling(draw, "judge"))))
    assert all(each.decision.startswith("answer") for each in left)


def check_traces(gold: Gold, annotators: list[Labelling], decisions: list[Adjudication]) -> None:
    """Everything in the gold goes back to somebody's item or answer."""
    said = {(each.annotator, item.id): item for each in annotators for item in each.items}
    said |= {(each.adjudicator, item.id): item for each in decisions for item in each.labelling.items}
    members = {each.item: [said[one.annotator, one.item] for one in each.members] for each in gold.clusters}
    for item in gold.labelling.items:
        assert item.start in {one.start for one in members[item.id]}
        assert item.end in {one.end for one in members[item.id]}
        assert item.type in {one.type for one in members[item.id]}
        if isinstance(item, Frame):
            check_attributes(item, [one for one in members[item.id] if isinstance(one, Frame)])
    for answer in gold.labelling.answers:
        found = next(each for each in gold.decisions if each.decision == f"answer {answer.question}")
        assert found.adjudicators or answer.value in {ballot.value for ballot in found.ballots}


def check_attributes(frame: Frame, members: list[Frame]) -> None:
    assert set(answered(frame)) <= {pair for each in members for pair in answered(each)}
    given = {argument.role for each in members for argument in each.arguments}
    assert {each.role for each in frame.arguments} <= given


def test_arguments_go_to_what_stands_in_the_place_of_the_adjudicators_own() -> None:
    told: list[Item] = [actor(), event("e", (0, 5), "ACCUSE", ("actor", "m"))]
    two = submitted(told, [actor(), event("e", (0, 5), "ACCUSE")])
    gold = adjudicated(two, decision_of(two, labelling("j", actor("own"), event("e", (0, 5), "ACCUSE", ("recipient", "own")))))
    assert gold.labelling.frames[0].arguments == (Argument("recipient", "mentions-1"),)
