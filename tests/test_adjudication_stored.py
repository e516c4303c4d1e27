"""Stored decisions: which count, and what is said of those that do not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import structs

from annotate.records import Adjudication, Author, Kept, Labelling, Pulled
from annotate.steps.adjudicate import wanted_sheets
from annotate.store import Store
from annotate.studio.adjudication.decisions import Decisions, read_adjudications
from annotate.workspace import Workspace
from tests.adjudicating import FIRST, SECOND, decide, sheet
from tests.result_items import ARTICLE, EVENTS, span

JUDGE = "judge@velmora.example"
PEOPLE = {("local", 1): FIRST, ("local", 2): SECOND, ("local", 3): JUDGE}
SENT = sheet()
AGAIN = sheet(number=2)


def kept(number: int = 7, user: int = 3, *, favoured: str = FIRST, task: int = 5, at: str = "2031-05-01T10:00:00Z", **more: Any) -> Kept:
    sent = AGAIN if task == 6 else SENT
    body = {"id": number, "completed_by": user, "created_at": at, "updated_at": at, "result": decide(sent, favoured), **more}
    return Kept("local", 2, task, number, ARTICLE.id, ARTICLE.sha256, EVENTS.id, msgspec.json.encode(body), Author("local", user))


def read(*found: Kept, own: bool = False) -> Decisions:
    sheets = {(each.article, each.round): each for each in (SENT, AGAIN)}
    return read_adjudications(
        EVENTS, {ARTICLE.id: ARTICLE}, PEOPLE, sheets, {("local", 2, 5): 1, ("local", 2, 6): 2}, found, own=own, history=lambda _: []
    )


def test_a_decision_says_who_when_of_what() -> None:
    (found,) = read(kept()).adjudications
    assert (found.article, found.adjudicator, found.at, found.round) == (ARTICLE.id, JUDGE, "2031-05-01T10:00:00Z", 1)
    assert (found.basis, found.guidelines) == (SENT.basis, EVENTS.id)
    assert (found.labelling.annotator, found.labelling.submitted) == (JUDGE, "2031-05-01T10:00:00Z")


def test_the_later_of_two_decisions_counts_and_the_other_is_named() -> None:
    first, later = kept(7), kept(8, at="2031-05-02T10:00:00Z", favoured=SECOND)
    for order in ((first, later), (later, first)):
        done = read(*order)
        assert [each.at for each in done.adjudications] == ["2031-05-02T10:00:00Z"]
        assert [str(each) for each in done.problems] == [
            f"adjudication project 2, task 5, annotation 7: {JUDGE} has a later decision on {ARTICLE.id}; that one counts"
        ]


def test_rounds_stand_beside_each_other() -> None:
    assert [each.round for each in read(kept(), kept(8, task=6)).adjudications] == [1, 2]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (kept(user=1), f"{FIRST} labelled {ARTICLE.id}, and may not adjudicate it"),
        (kept(updated_by=2), f"{SECOND} has changed what {JUDGE} decided"),
        (kept(was_cancelled=True), f"{JUDGE} skipped {ARTICLE.id}"),
        (kept(task=9), "which this workspace never sent"),
        (kept()._replace(article="velmora-77"), "which this workspace never sent"),
        (kept()._replace(article=None), "which this workspace never sent"),
        (kept()._replace(article_sha256="0"), "another text"),
        (kept()._replace(body=b"{"), "not an annotation"),
        (kept(result=[]), "no verdict on"),
        (kept(result=[{"type": "labels"}, 3, None]), "no verdict on"),
    ],
)
def test_what_does_not_count_is_named_and_costs_no_other(found: Kept, said: str) -> None:
    done = read(found, kept(8, task=6))
    assert [each.round for each in done.adjudications] == [2]
    assert any(said in str(each) for each in done.problems), done.problems
    assert all(str(each).startswith(f"adjudication project 2, task {found.task}, annotation 7") for each in done.problems)


def test_ones_own_counts_where_it_is_allowed() -> None:
    assert [each.adjudicator for each in read(kept(user=1), own=True).adjudications] == [FIRST]


def test_a_question_that_the_schema_dropped_since_is_no_fault() -> None:
    votes = SENT.votes | {"document_gone": SENT.votes["document_genre"]}
    sheets = {(ARTICLE.id, 1): structs.replace(SENT, votes=votes)}
    done = read_adjudications(
        EVENTS, {ARTICLE.id: ARTICLE}, PEOPLE, sheets, {("local", 2, 5): 1}, [kept()], own=False, history=lambda _: []
    )
    (found,) = done.adjudications
    assert (done.problems, [each.item for each in found.verdicts if each.layer in ("document", "article")]) == ([], ["genre"])


# Rounds


def labelled(store: Store, *said: str) -> None:
    """The store as after a pull: the annotators, one a word, marked that word."""
    result = [span("m", "mentions", "GOV", words) for words in said]
    bodies = [msgspec.json.encode({"id": n, "completed_by": n, "created_at": "2031", "result": [each]}) for n, each in enumerate(result, 1)]
    pulled = [Pulled(1, n, ARTICLE.id, ARTICLE.sha256, body) for n, body in enumerate(bodies, 1)]
    store.record_pull("local", 1, EVENTS.id, "2031", pulled, complete=True)


def test_rounds_follow_the_labellings(workspace: Workspace) -> None:
    with Store(workspace.store_path) as store:
        store.put_articles([ARTICLE])
        labelled(store, "Velmora", "Karesh")
        (one,) = wanted_sheets(store, EVENTS, workspace.settings, [])
        assert list(wanted_sheets(store, EVENTS, workspace.settings, [one])) == [one]
        labelled(store, "Velmora", "bridge")
        (two,) = wanted_sheets(store, EVENTS, workspace.settings, [one])
        assert (one.round, two.round, one.basis == two.basis) == (1, 2, False)
        labelled(store, "Velmora", "Karesh")
        assert list(wanted_sheets(store, EVENTS, workspace.settings, [one, two])) == [one], "as it was, and round 2 undecided"
        decided = Adjudication(ARTICLE.id, JUDGE, "2031", EVENTS.id, two.basis, Labelling(ARTICLE.id, JUDGE), round=2)
        (three,) = wanted_sheets(store, EVENTS, workspace.settings, [one, two], [decided])
        assert (three.round, three.basis) == (3, one.basis)
        labelled(store, "Velmora", "Velmora")
        assert list(wanted_sheets(store, EVENTS, workspace.settings, [one, two])) == [], "nothing is disputed any more"
