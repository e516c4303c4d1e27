"""Push and pull with each kind of token, right and wrong, and without a server. (What else a server may say is in test_refusals.)"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from annotate.errors import StudioProblem
from annotate.steps import pull, push
from annotate.studio.client import Client
from annotate.studio.server import Server
from annotate.workspace import Workspace
from tests.answering import Reply, answering, in_turn
from tests.on_server import TEXTS, Join, MakeWorkspace, put

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


def test_a_plain_connection_is_not_kept() -> None:
    """On one that is kept each answer of Label Studio's own server comes 40 ms late."""
    with answering(in_turn(Reply())) as plain, Client(plain.url, "0" * 40) as client:
        for _ in range(3):
            client.get("/api/version")
    assert (len(plain.asked), plain.connections) == (3, 3)
