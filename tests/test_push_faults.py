"""Push through a network that fails: once it says that it is done there is one task an article, and everybody's work is as it was.

Each run is drawn from its seed. The normal tests do a few; ``make soak`` does hundreds (``--soak N``).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.errors import StudioProblem
from annotate.steps import push
from annotate.studio.client import Client
from annotate.studio.server import down, running, up
from annotate.studio.tasks import Task, list_tasks
from annotate.workspace import Workspace, find_workspace
from tests.fault_proxy import FAULTS, Choose, FaultProxy, Request, fault_proxy
from tests.on_server import MakeWorkspace, project_of, put, span, submit

# Besides the proxy's: several faults in one push, pushes that are killed, two at once, and a server that is killed.
KINDS = (*FAULTS, "all", "push killed", "two at once", "server killed")
TRIES = 12


@pytest.fixture(scope="session")
def mortal(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a server of these tests' own, which they kill."""
    folder = tmp_path_factory.mktemp("mortal")
    yield folder
    down(folder)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("soak")))


def test_whatever_happens_each_article_ends_as_one_task(
    seed: int, make_workspace: MakeWorkspace, request: pytest.FixtureRequest, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, draw = KINDS[seed % len(KINDS)], random.Random(seed)
    folder = request.getfixturevalue("mortal") if kind == "server killed" else None
    server = up(folder, program)[0] if folder else request.getfixturevalue("server")
    with fault_proxy(server.url, faults(kind, draw), seed) as proxy, Client(server.url, server.token) as client:
        workspace = make_workspace(server=server, LABEL_STUDIO_URL=proxy.url, ANNOTATE_STUDIO_BATCH=str(draw.randint(2, 6)))
        monkeypatch.setenv("LABEL_STUDIO_URL", proxy.url)
        work = begun(workspace, client, draw, proxy)
        put(workspace, texts(draw.randint(6, 16)))
        if folder:
            pushed_while_the_server_dies(workspace, proxy, folder, program, draw)
        elif kind == "push killed":
            pushed_by_processes_that_are_killed(workspace, proxy, draw)
        elif kind == "two at once":
            pushed_by_two_at_once(workspace)
        pushed_at_last(workspace)
        with Client(proxy.server, server.token) as after:
            assert_one_task_an_article(workspace, after, work)
            proxy.drain()  # what was on its way has arrived by now, and makes no double either
            assert_one_task_an_article(workspace, after, work)


def texts(count: int) -> dict[str, str]:
    return {f"velmora-{number}": f"Velmora shelled the bridge on day {number}. قصفت فيلمورا الجسر." * 20 for number in range(count)}


def faults(kind: str, draw: random.Random) -> Choose:
    """Each import, and now and then another request, meets the kind's fault."""

    def choose(request: Request) -> str | None:
        sends = request.method == "POST" and ("/import" in request.path or request.path.startswith("/api/projects"))
        if kind in FAULTS:
            return kind if draw.random() < (0.5 if sends else 0.04) else None
        if kind == "all":
            return draw.choice(FAULTS) if draw.random() < (0.6 if sends else 0.06) else None
        return None

    return choose


def begun(workspace: Workspace, client: Client, draw: random.Random, proxy: FaultProxy) -> dict[str, tuple[int, list[object]]]:
    """Half of the runs begin with articles that are there and worked on: article → (annotation, its result)."""
    if draw.random() < 0.5:
        return {}
    put(workspace, texts(4))
    pushed_at_last(workspace)
    done = {}
    for task in list_tasks(client, project_of(client, workspace)):
        if task.article is not None and draw.random() < 0.6:
            result = [span(texts(4)[task.article], "Velmora")]
            done[task.article] = (submit(client, task, *result), list[object](result))
    return done


def pushed_at_last(workspace: Workspace) -> None:
    """Push as a person would: again, until it says that all is there. What went wrong was said with what to do."""
    said = []
    for _ in range(TRIES):
        try:
            if not push.run(workspace).problems:
                break
        except StudioProblem as error:
            said.append(str(error))
    else:
        pytest.fail(f"push did not come through in {TRIES} tries: {said}")
    remedies = ("run the command again", "is it running", "wait a while", "check the address")
    assert [each for each in said if not any(remedy in each.lower() for remedy in remedies)] == []


def pushing(workspace: Workspace) -> subprocess.Popen[bytes]:
    environment = os.environ | {"ANNOTATE_STUDIO_BATCH": str(workspace.settings.studio.batch)}
    command = [sys.executable, "-m", "annotate", "push", "--workspace", str(workspace.folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def pushed_by_processes_that_are_killed(workspace: Workspace, proxy: FaultProxy, draw: random.Random) -> None:
    """Each is killed as one of its requests sets out, which the server then does all the same."""
    for _ in range(draw.randint(1, 3)):
        process = pushing(workspace)
        proxy.at_request(draw.randint(1, 20), process.kill)
        process.communicate()


def pushed_by_two_at_once(workspace: Workspace) -> None:
    """From a copy of the workspace, as on a second machine: the lock of the one does not hold the other."""
    copy = workspace.folder.with_name("copy")
    shutil.copytree(workspace.folder, copy)
    both = [pushing(workspace), pushing(find_workspace(copy, {"ANNOTATE_STUDIO_BATCH": str(workspace.settings.studio.batch)}))]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said


def pushed_while_the_server_dies(workspace: Workspace, proxy: FaultProxy, folder: Path, program: Path, draw: random.Random) -> None:
    """It is killed up to 0.2 s after a request set out, so before, in and after the transaction."""
    server = running(folder)
    assert server is not None
    dies = threading.Timer(draw.uniform(0, 0.2), os.kill, (server.pid, signal.SIGKILL))
    proxy.at_request(draw.randint(3, 12), dies.start)
    pushing(workspace).communicate()
    proxy.at_request(0, dies.start)  # no later push's
    if dies.ident is None:  # the push was over before
        dies.start()
    dies.join()
    proxy.server = up(folder, program)[0].url


def assert_one_task_an_article(workspace: Workspace, client: Client, work: dict[str, tuple[int, list[object]]]) -> None:
    tasks: list[Task] = list(list_tasks(client, project_of(client, workspace)))
    expected = {str(each) for each in Counter(task.article for task in tasks)}
    assert Counter(task.article for task in tasks) == dict.fromkeys(expected, 1)
    articles = len((workspace.folder / "articles.jsonl").read_text("utf-8").splitlines())
    assert len(tasks) == max(articles, 4 if work else 0)
    by_article = {task.article: task for task in tasks}
    for article, (number, result) in work.items():
        kept = client.get_json(f"/api/annotations/{number}/")
        assert (kept["task"], kept["result"]) == (by_article[article].number, result)


def test_the_soak_meets_every_kind() -> None:
    assert len({KINDS[seed % len(KINDS)] for seed in range(20)}) == len(KINDS)
