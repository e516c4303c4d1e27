"""Files of articles, and the articles that ingest made of them."""

from __future__ import annotations

from pathlib import Path

from annotate.records import Article
from annotate.store import Store
from annotate.workspace import Workspace


def stored(workspace: Workspace) -> dict[str, Article]:
    with Store(workspace.store_path) as store:
        return {article.id: article for article in store.articles()}


def only(workspace: Workspace) -> Article:
    (article,) = stored(workspace).values()
    return article


def write(folder: Path, name: str, content: bytes | str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)
