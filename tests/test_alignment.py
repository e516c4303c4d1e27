"""Alignment: which annotators' spans are one item, on random spans and by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from annotate.agreement.alignment import AlignedPair, Matching, align, align_pair, aligned_pairs
from annotate.records import Argument, Frame, Labelling, Link, Mention
from tests.handmade import SCHEMA, actor, event, labelling
from tests.ratings import Place, few, some_places

Marked = dict[str, list[Mention]]


def mentions_of(marks: dict[str, list[Place]]) -> Marked:
    return {
        name: [Mention(f"{name}{n}", "mentions", label, start, end) for n, (start, end, label) in enumerate(places)]
        for name, places in marks.items()
    }


def ids(clusters: list[dict[str, Mention]]) -> list[set[str]]:
    return [{each.id for each in cluster.values()} for cluster in clusters]


def overlapping(a: Mention, b: Mention) -> bool:
    return a.start < b.end and b.start < a.end


some_aligned = st.dictionaries(st.sampled_from("abcd"), st.lists(some_places, max_size=5, unique=True)).map(mentions_of)
distinct_places = st.lists(st.tuples(some_places, st.sampled_from("abcd")), max_size=12, unique_by=lambda marked: marked[0]).map(
    lambda marks: mentions_of({name: [place for place, own in marks if own == name] for name in "abcd"})
)


@few
@given(spans=some_aligned)
def test_clusters_partition_the_spans_by_annotator(spans: Marked) -> None:
    clusters = align(spans)
    found = [(name, each.id) for cluster in clusters for name, each in cluster.items()]
    assert sorted(found) == sorted((name, each.id) for name, own in spans.items() for each in own)
    assert [min((each.start, each.end) for each in cluster.values()) for cluster in clusters] == sorted(
        min((each.start, each.end) for each in cluster.values()) for cluster in clusters
    )


@few
@given(spans=some_aligned)
def test_identical_spans_meet(spans: Marked) -> None:
    clusters = align(spans)
    home = {each.id: number for number, cluster in enumerate(clusters) for each in cluster.values()}
    everything = [each for own in spans.values() for each in own]
    for a, b in combinations(everything, 2):
        if (a.start, a.end, a.type) == (b.start, b.end, b.type):
            assert home[a.id] == home[b.id]


@few
@given(spans=some_aligned)
def test_overlapping_spans_are_apart_only_where_an_annotator_would_stand_twice(spans: Marked) -> None:
    clusters = align(spans)
    for one, other in combinations(clusters, 2):
        if not one.keys() & other.keys():
            assert not any(overlapping(a, b) for a in one.values() for b in other.values())
    for cluster in clusters:
        assert len(cluster) == 1 or all(any(a is not b and overlapping(a, b) for b in cluster.values()) for a in cluster.values())


@few
@given(spans=some_aligned, draw=st.randoms())
def test_the_order_of_annotators_and_spans_is_irrelevant(spans: Marked, draw: random.Random) -> None:
    shuffled = {name: draw.sample(spans[name], len(spans[name])) for name in draw.sample(list(spans), len(spans))}
    assert align(shuffled) == align(spans)


@few
@given(spans=distinct_places, names=st.permutations("abcd"))
def test_the_names_of_annotators_are_irrelevant_when_spans_differ(spans: Marked, names: list[str]) -> None:
    renamed = {names["abcd".index(name)]: own for name, own in spans.items()}
    assert ids(align(renamed)) == ids(align(spans))


@pytest.mark.parametrize(
    ("marks", "clusters"),
    [
        ({"a": [(0, 5, "X")], "b": [(5, 9, "X")]}, [{"a0"}, {"b0"}]),
        ({"a": [(0, 5, "X")], "b": [(0, 4, "Y")]}, [{"a0", "b0"}]),
        ({"a": [(0, 10, "X")], "b": [(0, 4, "X"), (3, 10, "X")]}, [{"b0"}, {"a0", "b1"}]),
        ({"a": [(0, 4, "X")], "b": [(0, 12, "X"), (1, 4, "X")]}, [{"a0", "b1"}, {"b0"}]),
        ({"a": [(2, 6, "X")], "b": [(0, 6, "Y"), (2, 8, "X")]}, [{"b0"}, {"a0", "b1"}]),
        ({"a": [(0, 5, "X")], "b": [(1, 5, "X")], "c": [(0, 6, "Y")]}, [{"a0", "b0", "c0"}]),
    ],
    ids=[
        "touching",
        "another type",
        "the larger overlap",
        "the larger share of the two",
        "the same type where overlaps are equal",
        "three annotators",
    ],
)
def test_alignment_by_hand(marks: dict[str, list[Place]], clusters: list[set[str]]) -> None:
    assert ids(align(mentions_of(marks))) == clusters


# ── Two annotators ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

fewer = settings(few, max_examples=75)  # of whole labellings

Item = Mention | Frame
Alike = Callable[[Item, Item], float]  # the share of arguments that two frames have in common


def marks_of(name: str, places: list[Place]) -> list[Mention]:
    return mentions_of({name: places})[name]


def similarity(a: Item, b: Item, alike: Alike) -> float:
    """The definition, on sets of characters."""
    one, other = set(range(a.start, a.end)), set(range(b.start, b.end))
    return len(one & other) / len(one | other) + (a.type == b.type) / 2 + alike(a, b) / 4 if one & other else 0


def largest_similarity(first: Sequence[Item], second: Sequence[Item], alike: Alike) -> float:
    """The largest Σ similarity, by trying every pairing."""
    if len(first) > len(second):
        return largest_similarity(second, first, lambda a, b: alike(b, a))
    return max(sum(map(similarity, first, chosen, [alike] * len(first))) for chosen in permutations(second, len(first)))


def no_arguments(a: Item, b: Item) -> float:
    return 0


@st.composite
def some_labelling(draw: st.DrawFn, annotator: str) -> Labelling:
    """Mentions, events and stances all over each other in a few characters, no two of a layer with the same span and type."""
    places = st.lists(some_places, max_size=4, unique=True)
    values = st.sampled_from(["positive", "negative", None])
    mentions = [Mention(f"m{n}", "mentions", kind, start, end) for n, (start, end, kind) in enumerate(draw(places))]
    frames = [
        Frame(f"{layer[0]}{n}", layer, kind, start, end, {"polarity": draw(values)})
        for layer in ("events", "stances")
        for n, (start, end, kind) in enumerate(draw(places)[:3])
    ]
    names = [each.id for each in mentions] + [each.id for each in frames]
    arguments = st.builds(Argument, st.sampled_from(["actor", "content"]), st.sampled_from(names or ["-"]))
    filled = [structs.replace(each, arguments=tuple(draw(st.lists(arguments, max_size=3, unique=True)))) for each in frames]
    events = [each.id for each in frames if each.layer == "events"]
    links = st.builds(Link, st.just("same_as"), st.sampled_from(events or ["-"]), st.sampled_from(events or ["-"]))
    linked = draw(st.lists(links.filter(lambda link: link.first != link.second), max_size=3)) if len(events) > 1 else []
    return Labelling("d", annotator, tuple(mentions), tuple(filled), tuple(linked))


def shuffled(labelling: Labelling, draw: random.Random) -> Labelling:
    frames = [structs.replace(each, arguments=tuple(draw.sample(each.arguments, len(each.arguments)))) for each in labelling.frames]
    return structs.replace(
        labelling,
        mentions=tuple(draw.sample(labelling.mentions, len(labelling.mentions))),
        frames=tuple(draw.sample(frames, len(frames))),
        links=tuple(draw.sample(labelling.links, len(labelling.links))),
    )


def exchanged(first: Labelling, second: Labelling) -> list[Labelling]:
    """The same labellings, each by the other annotator."""
    return [structs.replace(first, annotator=second.annotator), structs.replace(second, annotator=first.annotator)]


def aligned(*labellings: Labelling) -> AlignedPair:
    (pair,) = aligned_pairs(SCHEMA, labellings)
    return pair


@few
@given(first=st.lists(some_places, max_size=5), second=st.lists(some_places, max_size=5))
def test_the_best_pairs_are_as_similar_as_an_exhaustive_search_finds(first: list[Place], second: list[Place]) -> None:
    one, other = marks_of("a", first), marks_of("b", second)
    pairs = align_pair(one, other)
    assert len({a.id for a, _ in pairs}) == len({b.id for _, b in pairs}) == len(pairs)
    assert all(overlapping(a, b) for a, b in pairs)
    found = sum(similarity(a, b, no_arguments) for a, b in pairs)
    assert found == pytest.approx(largest_similarity(one, other, no_arguments), abs=1e-9)


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"))
def test_frames_are_aligned_by_their_arguments_too_as_an_exhaustive_search_finds(first: Labelling, second: Labelling) -> None:
    pair = aligned(first, second)
    counterparts = {a.id: b.id for matching in pair.mentions.values() for a, b in matching.pairs}
    for layer in ("events", "stances"):
        one, other = ([each for each in own.frames if each.layer == layer] for own in (first, second))
        counterparts |= {a.id: b.id for a, b in align_pair(one, other)}

    def alike(a: Item, b: Item) -> float:
        assert isinstance(a, Frame)
        assert isinstance(b, Frame)
        mine, theirs = {(each.role, counterparts.get(each.ref)) for each in a.arguments}, {(each.role, each.ref) for each in b.arguments}
        everything = len(a.arguments) + len(b.arguments) - len(mine & theirs)
        return len(mine & theirs) / everything if everything else 1

    for layer, matching in pair.frames.items():
        one, other = ([each for each in own.frames if each.layer == layer] for own in (first, second))
        assert sum(similarity(a, b, alike) for a, b in matching.pairs) == pytest.approx(largest_similarity(one, other, alike), abs=1e-9)


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"), draw=st.randoms())
def test_exchanging_annotators_exchanges_the_pairs_and_order_is_irrelevant(
    first: Labelling, second: Labelling, draw: random.Random
) -> None:
    pair = aligned(first, second)
    other = aligned(*(shuffled(each, draw) for each in exchanged(first, second)))
    assert other.counterparts == {b: a for a, b in pair.counterparts.items()}
    assert aligned(*(shuffled(each, draw) for each in (second, first))).counterparts == pair.counterparts


@fewer
@given(first=some_labelling("a"))
def test_the_same_labelling_is_paired_with_itself(first: Labelling) -> None:
    pair = aligned(first, structs.replace(first, annotator="b"))
    assert pair.counterparts == {each.id: each.id for each in first.items}


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"))
def test_every_item_is_in_a_pair_or_alone(first: Labelling, second: Labelling) -> None:
    pair = aligned(first, second)
    matchings: list[Matching[Any]] = [*pair.mentions.values(), *pair.frames.values()]
    ones = [each.id for matching in matchings for each in [*(a for a, _ in matching.pairs), *matching.only_first]]
    others = [each.id for matching in matchings for each in [*(b for _, b in matching.pairs), *matching.only_second]]
    assert (sorted(ones), sorted(others)) == (sorted(each.id for each in first.items), sorted(each.id for each in second.items))
    assert all(a.layer == b.layer and overlapping(a, b) for matching in matchings for a, b in matching.pairs)


@pytest.mark.parametrize(
    ("first", "second", "pairs"),
    [
        ([(0, 5, "X")], [(5, 9, "X")], []),
        ([(0, 5, "X")], [(4, 9, "Y")], [("a0", "b0")]),
        ([(0, 10, "X")], [(0, 4, "X"), (3, 10, "X")], [("a0", "b1")]),
        ([(0, 10, "X")], [(0, 5, "X"), (0, 6, "Y")], [("a0", "b0")]),
        ([(0, 6, "X"), (4, 6, "X")], [(0, 3, "X"), (0, 6, "X")], [("a0", "b0"), ("a1", "b1")]),
        ([(0, 4, "X"), (0, 2, "X")], [(0, 4, "X"), (2, 4, "X")], [("a1", "b0"), ("a0", "b1")]),
        ([(2, 4, "X")], [(3, 6, "X"), (0, 3, "X")], [("a0", "b1")]),
    ],
    ids=[
        "touching",
        "one character, another type",
        "the larger overlap",
        "the same type before a little more overlap",
        "two pairs, each with a third in common",
        "two pairs are better than an equal one",
        "the first where all is equal",
    ],
)
def test_best_pairs_by_hand(first: list[Place], second: list[Place], pairs: list[tuple[str, str]]) -> None:
    assert [(a.id, b.id) for a, b in align_pair(marks_of("a", first), marks_of("b", second))] == pairs


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([(4, 8, "X"), (4, 5, "X")], [(5, 6, "X"), (4, 8, "X")]),
        ([(1, 3, "X"), (2, 6, "X")], [(3, 6, "X"), (3, 6, "X")]),
    ],
    ids=["an equal pair or two unequal ones", "the same span twice"],
)
def test_equally_good_pairs_are_chosen_alike_from_both_sides(first: list[Place], second: list[Place]) -> None:
    one, other = marks_of("a", first), marks_of("b", second)
    assert align_pair(one, other) == sorted(((a, b) for b, a in align_pair(other, one)), key=lambda pair: (pair[0].start, pair[0].end))


def test_of_two_events_at_one_word_the_arguments_say_which_is_which() -> None:
    mentions = [actor("m1", 50), actor("m2", 60)]
    first = labelling("a", *mentions, event("e1", (0, 5), "ACCUSE", ("actor", "m1")), event("e2", (0, 5), "ACCUSE", ("actor", "m2")))
    second = labelling("b", *mentions, event("e1", (0, 5), "ACCUSE", ("actor", "m2")), event("e2", (0, 5), "ACCUSE", ("recipient", "m1")))
    third = labelling("b", *mentions, event("e1", (0, 5), "ACCUSE", ("actor", "m2")), event("e2", (0, 5), "STATE", ("actor", "m1")))
    for other in (second, third):
        assert [(a.id, b.id) for a, b in aligned(first, other).frames["events"].pairs] == [("e1", "e2"), ("e2", "e1")]


def test_pairs_come_by_document_and_name_with_what_only_one_marked() -> None:
    marked = [labelling("b", actor("m1", 50), actor("m2", 60)), labelling("a", actor("n1", 51)), labelling("c")]
    found = list(aligned_pairs(SCHEMA, [*marked, structs.replace(marked[0], article="velmora-0")]))
    assert [(each.document, each.annotators) for each in found] == [
        ("velmora-1", ("a", "b")),
        ("velmora-1", ("a", "c")),
        ("velmora-1", ("b", "c")),
    ]
    matching = found[0].mentions["mentions"]
    assert [(a.id, b.id) for a, b in matching.pairs] == [("n1", "m1")]
    assert (matching.only_first, [each.id for each in matching.only_second]) == ([], ["m2"])
    assert found[0].counterparts == {"n1": "m1"}
    assert [each.id for each in found[2].mentions["mentions"].only_first] == ["m1", "m2"]
