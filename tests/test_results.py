"""Label Studio's result lists as labellings and back: what an annotator can make, what does not fit, and any junk."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from annotate.demo.corpus import ARTICLES, labellings
from annotate.records import Answer, Argument, Article, Frame, Kept, Labelling, Link, Mention
from annotate.schema import FrameLayer, MentionLayer, Schema, load_schema
from annotate.schema.labelling_page import UNUSABLE_REASONS
from annotate.studio.labellings import Reading, read_labellings
from annotate.studio.results import Item, Misfit, page_of, read_results, write_results
from annotate.studio.submissions import decode_submission, submitted_by
from tests.conftest import SCHEMAS

EVENTS = load_schema(SCHEMAS / "event-stance" / "schema.yaml")
STANCES = load_schema(SCHEMAS / "stance-only" / "schema.yaml")
PAGE = page_of(EVENTS)

TEXT = "Velmora shelled the bridge on Monday; Karesh denies that and condemns the attack."
ARTICLE = Article("velmora-1", None, TEXT, "en")
ANNOTATOR = "dana@velmora.example"
DEFAULTS: dict[str, str | None] = {"polarity": "positive", "modality": "asserted", "tense": "past", "mode": None}


def span(region: str, layer: str, label: str, words: str) -> Item:
    start = TEXT.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": region, "from_name": layer, "to_name": "text", "type": "labels", "value": value}


def choice(region: str, control: str, value: Any) -> Item:
    return {"id": region, "from_name": control, "to_name": "text", "type": "choices", "value": {"choices": [value]}}


def words_of(region: str, control: str, *words: str) -> Item:
    return {"id": region, "from_name": control, "to_name": "text", "type": "textarea", "value": {"text": list(words)}}


def arrow(source: str, target: str, *labels: str, direction: str = "right") -> Item:
    return {"type": "relation", "from_id": source, "to_id": target, "direction": direction, "labels": list(labels)}


def read(*items: Any) -> tuple[Labelling, list[Misfit]]:
    return read_results(PAGE, ARTICLE, ANNOTATOR, list(items))


def sound(*items: Any) -> Labelling:
    """The labelling of a result list in which everything fits."""
    labelling, misfits = read(*items)
    assert misfits == []
    return labelling


def frame(labelling: Labelling, name: str) -> Frame:
    return next(each for each in labelling.frames if each.id == name)


GOV = span("m1", "mentions", "GOV", "Velmora")
BRIDGE = span("m2", "mentions", "FAC", "the bridge")
KARESH = span("m3", "mentions", "GOV", "Karesh")
SHELLED = span("e1", "events", "ASSAULT", "shelled")
DENIES = span("e2", "events", "STATE", "denies")
ATTACK = span("e3", "events", "ASSAULT", "attack")
CONDEMNS = span("s1", "stances", "against", "condemns")
SPANS = (GOV, BRIDGE, KARESH, SHELLED, DENIES, ATTACK, CONDEMNS)


# What an annotator can make


def test_a_whole_annotation_is_read_exactly() -> None:
    labelling = sound(
        *SPANS,
        choice("e1", "events_mode_ASSAULT", "heavy_weapons"),
        choice("s1", "stances_strength", "verbal"),
        arrow("e1", "m1", "actor"),
        arrow("e1", "m2", "recipient"),
        arrow("e2", "e1", "content"),
        arrow("s1", "m3", "holder"),
        arrow("s1", "e3", "target"),
        arrow("e1", "e3", "same_as"),
        choice("q", "document_genre", "news"),
    )
    assert labelling == Labelling(
        article="velmora-1",
        annotator=ANNOTATOR,
        mentions=(
            Mention("m1", "mentions", "GOV", 0, 7),
            Mention("m2", "mentions", "FAC", 16, 26),
            Mention("m3", "mentions", "GOV", 38, 44),
        ),
        frames=(
            Frame(
                "e1",
                "events",
                "ASSAULT",
                8,
                15,
                DEFAULTS | {"mode": "heavy_weapons"},
                (Argument("actor", "m1"), Argument("recipient", "m2")),
            ),
            Frame("e2", "events", "STATE", 45, 51, DEFAULTS, (Argument("content", "e1"),)),
            Frame("e3", "events", "ASSAULT", 74, 80, DEFAULTS),
            Frame("s1", "stances", "against", 61, 69, {"strength": "verbal"}, (Argument("holder", "m3"), Argument("target", "e3"))),
        ),
        links=(Link("same_as", "e1", "e3"),),
        answers=(Answer("document", "genre", "news"),),
    )


@pytest.mark.parametrize("direction", ["left", "right", "bi", None])
@pytest.mark.parametrize(("source", "target"), [("e1", "m1"), ("m1", "e1")])
def test_only_one_end_can_be_the_frame_however_the_arrow_was_drawn(source: str, target: str, direction: str | None) -> None:
    labelling = sound(GOV, SHELLED, arrow(source, target, "actor") | {"direction": direction})
    assert frame(labelling, "e1").arguments == (Argument("actor", "m1"),)


@pytest.mark.parametrize(("direction", "head", "content"), [("right", "e2", "e1"), ("bi", "e2", "e1"), ("left", "e1", "e2")])
def test_between_two_events_the_direction_says_which_is_the_head(direction: str, head: str, content: str) -> None:
    labelling = sound(SHELLED, DENIES, arrow("e2", "e1", "content", direction=direction))
    assert frame(labelling, head).arguments == (Argument("content", content),)
    assert frame(labelling, content).arguments == ()


def test_one_arrow_may_carry_two_roles() -> None:
    labelling = sound(BRIDGE, SHELLED, arrow("e1", "m2", "recipient", "place"))
    assert frame(labelling, "e1").arguments == (Argument("recipient", "m2"), Argument("place", "m2"))


def test_an_arrow_drawn_twice_counts_once() -> None:
    labelling = sound(GOV, SHELLED, ATTACK, *[arrow("e1", "m1", "actor"), arrow("e1", "e3", "same_as")] * 2)
    assert frame(labelling, "e1").arguments == (Argument("actor", "m1"),)
    assert labelling.links == (Link("same_as", "e1", "e3"),)


def test_questions_and_arrows_may_stand_before_their_spans() -> None:
    ordered = [
        *SPANS,
        choice("e1", "events_polarity", "negative"),
        words_of("m1", "mentions_entity", "Velmora"),
        arrow("e1", "m1", "actor"),
    ]
    assert sound(*ordered) == sound(*ordered[:-4:-1], *ordered[:-3])


def test_questions_about_a_span_reach_that_span_alone() -> None:
    labelling = sound(
        SHELLED,
        ATTACK,
        choice("e3", "events_tense", "future"),
        choice("e3", "events_modality", "alleged"),
        choice("e3", "unsure", "unsure"),
    )
    assert frame(labelling, "e1").attributes == DEFAULTS
    assert frame(labelling, "e3").attributes == DEFAULTS | {"tense": "future", "modality": "alleged"}
    assert [each.unsure for each in labelling.frames] == [False, True]


def test_an_attribute_that_is_not_asked_of_a_type_has_no_value() -> None:
    labelling = sound(span("s1", "stances", "neutral", "denies"))
    assert frame(labelling, "s1").attributes == {"strength": None}


def test_answers_without_any_span() -> None:
    labelling = sound(choice("q1", "document_genre", "opinion"), choice("q2", "document_author_on_diplomacy", "absent"))
    assert labelling.items == []
    assert labelling.answers == (Answer("document", "genre", "opinion"), Answer("document", "author_on_diplomacy", "absent"))


def test_an_empty_annotation_says_that_there_is_nothing() -> None:
    assert sound() == Labelling("velmora-1", ANNOTATOR)


def test_unsure_entity_note_and_unusable() -> None:
    labelling = sound(
        GOV,
        choice("m1", "unsure", "unsure"),
        words_of("m1", "mentions_entity", " Republic of Velmora "),
        words_of("n", "note", "two lines", "of doubt"),
        choice("u", "unusable", "garbled"),
    )
    assert labelling.mentions == (Mention("m1", "mentions", "GOV", 0, 7, "Republic of Velmora", True),)
    assert (labelling.note, labelling.unusable) == ("two lines\nof doubt", "garbled")


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_a_blank_note_or_entity_is_none(blank: str) -> None:
    labelling = sound(GOV, words_of("m1", "mentions_entity", blank), words_of("n", "note", blank))
    assert (labelling.note, labelling.mentions[0].entity) == (None, None)


def test_one_region_with_labels_of_two_layers_becomes_two_items() -> None:
    labelling = sound(
        KARESH,
        span("e2", "events", "ACCUSE", "condemns"),
        span("e2", "stances", "against", "condemns"),
        choice("e2", "events_mode_ACCUSE", "disapprove"),
        choice("e2", "stances_strength", "verbal"),
        arrow("e2", "m3", "actor"),
        arrow("e2", "m3", "holder"),
    )
    event, stance = frame(labelling, "e2.events"), frame(labelling, "e2.stances")
    assert (event.attributes["mode"], event.arguments) == ("disapprove", (Argument("actor", "m3"),))
    assert (stance.attributes["strength"], stance.arguments) == ("verbal", (Argument("holder", "m3"),))


def test_the_second_label_of_a_region_may_be_what_the_first_one_needs() -> None:
    labelling = sound(
        span("x", "events", "ASSAULT", "the attack"), span("x", "stances", "against", "the attack"), arrow("x", "x", "target")
    )
    assert frame(labelling, "x.stances").arguments == (Argument("target", "x.events"),)


def test_the_text_beside_the_offsets_is_never_compared() -> None:
    rewritten = GOV | {"value": GOV["value"] | {"text": "Vel\\nmora"}}
    assert sound(rewritten) == sound(GOV)


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


def faults(schema: Schema, article: Article, labelling: Labelling) -> list[str]:
    """Everything in a labelling that the schema or the article does not allow."""
    items = {each.id: each for each in labelling.items}
    found = [] if len(items) == len(labelling.items) else ["an id twice"]
    for item in labelling.items:
        layer = schema.span_layers[item.layer]
        if not isinstance(layer, MentionLayer if isinstance(item, Mention) else FrameLayer) or layer.type(item.type) is None:
            found.append(f"type {item}")
        if not (type(item.start) is type(item.end) is int and 0 <= item.start < item.end <= len(article.text)):
            found.append(f"offsets {item}")
    for each in labelling.frames:
        layer = schema.span_layers[each.layer]
        assert isinstance(layer, FrameLayer)
        legal = {asked.name: [None, *asked.values_for(each.type)] for asked in layer.attributes}
        if legal.keys() != each.attributes.keys() or not all(each.attributes[name] in values for name, values in legal.items()):
            found.append(f"attributes {each}")
        for argument in each.arguments:
            role, filler = layer.role(argument.role), items.get(argument.ref)
            if role is None or filler is None or filler is each or not role.takes(filler.layer, filler.type):
                found.append(f"argument {argument} of {each}")
    between = {layer.name: layer.between for layer in schema.link_layers}
    for link in labelling.links:
        ends = [items[link.first].layer, items[link.second].layer]
        if ends != [between[link.layer]] * 2 or link.first == link.second:
            found.append(f"link {link}")
    questions = {
        (layer.name, asked.name): {value.name for value in asked.values} for layer in schema.choice_layers for asked in layer.questions
    }
    found += [f"answer {each}" for each in labelling.answers if each.value not in questions[each.layer, each.question]]
    if labelling.unusable not in (None, *UNUSABLE_REASONS) or labelling.note == "":
        found.append("unusable or note")
    return found


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 90), st.floats(allow_nan=False), st.text(max_size=5))
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6
)
REGIONS = st.sampled_from(["a", "b", "c", "d"])
LABELS = st.sampled_from([("mentions", "GOV"), ("mentions", "LOC"), ("events", "ASSAULT"), ("events", "STATE"), ("stances", "against")])
ROLES = st.sampled_from(["actor", "recipient", "place", "content", "cause", "holder", "target", "same_as"])
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


@st.composite
def regions(draw: st.DrawFn) -> Item:
    layer, label = draw(LABELS)
    start = draw(st.integers(0, 79))
    value = {"start": start, "end": start + draw(st.integers(1, 6)), "labels": [label]}
    return {"id": draw(REGIONS), "from_name": layer, "to_name": "text", "type": "labels", "value": value}


@st.composite
def nearly(draw: st.DrawFn, wholes: st.SearchStrategy[Item]) -> Item:
    """A dictionary of the strategy; one in five with something in it gone, or junk in its place."""
    whole = draw(wholes)
    if draw(st.integers(1, 5)) == 5:
        inner = whole.get("value")
        part = draw(st.sampled_from([whole, inner] if isinstance(inner, dict) and inner else [whole]))
        key = draw(st.sampled_from(sorted(part)))
        part.pop(key)
        if draw(st.booleans()):
            part[key] = draw(JUNK | st.lists(JUNK, min_size=1, max_size=1))
    return whole


ARROWS = st.builds(arrow, REGIONS, REGIONS, ROLES, direction=st.sampled_from(["left", "right", "bi"]))
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


# There and back again

PIECES = (
    "🚀",
    "👨\u200d👩\u200d👧",
    "🏳️\u200d🌈",
    "قَصَفَتْ",
    "فيلمورا",
    "للدُّوَلِ",
    "Velmora",
    "(Nahrin)",
    "\u200f",
    "\u00a0",
    "  ",
    " ",
    "\n",
    "١٩٩٩",
    "2031",
    "é",
    "e\u0301",
)
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map("".join)
TIDY = st.text(max_size=8).map(str.strip).filter(lambda words: words != "")


@st.composite
def written(draw: st.DrawFn, schema: Schema) -> tuple[Article, Labelling]:
    """A text, and a labelling of it that the schema's page allows."""
    article = Article("a", None, draw(TEXTS), "ar")
    places = draw(st.lists(st.tuples(st.sampled_from(sorted(schema.span_layers)), st.integers(0, len(article.text) - 1)), max_size=8))
    mentions: list[Mention] = []
    frames: list[Frame] = []
    for number, (name, start) in enumerate(places):
        layer = schema.span_layers[name]
        kind = draw(st.sampled_from(layer.types)).name
        end = draw(st.integers(start + 1, len(article.text)))
        if isinstance(layer, MentionLayer):
            mentions.append(Mention(f"r{number}", name, kind, start, end, draw(st.none() | TIDY), draw(st.booleans())))
        else:
            attributes = {
                each.name: draw(st.sampled_from([*each.values_for(kind), layer.defaults(kind)[each.name]])) for each in layer.attributes
            }
            frames.append(Frame(f"r{number}", name, kind, start, end, attributes, (), draw(st.booleans())))
    joined = [replace(each, arguments=draw(arguments(schema, each, [*mentions, *frames]))) for each in frames]
    pairs = [
        Link(layer.name, a.id, b.id)
        for layer in schema.link_layers
        for a in frames
        for b in frames
        if a != b and a.layer == b.layer == layer.between
    ]
    answers = [
        Answer(layer.name, asked.name, value.name) for layer in schema.choice_layers for asked in layer.questions for value in asked.values
    ]
    return article, Labelling(
        article="a",
        annotator="lina@velmora.example",
        mentions=tuple(mentions),
        frames=tuple(joined),
        links=tuple(draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4))) if pairs else (),
        answers=tuple(draw(st.lists(st.sampled_from(answers), unique_by=lambda each: each.question, max_size=3))),
        unusable=draw(st.none() | st.sampled_from(UNUSABLE_REASONS)),
        note=draw(st.none() | TIDY),
    )


def arguments(schema: Schema, head: Frame, items: list[Mention | Frame]) -> st.SearchStrategy[tuple[Argument, ...]]:
    """Some of the arguments that a frame may have."""
    layer = schema.span_layers[head.layer]
    assert isinstance(layer, FrameLayer)
    legal = [Argument(role.name, each.id) for role in layer.roles for each in items if each != head and role.takes(each.layer, each.type)]
    return st.lists(st.sampled_from(legal), unique=True, max_size=5).map(tuple) if legal else st.just(())


@pytest.mark.parametrize("schema", [EVENTS, STANCES], ids=lambda each: each.name)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_labelling_written_is_the_labelling_read(schema: Schema, data: st.DataObject) -> None:
    article, labelling = data.draw(written(schema))
    assert faults(schema, article, labelling) == []
    page = page_of(schema)
    results = msgspec.json.decode(msgspec.json.encode(write_results(page, article, labelling)))
    assert read_results(page, article, labelling.annotator, results) == (labelling, [])
    spans = [each["value"] for each in results if each["type"] == "labels"]
    assert [article.text[each["start"] : each["end"]] for each in spans] == [each["text"] for each in spans]


def test_the_bundled_gold_written_is_the_gold_read() -> None:
    rows = [msgspec.json.decode(line) for line in ARTICLES.read_bytes().splitlines()]
    articles = {each["id"]: Article(each["id"], None, each["text"], each["lang"]) for each in rows}
    gold = labellings("gold")
    assert len(gold) >= 24
    for each in gold:
        article = articles[each.article]
        assert read_results(PAGE, article, "gold", write_results(PAGE, article, each)) == (each, [])


def test_an_attribute_with_its_default_is_written_as_one_left_alone() -> None:
    labelling = Labelling("velmora-1", ANNOTATOR, frames=(Frame("e1", "events", "ASSAULT", 8, 15, DEFAULTS),))
    assert write_results(PAGE, ARTICLE, labelling) == [SHELLED]


# Stored annotations

PEOPLE = {("local", 3): ANNOTATOR, ("local", 4): "omar@velmora.example"}


def kept(number: int, body: Any, *, task: int = 5, article: str | None = "velmora-1", sha256: str = ARTICLE.sha256) -> Kept:
    return Kept("local", 1, task, number, article, sha256, EVENTS.id, body if isinstance(body, bytes) else msgspec.json.encode(body))


def body(number: int, user: Any, *result: Any, at: str = "2031-05-01T10:00:00Z", **more: Any) -> dict[str, Any]:
    return {"id": number, "completed_by": user, "created_at": at, "updated_at": at, "result": list(result), **more}


def reading(*stored: Kept) -> Reading:
    return read_labellings(EVENTS, {ARTICLE.id: ARTICLE}, PEOPLE, stored)


def told(found: Reading) -> list[str]:
    return [str(each) for each in found.problems]


def test_each_annotator_has_a_labelling_of_their_own() -> None:
    found = reading(kept(1, body(1, 3, GOV)), kept(2, body(2, 4, KARESH)))
    assert [(each.annotator, each.mentions[0].id) for each in found.labellings] == [(ANNOTATOR, "m1"), ("omar@velmora.example", "m3")]
    assert (found.skipped, found.problems) == ([], [])


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (3, ANNOTATOR),
        ({"id": 3, "email": "as.exported@velmora.example"}, "as.exported@velmora.example"),
        ({"id": 3}, ANNOTATOR),
        (99, "user-99"),
    ],
)
def test_who_made_an_annotation(user: Any, name: str) -> None:
    assert [each.annotator for each in reading(kept(1, body(1, user))).labellings] == [name]


def test_skipped_work_is_no_empty_labelling() -> None:
    found = reading(kept(1, body(1, 3, GOV, was_cancelled=True)), kept(2, body(2, 4)))
    assert found.skipped == [("velmora-1", ANNOTATOR)]
    assert found.labellings == [Labelling("velmora-1", "omar@velmora.example")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_several_annotations_by_one_annotator_the_one_made_last_counts(order: tuple[int, ...]) -> None:
    stored = [
        kept(7, body(7, 3, GOV, at="2031-05-01T10:00:00Z")),
        kept(8, body(8, 3, KARESH, at="2031-05-03T10:00:00Z")),
        kept(9, body(9, 3, BRIDGE, at="2031-05-02T10:00:00Z")),
    ]
    found = reading(*(stored[each] for each in order))
    assert [each.mentions[0].id for each in found.labellings] == ["m3"]
    assert sorted(told(found)) == [
        f"project 1, task 5, annotation {each}: {ANNOTATOR} has a later annotation of velmora-1; that one counts" for each in (7, 9)
    ]


def test_work_submitted_after_a_skip_counts() -> None:
    skip = kept(1, body(1, 3, was_cancelled=True, at="2031-05-01T10:00:00Z"))
    found = reading(skip, kept(2, body(2, 3, GOV, at="2031-05-02T10:00:00Z")))
    assert (len(found.labellings), found.skipped, len(found.problems)) == (1, [], 1)


def test_a_misfit_is_named_by_task_annotation_and_region() -> None:
    found = reading(kept(8, body(8, 3, GOV, span("r9", "mentions", "KINGDOM", "Karesh"))))
    assert [each.id for each in found.labellings[0].mentions] == ["m1"]
    assert told(found) == ["project 1, task 5, annotation 8, region r9: unknown label 'KINGDOM' in mentions"]


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (kept(8, body(8, 3, GOV), article=None), "its task was not made by this toolkit"),
        (kept(8, body(8, 3, GOV), article="velmora-9"), "its article 'velmora-9' is not in this workspace"),
        (kept(8, body(8, 3, GOV), sha256="0" * 64), "it was made on another text of 'velmora-1'"),
        (kept(8, b"[]"), "not an annotation as Label Studio makes them"),
        (kept(8, b"{"), "not an annotation as Label Studio makes them"),
        (kept(8, b'{"id": 8, "result": ["\xff"]}'), "not an annotation as Label Studio makes them"),
        (kept(8, {"id": "eight"}), "not an annotation as Label Studio makes them"),
        (kept(8, {"id": 8, "result": {"labels": []}}), "not an annotation as Label Studio makes them"),
    ],
)
def test_an_annotation_that_cannot_be_used_is_reported_and_the_others_stay(stored: Kept, message: str) -> None:
    found = reading(stored, kept(9, body(9, 4, GOV)))
    assert [each.annotator for each in found.labellings] == ["omar@velmora.example"]
    assert [each.startswith("project 1, task 5, annotation 8: ") and message in each for each in told(found)] == [True]


def test_an_annotation_without_a_result_is_empty() -> None:
    assert reading(kept(8, {"id": 8, "completed_by": 3, "result": None})).labellings == [Labelling("velmora-1", ANNOTATOR)]


WHOLE = st.builds(
    body, st.integers(1, 9), st.integers(3, 5), regions(), ARROWS | JUNK, at=st.sampled_from(["1", "2"]), was_cancelled=st.booleans()
)


@settings(max_examples=150, deadline=None)
@given(st.lists(nearly(WHOLE), max_size=4))
def test_whatever_is_stored_is_used_skipped_or_reported(bodies: list[Any]) -> None:
    found = reading(*(kept(number, each) for number, each in enumerate(bodies, 1)))
    assert all(faults(EVENTS, ARTICLE, each) == [] for each in found.labellings)
    whole = [
        each for each in told(found) if each.split(":")[0].count(",") == 2 and ("not an annotation" in each or "later annotation" in each)
    ]
    assert len(found.labellings) + len(found.skipped) + len(whole) == len(bodies)


def test_who_submitted_is_told_without_reading_the_result() -> None:
    assert submitted_by(msgspec.json.encode(body(8, {"id": 4}))) == 4
    assert submitted_by(b"{}") is None
    assert isinstance(decode_submission(b"{}"), str)
