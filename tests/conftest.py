"""What the tests share. A test that lacks something on this machine says NOT RUN and why; under CI that fails the run."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from annotate.demo.corpus import ARTICLES
from annotate.errors import StudioProblem
from annotate.schema import Schema, load_schema
from annotate.steps import export, init, push
from annotate.studio.client import Client
from annotate.studio.people import invite_link, own_token, sign_up
from annotate.studio.server import Server, down, find_program, up
from annotate.workspace import Workspace, find_workspace
from tests.on_server import TEXTS, Join, MakeWorkspace, put
from tests.tiny_schema import TINY

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "schemas"
BUNDLED = ("event-stance", "stance-only")
PASSWORD = "velmora-annotator-1"
NOT_RUN = "NOT RUN"
STANDS_IN = "in its place:"


def not_run(reason: str, stand_in: str = "") -> NoReturn:
    """Say that a test (or a whole module, at its head) cannot run on this machine, and why. CI fails then, but where a test stands in."""
    pytest.skip(f"{NOT_RUN}: {reason}" + (f"; {STANDS_IN} {stand_in}" if stand_in else ""), allow_module_level=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="the tests' Label Studio keeps its data in PostgreSQL")
    parser.addoption("--soak", type=int, default=20, help="how many seeded runs tests/test_push_faults.py does")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"{NOT_RUN} {report.nodeid}: {report.longrepr[2]}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if os.environ.get("CI") and session.exitstatus == 0 and any(STANDS_IN not in str(each.longrepr) for each in skipped):
        session.exitstatus = 1


@pytest.fixture(scope="session")
def schema() -> Schema:
    return load_schema(SCHEMAS / "event-stance" / "schema.yaml")


@pytest.fixture(scope="session")
def stance_only() -> Schema:
    return load_schema(SCHEMAS / "stance-only" / "schema.yaml")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of eight small articles; not to be changed."""
    from tests.releases import small_release  # which needs what stands here

    return small_release(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The bundled corpus with the two labellings its gold was made from, and its release 1.0.0; not to be changed."""
    from tests.releases import annotate, demo_label, new_workspace

    workspace = new_workspace(tmp_path_factory.mktemp("demo") / "work", ARTICLES)
    annotate(workspace, demo_label)
    export.run(workspace, "1.0.0")
    return workspace


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The file of a small schema, to be broken."""
    path = tmp_path / "schema.yaml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def program() -> Path:
    """The label-studio program."""
    try:
        return find_program(ROOT)
    except StudioProblem as error:
        not_run(str(error))


@pytest.fixture(scope="session")
def server(program: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Server]:
    """A real Label Studio, one for all tests; each test has projects and people of its own on it."""
    folder = tmp_path_factory.mktemp("studio")
    with ExitStack() as ending:
        database = ending.enter_context(postgresql()) if pytestconfig.getoption("postgresql") else {}
        ending.callback(down, folder)
        yield up(folder, program, database)[0]


@contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    """A PostgreSQL of the tests' own; the variables that tell Label Studio of it."""
    script = str(ROOT / ".ci" / "postgresql")
    started = subprocess.run([script, "up"], capture_output=True, text=True, check=False)
    if started.returncode:
        not_run(started.stderr.strip())
    folder, port = started.stdout.split()[-2:]
    where = {"HOST": "127.0.0.1", "PORT": port, "NAME": "labelstudio", "USER": "labelstudio", "PASSWORD": "labelstudio"}
    try:
        yield {"DJANGO_DB": "default"} | {f"POSTGRE_{key}": value for key, value in where.items()}
    finally:
        subprocess.run([script, "down", folder], check=True, capture_output=True)


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """The administrator's connection."""
    with Client(server.url, server.token) as connected:
        yield connected


@pytest.fixture
def make_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeWorkspace:
    """Makes a workspace under the test's folder; with ``server`` it is configured for that server."""

    def make(name: str = "work", schema: str = "event-stance", server: Server | None = None, **environment: str) -> Workspace:
        folder = tmp_path / name
        init.run(folder, schema)
        if server is not None:
            monkeypatch.setenv("LABEL_STUDIO_API_KEY", server.token)
            environment = {"LABEL_STUDIO_URL": server.url, **environment}
        return find_workspace(folder, environment)

    return make


@pytest.fixture
def workspace(make_workspace: MakeWorkspace) -> Workspace:
    """An empty workspace, without a server."""
    return make_workspace()


@pytest.fixture
def join(client: Client) -> Iterator[Join]:
    """Signs a person up through the invite link, as their browser would; gives a connection with their own token."""
    with ExitStack() as connections:

        def joined(name: str) -> Client:
            email = f"{name}-{secrets.token_hex(4)}@velmora.example"
            sign_up(invite_link(client), email, PASSWORD)
            return connections.enter_context(Client(client.url, own_token(client.url, email, PASSWORD)))

        yield joined


@pytest.fixture
def pushed(make_workspace: MakeWorkspace, server: Server) -> Workspace:
    """A workspace whose three articles are on the server."""
    workspace = make_workspace(server=server)
    put(workspace, TEXTS)
    assert push.run(workspace).sent == 3
    return workspace


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Debian's Chromium."""
    found = shutil.which("chromium")
    if found is None:
        not_run("no chromium on this machine; .ci/packages installs it")
    return Path(found)


@pytest.fixture(scope="session")
def demo_formats(schema: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the bundled corpus' gold, in every format."""
    from annotate.release.formats import FORMATS, write_formats
    from tests.format_releases import demo_records, release_of

    folder = release_of(tmp_path_factory.mktemp("formats") / "demo-1.0.0", "event-stance", demo_records(schema))
    write_formats(folder, FORMATS)
    return folder


@pytest.fixture(scope="session")
def small_formats(stance_only: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of one English article with spans that formats have no room for, in every format."""
    from annotate.release.formats import FORMATS, write_formats
    from tests.format_releases import release_of, small_record

    folder = release_of(tmp_path_factory.mktemp("formats") / "small-1.0.0", "stance-only", [small_record(stance_only)])
    write_formats(folder, FORMATS)
    return folder


@pytest.fixture(params=["demo_formats", "small_formats"])
def converted(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found
