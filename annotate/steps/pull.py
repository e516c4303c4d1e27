"""`annotate pull`: what changed on the server, into the store, as it came."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from annotate.errors import Problem, StudioProblem
from annotate.schema import Schema, load_schema
from annotate.steps.studio import client_of
from annotate.store import Changes, Store
from annotate.store import Pull as Begun
from annotate.studio.addresses import gone_from_server, moved_in_file, moved_line, moved_on_server
from annotate.studio.client import Client
from annotate.studio.connect import source_name
from annotate.studio.labellings import read_by_article
from annotate.studio.people import accounts
from annotate.studio.project import find_project
from annotate.studio.pull import project_title, pull_project, pulled_from_file, seen_tasks
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time


class Pull(Struct, frozen=True):
    """Annotations by what happened to them since the last pull; of the articles they are of, what can be used, and what was left out.

    number: the pull's own, for --as-of
    back:   annotations that were deleted and are there again
    older:  annotations of an export file that are older than what is here, and were left alone
    gone:   projects that are no longer on the server, by number
    moved:  addresses under which the same server was known before; their work goes on under the present one
    """

    number: int
    new: int
    changed: int
    deleted: int
    unchanged: int
    back: int
    older: int
    gone: list[int]
    moved: list[str]
    articles: int
    labellings: int
    skipped: int
    problems: list[Problem]


def run(workspace: Workspace, from_file: Path | None = None, *, deleted: bool = False, full: bool = False) -> Pull:
    """Bring the store in step with the project on the server, or keep what a JSON export of it says.

    deleted: look for deletions even when the counts agree
    full:    read everything again, for edits that moved no time
    """
    schema = load_schema(workspace.schema_path)
    source = source_name(workspace.settings.studio.url)
    with one_at_a_time(workspace.folder, "pull"), Store(workspace.store_path) as store:
        if from_file is not None:
            return _from_file(store, schema, source, from_file)
        with client_of(workspace) as client:
            return _from_server(client, store, schema, source, deleted=deleted, full=full)


def _from_file(store: Store, schema: Schema, source: str, path: Path) -> Pull:
    tasks = pulled_from_file(path)
    project = next((task.project for task in tasks if task.project), 0)
    moved = moved_in_file(tasks, store, source, project)
    pull = store.begin_pull(source, project, schema.id, _now())
    older = store.record_some(pull, seen_tasks(tasks))
    return _done(store, schema, [pull], [], moved, older)


def _from_server(client: Client, store: Store, schema: Schema, source: str, *, deleted: bool, full: bool) -> Pull:
    project = find_project(client, store.meta("workspace"))
    moved = moved_on_server(client, store, source, project) if project else []
    everybody = accounts(client)
    # Label Studio writes microseconds, and never deletes the account that it began with.
    server = everybody[0].date_joined if everybody else ""
    if deleted:  # only when asked: an older copy of the server lacks projects that are there
        moved += [each for each in gone_from_server(client, store, source, server) if each not in moved]
    known = store.sources(source)
    own = project.number if project else None
    # Asked to look for deletions where there is no project, one that is there without the workspace's mark is another that got its number.
    gone = [each for each in known if each != own and (project_title(client, each) is None or (deleted and own is None))]
    if project is None and not gone:
        raise StudioProblem(_no_project(client, known))
    store.put_people(source, {each.id: each.email for each in everybody})
    pulls = []
    for number in gone:
        pulls.append(store.begin_pull(source, number, schema.id, _now()))
        store.record_project_gone(pulls[-1])
        store.put_server(pulls[-1], server)
    if project is not None:
        pulls.append(store.begin_pull(source, project.number, schema.id, _now()))
        store.put_server(pulls[-1], server)
        pull_project(client, store, project, pulls[-1], full=full, deleted=deleted)
    return _done(store, schema, pulls, gone, moved)


def _no_project(client: Client, known: list[int]) -> str:
    if not known:
        return f"{client.url} has no project of this workspace; run `annotate push` first"
    return (
        f"{client.url}: project {known[-1]} ({project_title(client, known[-1])}) no longer carries this workspace's mark; if it is the "
        f"workspace's, run `annotate studio adopt {known[-1]}`; if yours was deleted, `annotate pull --deleted` records that"
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _done(store: Store, schema: Schema, pulls: list[Begun], gone: list[int], moved: list[str], older: int = 0) -> Pull:
    """What the pulls changed, and a reading of the articles that the last one touched, one article at a time."""
    changes = Changes(*map(sum, zip(*(store.changes(each) for each in pulls), strict=True)))
    articles, usable, skipped = 0, 0, 0
    problems: list[Problem] = []
    for reading in read_by_article(schema, store.article, store.people(), store.touched(pulls[-1])):
        articles += 1
        usable += len(reading.labellings)
        skipped += len(reading.skipped)
        problems += reading.problems
    return Pull(pulls[-1].id, *changes, older, gone, moved, articles, usable, skipped, problems)


def show(done: Pull) -> str:
    back = f", {done.back} back again" if done.back else ""
    lines = [
        f"pull {done.number}: {done.new} new annotations, {done.changed} changed, {done.deleted} deleted{back}, {done.unchanged} as before",
        *([f"{done.older} annotations of the file are older than what is here, left alone"] if done.older else []),
        *map(moved_line, done.moved),
        *(f"project {number} is no longer on the server; `annotate restore` puts its work back" for number in done.gone),
    ]
    if done.articles:
        lines.append(f"of the {done.articles} articles with news: {done.labellings} annotations can be used, {done.skipped} were skipped")
    if done.problems:
        lines.append(f"kept as they came, but left out of what follows ({len(done.problems)}):")
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])
