"""`annotate studio`: a local Label Studio, and the link through which annotators join."""

from __future__ import annotations

import os

from msgspec import Struct

from annotate.studio.client import Client
from annotate.studio.connect import connect
from annotate.studio.people import invite_link
from annotate.studio.server import ServerState, down, find_program, up
from annotate.studio.server import status as server_status
from annotate.workspace import Workspace


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


def client_of(workspace: Workspace) -> Client:
    """A client of the workspace's server, the configured one or the local one, once it is known to be a Label Studio that is new enough."""
    settings = workspace.settings.studio
    client = connect(settings.url, settings.token_file, workspace.folder, workspace.studio_folder, os.environ)
    client.require_version()
    return client
