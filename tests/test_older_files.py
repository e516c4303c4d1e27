"""Export files of different days: each annotation ends as the newest of them, or the server, says it is, whatever the order."""

from __future__ import annotations

import json
import shutil
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from annotate.cli import app
from annotate.steps import pull
from annotate.store import Changes, Progress, SeenTask, Store
from annotate.studio.client import Client
from annotate.workspace import Workspace
from tests.on_server import TEXTS, put, span, submit, tasks_of
from tests.test_pull import exported
from tests.test_pull_changes import counts, kinds

ONE, TWO, THREE = TEXTS

# Files alone


def made(number: int, says: str, saved: str | None, **more: Any) -> dict[str, Any]:
    note = {"id": "note", "from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": [says]}}
    first = "2031-05-01T09:00:00.101010Z" if saved else None
    return {"id": number, "completed_by": 3, "created_at": first, "updated_at": saved, "result": [note], **more}


def day(number: int) -> str:
    return f"2031-05-{number:02}T10:00:00.101010Z"


def file(workspace: Workspace, *annotations: dict[str, Any], article: str = ONE, **more: Any) -> Path:
    with Store(workspace.store_path) as store:
        meta = {"article": article, "sha256": store.article_digests()[article]}
    task = {"id": 1, "project": 1, "data": {"text": TEXTS[article]}, "meta": meta, "annotations": annotations, **more}
    path = workspace.folder / "some-export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    return path


def says(workspace: Workspace) -> list[str]:
    with Store(workspace.store_path) as store:
        return [json.loads(each.body)["result"][0]["value"]["text"][0] for each in store.annotations()]


@pytest.fixture
def labelled(workspace: Workspace) -> Workspace:
    put(workspace, TEXTS)
    assert pull.run(workspace, file(workspace, made(1, "of the fifth", day(5)))).new == 1
    return workspace


SAVED = {
    "older": (day(4), "of the fifth", (0, 1)),
    "newer": (day(6), "another", (1, 0)),
    "older, written in another way": ("2031-05-05T11:59:00+02:00", "of the fifth", (0, 1)),
    "newer, written in another way": ("2031-05-05T12:01:00+02:00", "another", (1, 0)),
    "older by the whole second": ("2031-05-05T10:00:00Z", "of the fifth", (0, 1)),
    "newer, of no zone": ("2031-05-05T10:00:00.101011", "another", (1, 0)),
    "without a time": ("", "another", (1, 0)),
    "with what is no time": ("yesterday", "another", (1, 0)),
}


@pytest.mark.parametrize(("saved", "then", "changed"), SAVED.values(), ids=list(SAVED))
def test_only_what_is_newer_than_what_is_kept_is_taken(labelled: Workspace, saved: str, then: str, changed: tuple[int, int]) -> None:
    path = file(labelled, made(1, "another", saved) | {"created_at": "2031-05-01T11:00:00.101010+02:00"})
    done = pull.run(labelled, path)
    assert ((done.changed, done.older), done.new, says(labelled)) == (changed, 0, [then])
    again = pull.run(labelled, path)
    assert (counts(again), again.older, says(labelled)) == (Changes(unchanged=1), done.older, [then])


def test_the_same_moment_and_content_are_no_news_however_they_are_written(labelled: Workspace) -> None:
    same = made(1, "of the fifth", "2031-05-05T12:00:00.101010+02:00", draft_created_at=None, unique_id="0-0")
    done = pull.run(labelled, file(labelled, same))
    assert (counts(done), done.older) == (Changes(unchanged=1), 0)


def test_what_is_older_is_said_in_words_and_in_json(labelled: Workspace) -> None:
    path = file(labelled, made(1, "older", day(2)), made(2, "new", day(2)))
    command = ["pull", "--from-file", str(path), "--workspace", str(labelled.folder)]
    done = CliRunner().invoke(app, [*command, "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["new"], told["changed"], told["older"]) == (0, 1, 0, 1)
    assert "1 annotations of the file are older than what is here, left alone" in CliRunner().invoke(app, command).output


@pytest.mark.parametrize("order", list(permutations([4, 5, 6])))
def test_a_file_that_names_an_annotation_several_times_ends_with_the_newest(workspace: Workspace, order: tuple[int, ...]) -> None:
    """As two exports put together do."""
    put(workspace, TEXTS)
    path = file(workspace, *(made(1, f"of the {number}th", day(number)) for number in order))
    assert (pull.run(workspace, path).new, says(workspace)) == (1, ["of the 6th"])
    again = pull.run(workspace, path)
    assert (counts(again), again.older, says(workspace)) == (Changes(unchanged=1), 1, ["of the 6th"])


@settings(max_examples=60, deadline=None)
@given(states=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 9)), min_size=1, max_size=8), data=st.data())
def test_the_order_of_files_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, states: list[tuple[int, int]], data: st.DataObject
) -> None:
    """States: (annotation, the day on which it was saved)."""
    found = []
    for order in (states, data.draw(st.permutations(states))):
        with Store(tmp_path_factory.mktemp("store") / "annotate.sqlite") as store:
            for number, saved in order:
                begun = store.begin_pull("local", 1, "event-stance@1.0.0", "2031-06-01")
                body = json.dumps(made(number, f"day {saved}", day(saved))).encode()
                store.record_some(begun, [SeenTask(number, "", ONE, "0" * 64, [body])])
            found.append([(each.annotation, each.body) for each in store.annotations()])
    newest = dict(sorted(states))
    assert found[0] == found[1] == [(number, json.dumps(made(number, f"day {at}", day(at))).encode()) for number, at in newest.items()]


def deleted(workspace: Workspace) -> None:
    """As a pull from the server finds it: the task without its annotation."""
    with Store(workspace.store_path) as store:
        begun = store.begin_pull("local", 1, "event-stance@1.0.0", "2031-05-20")
        store.record_tasks(begun, [SeenTask(1, day(20), ONE, store.article_digests()[ONE], [])], None, Progress())


@pytest.mark.parametrize(("saved", "back"), [(day(4), 0), (day(5), 0), (day(6), 1), (None, 0)])
def test_deleted_work_comes_back_only_with_news(labelled: Workspace, saved: str | None, back: int) -> None:
    deleted(labelled)
    path = file(labelled, made(1, "of the fifth", saved) | {"created_at": "2031-05-01T09:00:00.101010Z"})
    done = pull.run(labelled, path)
    wanted = (1, 0) if saved is None else (back, 1 - back)
    assert (done.back, done.older, len(says(labelled))) == (*wanted, wanted[0])


def test_an_annotation_that_had_the_number_before_is_older(labelled: Workspace) -> None:
    """The server was set back, and gave the number out again."""
    former = made(1, "of another", day(2)) | {"created_at": "2031-04-01T09:00:00.101010Z"}
    later = made(1, "of a third", day(9)) | {"created_at": "2031-05-08T09:00:00.101010Z"}
    done = pull.run(labelled, file(labelled, former))
    assert (counts(done), done.older, says(labelled)) == (Changes(unchanged=1), 1, ["of the fifth"])
    assert counts(pull.run(labelled, file(labelled, later))) == Changes(new=1, deleted=1)
    assert says(labelled) == ["of a third"]


@pytest.mark.parametrize(("saved", "then"), [(day(19), THREE), (day(20), THREE), (day(21), ONE)])
def test_a_task_that_became_another_articles_is_not_set_back(workspace: Workspace, saved: str, then: str) -> None:
    """As by `studio adopt`, which moves the task's time and no annotation's."""
    put(workspace, TEXTS)
    same = made(1, "of the fifth", day(5))
    with Store(workspace.store_path) as store:
        digest = store.article_digests()[THREE]
        begun = store.begin_pull("local", 1, "event-stance@1.0.0", "2031-05-20")
        store.record_tasks(begun, [SeenTask(1, day(20), THREE, digest, [json.dumps(same).encode()])], None, Progress())
    done = pull.run(workspace, file(workspace, same, updated_at=saved))
    with Store(workspace.store_path) as store:
        assert [each.article for each in store.annotations()] == [then]
    assert (done.changed, done.older) == ((1, 0) if then == ONE else (0, 1))


# Files and the server


def test_last_weeks_export_sets_nothing_back(pushed: Workspace, client: Client) -> None:
    tasks = tasks_of(client, pushed)
    numbers = [submit(client, tasks[article], span(TEXTS[article], words)) for article, words in ((ONE, "bridge"), (THREE, "attack"))]
    last_week = Path(shutil.copy(exported(client, pushed), pushed.folder / "last-week.json"))
    client.patch(f"/api/annotations/{numbers[0]}/", {"result": [span(TEXTS[ONE], "Velmora")]})
    client.delete(f"/api/annotations/{numbers[1]}/")
    # It is the first that is read, and the last.
    assert counts(pull.run(pushed, last_week)) == Changes(new=2)
    assert counts(pull.run(pushed)) == Changes(changed=1, deleted=1)
    today = exported(client, pushed)
    for path, older in ((last_week, 2), (today, 0), (last_week, 2)):
        done = pull.run(pushed, path)
        assert (counts(done), done.older) == (Changes(unchanged=1), older)
    assert (kinds(pushed, ONE), kinds(pushed, THREE)) == (["created", "edited"], ["created", "deleted"])
    client.patch(f"/api/annotations/{numbers[0]}/", {"result": []})
    done = pull.run(pushed, exported(client, pushed))
    assert (counts(done), done.older) == (Changes(changed=1), 0)
    assert counts(pull.run(pushed)) == counts(pull.run(pushed, full=True)) == Changes(unchanged=1)
