"""Push and pull where the token, the address or what answers there is wrong; each kind of token that is right."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from annotate.errors import StudioProblem
from annotate.steps import pull, push
from annotate.studio.server import Server
from annotate.workspace import Workspace
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
        ((200, b"<html><title>Velmora Post</title></html>"), "answers with a web page, not as Label Studio does; check the address"),
        ((200, b'{"status": "ok"}'), "does not answer as Label Studio 1.23 does .*; check the address"),
        ((200, b"[]"), "does not answer as Label Studio 1.23 does .*; check the address"),
        ((404, b"<html>Not here</html>"), r"nothing there \(404\); check the address"),
        ((502, b"<html>Bad gateway</html>"), r"a proxy answers, but not the server behind it \(502\)"),
    ],
    indirect=["something_else"],
)
def test_an_address_where_something_else_answers(
    make_workspace: MakeWorkspace, server: Server, something_else: str, message: str, step: Callable[[Workspace], Any]
) -> None:
    with pytest.raises(StudioProblem, match=message):
        step(make_workspace(server=server, LABEL_STUDIO_URL=something_else))
