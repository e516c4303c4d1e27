"""Small files in a folder of the test's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path


def written(folder: Path, body: str | bytes, name: str = "ratings.csv") -> Path:
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


def jsonl(*rows: Mapping[str, object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
