"""A project's tasks and annotations, read page by page without the articles' text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from annotate.studio.client import Client
from annotate.studio.project import Project

PAGE = 500

# ``include`` cuts the fields of annotations too, so their names stand in the one list.
TASK_FIELDS = "id,meta,total_annotations,cancelled_annotations,is_labeled"
ANNOTATION_FIELDS = (
    "id,meta,annotations,result,completed_by,updated_by,was_cancelled,ground_truth,created_at,updated_at,lead_time,unique_id,"
    "parent_annotation,parent_prediction"
)


class Task(Struct, frozen=True):
    """A task as push needs it. ``article`` is None when the toolkit did not make it. Skipped work counts as annotations."""

    number: int
    article: str | None
    sha256: str | None
    annotations: int
    round: int | None = None  # of a task for adjudicators
    closed: bool = False  # out of the queue


class RawTask(Struct, frozen=True):
    """A task of a page, each annotation as the server's own bytes."""

    id: int
    meta: Any = None
    annotations: list[msgspec.Raw] = []
    total_annotations: int = 0
    cancelled_annotations: int = 0
    project: int = 0
    is_labeled: bool = False

    @property
    def article(self) -> str | None:
        return _text(self.meta, "article")

    @property
    def sha256(self) -> str | None:
        return _text(self.meta, "sha256")

    @property
    def round(self) -> int | None:
        number = self.meta.get("round") if isinstance(self.meta, dict) else None
        return number if isinstance(number, int) else None


class _Page(Struct, frozen=True):
    tasks: list[RawTask]
    total: int


def list_tasks(client: Client, project: Project) -> Iterator[Task]:
    """Every task, without its annotations."""
    for raw in _pages(client, project, TASK_FIELDS):
        yield Task(raw.id, raw.article, raw.sha256, raw.total_annotations + raw.cancelled_annotations, raw.round, raw.is_labeled)


def list_annotations(client: Client, project: Project) -> Iterator[RawTask]:
    """Every task with its annotations as the server's bytes."""
    return _pages(client, project, ANNOTATION_FIELDS)


def _pages(client: Client, project: Project, fields: str) -> Iterator[RawTask]:
    seen, page = 0, 1
    while True:
        query = {"project": project.number, "fields": "all", "include": fields, "page": page, "page_size": PAGE}
        answer = client.get_as("/api/tasks", _Page, query)
        yield from answer.tasks
        seen += len(answer.tasks)
        # Past its last page the server answers 404, so its own count says when to stop.
        if seen >= answer.total or not answer.tasks:
            return
        page += 1


def _text(meta: Any, key: str) -> str | None:
    value = meta.get(key) if isinstance(meta, dict) else None
    return value if isinstance(value, str) else None
