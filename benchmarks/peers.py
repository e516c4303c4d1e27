"""Peers, each in an environment of its own in the temporary directory."""

from __future__ import annotations

import subprocess
import tempfile
import venv
from pathlib import Path


def python_of(peer: str, *beside: str) -> Path:
    """The Python of an environment with this package; made at the first call."""
    place = Path(tempfile.gettempdir()) / f"annotate-peer-{peer.replace('==', '-')}"
    python = place / "bin" / "python"
    if not (place / "ready").exists():
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", peer, *beside], check=True)
        (place / "ready").touch()
    return python
