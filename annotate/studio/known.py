"""Which tasks a project has, without listing them all each time.

A push remembers the tasks it last knew of, and the latest time-stamp among them. What was made or changed since is asked for, and the
server's own count of tasks says whether that was all: a task that is new is in the answer, one that was deleted is missing from the count.
Where the two do not agree, everything is listed anew. (An id that SQLite gave to a second task is in the answer, for that task is new.)
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from annotate.errors import StudioProblem
from annotate.studio.client import Client
from annotate.studio.project import Project
from annotate.studio.tasks import including, newest, spans

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


def remembered(written: str) -> Known | None:
    """What `written_down` made; None for anything else, which costs no more than a listing."""
    try:
        return msgspec.json.decode(written, type=Known) if written else None
    except msgspec.DecodeError:
        return None


def written_down(known: Known) -> str:
    return msgspec.json.encode(known).decode()


def all_tasks(client: Client, project: Project) -> Known:
    """Every task. Raises StudioProblem when tasks come and go faster than they can be listed."""
    known = Known(project.number, "", {})
    for _ in range(LISTINGS):
        _take_in(client, project, known)
        if adds_up(client, project, known):
            return known
        if len(known.tasks) > newest(client, project).tasks:  # some were deleted meanwhile
            known = Known(project.number, "", {})
    raise StudioProblem(f"{client.url}: the tasks of {project.title} change faster than they can be listed; run the command again later")


def look_up(client: Client, project: Project, last: Known | None) -> Known:
    """The project's tasks: what changed since ``last``, or everything where that does not add up."""
    if last is None or last.project != project.number or not last.newest:
        return all_tasks(client, project)
    known = Known(last.project, last.newest, dict(last.tasks))
    now = newest(client, project)
    if (now.stamp, now.tasks) == (last.newest, len(last.tasks)):
        return known
    _take_in(client, project, known)
    return known if adds_up(client, project, known) else all_tasks(client, project)


def adds_up(client: Client, project: Project, known: Known) -> bool:
    """Does the server count as many tasks as are known? Moves ``newest`` on to the server's latest."""
    now = newest(client, project)
    if now.tasks != len(known.tasks):
        return False
    known.newest = max(known.newest, now.stamp)
    return True


def is_there(client: Client, project: Project, article: str) -> bool:
    """Has the article a task by now?"""
    item = {"filter": "filter:tasks:data.article", "operator": "equal", "type": "String", "value": article}
    query = msgspec.json.encode({"filters": {"conjunction": "and", "items": [item]}}).decode()
    asked = including("id") | {"project": project.number, "page_size": 1, "query": query}
    return client.get_as("/api/tasks", _Counted, asked).total > 0


def _take_in(client: Client, project: Project, known: Known) -> None:
    """Add what was made or changed since the newest that is known."""
    for span in spans(client, project, FIELDS, since=known.newest):
        for task in span.tasks:
            known.tasks[task.id] = Seen(task.id, task.article, task.sha256)
            known.newest = max(known.newest, task.updated_at)


class _Counted(Struct, frozen=True):
    total: int
