"""A project that was made by hand, taken over: its page compared with the schema's, its tasks matched to articles by their text.

A matched task gets what push gives its own: the article's id and digest in ``meta``, its text and id in ``data``. Nothing else of it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from msgspec import Struct

from annotate.errors import Problem, StudioProblem
from annotate.records import text_digest
from annotate.schema import Schema
from annotate.schema.labelling_page import TEXT, labelling_page
from annotate.studio.client import Client
from annotate.studio.project import Project, mark
from annotate.studio.tasks import RawTask, spans

FIELDS = "id,data,meta,annotations"
MARK = "annotate workspace"


class Match(Struct, frozen=True):
    """A task and its article, and what the task's ``data`` and ``meta`` have to become; None where it is so already."""

    task: int
    article: str
    patch: dict[str, Any] | None


class Found(Struct, frozen=True):
    """A project as it would be taken over. differences: of its page from the schema's; problems: tasks that stay out."""

    project: Project
    description: str
    differences: list[str]
    matches: list[Match]
    problems: list[Problem]


def look_at(client: Client, number: int, schema: Schema, digests: Mapping[str, str]) -> Found:
    """Compare a project with the workspace. digests: article id → SHA-256 of its text.

    Raises StudioProblem when it is another workspace's.
    """
    raw = client.get_as(f"/api/projects/{number}", _Raw)
    page = raw.label_config or "<View/>"
    matches, problems = _match(client, Project(number, raw.title), _text_key(page), digests)
    return Found(Project(number, raw.title), raw.description or "", _differences(page, labelling_page(schema)), matches, problems)


def adopt(client: Client, found: Found, workspace: str) -> None:
    """Patch the matched tasks, then put the workspace's mark on the project. Killed in between, it goes on when it is run again.

    Raises StudioProblem when the project is another workspace's.
    """
    if MARK in found.description and mark(workspace) not in found.description:
        raise StudioProblem(
            f"{found.project.title} (project {found.project.number}) is another workspace's ({found.description.strip()}); take it over there"
        )
    for each in found.matches:
        if each.patch is not None:
            client.patch(f"/api/tasks/{each.task}/", each.patch)
    if mark(workspace) not in found.description:
        client.patch(f"/api/projects/{found.project.number}", {"description": f"{found.description}\n{mark(workspace)}".strip()})


def _match(client: Client, project: Project, key: str, digests: Mapping[str, str]) -> tuple[list[Match], list[Problem]]:
    articles: dict[str, list[str]] = {}
    for article, digest in digests.items():
        articles.setdefault(digest, []).append(article)
    taken: dict[str, int] = {}
    matches, problems = [], []
    for task in (task for span in spans(client, project, FIELDS) for task in span.tasks):
        found = _matched(task, key, articles, taken)
        if isinstance(found, Match):
            taken[found.article] = task.id
            matches.append(found)
        else:
            problems.append(Problem(f"task {task.id}", found))
    return matches, problems


def _matched(task: RawTask, key: str, articles: Mapping[str, list[str]], taken: Mapping[str, int]) -> Match | str:
    """The task's match, or why there is none."""
    text = task.data.get(key)
    if not isinstance(text, str):
        return f"has no text under {key!r}"
    plain = text.replace("\r\n", "\n")
    digest = text_digest(plain)
    names = articles.get(digest, [])
    article = next((name for name in names if name not in taken), None)
    if article is None and names:
        return f"has the text of {names[0]!r}, as task {taken[names[0]]} has; delete the one that nobody annotated"
    if article is None:
        return f"has a text that no article has ({plain.strip()[:40]!r} …); ingest it, and adopt the project again"
    if plain != text and task.annotations:
        return f"is {article!r}, but its lines end in CR LF, which its {len(task.annotations)} annotations count as two characters"
    data = {**task.data, TEXT: plain, "article": article}
    meta = {**(task.meta if isinstance(task.meta, dict) else {}), "article": article, "sha256": digest}
    return Match(task.id, article, {"data": data, "meta": meta} if (data, meta) != (task.data, task.meta) else None)


def _text_key(page: str) -> str:
    """The data key that a page's <Text> shows."""
    shown = ElementTree.fromstring(page).find(".//Text")
    return (shown.get("value") or "").lstrip("$") if shown is not None else TEXT


def _differences(page: str, ours: str) -> list[str]:
    """How a project's page differs from the schema's, control by control."""
    theirs, wanted = _controls(page), _controls(ours)
    told = [f"its page lacks the control {name!r}" for name in wanted if name not in theirs]
    for name, (kind, values) in theirs.items():
        if name not in wanted:
            told.append(f"its page has a control {name!r} that the schema has not; answers to it stay unread")
        elif kind != wanted[name][0]:
            told.append(f"its control {name!r} is a {kind}, the schema's a {wanted[name][0]}")
        elif unknown := [value for value in values if value not in wanted[name][1]]:
            told.append(f"its control {name!r} has values that the schema has not: {', '.join(unknown)}; work that uses them stays unread")
    if (key := _text_key(page)) != TEXT:
        told.append(f"its page shows the data's {key!r}, the schema's shows {TEXT!r}; adopted tasks have both")
    return told


def _controls(page: str) -> dict[str, tuple[str, list[str]]]:
    """Control → (its kind, its values)."""
    return {
        control.get("name", ""): (control.tag, [value for each in control.iter() if (value := each.get("value")) and each is not control])
        for control in ElementTree.fromstring(page).iter()
        if control.get("toName") is not None
    }


class _Raw(Struct):
    title: str
    description: str | None = None
    label_config: str | None = None
