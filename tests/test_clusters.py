"""All annotators' items of a document aligned at once: by overlap, type and arguments; and why."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from annotate.agreement.clusters import Clusters, align_all, likeness
from annotate.records import Argument, Frame, Labelling, Mention
from tests.handmade import SCHEMA, actor, event, labelling
from tests.test_gold_properties import some_submission

few = settings(max_examples=80, deadline=None)
draws = st.randoms(use_true_random=False)


def ids(found: Clusters, layer: str) -> list[set[str]]:
    return [{f"{name}:{each.id}" for name, each in cluster.items()} for cluster in found.of[layer]]


def stance(name: str, place: tuple[int, int], target: str) -> Frame:
    return Frame(name, "stances", "against", *place, {"strength": "verbal"}, (Argument("target", target),))


def test_arguments_tell_overlapping_frames_apart() -> None:
    """By overlap alone t2 would be s1's."""
    targets = [actor("m1", 60), actor("m2", 80)]
    first = labelling("a", *targets, stance("s1", (10, 40), "m1"), stance("s2", (10, 41), "m2"))
    second = labelling("b", *targets, stance("t1", (11, 41), "m1"), stance("t2", (11, 40), "m2"))
    assert ids(align_all(SCHEMA, [first, second]), "stances") == [{"a:s1", "b:t1"}, {"a:s2", "b:t2"}]


def test_the_type_counts_for_half_an_overlap() -> None:
    first = labelling("a", event("e1", (0, 10), "ACCUSE"))
    second = labelling("b", event("x1", (0, 10), "DIE"), event("x2", (0, 8), "ACCUSE"))
    assert ids(align_all(SCHEMA, [first, second]), "events") == [{"a:e1", "b:x2"}, {"b:x1"}]


def test_why_members_are_together() -> None:
    told = labelling("a", actor(), event("e", (0, 10), "ACCUSE", ("actor", "m")))
    other = labelling("b", actor(), event("e", (0, 5), "DIE"))
    clusters, fillers = align_all(SCHEMA, [told, other])
    (why,) = likeness(clusters["events"][0], fillers)
    assert (why.annotator, why.other, why.overlap, why.same_type, why.arguments) == ("b", "a", 0.5, False, 0.0)
    assert [each.arguments for each in likeness(clusters["mentions"][0], fillers)] == [None]


@pytest.mark.parametrize(
    ("judged", "clusters"),
    [
        ([event("j", (0, 5))], [{"a:e", "b:e", "judge:j"}]),
        ([event("j", (20, 25))], [{"a:e", "b:e"}, {"judge:j"}]),
        ([event("j1", (0, 5)), event("j2", (4, 6))], [{"a:e", "b:e", "judge:j1"}, {"judge:j2"}]),
    ],
    ids=["theirs", "added", "one of theirs, one added"],
)
def test_judges_join_last(judged: list[Mention | Frame], clusters: list[set[str]]) -> None:
    two = [labelling("a", event("e", (0, 5))), labelling("b", event("e", (0, 6)))]
    assert ids(align_all(SCHEMA, two, [labelling("judge", *judged)]), "events") == clusters


@few
@given(draw=draws)
def test_judges_change_no_cluster_of_annotators(draw: random.Random) -> None:
    everybody = some_submission(draw, twice=True)
    annotators, judges = everybody[:-1], everybody[-1:]
    alone, judged = align_all(SCHEMA, annotators), align_all(SCHEMA, annotators, judges)
    for layer in SCHEMA.span_layers:
        own = [{each for each in cluster if not each.startswith(judges[0].annotator)} for cluster in ids(judged, layer)]
        assert [each for each in own if each] == ids(alone, layer)


@few
@given(draw=draws)
def test_each_item_is_in_one_cluster_and_order_is_irrelevant(draw: random.Random) -> None:
    everybody = some_submission(draw, twice=True)
    found = align_all(SCHEMA, everybody)
    for layer in SCHEMA.span_layers:
        marked = sorted(one for cluster in ids(found, layer) for one in cluster)
        assert marked == sorted(f"{each.annotator}:{item.id}" for each in everybody for item in each.of_layer(layer))
        for one, other in combinations(found.of[layer], 2):
            if not one.keys() & other.keys():
                assert not any(a.start < b.end and b.start < a.end for a in one.values() for b in other.values())
    assert align_all(SCHEMA, [shuffled(draw, each) for each in draw.sample(everybody, len(everybody))]) == found


def shuffled(draw: random.Random, own: Labelling) -> Labelling:
    return replace(
        own, mentions=tuple(draw.sample(own.mentions, len(own.mentions))), frames=tuple(draw.sample(own.frames, len(own.frames)))
    )
