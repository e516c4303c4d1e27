"""Stored annotations as labellings: whose each is, which of several counts, and what cannot be used is reported."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.records import Author, Kept, Labelling
from annotate.store.bodies import known_of
from annotate.studio.labellings import Reading, read_labellings
from annotate.studio.submissions import decode_submission, submitted_by
from tests.junk import ARROWS, JUNK, nearly, regions
from tests.result_items import ANNOTATOR, ARTICLE, BRIDGE, EVENTS, GOV, KARESH, faults, span

PEOPLE = {("local", 3): ANNOTATOR, ("local", 4): "omar@velmora.example"}


def kept(number: int, body: Any, *, task: int = 5, article: str | None = "velmora-1", sha256: str = ARTICLE.sha256) -> Kept:
    kept = body if isinstance(body, bytes) else msgspec.json.encode(body)
    known = known_of(kept)
    return Kept("local", 1, task, number, article, sha256, EVENTS.id, kept, Author("local", known.user, known.email))


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
    assert found.labellings == [Labelling("velmora-1", "omar@velmora.example", submitted="2031-05-01T10:00:00Z", guidelines=EVENTS.id)]


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
    found = reading(kept(8, {"id": 8, "completed_by": 3, "result": None}))
    assert found.labellings == [Labelling("velmora-1", ANNOTATOR, guidelines=EVENTS.id)]


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
