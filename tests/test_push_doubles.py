"""Two tasks of one article: the idle one goes, nobody's work is touched, and where both have work it is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annotate.steps import push
from annotate.studio.client import Client
from annotate.studio.known import all_tasks
from annotate.studio.tasks import Task, list_tasks
from annotate.workspace import Workspace
from tests.on_server import TEXTS, Join, project_of, span, submit, tasks_of

Labour = Callable[[Client, Task], object]


def double(client: Client, workspace: Workspace, article: str) -> Task:
    """A second task of an article, as a request that was done twice makes it."""
    project, task = project_of(client, workspace), tasks_of(client, workspace)[article]
    copy = {"data": {"text": TEXTS[article], "article": article}, "meta": client.get_json(f"/api/tasks/{task.number}/")["meta"]}
    (number,) = client.post(f"/api/projects/{project.number}/import", [copy], {"return_task_ids": "true"})["task_ids"]
    return next(each for each in list_tasks(client, project) if each.number == number)


def numbers_of(client: Client, workspace: Workspace, article: str) -> list[int]:
    return [each.number for each in list_tasks(client, project_of(client, workspace)) if each.article == article]


def annotate(client: Client, task: Task) -> None:
    submit(client, task, span(TEXTS["velmora-1"], "Velmora"))


def skip(client: Client, task: Task) -> None:
    submit(client, task, was_cancelled=True)


def draft(client: Client, task: Task) -> None:
    client.post(f"/api/tasks/{task.number}/drafts", {"result": [span(TEXTS["velmora-1"], "Velmora")], "lead_time": 1})


LABOURS = pytest.mark.parametrize("labour", [annotate, skip, draft])


def test_of_two_idle_tasks_the_first_stays(pushed: Workspace, client: Client) -> None:
    before = tasks_of(client, pushed)["velmora-1"]
    second = double(client, pushed, "velmora-1")
    said = push.run(pushed, dry_run=True)
    assert [str(each) for each in said.problems] == [
        f"velmora-1: 2 tasks on the server: {before.number}, {second.number}; a push removes those without work"
    ]
    done = push.run(pushed)
    assert (done.sent, done.there, done.problems, done.removed) == (0, 3, [], [second.number])
    assert f"1 doubles without work removed from the server (tasks {second.number})" in push.show(done)
    assert numbers_of(client, pushed, "velmora-1") == [before.number]
    assert push.run(pushed).removed == []


@LABOURS
@pytest.mark.parametrize("worked_on", ["first", "second"])
def test_the_task_with_work_stays(pushed: Workspace, client: Client, join: Join, labour: Labour, worked_on: str) -> None:
    first, second = tasks_of(client, pushed)["velmora-1"], double(client, pushed, "velmora-1")
    kept, gone = (first, second) if worked_on == "first" else (second, first)
    labour(join("dana"), kept)
    done = push.run(pushed)
    assert (done.removed, done.problems) == ([gone.number], [])
    assert numbers_of(client, pushed, "velmora-1") == [kept.number]


@LABOURS
def test_where_both_have_work_neither_goes_and_both_are_named(pushed: Workspace, client: Client, join: Join, labour: Labour) -> None:
    first, second = tasks_of(client, pushed)["velmora-1"], double(client, pushed, "velmora-1")
    third = double(client, pushed, "velmora-1")
    annotate(client, first)
    labour(join("dana"), second)
    done = push.run(pushed)
    (problem,) = done.problems
    assert (problem.place, done.removed) == ("velmora-1", [third.number])
    assert f"task {first.number} (1 annotation) and task {second.number} (1 " in problem.message
    assert "copy what counts into one of them and delete the other" in problem.message
    assert numbers_of(client, pushed, "velmora-1") == [first.number, second.number]


def test_what_was_deleted_behind_an_id_that_is_used_again_is_noticed(pushed: Workspace, client: Client) -> None:
    """On SQLite the number of a deleted last task is given to the next one: the count stays, and the article is another's."""
    project, last = project_of(client, pushed), tasks_of(client, pushed)["velmora-3"]
    client.delete(f"/api/tasks/{last.number}/")
    client.post(f"/api/projects/{project.number}/import", [{"data": {"text": "Nahrin votes."}}])
    assert len(all_tasks(client, project).tasks) == 3
    assert push.run(pushed).sent == 1
    assert tasks_of(client, pushed).keys() == {*TEXTS, None}
