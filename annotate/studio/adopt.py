"""A project that was made by hand, taken over: its page compared with the schema's, its tasks matched to articles by their text.

A matched task gets what push gives its own: the article's id and digest in ``meta``, its text and id in ``data``. Nothing else of it
changes.
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


class Adopted(Struct, frozen=True):
    """A project that was taken over, or would be.

    matched, patched: tasks that are articles of the workspace, and how many of them were changed for it
    differences:      of its page from the schema's
    problems:         tasks that stay out, and why
    """

    project: Project
    matched: int
    patched: int
    differences: list[str]
    problems: list[Problem]


class _Match(Struct, frozen=True):
    """A task's article, and what its ``data`` and ``meta`` have to become; None where it is so already."""

    article: str
    patch: dict[str, Any] | None


def adopt(client: Client, number: int, schema: Schema, digests: Mapping[str, str], workspace: str, *, dry_run: bool) -> Adopted:
    """Patch the tasks that match, then put the workspace's mark on the project. Killed in between, it goes on when it is run again.

    digests: article id → SHA-256 of its text. Raises StudioProblem when the project is another workspace's.
    """
    raw = client.get_as(f"/api/projects/{number}", _Raw)
    project, said, page = Project(number, raw.title), raw.description or "", raw.label_config or "<View/>"
    if MARK in said and mark(workspace) not in said:
        raise StudioProblem(
            f"{raw.title} (project {number}) is another workspace's ({said.strip()}); remove that from its description first"
        )
    articles: dict[str, list[str]] = {}
    for article, digest in digests.items():
        articles.setdefault(digest, []).append(article)
    taken: dict[str, int] = {}
    patched, problems = 0, []
    for task in (task for span in spans(client, project, FIELDS) for task in span.tasks):
        found = _matched(task, _text_key(page), articles, taken)
        if isinstance(found, str):
            problems.append(Problem(f"task {task.id}", found))
            continue
        taken[found.article] = task.id
        patched += found.patch is not None
        if found.patch is not None and not dry_run:
            client.patch(f"/api/tasks/{task.id}/", found.patch)
    if not dry_run and mark(workspace) not in said:
        client.patch(f"/api/projects/{number}", {"description": f"{said}\n{mark(workspace)}".strip()})
    return Adopted(project, len(taken), patched, _differences(page, labelling_page(schema)), problems)


def _matched(task: RawTask, key: str, articles: Mapping[str, list[str]], taken: Mapping[str, int]) -> _Match | str:
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
    return _Match(article, {"data": data, "meta": meta} if (data, meta) != (task.data, task.meta) else None)


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
