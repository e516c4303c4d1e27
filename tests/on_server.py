"""What the tests of push and pull do with a workspace and its project on the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from annotate.steps import ingest
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.project import Project, find_project
from annotate.studio.tasks import Task, list_tasks
from annotate.workspace import Workspace

MakeWorkspace = Callable[..., Workspace]
Join = Callable[[str], Client]

TEXTS = {
    "velmora-1": "Velmora shelled the bridge on Monday.",
    "velmora-2": "قصفت فيلمورا الجسر يوم الاثنين.",
    "velmora-3": "Karesh condemns the attack.",
}


def put(workspace: Workspace, texts: dict[str, str], *, replace: bool = False) -> None:
    """Articles (id → text) into the workspace's store."""
    path = workspace.folder / "articles.jsonl"
    path.write_text("".join(json.dumps({"id": each, "text": text}) + "\n" for each, text in texts.items()), encoding="utf-8")
    assert ingest.run(workspace, [str(path)], replace=replace).problems == []


def project_of(client: Client, workspace: Workspace) -> Project:
    found = project_or_none(client, workspace)
    assert found is not None
    return found


def project_or_none(client: Client, workspace: Workspace) -> Project | None:
    with Store(workspace.store_path) as store:
        return find_project(client, store.meta("workspace"))


def tasks_of(client: Client, workspace: Workspace) -> dict[str | None, Task]:
    return {task.article: task for task in list_tasks(client, project_of(client, workspace))}


def text_of(client: Client, task: Task) -> str:
    return str(client.get_json(f"/api/tasks/{task.number}/")["data"]["text"])


def span(text: str, words: str, label: str = "GOV", layer: str = "mentions") -> dict[str, Any]:
    start = text.index(words)
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": f"r{start}-{len(words)}", "from_name": layer, "to_name": "text", "type": "labels", "value": value}


def submit(client: Client, task: Task, *result: Any, **more: Any) -> int:
    """Submit an annotation; its number."""
    return int(client.post(f"/api/tasks/{task.number}/annotations/", {"result": list(result), **more})["id"])
