"""Two tasks of one article: the one without work goes, and where both have work it is said."""

from __future__ import annotations

from msgspec import Struct

from annotate.errors import Problem
from annotate.studio.client import Client
from annotate.studio.known import Known, Seen
from annotate.studio.refusals import Refused


class Work(Struct, frozen=True):
    """What people did on one task. Skipped work counts as annotations; drafts are everybody's."""

    annotations: int
    drafts: int

    def __bool__(self) -> bool:
        return self.annotations + self.drafts > 0

    def __str__(self) -> str:
        parts = [(self.annotations, "annotation"), (self.drafts, "draft")]
        return " and ".join(f"{count} {name}{'s' if count != 1 else ''}" for count, name in parts if count)


class _Counts(Struct, frozen=True):
    total_annotations: int
    cancelled_annotations: int


class _Draft(Struct, frozen=True):
    id: int


def work_on(client: Client, task: int) -> Work:
    """The annotations and drafts of a task, now. (A task's own listing shows nobody's drafts but one's own.)"""
    counts = client.get_as(f"/api/tasks/{task}/", _Counts)
    drafts = client.get_as(f"/api/tasks/{task}/drafts", list[_Draft])
    return Work(counts.total_annotations + counts.cancelled_annotations, len(drafts))


def remove_doubles(client: Client, known: Known) -> tuple[list[int], list[Problem]]:
    """Delete the doubles without work, from the server and from ``known``: (their numbers, articles of which two tasks have work).

    Of several without work the one with the lowest number stays, so that two pushes at once keep the same one.
    """
    removed: list[int] = []
    problems: list[Problem] = []
    for article, tasks in known.by_article().items():
        if len(tasks) > 1:
            kept, gone = _remove_idle(client, tasks)
            removed += gone
            if len(kept) > 1:
                shown = " and ".join(f"task {number} ({work})" for number, work in kept)
                problems.append(
                    Problem(
                        article, f"several tasks on the server have work: {shown}; copy what counts into one of them and delete the other"
                    )
                )
    for number in removed:
        del known.tasks[number]
    return removed, problems


def _remove_idle(client: Client, tasks: list[Seen]) -> tuple[list[tuple[int, Work]], list[int]]:
    """(tasks that stay, with their work; numbers of those that went)"""
    worked = {task.number: _work_or_none(client, task.number) for task in tasks}
    stay = [(number, work) for number, work in worked.items() if work]
    idle = [number for number, work in worked.items() if work is not None and not work]
    gone = [number for number, work in worked.items() if work is None]  # somebody else removed it
    if not stay and idle:
        stay = [(idle[0], Work(0, 0))]
        idle = idle[1:]
    for number in reversed(idle):
        # Asked once more at the last moment: somebody may have begun on it since.
        if work := _work_or_none(client, number):
            stay.append((number, work))
        else:
            _delete(client, number)
            gone.append(number)
    return stay, gone


def _work_or_none(client: Client, number: int) -> Work | None:
    try:
        return work_on(client, number)
    except Refused as error:
        if error.status != 404:
            raise
        return None


def _delete(client: Client, number: int) -> None:
    try:
        client.delete(f"/api/tasks/{number}/")
    except Refused as error:
        if error.status != 404:
            raise
