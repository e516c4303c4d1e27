"""The same server under another address: what the store keeps of it under the old one goes on under the new.

A server is not asked for its name, for it has none, but for the times of what the store knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from annotate.store import SeenTask, Store
from annotate.studio.client import Client
from annotate.studio.project import Project
from annotate.studio.pull import project_title, seen_tasks
from annotate.studio.tasks import IDS_A_REQUEST, RawTask, tasks_by_number

FIELDS = "id,created_at,updated_at,annotations"


def moved_on_server(client: Client, store: Store, url: str, project: Project, purpose: str = "labelling") -> list[str]:
    """The addresses from which the project was moved to ``url`` now, for the server holds there what was pulled under them."""

    def seen(numbers: list[int]) -> Iterable[SeenTask]:
        return (task for some in tasks_by_number(client, project, numbers, FIELDS) for task in seen_tasks(some))

    return _moved(store, url, project.number, purpose, seen)


def moved_in_file(tasks: Sequence[RawTask], store: Store, url: str, project: int) -> list[str]:
    """The same by an export file: it holds what was pulled under these addresses."""
    return _moved(store, url, project, "labelling", lambda _: seen_tasks(tasks))


def gone_from_server(client: Client, store: Store, url: str, server: str) -> list[str]:
    """The addresses from which projects were moved to ``url`` that the server has no longer.

    server: by what it is known, for the last pull under the other address noted it; no task of such a project can tell
    """
    gone = [(other, project) for other, project in store.of_server(server, url) if project_title(client, project) is None]
    for other, project in gone:
        store.move(other, url, project)
    return [other for other, _ in gone]


def _moved(store: Store, url: str, project: int, purpose: str, seen: Callable[[list[int]], Iterable[SeenTask]]) -> list[str]:
    moved = []
    for other in store.elsewhere(url, project, purpose):
        if store.holds_any(other, project, seen(store.some_tasks(other, project, IDS_A_REQUEST))):
            store.move(other, url, project)
            moved.append(other)
    return moved


def moved_line(old: str) -> str:
    return f"this server was known as {old} before: its work and history go on under the present address"
