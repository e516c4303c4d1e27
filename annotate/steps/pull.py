"""`annotate pull`: annotations back into the store, as they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from annotate.errors import Problem, StudioProblem
from annotate.records import Pulled
from annotate.schema import load_schema
from annotate.steps.stored import stored_labellings
from annotate.steps.studio import client_of
from annotate.store import Store
from annotate.studio.connect import source_name
from annotate.studio.people import emails
from annotate.studio.project import find_project
from annotate.studio.pull import numbered, pulled_from_file, pulled_from_server
from annotate.studio.tasks import RawTask
from annotate.workspace import Workspace


class Pull(Struct, frozen=True):
    """Annotations by what happened to them since the last pull; how many can be used; what was left out and why."""

    new: int
    changed: int
    deleted: int
    unchanged: int
    labellings: int
    skipped: int
    problems: list[Problem]


def run(workspace: Workspace, from_file: Path | None = None) -> Pull:
    """Keep what the project on the server, or a JSON export of it, says now."""
    schema = load_schema(workspace.schema_path)
    source = source_name(workspace.settings.studio.url)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with Store(workspace.store_path) as store:
        if from_file is not None:
            tasks = pulled_from_file(from_file)
            number = next((task.project for task in tasks if task.project), 0)
            changes = store.record_pull(source, number, schema.id, at, _pulled(tasks), complete=False)
        else:
            with client_of(workspace) as client:
                project = find_project(client, store.meta("workspace"))
                if project is None:
                    raise StudioProblem(f"{client.url} has no project of this workspace; run `annotate push` first")
                store.put_people(source, emails(client))
                pulled = _pulled(pulled_from_server(client, project))
                changes = store.record_pull(source, project.number, schema.id, at, pulled, complete=True)
        reading = stored_labellings(store, schema)
    return Pull(*changes, len(reading.labellings), len(reading.skipped), reading.problems)


def _pulled(tasks: Iterable[RawTask]) -> Iterator[Pulled]:
    for task, number, body in numbered(tasks):
        yield Pulled(task.id, number, task.article, task.sha256, body)


def show(done: Pull) -> str:
    lines = [
        f"{done.new} new annotations, {done.changed} changed, {done.deleted} deleted, {done.unchanged} as before; "
        f"{done.labellings} can be used, {done.skipped} skipped"
    ]
    if done.problems:
        lines.append(f"kept as they came, but left out of what follows ({len(done.problems)}):")
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])
