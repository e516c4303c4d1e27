"""Which tasks a project has, without listing them all each time.

A push remembers the tasks it last knew of, and the latest time-stamp among them. What was made or changed since is asked for, and the
server's own count of tasks says whether that was all: a task that is new is in the answer, one that was deleted is missing from the count.
Where the two do not agree, everything is listed anew. (An id that SQLite gave to a second task is in the answer, for that task is new.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from annotate.errors import StudioProblem
from annotate.studio.client import Client
from annotate.studio.project import Project

PAGE = 1000
LISTINGS = 5
FIELDS = "id,meta,updated_at"


class Seen(Struct, frozen=True, array_like=True):
    """A task as push needs it. ``article`` is None when the toolkit did not make it."""

    number: int
    article: str | None
    sha256: str | None


class Known(Struct):
    """The tasks of one project, by number, when the latest time-stamp among them was ``newest`` (ISO 8601, the server's clock)."""

    project: int
    newest: str
    tasks: dict[int, Seen]

    def by_article(self) -> dict[str, list[Seen]]:
        """Every article's tasks, in the order of their numbers."""
        found: dict[str, list[Seen]] = {}
        for number in sorted(self.tasks):
            if (article := self.tasks[number].article) is not None:
                found.setdefault(article, []).append(self.tasks[number])
        return found


class _Task(Struct, frozen=True):
    id: int
    updated_at: str = ""
    meta: Any = None


class _Page(Struct, frozen=True):
    tasks: list[_Task]
    total: int


def remembered(written: str) -> Known | None:
    """What `written_down` made; None for anything else, which costs no more than a listing."""
    try:
        return msgspec.json.decode(written, type=Known) if written else None
    except msgspec.DecodeError:
        return None


def written_down(known: Known) -> str:
    return msgspec.json.encode(known).decode()


def all_tasks(client: Client, project: Project) -> Known:
    """Every task, listed page by page; again where the count does not agree: a task deleted meanwhile moves others to earlier pages.

    Raises StudioProblem when tasks come and go faster than that.
    """
    for _ in range(LISTINGS):
        known = Known(project.number, "", {})
        _take_in(known, _pages(client, project, {}))
        for _ in range(LISTINGS):
            if adds_up(client, known):
                return known
            _take_in(known, _pages(client, project, _since(known)))
    raise StudioProblem(f"{client.url}: the tasks of {project.title} change faster than they can be listed; run the command again later")


def look_up(client: Client, project: Project, last: Known | None) -> Known:
    """The project's tasks: what changed since ``last``, or everything where that does not add up."""
    if last is None or last.project != project.number or not last.newest:
        return all_tasks(client, project)
    known = Known(last.project, last.newest, dict(last.tasks))
    _take_in(known, _pages(client, project, _since(known)))
    return known if adds_up(client, known) else all_tasks(client, project)


def adds_up(client: Client, known: Known) -> bool:
    """Does the server count as many tasks as are known? Moves ``newest`` on to the server's latest."""
    query = {
        "project": known.project,
        "fields": "all",
        "include": FIELDS,
        "page": 1,
        "page_size": 1,
        "query": _json({"ordering": ["-tasks:updated_at"]}),
    }
    answer = client.get_as("/api/tasks", _Page, query)
    if answer.total != len(known.tasks):
        return False
    known.newest = max([known.newest, *(task.updated_at for task in answer.tasks)])
    return True


def is_there(client: Client, project: Project, article: str) -> bool:
    """Has the article a task by now?"""
    query = _query(project, _where("data.article", "equal", "String", article), 1, 1)
    return client.get_as("/api/tasks", _Page, query).total > 0


def _take_in(known: Known, tasks: Iterator[_Task]) -> None:
    for task in tasks:
        known.tasks[task.id] = Seen(task.id, _text(task.meta, "article"), _text(task.meta, "sha256"))
        known.newest = max(known.newest, task.updated_at)


def _pages(client: Client, project: Project, where: dict[str, Any]) -> Iterator[_Task]:
    seen, page = 0, 1
    while True:
        answer = client.get_as("/api/tasks", _Page, _query(project, where, page, PAGE))
        yield from answer.tasks
        seen += len(answer.tasks)
        # Past its last page the server answers 404, so its own count says when to stop.
        if seen >= answer.total or not answer.tasks:
            return
        page += 1


def _since(known: Known) -> dict[str, Any]:
    return _where("updated_at", "greater_or_equal", "Datetime", known.newest) if known.newest else {}


def _query(project: Project, where: dict[str, Any], page: int, size: int) -> dict[str, Any]:
    return {"project": project.number, "fields": "all", "include": FIELDS, "page": page, "page_size": size, "query": _json(where)}


def _where(column: str, operator: str, kind: str, value: str) -> dict[str, Any]:
    item = {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}
    return {"filters": {"conjunction": "and", "items": [item]}}


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()


def _text(meta: Any, key: str) -> str | None:
    value = meta.get(key) if isinstance(meta, dict) else None
    return value if isinstance(value, str) else None
