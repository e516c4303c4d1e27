"""`annotate push`: the project and its tasks, again and again without a duplicate."""

from __future__ import annotations

from msgspec import Struct

from annotate.errors import Problem
from annotate.schema import load_schema
from annotate.steps.studio import client_of
from annotate.store import Store
from annotate.studio.project import find_project, make_project, update_project
from annotate.studio.push import plan_push, push
from annotate.workspace import Workspace


class Pushed(Struct, frozen=True):
    """Articles sent now (or, on a dry run, to be sent), there already, and with a changed text."""

    project: str
    address: str | None
    sent: int
    there: int
    changed: list[str]
    problems: list[Problem]
    dry_run: bool


def run(workspace: Workspace, *, force: bool = False, dry_run: bool = False) -> Pushed:
    """Bring the server's project in step with the workspace: made or found, its page renewed, each article one task."""
    settings = workspace.settings.studio
    schema = load_schema(workspace.schema_path)
    title = settings.project or workspace.name
    with Store(workspace.store_path) as store, client_of(workspace) as client:
        project = find_project(client, store.meta("workspace"))
        digests = store.article_digests()
        if dry_run:
            plan = plan_push(client, project, digests)
        else:
            if project is None:
                project = make_project(client, store.meta("workspace"), title, schema, settings.overlap)
            else:
                update_project(client, project, schema, settings.overlap)
            plan = push(client, project, digests, store.articles(), settings.batch, force=force)
        address = f"{client.url}/projects/{project.number}/data" if project else None
    changed = [] if force and not dry_run else plan.changed
    return Pushed(project.title if project else title, address, len(plan.send), plan.there, changed, plan.problems, dry_run)


def show(done: Pushed) -> str:
    verb = "to send" if done.dry_run else "sent"
    lines = [f"{done.project}: {done.sent} articles {verb}, {done.there} there already" + (f" ({done.address})" if done.address else "")]
    lines += [f"  {each}: its text changed since it was pushed; --force puts the new text into its task" for each in done.changed]
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])
