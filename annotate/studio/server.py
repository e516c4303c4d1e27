"""A Label Studio server of one's own: on SQLite, bound to loopback, quiet, its data in one folder, stopped by its own process id.

The server lives in an environment of its own (``.venv-server``): its 160 packages do not belong with the toolkit's.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec
import psutil
from msgspec import Struct

from annotate.errors import StudioProblem

VERSION = "1.23.2"
READY_SECONDS = 600
SQLITE: Mapping[str, str] = {}
STOP_SECONDS = 20


class Server(Struct, frozen=True):
    """A server that was started: its address, administrator and process."""

    url: str
    email: str
    password: str
    token: str
    pid: int
    started: float  # the process's own start time, for a process id is used again


class ServerState(Struct, frozen=True):
    """What `studio status` says."""

    running: bool
    healthy: bool
    url: str | None
    pid: int | None


def find_program(folder: Path) -> Path:
    """The label-studio program: in a ``.venv-server`` in or above the workspace or this folder, beside this environment, or on PATH.

    Raises StudioProblem with the commands that install it.
    """
    places = [*_upwards(folder.resolve()), *_upwards(Path.cwd()), Path(sys.prefix).parent]
    for place in places:
        if (program := place / ".venv-server" / "bin" / "label-studio").is_file():
            return program
    if found := shutil.which("label-studio"):
        return Path(found)
    raise StudioProblem(
        "Label Studio is not installed; in the folder of the workspace run:\n"
        f"  python3 -m venv .venv-server && .venv-server/bin/pip install label-studio=={VERSION}"
    )


def _upwards(folder: Path) -> list[Path]:
    return [folder, *folder.parents]


def up(folder: Path, program: Path, database: Mapping[str, str] = SQLITE) -> tuple[Server, bool]:
    """Start the server whose data are in ``folder``, or find it running; (server, whether it was started now).

    database: Label Studio's own variables of another database (``DJANGO_DB``, ``POSTGRE_…``); by default it is SQLite, in the folder

    Returns only when it answers as healthy. Raises StudioProblem with the log's end when it does not come up.
    """
    # One that runs may be about to die: then another is started.
    if (server := running(folder)) is not None and _comes_up(server, folder):
        return server, False
    folder.mkdir(parents=True, exist_ok=True)
    last = _remembered(folder)
    port = _free_port()
    server = Server(
        url=f"http://127.0.0.1:{port}",
        email=last.email if last else "researcher@annotate.example",
        password=last.password if last else secrets.token_urlsafe(12),
        # At most 40 characters: a longer one stops the server from starting on PostgreSQL.
        token=last.token if last else secrets.token_hex(20),
        pid=0,
        started=0.0,
    )
    # Remembered before the start: an account made by a start that was killed has this password.
    _remember(folder, server)
    process = _start(program, folder, server, port, database)
    server = msgspec.structs.replace(server, pid=process.pid, started=psutil.Process(process.pid).create_time())
    _remember(folder, server)
    if not _comes_up(server, folder):
        raise StudioProblem(f"Label Studio stopped while starting; the end of {folder / 'server.log'}:\n{_log_end(folder)}")
    return server, True


def down(folder: Path) -> bool:
    """Stop the server, by its own process id; False when none ran."""
    server = running(folder)
    if server is None:
        return False
    process = psutil.Process(server.pid)
    family = [*process.children(recursive=True), process]
    for each in family:
        _signal(each, signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for each in alive:
        _signal(each, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
    return True


def status(folder: Path) -> ServerState:
    server = running(folder)
    if server is None:
        return ServerState(False, False, None, None)
    return ServerState(True, _healthy(server.url), server.url, server.pid)


def running(folder: Path) -> Server | None:
    """The server of this folder, when its process lives."""
    server = _remembered(folder)
    if server is None or server.pid == 0:
        return None
    try:
        process = psutil.Process(server.pid)
        alive = abs(process.create_time() - server.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return server if alive else None


def _start(program: Path, folder: Path, server: Server, port: int, database: Mapping[str, str]) -> subprocess.Popen[bytes]:
    quiet = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder.resolve()),
        "LABEL_STUDIO_USERNAME": server.email,
        "LABEL_STUDIO_PASSWORD": server.password,
        "LABEL_STUDIO_USER_TOKEN": server.token,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "LATEST_VERSION_CHECK": "false",
        "DEBUG": "false",
    }
    command = [str(program), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("LABEL_STUDIO_", "DJANGO_", "POSTGRE_"))}
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(
            command,
            env={**inherited, **quiet, **database},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _comes_up(server: Server, folder: Path) -> bool:
    """Wait until it answers; False when it dies instead. Raises StudioProblem when it does neither in time."""
    until = time.monotonic() + READY_SECONDS
    while not _healthy(server.url):
        if running(folder) is None:
            return False
        if time.monotonic() > until:
            raise StudioProblem(
                f"Label Studio was not ready after {READY_SECONDS} s; the end of {folder / 'server.log'}:\n{_log_end(folder)}"
            )
        time.sleep(0.2)
    return True


def _healthy(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/health", timeout=5).json() == {"status": "UP"})
    except (httpx.HTTPError, ValueError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _remembered(folder: Path) -> Server | None:
    path = folder / "server.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Server)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _remember(folder: Path, server: Server) -> None:
    path = folder / "server.json"
    written = path.with_suffix(".part")
    written.touch(mode=0o600)
    written.write_bytes(msgspec.json.format(msgspec.json.encode(server)))
    written.replace(path)


def _log_end(folder: Path) -> str:
    try:
        return "\n".join((folder / "server.log").read_text("utf-8", errors="replace").splitlines()[-15:])
    except FileNotFoundError:
        return "(no log)"
