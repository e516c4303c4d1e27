"""How many people can label at once: each gets the next task, thinks, submits, and so on; a researcher pulls meanwhile.

Times of a request as a person's browser would wait for it, in milliseconds; at the end everything that a server took is in the store.

Run: .venv/bin/python -m benchmarks.annotators [--people 50] [--pause 5] [--seconds 60] [--postgresql] [--workers 4 --gunicorn FOLDER]

With --workers Label Studio runs in gunicorn, installed by `pip install --target FOLDER gunicorn`; else it is its own one process.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from msgspec import Struct, structs

from annotate.records import Article
from annotate.steps import init, pull, push
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.people import invite_link, own_token, sign_up
from annotate.studio.project import find_project
from annotate.studio.server import Server, down, find_program, up
from annotate.workspace import Workspace, find_workspace
from benchmarks.sync import annotation, article

ROOT = Path(__file__).parent.parent
PASSWORD = "velmora-labels-1"


class Next(Struct):
    """The task that the label stream gives."""

    id: int
    data: dict[str, str]


class Turn(NamedTuple):
    """Seconds of one task: until it was there, until its annotation was taken."""

    asked: float
    submitted: float


@contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    """A PostgreSQL for this run; the variables that tell Label Studio of it."""
    script = str(ROOT / ".ci" / "postgresql")
    folder, port = subprocess.run([script, "up"], check=True, capture_output=True, text=True).stdout.split()[-2:]
    where = {"HOST": "127.0.0.1", "PORT": port, "NAME": "labelstudio", "USER": "labelstudio", "PASSWORD": "labelstudio"}
    try:
        yield {"DJANGO_DB": "default"} | {f"POSTGRE_{key}": value for key, value in where.items()}
    finally:
        subprocess.run([script, "down", folder], check=True, capture_output=True)


@contextmanager
def gunicorn(server: Server, folder: Path, installed: Path, workers: int, database: dict[str, str]) -> Iterator[None]:
    """The same server, at the same address, in several processes."""
    down(folder)
    package = next((find_program(ROOT).parent.parent / "lib").glob("python3*/site-packages/label_studio"))
    environment = {
        "DJANGO_SETTINGS_MODULE": "core.settings.label_studio",
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder.resolve()),
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "",
        "LATEST_VERSION_CHECK": "false",
        "PYTHONPATH": f"{installed}:{package}:{package.parent}",
    }
    command = [
        "-m",
        "gunicorn",
        "core.wsgi:application",
        "--bind",
        server.url.removeprefix("http://"),
        "--timeout",
        "300",
        "--keep-alive",
        "75",
    ]
    with (folder / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(
            [str(find_program(ROOT).with_name("python")), *command, "--workers", str(workers), "--threads", "4"],
            env=os.environ | environment | database, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while True:
            try:
                with Client(server.url, server.token) as client:
                    client.get("/api/version")
                break
            except Exception:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(1)
        yield
    finally:
        process.terminate()
        process.wait(60)


def people_of(client: Client, count: int) -> list[str]:
    """So many people's tokens."""
    link = invite_link(client)
    addresses = [f"annotator-{number}@velmora.example" for number in range(count)]
    for each in addresses:
        sign_up(link, each, PASSWORD)
    return [own_token(client.url, each, PASSWORD) for each in addresses]


def label(url: str, token: str, project: int, articles: Mapping[str, Article], pause: float, until: float, turns: list[Turn]) -> None:
    """One person at work."""
    draw = random.Random(token)
    with Client(url, token) as client:
        time.sleep(draw.uniform(0, pause))  # they do not all begin at once
        while time.monotonic() < until:
            began = time.perf_counter()
            task = client.get_as(f"/api/projects/{project}/next", Next)
            given = time.perf_counter()
            time.sleep(draw.uniform(0.5, 1.5) * pause)
            sent = time.perf_counter()
            client.post(f"/api/tasks/{task.id}/annotations/?project={project}", annotation(articles[task.data["article"]]))
            turns.append(Turn(given - began, time.perf_counter() - sent))


def workspace_of(folder: Path, server: Server, size: int) -> tuple[Workspace, dict[str, Article], int]:
    """A workspace whose articles were pushed, and its project's number."""
    init.run(folder, "event-stance")
    os.environ["LABEL_STUDIO_API_KEY"] = server.token
    workspace = find_workspace(folder, {"LABEL_STUDIO_URL": server.url})
    articles = {each.id: each for each in map(article, range(size))}
    with Store(workspace.store_path) as store:
        store.put_articles(articles.values())
    push.run(workspace)
    with Store(workspace.store_path) as store, Client(server.url, server.token) as client:
        project = find_project(client, store.meta("workspace"))
    assert project is not None
    return workspace, articles, project.number


def measure(folder: Path, server: Server, people: int, pause: float, seconds: float) -> None:
    workspace, articles, project = workspace_of(folder / "work", server, int(people * seconds / pause) + 100)
    with Client(server.url, server.token) as client:
        tokens = people_of(client, people)
    turns: list[Turn] = []
    until = time.monotonic() + seconds
    own = (server.url, project, articles, pause, until, turns)
    threads = [threading.Thread(target=label, args=(own[0], token, *own[1:])) for token in tokens]
    for each in threads:
        each.start()
    time.sleep(seconds / 2)
    began = time.perf_counter()
    halfway = pull.run(workspace)
    print(f"  a pull of {halfway.new} annotations meanwhile: {time.perf_counter() - began:.1f} s")
    for each in threads:
        each.join()
    stored = halfway.new + pull.run(workspace).new
    assert stored == len(turns), f"{len(turns)} were submitted, {stored} came back"
    print(f"  {len(turns)} annotations by {people} people in {seconds:.0f} s, all of them in the store")
    for name in Turn._fields:
        waits = [1000 * getattr(each, name) for each in turns]
        print(
            f"  {name:9} {median(waits):6.0f} ms, one in twenty more than {quantiles(waits, n=20)[-1]:.0f} ms, at most {max(waits):.0f} ms"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=50)
    options.add_argument("--pause", type=float, default=5)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--postgresql", action="store_true")
    options.add_argument("--workers", type=int)
    options.add_argument("--gunicorn", type=Path)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as ending:
        folder = Path(scratch)
        database = ending.enter_context(postgresql()) if asked.postgresql else {}
        ending.callback(down, folder / "server")
        server, _ = up(folder / "server", find_program(ROOT), database)
        if asked.workers:
            if asked.gunicorn is None:
                sys.exit("--workers needs --gunicorn: the folder in which it is installed")
            ending.enter_context(gunicorn(server, folder / "server", asked.gunicorn, asked.workers, database))
            server = structs.replace(server, pid=0)
        print(f"{asked.workers or 'Label Studio’s own one'} process(es), {'PostgreSQL' if database else 'SQLite'}", flush=True)
        measure(folder, server, asked.people, asked.pause, asked.seconds)


if __name__ == "__main__":
    main()
