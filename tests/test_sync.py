"""Push, pull and the local server, against a real Label Studio: every article one task, every annotation back with exact spans."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from annotate.errors import BadInput, StudioProblem
from annotate.records import Labelling
from annotate.schema import load_schema
from annotate.schema.guidelines import instructions
from annotate.schema.labelling_page import labelling_page
from annotate.steps import ingest, pull, push
from annotate.steps.stored import stored_labellings
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.labellings import Reading
from annotate.studio.people import emails, invite_link, own_token, sign_up
from annotate.studio.project import Project, find_project, update_project
from annotate.studio.server import Server, ServerState, down, running, status, up
from annotate.studio.tasks import Task, list_tasks
from annotate.workspace import Workspace

MakeWorkspace = Callable[..., Workspace]
Join = Callable[[str], Client]

PASSWORD = "velmora-annotator-1"
TEXTS = {
    "velmora-1": "Velmora shelled the bridge on Monday.",
    "velmora-2": "قصفت فيلمورا الجسر يوم الاثنين.",
    "velmora-3": "Karesh condemns the attack.",
}


@pytest.fixture
def join(client: Client) -> Iterator[Join]:
    """Signs a person up through the invite link, as their browser would; gives a connection with their own token."""
    with ExitStack() as connections:

        def joined(name: str) -> Client:
            email = f"{name}-{secrets.token_hex(4)}@velmora.example"
            sign_up(invite_link(client), email, PASSWORD)
            return connections.enter_context(Client(client.url, own_token(client.url, email, PASSWORD)))

        yield joined


def put(workspace: Workspace, texts: dict[str, str], *, replace: bool = False) -> None:
    """Articles (id → text) into the workspace's store."""
    path = workspace.folder / "articles.jsonl"
    path.write_text("".join(json.dumps({"id": each, "text": text}) + "\n" for each, text in texts.items()), encoding="utf-8")
    assert ingest.run(workspace, [str(path)], replace=replace).problems == []


def project_of(client: Client, workspace: Workspace) -> Project:
    found = project_or_none(client, workspace)
    assert found is not None
    return found


def project_or_none(client: Client, workspace: Workspace) -> Project | None:
    with Store(workspace.store_path) as store:
        return find_project(client, store.meta("workspace"))


def tasks_of(client: Client, workspace: Workspace) -> dict[str | None, Task]:
    return {task.article: task for task in list_tasks(client, project_of(client, workspace))}


def text_of(client: Client, task: Task) -> str:
    return str(client.get_json(f"/api/tasks/{task.number}/")["data"]["text"])


def reading(workspace: Workspace) -> Reading:
    with Store(workspace.store_path) as store:
        return stored_labellings(store, load_schema(workspace.schema_path))


def labellings(workspace: Workspace) -> list[Labelling]:
    return reading(workspace).labellings


def own_email(client: Client) -> str:
    return str(client.get_json("/api/current-user/whoami")["email"])


def span(text: str, words: str, label: str = "GOV", layer: str = "mentions") -> dict[str, Any]:
    start = text.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": f"r{start}-{len(words)}", "from_name": layer, "to_name": "text", "type": "labels", "value": value}


def submit(client: Client, task: Task, *result: Any, **more: Any) -> int:
    """Submit an annotation; its number."""
    return int(client.post(f"/api/tasks/{task.number}/annotations/", {"result": list(result), **more})["id"])


@pytest.fixture
def pushed(make_workspace: MakeWorkspace, server: Server) -> Workspace:
    """A workspace whose three articles are on the server."""
    workspace = make_workspace(server=server)
    put(workspace, TEXTS)
    assert push.run(workspace).sent == 3
    return workspace


# Push


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
    assert update_project(client, project_of(client, pushed), load_schema(pushed.schema_path), settings.overlap) is False


def test_only_articles_that_were_added_go(pushed: Workspace, client: Client) -> None:
    before = tasks_of(client, pushed)
    put(pushed, {"velmora-0": "Nahrin votes.", "velmora-9": "Nahrin voted."})
    assert (done := push.run(pushed)).sent == 2
    assert done.there == 3
    after = tasks_of(client, pushed)
    assert after.keys() == {*TEXTS, "velmora-0", "velmora-9"}
    assert {article: after[article] for article in before} == before


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


@pytest.mark.parametrize("skipped", [False, True])
def test_even_force_leaves_a_text_that_somebody_annotated(pushed: Workspace, client: Client, skipped: bool) -> None:
    task = tasks_of(client, pushed)["velmora-1"]
    submit(client, task, was_cancelled=skipped)
    put(pushed, {"velmora-1": "Velmora denies it.", "velmora-3": "Karesh regrets the attack."}, replace=True)
    (problem,) = push.run(pushed, force=True).problems
    assert str(problem).startswith(f"velmora-1: its text changed, but task {task.number} has 1 annotations of the old text")
    tasks = tasks_of(client, pushed)
    assert text_of(client, tasks["velmora-1"]) == TEXTS["velmora-1"]
    assert text_of(client, tasks["velmora-3"]) == "Karesh regrets the attack."


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
    with pytest.raises(StudioProblem, match=rf"A copy \(project {second['id']}\).*remove it from the description"):
        push.run(pushed)


def test_two_tasks_of_one_article_are_reported(pushed: Workspace, client: Client) -> None:
    project, task = project_of(client, pushed), tasks_of(client, pushed)["velmora-1"]
    copy = {"data": {"text": TEXTS["velmora-1"]}, "meta": client.get_json(f"/api/tasks/{task.number}/")["meta"]}
    client.post(f"/api/projects/{project.number}/import", [copy])
    done = push.run(pushed)
    assert done.sent == 0
    assert [each.place for each in done.problems] == ["velmora-1"]
    assert "two tasks on the server" in done.problems[0].message


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
    with pytest.raises(StudioProblem, match="TARGET"):
        push.run(workspace)
    assert client.get_json(f"/api/projects/{project_of(client, workspace).number}")["label_config"] == before


# Pull

HARD_TEXTS = {
    "emoji": ("🚀🚀 أطلقت فيلمورا صاروخًا 🚀 ثم قالت فيلمورا إنها 🎯 أصابت الهدف", ["فيلمورا", "صاروخًا", "الهدف", "🎯"]),
    "joined-emoji": ("👨‍👩‍👧‍👦 فرّت عائلات 🏳️‍🌈 من كارش 👩🏽‍🚒 إلى نهرين", ["عائلات", "كارش", "👩🏽‍🚒", "نهرين"]),
    "vowelled": ("قَصَفَتْ فِيلْمُورَا جِسْرَ نَهْرَيْنِ لِلدُّوَلِ", ["قَصَفَتْ", "فِيلْمُورَا", "نَهْرَيْنِ", "لدُّوَلِ"]),
    "spaces": (
        "In\u00a0Velmora  the\u00a0\u00a0army   of Karesh\u202fstood\t still",
        ["Velmora", "army", "Karesh", "still", "\u00a0army   of"],
    ),
    "mixed": (
        "قال Velmora Post إن \u2067كارش\u2069 (Karesh) رفضت، said “لا” to 3 دول",
        ["Velmora Post", "كارش", "Karesh", "“لا”", "3 دول"],
    ),
    # Made on Windows: stored, shown and counted with LF alone.
    "windows": ("One\r\n\r\nTwo كارش\r\n", ["كارش", "\n\nTwo"]),
    "lines": ("\n\nعنوان\n  سطر ثانٍ من فيلمورا\n\nEnd in Nahrin\n", ["عنوان", "فيلمورا\n\nEnd", "Nahrin"]),
}


def test_spans_come_back_exactly(make_workspace: MakeWorkspace, server: Server, client: Client, join: Join) -> None:
    workspace = make_workspace(server=server)
    put(workspace, {article: text for article, (text, _) in HARD_TEXTS.items()})
    push.run(workspace)
    texts = {article: text.replace("\r\n", "\n") for article, (text, _) in HARD_TEXTS.items()}
    targets = {article: words for article, (_, words) in HARD_TEXTS.items()}
    tasks = {str(article): task for article, task in tasks_of(client, workspace).items()}
    assert {article: text_of(client, task) for article, task in tasks.items()} == texts
    first, second = join("first"), join("second")
    for article, task in tasks.items():
        submit(first, task, *(span(texts[article], words) for words in targets[article]))
        submit(second, task, span(texts[article], targets[article][-1]))
    done = pull.run(workspace)
    assert (done.new, done.labellings, done.problems) == (14, 14, [])
    found = {
        (each.article, each.annotator): [texts[each.article][mention.start : mention.end] for mention in each.mentions]
        for each in labellings(workspace)
    }
    names = own_email(first), own_email(second)
    assert found == {
        **{(article, names[0]): words for article, words in targets.items()},
        **{(article, names[1]): words[-1:] for article, words in targets.items()},
    }


def test_pulling_again_finds_nothing_new(pushed: Workspace, client: Client) -> None:
    for task in tasks_of(client, pushed).values():
        submit(client, task)
    assert pull.run(pushed) == pull.Pull(3, 0, 0, 0, 3, 0, [])
    assert pull.run(pushed) == pull.Pull(0, 0, 0, 3, 3, 0, [])
    assert push.run(pushed).sent == 0


def test_skipped_work_is_told_from_an_empty_answer_and_a_draft_is_nothing(pushed: Workspace, client: Client, join: Join) -> None:
    annotator, tasks = join("dana"), tasks_of(client, pushed)
    submit(annotator, tasks["velmora-1"], was_cancelled=True)
    submit(annotator, tasks["velmora-2"])
    annotator.post(f"/api/tasks/{tasks['velmora-3'].number}/drafts", {"result": [span(TEXTS["velmora-3"], "Karesh")], "lead_time": 3})
    done = pull.run(pushed)
    assert (done.new, done.labellings, done.skipped, done.problems) == (2, 1, 1, [])
    name = own_email(annotator)
    assert reading(pushed) == Reading([Labelling("velmora-2", name)], [("velmora-1", name)], [])


def test_several_annotations_by_one_person_the_last_one_counts(pushed: Workspace, client: Client) -> None:
    task = tasks_of(client, pushed)["velmora-3"]
    text = TEXTS["velmora-3"]
    older, _ = submit(client, task, span(text, "Karesh")), submit(client, task, span(text, "attack"))
    done = pull.run(pushed)
    assert (done.new, done.labellings) == (2, 1)
    assert f"task {task.number}, annotation {older}: {own_email(client)} has a later annotation of velmora-3" in pull.show(done)
    assert [text[each.start : each.end] for each in labellings(pushed)[0].mentions] == ["attack"]


def versions(workspace: Workspace, annotation: int) -> list[dict[str, Any] | None]:
    """Every version of an annotation in the store, as the server sent it; None where it was deleted."""
    query = "SELECT body FROM versions LEFT JOIN blobs USING (digest) WHERE annotation = ? ORDER BY id"
    store = sqlite3.connect(workspace.store_path)
    try:
        return [json.loads(body) if body is not None else None for (body,) in store.execute(query, (annotation,))]
    finally:
        store.close()


def test_an_edit_by_another_person_stays_the_work_of_who_made_it(pushed: Workspace, client: Client, join: Join) -> None:
    author, editor, task = join("author"), join("editor"), tasks_of(client, pushed)["velmora-3"]
    text = TEXTS["velmora-3"]
    number = submit(author, task, span(text, "Karesh"))
    pull.run(pushed)
    editor.patch(f"/api/annotations/{number}/", {"result": [span(text, "the attack", "TOPIC")]})
    done = pull.run(pushed)
    assert (done.new, done.changed, done.deleted, done.labellings, done.problems) == (0, 1, 0, 1, [])
    (labelling,) = labellings(pushed)
    assert labelling.annotator == own_email(author)
    assert [(text[each.start : each.end], each.type) for each in labelling.mentions] == [("the attack", "TOPIC")]
    people = emails(client)
    assert [people[each["updated_by"]] for each in versions(pushed, number) if each] == [own_email(author), own_email(editor)]


def test_what_is_deleted_is_recorded_and_its_earlier_version_stays(pushed: Workspace, client: Client) -> None:
    tasks = tasks_of(client, pushed)
    first, second = (
        submit(client, tasks[each], span(TEXTS[each], "Velmora" if each == "velmora-1" else "Karesh"))
        for each in ("velmora-1", "velmora-3")
    )
    pull.run(pushed)
    client.delete(f"/api/annotations/{first}/")
    assert pull.run(pushed) == pull.Pull(0, 0, 1, 1, 1, 0, [])
    client.delete(f"/api/tasks/{tasks['velmora-3'].number}/")
    assert pull.run(pushed) == pull.Pull(0, 0, 1, 0, 0, 0, [])
    assert pull.run(pushed) == pull.Pull(0, 0, 0, 0, 0, 0, [])
    for number, words in ((first, "Velmora"), (second, "Karesh")):
        kept, gone = versions(pushed, number)
        assert kept is not None
        assert kept["result"][0]["value"]["text"] == words
        assert gone is None


def test_annotations_on_tasks_made_by_hand_are_reported(pushed: Workspace, client: Client) -> None:
    by_text = {
        "no article": ({}, "its task was not made by this toolkit"),
        "an article that is no text": ({"article": 5}, "its task was not made by this toolkit"),
        "an article of nobody's": ({"article": "nahrin-1", "sha256": "0"}, "its article 'nahrin-1' is not in this workspace"),
        "another text": ({"article": "velmora-1", "sha256": "0"}, "it was made on another text of 'velmora-1'"),
    }
    project, ours = project_of(client, pushed), tasks_of(client, pushed)
    client.post(f"/api/projects/{project.number}/import", [{"data": {"text": text}, "meta": meta} for text, (meta, _) in by_text.items()])
    by_hand = [task for task in list_tasks(client, project) if task not in ours.values()]
    messages = []
    for task in by_hand:
        number, text = submit(client, task), text_of(client, task)
        messages.append(f"project {project.number}, task {task.number}, annotation {number}: {by_text[text][1]}")
    submit(client, ours["velmora-3"])
    done = pull.run(pushed)
    assert (done.new, done.labellings) == (5, 1)
    assert [told.startswith(message) for told, message in zip(sorted(map(str, done.problems)), sorted(messages), strict=True)] == [True] * 4


def test_what_does_not_fit_is_kept_and_reported(pushed: Workspace, client: Client) -> None:
    text, task = TEXTS["velmora-3"], tasks_of(client, pushed)["velmora-3"]
    odd = span(text, "attack", "KINGDOM")
    number = submit(client, task, span(text, "Karesh"), odd)
    done = pull.run(pushed)
    place = f"project {project_of(client, pushed).number}, task {task.number}, annotation {number}, region {odd['id']}"
    assert [str(each) for each in done.problems] == [f"{place}: unknown label 'KINGDOM' in mentions"]
    assert [text[each.start : each.end] for each in labellings(pushed)[0].mentions] == ["Karesh"]
    (kept,) = versions(pushed, number)
    assert kept is not None
    assert odd["value"]["labels"] == kept["result"][1]["value"]["labels"]


def test_pull_before_push_says_what_to_do(make_workspace: MakeWorkspace, server: Server) -> None:
    with pytest.raises(StudioProblem, match="no project of this workspace; run `annotate push` first"):
        pull.run(make_workspace(server=server))


# Pull from a file


def exported(client: Client, workspace: Workspace, kind: str = "JSON") -> Path:
    """What a click on Export in Label Studio downloads."""
    path = workspace.folder / "project-export.json"
    path.write_bytes(client.get(f"/api/projects/{project_of(client, workspace).number}/export", {"exportType": kind}))
    return path


def test_an_export_file_says_what_the_server_says(pushed: Workspace, make_workspace: MakeWorkspace, client: Client, join: Join) -> None:
    first, second, tasks = join("first"), join("second"), tasks_of(client, pushed)
    event = span(TEXTS["velmora-1"], "shelled", "ASSAULT", "events")
    actor = span(TEXTS["velmora-1"], "Velmora")
    arrow = {"type": "relation", "from_id": event["id"], "to_id": actor["id"], "direction": "right", "labels": ["actor"]}
    submit(first, tasks["velmora-1"], actor, event, arrow)
    submit(second, tasks["velmora-1"], span(TEXTS["velmora-1"], "the bridge", "FAC"))
    submit(second, tasks["velmora-2"], was_cancelled=True)
    submit(first, tasks["velmora-3"], span(TEXTS["velmora-3"], "Karesh", "KINGDOM"))
    path = exported(client, pushed)
    fresh = make_workspace("fresh")
    put(fresh, TEXTS)
    from_server, from_file = pull.run(pushed), pull.run(fresh, path)
    assert (from_file.new, from_file.labellings, from_file.skipped) == (4, 3, 1)
    assert from_file.problems == from_server.problems
    told = reading(pushed)
    numbers = {email: f"user-{number}" for number, email in emails(client).items()}
    # A file has no e-mail addresses: who the server has not named is known by number.
    assert sorted((each.article, each.annotator) for each in labellings(fresh)) == sorted(
        (each.article, numbers[each.annotator]) for each in told.labellings
    )
    assert sorted(map(content, labellings(fresh))) == sorted(map(content, told.labellings))
    # Where the people are known, the same file gives the same labellings, names and all.
    pull.run(pushed, path)
    assert reading(pushed) == told


def content(labelling: Labelling) -> str:
    return str((labelling.article, labelling.mentions, labelling.frames, labelling.answers))


def test_a_file_that_lacks_an_annotation_deletes_nothing(pushed: Workspace, client: Client) -> None:
    tasks = tasks_of(client, pushed)
    submit(client, tasks["velmora-1"])
    path = exported(client, pushed)
    submit(client, tasks["velmora-3"])
    pull.run(pushed)
    assert pull.run(pushed, path).deleted == 0
    assert len(labellings(pushed)) == 2


JUNK_FILES = {
    "nothing": b"",
    "no JSON": b"id,text\n1,Velmora\n",
    "cut off": b'[{"id": 1, "annotations": [',
    "an object": b'{"id": 1}',
    "a list of texts": b'["velmora"]',
    "tasks without numbers": b'[{"annotations": []}]',
    "annotations that are none": b'[{"id": 1, "annotations": [5]}]',
    "annotations without numbers": b'[{"id": 1, "annotations": [{"result": []}]}]',
    "JSON-MIN": b'[{"id": 1, "text": "Velmora", "annotator": 1, "annotation_id": 1, "mentions": []}]',
    "not UTF-8": '[{"id": 1, "annotations": [], "file_upload": "café"}]'.encode("latin-1"),
    "annotations not UTF-8": '[{"id": 1, "annotations": [{"id": 2, "unique_id": "café"}]}]'.encode("latin-1"),
    "nested too deeply": b'[{"id": 1, "annotations": [], "meta": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("junk", JUNK_FILES.values(), ids=list(JUNK_FILES))
def test_a_file_that_is_no_export_is_refused_by_name(make_workspace: MakeWorkspace, junk: bytes) -> None:
    workspace = make_workspace()
    put(workspace, TEXTS)
    path = workspace.folder / "junk.json"
    path.write_bytes(junk)
    with pytest.raises(BadInput, match=r"junk\.json: .*JSON"):
        pull.run(workspace, path)
    assert labellings(workspace) == []


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_named(make_workspace: MakeWorkspace, name: str) -> None:
    workspace = make_workspace()
    with pytest.raises(BadInput, match="name a JSON export of Label Studio"):
        pull.run(workspace, workspace.folder / name)


# What can be wrong with a connection

STEPS = pytest.mark.parametrize("step", [push.run, pull.run])


@STEPS
@pytest.mark.parametrize("token", ["0" * 40, "not.a.token"])
def test_a_wrong_token(
    make_workspace: MakeWorkspace, server: Server, monkeypatch: pytest.MonkeyPatch, step: Callable[[Workspace], Any], token: str
) -> None:
    workspace = make_workspace(server=server)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    with pytest.raises(StudioProblem, match=r"the token is not accepted \(401\); copy it again from Account & Settings") as caught:
        step(workspace)
    assert token not in str(caught.value)


def test_a_personal_access_token_works_too(
    make_workspace: MakeWorkspace, server: Server, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotator = join("researcher")
    workspace = make_workspace(server=server)
    put(workspace, TEXTS)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", annotator.post("/api/token/", {})["token"])
    assert push.run(workspace).sent == 3
    assert pull.run(workspace).new == 0


def test_a_token_may_lie_in_a_file(make_workspace: MakeWorkspace, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace(server=server, ANNOTATE_STUDIO_TOKEN_FILE="token")
    monkeypatch.delenv("LABEL_STUDIO_API_KEY")
    with pytest.raises(StudioProblem, match="put the token of your account there"):
        push.run(workspace)
    (workspace.folder / "token").write_text(f"{server.token}\n", encoding="utf-8")
    assert push.run(workspace).there == 0


def test_no_token_and_no_server(make_workspace: MakeWorkspace, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = make_workspace(server=server)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY")
    with pytest.raises(StudioProblem, match="no token: set LABEL_STUDIO_API_KEY"):
        push.run(workspace)
    with pytest.raises(StudioProblem, match="no Label Studio: run `annotate studio up`, or set `url`"):
        push.run(make_workspace("other"))


@STEPS
def test_a_server_that_does_not_run(make_workspace: MakeWorkspace, server: Server, step: Callable[[Workspace], Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nothing answers here
        workspace = make_workspace(server=server, LABEL_STUDIO_URL=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(StudioProblem, match=r"cannot be reached .*is it running"):
            step(workspace)


def test_an_address_that_is_none(make_workspace: MakeWorkspace, server: Server) -> None:
    with pytest.raises(StudioProblem, match="write it as http://127"):
        push.run(make_workspace(server=server, LABEL_STUDIO_URL="label.studio:8080"))


@pytest.fixture
def something_else(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a web server that is no Label Studio and gives one answer to everything."""
    code, body = request.param

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{web.server_port}"
        web.shutdown()
        thread.join()


@STEPS
@pytest.mark.parametrize(
    ("something_else", "message"),
    [
        ((200, b"<html><title>Velmora Post</title></html>"), "does not answer as Label Studio 1.23 does"),
        ((200, b'{"status": "ok"}'), "does not answer as Label Studio 1.23 does .*; check the address"),
        ((200, b"[]"), "does not answer as Label Studio 1.23 does .*; check the address"),
        ((404, b"<html>Not here</html>"), r"nothing there \(404\); check the address"),
        ((502, b"<html>Bad gateway</html>"), r"the server refused \(502\)"),
    ],
    indirect=["something_else"],
)
def test_an_address_where_something_else_answers(
    make_workspace: MakeWorkspace, server: Server, something_else: str, message: str, step: Callable[[Workspace], Any]
) -> None:
    with pytest.raises(StudioProblem, match=message):
        step(make_workspace(server=server, LABEL_STUDIO_URL=something_else))


# A server of one's own


def test_a_second_server_beside_the_first(server: Server, program: Path, tmp_path: Path) -> None:
    assert status(tmp_path) == ServerState(False, False, None, None)
    assert down(tmp_path) is False
    try:
        second, new = up(tmp_path, program)
        assert new
        assert second.url != server.url
        assert second.url.startswith("http://127.0.0.1:")
        assert status(tmp_path) == ServerState(True, True, second.url, second.pid)
        assert up(tmp_path, program) == (second, False)
        assert (tmp_path / "server.json").stat().st_mode & 0o777 == 0o600
        assert len(second.token) <= 40
        with Client(second.url, second.token) as client:
            client.post("/api/projects/", {"title": "Still here"})

        psutil.Process(second.pid).send_signal(signal.SIGKILL)
        psutil.wait_procs([psutil.Process(second.pid)], timeout=20)
        assert running(tmp_path) is None
        assert status(tmp_path) == ServerState(False, False, None, None)

        again, new = up(tmp_path, program)
        assert new
        assert (again.email, again.password, again.token) == (second.email, second.password, second.token)
        assert own_token(again.url, again.email, again.password) == second.token
        with Client(again.url, again.token) as client:
            assert [each["title"] for each in client.get_json("/api/projects/")["results"]] == ["Still here"]

        assert down(tmp_path) is True
        assert not psutil.pid_exists(again.pid) or psutil.Process(again.pid).status() == psutil.STATUS_ZOMBIE
    finally:
        down(tmp_path)
    assert down(tmp_path) is False
    assert httpx.get(f"{server.url}/health", timeout=20).json() == {"status": "UP"}
