"""People whose accounts are deleted on a real server: their work stays theirs, in everything that names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotate.records import Locked, SplitLock
from annotate.release.documents import Wanted
from annotate.schema import load_schema
from annotate.steps import adjudicate, agree, export, gold, history, pull, restore, trace
from annotate.steps.stored import first_labellings, stored_adjudications, stored_labellings
from annotate.store import Changes, Store
from annotate.studio.adjudication.project import find_adjudication
from annotate.studio.client import Client
from annotate.studio.people import emails
from annotate.studio.tasks import list_tasks
from annotate.workspace import Workspace
from tests.on_server import TEXTS, Join, span, submit, tasks_of
from tests.releases import records
from tests.test_addresses import decide
from tests.test_pull import exported
from tests.test_pull_changes import counts

ONE, _, THREE = TEXTS
NO_TEXT = Wanted(text=False)


def name_of(client: Client) -> str:
    return str(client.get_json("/api/current-user/whoami")["email"])


def delete_account(client: Client, email: str) -> None:
    """As an administrator does it."""
    client.delete(f"/api/users/{next(number for number, each in emails(client).items() if each == email)}/")


def people_of(workspace: Workspace, as_of: str | None = None) -> list[tuple[str, str]]:
    """(article, annotator) of what stands now."""
    with Store(workspace.store_path) as store:
        now = stored_labellings(store, load_schema(workspace.schema_path), as_of).labellings
    return sorted((each.article, each.annotator) for each in now)


def authors(done: export.Exported) -> list[tuple[str, str]]:
    """(article, pseudonym) of a release's annotations."""
    return [(each["article"], each["annotator"]) for each in records(Path(done.folder) / "annotations.jsonl")]


@pytest.fixture
def people(pushed: Workspace, client: Client, join: Join) -> tuple[str, str, str]:
    """Three who labelled two articles; pulled, and then the first two's accounts deleted."""
    tasks, names = tasks_of(client, pushed), []
    for annotator, label in ((join("dana"), "GOV"), (join("omar"), "LOC"), (join("lina"), "GOV")):
        names.append(name_of(annotator))
        submit(annotator, tasks[ONE], span(TEXTS[ONE], "Velmora", label))
        submit(annotator, tasks[THREE], span(TEXTS[THREE], "Karesh", label))
    assert pull.run(pushed).new == 6
    for name in names[:2]:
        delete_account(client, name)
    first, second, third = names
    return first, second, third


def test_what_the_server_says_of_the_work_of_a_deleted_account(pushed: Workspace, client: Client, join: Join) -> None:
    dana, task = join("dana"), tasks_of(client, pushed)[ONE]
    name, number = name_of(dana), submit(dana, task, span(TEXTS[ONE], "Velmora"))
    dana.post(f"/api/tasks/{task.number}/drafts", {"result": [span(TEXTS[ONE], "bridge")], "lead_time": 3})
    before, drafts = (client.get_json(f"/api/tasks/{task.number}{part}") for part in ("/", "/drafts"))
    (own,) = before["annotations"]
    assert (own["id"], name in own["created_username"], [each["user"] for each in drafts]) == (number, True, [name])
    delete_account(client, name)
    after, drafts = (client.get_json(f"/api/tasks/{task.number}{part}") for part in ("/", "/drafts"))
    (left,) = after["annotations"]
    assert {key for key in own if own[key] != left[key]} - {"created_ago"} == {"completed_by", "updated_by", "created_username"}
    assert (left["completed_by"], left["updated_by"], left["created_username"]) == (None, None, "")
    assert (after["updated_at"], drafts) == (before["updated_at"], [])


def test_a_name_that_the_server_took_off_is_no_change(pushed: Workspace, client: Client, people: tuple[str, str, str]) -> None:
    assert counts(pull.run(pushed, full=True)) == Changes(unchanged=6)
    assert counts(pull.run(pushed, exported(client, pushed))) == Changes(unchanged=6)
    assert people_of(pushed) == sorted((article, name) for article in (ONE, THREE) for name in people)


def test_everything_names_the_same_people_as_before(pushed: Workspace, client: Client, join: Join, people: tuple[str, str, str]) -> None:
    """Somebody else's work on the same task has it read again, and an administrator edits what two left behind."""
    with Store(pushed.store_path) as store:
        store.put_split_lock(SplitLock(articles=tuple(Locked(article, "train", article) for article in TEXTS)))
    gold.run(pushed)
    released = authors(export.run(pushed, "1.0.0", NO_TEXT))
    submit(join("salma"), tasks_of(client, pushed)[THREE], was_cancelled=True)
    for each in client.get_json(f"/api/tasks/{tasks_of(client, pushed)[ONE].number}/")["annotations"]:
        if each["completed_by"] is None:
            client.patch(f"/api/annotations/{each['id']}/", {"result": [span(TEXTS[ONE], "bridge", "FAC")]})
    assert counts(pull.run(pushed)) == Changes(new=1, changed=2, unchanged=4)
    assert counts(pull.run(pushed, full=True)) == Changes(unchanged=7)
    expected = sorted((article, name) for article in (ONE, THREE) for name in people)
    assert people_of(pushed) == people_of(pushed, "1") == expected
    with Store(pushed.store_path) as store:
        first = first_labellings(store, load_schema(pushed.schema_path))
    assert sorted((each.article, each.annotator) for each in first.labellings) == expected
    assert agree.run(pushed, gamma=False).annotators == 3
    assert gold.run(pushed).articles == 2
    told = trace.run(pushed, ONE)
    assert set(told.annotators) == {each.annotator for each in told.origins} == set(people)
    found = history.run(pushed, ONE).events
    assert [each.kind for each in found] == ["created"] * 3 + ["edited by somebody else"] * 2
    assert {(each.annotator, each.by) for each in found[3:]} == {(name, name_of(client)) for name in people[:2]}
    assert authors(export.run(pushed, "1.1.0", NO_TEXT)) == released


def test_work_of_a_deleted_account_that_is_deleted_is_listed_as_its_authors(
    pushed: Workspace, client: Client, people: tuple[str, str, str]
) -> None:
    pull.run(pushed, full=True)
    for each in client.get_json(f"/api/tasks/{tasks_of(client, pushed)[ONE].number}/")["annotations"]:
        client.patch(f"/api/annotations/{each['id']}/", {"result": []})
        pull.run(pushed)
        client.delete(f"/api/annotations/{each['id']}/")
    pull.run(pushed)
    done = restore.run(pushed, yes=True)
    assert [(each.article, each.annotator) for each in done.lost] == sorted((ONE, name) for name in people)
    assert [str(each).split(";")[0] for each in done.problems] == [
        f"{ONE}: {name} has no account on the server" for name in sorted(people[:2])
    ]
    assert (done.sent, counts(pull.run(pushed)).back) == (1, 1)


def test_two_adjudicators_who_are_gone_stay_two(pushed: Workspace, client: Client, join: Join, people: tuple[str, str, str]) -> None:
    adjudicate.run_push(pushed)
    with Store(pushed.store_path) as store:
        project = find_adjudication(client, store.meta("workspace"))
    assert project is not None
    task = next(each.number for each in list_tasks(client, project) if each.article == ONE)
    judges = [join(name) for name in ("first-judge", "second-judge", "third-judge")]
    names = [name_of(judge) for judge in judges]
    for judge in judges[:2]:
        decide(client, judge, task)
    assert adjudicate.run_pull(pushed).new == 2
    for name in names[:2]:
        delete_account(client, name)
    decide(client, judges[2], task)
    done = adjudicate.run_pull(pushed)
    assert (done.new, done.changed, done.unchanged) == (1, 0, 2)
    with Store(pushed.store_path) as store:
        found = stored_adjudications(store, load_schema(pushed.schema_path))
    assert [each.adjudicator for each in found] == sorted(names)
    assert gold.run(pushed).articles == 2
    assert trace.run(pushed, ONE).adjudicators == sorted(names)
