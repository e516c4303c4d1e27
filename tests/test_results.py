"""Label Studio's result lists as labellings and back: what an annotator can make, and what is written and read again."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from annotate.demo.corpus import ARTICLES, labellings
from annotate.records import Answer, Argument, Article, Frame, Labelling, Link, Mention, Zone
from annotate.schema import FrameLayer, MentionLayer, Schema, load_schema
from annotate.schema.labelling_page import UNUSABLE_REASONS
from annotate.studio.results import page_of, read_results, write_results, zone_results
from tests.conftest import SCHEMAS
from tests.result_items import (
    ANNOTATOR,
    ARTICLE,
    ATTACK,
    BRIDGE,
    DEFAULTS,
    DENIES,
    EVENTS,
    GOV,
    KARESH,
    PAGE,
    SHELLED,
    SPANS,
    arrow,
    choice,
    faults,
    frame,
    sound,
    span,
    words_of,
)

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


# There and back again

STANCES = load_schema(SCHEMAS / "stance-only" / "schema.yaml")
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


# What push marks as not the article


def test_lines_that_are_not_the_article_become_locked_regions_and_are_no_misfits() -> None:
    text = "Menu\n\nShare\nShips sailed to Sadra.\nAlso read: talks\nMenu"
    zones = (
        Zone(0, 4, "boilerplate"),
        Zone(6, 11, "boilerplate"),
        Zone(12, 34, "body"),
        Zone(35, 51, "headline"),
        Zone(52, 56, "boilerplate"),
    )
    article = replace(ARTICLE, text=text, zones=zones)
    marked = zone_results(article)
    assert [(each["value"]["start"], each["value"]["end"], each["value"]["labels"]) for each in marked] == [
        (0, 11, ["boilerplate"]),
        (35, 51, ["headline"]),
        (52, 56, ["boilerplate"]),
    ]
    assert all(each["readonly"] for each in marked)
    hung = {"id": marked[0]["id"], "from_name": "unsure", "to_name": "text", "type": "choices", "value": {"choices": ["unsure"]}}
    assert read_results(PAGE, article, ANNOTATOR, [*marked, hung]) == read_results(PAGE, article, ANNOTATOR, [])


def test_a_label_that_landed_on_a_marked_region_is_read() -> None:
    (marked,) = zone_results(replace(ARTICLE, zones=(Zone(0, 7, "boilerplate"),)))
    labelling, misfits = read_results(PAGE, ARTICLE, ANNOTATOR, [span(marked["id"], "mentions", "GOV", ARTICLE.text[:7]), marked])
    assert ([(each.id, each.type) for each in labelling.mentions], misfits) == ([(marked["id"], "GOV")], [])
