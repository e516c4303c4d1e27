"""Label Studio's result lists where something does not fit, and properties on any junk."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.records import Argument, Labelling
from annotate.studio.results import Item, read_results, write_results
from tests.junk import ARROWS, JUNK, REGIONS, nearly, regions
from tests.result_items import (
    ANNOTATOR,
    ARTICLE,
    BRIDGE,
    CONDEMNS,
    DENIES,
    EVENTS,
    GOV,
    KARESH,
    PAGE,
    SHELLED,
    TEXT,
    arrow,
    choice,
    faults,
    frame,
    read,
    sound,
    span,
    words_of,
)

# What does not fit is reported and left out; the rest stays

NEUTRAL = span("s2", "stances", "neutral", "denies")
REST = (GOV, BRIDGE, SHELLED, DENIES, CONDEMNS, NEUTRAL, choice("e1", "events_tense", "present"), arrow("e1", "m1", "actor"))


def with_value(item: Item, **changed: Any) -> Item:
    return item | {"value": item["value"] | changed}


BAD = {
    "unknown label": (span("x", "mentions", "STATE", "Karesh"), "unknown label 'STATE' in mentions"),
    "label that is no text": (with_value(KARESH, labels=[["GOV"]]), "unknown label"),
    "unknown layer": (span("x", "actors", "GOV", "Karesh"), "unknown layer 'actors'"),
    "no layer": ({k: v for k, v in KARESH.items() if k != "from_name"}, "unknown layer None"),
    "unknown question": (choice("e1", "events_colour", "red"), "unknown choice events_colour = 'red'"),
    "unknown words": (words_of("m1", "mentions_colour", "red"), "words in 'mentions_colour'"),
    "end after the text": (with_value(KARESH, end=len(TEXT) + 1), "are not in the article of 81 characters"),
    "negative start": (with_value(KARESH, start=-1), "offsets -1–44"),
    "negative offsets": (with_value(KARESH, start=-6, end=-1), "offsets -6–-1"),
    "offsets as text": (with_value(KARESH, start="38"), "offsets '38'–44"),
    "offsets as fractions": (with_value(KARESH, start=38.0), "offsets 38.0–44"),
    "offsets as truth values": (with_value(KARESH, start=False, end=True), "offsets False–True"),
    "offsets missing": (with_value(KARESH, start=None), "offsets None–44"),
    "empty span": (with_value(KARESH, start=44), "offsets 44–44"),
    "span the wrong way round": (with_value(KARESH, start=44, end=38), "offsets 44–38"),
    "two labels": (with_value(KARESH, labels=["GOV", "ORG"]), "2 labels; one is needed"),
    "empty labels": (with_value(KARESH, labels=[]), "0 labels; one is needed"),
    "no labels": (with_value(KARESH, labels=None), "no labels; one is needed"),
    "span without a value": (KARESH | {"value": None}, "a span"),
    "region twice in a layer": (span("m1", "mentions", "ORG", "Karesh"), "a second span with the id 'm1' in mentions"),
    "relation to nothing": (arrow("e1", "m9", "actor"), "missing region m9"),
    "relation from nothing": (arrow("e9", "m1", "actor"), "missing region e9"),
    "relation between nothings": (arrow("e9", "m9", "actor"), "missing region e9 and m9"),
    "relation without ends": ({"type": "relation", "labels": ["actor"]}, "missing region"),
    "relation without a label": (arrow("e1", "m2"), "an arrow without a role from e1 to m2"),
    "relation with no labels": (arrow("e1", "m2") | {"labels": None}, "an arrow without a role from e1 to m2"),
    "unknown role": (arrow("e1", "m2", "victim"), "'victim' cannot join events.ASSAULT e1 and mentions.FAC m2"),
    "role of another layer": (arrow("e1", "m2", "holder"), "'holder' cannot join"),
    "role that takes another type": (arrow("e1", "m1", "place"), "'place' cannot join events.ASSAULT e1 and mentions.GOV m1"),
    "role between mentions": (arrow("m1", "m2", "actor"), "'actor' cannot join mentions.GOV m1 and mentions.FAC m2"),
    "role that takes no event": (arrow("e1", "e2", "actor"), "'actor' cannot join"),
    "role from an event to itself": (arrow("e1", "e1", "content"), "'content' cannot join"),
    "link from an event to itself": (arrow("e1", "e1", "same_as"), "'same_as' cannot join"),
    "link between layers": (arrow("e1", "s1", "same_as"), "'same_as' cannot join"),
    "value of another type": (choice("e1", "events_mode_ASSAULT", "visit"), "events.mode = 'visit' is not legal for ASSAULT"),
    "attribute not asked of the type": (choice("s2", "stances_strength", "verbal"), "stances.strength = 'verbal' is not legal for neutral"),
    "unknown value": (choice("e1", "events_polarity", "maybe"), "events.polarity = 'maybe' is not legal for ASSAULT"),
    "attribute of another layer": (choice("m1", "events_polarity", "negative"), "on a region that is no span of events"),
    "attribute of nothing": (choice("e9", "events_polarity", "negative"), "on a region that is no span of events"),
    "unsure of nothing": (choice("e9", "unsure", "unsure"), "unsure"),
    "unsure of another kind": (choice("e1", "unsure", "very"), "unsure"),
    "entity of nothing": (words_of("m9", "mentions_entity", "Karesh"), "words in 'mentions_entity'"),
    "entity of an event": (words_of("e1", "mentions_entity", "Karesh"), "words in 'mentions_entity'"),
    "unknown answer": (choice("q", "document_genre", "poem"), "genre = 'poem' is no answer of the schema"),
    "answer that is no text": (choice("q", "document_genre", ["news"]), "genre = ['news'] is no answer of the schema"),
    "unknown reason": (choice("q", "unusable", "boring"), "unknown choice unusable = 'boring'"),
    "two choices": (with_value(choice("e1", "events_polarity", "negative"), choices=["positive", "negative"]), "is not one choice"),
    "no choice": (with_value(choice("e1", "events_polarity", "negative"), choices=[]), "is not one choice"),
    "choice without a value": (choice("q", "document_genre", "news") | {"value": 5}, "is not one choice"),
    "another kind of item": (GOV | {"type": "rectanglelabels"}, "an item of a kind the schema's page does not make"),
    "no kind": ({"id": "x"}, "an item of a kind the schema's page does not make"),
    "kind that is no text": (GOV | {"type": ["labels"]}, "an item of a kind the schema's page does not make"),
    "a list": (["labels"], "an item of a kind the schema's page does not make: ['labels']"),
    "a text": ("labels", "an item of a kind the schema's page does not make: labels"),
    "a number": (7, "an item of a kind the schema's page does not make: 7"),
    "nothing": (None, "an item of a kind the schema's page does not make: None"),
}


@pytest.mark.parametrize(("item", "message"), BAD.values(), ids=list(BAD))
def test_what_does_not_fit_is_reported_and_the_rest_stays(item: Any, message: str) -> None:
    labelling, (misfit, *more) = read(*REST, item)
    assert labelling == sound(*REST)
    assert message in misfit.message
    assert misfit.region == (item.get("id") if isinstance(item, dict) else None)
    assert more == []


def test_everything_that_does_not_fit_is_reported_at_once() -> None:
    labelling, misfits = read(*REST, *(item for item, _ in BAD.values()))
    assert labelling == sound(*REST)
    assert len(misfits) == len(BAD)


def test_what_hangs_on_a_span_that_was_left_out_is_reported_too() -> None:
    labelling, misfits = read(
        SHELLED, span("m1", "mentions", "KINGDOM", "Velmora"), words_of("m1", "mentions_entity", "Velmora"), arrow("e1", "m1", "actor")
    )
    assert labelling == sound(SHELLED)
    assert [each.region for each in misfits] == ["m1", "m1", None]


def test_of_an_arrow_with_two_roles_the_illegal_one_is_left_out() -> None:
    labelling, misfits = read(GOV, SHELLED, arrow("e1", "m1", "actor", "place"))
    assert frame(labelling, "e1").arguments == (Argument("actor", "m1"),)
    assert [each.message for each in misfits] == ["'place' cannot join events.ASSAULT e1 and mentions.GOV m1"]


# Any junk

ANSWERS = st.sampled_from(
    [
        ("events_polarity", "negative"),
        ("events_mode_ASSAULT", "war"),
        ("events_mode_STATE", "deny"),
        ("stances_strength", "verbal"),
        ("document_genre", "news"),
        ("document_author_on_diplomacy", "absent"),
        ("unsure", "unsure"),
        ("unusable", "garbled"),
    ]
)
WORDS = st.sampled_from(["mentions_entity", "note"])


CHOICES = st.builds(lambda region, answer: choice(region, *answer), REGIONS, ANSWERS)
NOTES = st.builds(words_of, REGIONS, WORDS, st.text(max_size=4))
RESULTS = st.tuples(
    st.lists(nearly(regions()), min_size=2, max_size=8),
    st.lists(nearly(ARROWS), max_size=8),
    st.lists(nearly(CHOICES | NOTES), max_size=5),
    st.lists(JUNK, max_size=2),
).flatmap(lambda parts: st.permutations([item for part in parts for item in part]))


@settings(max_examples=400, deadline=None)
@given(RESULTS)
def test_whatever_comes_gives_a_labelling_that_is_legal(items: list[Any]) -> None:
    labelling, misfits = read(*items)
    assert faults(EVENTS, ARTICLE, labelling) == []
    # What was read can be written, and is then read the same.
    assert read_results(PAGE, ARTICLE, ANNOTATOR, write_results(PAGE, ARTICLE, labelling)) == (labelling, [])
    assert all(isinstance(each.message, str) for each in misfits)


@settings(max_examples=200, deadline=None)
@given(st.lists(JUNK, max_size=5))
def test_junk_alone_gives_an_empty_labelling_and_a_report_of_each(items: list[Any]) -> None:
    assert read(*items) == (Labelling("velmora-1", ANNOTATOR), [misfit for item in items for misfit in read(item)[1]])
    assert len(read(*items)[1]) == len(items)
