"""Gold: every decision, by hand, under both strategies."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from annotate.errors import UsageProblem
from annotate.gold.resolve import STRATEGIES, resolve
from annotate.records import Answer, Argument, Decision, Frame, Gold, Labelling, Link
from annotate.workspace import GoldSettings
from tests.handmade import SCHEMA, Item, Place, actor, event, labelling, shape, submitted


def majority(*each: Labelling) -> Gold:
    return resolve(SCHEMA, list(each), GoldSettings())


def only_event(gold: Gold) -> Frame:
    (found,) = gold.labelling.frames
    return found


def listed(gold: Gold, decision: str) -> list[tuple[str | None, str, int, int]]:
    """(outcome, how, votes, of) of the decisions whose name starts so and that were not unanimous."""
    return [(each.outcome, each.how, each.votes, each.of) for each in apart(gold) if each.decision.startswith(decision)]


def apart(gold: Gold) -> list[Decision]:
    """The decisions that were not unanimous."""
    return [each for each in gold.decisions if each.how != "unanimous"]


# Whether an item exists


@pytest.mark.parametrize(
    ("strategy", "marked", "of", "kept", "how"),
    [
        ("majority", 1, 1, True, None),
        ("majority", 2, 2, True, None),
        ("majority", 1, 2, False, "minority"),
        ("majority", 2, 3, True, "majority"),
        ("majority", 1, 3, False, "minority"),
        ("majority", 2, 4, False, "minority"),
        ("majority", 3, 4, True, "majority"),
        ("majority", 3, 5, True, "majority"),
        ("unanimous", 2, 2, True, None),
        ("unanimous", 2, 3, False, "minority"),
        ("unanimous", 3, 3, True, None),
    ],
)
def test_an_item_exists_by_those_who_submitted(strategy: str, marked: int, of: int, kept: bool, how: str | None) -> None:
    gold = resolve(SCHEMA, submitted(*[[event()]] * marked, *[[]] * (of - marked)), GoldSettings(strategy))
    assert bool(gold.labelling.frames) == kept
    assert listed(gold, "exists") == ([] if how is None else [("kept" if kept else None, how, marked, of)])


def test_who_called_the_article_unusable_counts_as_having_submitted() -> None:
    gold = majority(labelling("a", event()), labelling("b", unusable="garbled"))
    assert gold.labelling.frames == ()
    assert listed(gold, "exists 0-5") == [(None, "minority", 1, 2)]


# Boundaries


@pytest.mark.parametrize(
    ("strategy", "places", "decided", "how"),
    [
        ("majority", [(0, 5), (0, 5), (0, 5)], (0, 5), None),
        ("majority", [(0, 5), (0, 5), (1, 7)], (0, 5), "majority"),
        ("majority", [(0, 5), (0, 7), (1, 5)], (0, 5), "majority"),  # nobody's span has over half, each of its boundaries has
        ("majority", [(0, 5), (0, 7), (1, 8)], None, "tie"),  # the start has over half, the end has not
        ("majority", [(0, 5), (1, 5)], None, "tie"),
        ("majority", [(0, 5), (0, 5), (1, 5), (1, 5)], None, "tie"),
        ("majority", [(0, 5), (0, 5), (1, 5), (2, 5), (3, 5)], None, "minority"),
        ("unanimous", [(0, 5), (0, 5), (0, 5)], (0, 5), None),
        ("unanimous", [(0, 5), (0, 5), (1, 5)], None, "minority"),
    ],
)
def test_boundaries(strategy: str, places: list[Place], decided: Place | None, how: str | None) -> None:
    gold = resolve(SCHEMA, submitted(*([event(place=place)] for place in places)), GoldSettings(strategy))
    assert [(each.start, each.end) for each in gold.labelling.frames] == ([] if decided is None else [decided])
    outcome = f"{decided[0]}-{decided[1]}" if decided else None
    assert [found[:2] for found in listed(gold, "span")] == ([] if how is None else [(outcome, how)])


# Types and attributes


@pytest.mark.parametrize(
    ("strategy", "kinds", "decided", "how"),
    [
        ("majority", ["ACCUSE", "ACCUSE"], "ACCUSE", None),
        ("majority", ["ACCUSE", "ACCUSE", "REQUEST"], "ACCUSE", "majority"),
        ("majority", ["ACCUSE", "REQUEST"], None, "tie"),
        ("majority", ["ACCUSE", "ACCUSE", "REQUEST", "REJECT"], None, "minority"),
        ("unanimous", ["ACCUSE", "ACCUSE", "REQUEST"], None, "minority"),
    ],
)
def test_types(strategy: str, kinds: list[str], decided: str | None, how: str | None) -> None:
    gold = resolve(SCHEMA, submitted(*([event(kind=kind)] for kind in kinds)), GoldSettings(strategy))
    assert [each.type for each in gold.labelling.frames] == ([] if decided is None else [decided])
    assert [found[:2] for found in listed(gold, "type")] == ([] if how is None else [(decided, how)])


@pytest.mark.parametrize(
    ("strategy", "values", "decided", "how"),
    [
        ("majority", ["allege", "allege"], "allege", None),
        ("majority", ["allege", "allege", "disapprove"], "allege", "majority"),
        ("majority", ["allege", "disapprove"], None, "tie"),
        ("majority", [None, None], None, None),
        ("majority", ["allege", None, None], None, "majority"),
        ("majority", ["allege", None], None, "tie"),
        ("unanimous", ["allege", "allege", "disapprove"], None, "minority"),
    ],
)
def test_attributes(strategy: str, values: list[str | None], decided: str | None, how: str | None) -> None:
    gold = resolve(SCHEMA, submitted(*([event(mode=value)] for value in values)), GoldSettings(strategy))
    assert only_event(gold).attributes == {"polarity": "positive", "modality": "asserted", "tense": "past", "mode": decided}
    assert [found[:2] for found in listed(gold, "attribute")] == ([] if how is None else [(decided, how)])


def test_attributes_are_those_of_the_winning_type() -> None:
    request = event(kind="REQUEST", mode="assist", tense="future")
    gold = majority(*submitted([event(mode="allege")], [event(mode="allege")], [request]))
    assert only_event(gold).attributes["mode"] == "allege"
    assert only_event(gold).attributes["tense"] == "past"
    assert listed(gold, "attribute") == []


def test_an_attribute_that_is_not_asked_of_the_type_is_null() -> None:
    stance = Frame("s", "stances", "neutral", 0, 5, {"strength": None})
    gold = majority(*submitted([stance], [stance]))
    assert only_event(gold).attributes == {"strength": None}
    assert apart(gold) == []


# Arguments


@pytest.mark.parametrize(("strategy", "given_by", "kept"), [("majority", 2, True), ("majority", 1, False), ("unanimous", 2, False)])
def test_arguments(strategy: str, given_by: int, kept: bool) -> None:
    with_it: list[Item] = [actor(), event("e", (0, 5), "ACCUSE", ("actor", "m"))]
    without: list[Item] = [actor(), event()]
    gold = resolve(SCHEMA, submitted(*[with_it] * given_by, *[without] * (3 - given_by)), GoldSettings(strategy))
    (mention,) = gold.labelling.mentions
    assert only_event(gold).arguments == ((Argument("actor", mention.id),) if kept else ())
    how = "majority" if kept else "minority"
    assert listed(gold, "argument actor") == [("kept" if kept else None, how, given_by, 3)]


def test_fillers_meet_across_annotators_own_ids_and_boundaries() -> None:
    gold = majority(
        *submitted(
            [actor("m1"), event("e", (0, 5), "ACCUSE", ("actor", "m1"))],
            [actor("region 7"), event("x", (0, 5), "ACCUSE", ("actor", "region 7"))],
            [replace(actor("q"), start=49), event("m1", (0, 5), "ACCUSE", ("actor", "q"))],
        )
    )
    (mention,) = gold.labelling.mentions
    assert (mention.start, only_event(gold).arguments) == (50, (Argument("actor", mention.id),))
    assert listed(gold, "argument") == []


def test_arguments_are_those_of_the_winning_type() -> None:
    accuse, request = event("e", (0, 5), "ACCUSE", ("actor", "m")), event("e", (0, 5), "REQUEST", ("recipient", "m"))
    gold = majority(*submitted([actor(), accuse], [actor(), accuse], [actor(), request]))
    assert [each.role for each in only_event(gold).arguments] == ["actor"]
    assert listed(gold, "argument") == []


def test_an_argument_whose_filler_was_left_out_is_listed() -> None:
    gold = majority(*submitted([actor(), event("e", (0, 5), "ACCUSE", ("actor", "m"))], [event()], [event()]))
    assert only_event(gold).arguments == ()
    assert listed(gold, "argument actor") == [(None, "dependent", 1, 3)]


def test_an_argument_that_the_fillers_gold_type_does_not_take_is_left_out_and_listed() -> None:
    """The two who saw the event call its filler a place; the article's majority says that it is a state."""
    place, state = actor(kind="LOC"), actor(kind="GOV")
    event_there = event("e", (0, 5), "ACCUSE", ("place", "m"))
    gold = majority(*submitted([place, event_there], [place, event_there], [state, event(kind="DIE")], [state], [state]))
    assert [each.type for each in gold.labelling.mentions] == ["GOV"]
    assert (only_event(gold).type, only_event(gold).arguments) == ("ACCUSE", ())
    assert listed(gold, "argument place") == [(None, "dependent", 2, 2)]


def test_events_and_stances_may_be_filled_by_events() -> None:
    stance = Frame("s", "stances", "against", 20, 30, {"strength": "verbal"}, (Argument("holder", "m"), Argument("target", "e")))
    says = event("x", (10, 15), "STATE", ("content", "e"), mode="deny")
    gold = majority(*submitted([actor(), event(), says, stance], [actor(), event(), says, stance]))
    accuse = next(each for each in gold.labelling.frames if each.type == "ACCUSE")
    assert {(each.type, role.role) for each in gold.labelling.frames for role in each.arguments if role.ref == accuse.id} == {
        ("STATE", "content"),
        ("against", "target"),
    }


# Links, answers, entities


@pytest.mark.parametrize(
    ("links", "kept", "how"),
    [
        ([[("e1", "e2")]] * 3, 1, None),
        ([[("e1", "e2")], [("e2", "e1")], []], 1, "majority"),
        ([[("e1", "e2"), ("e2", "e1")], [], []], 0, "minority"),
        ([[], [], []], 0, None),
    ],
    ids=["all", "either direction", "said twice by one", "none"],
)
def test_links(links: list[list[tuple[str, str]]], kept: int, how: str | None) -> None:
    both = [event("e1"), event("e2", (10, 15))]
    gold = majority(*(labelling(f"annotator {n}", *both, links=own) for n, own in enumerate(links)))
    ends = tuple(sorted(each.id for each in gold.labelling.frames))
    assert gold.labelling.links == (Link("same_as", *ends),) * kept
    assert [found[1] for found in listed(gold, "link")] == ([] if how is None else [how])


def test_a_link_to_an_event_that_was_left_out_is_listed() -> None:
    first = labelling("a", event("e1"), event("e2", (10, 15)), links=[("e1", "e2")])
    gold = majority(first, labelling("b", event("e1")), labelling("c", event("e1")))
    assert gold.labelling.links == ()
    assert listed(gold, "link") == [(None, "dependent", 1, 3)]


@pytest.mark.parametrize(
    ("strategy", "given", "decided", "how", "shares"),
    [
        ("majority", ["news", "news"], "news", None, {"news": 1}),
        ("majority", ["news", "news", "opinion"], "news", "majority", {"news": 2 / 3, "opinion": 1 / 3}),
        ("majority", ["news", "opinion"], None, "tie", {"news": 1 / 2, "opinion": 1 / 2}),
        ("majority", ["news", None, None], None, "minority", {"news": 1}),
        ("majority", ["news", "news", None], "news", "majority", {"news": 1}),
        ("majority", [None, None], None, None, {}),
        ("unanimous", ["news", "news", "opinion"], None, "minority", {"news": 2 / 3, "opinion": 1 / 3}),
    ],
)
def test_answers(strategy: str, given: list[str | None], decided: str | None, how: str | None, shares: dict[str, float]) -> None:
    each = [labelling(f"annotator {n}", answers={"genre": value} if value else {}) for n, value in enumerate(given)]
    gold = resolve(SCHEMA, each, GoldSettings(strategy))
    assert gold.labelling.answers == ((Answer("document", "genre", decided),) if decided else ())
    assert [found[:2] for found in listed(gold, "answer genre")] == ([] if how is None else [(decided, how)])
    assert {share.value: share.p for share in gold.distributions["document.genre"]} == pytest.approx(shares)


@pytest.mark.parametrize(
    ("entities", "decided", "how"),
    [
        (["Q1", "Q1"], "Q1", None),
        (["Q1", "Q1", "Q2"], "Q1", "majority"),
        (["Q1", "Q2"], None, "tie"),
        (["Q1", "Q1", None], "Q1", None),  # by those who named one
        ([None, None], None, None),
    ],
)
def test_entities(entities: list[str | None], decided: str | None, how: str | None) -> None:
    gold = majority(*submitted(*([actor(entity=entity)] for entity in entities)))
    assert [each.entity for each in gold.labelling.mentions] == [decided]
    assert [found[:2] for found in listed(gold, "entity")] == ([] if how is None else [(decided, how)])


# The article as a whole


@pytest.mark.parametrize(
    ("strategy", "reasons", "decided", "decisions"),
    [
        ("majority", [None, None], None, []),
        ("majority", ["garbled", "garbled"], "garbled", []),
        ("majority", ["garbled", "garbled", None], "garbled", [("unusable", "majority", 2, 3)]),
        ("majority", ["garbled", None], None, [("unusable", "minority", 1, 2)]),
        ("majority", ["garbled", None, None], None, [("unusable", "minority", 1, 3)]),
        (
            "majority",
            ["other", "garbled", "other", None],
            "other",
            [("unusable", "majority", 3, 4), ("unusable because", "majority", 2, 3)],
        ),
        ("majority", ["garbled", "duplicate"], "duplicate", [("unusable because", "tie", 1, 2)]),
        ("unanimous", ["garbled", "garbled", None], None, [("unusable", "minority", 2, 3)]),
    ],
)
def test_an_article_is_unusable_by_majority(
    strategy: str, reasons: list[str | None], decided: str | None, decisions: list[tuple[str, str, int, int]]
) -> None:
    gold = resolve(SCHEMA, [labelling(f"annotator {n}", unusable=reason) for n, reason in enumerate(reasons)], GoldSettings(strategy))
    assert gold.labelling.unusable == decided
    assert [(each.decision, each.how, each.votes, each.of) for each in apart(gold)] == decisions


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_one_annotators_labelling_is_the_gold(strategy: str) -> None:
    own = labelling("a", actor(entity="Q1"), event("e", (0, 5), "ACCUSE", ("actor", "m"), mode="allege"), answers={"genre": "news"})
    gold = resolve(SCHEMA, [own], GoldSettings(strategy))
    assert shape(gold.labelling) == shape(own)
    assert (gold.annotators, gold.resolution, apart(gold)) == (("a",), "single", [])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_gold_says_who_it_was_made_from_and_how(strategy: str) -> None:
    gold = resolve(SCHEMA, [labelling("b"), labelling("a")], GoldSettings(strategy))
    assert (gold.labelling.article, gold.labelling.annotator) == ("velmora-1", "gold")
    assert (gold.annotators, gold.resolution) == (("a", "b"), strategy)


def test_an_unknown_strategy_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageProblem, match="'plurality'; one of majority, unanimous") as raised:
        resolve(SCHEMA, [labelling("a")], GoldSettings("plurality"))
    assert raised.value.exit_code == 2


def test_an_item_marked_twice_is_kept_once_and_listed() -> None:
    gold = majority(*submitted([event("e1"), event("e2")], [event("e1"), event("e2")]))
    assert len(gold.labelling.frames) == 1
    assert listed(gold, "type 0-5") == [(None, "duplicate", 2, 2)]
