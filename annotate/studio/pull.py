"""What changed on the server since the last pull, into the store; or an export file.

The first pull sweeps over all tasks. Later ones ask for tasks changed since (a task's time moves when an annotation on it is made, edited
or deleted). A deleted task leaves no trace: it is missed when the server counts other than the store, and then looked for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from annotate.errors import BadInput
from annotate.store import Pull, SeenTask, Store
from annotate.studio.client import Client
from annotate.studio.project import Project
from annotate.studio.tasks import (
    ANNOTATION_FIELDS,
    STAMP_FIELDS,
    RawTask,
    Stamped,
    counts,
    newest,
    spans,
    tasks_by_number,
)

log = logging.getLogger(__name__)

# A change bears the time at which it was begun and is seen when it is through; so much later at most.
OVERLAP = timedelta(seconds=30)
RECOUNTS = 3


def project_title(client: Client, number: int) -> str | None:
    """The title of the project of this number, None when there is none."""
    found = client.get_as("/api/projects/", _Projects, {"ids": number, "include": "id,title"}).results
    return next((each.title for each in found if each.id == number), None)


def pull_project(client: Client, store: Store, project: Project, pull: Pull, *, full: bool, deleted: bool) -> None:
    """Bring the store in step with the project; killed anywhere, the next pull goes on from the last page.

    full:    read every annotation again, for edits that moved no time
    deleted: look for what was deleted even when the counts agree
    """
    before = store.progress(pull)
    swept = full or not before.settled or before.reached is not None
    if swept:
        _sweep(client, store, project, pull)
    if not swept or newest(client, project).stamp != store.progress(pull).newest:
        _changed(client, store, project, pull)
    # The newest change that was seen is there no more: something was deleted, or the server is an older copy of itself.
    went_back = _precise(store.progress(pull).newest) < _precise(before.newest)
    if deleted or went_back or not _nothing_is_missing(client, store, project, pull):
        _compare(client, store, project, pull)
        counted = (*counts(client, project), *store.counts(pull))
        store.put_progress(pull, structs.replace(store.progress(pull), counts=counted))


def _sweep(client: Client, store: Store, project: Project, pull: Pull) -> None:
    """Read every task; a sweep that was killed goes on after the last page that is in the store."""
    progress = store.progress(pull)
    began, there = datetime.now(UTC), newest(client, project)
    if progress.reached is None:
        progress = structs.replace(progress, reached=0, newest=there.stamp, sweep_from=_settled(began, there.stamp))
    count = 0
    with store.on_disk_at_the_end():
        for span in spans(client, project, ANNOTATION_FIELDS, after=progress.reached or 0):
            count += len(span.tasks)
            log.info("pull", extra={"done": count, "total": max(there.tasks, count)})
            progress = structs.replace(progress, reached=span.upto)
            if span.upto is None:
                progress = structs.replace(progress, settled=progress.sweep_from, sweep_from="")
            store.record_tasks(pull, seen_tasks(span.tasks), (span.after, span.upto), progress)


def _changed(client: Client, store: Store, project: Project, pull: Pull) -> None:
    """Read the tasks that changed since everything before was settled; the newest of before is among them, unless it was deleted."""
    progress = store.progress(pull)
    began = datetime.now(UTC)
    stamps: list[str] = []  # the newest of each page
    for span in spans(client, project, ANNOTATION_FIELDS, since=progress.settled):
        store.record_tasks(pull, seen_tasks(span.tasks), None, progress)
        stamps += [max((task.updated_at for task in span.tasks), key=_precise)] if span.tasks else []
    stamps = stamps or [newest(client, project).stamp]
    # A change made while later pages were read may be on an earlier one: settled goes by the first page alone.
    store.put_progress(pull, structs.replace(progress, newest=max(stamps, key=_precise), settled=_settled(began, stamps[0])))


def _settled(now: datetime, stamp: str) -> str:
    """Before this moment every change is through. No later than the newest change, so that a clock that is ahead costs nothing."""
    return min(_written(now - OVERLAP), _precise(stamp)) if stamp else ""


def _precise(stamp: str) -> str:
    """A time of the server's in the form of its filters; it leaves microseconds away when they are none."""
    return _written(datetime.fromisoformat(stamp)) if stamp else ""


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _nothing_is_missing(client: Client, store: Store, project: Project, pull: Pull) -> bool:
    """Does the server count what the store counts? People go on labelling meanwhile, so what changed is read before counting again."""
    for _ in range(RECOUNTS):
        there, ours = counts(client, project), store.counts(pull)
        # Counts that stayed unequal after everything was compared are the server's own affair.
        if ours == there or store.progress(pull).counts == (*there, *ours):
            return True
        _changed(client, store, project, pull)
    return False


def _compare(client: Client, store: Store, project: Project, pull: Pull) -> None:
    """Compare every task's and annotation's number and time with the store; read again what differs."""
    log.info("comparing all tasks with the store, for deletions")
    for span in spans(client, project, STAMP_FIELDS):
        known = store.task_stamps(pull, span.after, span.upto)
        store.record_missing_tasks(pull, span.after, span.upto, {task.id for task in span.tasks})
        differing = [task.id for task in span.tasks if known.get(task.id) != _stamps(task)]
        for some in tasks_by_number(client, project, differing):
            store.record_tasks(pull, seen_tasks(some), None, store.progress(pull))


def _stamps(task: RawTask) -> tuple[str, dict[int, str]]:
    annotations = (msgspec.json.decode(raw, type=Stamped) for raw in task.annotations)
    return task.updated_at, {each.id: each.updated_at or "" for each in annotations}


def seen_tasks(tasks: Iterable[RawTask]) -> Iterator[SeenTask]:
    """Tasks of a page as the store takes them."""
    return (SeenTask(task.id, task.updated_at, task.article, task.sha256, list(map(bytes, task.annotations))) for task in tasks)


def pulled_from_file(path: Path) -> list[RawTask]:
    """The tasks of a JSON export made in Label Studio's own interface.

    Raises BadInput when the file is not one.
    """
    try:
        body = path.read_bytes().decode("utf-8")
        msgspec.json.decode(body, type=list[_Exported])
        return msgspec.json.decode(body, type=list[RawTask])
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name a JSON export of Label Studio") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path}: not a JSON export of Label Studio ({error}); export as JSON, not JSON-MIN") from None


class _Numbered(Struct):
    id: int


class _Exported(Struct):
    """What every task of a JSON export has, and no row of JSON-MIN: a list of annotations with numbers."""

    annotations: list[_Numbered]


class _Listed(Struct):
    id: int
    title: str


class _Projects(Struct):
    results: list[_Listed]
