"""Agreement on frames: a miss is counted once, by hand; properties on random labellings; the demo's two labellings."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from annotate.agreement.alignment import aligned_pairs
from annotate.agreement.frames.decomposition import measure_frames
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result
from annotate.demo import corpus
from annotate.records import Frame, Labelling
from annotate.schema import load_schema
from tests.conftest import SCHEMAS
from tests.handmade import SCHEMA, actor, event, frame_layer, labelling
from tests.test_alignment import exchanged, fewer, shuffled, some_labelling

Measured = dict[tuple[str, str | None], Result]

NO_INTERVALS = Intervals(method="none")
ACTORS = [actor("m1", 50), actor("m2", 60), actor("m3", 70)]


def measured(labellings: Iterable[Labelling], layer: str = "events", how: Intervals = NO_INTERVALS) -> Measured:
    return {(each.measure, each.category): each for each in measure_frames(SCHEMA, frame_layer(layer), list(labellings), how=how)}


def values(labellings: Iterable[Labelling], layer: str = "events") -> dict[str, float | None]:
    """The values by measure, those of a category as measure:category, without the roles that have too few arguments."""
    return {
        f"{measure}:{category}" if category else measure.removeprefix("frame_"): each.value
        for (measure, category), each in measured(labellings, layer).items()
        if each.reason != "fewer than 5 arguments"
    }


def both(first: Sequence[Frame], second: Sequence[Frame]) -> list[Labelling]:
    """Two annotators who marked the same actors, and these frames."""
    return [labelling("a", *ACTORS, *first), labelling("b", *ACTORS, *second)]


def says(
    place: tuple[int, int] = (0, 5), *arguments: tuple[str, str], name: str = "e1", kind: str = "STATE", **attributes: str | None
) -> Frame:
    return event(name, place, kind, *arguments, **attributes)


SIGNED = says((0, 5), ("actor", "m1"), ("recipient", "m2"))
OTHER = says((10, 15), ("actor", "m2"), name="e2")


def test_a_missed_frame_costs_the_anchor_and_nothing_that_is_given_it() -> None:
    found = values(both([SIGNED, OTHER], [SIGNED]))
    attributes = {f"frame_attribute_agreement:{name}": 1 for name in ("polarity", "modality", "tense")}
    assert found == {
        "anchor_f1": pytest.approx(2 / 3),
        "type_agreement": 1,
        **attributes,
        "frame_attribute_agreement:mode": None,
        "argument_f1": 1,
        "argument_role_f1": 1,
        "argument_f1_unconditioned": pytest.approx(4 / 5),
        "argument_role_f1_unconditioned": pytest.approx(4 / 5),
        "content_f1": None,
        "f1_whole": pytest.approx(2 / 3),
    }


@pytest.mark.parametrize(
    ("arguments", "filler", "role"),
    [
        ([("actor", "m1"), ("beneficiary", "m2")], 1, 1 / 2),
        ([("actor", "m1")], 2 / 3, 2 / 3),
        ([("actor", "m1"), ("recipient", "m3")], 1 / 2, 1 / 2),
        ([("recipient", "m1"), ("actor", "m2")], 1, 0),
        ([("actor", "m1"), ("recipient", "m2"), ("beneficiary", "m1")], 4 / 5, 4 / 5),
        ([], 0, 0),
    ],
    ids=["a wrong role", "one missing", "another filler", "roles exchanged", "one filler in two roles", "none"],
)
def test_arguments_are_found_and_have_their_roles(arguments: list[tuple[str, str]], filler: float, role: float) -> None:
    found = values(both([SIGNED], [says((0, 5), *arguments)]))
    assert found["argument_f1"] == pytest.approx(filler)
    assert found["argument_role_f1"] == pytest.approx(role)
    assert (found["anchor_f1"], found["type_agreement"], found["f1_whole"]) == (1, 1, 0)


def test_a_filler_may_have_another_boundary_but_not_an_anchor_that_is_whole() -> None:
    marked = [
        labelling("a", actor("m1", 50), says((0, 5), ("actor", "m1"))),
        labelling("b", actor("n1", 52), says((0, 5), ("actor", "n1"))),
    ]
    assert (values(marked)["argument_role_f1"], values(marked)["f1_whole"]) == (1, 1)
    moved = values(both([SIGNED], [structs.replace(SIGNED, start=1)]))
    assert (moved["anchor_f1"], moved["argument_role_f1"], moved["f1_whole"]) == (1, 1, 0)


def test_attributes_are_compared_where_both_answered_of_one_type() -> None:
    first = [says((0, 5), mode="deny"), says((10, 15), name="e2", polarity="negative"), says((20, 25), name="e3", mode="deny")]
    second = [says((0, 5), mode="admit"), says((10, 15), name="e2"), says((20, 25), name="e3", kind="ACCUSE", mode="allege")]
    results = measured(both(first, second))
    polarity, mode = (results["frame_attribute_agreement", name] for name in ("polarity", "mode"))
    assert (polarity.value, polarity.units, polarity.pairable) == (1 / 2, 2, 2)
    assert (mode.value, mode.units, mode.pairable) == (0, 2, 1)
    assert results["frame_type_agreement", None].value == pytest.approx(2 / 3)
    assert results["frame_f1_whole", None].value == 0


@pytest.mark.parametrize(
    ("second", "content", "argument"),
    [
        ([says((0, 5), ("content", "e2")), OTHER], 1, 1),
        ([says((0, 5)), OTHER], 0, 2 / 3),
        ([says((0, 5), ("cause", "e2")), OTHER], 0, 1),
        ([says((0, 5))], None, 0),
        ([OTHER], None, 1),
    ],
    ids=["the same", "not linked", "another role", "its frame missed", "itself missed"],
)
def test_content_is_judged_where_both_ends_were_found(second: list[Frame], content: float | None, argument: float) -> None:
    results = measured(both([says((0, 5), ("content", "e2")), OTHER], second))
    assert results["frame_content_f1", None].value == content
    assert results["frame_argument_f1", None].value == pytest.approx(argument)


def test_the_target_of_a_stance_may_be_an_event() -> None:
    stance = Frame("s1", "stances", "favor", 20, 30, arguments=says((0, 0), ("holder", "m1"), ("target", "e1")).arguments)
    found = values(both([SIGNED, stance], [SIGNED, structs.replace(stance, end=33)]), "stances")
    assert (found["argument_role_f1"], found["content_f1"], found["f1_whole"]) == (1, 1, 0)


def test_roles_with_fewer_than_five_arguments_have_no_value() -> None:
    marked = [
        structs.replace(each, article=f"velmora-{n}")
        for n in range(3)
        for each in both([SIGNED], [says((0, 5), ("actor", "m1"), *([] if n else [("recipient", "m2")]))])
    ]
    results = measured(marked, how=Intervals(replicates=200))
    role, rare, everything = (results["frame_argument_role_f1", name] for name in ("actor", "recipient", None))
    assert (role.value, role.reason, role.pairable, role.pairs[0].value) == (1, None, 6, 1)
    assert (rare.value, rare.reason, rare.interval, rare.pairable) == (None, "fewer than 5 arguments", None, 4)
    assert (rare.pairs[0].value, rare.pairs[0].reason, rare.pairs[0].units) == (None, "fewer than 5 arguments", 4)
    assert everything.value == pytest.approx(8 / 10)
    assert everything.interval is not None


def test_values_are_micro_over_pairs_and_given_by_pair() -> None:
    marked = [*both([SIGNED, OTHER], [SIGNED]), labelling("c", *ACTORS, OTHER), structs.replace(labelling("d", OTHER), article="velmora-2")]
    result = measured(marked)["frame_anchor_f1", None]
    assert result.value == pytest.approx(2 * (1 + 1 + 0) / (3 + 3 + 2))
    assert (result.units, result.pairable, result.annotators) == (5, 4, 4)
    assert {pair.annotators: (pair.value, pair.units, pair.reason) for pair in result.pairs} == {
        ("a", "b"): (pytest.approx(2 / 3), 3, None),
        ("a", "c"): (pytest.approx(2 / 3), 3, None),
        ("b", "c"): (0, 2, None),
        **{(name, "d"): (None, 0, "no document read by both") for name in "abc"},
    }
    arguments = measured(marked)["frame_argument_f1", None]
    assert (arguments.value, arguments.units, arguments.pairable) == (1, 7, 6)


@pytest.mark.parametrize(
    ("labellings", "reasons"),
    [
        ([labelling("a", SIGNED)], {"no document read by two"}),
        (
            [labelling("a"), labelling("b")],
            {
                "nobody marked a frame",
                "no frame was marked by two",
                "no frame of one type was answered by two",
                "frames marked by two have no arguments",
                "fewer than 5 arguments",
                "nobody marked an argument",
                "no two frames marked by two are an argument and its frame",
            },
        ),
    ],
    ids=["one annotator", "nothing marked"],
)
def test_nothing_to_judge_is_null_with_the_reason(labellings: list[Labelling], reasons: set[str]) -> None:
    labellings = [structs.replace(each, mentions=tuple(ACTORS)) for each in labellings]
    results = measured(labellings).values()
    assert {each.value for each in results} == {None}
    assert {each.reason for each in results} == reasons


def test_one_document_has_no_interval() -> None:
    result = measured(both([SIGNED], [SIGNED]), how=Intervals(replicates=100))["frame_anchor_f1", None]
    assert (result.value, result.interval, result.reason) == (1, None, "no interval: one document, nothing to resample")


def test_content_is_not_asked_where_no_role_takes_a_frame() -> None:
    schema = load_schema(SCHEMAS / "stance-only" / "schema.yaml")
    measures = [each.measure for each in measure_frames(schema, schema.frame_layers[0], [])]
    assert "frame_content_f1" not in measures
    assert {"frame_argument_f1", "frame_f1_whole"} <= set(measures)


def test_the_signature_says_what_a_number_is_given() -> None:
    results = measured(both([SIGNED], [SIGNED]), how=Intervals(replicates=100))
    assert results["frame_type_agreement", None].signature.startswith(
        "m:frame_type_agreement|unit:aligned-frames|match:type|given:anchor|alignment:optimal-iou+type/2+arguments/4|average:micro|missing:pairwise"
        "|ci:percentile-document-100-seed0|annotate:"
    )
    assert "|given:anchor|" in results["frame_argument_role_f1", "actor"].signature
    assert "|given:none|" in results["frame_argument_f1_unconditioned", None].signature


# ── Properties ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def comparable(results: Measured) -> dict[tuple[str, str | None], tuple[float | None, str | None, int, int]]:
    return {key: (each.value, each.reason, each.units, each.pairable) for key, each in results.items()}


@fewer
@given(first=some_labelling("a"))
def test_the_same_labelling_agrees_in_everything(first: Labelling) -> None:
    for layer in ("events", "stances"):
        assert {each.value for each in measured([first, structs.replace(first, annotator="b")], layer).values()} <= {1, None}


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"), draw=st.randoms())
def test_order_and_who_is_who_are_irrelevant(first: Labelling, second: Labelling, draw: random.Random) -> None:
    for layer in ("events", "stances"):
        expected = comparable(measured([first, second], layer))
        assert comparable(measured([shuffled(second, draw), shuffled(first, draw)], layer)) == expected
        assert comparable(measured(exchanged(first, second), layer)) == expected


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"))
def test_what_is_given_more_is_no_less(first: Labelling, second: Labelling) -> None:
    for layer in ("events", "stances"):
        found = {measure: each.value for (measure, category), each in measured([first, second], layer).items() if category is None}
        filler, role = found["frame_argument_f1"], found["frame_argument_role_f1"]
        all_fillers, all_roles = found["frame_argument_f1_unconditioned"], found["frame_argument_role_f1_unconditioned"]
        if filler is not None and role is not None and all_fillers is not None and all_roles is not None:
            assert 1 >= filler >= max(role, all_fillers) >= min(role, all_fillers) >= all_roles
        anchor, whole = found["frame_anchor_f1"], found["frame_f1_whole"]
        assert (anchor is None) == (whole is None)
        assert anchor is None or whole is None or anchor >= whole


@fewer
@given(first=some_labelling("a"), second=some_labelling("b"))
def test_arguments_by_their_definition(first: Labelling, second: Labelling) -> None:
    """Arguments as triples of frame, role and filler, the first's named as the second's counterparts."""
    (pair,) = aligned_pairs(SCHEMA, [first, second])
    one, other = (
        {(each.id, argument.role, argument.ref) for each in own.frames for argument in each.arguments if each.layer == "events"}
        for own in (first, second)
    )
    same = {(pair.counterparts.get(frame), role, pair.counterparts.get(ref)) for frame, role, ref in one} & other
    given_anchors = [each for each in one if each[0] in pair.counterparts] + [
        each for each in other if each[0] in pair.counterparts.values()
    ]
    found = values([first, second])
    assert found["argument_role_f1_unconditioned"] == (pytest.approx(2 * len(same) / len([*one, *other])) if one or other else None)
    assert found["argument_role_f1"] == (pytest.approx(2 * len(same) / len(given_anchors)) if given_anchors else None)


def test_the_demo_has_a_value_for_everything_but_rare_roles() -> None:
    labellings = [*corpus.labellings("first"), *corpus.labellings("second")]
    shared = list(aligned_pairs(SCHEMA, labellings))
    for layer in SCHEMA.frame_layers:
        results = measure_frames(SCHEMA, layer, labellings, how=Intervals(replicates=100), aligned=shared)
        assert results == measure_frames(SCHEMA, layer, labellings, how=Intervals(replicates=100))
        for each in results:
            assert each.value is not None, each
            assert each.interval is not None
            assert 0.5 < each.value < 1
            assert each.interval.low <= each.value <= each.interval.high
