"""The workspace's project on the server: found by the workspace's own mark, made when it is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from annotate.errors import StudioProblem
from annotate.schema import Schema
from annotate.schema.guidelines import instructions
from annotate.schema.labelling_page import labelling_page
from annotate.studio.client import Client


class Project(Struct, frozen=True):
    """A project on a server. Its number is remembered nowhere: it is found again by the workspace's mark in its description."""

    number: int
    title: str


def mark(workspace: str) -> str:
    return f"annotate workspace {workspace}"


def find_project(client: Client, workspace: str) -> Project | None:
    """The project that carries the workspace's mark; raises StudioProblem when two do."""
    return find_marked(client, mark(workspace))


def find_marked(client: Client, own: str) -> Project | None:
    """The project whose description holds a mark; raises StudioProblem when several do."""
    found = [each for each in _projects(client) if own in (each.description or "")]
    if len(found) > 1:
        titles = ", ".join(f"{each.title} (project {each.id})" for each in found)
        raise StudioProblem(
            f"{client.url}: several projects carry this workspace's mark: {titles}; remove it from the description of all but one"
        )
    return Project(found[0].id, found[0].title) if found else None


def make_project(client: Client, workspace: str, title: str, schema: Schema, overlap: int) -> Project:
    """A new project with the schema's page, the guidelines as instructions, and each task for ``overlap`` annotators."""
    settings = _settings(schema, overlap) | {"title": title, "description": mark(workspace)}
    check_page(settings["label_config"])
    made = client.post("/api/projects/", settings)
    return Project(made["id"], made["title"])


def update_project(client: Client, project: Project, schema: Schema, overlap: int) -> bool:
    """Bring the project's page, instructions and overlap in step with the schema; True when something changed.

    Raises StudioProblem when labels that the new page lacks are in use.
    """
    now = client.get_json(f"/api/projects/{project.number}")
    wanted = _settings(schema, overlap)
    changed = {key: value for key, value in wanted.items() if now.get(key) != value}
    if "label_config" in changed:
        check_page(wanted["label_config"])
        # PATCH would silently orphan labels in use; this refuses.
        client.post(f"/api/projects/{project.number}/validate", {"label_config": wanted["label_config"]})
    if changed:
        client.patch(f"/api/projects/{project.number}", changed)
    return bool(changed)


def _settings(schema: Schema, overlap: int) -> dict[str, Any]:
    return {
        "label_config": labelling_page(schema).strip(),  # as the server does; else it would look changed for ever
        "expert_instruction": instructions(schema),
        "show_instruction": True,
        "maximum_annotations": overlap,
        "enable_empty_annotation": True,
    }


def check_page(page: str) -> None:
    """Let the SDK's LabelInterface read the page before a server is touched."""
    from label_studio_sdk.label_interface.interface import LabelInterface  # costs a second, and is needed only when the page changes

    try:
        LabelInterface(page).validate()  # type: ignore[no-untyped-call]
    except Exception as error:  # it raises whatever its parts raise
        raise StudioProblem(f"the labelling page is not one Label Studio can show: {error}") from None


class _Listed(Struct, frozen=True):
    id: int
    title: str
    description: str | None


class _Projects(Struct, frozen=True):
    results: list[_Listed]
    next: str | None


def _projects(client: Client) -> Iterator[_Listed]:
    page = 1
    while True:
        answer = client.get_as("/api/projects/", _Projects, {"include": "id,title,description", "page": page, "page_size": 1000})
        yield from answer.results
        if answer.next is None:
            return
        page += 1
