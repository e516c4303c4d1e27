"""Deleted work, from the store back to the server: on the tasks of its articles, in the name of who did it, marked so that pull knows it.

The mark goes into the store before the work is sent, and with it to the server (``import_id``; as ``unique_id`` too, of which the server
takes each only once). So a restore that is killed, or is run twice, restores nothing twice, and the next pull sees "back again".
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from annotate.errors import Problem
from annotate.store import Store, Version
from annotate.studio.client import Client
from annotate.studio.people import emails
from annotate.studio.project import Project
from annotate.studio.submissions import Submission, annotator_of, decode_submission
from annotate.studio.tasks import Task, list_tasks, tasks_by_number


class Lost(Struct, frozen=True):
    """A deleted annotation that can be restored, with its last version."""

    work: int
    article: str
    annotator: str
    items: int
    skipped: bool
    deleted_task: int


class _Found(Struct, frozen=True):
    lost: Lost
    version: Version
    submission: Submission


def find_lost(store: Store, articles: Collection[str]) -> list[Lost]:
    """What is deleted and would be restored; ``articles``: only of these, when there are any.

    Of several by one person on one article it is the one that was made last; nothing of who has another there now.
    """
    return [each.lost for each in _find(store, articles)]


def _find(store: Store, articles: Collection[str]) -> list[_Found]:
    people = store.people()
    there = {(each.article, annotator_of(each.author, each.annotation, people)) for each in store.annotations()}
    last: dict[tuple[str, str], _Found] = {}
    for version in store.deleted():
        submission = decode_submission(version.body or b"")
        if isinstance(submission, str) or version.article is None or (articles and version.article not in articles):
            continue
        key = (version.article, annotator_of(version.author, version.annotation, people))
        if key in there or (key in last and last[key].submission.created_at >= submission.created_at):
            continue
        last[key] = _Found(Lost(version.work, *key, len(submission.result), submission.skipped, version.task), version, submission)
    return [last[key] for key in sorted(last)]


def restore(client: Client, store: Store, project: Project, articles: Collection[str]) -> tuple[int, list[Problem]]:
    """Send what is lost; (how many annotations were sent, what could not be and why)."""
    found = _find(store, articles)
    wanted = {each.lost.article for each in found}
    tasks = {task.article: task for task in list_tasks(client, project) if task.article in wanted}
    marks = _marks_there(client, project, [task.number for task in tasks.values()])
    accounts = {email: number for number, email in emails(client).items()}
    workspace = store.meta("workspace")
    sent, problems = 0, []
    for each in found:
        mark = mark_of(workspace, each.lost.work)
        if mark in marks:
            continue
        task, user = tasks.get(each.lost.article), accounts.get(each.lost.annotator)
        if task is None or user is None or task.sha256 != each.version.article_sha256:
            problems.append(Problem(each.lost.article, _why_not(each, task, user)))
            continue
        store.mark_work(each.lost.work, mark)
        client.post(f"/api/tasks/{task.number}/annotations/", _payload(each, user, mark))
        sent += 1
    return sent, problems


def mark_of(workspace: str, work: int) -> int:
    """A number of 63 bits that no other work has."""
    return int.from_bytes(sha256(f"{workspace} {work}".encode()).digest()[:8], "big") >> 1


def _marks_there(client: Client, project: Project, numbers: list[int]) -> set[int]:
    """The marks of restored work that is on the server already."""
    fields = "id,annotations,import_id"
    tasks = (task for some in tasks_by_number(client, project, numbers, fields) for task in some)
    return {mark for task in tasks for raw in task.annotations if (mark := msgspec.json.decode(raw, type=_Marked).import_id) is not None}


def _why_not(found: _Found, task: Task | None, user: int | None) -> str:
    if task is None:
        return "it has no task on the server; run `annotate push`, then this again"
    if user is None:
        return (
            f"{found.lost.annotator} has no account on the server; `annotate studio invite` prints the link to sign up, then run this again"
        )
    return f"its task {task.number} now has another text than {found.lost.annotator} worked on; the work stays in the store"


def _payload(found: _Found, user: int, mark: int) -> dict[str, Any]:
    raw = msgspec.json.decode(found.version.body or b"{}")
    return {
        "result": found.submission.result,
        "completed_by": user,
        "was_cancelled": found.submission.skipped,
        "ground_truth": False,
        "lead_time": raw.get("lead_time"),
        "import_id": mark,
        "unique_id": str(uuid.UUID(int=mark)),
    }


class _Marked(Struct):
    import_id: int | None = None
