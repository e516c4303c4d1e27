"""`annotate doctor`: what is wrong is found, each with what to do; where nothing is wrong nothing is said to be."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from annotate.schema import load_schema
from annotate.schema.build import build
from annotate.steps import doctor, forget, push, split
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.doctor import Finding
from annotate.studio.server import Server
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time
from tests.answering import Asked, Reply, answering
from tests.on_server import TEXTS, Join, MakeWorkspace, project_of, put, span, submit, tasks_of
from tests.test_push_doubles import double


def wrong(workspace: Workspace) -> dict[str, Finding]:
    """What is not good, by what it is about."""
    found = [each for each in doctor.run(workspace).findings if each.state != "good"]
    assert all(each.remedy for each in found)
    return {each.about: each for each in found}


def test_all_is_well(pushed: Workspace, client: Client, join: Join) -> None:
    split.run(pushed)
    done = doctor.run(pushed)
    assert [each.about for each in done.findings] == [
        "disk",
        "lock",
        "schema",
        "store",
        "server",
        "token",
        "clock",
        "project",
        "tasks",
        "drafts",
        "people",
    ]
    assert {each.state for each in done.findings if each.about != "people"} == {"good"}
    assert done.sound
    said = {each.about: each.what for each in done.findings}
    assert said["server"].endswith("is Label Studio 1.23.2")
    assert said["token"].startswith("a legacy token of ")
    assert said["tasks"] == "each of the 3 articles has its task"


def test_what_is_wrong_in_a_project_is_found(pushed: Workspace, client: Client, join: Join) -> None:
    task = tasks_of(client, pushed)["velmora-2"]
    dana, omar = join("dana"), join("omar")
    dana.post(f"/api/tasks/{task.number}/drafts", {"result": [span(TEXTS["velmora-2"], "فيلمورا")], "lead_time": 1})
    submit(omar, task, span(TEXTS["velmora-2"], "فيلمورا"))
    double(client, pushed, "velmora-1")
    client.patch(f"/api/projects/{project_of(client, pushed).number}", {"expert_instruction": "Do as you like."})
    put(pushed, {"velmora-3": "Karesh regrets it.", "velmora-9": "Nahrin voted."}, replace=True)
    with one_at_a_time(pushed.folder, "pull"):
        found = doctor.run(pushed)
    said = [str(each.what) for each in found.findings if each.state == "warning"]
    me, other = (each.get_json("/api/current-user/whoami")["email"] for each in (dana, omar))
    for words in (
        "`annotate pull` is at work here (process ",
        "no splits are drawn",
        f"(project {project_of(client, pushed).number}) differs from the workspace in the guidelines",
        "1 articles have no task: velmora-9",
        "1 articles have several tasks: velmora-1",
        "1 articles have another text than their task: velmora-3",
        f"1 tasks hold drafts (of {me}; the oldest of {datetime.now(UTC):%Y}",
    ):
        assert any(words in each for each in said), (words, said)
    idle = next(each for each in found.findings if each.about == "people").what
    assert me in idle or "more" in idle
    assert other not in idle
    assert "want a look" in doctor.show(found)
    assert found.sound


def test_a_forgotten_article_still_on_the_server_is_to_be_removed_there(pushed: Workspace) -> None:
    forget.run(pushed, ["velmora-2"], [], yes=True)
    found = wrong(pushed)["tasks"]
    assert found.what == "1 tasks are of articles that were forgotten: velmora-2"
    assert found.remedy.startswith("remove them in Label Studio")


def test_a_workspace_without_a_project_and_a_push_that_was_cut_off(make_workspace: MakeWorkspace, server: Server) -> None:
    workspace = make_workspace(server=server)
    assert wrong(workspace)["store"].remedy == "run `annotate ingest`"
    put(workspace, TEXTS)
    assert wrong(workspace)["project"].remedy == "run `annotate push`"
    push.run(workspace)
    assert "push" not in wrong(workspace)
    with Store(workspace.store_path) as store:
        store.set_meta(push.ALOFT, '["velmora-1"]')
    assert wrong(workspace)["push"].remedy == "run `annotate push` again: nothing is done twice"
    push.run(workspace)
    assert "push" not in wrong(workspace)


def test_a_schema_out_of_step_and_one_that_is_broken(workspace: Workspace) -> None:
    words = workspace.schema_path.read_text("utf-8")
    workspace.schema_path.write_text(words.replace("ar: شخص, en: Person", "ar: إنسان, en: Human"), encoding="utf-8")
    assert wrong(workspace)["schema"].remedy == "run `annotate schema build`"
    build(load_schema(workspace.schema_path), workspace.schema_path.parent)
    assert "schema" not in wrong(workspace)
    workspace.schema_path.write_text(words.replace("kind: mentions", "kind: mansions"), encoding="utf-8")
    done = doctor.run(workspace)
    assert (done.findings[-1].about, done.findings[-1].state, done.sound) == ("schema", "fault", False)


def test_no_server_at_all(workspace: Workspace) -> None:
    found = wrong(workspace)["server"]
    assert found.state == "fault"
    assert found.what.startswith("no Label Studio: run `annotate studio up`, or set `url` under [studio]")


def token_until(until: datetime) -> str:
    claims = json.dumps({"exp": until.timestamp()}).encode()
    return f"head.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.signature"


@pytest.mark.parametrize(
    ("release", "ahead", "days", "expected"),
    [
        ("1.23.5", 0, 90, {}),
        ("1.21.0", 0, 90, {"server": "1.21.0; 1.23 is what was tested"}),
        ("1.23.2", 7200, 90, {"clock": "s ahead of this machine's"}),
        ("1.23.2", -600, 90, {"clock": "s behind this machine's"}),
        ("1.23.2", 0, 3, {"token": "it runs out in 2 days, on "}),
    ],
)
def test_version_clock_and_token(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, release: str, ahead: int, days: int, expected: dict[str, str]
) -> None:
    """A server of the tests' own says what a real one cannot be made to say."""
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token_until(datetime.now(UTC) + timedelta(days=days)))

    def answer(asked: Asked) -> Reply:
        there: dict[str, object] = {"release": release, "access": "x", "email": "dana@velmora.example", "results": [], "next": None}
        now = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
        return Reply(body=json.dumps(there).encode(), headers=[("Date", now)])

    with answering(answer) as server:
        found = wrong(make_workspace(LABEL_STUDIO_URL=server.url))
    assert {about: each for about, each in found.items() if about in ("server", "clock", "token")}.keys() == expected.keys()
    assert all(words in found[about].what for about, words in expected.items())


def test_a_token_without_the_rights(make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    there: dict[str, object] = {"release": "1.23.2", "email": "dana@velmora.example", "permissions": ["annotations.view"]}

    def answer(asked: Asked) -> Reply:
        return Reply(body=json.dumps(there | {"results": [], "next": None}).encode())

    with answering(answer) as server:
        found = wrong(make_workspace(LABEL_STUDIO_URL=server.url))["token"]
    assert (found.state, found.remedy) == ("fault", "use the token of an administrator")
    assert "of dana@velmora.example, who lacks projects.create" in found.what
