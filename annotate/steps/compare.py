"""`annotate compare`: what changed between two releases."""

from __future__ import annotations

from pathlib import Path

from annotate.errors import BadInput
from annotate.release.compare import Comparison, as_markdown, compare


def run(old: Path, new: Path) -> Comparison:
    for folder in (old, new):
        if not folder.is_dir():
            raise BadInput(f"{folder}: no such folder; name the folders of two releases")
    return compare(old, new)


def show(done: Comparison) -> str:
    said = as_markdown(done).rstrip("\n")
    return said if done.high_enough else f"{said}\n\n{done.new} says too little: what changed asks for version {done.at_least} or higher"
