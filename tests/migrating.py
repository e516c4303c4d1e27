"""A workspace's schema in which labels get other names, with the migration that says so."""

from __future__ import annotations

import re

from annotate.workspace import Workspace


def rename(workspace: Workspace, names: dict[str, str], changes: str, *, before: str = "1.0.0", after: str = "1.1.0") -> None:
    words = workspace.schema_path.read_text("utf-8").replace(f"version: {before}", f"version: {after}")
    for old, new in names.items():
        assert re.search(rf"\b{old}\b", words)
        words = re.sub(rf"\b{old}\b", new, words)
    workspace.schema_path.write_text(words, encoding="utf-8")
    folder = workspace.schema_path.parent / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / f"{after}.yaml").write_text(f"from: {before}\nto: {after}\nchanges:\n{changes}", encoding="utf-8")
