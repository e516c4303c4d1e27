"""A project made by hand is taken over: tasks by their text, work on them kept, what does not match listed."""

from __future__ import annotations

import pytest

from annotate.errors import StudioProblem
from annotate.schema import load_schema
from annotate.schema.labelling_page import labelling_page
from annotate.steps import pull, push, studio
from annotate.studio.client import Client
from annotate.studio.server import Server
from annotate.workspace import Workspace
from tests.on_server import TEXTS, MakeWorkspace, put, span, tasks_of

OTHER_PAGE = """<View>
  <Labels name="mentions" toName="words"><Label value="GOV"/><Label value="KINGDOM"/></Labels>
  <Choices name="mood" toName="words"><Choice value="dark"/></Choices>
  <Text name="words" value="$body"/>
</View>"""


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, server: Server) -> Workspace:
    made = make_workspace(server=server)
    put(made, TEXTS)
    return made


def by_hand(client: Client, page: str, *data: dict[str, str]) -> tuple[int, list[int]]:
    """A project with these tasks: its number, and theirs."""
    project = int(client.post("/api/projects/", {"title": "made by hand", "label_config": page, "description": "our own"})["id"])
    sent = client.post(f"/api/projects/{project}/import", [{"data": each} for each in data], {"return_task_ids": "true"})
    return project, sent["task_ids"]


@pytest.fixture
def adopted(client: Client, workspace: Workspace) -> tuple[int, list[int]]:
    page = labelling_page(load_schema(workspace.schema_path))
    texts = [*TEXTS.values(), TEXTS["velmora-1"], "Nobody ingested this."]
    return by_hand(client, page, *({"text": text, "shelf": "7"} for text in texts))


def test_tasks_become_the_articles_whose_text_they_have(workspace: Workspace, client: Client, adopted: tuple[int, list[int]]) -> None:
    project, tasks = adopted
    text = TEXTS["velmora-3"]
    client.post(f"/api/tasks/{tasks[2]}/annotations/", {"result": [span(text, "Karesh")]})
    planned = studio.run_adopt(workspace, project, dry_run=True)
    assert (planned.matched, planned.patched, planned.differences) == (3, 3, [])
    with pytest.raises(StudioProblem, match="run `annotate push` first"):
        pull.run(workspace)
    done = studio.run_adopt(workspace, project)
    assert (done.matched, done.patched) == (3, 3)
    assert [str(each) for each in done.problems] == [
        f"task {tasks[3]}: has the text of 'velmora-1', as task {tasks[0]} has; delete the one that nobody annotated",
        f"task {tasks[4]}: has a text that no article has ('Nobody ingested this.' …); ingest it, and adopt the project again",
    ]
    pulled = pull.run(workspace)
    assert (pulled.new, pulled.labellings, pulled.problems) == (1, 1, [])
    assert push.run(workspace, dry_run=True).sent == 0
    there = client.get_json(f"/api/tasks/{tasks[0]}/")
    assert (there["data"], there["meta"]["article"]) == ({"text": TEXTS["velmora-1"], "shelf": "7", "article": "velmora-1"}, "velmora-1")
    assert client.get_json(f"/api/projects/{project}")["description"].startswith("our own\nannotate workspace ")


def test_adopting_again_changes_nothing_more_and_takes_what_was_ingested_since(
    workspace: Workspace, client: Client, adopted: tuple[int, list[int]]
) -> None:
    studio.run_adopt(workspace, adopted[0])
    assert studio.run_adopt(workspace, adopted[0]).patched == 0
    put(workspace, {"nahrin-1": "Nobody ingested this."})
    again = studio.run_adopt(workspace, adopted[0])
    assert (again.matched, again.patched) == (4, 1)
    assert set(tasks_of(client, workspace)) == {*TEXTS, "nahrin-1", None}


def test_another_page_is_compared_and_its_texts_found_where_it_shows_them(workspace: Workspace, client: Client) -> None:
    project, _ = by_hand(client, OTHER_PAGE, {"body": TEXTS["velmora-1"]}, {"body": TEXTS["velmora-2"]})
    done = studio.run_adopt(workspace, project, dry_run=True)
    assert (done.matched, done.problems) == (2, [])
    told = "\n".join(done.differences)
    for difference in (
        "lacks the control 'events'",
        "has a control 'mood' that the schema has not",
        "control 'mentions' has values that the schema has not: KINGDOM",
        "shows the data's 'body', the schema's shows 'text'",
    ):
        assert difference in told


@pytest.mark.parametrize("annotated", [False, True])
def test_lines_that_end_in_cr_lf_are_matched_while_nothing_counts_them(
    make_workspace: MakeWorkspace, server: Server, client: Client, *, annotated: bool
) -> None:
    workspace = make_workspace(server=server)
    put(workspace, {"nahrin-1": "Nahrin\nvotes."})
    page = labelling_page(load_schema(workspace.schema_path))
    project, (task,) = by_hand(client, page, {"text": "Nahrin\r\nvotes."})
    if annotated:
        client.post(f"/api/tasks/{task}/annotations/", {"result": []})
    done = studio.run_adopt(workspace, project)
    assert done.matched == (0 if annotated else 1)
    assert ["CR LF" in str(each) for each in done.problems] == ([True] if annotated else [])
    assert client.get_json(f"/api/tasks/{task}/")["data"]["text"] == ("Nahrin\r\nvotes." if annotated else "Nahrin\nvotes.")


def test_a_workspace_has_one_project_and_a_project_one_workspace(
    pushed: Workspace, make_workspace: MakeWorkspace, server: Server, client: Client
) -> None:
    project, _ = by_hand(client, "<View><Text name='text' value='$text'/></View>", {"text": "x"})
    with pytest.raises(StudioProblem, match="this workspace has a project already"):
        studio.run_adopt(pushed, project)
    own = next(each for each in client.get_json("/api/projects/")["results"] if "annotate workspace" in (each["description"] or ""))
    other = make_workspace("other", server=server)
    with pytest.raises(StudioProblem, match="is another workspace's"):
        studio.run_adopt(other, own["id"])


def test_a_project_that_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(StudioProblem, match="404"):
        studio.run_adopt(workspace, 999_999)
