"""Disagreements: every kind by hand, on invented articles; each thing once, whoever is who."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from annotate.agreement.alignment import Matching, aligned_pairs
from annotate.agreement.disagreements import Disagreement, Tally, disagreements, tally
from annotate.demo import corpus
from annotate.errors import BadInput
from annotate.records import Argument, Frame, Labelling, Link, Mention
from annotate.schema import Schema
from tests.handmade import SCHEMA, event, labelling
from tests.test_alignment import exchanged, shuffled, some_labelling

TEXT = (
    "اتهمت فيلمورا جارتها كارش بقصف الجسر، ونفت كارش ذلك وبالسلام تمسّكت.\n"
    "Velmora accused Karesh of shelling the bridge; Karesh denied it.\nIt praised the truce, and the truce held."
)
Item = Mention | Frame
Said = tuple[str, str, str | None, str | None]  # kind, what, first, second


def at(words: str, turn: int = 0) -> tuple[int, int]:
    """Where words stand for the n-th time."""
    start = -1
    for _ in range(turn + 1):
        start = TEXT.index(words, start + 1)
    return start, start + len(words)


def words(kind: str, place: tuple[int, int]) -> str:
    return f"{kind} [{place[0]},{place[1]})"


def mention(name: str, marked: str, kind: str = "GOV", turn: int = 0) -> Mention:
    return Mention(name, "mentions", kind, *at(marked, turn))


def stance(name: str, marked: str, kind: str, *arguments: tuple[str, str], strength: str | None = None) -> Frame:
    return Frame(name, "stances", kind, *at(marked), {"strength": strength}, tuple(Argument(*each) for each in arguments))


VELMORA, KARESH, BRIDGE = mention("m1", "Velmora"), mention("m2", "Karesh"), mention("m3", "the bridge", "FAC")
ACTORS: list[Item] = [VELMORA, KARESH, BRIDGE]
ACCUSES = event("e1", at("accused"), "ACCUSE", ("actor", "m1"), ("recipient", "m2"), ("content", "e2"))
SHELLS = event("e2", at("shelling"), "ASSAULT", ("actor", "m2"), ("recipient", "m3"))
DENIES = event("e3", at("denied"), "STATE", ("content", "e2"))
FAVOR = stance("s1", "praised the truce", "favor", ("holder", "m1"), strength="verbal")
EVERYTHING: list[Item] = [*ACTORS, ACCUSES, SHELLS, DENIES, FAVOR]


def found(first: Labelling, second: Labelling, *others: Labelling) -> list[Disagreement]:
    return disagreements(SCHEMA, [first, second, *others], {first.article: TEXT})


def said(each: Disagreement) -> Said:
    return each.kind, each.what, each.first, each.second


def between(first: Iterable[Item], second: Iterable[Item]) -> list[Said]:
    return [said(each) for each in found(labelling("a", *first), labelling("b", *second))]


def instead(old: Item, *new: Item) -> list[Item]:
    """Everything, with one item changed or left out."""
    return [*(each for each in EVERYTHING if each.id != old.id), *new]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (EVERYTHING, []),
        (instead(FAVOR), [("missed", "favor", words("favor", at("praised the truce")), None)]),
        (instead(SHELLS), [("missed", "ASSAULT", words("ASSAULT", at("shelling")), None)]),
        (instead(VELMORA), [("missed", "GOV", words("GOV", at("Velmora")), None)]),
        (
            [*EVERYTHING, mention("m4", "the truce", "AGREEMENT")],
            [("missed", "AGREEMENT", None, words("AGREEMENT", at("the truce")))],
        ),
        (
            instead(BRIDGE, mention("m3", "bridge", "FAC")),
            [("boundary", "FAC", words("FAC", at("the bridge")), words("FAC", at("bridge")))],
        ),
        (
            instead(VELMORA, mention("m1", "Velmora", "LOC")),
            [("type", "GOV ↔ LOC", words("GOV", at("Velmora")), words("LOC", at("Velmora")))],
        ),
        (
            instead(DENIES, event("e3", at("denied it"), "REJECT", ("content", "e2"))),
            [
                ("type", "REJECT ↔ STATE", words("STATE", at("denied")), words("REJECT", at("denied it"))),
                ("boundary", "REJECT ↔ STATE", words("STATE", at("denied")), words("REJECT", at("denied it"))),
            ],
        ),
        (
            instead(FAVOR, structs.replace(FAVOR, type="against")),
            [("stance flip", "favor ↔ against", words("favor", at("praised the truce")), words("against", at("praised the truce")))],
        ),
        (
            instead(FAVOR, structs.replace(FAVOR, type="neutral", attributes={"strength": None})),
            [("stance neutral", "favor ↔ neutral", words("favor", at("praised the truce")), words("neutral", at("praised the truce")))],
        ),
        (
            instead(FAVOR, stance("s1", "praised the truce", "against", ("holder", "m1"), strength="material")),
            [
                ("stance flip", "favor ↔ against", words("favor", at("praised the truce")), words("against", at("praised the truce"))),
                ("attribute", "strength: verbal ↔ material", "verbal", "material"),
            ],
        ),
        (
            instead(FAVOR, stance("s1", "praised the truce", "favor", ("holder", "m1"))),
            [("attribute", "strength: verbal ↔ –", "verbal", None)],
        ),
        (
            instead(DENIES, event("e3", at("denied"), "STATE", ("content", "e2"), mode="deny", polarity="negative")),
            [("attribute", "mode: deny ↔ –", None, "deny"), ("attribute", "polarity: positive ↔ negative", "positive", "negative")],
        ),
        (
            instead(SHELLS, event("e2", at("shelling"), "ASSAULT", ("actor", "m2"), ("beneficiary", "m3"))),
            [
                (
                    "role",
                    "recipient ↔ beneficiary",
                    f"recipient → {words('FAC', at('the bridge'))} “the bridge”",
                    f"beneficiary → {words('FAC', at('the bridge'))} “the bridge”",
                )
            ],
        ),
        (
            instead(DENIES, event("e3", at("denied"), "STATE", ("content", "e2"), ("actor", "m2"))),
            [("argument", "actor", None, f"actor → {words('GOV', at('Karesh'))} “Karesh”")],
        ),
        (
            instead(SHELLS, event("e2", at("shelling"), "ASSAULT", ("actor", "m1"), ("recipient", "m3"))),
            [
                (
                    "argument",
                    "actor",
                    f"actor → {words('GOV', at('Karesh'))} “Karesh”",
                    f"actor → {words('GOV', at('Velmora'))} “Velmora”",
                )
            ],
        ),
        (
            instead(DENIES, event("e3", at("denied"), "STATE")),
            [("argument", "content", f"content → {words('ASSAULT', at('shelling'))} “shelling”", None)],
        ),
    ],
    ids=[
        "nothing",
        "missed stance",
        "missed event, with its arguments and those that it is",
        "missed mention, with what it fills",
        "missed by the first",
        "boundary",
        "type of a mention",
        "type and boundary at once",
        "stance flip",
        "stance neutral, whose strength is nobody's",
        "stance flip and strength",
        "attribute not answered",
        "two attributes",
        "role",
        "argument of one",
        "another filler",
        "argument that is an event",
    ],
)
def test_each_thing_is_seen_differently_once(second: list[Item], expected: list[Said]) -> None:
    assert between(EVERYTHING, second) == expected
    assert between(second, EVERYTHING) == [(kind, what, there, here) for kind, what, here, there in expected]


@pytest.mark.parametrize(
    ("marked", "other", "kind"),
    [
        ("السلام", "بالسلام", "clitic boundary"),
        ("السلام", "وبالسلام", "clitic boundary"),
        ("بالسلام", "وبالسلام", "clitic boundary"),
        ("سلام", "السلام", "boundary"),
        ("السلام", "وبالسلام تمسّكت", "boundary"),
        ("الجسر", "قصف الجسر", "boundary"),
        ("denied", "Karesh denied", "boundary"),
    ],
)
def test_proclitics_are_a_boundary_of_their_own(marked: str, other: str, kind: str) -> None:
    assert [each[0] for each in between([mention("m", marked, "TOPIC")], [mention("n", other, "TOPIC")])] == [kind]


def test_proclitics_with_another_end_or_another_type() -> None:
    assert [each[0] for each in between([mention("m", "السلام", "TOPIC")], [mention("n", "وبالسلا", "TOPIC")])] == ["boundary"]
    assert [each[0] for each in between([mention("m", "السلام", "TOPIC")], [mention("n", "بالسلام", "GROUP")])] == [
        "type",
        "clitic boundary",
    ]


def test_fillers_with_other_boundaries_are_the_same_filler() -> None:
    first: list[Item] = [mention("m", "السلام", "TOPIC"), event("e", at("تمسّكت"), "SUPPORT", ("topic", "m"))]
    second: list[Item] = [mention("n", "بالسلام", "TOPIC"), event("e", at("تمسّكت"), "SUPPORT", ("topic", "n"))]
    assert [each[0] for each in between(first, second)] == ["clitic boundary"]


def test_fillers_in_several_roles_are_paired_in_the_schemas_order_and_the_rest_by_position() -> None:
    first = [*ACTORS, event("e", at("denied"), "STATE", ("recipient", "m1"), ("actor", "m1"), ("topic", "m3"), ("topic", "m2"))]
    second = [*ACTORS, event("e", at("denied"), "STATE", ("beneficiary", "m1"), ("topic", "m1"))]
    karesh, bridge, velmora = (
        f"{words(each.type, (each.start, each.end))} “{TEXT[each.start : each.end]}”" for each in (KARESH, BRIDGE, VELMORA)
    )
    assert between(first, second) == [
        ("argument", "topic", f"topic → {bridge}", None),
        ("argument", "topic", f"topic → {karesh}", None),
        ("role", "actor ↔ beneficiary", f"actor → {velmora}", f"beneficiary → {velmora}"),
        ("role", "recipient ↔ topic", f"recipient → {velmora}", f"topic → {velmora}"),
    ]


def test_attributes_of_two_types_are_compared_where_a_value_is_legal_for_both() -> None:
    first = [event("e", at("denied"), "REJECT", mode="meet", polarity="negative")]
    assert [each[1] for each in between(first, [event("e", at("denied"), "REQUEST", mode="yield")])] == [
        "REQUEST ↔ REJECT",
        "mode: meet ↔ yield",
        "polarity: positive ↔ negative",
    ]
    assert [each[1] for each in between(first, [event("e", at("denied"), "STATE", mode="deny", polarity="negative")])] == ["REJECT ↔ STATE"]
    assert [each[1] for each in between(first, [event("e", at("denied"), "CONSULT", polarity="negative")])] == ["CONSULT ↔ REJECT"]


EVENTS = [event("e0", at("shelling"), "ASSAULT"), event("e1", at("قصف"), "ASSAULT"), event("e2", at("denied"), "STATE")]
SHELLING, QASF, DENIED = (f"{words(each.type, (each.start, each.end))} “{TEXT[each.start : each.end]}”" for each in EVENTS)
Links = list[tuple[str, str]]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([("e0", "e1")], [], [(f"{QASF} = {SHELLING}", None)]),
        ([("e0", "e1")], [("e1", "e0")], []),
        ([("e0", "e1"), ("e1", "e2")], [("e0", "e2"), ("e2", "e1")], []),
        ([("e0", "e1"), ("e1", "e2")], [("e0", "e1")], [(f"{QASF} = {SHELLING} = {DENIED}", f"{QASF} = {SHELLING}")]),
        ([("e0", "e1")], [("e0", "e2")], [(f"{QASF} = {SHELLING}", f"{SHELLING} = {DENIED}")]),
    ],
    ids=["one", "turned round", "a chain and a star", "one more", "another"],
)
def test_links_differ_by_who_is_together(first: Links, second: Links, expected: list[tuple[str | None, str | None]]) -> None:
    differing = found(labelling("a", *EVENTS, links=first), labelling("b", *EVENTS, links=second))
    assert [(each.layer, each.kind, each.first, each.second) for each in differing] == [("same_as", "link", *each) for each in expected]


def test_links_to_a_frame_that_one_missed_are_not_listed_but_hold_through_it() -> None:
    without = labelling("b", EVENTS[0], EVENTS[2], links=[])
    assert [each.kind for each in found(labelling("a", *EVENTS, links=[("e0", "e1")]), without)] == ["missed"]
    assert [each.kind for each in found(labelling("a", *EVENTS, links=[("e0", "e1"), ("e1", "e2")]), without)] == ["missed", "link"]
    joined = structs.replace(without, links=(Link("same_as", "e2", "e0"),))
    assert [each.kind for each in found(labelling("a", *EVENTS, links=[("e0", "e1"), ("e1", "e2")]), joined)] == ["missed"]


def test_two_stretches_of_links_are_two_things() -> None:
    four = [*EVENTS, event("e3", at("praised"), "SUPPORT")]
    differing = found(labelling("a", *four, links=[("e0", "e1"), ("e2", "e3")]), labelling("b", *four))
    assert [(each.start, each.end) for each in differing] == [(at("قصف")[0], at("shelling")[1]), (at("denied")[0], at("praised")[1])]


def test_ids_of_two_annotators_have_nothing_to_do_with_each_other() -> None:
    four = [*EVENTS, event("e3", at("praised"), "SUPPORT")]
    renamed = [*EVENTS[:2], structs.replace(EVENTS[2], id="f2"), four[3], event("e2", at("accused"), "ACCUSE")]
    differing = found(labelling("a", *renamed, links=[("e0", "e1"), ("e1", "e2"), ("f2", "e3")]), labelling("b", *four))
    assert [each.kind for each in differing] == ["missed", "link", "link"]


def test_answers_differ_or_are_missing() -> None:
    first = labelling("a", answers={"genre": "opinion", "author_on_sanctions": "favor", "author_on_diplomacy": "favor"})
    second = labelling("b", answers={"genre": "news", "author_on_sanctions": "favor"})
    differing = found(first, second)
    assert [(each.layer, *said(each)) for each in differing] == [
        ("document", "answer", "author_on_diplomacy: favor ↔ –", "favor", None),
        ("document", "answer", "genre: news ↔ opinion", "opinion", "news"),
    ]
    assert {(each.start, each.end, each.before, each.marked, each.after) for each in differing} == {(None, None, "", "", "")}


def test_what_one_calls_unusable_is_one_thing_and_what_both_do_is_none() -> None:
    unusable = labelling("b", unusable="not an article")
    (only,) = found(labelling("a", *EVERYTHING, answers={"genre": "news"}), unusable)
    assert said(only) == ("unusable", "not an article", None, "not an article")
    assert found(labelling("a", *EVERYTHING, unusable="other language"), unusable) == []


def test_a_layer_of_stances_is_known_by_its_types(stance_only: Schema) -> None:
    one = [Labelling("d", name, frames=(Frame("o", "opinions", kind, 0, 7),)) for name, kind in (("a", "against"), ("b", "favor"))]
    (only,) = disagreements(stance_only, one, {"d": TEXT})
    assert (only.kind, only.what) == ("stance flip", "favor ↔ against")


def test_text_is_shown_around_with_line_breaks_as_spaces() -> None:
    (missed,) = found(labelling("a", mention("m", "Velmora")), labelling("b"))
    start, end = at("Velmora")
    assert (missed.before, missed.marked, missed.after) == (
        "ف الجسر، ونفت كارش ذلك وبالسلام تمسّكت. ",
        "Velmora",
        " accused Karesh of shelling the bridge; ",
    )
    assert TEXT[start - 1] == "\n"
    assert (missed.start, missed.end, len(missed.before)) == (start, end, 40)
    (whole,) = found(labelling("a", mention("m", TEXT)), labelling("b"))
    assert (whole.before, whole.after) == ("", "")
    assert whole.marked == f"{TEXT[:80]} … {TEXT[-80:]}".replace("\n", " ")


def test_the_place_is_what_both_spans_cover() -> None:
    (one,) = found(labelling("a", mention("m", "praised the")), labelling("b", mention("m", "the truce")))
    assert (one.start, one.end, one.marked) == (*at("praised the truce"), "praised the truce")


def test_the_gravest_come_first_then_the_most_frequent_then_by_place() -> None:
    second: list[Item] = [
        mention("m1", "Velmora", "LOC"),
        KARESH,
        structs.replace(ACCUSES, attributes=ACCUSES.attributes | {"polarity": "negative"}, arguments=ACCUSES.arguments[:2]),
        structs.replace(FAVOR, type="against"),
        DENIES,
    ]
    marked = [labelling("a", *EVERYTHING), labelling("b", *second), labelling("c", *instead(FAVOR, structs.replace(FAVOR, type="neutral")))]
    assert [(each.kind, each.what, each.annotators, each.count, each.weight) for each in found(marked[0], *marked[1:])] == [
        ("stance flip", "favor ↔ against", (("a",), ("b",)), 1, 5),
        ("type", "GOV ↔ LOC", (("a", "c"), ("b",)), 2, 3),
        ("missed", "ASSAULT", (("a", "c"), ("b",)), 2, 3),
        ("stance neutral", "against ↔ neutral", (("b",), ("c",)), 1, 3),
        ("stance neutral", "favor ↔ neutral", (("a",), ("c",)), 1, 3),
        ("attribute", "polarity: positive ↔ negative", (("a", "c"), ("b",)), 2, 2),
        ("missed", "FAC", (("a", "c"), ("b",)), 2, 2),
    ]


def test_sides_are_told_apart_when_pairs_are_joined() -> None:
    kinds = {"a": "AGREE", "b": "CONSULT", "c": "AGREE", "d": "CONSULT"}
    marked = [labelling(name, event("e", at("accused"), kind)) for name, kind in kinds.items()]
    (only,) = found(marked[0], *marked[1:])
    assert (only.first, only.annotators, only.count) == (words("AGREE", at("accused")), (("a", "c"), ("b", "d")), 4)
    assert tally([only]) == [Tally("events", "type", "CONSULT ↔ AGREE", 4)]


def test_two_alike_at_one_place_stay_two() -> None:
    twins = [event("e", at("accused"), "ACCUSE"), event("f", at("accused"), "ACCUSE")]
    marked = [labelling("a", *twins), labelling("b"), labelling("c", *twins)]
    assert [(each.count, each.annotators) for each in found(marked[0], *marked[1:])] == [(2, (("a", "c"), ("b",)))] * 2


def test_a_tally_counts_pairs_by_layer_and_what_differs() -> None:
    marked = [labelling("a", *EVERYTHING), labelling("b", *instead(SHELLS)), labelling("c", *instead(VELMORA))]
    later = [structs.replace(each, article="velmora-2") for each in marked[:2]]
    counts = tally(disagreements(SCHEMA, [*marked, *later], {"velmora-1": TEXT, "velmora-2": TEXT}))
    assert counts == [Tally("events", "missed", "ASSAULT", 3), Tally("mentions", "missed", "GOV", 2)]
    assert tally([]) == []


def test_a_document_of_one_annotator_has_none_and_needs_no_text() -> None:
    assert disagreements(SCHEMA, [labelling("a", *EVERYTHING)], {}) == []


def test_texts_that_are_missing_or_too_short_are_named_together() -> None:
    marked = [structs.replace(each, article=name) for name in ("x", "y") for each in (labelling("a", *EVERYTHING), labelling("b"))]
    with pytest.raises(BadInput, match=r"document x, annotator a: a span ends at \d+, beyond the text.*\ndocument y: has no text"):
        disagreements(SCHEMA, marked, {"x": TEXT[:100]})


# ── On random labellings ────────────────────────────────────────────────────────────────────────────────────────────────────────────

fewer = settings(max_examples=50, deadline=None)
RANDOM = {"d": "ولبسلام abc"}  # longer than any span of some_labelling


def random_found(*labellings: Labelling) -> list[Disagreement]:
    return disagreements(SCHEMA, list(labellings), RANDOM | {"d": RANDOM["d"] * 3})


@fewer
@given(one=some_labelling("a"), draw=st.randoms())
def test_the_same_labelling_differs_in_nothing(one: Labelling, draw: random.Random) -> None:
    assert random_found(one, structs.replace(shuffled(one, draw), annotator="b"), structs.replace(one, annotator="c")) == []


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"), third=some_labelling("c"), draw=st.randoms())
def test_order_is_irrelevant(first: Labelling, second: Labelling, third: Labelling, draw: random.Random) -> None:
    expected = random_found(first, second, third)
    assert random_found(*(shuffled(each, draw) for each in draw.sample([first, second, third], 3))) == expected
    ranks = [(-each.weight, -each.count) for each in expected]
    assert ranks == sorted(ranks)


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"))
def test_exchanging_annotators_exchanges_the_sides(first: Labelling, second: Labelling) -> None:
    mirrored = [structs.replace(each, first=each.second, second=each.first) for each in random_found(*exchanged(first, second))]
    assert Counter(map(as_row, mirrored)) == Counter(map(as_row, random_found(first, second)))


def as_row(each: Disagreement) -> tuple[object, ...]:
    return structs.astuple(each)


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"))
def test_each_miss_is_listed_once_with_nothing_that_follows_from_it(first: Labelling, second: Labelling) -> None:
    (pair,) = aligned_pairs(SCHEMA, [first, second])
    matchings: list[Matching[Any]] = [*pair.mentions.values(), *pair.frames.values()]
    alone = [each for matching in matchings for each in (*matching.only_first, *matching.only_second)]
    differing = random_found(first, second)
    missed = [(each.layer, each.what, each.start, each.end) for each in differing if each.kind == "missed"]
    assert Counter(missed) == Counter((each.layer, each.type, each.start, each.end) for each in alone)
    # Taking away what only one marked takes away the misses, and changes nothing else.
    kept = [with_items(first, set(pair.counterparts)), with_items(second, set(pair.counterparts.values()))]
    (without,) = aligned_pairs(SCHEMA, kept)
    if without.counterparts == pair.counterparts and not (first.links or second.links):
        again = random_found(*kept)
        assert Counter(map(as_row, again)) == Counter(as_row(each) for each in differing if each.kind != "missed")


def with_items(own: Labelling, ids: set[str]) -> Labelling:
    """A labelling with some of its items, and what refers to them."""
    frames = [
        structs.replace(each, arguments=tuple(one for one in each.arguments if one.ref in ids)) for each in own.frames if each.id in ids
    ]
    return structs.replace(own, mentions=tuple(each for each in own.mentions if each.id in ids), frames=tuple(frames))


def test_the_demos_two_labellings_differ_in_most_ways() -> None:
    labellings = [*corpus.labellings("first"), *corpus.labellings("second")]
    texts = {each["id"]: each["text"] for each in map(json.loads, corpus.ARTICLES.read_text("utf-8").splitlines())}
    found_there = disagreements(SCHEMA, labellings, texts)
    counts = Counter(each.kind for each in found_there)
    assert counts.keys() >= {"missed", "boundary", "type", "attribute", "argument", "role"}
    assert sum(each.count for each in tally(found_there)) == len(found_there)
    for each in found_there:
        if each.start is not None and each.end is not None and each.end - each.start <= 160:
            assert each.marked == texts[each.document][each.start : each.end].replace("\n", " ")
