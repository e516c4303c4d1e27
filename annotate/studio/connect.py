"""Which server, and as whom: the address in the settings with its token, else the server that `studio up` runs here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from annotate.errors import StudioProblem
from annotate.studio.client import Client
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


def read_token(token_file: Path | None, environment: Mapping[str, str]) -> str:
    """The token from LABEL_STUDIO_API_KEY, else from the file that the configuration names.

    Raises StudioProblem when there is neither.
    """
    if token := environment.get("LABEL_STUDIO_API_KEY", "").strip():
        return token
    if token_file is not None:
        try:
            token = token_file.read_text("utf-8").strip()
        except OSError as error:
            raise StudioProblem(f"{token_file}: {error.strerror}; put the token of your account there") from None
        except UnicodeDecodeError:
            raise StudioProblem(f"{token_file}: not a text; put the token of your account there") from None
        if not token:
            raise StudioProblem(f"{token_file}: is empty; put the token of your account there")
        return token
    raise StudioProblem(
        "no token: set LABEL_STUDIO_API_KEY, name a token_file in annotate.toml, or run `annotate studio up` for a server of your own"
    )
