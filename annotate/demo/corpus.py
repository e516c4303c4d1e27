"""The bundled articles and labellings."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import msgspec

from annotate.records import Labelling

FOLDER = Path(str(files("annotate.demo")))
ARTICLES = FOLDER / "articles.jsonl"


def labellings(name: str) -> list[Labelling]:
    """``gold``, or the independent labellings it was adjudicated from: ``first``, ``second``."""
    with (FOLDER / f"{name}.jsonl").open("rb") as file:
        return [msgspec.json.decode(line, type=Labelling) for line in file]
