"""Pairs that may be one story, in Label Studio: sent once, and what people say of them comes back into the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate.errors import StudioProblem
from annotate.steps import ingest, stories
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.server import Server
from annotate.studio.story_pairs import find_pairs
from annotate.studio.tasks import spans
from annotate.workspace import Workspace
from tests.on_server import Join, MakeWorkspace

HELD = Path(__file__).parent / "data" / "stories.jsonl"


@pytest.fixture
def work(make_workspace: MakeWorkspace, server: Server) -> Workspace:
    """A workspace with the first stories of the held-out set."""
    workspace = make_workspace(server=server)
    path = workspace.folder / "articles.jsonl"
    rows = [json.loads(line) for line in HELD.read_text("utf-8").splitlines()]
    kept = ("id", "text", "title", "publisher", "date", "lang")
    path.write_text("".join(json.dumps({key: row[key] for key in kept if row.get(key)}) + "\n" for row in rows), encoding="utf-8")
    assert ingest.run(workspace, [str(path)]).problems == []
    return workspace


def pairs_on(client: Client, workspace: Workspace) -> dict[tuple[str, str], int]:
    with Store(workspace.store_path) as store:
        project = find_pairs(client, store.meta("workspace"))
    assert project is not None
    return {(task.meta["first"], task.meta["second"]): task.id for span in spans(client, project, "id,meta") for task in span.tasks}


def say(client: Client, task: int, verdict: str) -> None:
    item = {"id": "v", "from_name": "verdict", "to_name": "first", "type": "choices", "value": {"choices": [verdict]}}
    client.post(f"/api/tasks/{task}/annotations/", {"result": [item]})


def test_pairs_go_once_and_what_is_said_comes_back_into_the_file(work: Workspace, client: Client, join: Join, tmp_path: Path) -> None:
    suggested = [(each.first, each.second) for each in stories.run(work).suggestions]
    assert len(suggested) > 2
    with pytest.raises(StudioProblem, match="annotate stories --send"):
        stories.run_fetch(work, tmp_path / "decisions.csv")
    assert stories.run_send(work, dry_run=True).sent == len(suggested)
    assert stories.run_send(work).sent == len(suggested)
    assert stories.run_send(work).sent == 0
    tasks = pairs_on(client, work)
    assert sorted(tasks) == sorted(suggested)

    one, two, three = suggested[:3]
    say(client, tasks[one], "same")
    say(client, tasks[two], "apart")
    say(client, tasks[three], "same")
    say(join("dana"), tasks[three], "apart")
    path = tmp_path / "decisions.csv"
    path.write_text(f"# mine\n{two[0]}, {two[1]}, same", encoding="utf-8")
    done = stories.run_fetch(work, path)
    assert path.read_text("utf-8") == f"# mine\n{two[0]}, {two[1]}, same\n{one[0]},{one[1]},same\n"
    assert (done.added, sorted(each.message for each in done.problems)) == (
        1,
        sorted([f"apart, but {path} says otherwise", "called the same and apart; decide in your file"]),
    )
    assert stories.run_fetch(work, path).added == 0
    decided = stories.run(work, path)
    assert {*one, *two} <= set(decided.changed)
