"""`annotate adjudicate` against a real Label Studio: what is disputed goes there once a round, and decisions come back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from annotate.records import Labelling
from annotate.schema import load_schema
from annotate.schema.adjudication_page import LINKS, VERDICT
from annotate.steps import adjudicate, doctor, migrate, pull, push
from annotate.steps.stored import stored_adjudications, stored_labellings, stored_sheets
from annotate.store import Store
from annotate.studio.adjudication.project import find_adjudication
from annotate.studio.adjudication.sheet import Sheet
from annotate.studio.adjudication.tasks import prediction_result
from annotate.studio.client import Client
from annotate.studio.project import Project, find_project
from annotate.studio.results import Item, page_of
from annotate.studio.server import Server
from annotate.studio.tasks import Task, list_tasks
from annotate.workspace import Workspace
from tests.adjudicating import answer, said
from tests.migrating import rename
from tests.on_server import TEXTS, Join, MakeWorkspace, put, span, submit, tasks_of

ONE, TWO, THREE = TEXTS


class Loop:
    """A workspace whose articles two annotators labelled, with what its tests ask of the server."""

    def __init__(self, workspace: Workspace, client: Client, first: Client, second: Client) -> None:
        self.workspace, self.client, self.first, self.second = workspace, client, first, second

    def label(self, annotator: Client, article: str, *result: Any) -> int:
        return submit(annotator, tasks_of(self.client, self.workspace)[article], *result)

    @property
    def project(self) -> Project:
        with Store(self.workspace.store_path) as store:
            found = find_adjudication(self.client, store.meta("workspace"))
        assert found is not None
        return found

    @property
    def tasks(self) -> dict[tuple[str | None, int | None], Task]:
        return {(each.article, each.round): each for each in list_tasks(self.client, self.project)}

    def sheet(self, article: str, number: int = 1) -> Sheet:
        with Store(self.workspace.store_path) as store:
            return next(
                each
                for each in stored_sheets(store, load_schema(self.workspace.schema_path))
                if (each.article, each.round) == (article, number)
            )

    def decide(self, adjudicator: Client, article: str, verdict: str = "take", number: int = 1) -> int:
        """Takes (or rejects) the first candidate of every item, as a browser would submit it; the annotation's number."""
        sheet = self.sheet(article, number)
        task = self.client.get_json(f"/api/tasks/{self.tasks[article, number].number}/")
        result: list[Item] = task["predictions"][0]["result"]
        result = result + [
            said(each, VERDICT, verdict if n == 0 else "reject") for own in sheet.contested_items.values() for n, each in enumerate(own)
        ]
        result += [answer(LINKS, "none")] if sheet.contested_links else []
        return submit(adjudicator, self.tasks[article, number], *result)

    def adjudicated(self) -> dict[str, Labelling]:
        with Store(self.workspace.store_path) as store:
            return {each.article: each.labelling for each in stored_adjudications(store, load_schema(self.workspace.schema_path))}


@pytest.fixture
def loop(pushed: Workspace, client: Client, join: Join) -> Loop:
    """One article is agreed on, one disputed a little, one more."""
    loop = Loop(pushed, client, join("first"), join("second"))
    one, two, three = TEXTS.values()
    loop.label(loop.first, ONE, span(one, "Velmora"))
    loop.label(loop.second, ONE, span(one, "Velmora", "LOC"))
    for annotator in (loop.first, loop.second):
        loop.label(annotator, TWO, span(two, "فيلمورا"))
    loop.label(loop.first, THREE, span(three, "Karesh"), span(three, "attack", "ASSAULT", "events"))
    loop.label(loop.second, THREE, span(three, "condemns", "against", "stances"))
    pull.run(loop.workspace)
    return loop


def test_what_is_disputed_is_sent_once_the_worst_first(loop: Loop, client: Client) -> None:
    planned = adjudicate.run_push(loop.workspace, dry_run=True)
    assert [(each.article, each.contested) for each in planned.sent] == [(THREE, 3), (ONE, 1)]
    with Store(loop.workspace.store_path) as store:
        assert (list(store.sheets()), find_adjudication(client, store.meta("workspace"))) == ([], None)
    done = adjudicate.run_push(loop.workspace)
    assert (done.sent, done.problems, done.there) == (planned.sent, [], 0)
    assert [article for article, _ in sorted(loop.tasks, key=lambda key: loop.tasks[key].number)] == [THREE, ONE]
    again = adjudicate.run_push(loop.workspace)
    assert (again.sent, again.there, again.closed, len(loop.tasks)) == ([], 2, [], 2)
    # The next in an adjudicator's queue, with the prediction that their annotation starts from.
    following = loop.first.get_json(f"/api/projects/{loop.project.number}/next")
    assert following["id"] == loop.tasks[THREE, 1].number
    assert client.get_json(f"/api/projects/{loop.project.number}")["model_version"] == "adjudication"
    with Store(loop.workspace.store_path) as store:
        labelling = find_project(client, store.meta("workspace"))
    assert labelling is not None
    assert labelling.number != loop.project.number, "the labelling project is still found, and is another"


def test_nothing_an_adjudicator_is_sent_names_an_annotator(loop: Loop, client: Client) -> None:
    adjudicate.run_push(loop.workspace)
    whole = b"".join(client.get(f"/api/tasks/{each.number}/") for each in loop.tasks.values())
    whole += client.get(f"/api/projects/{loop.project.number}")
    for annotator in (loop.first, loop.second):
        name = str(annotator.get_json("/api/current-user/whoami")["email"])
        assert name.encode() not in whole
        assert name.split("@")[0].encode() not in whole


def test_a_push_that_was_killed_before_it_sent_goes_on(loop: Loop) -> None:
    adjudicate.run_push(loop.workspace)
    before = loop.sheet(ONE)
    loop.client.delete(f"/api/tasks/{loop.tasks[ONE, 1].number}/")
    done = adjudicate.run_push(loop.workspace)
    assert [(each.article, each.round) for each in done.sent] == [(ONE, 1)]
    assert loop.sheet(ONE) == before
    loop.client.delete(f"/api/projects/{loop.project.number}/")
    assert len(adjudicate.run_push(loop.workspace).sent) == 2


def test_decisions_come_back_and_a_rejection_stays_one(loop: Loop, join: Join) -> None:
    adjudicate.run_push(loop.workspace)
    judge = join("judge")
    loop.decide(judge, ONE)
    loop.decide(judge, THREE, "reject")
    done = adjudicate.run_pull(loop.workspace)
    assert (done.new, done.status.problems, done.status.decided) == (2, [], [ONE, THREE])
    assert len(loop.adjudicated()[ONE].mentions) == 1
    assert loop.adjudicated()[THREE].items == []
    assert adjudicate.run_pull(loop.workspace).unchanged == 2
    assert adjudicate.run_push(loop.workspace).sent == []
    with Store(loop.workspace.store_path) as store:
        schema = load_schema(loop.workspace.schema_path)
        assert len(stored_labellings(store, schema).labellings) == 6, "an adjudicator is no annotator"


def test_doctor_does_not_count_an_adjudicator_among_people_without_work(loop: Loop, join: Join) -> None:
    adjudicate.run_push(loop.workspace)
    loop.decide(join("judge"), ONE)

    def without_work() -> int:
        said = next(each.what for each in doctor.run(loop.workspace).findings if each.about == "people")
        return 0 if said.startswith("all ") else int(said.split()[0])

    before = without_work()
    adjudicate.run_pull(loop.workspace)
    assert without_work() == before - 1


def test_who_labelled_an_article_may_not_decide_on_it_unless_told_so(loop: Loop) -> None:
    adjudicate.run_push(loop.workspace)
    loop.decide(loop.first, ONE)
    done = adjudicate.run_pull(loop.workspace)
    assert done.status.waiting == [ONE, THREE]
    (problem,) = done.status.problems
    assert "may not adjudicate" in str(problem)
    assert f"task {loop.tasks[ONE, 1].number}" in str(problem)
    assert adjudicate.run_pull(loop.workspace, own=True).status.decided == [ONE]
    assert adjudicate.run_pull(loop.workspace).status.decided == []


def test_a_decision_with_a_verdict_missing_leaves_its_article_open(loop: Loop, join: Join) -> None:
    adjudicate.run_push(loop.workspace)
    judge, task = join("judge"), loop.tasks[ONE, 1]
    with Store(loop.workspace.store_path) as store:
        article = store.article(ONE)
    assert article is not None
    number = submit(judge, task, *prediction_result(page_of(load_schema(loop.workspace.schema_path)), article, loop.sheet(ONE)))
    status = adjudicate.run_pull(loop.workspace).status
    assert status.waiting == [ONE, THREE]
    assert {str(each).split(":")[0] for each in status.problems} == {
        f"adjudication project {loop.project.number}, task {task.number}, annotation {number}, region {each.id}"
        for each in loop.sheet(ONE).regions
    }
    assert all("no verdict on" in str(each) for each in status.problems)


def test_new_annotations_reopen_an_article_for_another_round(loop: Loop, join: Join) -> None:
    adjudicate.run_push(loop.workspace)
    judge = join("judge")
    loop.decide(judge, ONE)
    adjudicate.run_pull(loop.workspace)
    for article, text in ((ONE, TEXTS[ONE]), (THREE, TEXTS[THREE])):
        loop.label(join("third"), article, span(text, text.split()[0], "PER"))
    pull.run(loop.workspace)
    assert adjudicate.run_status(loop.workspace).reopened == [ONE]
    done = adjudicate.run_push(loop.workspace)
    assert {(each.article, each.round) for each in done.sent} == {(ONE, 2), (THREE, 2)}
    assert "round 2, for its annotations changed since round 1" in adjudicate.show_push(done)
    assert done.closed == [f"{THREE} round 1"], "nobody had decided it, and nobody shall"
    assert loop.tasks[THREE, 1].closed
    loop.decide(judge, ONE, number=2)
    assert adjudicate.run_pull(loop.workspace).status.decided == [ONE]
    with Store(loop.workspace.store_path) as store:
        decided = stored_adjudications(store, load_schema(loop.workspace.schema_path))
    assert [(each.article, each.round) for each in decided] == [(ONE, 1), (ONE, 2)]
    assert decided[0].basis != decided[1].basis


def test_several_adjudicators(make_workspace: MakeWorkspace, server: Server, client: Client, join: Join) -> None:
    workspace = make_workspace(server=server, ANNOTATE_ADJUDICATION_OVERLAP="2")
    put(workspace, {ONE: TEXTS[ONE]})
    push.run(workspace)
    loop = Loop(workspace, client, join("first"), join("second"))
    loop.label(loop.first, ONE, span(TEXTS[ONE], "Velmora"))
    loop.label(loop.second, ONE, span(TEXTS[ONE], "Velmora", "LOC"), span(TEXTS[ONE], "Monday", "TIME"))
    pull.run(workspace)
    adjudicate.run_push(workspace)
    loop.decide(join("judge"), ONE)
    assert adjudicate.run_pull(workspace).status.partly == [ONE]
    assert adjudicate.run_agree(workspace).results == []
    loop.decide(join("other"), ONE, "reject")
    status = adjudicate.run_pull(workspace).status
    assert (status.decided, status.torn, status.partly) == ([], [ONE], []), "one took what the other rejected"
    found = adjudicate.run_agree(workspace)
    assert (found.articles, found.adjudicators) == (1, 2)
    assert next(each.value for each in found.results if each.measure == "span_f1_exact") == 0
    assert "2 adjudicators" in adjudicate.show_agree(found)


def test_a_deleted_decision_opens_its_article_again(loop: Loop, join: Join) -> None:
    adjudicate.run_push(loop.workspace)
    number = loop.decide(join("judge"), ONE)
    assert adjudicate.run_pull(loop.workspace).status.decided == [ONE]
    loop.client.delete(f"/api/annotations/{number}/")
    done = adjudicate.run_pull(loop.workspace)
    assert (done.deleted, done.status.waiting) == (1, [ONE, THREE])


def test_the_status_is_json(loop: Loop) -> None:
    adjudicate.run_push(loop.workspace)
    status = msgspec.json.decode(msgspec.json.encode(adjudicate.run_status(loop.workspace)))
    assert (status["disputed"], status["waiting"], status["unsent"]) == (2, [ONE, THREE], [])


def test_decisions_stand_when_a_label_gets_another_name(loop: Loop, join: Join) -> None:
    adjudicate.run_push(loop.workspace)
    loop.decide(join("judge"), THREE)
    adjudicate.run_pull(loop.workspace)
    decided = loop.adjudicated()
    with Store(loop.workspace.store_path) as store:
        (at,) = (each.at for each in stored_adjudications(store, load_schema(loop.workspace.schema_path)))
    rename(loop.workspace, {"GOV": "POLITY"}, "  - {rename: mentions.GOV, to: POLITY}\n")
    assert migrate.run(loop.workspace, yes=True).left == []
    pull.run(loop.workspace)
    stands = adjudicate.run_status(loop.workspace)
    assert (stands.decided, stands.unsent, stands.problems) == ([THREE], [ONE], [])
    assert loop.adjudicated()[THREE].frames == decided[THREE].frames
    sent = adjudicate.run_push(loop.workspace)
    assert ([(each.article, each.round) for each in sent.sent], sent.closed, sent.problems) == ([(ONE, 2)], [f"{ONE} round 1"], [])
    shown = loop.client.get_json(f"/api/tasks/{loop.tasks[ONE, 2].number}/")["predictions"][0]["result"]
    labels = {label for item in shown for label in (item.get("value") or {}).get("labels", ())}
    assert labels >= {"POLITY"}
    assert not labels & {"GOV"}
    assert adjudicate.run_pull(loop.workspace).status.decided == [THREE]
    with Store(loop.workspace.store_path) as store:
        assert [each.at for each in stored_adjudications(store, load_schema(loop.workspace.schema_path))] == [at]
