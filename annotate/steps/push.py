"""`annotate push`: the project and its tasks, again and again without a duplicate."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from annotate.errors import Problem
from annotate.records import Article
from annotate.schema import Schema, load_schema
from annotate.schema.labelling_page import labelling_page
from annotate.steps.studio import client_of
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.known import remembered, written_down
from annotate.studio.orphans import require_no_orphans
from annotate.studio.project import Project, compare, drop_empty, find_project, make_project, update_project, wait_for_project
from annotate.studio.push import Memory, PushPlan, plan_push, push
from annotate.studio.refusals import Unsure
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time

# What one push leaves to the next, in the store's meta: the tasks it knew of, the batches in the air, attempts to make a project.
KNOWN, ALOFT, ATTEMPTS = "push_known", "push_aloft", "push_attempts"


class Pushed(Struct, frozen=True):
    """Articles sent now (or, on a dry run, to be sent), there already, and with a changed text.

    removed:    the numbers of doubles without work, which are gone from the server
    unreleased: of those sent, the articles that are in no split, for they would join two or are copies across two
    """

    project: str
    address: str | None
    sent: int
    there: int
    changed: list[str]
    problems: list[Problem]
    dry_run: bool
    removed: list[int] = []
    unreleased: list[str] = []


def run(workspace: Workspace, *, force: bool = False, dry_run: bool = False) -> Pushed:
    """Bring the server's project in step with the workspace: made or found, its page renewed, each article one task."""
    schema = load_schema(workspace.schema_path)
    with one_at_a_time(workspace.folder, "push"), Store(workspace.store_path) as store, client_of(workspace) as client:
        if dry_run:
            project = find_project(client, store.meta("workspace"))
            plan = plan_push(client, project, store.article_digests(), remembered(store.meta(KNOWN)))
        else:
            project, plan = _push(workspace, store, client, schema, force)
        address = f"{client.url}/projects/{project.number}/data" if project else None
        lock = store.split_lock()
    apart = {each.article for each in (*lock.withdrawn, *lock.quarantined)} if lock else set()
    title = project.title if project else _title(workspace)
    changed = [] if force and not dry_run else plan.changed
    refused = {problem.place for problem in plan.problems} & set(plan.send) if not dry_run else set()
    unreleased = sorted(apart.intersection(plan.send) - refused)
    return Pushed(title, address, len(plan.send) - len(refused), plan.there, changed, plan.problems, dry_run, plan.removed, unreleased)


def _push(workspace: Workspace, store: Store, client: Client, schema: Schema, force: bool) -> tuple[Project, PushPlan]:
    project = _project(workspace, store, client, schema)
    aloft = _listed(store, ALOFT)
    memory = Memory(remembered(store.meta(KNOWN)), aloft, lambda ids: store.set_meta(ALOFT, msgspec.json.encode(ids).decode()))
    batch = max(1, workspace.settings.studio.batch)
    page = labelling_page(schema)
    plan, known = push(client, project, page, store.article_digests(), lambda name: _article(store, name), batch, memory, force=force)
    if (now := written_down(known)) != store.meta(KNOWN):
        store.set_meta(KNOWN, now)
    if attempts := _listed(store, ATTEMPTS):
        # Two pushes at once may each have made one.
        drop_empty(client, store.meta("workspace"), attempts, project)
        store.set_meta(ATTEMPTS, "[]")
    return project, plan


def _project(workspace: Workspace, store: Store, client: Client, schema: Schema) -> Project:
    """The workspace's project, brought in step with the schema, or made."""
    mark, settings = store.meta("workspace"), workspace.settings.studio
    attempts = _listed(store, ATTEMPTS)
    # An attempt that was remembered and made nothing yet may still be running.
    found = wait_for_project(client, mark) if attempts else find_project(client, mark)
    if found is not None:
        standing = compare(client, found, schema, settings.overlap)
        if "label_config" in standing.stale:
            require_no_orphans(client, found, standing.now["label_config"], standing.wanted["label_config"])
        update_project(client, found, standing)
        return found
    attempt = secrets.token_hex(4)
    store.set_meta(ATTEMPTS, msgspec.json.encode([*attempts, attempt]).decode())
    try:
        made = make_project(client, mark, _title(workspace), schema, settings.overlap, attempt)
    except Unsure:
        if (late := wait_for_project(client, mark)) is None:
            raise
        made = late
    # Another push may have made one in the same moment: both take the same of the two.
    return find_project(client, mark) or made


def _listed(store: Store, key: str) -> Sequence[str]:
    return msgspec.json.decode(store.meta(key) or "[]", type=list[str])


def _article(store: Store, name: str) -> Article:
    article = store.article(name)
    assert article is not None
    return article


def _title(workspace: Workspace) -> str:
    return workspace.settings.studio.project or workspace.name


def show(done: Pushed) -> str:
    verb = "to send" if done.dry_run else "sent"
    lines = [f"{done.project}: {done.sent} articles {verb}, {done.there} there already" + (f" ({done.address})" if done.address else "")]
    if done.removed:
        lines.append(f"  {len(done.removed)} doubles without work removed from the server (tasks {', '.join(map(str, done.removed))})")
    lines += [f"  {each}: no release will hold it while it is quarantined or withdrawn (`annotate split`)" for each in done.unreleased]
    lines += [f"  {each}: its text changed since it was pushed; --force puts the new text into its task" for each in done.changed]
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])
