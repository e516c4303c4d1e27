"""The workspace's project on the server: found by the workspace's own mark, made when it is not there."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from msgspec import Struct
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from annotate.errors import StudioProblem
from annotate.schema import Schema
from annotate.schema.guidelines import instructions
from annotate.schema.labelling_page import labelling_page
from annotate.studio.client import Client
from annotate.studio.predictions import check_page
from annotate.studio.refusals import Refused

MAKING_SECONDS = 3.0  # a project is made in 0.1 s
LOOK_EVERY = 0.25
COUNTING_SECONDS = 10.0  # a server with workers counts behind its answer


class Project(Struct, frozen=True):
    """A project on a server. Its number is remembered nowhere: it is found again by the workspace's mark in its description."""

    number: int
    title: str


def mark(workspace: str) -> str:
    return f"annotate workspace {workspace}"


def find_project(client: Client, workspace: str) -> Project | None:
    """The project that carries the workspace's mark. Raises StudioProblem when two with tasks do."""
    return find_marked(client, mark(workspace))


def find_marked(client: Client, own: str) -> Project | None:
    """The project whose description holds a mark; of several the one with tasks, or the first when none has.

    Raises StudioProblem when two have tasks.
    """
    return _choose(client, _marked(client, own))


def _marked(client: Client, own: str) -> list[_Listed]:
    return [each for each in _projects(client) if own in (each.description or "")]


def _choose(client: Client, found: list[_Listed]) -> Project | None:
    if len(found) > 1:
        found = [each for each in found if _tasks(client, each)] or found[:1]
    if len(found) > 1:
        titles = ", ".join(f"{each.title} (project {each.id})" for each in found)
        raise StudioProblem(
            f"{client.url}: several projects carry this workspace's mark: {titles}; remove it from the description of all but one"
        )
    return Project(found[0].id, found[0].title) if found else None


def wait_for_project(client: Client, workspace: str) -> Project | None:
    """The project, or None when none shows up in the time that making one takes, though it was asked for."""
    until = time.monotonic() + MAKING_SECONDS
    while (found := find_project(client, workspace)) is None and time.monotonic() < until:
        time.sleep(LOOK_EVERY)
    return found


def make_project(client: Client, workspace: str, title: str, schema: Schema, overlap: int, attempt: str = "") -> Project:
    """A new project with the schema's page, the guidelines as instructions, and each task for ``overlap`` annotators.

    attempt: a name of this one request, by which `drop_empty` knows a project that it made after all when its answer was lost
    """
    settings = _settings(schema, overlap) | {"title": title, "description": f"{mark(workspace)} {attempt}".strip()}
    check_page(settings["label_config"])
    made = client.post("/api/projects/", settings)
    return Project(made["id"], made["title"])


def drop_empty(client: Client, workspace: str, attempts: Collection[str], kept: Project) -> list[int]:
    """Remove the projects without tasks that these attempts made besides the one that is kept; their numbers.

    Raises StudioProblem when another project with tasks carries the mark.
    """
    ours = {f"{mark(workspace)} {attempt}" for attempt in attempts}
    marked = _marked(client, mark(workspace))
    gone = [each.id for each in marked if each.description in ours and each.id != kept.number and not _tasks(client, each)]
    for number in gone:
        client.delete(f"/api/projects/{number}")
    _choose(client, [each for each in marked if each.id not in gone])
    return gone


class Standing(NamedTuple):
    """A project's settings as they are, those they should be, and the names of those that differ."""

    now: dict[str, Any]
    wanted: dict[str, Any]
    stale: list[str]


def compare(client: Client, project: Project, schema: Schema, overlap: int) -> Standing:
    """The project's settings against the workspace's."""
    wanted = _settings(schema, overlap)
    now = client.get_json(f"/api/projects/{project.number}", {"include": ",".join(wanted)})  # its counts would take a while
    return Standing(now, wanted, [key for key, value in wanted.items() if now.get(key) != value])


def update_project(client: Client, project: Project, standing: Standing) -> None:
    """Bring the project's page, instructions and overlap in step with the schema.

    Raises StudioProblem when labels that the new page lacks are in use (orphans.py says so first, with how many use them).
    """
    changed = {key: standing.wanted[key] for key in standing.stale}
    if "label_config" in changed:
        require_accepted(client, project, changed["label_config"])
    if changed:
        client.patch(f"/api/projects/{project.number}", changed)


def require_accepted(client: Client, project: Project, page: str) -> None:
    """Raise StudioProblem when the page is not sound, or the server holds that labels which it lacks are in use.

    PATCH would silently orphan such labels. The server's counts of them go wrong with time (of a deleted task's annotations it takes off
    one), so a refusal is believed only once it has counted anew, which it may do behind its answer.
    """
    check_page(page)
    path, body = f"/api/projects/{project.number}", {"label_config": page}
    try:
        client.post(f"{path}/validate", body)
    except Refused:
        client.post(f"{path}/summary/reset/", {})
        until_counted = Retrying(
            retry=retry_if_exception_type(Refused), stop=stop_after_delay(COUNTING_SECONDS), wait=wait_fixed(LOOK_EVERY), reraise=True
        )
        until_counted(client.post, f"{path}/validate", body)


def _settings(schema: Schema, overlap: int) -> dict[str, Any]:
    return {
        "label_config": labelling_page(schema).strip(),  # as the server does; else it would look changed for ever
        "expert_instruction": instructions(schema),
        "show_instruction": True,
        "maximum_annotations": overlap,
        "enable_empty_annotation": True,
    }


class _Listed(Struct, frozen=True):
    id: int
    title: str
    description: str | None


class _Counted(Struct, frozen=True):
    task_number: int


class _Projects(Struct, frozen=True):
    results: list[_Listed]
    next: str | None


def _tasks(client: Client, project: _Listed) -> int:
    return client.get_as(f"/api/projects/{project.id}", _Counted).task_number


def _projects(client: Client) -> Iterator[_Listed]:
    """Every project, in the order of the numbers."""
    page = 1
    while True:
        answer = client.get_as(
            "/api/projects/", _Projects, {"include": "id,title,description", "ordering": "id", "page": page, "page_size": 1000}
        )
        yield from answer.results
        if answer.next is None:
            return
        page += 1
