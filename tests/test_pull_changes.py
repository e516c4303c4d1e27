"""Incremental pulls against a real server: what changed is found, nothing else is read, and what is deleted is missed by its count."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import msgspec
import psutil
import pytest

from annotate.errors import StudioProblem, Unmet
from annotate.schema import load_schema
from annotate.steps import gold, history, pull, push
from annotate.steps.stored import stored_labellings
from annotate.store import Changes, Store
from annotate.studio import tasks
from annotate.studio.client import Client
from annotate.studio.server import Server
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time
from tests.on_server import TEXTS, Join, MakeWorkspace, project_of, put, span, submit, tasks_of

MANY = {f"velmora-{number:02}": f"Velmora shelled bridge {number} on Monday." for number in range(24)}


def counts(done: pull.Pull) -> Changes:
    return Changes(done.new, done.changed, done.deleted, done.unchanged, done.back)


def kinds(workspace: Workspace, article: str) -> list[str]:
    return [each.kind for each in history.run(workspace, article).events]


@pytest.fixture
def labelled(make_workspace: MakeWorkspace, server: Server, client: Client, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """24 articles with an annotation each, read in pages of five; not pulled yet."""
    monkeypatch.setattr(tasks, "PAGE", 5)
    workspace = make_workspace(server=server)
    put(workspace, MANY)
    push.run(workspace)
    for article, task in tasks_of(client, workspace).items():
        submit(client, task, span(MANY[str(article)], "Velmora"))
    return workspace


def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Notes what is asked of the server from here on."""
    queries: list[dict[str, Any]] = []
    get = Client.get

    def noted(self: Client, path: str, query: Any = None) -> bytes:
        queries.append(dict(query or {}, path=path))
        return get(self, path, query)

    monkeypatch.setattr(Client, "get", noted)
    return queries


def test_pages_bring_everything_once(labelled: Workspace, client: Client) -> None:
    assert counts(pull.run(labelled)) == Changes(new=24)
    assert counts(pull.run(labelled)) == Changes(unchanged=24)
    submit(client, tasks_of(client, labelled)["velmora-07"], span(MANY["velmora-07"], "bridge", "FAC"))
    done = pull.run(labelled)
    assert counts(done) == Changes(new=1, unchanged=24)
    assert (done.articles, done.labellings) == (1, 1)


def test_no_pull_asks_for_the_text(labelled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = asked(monkeypatch)
    pull.run(labelled, full=True, deleted=True)
    assert queries
    assert not [each for each in queries if "data" in str(each.get("include", "")).split(",") or "/export" in each["path"]]


def test_the_quick_way_to_ask_for_a_page_brings_the_same_bytes(labelled: Workspace, client: Client) -> None:
    asked, project = tasks.including(tasks.ANNOTATION_FIELDS), project_of(client, labelled).number
    plain = client.get("/api/tasks", {"project": project, "fields": "all", "include": tasks.ANNOTATION_FIELDS})
    assert client.get("/api/tasks", asked | {"project": project}) == plain
    assert client.get("/api/tasks", asked | {"project": project, "expand": ""}) == plain  # as by a server that does not know it
    assert len(msgspec.json.decode(plain, type=tasks.Page).tasks[0].annotations) == 1


def test_a_day_without_news_costs_few_requests(labelled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    pull.run(labelled)
    settle(labelled)
    queries = asked(monkeypatch)
    assert counts(pull.run(labelled)) == Changes(unchanged=24)
    paths = [each["path"] for each in queries if each.get("page", 1) == 1]  # projects come by the hundred, and other tests have theirs here
    assert paths == ["/api/version", "/api/projects/", "/api/users/", "/api/tasks", "/api/projects/counts/"]


def test_a_change_of_many_pages_is_read_to_its_end(labelled: Workspace, client: Client) -> None:
    pull.run(labelled)
    settle(labelled)
    for article, task in reversed(tasks_of(client, labelled).items()):
        submit(client, task, span(MANY[str(article)], "bridge"))
    assert counts(pull.run(labelled)) == Changes(new=24, unchanged=24)
    assert counts(pull.run(labelled)) == Changes(unchanged=48)


def settle(workspace: Workspace) -> None:
    """As if the last pull had been long enough ago for every change before it to be through."""
    with closing(sqlite3.connect(workspace.store_path)) as db:
        db.execute("UPDATE sources SET progress = json_set(progress, '$.settled', json_extract(progress, '$.newest'))")
        db.commit()


def test_only_what_changed_is_read(labelled: Workspace, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    pull.run(labelled)
    settle(labelled)
    submit(client, tasks_of(client, labelled)["velmora-03"])
    read: list[int] = []
    record = Store.record_tasks

    def noted(self: Store, begun: Any, found: Any, *more: Any) -> None:
        found = list(found)
        read.extend(task.number for task in found)
        record(self, begun, found, *more)

    monkeypatch.setattr(Store, "record_tasks", noted)
    assert counts(pull.run(labelled)) == Changes(new=1, unchanged=24)
    assert len(set(read)) <= 2  # the one that changed, and the newest of before


def test_each_kind_of_change_is_a_row_of_the_history(pushed: Workspace, client: Client, join: Join) -> None:
    author, editor, task = join("author"), join("editor"), tasks_of(client, pushed)["velmora-3"]
    text = TEXTS["velmora-3"]
    number = submit(author, task, span(text, "Karesh"))
    pull.run(pushed)
    steps: list[tuple[Client, dict[str, Any]]] = [
        (author, {"result": [span(text, "attack", "TOPIC")]}),
        (editor, {"result": [span(text, "the attack", "TOPIC")]}),
        (author, {"was_cancelled": True}),
        (author, {"was_cancelled": False}),
    ]
    for who, change in steps:
        who.patch(f"/api/annotations/{number}/", change)
        assert counts(pull.run(pushed)) == Changes(changed=1)
    client.delete(f"/api/annotations/{number}/")
    assert counts(pull.run(pushed)) == Changes(deleted=1)
    told = history.run(pushed, "velmora-3")
    assert [each.kind for each in told.events] == ["created", "edited", "edited by somebody else", "skipped", "un-skipped", "deleted"]
    name, other = (str(each.get_json("/api/current-user/whoami")["email"]) for each in (author, editor))
    assert {each.annotator for each in told.events} == {name}
    assert [each.by for each in told.events if each.kind == "edited by somebody else"] == [other]
    assert (told.annotations, told.present) == (1, 0)
    assert "edited by somebody else (by editor-" in history.show(told)


@pytest.mark.parametrize("how", ["by counts", "asked for", "all read again"])
def test_deleted_tasks_are_found(labelled: Workspace, client: Client, how: str) -> None:
    pull.run(labelled)
    there = tasks_of(client, labelled)
    for article in ("velmora-00", "velmora-11", "velmora-23"):
        client.delete(f"/api/tasks/{there[article].number}/")
    assert counts(pull.run(labelled, deleted=how == "asked for", full=how == "all read again")) == Changes(deleted=3, unchanged=21)
    assert kinds(labelled, "velmora-11") == ["created", "task deleted"]
    assert counts(pull.run(labelled)) == Changes(unchanged=21)


def give_numbers_out_again(server: Server, **numbers: int) -> None:
    """As a server does that was set back to an older copy: the next task or annotation (task_completion) gets this number again, or the
    one after the highest there is."""
    with closing(sqlite3.connect(server_database(server), timeout=60)) as database:
        for table in ("task", "task_completion"):
            database.execute(f"UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(id), 0) FROM {table}) WHERE name = ?", (table,))
        database.executemany("UPDATE sqlite_sequence SET seq = ?2 - 1 WHERE name = ?1", numbers.items())
        database.commit()


def test_a_number_that_is_used_again_is_another_annotation(pushed: Workspace, client: Client, server: Server) -> None:
    tasks_now = tasks_of(client, pushed)
    last = max(tasks_now.values(), key=lambda task: task.number)
    first = submit(client, last, span(TEXTS[str(last.article)], "Karesh"))
    pull.run(pushed)
    client.delete(f"/api/tasks/{last.number}/")
    give_numbers_out_again(server, task=last.number, task_completion=first)
    put(pushed, {"nahrin-1": "Nahrin votes."})
    with Store(pushed.store_path) as store:
        digest = store.article_digests()["nahrin-1"]
    payload = {"data": {"text": "Nahrin votes.", "article": "nahrin-1"}, "meta": {"article": "nahrin-1", "sha256": digest}}
    client.post(f"/api/projects/{project_of(client, pushed).number}/import", [payload])
    again = tasks_of(client, pushed)["nahrin-1"]
    second = submit(client, again, span("Nahrin votes.", "Nahrin"))
    assert counts(pull.run(pushed)) == Changes(new=1, deleted=1)
    assert (again.number, second) == (last.number, first)
    assert kinds(pushed, str(last.article)) == ["created", "task deleted"]
    assert kinds(pushed, "nahrin-1") == ["created"]


def test_a_deletion_that_a_new_task_makes_up_for_is_found(labelled: Workspace, client: Client) -> None:
    pull.run(labelled)
    there = tasks_of(client, labelled)
    client.delete(f"/api/tasks/{there['velmora-05'].number}/")
    push.run(labelled)
    submit(client, tasks_of(client, labelled)["velmora-05"])
    assert counts(pull.run(labelled)) == Changes(new=1, deleted=1, unchanged=23)


def test_a_project_that_is_deleted_takes_its_work_with_it_and_says_so(pushed: Workspace, client: Client) -> None:
    for task in tasks_of(client, pushed).values():
        submit(client, task)
    pull.run(pushed)
    number = project_of(client, pushed).number
    client.delete(f"/api/projects/{number}/")
    done = pull.run(pushed)
    assert (counts(done), done.gone) == (Changes(deleted=3), [number])
    assert "annotate restore" in pull.show(done)
    assert kinds(pushed, "velmora-1") == ["created", "project deleted"]
    with pytest.raises(StudioProblem, match="no project of this workspace; run `annotate push`"):
        pull.run(pushed)
    push.run(pushed)
    assert counts(pull.run(pushed)) == Changes()


def test_a_project_that_lost_its_mark_is_not_taken_for_deleted(pushed: Workspace, client: Client) -> None:
    submit(client, tasks_of(client, pushed)["velmora-1"])
    pull.run(pushed)
    number = project_of(client, pushed).number
    client.patch(f"/api/projects/{number}", {"description": "tidied up"})
    with pytest.raises(StudioProblem, match=f"annotate studio adopt {number}"):
        pull.run(pushed)
    assert kinds(pushed, "velmora-1") == ["created"]


def test_an_edit_that_moved_no_time_is_found_when_all_is_read(labelled: Workspace, client: Client, server: Server) -> None:
    """As after a repair in the server's own database."""
    pull.run(labelled)
    settle(labelled)
    task = tasks_of(client, labelled)["velmora-02"].number
    with closing(sqlite3.connect(server_database(server))) as database:
        database.execute("UPDATE task_completion SET result = '[]' WHERE task_id = ?", (task,))
        database.commit()
    assert counts(pull.run(labelled)) == Changes(unchanged=24)
    assert counts(pull.run(labelled, full=True)) == Changes(changed=1, unchanged=23)
    assert kinds(labelled, "velmora-02") == ["created", "edited"]


def copy_of(server: Server, project: int) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of a project's tasks and annotations in the server's database, as a backup holds them."""
    with closing(sqlite3.connect(server_database(server))) as database:
        return {
            table: database.execute(f"SELECT * FROM {table} WHERE project_id = ? ORDER BY id", (project,)).fetchall()
            for table in ("task", "task_completion")
        }


def put_copy_back(server: Server, project: int, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    with closing(sqlite3.connect(server_database(server))) as database:
        for table in reversed(rows):
            database.execute(f"DELETE FROM {table} WHERE project_id = ?", (project,))
        for table, copies in rows.items():
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(copies[0]))})", copies)
        database.commit()


def test_a_server_that_is_set_back_to_an_older_copy_takes_nothing_from_the_store(pushed: Workspace, client: Client, server: Server) -> None:
    there, project = tasks_of(client, pushed), project_of(client, pushed).number
    first, second = (submit(client, there[article], span(TEXTS[article], "the")) for article in ("velmora-1", "velmora-3"))
    pull.run(pushed)
    backup = copy_of(server, project)
    client.patch(f"/api/annotations/{first}/", {"result": []})
    client.delete(f"/api/annotations/{second}/")
    third = submit(client, there["velmora-2"])
    assert counts(pull.run(pushed)) == Changes(new=1, changed=1, deleted=1)
    put_copy_back(server, project, backup)
    give_numbers_out_again(server)
    assert counts(pull.run(pushed)) == Changes(changed=1, deleted=1, back=1)
    assert kinds(pushed, "velmora-1") == ["created", "edited", "set back"]
    assert kinds(pushed, "velmora-2") == ["created", "deleted"]
    assert kinds(pushed, "velmora-3") == ["created", "deleted", "back again"]
    # A number that the older copy gives out again is another annotation.
    assert submit(client, there["velmora-2"], span(TEXTS["velmora-2"], "فيلمورا")) == third
    assert counts(pull.run(pushed)) == Changes(new=1, unchanged=2)
    assert sorted(kinds(pushed, "velmora-2")) == ["created", "created", "deleted"]


def server_database(server: Server) -> str:
    folder = psutil.Process(server.pid).cwd()
    return f"{folder}/label_studio.sqlite3"


# A pull that kills itself, as by SIGKILL from outside, when so many pages are in the store.
KILLED = """
import os, signal, sys
from pathlib import Path
from annotate.steps import pull
from annotate.store import Store
from annotate.studio import tasks
from annotate.workspace import find_workspace

tasks.PAGE, left, record = 5, [int(sys.argv[2])], Store.record_tasks

def record_then_die(self, *page):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    record(self, *page)

Store.record_tasks = record_then_die
pull.run(find_workspace(Path(sys.argv[1]), os.environ))
"""


@pytest.mark.parametrize("pages", [0, 1, 4])
def test_a_first_pull_that_is_killed_goes_on_where_it_was(labelled: Workspace, server: Server, pages: int) -> None:
    environment = os.environ | {"LABEL_STUDIO_URL": server.url}
    command = [sys.executable, "-c", KILLED, str(labelled.folder), str(pages)]
    killed = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")
    assert counts(pull.run(labelled)) == Changes(new=24 - 5 * pages, unchanged=5 * pages)


def test_a_state_of_the_past_can_be_seen(pushed: Workspace, client: Client) -> None:
    schema = load_schema(pushed.schema_path)
    task, text = tasks_of(client, pushed)["velmora-3"], TEXTS["velmora-3"]
    number = submit(client, task, span(text, "Karesh"))
    first = pull.run(pushed).number
    client.patch(f"/api/annotations/{number}/", {"result": [span(text, "attack", "TOPIC")]})
    second = pull.run(pushed).number
    client.delete(f"/api/annotations/{number}/")
    pull.run(pushed)

    def types(as_of: str | None) -> list[str]:
        with Store(pushed.store_path) as store:
            return [item.type for each in stored_labellings(store, schema, as_of).labellings for item in each.items]

    assert (types(str(first)), types(str(second)), types(None)) == (["GOV"], ["TOPIC"], [])
    assert (gold.run(pushed, as_of=str(first)).articles, gold.run(pushed).articles) == (1, 0)


def test_one_pull_at_a_time(pushed: Workspace) -> None:
    with one_at_a_time(pushed.folder, "push"), pytest.raises(Unmet, match=r"`annotate push` .* is at work here"):
        pull.run(pushed)
