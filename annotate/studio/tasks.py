"""A project's tasks and annotations, read page by page without the articles' text.

A page is asked for by the number of the last task before it, not by its own: what is deleted meanwhile moves nothing out of sight.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from annotate.studio.client import Client
from annotate.studio.project import Project

PAGE = 500
IDS_A_REQUEST = 100  # a thousand make an address that the server refuses

# One list of names for tasks and for annotations: ``including`` asks for them in both.
TASK_FIELDS = "id,meta,total_annotations,cancelled_annotations,is_labeled"
STAMP_FIELDS = "id,updated_at,annotations"
ANNOTATION_FIELDS = (
    "id,meta,annotations,result,completed_by,updated_by,was_cancelled,ground_truth,created_at,updated_at,lead_time,import_id,"
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
    data: dict[str, Any] = {}
    annotations: list[msgspec.Raw] = []
    total_annotations: int = 0
    cancelled_annotations: int = 0
    project: int = 0
    updated_at: str = ""
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


class Span(NamedTuple):
    """Every task asked for whose number is in (after, upto]; the last span has no end."""

    after: int
    upto: int | None
    tasks: list[RawTask]


class Newest(NamedTuple):
    """When a task was changed last (empty: there is none), and how many tasks there are."""

    stamp: str
    tasks: int


class Page(Struct, frozen=True):
    """What the server answers."""

    tasks: list[RawTask]
    total: int


def list_tasks(client: Client, project: Project) -> Iterator[Task]:
    """Every task, without its annotations."""
    for span in spans(client, project, TASK_FIELDS):
        for raw in span.tasks:
            yield Task(raw.id, raw.article, raw.sha256, raw.total_annotations + raw.cancelled_annotations, raw.round, raw.is_labeled)


def spans(client: Client, project: Project, fields: str, *, after: int = 0, since: str = "") -> Iterator[Span]:
    """The tasks with numbers above ``after``, of these the ones changed at ``since`` (ISO 8601) or later.

    The next page is on its way while one is read.
    """
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(_span, client, project, fields, after, since)
        while True:
            span = coming.result()
            if span.upto is not None:
                coming = ahead.submit(_span, client, project, fields, span.upto, since)
            yield span
            if span.upto is None:
                return


def _span(client: Client, project: Project, fields: str, after: int, since: str) -> Span:
    asked = [{"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": after}]
    if since:
        asked.append({"filter": "filter:tasks:updated_at", "operator": "greater_or_equal", "type": "Datetime", "value": since})
    answer = _page(client, project, fields, PAGE, {"filters": {"conjunction": "and", "items": asked}})
    return Span(after, answer.tasks[-1].id if len(answer.tasks) < answer.total else None, answer.tasks)


def tasks_by_number(client: Client, project: Project, numbers: Sequence[int], fields: str = ANNOTATION_FIELDS) -> Iterator[list[RawTask]]:
    """The tasks of these numbers, as far as they are there, some at a time."""
    for start in range(0, len(numbers), IDS_A_REQUEST):
        some = list(numbers[start : start + IDS_A_REQUEST])
        yield _page(client, project, fields, IDS_A_REQUEST, {"selectedItems": {"all": False, "included": some}}).tasks


def newest(client: Client, project: Project) -> Newest:
    answer = _page(client, project, "id,updated_at", 1, {"ordering": ["-tasks:updated_at"]})
    return Newest(answer.tasks[0].updated_at if answer.tasks else "", answer.total)


def counts(client: Client, project: Project) -> tuple[int, int]:
    """How many tasks and annotations there are, skipped ones apart; (0, 0) of a project that is not there."""
    asked = {"ids": project.number, "include": "id,task_number,total_annotations_number"}
    found = client.get_as("/api/projects/counts/", _Counts, asked).results
    return next(((each.task_number, each.total_annotations_number) for each in found if each.id == project.number), (0, 0))


def _page(client: Client, project: Project, fields: str, size: int, query: dict[str, Any]) -> Page:
    return client.get_as("/api/tasks", Page, including(fields) | {"project": project.number, "page_size": size, "query": json.dumps(query)})


def including(fields: str) -> dict[str, str]:
    """The part of a query for tasks that asks for these fields of each, and of its annotations where these are one of them.

    Label Studio builds a serializer of annotations anew for each task, most of a page's time; for annotations that are to be *expanded* it
    builds one a page, which takes their fields by their full names. The bytes are the same. A server that does not expand them cuts
    annotations by the short names. Without annotations it is spared what it counts and joins of them.
    """
    names = fields.split(",")
    if "annotations" not in names:
        return {"fields": "task_only", "include": fields, "resolve_uri": "false"}
    full = ",".join(f"annotations.{name}" for name in names)
    return {"fields": "all", "expand": "annotations", "include": f"{fields},{full}", "resolve_uri": "false"}


class Stamped(Struct):
    """An annotation's number, and when it was changed last."""

    id: int
    updated_at: str | None = None


class _Counted(Struct):
    id: int
    task_number: int
    total_annotations_number: int


class _Counts(Struct):
    results: list[_Counted]


def _text(meta: Any, key: str) -> str | None:
    value = meta.get(key) if isinstance(meta, dict) else None
    return value if isinstance(value, str) else None
