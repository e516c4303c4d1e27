"""`annotate studio`: a local Label Studio, and the link through which annotators join."""

from __future__ import annotations

import os

from msgspec import Struct

from annotate.errors import Problem, StudioProblem
from annotate.schema import load_schema
from annotate.store import Store
from annotate.studio.adopt import adopt
from annotate.studio.client import Client
from annotate.studio.connect import connect
from annotate.studio.people import invite_link
from annotate.studio.project import find_project
from annotate.studio.server import ServerState, down, find_program, up
from annotate.studio.server import status as server_status
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time


class Started(Struct, frozen=True):
    """``password`` is that of the administrator ``email``."""

    url: str
    email: str
    password: str
    new: bool


class Stopped(Struct, frozen=True):
    ran: bool


class Invited(Struct, frozen=True):
    link: str


class Adopted(Struct, frozen=True):
    """Tasks that are articles of the workspace, how many of these were changed for it, how the page differs, tasks that stay out."""

    project: str
    matched: int
    patched: int
    differences: list[str]
    problems: list[Problem]
    dry_run: bool


def run_up(workspace: Workspace) -> Started:
    server, new = up(workspace.studio_folder, find_program(workspace.folder))
    return Started(server.url, server.email, server.password, new)


def show_up(started: Started) -> str:
    state = "is running" if started.new else "was running already"
    return f"Label Studio {state} at {started.url}\nlog in as {started.email} with the password {started.password}"


def run_down(workspace: Workspace) -> Stopped:
    return Stopped(down(workspace.studio_folder))


def show_down(stopped: Stopped) -> str:
    return "Label Studio is stopped" if stopped.ran else "no Label Studio of this workspace was running"


def run_status(workspace: Workspace) -> ServerState:
    return server_status(workspace.studio_folder)


def show_status(state: ServerState) -> str:
    if not state.running:
        return "not running; start it with `annotate studio up`"
    return f"running at {state.url} (process {state.pid}), {'healthy' if state.healthy else 'not healthy yet'}"


def run_invite(workspace: Workspace) -> Invited:
    with client_of(workspace) as client:
        return Invited(invite_link(client))


def show_invite(invited: Invited) -> str:
    return f"annotators sign up at {invited.link}"


def run_adopt(workspace: Workspace, number: int, *, dry_run: bool = False) -> Adopted:
    """Take over a project that was made by hand; what does not match stays as it is and is listed.

    Raises StudioProblem when the workspace has a project already, or this one is another workspace's.
    """
    schema = load_schema(workspace.schema_path)
    with one_at_a_time(workspace.folder, "studio adopt"), Store(workspace.store_path) as store, client_of(workspace) as client:
        own = find_project(client, store.meta("workspace"))
        if own is not None and own.number != number:
            raise StudioProblem(f"this workspace has a project already: {own.title} (project {own.number}); adopt into another workspace")
        done = adopt(client, number, schema, store.article_digests(), store.meta("workspace"), dry_run=dry_run)
    return Adopted(done.project.title, done.matched, done.patched, done.differences, done.problems, dry_run)


def show_adopt(adopted: Adopted) -> str:
    verb = "would be" if adopted.dry_run else "are"
    lines = [f"{adopted.project}: {adopted.matched} tasks {verb} the workspace's, {adopted.patched} of them patched now"]
    if not adopted.dry_run:
        lines.append("`annotate pull` brings their annotations; `annotate push` brings the page in step and adds what has no task")
    lines += [f"  {each}" for each in adopted.differences]
    return "\n".join(lines + [f"  {problem}" for problem in adopted.problems])


def client_of(workspace: Workspace) -> Client:
    """A client of the workspace's server, the configured one or the local one, once it is known to be a Label Studio that is new enough."""
    settings = workspace.settings.studio
    client = connect(settings.url, settings.token_file, workspace.folder, workspace.studio_folder, os.environ)
    try:
        client.require_version()
    except BaseException:
        client.close()
        raise
    return client
