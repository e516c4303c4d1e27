"""Which server, and as whom: the address in the settings with its token, else the server that `studio up` runs here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from annotate.errors import StudioProblem
from annotate.studio.client import Client, read_token
from annotate.studio.server import running

# Annotations from a server of one's own are kept under this name: its port changes from start to start.
LOCAL = "local"


def connect(url: str, token_file: str, workspace: Path, studio_folder: Path, environment: Mapping[str, str]) -> Client:
    """A client of the workspace's server. Raises StudioProblem when there is none, or no token for it."""
    if url:
        return Client(url, read_token(workspace / token_file if token_file else None, environment))
    server = running(studio_folder)
    if server is None:
        raise StudioProblem("no Label Studio: run `annotate studio up`, or set `url` under [studio] in annotate.toml (or LABEL_STUDIO_URL)")
    return Client(server.url, server.token)


def source_name(url: str) -> str:
    """The name under which the store keeps what a server answered."""
    return url.rstrip("/") or LOCAL
