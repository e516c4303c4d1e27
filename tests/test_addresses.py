"""One Label Studio under several addresses is one: nothing stands twice, the newest counts, and what was forgotten stays so."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from annotate.errors import StudioProblem
from annotate.schema import load_schema
from annotate.schema.adjudication_page import CANDIDATE, VERDICT
from annotate.steps import adjudicate, forget, history, pull, push, restore
from annotate.steps.stored import stored_adjudications, stored_labellings
from annotate.store import Changes, Store
from annotate.studio.adjudication.project import find_adjudication
from annotate.studio.client import Client
from annotate.studio.people import emails
from annotate.studio.pull import pull_project
from annotate.studio.server import Server
from annotate.studio.tasks import list_tasks
from annotate.workspace import Workspace, find_workspace
from tests.on_server import TEXTS, Join, project_of, span, submit, tasks_of

ONE, TWO, THREE = TEXTS
LOCAL = "local"

At = Callable[[str], Workspace]


@pytest.fixture
def at(pushed: Workspace, server: Server) -> At:
    """The workspace with the server under another of its addresses: its own as `studio up` knows it, by number, by name."""
    pushed.studio_folder.symlink_to(psutil.Process(server.pid).cwd())
    known = {LOCAL: {}, "number": {"LABEL_STUDIO_URL": server.url}, "name": {"LABEL_STUDIO_URL": by_name(server)}}
    return lambda name: find_workspace(pushed.folder, known[name])


def by_name(server: Server) -> str:
    return server.url.replace("127.0.0.1", "localhost")


def counts(done: pull.Pull) -> Changes:
    return Changes(done.new, done.changed, done.deleted, done.unchanged, done.back)


def whoami(client: Client) -> str:
    return str(client.get_json("/api/current-user/whoami")["email"])


def words(workspace: Workspace, article: str) -> list[str]:
    """What the labellings of an article mark, one annotator's after the other's."""
    with Store(workspace.store_path) as store:
        read = stored_labellings(store, load_schema(workspace.schema_path))
    assert read.problems == []
    return [TEXTS[article][each.start : each.end] for own in read.labellings if own.article == article for each in own.mentions]


def kept(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(workspace.store_path)) as db:
        return db.execute(query).fetchall()


def settle(workspace: Workspace) -> None:
    """As if the last pulls had been long enough ago for every change before them to be through."""
    with closing(sqlite3.connect(workspace.store_path)) as db:
        db.execute("UPDATE sources SET progress = json_set(progress, '$.settled', json_extract(progress, '$.newest'))")
        db.commit()


def test_an_edit_counts_whatever_address_it_is_pulled_from(at: At, client: Client, join: Join, server: Server) -> None:
    tasks, dana = tasks_of(client, at(LOCAL)), join("dana")
    number, *_ = [submit(dana, tasks[article], span(TEXTS[article], text)) for article, text in ((THREE, "Karesh"), (ONE, "Velmora"))]
    assert counts(pull.run(at(LOCAL))) == Changes(new=2)
    before = LOCAL
    for address, text in (("number", "attack"), ("name", "condemns"), (LOCAL, "the attack")):
        dana.patch(f"/api/annotations/{number}/", {"result": [span(TEXTS[THREE], text)]})
        done = pull.run(at(address))
        assert counts(done) == Changes(changed=1, unchanged=1)
        assert (words(at(address), THREE), done.problems) == ([text], [])
        assert done.moved == [before]
        assert f"this server was known as {before} before" in pull.show(done)
        before = {"number": server.url, "name": by_name(server)}.get(address, LOCAL)
    told = history.run(at(LOCAL), THREE)
    assert (told.annotations, told.present) == (1, 1)
    assert [each.kind for each in told.events] == ["created", "edited", "edited", "edited"]
    assert {each.annotator for each in told.events} == {whoami(dana)}
    again = pull.run(at(LOCAL))
    assert (counts(again), again.moved) == (Changes(unchanged=2), [])


def test_only_what_changed_is_read_after_the_move(at: At, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = tasks_of(client, at(LOCAL))
    for article in TEXTS:
        submit(client, tasks[article])
    pull.run(at(LOCAL))
    settle(at(LOCAL))
    submit(client, tasks[ONE])
    read: list[int] = []
    record = Store.record_tasks

    def noted(self: Store, begun: Any, found: Any, *more: Any) -> None:
        found = list(found)
        read.extend(task.number for task in found)
        record(self, begun, found, *more)

    monkeypatch.setattr(Store, "record_tasks", noted)
    assert counts(pull.run(at("number"))) == Changes(new=1, unchanged=3)
    assert set(read) == {tasks[ONE].number, tasks[THREE].number}  # what changed, and the newest of before


def test_a_project_without_work_is_known_by_its_tasks(at: At, client: Client) -> None:
    pull.run(at(LOCAL))
    submit(client, tasks_of(client, at(LOCAL))[ONE])
    done = pull.run(at("number"))
    assert (counts(done), done.moved) == (Changes(new=1), [LOCAL])
    assert kept(at(LOCAL), "SELECT count(*) FROM sources") == [(1,)]


def test_a_deletion_is_recorded_whatever_address_it_is_pulled_from_and_goes_back(at: At, client: Client, join: Join) -> None:
    tasks, dana = tasks_of(client, at(LOCAL)), join("dana")
    number = submit(dana, tasks[THREE], span(TEXTS[THREE], "Karesh"))
    submit(dana, tasks[ONE])
    pull.run(at(LOCAL))
    client.delete(f"/api/annotations/{number}/")
    assert counts(pull.run(at("number"))) == Changes(deleted=1, unchanged=1)
    assert restore.run(at("name"), yes=True).sent == 1
    assert counts(pull.run(at("name"))) == Changes(unchanged=1, back=1)
    assert (words(at("name"), THREE), restore.run(at("name")).lost) == (["Karesh"], [])
    assert [each.kind for each in history.run(at("name"), THREE).events] == ["created", "deleted", "back again"]


# Forgotten people


def export_of(client: Client, workspace: Workspace) -> Path:
    path = workspace.folder / "project-export.json"
    path.write_bytes(client.get(f"/api/projects/{project_of(client, workspace).number}/export", {"exportType": "JSON"}))
    return path


@pytest.mark.parametrize("how", ["from the server", "from a file"])
def test_who_was_forgotten_stays_so_under_another_address(at: At, client: Client, join: Join, how: str) -> None:
    dana, omar, tasks = join("dana"), join("omar"), tasks_of(client, at(LOCAL))
    for each in (dana, omar):
        submit(each, tasks[THREE], span(TEXTS[THREE], "Karesh"))
    pull.run(at(LOCAL))
    forget.run(at(LOCAL), [], [whoami(dana)], yes=True)
    submit(dana, tasks[ONE], span(TEXTS[ONE], "Velmora"))
    done = pull.run(at("number"), None if how == "from the server" else export_of(client, at(LOCAL)))
    assert counts(done) == Changes(unchanged=1)
    assert (words(at("number"), ONE), words(at("number"), THREE)) == ([], ["Karesh"])
    with Store(at("number").store_path) as store:
        assert set(store.people().values()) & {whoami(dana), whoami(omar)} == {whoami(omar)}
        assert {url for url, _ in store.people()} == {at("number").settings.studio.url}
    assert counts(pull.run(at(LOCAL), export_of(client, at(LOCAL)))) == Changes(unchanged=1)


def test_who_was_forgotten_stays_so_when_the_account_is_deleted_too(at: At, client: Client, join: Join) -> None:
    dana, tasks = join("dana"), tasks_of(client, at(LOCAL))
    submit(dana, tasks[THREE], span(TEXTS[THREE], "Karesh"))
    submit(join("omar"), tasks[THREE], span(TEXTS[THREE], "attack"))
    pull.run(at(LOCAL))
    forget.run(at(LOCAL), [], [whoami(dana)], yes=True)
    client.delete(f"/api/users/{next(number for number, email in emails(client).items() if email == whoami(dana))}/")
    assert counts(pull.run(at("number"), full=True)) == Changes(unchanged=1)
    assert counts(pull.run(at("name"), export_of(client, at(LOCAL)))) == Changes(unchanged=1)


def test_a_file_read_before_there_was_an_address_is_of_the_server_that_holds_it(at: At, client: Client) -> None:
    number = submit(client, tasks_of(client, at(LOCAL))[THREE], span(TEXTS[THREE], "Karesh"))
    assert counts(pull.run(at(LOCAL), export_of(client, at(LOCAL)))) == Changes(new=1)
    client.patch(f"/api/annotations/{number}/", {"result": [span(TEXTS[THREE], "attack")]})
    done = pull.run(at("number"))
    assert (counts(done), done.moved, words(at("number"), THREE)) == (Changes(changed=1), [LOCAL], ["attack"])


# Adjudication


def test_decisions_go_on_under_another_address(at: At, client: Client, join: Join) -> None:
    tasks, judge = tasks_of(client, at(LOCAL)), join("judge")
    for annotator, label in ((join("dana"), "GOV"), (join("omar"), "LOC")):
        submit(annotator, tasks[ONE], span(TEXTS[ONE], "Velmora", label))
        submit(annotator, tasks[THREE], span(TEXTS[THREE], "Karesh", label))
    pull.run(at(LOCAL))
    adjudicate.run_push(at(LOCAL))
    with Store(at(LOCAL).store_path) as store:
        project = find_adjudication(client, store.meta("workspace"))
    assert project is not None
    made = {each.article: decide(client, judge, each.number) for each in list_tasks(client, project) if each.article == ONE}
    assert adjudicate.run_pull(at(LOCAL)).status.decided == [ONE]
    decide(client, judge, next(each.number for each in list_tasks(client, project) if each.article == THREE))
    judge.patch(f"/api/annotations/{made[ONE]}/", {"result": decision(client, made_on(client, made[ONE]), "reject")})
    done = adjudicate.run_pull(at("number"))
    assert (done.new, done.changed, done.unchanged, done.moved) == (1, 1, 0, [LOCAL])
    assert f"this server was known as {LOCAL} before" in adjudicate.show_pull(done)
    assert (done.status.decided, done.status.problems) == ([ONE, THREE], [])
    with Store(at(LOCAL).store_path) as store:
        found = stored_adjudications(store, load_schema(at(LOCAL).schema_path))
    assert {each.article: len(each.labelling.mentions) for each in found} == {ONE: 0, THREE: 1}
    assert {each.adjudicator for each in found} == {whoami(judge)}
    # The labelling project's people are still known under the address that it has not left.
    assert counts(pull.run(at("number"))) == Changes(unchanged=4)
    assert {url for (url,) in kept(at(LOCAL), "SELECT DISTINCT url FROM people")} == {at("number").settings.studio.url}


def decide(client: Client, judge: Client, task: int) -> int:
    """Takes the first candidate of a task, as a browser would submit it; the annotation's number."""
    return int(judge.post(f"/api/tasks/{task}/annotations/", {"result": decision(client, task, "take")})["id"])


def decision(client: Client, task: int, first: str) -> list[Any]:
    """The first candidate taken or rejected, the others rejected."""
    result: list[Any] = client.get_json(f"/api/tasks/{task}/")["predictions"][0]["result"]
    candidates = [each for each in result if each["from_name"] == CANDIDATE]
    return result + [verdict(each, "reject" if number else first) for number, each in enumerate(candidates)]


def verdict(candidate: dict[str, Any], said: str) -> dict[str, Any]:
    value = {key: candidate["value"][key] for key in ("start", "end")} | {"choices": [said]}
    return {"id": candidate["id"], "from_name": VERDICT, "to_name": candidate["to_name"], "type": "choices", "value": value}


def made_on(client: Client, annotation: int) -> int:
    return int(client.get_json(f"/api/annotations/{annotation}/")["task"])


# Another server


def test_another_project_of_the_same_number_is_another(at: At, client: Client, server: Server) -> None:
    """As of a server that was set up anew: it gives the same numbers out again."""
    tasks = tasks_of(client, at(LOCAL))
    numbers = {submit(client, tasks[article], span(TEXTS[article], text)) for article, text in ((THREE, "Karesh"), (ONE, "Velmora"))}
    pull.run(at(LOCAL))
    project = project_of(client, at(LOCAL)).number
    client.delete(f"/api/projects/{project}/")
    give_numbers_out_again(server, project=project, task=min(each.number for each in tasks.values()), task_completion=min(numbers))
    assert push.run(at("number")).sent == 3
    there = tasks_of(client, at("number"))
    assert (project_of(client, at("number")).number, {each.number for each in there.values()}) == (
        project,
        {each.number for each in tasks.values()},
    )
    assert {submit(client, there[article]) for article in (THREE, ONE)} == numbers
    done = pull.run(at("number"))
    assert (counts(done), done.moved) == (Changes(new=2), [])
    with Store(at(LOCAL).store_path) as store:
        assert len(list(store.annotations())) == 4
    assert counts(pull.run(at("number"))) == Changes(unchanged=2)


@pytest.mark.parametrize("again", [False, True])
def test_a_project_that_was_deleted_before_the_first_pull_under_a_new_address_is_looked_for_when_asked(
    at: At, client: Client, join: Join, again: bool
) -> None:
    dana = join("dana")
    submit(dana, tasks_of(client, at(LOCAL))[THREE], span(TEXTS[THREE], "Karesh"))
    pull.run(at(LOCAL))
    project = project_of(client, at(LOCAL)).number
    client.delete(f"/api/projects/{project}/")
    if again:
        push.run(at("number"))
        assert counts(pull.run(at("number"))) == Changes()
    else:
        with pytest.raises(StudioProblem, match="no project of this workspace"):
            pull.run(at("number"))
    assert len(words(at("number"), THREE)) == 1
    done = pull.run(at("number"), deleted=True)
    assert (counts(done), done.gone, done.moved) == (Changes(deleted=1), [project], [LOCAL])
    assert [each.kind for each in history.run(at("number"), THREE).events] == ["created", "project deleted"]
    push.run(at("number"))
    assert restore.run(at("number"), yes=True).sent == 1
    assert counts(pull.run(at("number"), deleted=True)) == Changes(back=1)
    assert {each.annotator for each in history.run(at("number"), THREE).events} == {whoami(dana)}


@pytest.mark.parametrize("noted", ["", "2031-05-01T10:00:00.101010Z"])
def test_a_project_of_another_server_is_not_taken_for_deleted(at: At, client: Client, noted: str) -> None:
    submit(client, tasks_of(client, at(LOCAL))[THREE], span(TEXTS[THREE], "Karesh"))
    pull.run(at(LOCAL))
    with closing(sqlite3.connect(at(LOCAL).store_path)) as db:
        db.execute("UPDATE sources SET server = ?", (noted,))
        db.commit()
    client.delete(f"/api/projects/{project_of(client, at(LOCAL)).number}/")
    push.run(at("number"))
    done = pull.run(at("number"), deleted=True)
    assert (done.gone, done.moved, len(words(at("number"), THREE))) == ([], [], 1)


def give_numbers_out_again(server: Server, **numbers: int) -> None:
    with closing(sqlite3.connect(f"{psutil.Process(server.pid).cwd()}/label_studio.sqlite3", timeout=60)) as database:
        database.executemany("UPDATE sqlite_sequence SET seq = ?2 - 1 WHERE name = ?1", numbers.items())
        database.commit()


# Stores in which everything stands twice


def pulled_apart(client: Client, workspace: Workspace, url: str) -> None:
    """A pull as it was before addresses were compared: under this one, whatever is kept under others."""
    with Store(workspace.store_path) as store:
        project = project_of(client, workspace)
        store.put_people(url, emails(client))
        pull_project(
            client, store, project, store.begin_pull(url, project.number, "event-stance@1.0.0", "2031-05-01"), full=False, deleted=False
        )


@pytest.mark.parametrize("last", ["old", "new"])
def test_a_store_that_holds_everything_twice_is_healed(at: At, client: Client, join: Join, server: Server, last: str) -> None:
    """Whichever address was pulled from last: what one of the two never saw is read again."""
    tasks, dana, omar = tasks_of(client, at(LOCAL)), join("dana"), join("omar")
    edited, deleted, both = (
        submit(dana, tasks[article], span(TEXTS[article], text)) for article, text in ((THREE, "Karesh"), (ONE, "Velmora"), (TWO, "الجسر"))
    )
    never_twice = submit(omar, tasks[THREE])
    pull.run(at(LOCAL))
    client.delete(f"/api/annotations/{never_twice}/")
    pulled_apart(client, at(LOCAL), server.url)
    dana.patch(f"/api/annotations/{edited}/", {"result": [span(TEXTS[THREE], "attack")]})
    client.delete(f"/api/annotations/{deleted}/")
    submit(omar, tasks[ONE], span(TEXTS[ONE], "bridge"))
    pulled_apart(client, at(LOCAL), server.url)
    settle(at(LOCAL))
    dana.patch(f"/api/annotations/{both}/", {"result": [span(TEXTS[TWO], "فيلمورا")]})
    if last == "old":
        pulled_apart(client, at(LOCAL), LOCAL)
    done = pull.run(at("number"))
    assert counts(done) == (Changes(unchanged=3) if last == "old" else Changes(changed=1, deleted=1, unchanged=2))
    assert done.moved == [LOCAL]
    assert [words(at("number"), article) for article in TEXTS] == [["bridge"], ["فيلمورا"], ["attack"]]
    told = {article: history.run(at("number"), article) for article in TEXTS}
    assert {article: (each.annotations, each.present) for article, each in told.items()} == {ONE: (2, 1), TWO: (1, 1), THREE: (2, 1)}
    assert [each.kind for each in told[ONE].events if each.annotator == whoami(dana)] == ["created", "deleted"]
    assert [each.kind for each in told[TWO].events] == ["created", "edited"]
    assert [each.kind for each in told[THREE].events if each.annotator == whoami(dana)] == ["created", "edited"]
    again = pull.run(at("number"))
    assert (counts(again), again.moved) == (Changes(unchanged=3), [])
    assert kept(
        at("number"), "SELECT count(*) FROM works LEFT JOIN versions ON versions.id = latest WHERE versions.work IS NOT works.id"
    ) == [(0,)]


def test_before_a_store_is_healed_the_newer_of_two_copies_counts(at: At, client: Client, join: Join, server: Server) -> None:
    dana = join("dana")
    number = submit(dana, tasks_of(client, at(LOCAL))[THREE], span(TEXTS[THREE], "Karesh"))
    for address, text in ((LOCAL, "attack"), (server.url, "condemns")):
        pulled_apart(client, at(LOCAL), address)
        dana.patch(f"/api/annotations/{number}/", {"result": [span(TEXTS[THREE], text)]})
    with Store(at(LOCAL).store_path) as store:
        (own,) = stored_labellings(store, load_schema(at(LOCAL).schema_path)).labellings
    assert [TEXTS[THREE][each.start : each.end] for each in own.mentions] == ["attack"]


# A pull that kills itself, as by SIGKILL from outside: inside the transaction of the move, or right after it.
KILLED = """
import os, signal, sys
from pathlib import Path
from annotate.steps import pull
from annotate.store import Store, addresses
from annotate.workspace import find_workspace

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(*{"inside": (addresses, "_move_people"), "after": (Store, "put_people")}[sys.argv[2]], die)
pull.run(find_workspace(Path(sys.argv[1]), os.environ))
"""


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("moment", ["inside", "after"])
def test_a_pull_that_is_killed_as_it_moves_is_run_again(at: At, client: Client, server: Server, moment: str, twice: bool) -> None:
    tasks = tasks_of(client, at(LOCAL))
    for article, text in ((THREE, "Karesh"), (ONE, "Velmora")):
        submit(client, tasks[article], span(TEXTS[article], text))
    pull.run(at(LOCAL))
    if twice:
        pulled_apart(client, at(LOCAL), server.url)
    environment = os.environ | {"LABEL_STUDIO_URL": server.url}
    command = [sys.executable, "-c", KILLED, str(at(LOCAL).folder), moment]
    killed = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")
    assert len(kept(at(LOCAL), "SELECT 1 FROM sources WHERE url = 'local'")) == (moment == "inside")
    assert counts(pull.run(at("number"))) == Changes(unchanged=2)
    assert words(at("number"), THREE) == ["Karesh"]
    assert kept(at(LOCAL), "SELECT count(*) FROM sources") == [(1,)]
