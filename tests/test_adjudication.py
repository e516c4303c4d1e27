"""Sheets for adjudicators: what is agreed, what is contested, blinded; and what comes back, as labelling and verdicts."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_studio_sdk.label_interface.interface import LabelInterface
from msgspec import structs

from annotate.demo.adjudicate import decide as simulated_decision
from annotate.demo.corpus import labellings
from annotate.demo.expect import demo_articles
from annotate.demo.simulate import ANNOTATORS, simulate
from annotate.records import Answer, Argument, Labelling, Verdict
from annotate.schema import Schema
from annotate.schema.adjudication_page import COMMENT, LINKS, REASON, VERDICT, adjudication_page
from annotate.schema.labelling_page import UNUSABLE
from annotate.studio.adjudication.results import Decided, read_decision
from annotate.studio.adjudication.sheet import Sheet, entropy, sheet_of
from annotate.studio.adjudication.tasks import candidate_letters, task_payload
from annotate.studio.results import Item, page_of
from tests.adjudicating import (
    FIRST,
    FIRST_SAYS,
    SECOND,
    SECOND_SAYS,
    answer,
    changed,
    decide,
    event,
    mention,
    place,
    region_of,
    renamed,
    said,
    sheet,
    stance,
    without,
)
from tests.handmade import shape
from tests.result_items import ARTICLE, EVENTS, PAGE, TEXT, arrow, span

JUDGE = "judge@velmora.example"
SENT = sheet()


def read(sent: Sheet, result: list[Item]) -> Decided:
    return read_decision(PAGE, ARTICLE, sent, JUDGE, result)


def sound(sent: Sheet, result: list[Item]) -> Decided:
    done = read(sent, result)
    assert done.faults == []
    return done


def faults(result: list[Item], sent: Sheet = SENT) -> list[str]:
    return [each.message for each in read(sent, result).faults]


def verdicts(done: Decided, layer: str) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(each.verdict, each.type, each.candidates) for each in done.verdicts if each.layer == layer]


# What is sent


def test_what_all_say_is_agreed_and_all_else_is_contested() -> None:
    contested = {TEXT[own[0].start : own[0].end] for own in SENT.contested_items.values()}
    assert contested == {"the bridge", "shelled", "denies", "condemns", "Monday"}
    agreed = {TEXT[each.start : each.end] for each in SENT.regions if not each.letters}
    assert agreed == {"Velmora", "Karesh", "attack"}
    assert [each.annotators for each in SENT.contested_links] == [(FIRST,)]
    assert set(SENT.contested_votes) == {"document_genre"}


def test_the_same_said_twice_is_one_candidate_of_two_letters() -> None:
    third = renamed(SECOND_SAYS, "third@velmora.example")
    sent = sheet(FIRST_SAYS, SECOND_SAYS, third)
    both = region_of(sent, "denies", SECOND)
    assert both.annotators == (SECOND, third.annotator)
    assert set(both.letters.split("+")) == {sent.letters[SECOND], sent.letters[third.annotator]}
    assert candidate_letters([sent])[-1] == both.letters


def test_of_one_annotator_alone_everything_is_to_be_checked() -> None:
    sent = sheet(FIRST_SAYS)
    assert all(each.letters == "A" for each in sent.regions)
    assert shape(sound(sent, decide(sent, FIRST)).labelling) == shape(FIRST_SAYS)


def test_labellings_that_say_the_same_contest_nothing() -> None:
    sent = sheet(FIRST_SAYS, renamed(FIRST_SAYS, SECOND))
    assert (sent.contested, sent.priority) == (0, 0)


def test_nothing_that_is_sent_names_or_betrays_an_annotator() -> None:
    sent = json.dumps(task_payload(PAGE, ARTICLE, SENT), ensure_ascii=False)
    for name in (FIRST, SECOND, "dana", "omar"):
        assert name not in sent
    for own in (*FIRST_SAYS.items, *SECOND_SAYS.items):
        assert f'"{own.id}"' not in sent


def test_letters_are_shuffled_by_article_and_the_same_again() -> None:
    numbered = [structs.replace(each, article=f"velmora-{n}") for n in range(40) for each in (FIRST_SAYS, SECOND_SAYS)]
    drawn = [sheet(*numbered[2 * n : 2 * n + 2]).letters[FIRST] for n in range(40)]
    assert 8 < drawn.count("A") < 32
    assert drawn == [sheet(*numbered[2 * n : 2 * n + 2]).letters[FIRST] for n in range(40)]
    assert drawn != [sheet(*numbered[2 * n : 2 * n + 2], salt="other").letters[FIRST] for n in range(40)]


@given(st.permutations([FIRST_SAYS, SECOND_SAYS, renamed(FIRST_SAYS, "third@velmora.example")]))
@settings(max_examples=6, deadline=None)
def test_the_order_of_annotators_is_irrelevant(order: list[Labelling]) -> None:
    assert sheet(*order) == sheet(FIRST_SAYS, SECOND_SAYS, renamed(FIRST_SAYS, "third@velmora.example"))


@pytest.mark.parametrize(
    ("counts", "of", "bits"), [([2], 2, 0.0), ([1, 1], 2, 1.0), ([1], 2, 1.0), ([2, 1], 3, 0.918296), ([1, 1, 1], 3, 1.584963)]
)
def test_entropy(counts: list[int], of: int, bits: float) -> None:
    assert entropy(counts, of) == pytest.approx(bits, abs=1e-6)


def test_priority_is_entropy_by_the_layers_weight() -> None:
    # one mention, three events, one stance, one link and one answer, each with a bit
    assert sheet().priority == 7
    assert sheet(weights={"events": 3, "stances": 2, "document": 0}).priority == 1 + 9 + 2 + 1 + 0


def test_the_prediction_shows_what_is_agreed_read_only_and_every_candidate_with_its_content() -> None:
    payload = task_payload(PAGE, ARTICLE, SENT)
    (prediction,) = payload["predictions"]
    assert payload["meta"] == {"article": ARTICLE.id, "sha256": ARTICLE.sha256, "round": 1}
    labels = [each for each in prediction["result"] if each["type"] == "labels"]
    readonly = {each["id"] for each in labels if each.get("readonly")}
    assert readonly == {each.id for each in SENT.regions if not each.letters}
    candidates = {each["id"]: each for each in labels if each["from_name"] == "candidate"}
    assert candidates.keys() == {each.id for each in SENT.regions if each.letters}
    mine = region_of(SENT, "shelled", FIRST)
    (words,) = candidates[mine.id]["meta"]["text"]
    assert f"\n\u200f▸ {SENT.letters[FIRST]}: " in words
    assert f"\n\u200f{SENT.letters[SECOND]}: " in words, "what the other says, too"
    assert "«the bridge»" in words
    assert payload["data"]["votes_document_genre"].count(":") == 2
    assert len(payload["data"][LINKS]) == 2


@pytest.mark.parametrize("name", ["event-stance", "stance-only"])
def test_the_page_is_one_label_studio_can_show_and_fits_its_predictions(name: str, schema: Schema, stance_only: Schema) -> None:
    own = schema if name == "event-stance" else stance_only
    page = adjudication_page(own, ["A", "B", "A+B"])
    interface = LabelInterface(page)
    interface.validate()  # type: ignore[no-untyped-call]
    hotkeys = [each.get("hotkey") for each in ElementTree.fromstring(page).iter() if each.tag in ("Label", "Choice")]
    assert None not in hotkeys
    assert len(set(hotkeys)) == len(hotkeys)
    if own is schema:
        prediction = task_payload(PAGE, ARTICLE, SENT)["predictions"][0]
        assert interface.validate_prediction(prediction, return_errors=True) == []  # type: ignore[no-untyped-call]


# What comes back


@pytest.mark.parametrize(("favoured", "own"), [(FIRST, FIRST_SAYS), (SECOND, SECOND_SAYS)])
def test_who_takes_all_that_one_annotator_said_gets_that_labelling(favoured: str, own: Labelling) -> None:
    done = sound(SENT, decide(SENT, favoured))
    assert shape(done.labelling) == shape(own)
    assert done.labelling.annotator == JUDGE
    assert {each.verdict for each in done.verdicts} == {"take", "reject"}
    assert all(
        (favoured in each.candidates) == (each.verdict == "take")
        for each in done.verdicts
        if each.layer != "events" or each.type != "MOBILIZE"
    )


def test_the_bundled_labellings_come_back_whole(schema: Schema) -> None:
    articles, page = demo_articles(), page_of(schema)
    both = {name: [renamed(each, f"{name}@velmora.example") for each in labellings(name)] for name in ("first", "second")}
    for first, second in zip(both["first"], both["second"], strict=True):
        article = articles[first.article]
        sent = sheet_of(schema, (first, second), number=1, basis="b", salt="s")
        for own in (first, second):
            done = read_decision(page, article, sent, JUDGE, decide(sent, own.annotator, article=article))
            assert done.faults == []
            assert shape(done.labelling) == shape(own)


def test_reason_and_comment_stand_with_the_verdict() -> None:
    mine = region_of(SENT, "denies", FIRST)
    result = [*decide(SENT, FIRST), said(mine, REASON, "guideline unclear"), said(mine, COMMENT, "see rule 3")]
    found = next(each for each in sound(SENT, result).verdicts if each.item == mine.id)
    assert found == Verdict("events", *place("denies"), "STATE", (FIRST,), "take", mine.id, "guideline unclear", "see rule 3")


def test_taking_one_candidate_settles_the_others_of_its_item() -> None:
    other = region_of(SENT, "denies", SECOND)
    done = sound(SENT, without(decide(SENT, FIRST), other, VERDICT))
    assert ("reject", "REJECT", (SECOND,)) in verdicts(done, "events")


def test_all_rejected_is_a_decision() -> None:
    mine = region_of(SENT, "the bridge", FIRST)
    result = [*without(decide(SENT, FIRST), mine, VERDICT), said(mine, VERDICT, "reject")]
    done = sound(SENT, result)
    assert verdicts(done, "mentions") == [("reject", "FAC", (FIRST,)), ("reject", "FAC", (SECOND,))]
    shelled = next(each for each in done.labelling.frames if each.type == "ASSAULT" and each.start == place("shelled")[0])
    assert [each.role for each in shelled.arguments] == ["actor"], "the argument that it filled fell with it"


def test_arguments_follow_to_the_candidate_that_was_taken() -> None:
    first, second = region_of(SENT, "the bridge", FIRST), region_of(SENT, "bridge", SECOND)
    result = without(without(decide(SENT, FIRST), first, VERDICT), second, VERDICT)
    done = sound(SENT, [*result, said(second, VERDICT, "take")])
    shelled = next(each for each in done.labelling.frames if each.start == place("shelled")[0])
    assert Argument("recipient", second.id) in shelled.arguments
    assert ("take", "ASSAULT", (FIRST,)) in verdicts(done, "events"), "its own content is as it was"


@pytest.mark.parametrize(
    "change",
    [{"labels": ["ACCUSE"]}, {"start": place("denies")[0] + 1}],
    ids=["type", "boundary"],
)
def test_an_edited_candidate_is_taken_as_edited(change: dict[str, Any]) -> None:
    mine = region_of(SENT, "denies", FIRST)
    result = changed(without(decide(SENT, FIRST), mine, "events_mode_STATE"), mine, **change)
    done = sound(SENT, result)
    found = next(each for each in done.verdicts if each.item == mine.id)
    assert (found.verdict, found.candidates) == ("edit", (FIRST,))
    item = next(each for each in done.labelling.frames if each.id == mine.id)
    assert (item.type, item.start) == (change.get("labels", ["STATE"])[0], change.get("start", place("denies")[0]))


def test_an_edited_attribute_or_role_is_an_edit() -> None:
    mine, bridge = region_of(SENT, "denies", FIRST), region_of(SENT, "the bridge", FIRST)
    for more in (said(mine, "events_polarity", "negative"), arrow(mine.id, bridge.id, "topic")):
        done = sound(SENT, [*decide(SENT, FIRST), more])
        assert ("edit", "STATE", (FIRST,)) in verdicts(done, "events")


def test_what_is_added_is_in_the_labelling_and_has_a_verdict() -> None:
    agreed = region_of(SENT, "attack", FIRST)
    result = [*decide(SENT, FIRST), span("new", "mentions", "TIME", "Monday"), arrow(agreed.id, "new", "time")]
    done = sound(SENT, result)
    assert ("add", "TIME", ()) in verdicts(done, "mentions")
    assert ("edit", "ASSAULT", (FIRST, SECOND)) in verdicts(done, "events"), "an agreed event with a new argument"


def test_links_and_answers_are_decided_too() -> None:
    done = sound(SENT, decide(SENT, FIRST))
    assert [(each.layer, each.first == region_of(SENT, "shelled", FIRST).id) for each in done.labelling.links] == [("same_as", True)]
    assert verdicts(done, "same_as") == [("take", None, (FIRST,))]
    assert verdicts(done, "document") == [("take", "news", (FIRST,))]
    assert verdicts(sound(SENT, decide(SENT, SECOND)), "same_as") == [("reject", None, (FIRST,))]


def test_a_link_that_is_drawn_counts_as_one_that_is_ticked() -> None:
    mine = decide(SENT, FIRST)
    drawn = [each for each in mine if each.get("from_name") != LINKS]
    shelled, attack = region_of(SENT, "shelled", FIRST), region_of(SENT, "attack", FIRST)
    assert sound(SENT, [*drawn, arrow(attack.id, shelled.id, "same_as")]).labelling.links != ()


def test_an_answer_that_nobody_gave() -> None:
    result = [each for each in decide(SENT, FIRST) if each.get("from_name") != "document_genre"]
    done = sound(SENT, [*result, answer("document_genre", "analysis")])
    assert verdicts(done, "document") == [("edit", "analysis", ())]
    assert done.labelling.answers == (Answer("document", "genre", "analysis"),)


def test_whether_an_article_can_be_annotated_is_decided_too() -> None:
    cannot = Labelling(ARTICLE.id, SECOND, unusable="garbled")
    sent = sheet(FIRST_SAYS, cannot)
    assert UNUSABLE in sent.contested_votes
    done = sound(sent, decide(sent, SECOND))
    assert (done.labelling.unusable, done.labelling.items) == ("garbled", [])
    assert ("take", "garbled", (SECOND,)) in verdicts(done, "article")
    assert ("take", None, (FIRST,)) in verdicts(sound(sent, decide(sent, FIRST)), "article")


# What makes no sense is named, and leaves the article open

MINE, OTHER = region_of(SENT, "denies", FIRST), region_of(SENT, "denies", SECOND)
LONE = region_of(SENT, "Monday", SECOND)
AGREED = region_of(SENT, "attack", FIRST)
TAKEN = decide(SENT, FIRST)


@pytest.mark.parametrize(
    ("result", "said_of_it"),
    [
        (without(TAKEN, LONE, VERDICT), "no verdict on"),
        (without(TAKEN, LONE), "no verdict on"),
        ([*without(TAKEN, OTHER, VERDICT), said(OTHER, VERDICT, "take")], "which are one item"),
        ([*TAKEN, said(MINE, VERDICT, "reject")], "is taken and rejected"),
        (without(TAKEN, MINE, "events"), "is not there any more"),
        (without(TAKEN, AGREED), "the annotators agree on it"),
        (changed(TAKEN, AGREED, labels=["DIE"]), "the annotators agree on it"),
        (changed(TAKEN, MINE, end=len(TEXT) + 5), "are not in the article"),
        ([*TAKEN, arrow(MINE.id, AGREED.id, "instrument")], "cannot join"),
        ([*TAKEN, arrow(MINE.id, AGREED.id)], "without a role"),
        ([*TAKEN, span("new", "events", "STATE", "denies")], "stands 2 times"),
        ([*TAKEN, span("new", "candidate", "A", "Monday")], "a candidate that was not sent"),
        ([each for each in TAKEN if each.get("from_name") != "document_genre"], "no answer to genre"),
        ([each for each in TAKEN if each.get("from_name") != LINKS], "nothing is said of the contested links"),
        ([*TAKEN, answer(LINKS, "none")], "untick one"),
        ([], "no verdict on"),
    ],
)
def test_what_makes_no_sense_is_named(result: list[Item], said_of_it: str) -> None:
    assert any(said_of_it in each for each in faults(result)), faults(result)


def test_an_agreed_answer_is_not_to_be_changed() -> None:
    both = [structs.replace(each, answers=(Answer("document", "genre", "news"),)) for each in (FIRST_SAYS, SECOND_SAYS)]
    sent = sheet(*both)
    result = [each for each in decide(sent, FIRST) if each.get("from_name") != "document_genre"]
    assert faults(result, sent) == ["the annotators agree on genre = news; put that back"]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_left_out_is_named_or_harmless(data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(range(len(TAKEN))), unique=True))
    done = read(SENT, [TAKEN[n] for n in kept])
    known = {each.id for each in done.labelling.items}
    assert all(argument.ref in known for each in done.labelling.frames for argument in each.arguments)
    if not done.faults:
        assert all(each.verdict != "take" or each.layer in ("same_as", "document") or each.item in known for each in done.verdicts)
        assert {each.type for each in done.labelling.items if each.start == place("denies")[0]} == {"STATE"}


def test_a_filler_of_another_type_lets_an_argument_that_was_sent_fall() -> None:
    one = Labelling(
        ARTICLE.id, FIRST, mentions=(mention("m", "FAC", "the bridge"),), frames=(event("e", "ASSAULT", "shelled", ("place", "m")),)
    )
    two = Labelling(ARTICLE.id, SECOND, mentions=(mention("m", "GOV", "the bridge"),), frames=(event("e", "ASSAULT", "shelled"),))
    sent = sheet(one, two)
    result = decide(sent, FIRST)
    first, second = region_of(sent, "the bridge", FIRST), region_of(sent, "the bridge", SECOND)
    result = [*without(without(result, first, VERDICT), second, VERDICT), said(second, VERDICT, "take")]
    done = sound(sent, result)
    assert [each.arguments for each in done.labelling.frames] == [()]


def test_stances_keep_their_strength() -> None:
    sent = sheet(
        *(
            Labelling(ARTICLE.id, who, frames=(stance("s", "against", "condemns", strength=level),))
            for who, level in ((FIRST, "concern"), (SECOND, "material"))
        )
    )
    (found,) = sound(sent, decide(sent, SECOND)).labelling.frames
    assert found.attributes == {"strength": "material"}
    assert EVENTS.span_layers["stances"].name == found.layer


# The demo's adjudicator


def test_the_simulated_adjudicator_makes_the_gold_of_what_is_open(schema: Schema) -> None:
    articles, page = demo_articles(), page_of(schema)
    missed = Counter[str]()
    for gold in labellings("gold"):
        article = articles[gold.article]
        said_of_it = [renamed(simulate(schema, article, gold, each, 0), each.name) for each in ANNOTATORS]
        sent = sheet_of(schema, said_of_it, number=1, basis="b", salt="demo")
        done = read_decision(page, article, sent, JUDGE, simulated_decision(page, article, sent, gold))
        assert done.faults == []
        agreed = {each.id for each in sent.regions if not each.letters}
        wanted = {(each.layer, each.type, each.start, each.end) for each in gold.items}
        found = {(each.layer, each.type, each.start, each.end) for each in done.labelling.items if each.id not in agreed}
        assert found <= wanted
        missed["items"] += len(wanted - {(each.layer, each.type, each.start, each.end) for each in done.labelling.items})
    assert missed["items"] <= 5, "only where all three annotators err alike"
