"""Articles to tasks, each once. An article is found on the server by its own id, never by Label Studio's."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

from msgspec import Struct

from annotate.errors import Problem
from annotate.records import Article
from annotate.schema.labelling_page import TEXT, ZONES
from annotate.studio.client import Client
from annotate.studio.project import Project
from annotate.studio.results import zone_results
from annotate.studio.tasks import Task, list_tasks

log = logging.getLogger(__name__)


class PushPlan(Struct, frozen=True):
    """What a push would do: article ids to send, article ids whose text changed, and the tasks these have now."""

    send: list[str]
    changed: list[str]
    there: int
    problems: list[Problem]


class _Found(NamedTuple):
    plan: PushPlan
    tasks: dict[str, Task]


def plan_push(client: Client, project: Project | None, digests: dict[str, str]) -> PushPlan:
    """Compare the store's articles (id → digest of the text) with the tasks on the server."""
    return _compare(client, project, digests).plan


def push(client: Client, project: Project, digests: dict[str, str], articles: Iterable[Article], batch: int, *, force: bool) -> PushPlan:
    """Send the articles that have no task, ``batch`` at a time; with ``force`` put changed texts into tasks nobody has annotated.

    ``articles`` are read once, and only those that are to be sent are kept. What is there is looked up first, so that a push that was
    killed goes on where it stopped.
    """
    plan, tasks = _compare(client, project, digests)
    send, changed = set(plan.send), set(plan.changed) if force else set()
    problems = list(plan.problems)
    waiting: list[dict[str, Any]] = []
    sent = 0
    for article in articles:
        if article.id in changed and (refused := _replace(client, tasks[article.id], article)):
            problems.append(refused)
        if article.id in send:
            waiting.append(_payload(article))
        if len(waiting) == batch:
            sent += _import(client, project, waiting)
            log.info("push", extra={"done": sent, "total": len(send)})
            waiting = []
    if waiting:
        sent += _import(client, project, waiting)
        log.info("push", extra={"done": sent, "total": len(send)})
    return PushPlan(plan.send, plan.changed, plan.there, problems)


def _compare(client: Client, project: Project | None, digests: dict[str, str]) -> _Found:
    found: dict[str, Task] = {}
    problems = []
    for task in list_tasks(client, project) if project is not None else ():
        if task.article is None:
            continue
        if task.article in found:
            first = found[task.article].number
            problems.append(
                Problem(task.article, f"two tasks on the server, {first} and {task.number}; delete the one without annotations")
            )
        found.setdefault(task.article, task)
    send = [each for each in digests if each not in found]
    changed = [each for each, digest in digests.items() if each in found and found[each].sha256 != digest]
    return _Found(PushPlan(send, changed, len(digests) - len(send), problems), found)


def _import(client: Client, project: Project, payloads: list[dict[str, Any]]) -> int:
    client.post(f"/api/projects/{project.number}/import", payloads, {"return_task_ids": "true"})
    return len(payloads)


def _payload(article: Article) -> dict[str, Any]:
    """A task: the text people see, and the id and digest that find it again (in ``meta``, which a pull can ask for without the text)."""
    task: dict[str, Any] = {"data": {TEXT: article.text, "article": article.id}, "meta": {"article": article.id, "sha256": article.sha256}}
    zones = zone_results(article)
    return task | ({"predictions": [{"model_version": ZONES, "result": zones}]} if zones else {})


def _replace(client: Client, task: Task, article: Article) -> Problem | None:
    """Put a changed text into its task; refuse when somebody has annotated the old one."""
    if task.annotations:
        return Problem(
            article.id,
            f"its text changed, but task {task.number} has {task.annotations} annotations of the old text; give the new text another id",
        )
    client.patch(f"/api/tasks/{task.number}/", _payload(article))
    return None
