"""A server of one's own: up, status and down, beside another one, and its data after a crash."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import psutil

from annotate.studio.client import Client
from annotate.studio.people import own_token
from annotate.studio.server import Server, ServerState, down, running, status, up


def test_a_second_server_beside_the_first(server: Server, program: Path, tmp_path: Path) -> None:
    assert status(tmp_path) == ServerState(False, False, None, None)
    assert down(tmp_path) is False
    try:
        second, new = up(tmp_path, program)
        assert new
        assert second.url != server.url
        assert second.url.startswith("http://127.0.0.1:")
        assert status(tmp_path) == ServerState(True, True, second.url, second.pid)
        assert up(tmp_path, program) == (second, False)
        assert (tmp_path / "server.json").stat().st_mode & 0o777 == 0o600
        assert len(second.token) <= 40
        with Client(second.url, second.token) as client:
            client.post("/api/projects/", {"title": "Still here"})

        psutil.Process(second.pid).send_signal(signal.SIGKILL)
        psutil.wait_procs([psutil.Process(second.pid)], timeout=20)
        assert running(tmp_path) is None
        assert status(tmp_path) == ServerState(False, False, None, None)

        again, new = up(tmp_path, program)
        assert new
        assert (again.email, again.password, again.token) == (second.email, second.password, second.token)
        assert own_token(again.url, again.email, again.password) == second.token
        with Client(again.url, again.token) as client:
            assert [each["title"] for each in client.get_json("/api/projects/")["results"]] == ["Still here"]

        assert down(tmp_path) is True
        assert not psutil.pid_exists(again.pid) or psutil.Process(again.pid).status() == psutil.STATUS_ZOMBIE
    finally:
        down(tmp_path)
    assert down(tmp_path) is False
    assert httpx.get(f"{server.url}/health", timeout=20).json() == {"status": "UP"}
