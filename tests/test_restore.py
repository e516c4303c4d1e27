"""Deleted work back on a real server: whose it was, as it was, once, and the next pull calls it back again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from annotate.schema import load_schema
from annotate.steps import history, pull, push, restore
from annotate.steps.stored import stored_labellings
from annotate.store import Changes, Store
from annotate.studio.client import Client
from annotate.studio.server import Server
from annotate.workspace import Workspace
from tests.fault_proxy import Request, fault_proxy
from tests.on_server import TEXTS, Join, project_of, span, submit, tasks_of
from tests.test_pull_changes import counts, kinds


def on_task(client: Client, workspace: Workspace, article: str) -> list[dict[str, object]]:
    found = client.get_json(f"/api/tasks/{tasks_of(client, workspace)[article].number}/")["annotations"]
    assert isinstance(found, list)
    return found


def test_restored_work_is_whose_it_was_as_it_was(pushed: Workspace, client: Client, join: Join) -> None:
    annotator, text = join("dana"), TEXTS["velmora-3"]
    result = [span(text, "Karesh"), span(text, "attack", "TOPIC")]
    number = submit(annotator, tasks_of(client, pushed)["velmora-3"], *result, lead_time=7.5)
    pull.run(pushed)
    (before,) = on_task(client, pushed, "velmora-3")
    client.delete(f"/api/annotations/{number}/")
    pull.run(pushed)
    planned = restore.run(pushed)
    assert (len(planned.lost), planned.sent, planned.dry_run) == (1, 0, True)
    assert on_task(client, pushed, "velmora-3") == []
    done = restore.run(pushed, yes=True)
    assert (done.sent, done.problems) == (1, [])
    (after,) = on_task(client, pushed, "velmora-3")
    for field in ("completed_by", "result", "was_cancelled", "lead_time"):
        assert after[field] == before[field]
    assert after["ground_truth"] is False
    assert counts(pull.run(pushed)) == Changes(back=1)
    assert kinds(pushed, "velmora-3") == ["created", "deleted", "back again"]
    assert restore.run(pushed, yes=True).lost == []


def test_restoring_twice_restores_once(pushed: Workspace, client: Client) -> None:
    """As after a restore that was killed before anything took note of it."""
    number = submit(client, tasks_of(client, pushed)["velmora-1"])
    pull.run(pushed)
    client.delete(f"/api/annotations/{number}/")
    pull.run(pushed)
    assert [restore.run(pushed, yes=True).sent for _ in range(2)] == [1, 0]
    assert len(on_task(client, pushed, "velmora-1")) == 1
    assert counts(pull.run(pushed)) == Changes(back=1)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_killed_as_it_sends_it_restores_each_work_once(pushed: Workspace, server: Server, client: Client, number: int) -> None:
    for task in tasks_of(client, pushed).values():
        annotation = submit(client, task)
        pull.run(pushed)
        client.delete(f"/api/annotations/{annotation}/")
    pull.run(pushed)
    sent: list[str] = []

    def kill(request: Request) -> None:
        """As the annotation of this number sets out; the server gets it all the same."""
        sent.extend([request.path] if request.method == "POST" and "/annotations/" in request.path else [])
        if len(sent) == number:
            process.kill()

    with fault_proxy(server.url, kill, 0) as proxy:
        command = [sys.executable, "-m", "annotate", "restore", "--yes", "--workspace", str(pushed.folder)]
        process = subprocess.Popen(command, env=os.environ | {"LABEL_STUDIO_URL": proxy.url}, stderr=subprocess.PIPE)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        proxy.drain()
    assert restore.run(pushed, yes=True).sent == len(TEXTS) - number
    assert [len(on_task(client, pushed, article)) for article in TEXTS] == [1] * len(TEXTS)
    assert counts(pull.run(pushed)) == Changes(back=len(TEXTS))


def test_work_of_a_deleted_project_goes_to_the_new_one(pushed: Workspace, client: Client) -> None:
    for article, task in tasks_of(client, pushed).items():
        submit(client, task, was_cancelled=article == "velmora-2")
    pull.run(pushed)
    schema = load_schema(pushed.schema_path)
    with Store(pushed.store_path) as store:
        before = stored_labellings(store, schema)
    client.delete(f"/api/projects/{project_of(client, pushed).number}/")
    pull.run(pushed)
    push.run(pushed)
    done = restore.run(pushed, ("velmora-1", "velmora-2"), yes=True)
    assert (done.sent, done.problems) == (2, [])
    assert counts(pull.run(pushed)) == Changes(back=2)
    done = restore.run(pushed, yes=True)
    assert done.sent == 1
    assert counts(pull.run(pushed)) == Changes(back=1, unchanged=2)
    with Store(pushed.store_path) as store:
        after = stored_labellings(store, schema)
    assert [(each.article, each.annotator, each.items) for each in after.labellings] == [
        (each.article, each.annotator, each.items) for each in before.labellings
    ]
    assert (after.skipped, after.problems) == (before.skipped, [])


def test_what_cannot_be_restored_is_named(pushed: Workspace, client: Client) -> None:
    task = tasks_of(client, pushed)["velmora-1"]
    submit(client, task)
    pull.run(pushed)
    client.delete(f"/api/tasks/{task.number}/")
    pull.run(pushed)
    done = restore.run(pushed, yes=True)
    assert done.sent == 0
    assert "velmora-1: it has no task on the server; run `annotate push`" in restore.show(done)
    push.run(pushed)
    assert restore.run(pushed, yes=True).sent == 1


def test_who_submitted_again_keeps_the_later_work(pushed: Workspace, client: Client) -> None:
    task = tasks_of(client, pushed)["velmora-1"]
    number = submit(client, task)
    pull.run(pushed)
    client.delete(f"/api/annotations/{number}/")
    submit(client, task, span(TEXTS["velmora-1"], "Velmora"))
    pull.run(pushed)
    assert restore.run(pushed).lost == []
    assert history.run(pushed, "velmora-1").annotations == 2
