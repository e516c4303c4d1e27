"""Push, against a real Label Studio: every article one task, and nothing twice, lost or changed unsaid."""

from __future__ import annotations

import pytest

from annotate.errors import StudioProblem, Unmet
from annotate.records import LeftOut, SplitLock
from annotate.schema import load_schema
from annotate.schema.guidelines import instructions
from annotate.schema.labelling_page import labelling_page
from annotate.steps import pull, push
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.project import compare
from annotate.studio.server import Server
from annotate.workspace import Workspace
from tests.on_server import TEXTS, Join, MakeWorkspace, project_of, project_or_none, put, span, submit, tasks_of, text_of


def test_push_makes_one_project_with_a_task_for_each_article(make_workspace: MakeWorkspace, server: Server, client: Client) -> None:
    workspace = make_workspace(
        server=server, ANNOTATE_STUDIO_OVERLAP="3", ANNOTATE_STUDIO_BATCH="2", ANNOTATE_STUDIO_PROJECT="Velmora pilot"
    )
    put(workspace, TEXTS)
    done = push.run(workspace)
    project, schema = project_of(client, workspace), load_schema(workspace.schema_path)
    assert done == push.Pushed("Velmora pilot", f"{server.url}/projects/{project.number}/data", 3, 0, [], [], False)
    there = client.get_json(f"/api/projects/{project.number}")
    assert there["label_config"] == labelling_page(schema).strip()
    assert (there["expert_instruction"], there["show_instruction"]) == (instructions(schema), True)
    assert (there["title"], there["maximum_annotations"], there["task_number"]) == ("Velmora pilot", 3, 3)
    tasks = tasks_of(client, workspace)
    assert {article: text_of(client, task) for article, task in tasks.items()} == TEXTS
    assert {client.get_json(f"/api/tasks/{task.number}/")["overlap"] for task in tasks.values()} == {3}


def test_pushing_again_sends_nothing(pushed: Workspace, client: Client) -> None:
    before = tasks_of(client, pushed)
    done = push.run(pushed)
    assert (done.sent, done.there, done.changed, done.problems) == (0, 3, [], [])
    assert tasks_of(client, pushed) == before
    settings = pushed.settings.studio
    assert compare(client, project_of(client, pushed), load_schema(pushed.schema_path), settings.overlap).stale == []


def test_only_articles_that_were_added_go(pushed: Workspace, client: Client) -> None:
    before = tasks_of(client, pushed)
    put(pushed, {"velmora-0": "Nahrin votes.", "velmora-9": "Nahrin voted."})
    assert (done := push.run(pushed)).sent == 2
    assert done.there == 3
    after = tasks_of(client, pushed)
    assert after.keys() == {*TEXTS, "velmora-0", "velmora-9"}
    assert {article: after[article] for article in before} == before


def test_what_no_release_will_hold_is_named_when_it_goes(pushed: Workspace) -> None:
    put(pushed, {"velmora-8": "Nahrin votes.", "velmora-9": "Nahrin voted."})
    with Store(pushed.store_path) as store:
        store.put_split_lock(SplitLock(quarantined=(LeftOut("velmora-9", "would join two"), LeftOut("velmora-1", "would join two"))))
    for dry_run in (True, False):
        done = push.run(pushed, dry_run=dry_run)
        assert (done.sent, done.unreleased) == (2, ["velmora-9"])
        assert "velmora-9: no release will hold it" in push.show(done)
    assert push.run(pushed).unreleased == []


def test_a_task_that_was_deleted_goes_again(pushed: Workspace, client: Client) -> None:
    client.delete(f"/api/tasks/{tasks_of(client, pushed)['velmora-2'].number}/")
    assert push.run(pushed).sent == 1
    assert tasks_of(client, pushed).keys() == TEXTS.keys()


def test_a_changed_article_is_reported_and_goes_only_with_force(pushed: Workspace, client: Client) -> None:
    put(pushed, {"velmora-1": "Velmora denies that it shelled the bridge."}, replace=True)
    done = push.run(pushed)
    assert (done.sent, done.changed) == (0, ["velmora-1"])
    assert "velmora-1: its text changed since it was pushed; --force" in push.show(done)
    assert text_of(client, tasks_of(client, pushed)["velmora-1"]) == TEXTS["velmora-1"]
    assert push.run(pushed, force=True).problems == []
    assert text_of(client, tasks_of(client, pushed)["velmora-1"]) == "Velmora denies that it shelled the bridge."
    assert push.run(pushed).changed == []


def test_a_changed_text_brings_its_own_marks(make_workspace: MakeWorkspace, server: Server, client: Client) -> None:
    workspace = make_workspace(server=server)
    body = "Velmora denies that it shelled the bridge of Karesh, and asks its neighbours for a meeting in the spring."
    footer = "All rights reserved"
    for text in (f"{body}\n{footer}", f"{body} Nobody came.\n{footer}"):
        put(workspace, {"velmora-1": text}, replace=True)
        push.run(workspace, force=True)
        (marked,) = client.get_json("/api/predictions", {"task": tasks_of(client, workspace)["velmora-1"].number})
        found = [(each["value"]["start"], each["value"]["end"], each["readonly"]) for each in marked["result"]]
        assert found == [(len(text) - len(footer), len(text), True)]


@pytest.mark.parametrize("skipped", [False, True])
def test_even_force_leaves_a_text_that_somebody_annotated(pushed: Workspace, client: Client, skipped: bool) -> None:
    task = tasks_of(client, pushed)["velmora-1"]
    submit(client, task, was_cancelled=skipped)
    put(pushed, {"velmora-1": "Velmora denies it.", "velmora-3": "Karesh regrets the attack."}, replace=True)
    (problem,) = push.run(pushed, force=True).problems
    assert str(problem).startswith(f"velmora-1: its text changed, but task {task.number} has 1 annotation of the old text")
    tasks = tasks_of(client, pushed)
    assert text_of(client, tasks["velmora-1"]) == TEXTS["velmora-1"]
    assert text_of(client, tasks["velmora-3"]) == "Karesh regrets the attack."


def test_even_force_leaves_a_text_of_which_somebody_else_has_a_draft(pushed: Workspace, client: Client, join: Join) -> None:
    task = tasks_of(client, pushed)["velmora-1"]
    join("dana").post(f"/api/tasks/{task.number}/drafts", {"result": [span(TEXTS["velmora-1"], "Velmora")], "lead_time": 1})
    put(pushed, {"velmora-1": "Velmora denies it."}, replace=True)
    (problem,) = push.run(pushed, force=True).problems
    assert "has 1 draft of the old text; give the new text another id" in problem.message
    assert text_of(client, tasks_of(client, pushed)["velmora-1"]) == TEXTS["velmora-1"]


def test_a_dry_run_makes_no_project(make_workspace: MakeWorkspace, server: Server, client: Client) -> None:
    workspace = make_workspace(server=server)
    put(workspace, TEXTS)
    assert push.run(workspace, dry_run=True) == push.Pushed("work", None, 3, 0, [], [], True)
    assert project_or_none(client, workspace) is None


def test_a_dry_run_changes_nothing_in_a_project(pushed: Workspace, client: Client) -> None:
    before = tasks_of(client, pushed)
    put(pushed, {"velmora-1": "Velmora denies it.", "velmora-9": "Nahrin voted."}, replace=True)
    done = push.run(pushed, force=True, dry_run=True)
    assert (done.sent, done.there, done.changed) == (1, 3, ["velmora-1"])
    assert tasks_of(client, pushed) == before
    assert text_of(client, before["velmora-1"]) == TEXTS["velmora-1"]


def test_a_project_renamed_by_hand_is_still_found(pushed: Workspace, client: Client) -> None:
    project = project_of(client, pushed)
    client.patch(f"/api/projects/{project.number}", {"title": "Old things, do not touch"})
    done = push.run(pushed)
    assert (done.project, done.sent, done.there) == ("Old things, do not touch", 0, 3)
    assert project_of(client, pushed).number == project.number


def test_two_workspaces_on_one_server_do_not_see_each_other(make_workspace: MakeWorkspace, server: Server, client: Client) -> None:
    one, other = (make_workspace(name, server=server, ANNOTATE_STUDIO_PROJECT="Same title") for name in ("one", "other"))
    put(one, TEXTS)
    put(other, {"velmora-1": "Another text under the same id."})
    assert [push.run(one).sent, push.run(other).sent] == [3, 1]
    submit(client, tasks_of(client, one)["velmora-1"])
    assert [pull.run(one).new, pull.run(other).new] == [1, 0]
    assert push.run(one).changed == push.run(other).changed == []


def test_two_projects_with_one_mark_are_refused_by_name(pushed: Workspace, client: Client) -> None:
    first = client.get_json(f"/api/projects/{project_of(client, pushed).number}")
    second = client.post("/api/projects/", {"title": "A copy", "description": first["description"]})
    assert push.run(pushed).there == 3  # the copy is empty, so there is no doubt which one is meant
    client.post(f"/api/projects/{second['id']}/import", [{"data": {"text": "Nahrin votes."}}])
    with pytest.raises(StudioProblem, match=rf"A copy \(project {second['id']}\).*remove it from the description"):
        push.run(pushed)


def test_a_changed_schema_and_overlap_reach_the_project(pushed: Workspace, client: Client) -> None:
    schema = pushed.schema_path.read_text("utf-8")
    pushed.schema_path.write_text(schema.replace("ar: شخص, en: Person", "ar: إنسان, en: Human"), encoding="utf-8")
    push.run(pushed)
    there = client.get_json(f"/api/projects/{project_of(client, pushed).number}")
    assert "إنسان" in there["label_config"]
    assert there["label_config"] == labelling_page(load_schema(pushed.schema_path)).strip()


def test_a_label_in_use_is_not_taken_away(make_workspace: MakeWorkspace, server: Server, client: Client) -> None:
    workspace = make_workspace(schema="stance-only", server=server)
    put(workspace, TEXTS)
    push.run(workspace)
    submit(client, tasks_of(client, workspace)["velmora-3"], span(TEXTS["velmora-3"], "the attack", "TARGET", "actors"))
    lines = workspace.schema_path.read_text("utf-8").splitlines(keepends=True)
    workspace.schema_path.write_text("".join(line for line in lines if "{name: TARGET," not in line), encoding="utf-8")
    before = client.get_json(f"/api/projects/{project_of(client, workspace).number}")["label_config"]
    with pytest.raises(Unmet, match=r"actors TARGET: used by 1 annotations or drafts\nput it back, or say in a migration"):
        push.run(workspace)
    assert client.get_json(f"/api/projects/{project_of(client, workspace).number}")["label_config"] == before


def test_a_label_that_only_a_deleted_task_used_may_go(make_workspace: MakeWorkspace, server: Server, client: Client) -> None:
    """Of the annotations of a deleted task the server takes one off its counts of labels in use."""
    workspace = make_workspace(schema="stance-only", server=server)
    put(workspace, TEXTS)
    push.run(workspace)
    tasks = tasks_of(client, workspace)
    submit(client, tasks["velmora-1"], span(TEXTS["velmora-1"], "Velmora", "ACTOR", "actors"))
    for _ in range(2):
        submit(client, tasks["velmora-3"], span(TEXTS["velmora-3"], "the attack", "TARGET", "actors"))
    client.delete(f"/api/tasks/{tasks['velmora-3'].number}/")
    lines = workspace.schema_path.read_text("utf-8").splitlines(keepends=True)
    workspace.schema_path.write_text("".join(line for line in lines if "{name: TARGET," not in line), encoding="utf-8")
    push.run(workspace)
    assert "TARGET" not in client.get_json(f"/api/projects/{project_of(client, workspace).number}")["label_config"]
