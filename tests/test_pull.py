"""Pull, from a real Label Studio and from an export file: every annotation back with exact spans, every version kept."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from annotate.errors import BadInput, StudioProblem
from annotate.records import Labelling
from annotate.schema import load_schema
from annotate.steps import pull, push
from annotate.steps.stored import stored_labellings
from annotate.store import Changes, Store
from annotate.studio.client import Client
from annotate.studio.labellings import Reading
from annotate.studio.people import emails
from annotate.studio.server import Server
from annotate.studio.tasks import list_tasks
from annotate.workspace import Workspace
from tests.on_server import TEXTS, Join, MakeWorkspace, project_of, put, span, submit, tasks_of, text_of


def reading(workspace: Workspace) -> Reading:
    with Store(workspace.store_path) as store:
        return stored_labellings(store, load_schema(workspace.schema_path))


def labellings(workspace: Workspace) -> list[Labelling]:
    return reading(workspace).labellings


def own_email(client: Client) -> str:
    return str(client.get_json("/api/current-user/whoami")["email"])


def counts(done: pull.Pull) -> Changes:
    return Changes(done.new, done.changed, done.deleted, done.unchanged, done.back)


# From the server

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
    assert counts(pull.run(pushed)) == Changes(new=3)
    assert counts(pull.run(pushed)) == Changes(unchanged=3)
    assert push.run(pushed).sent == 0


def test_skipped_work_is_told_from_an_empty_answer_and_a_draft_is_nothing(pushed: Workspace, client: Client, join: Join) -> None:
    annotator, tasks = join("dana"), tasks_of(client, pushed)
    submit(annotator, tasks["velmora-1"], was_cancelled=True)
    submit(annotator, tasks["velmora-2"])
    annotator.post(f"/api/tasks/{tasks['velmora-3'].number}/drafts", {"result": [span(TEXTS["velmora-3"], "Karesh")], "lead_time": 3})
    done = pull.run(pushed)
    assert (done.new, done.labellings, done.skipped, done.problems) == (2, 1, 1, [])
    name = own_email(annotator)
    found = reading(pushed)
    (empty,) = found.labellings
    assert empty == Labelling("velmora-2", name, submitted=empty.submitted, guidelines="event-stance@1.0.0")
    assert empty.submitted is not None
    assert (found.skipped, found.problems) == ([("velmora-1", name)], [])


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
    assert counts(pull.run(pushed)) == Changes(deleted=1, unchanged=1)
    client.delete(f"/api/tasks/{tasks['velmora-3'].number}/")
    assert counts(pull.run(pushed)) == Changes(deleted=1)
    assert counts(pull.run(pushed)) == Changes()
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


# From a file


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
