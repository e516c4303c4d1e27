"""`annotate migrate`: work that uses labels which the schema no longer has gets their new names, on the server too."""

from __future__ import annotations

from msgspec import Struct

from annotate.errors import StudioProblem, Unmet
from annotate.schema import Schema, load_schema
from annotate.schema.adjudication_page import adjudication_page
from annotate.schema.labelling_page import labelling_page
from annotate.schema.migrations import migrated
from annotate.steps import adjudicate, pull
from annotate.steps.stored import OWN_ALLOWED, stored_sheets
from annotate.steps.studio import client_of
from annotate.store import Store
from annotate.studio.adjudication.project import find_adjudication, update_adjudication
from annotate.studio.adjudication.tasks import candidate_letters
from annotate.studio.client import Client
from annotate.studio.orphans import Found, Use, named, uses_in, uses_on, work
from annotate.studio.project import Project, compare, find_project, update_project
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time

# People go on labelling with the old page while annotations are changed: so often is looked again.
ROUNDS = 5


class Left(Struct, frozen=True):
    """Work that no migration puts right: a label to split by hand, or a draft, which only its author can change."""

    task: int
    uses: str
    draft_of: str | None


class Migrated(Struct, frozen=True):
    """Annotations that were changed (on a dry run: would be), and what is left to do by hand."""

    schema: str
    changed: int
    left: list[Left]
    dry_run: bool


def run(workspace: Workspace, *, yes: bool = False) -> Migrated:
    """Without ``yes`` only what would change is counted. With it, everything is pulled first, so that the store keeps it as it was made.

    Raises Unmet when there is no migration; what is left by hand keeps the page as it is.
    """
    schema = load_schema(workspace.schema_path)
    if not schema.migrations:
        raise Unmet(f"{workspace.schema_path.parent / 'migrations'}: no migrations; docs/sync.md shows one")
    if yes:
        _keep_what_is_there(workspace)
    with one_at_a_time(workspace.folder, "migrate"), Store(workspace.store_path) as store, client_of(workspace) as client:
        project, judged = find_project(client, store.meta("workspace")), find_adjudication(client, store.meta("workspace"))
        if project is None:
            raise StudioProblem(f"{client.url} has no project of this workspace; run `annotate push` first")
        changed, left = _migrate(client, project, schema, labelling_page(schema), yes)
        if yes and not left:
            update_project(client, project, compare(client, project, schema, workspace.settings.studio.overlap))
        if judged is not None:
            letters = candidate_letters(stored_sheets(store, schema))
            decisions, undone = _migrate(client, judged, schema, adjudication_page(schema, letters), yes)
            changed, left = changed + decisions, left + undone
            if yes and not undone:
                update_adjudication(client, judged, schema, letters, workspace.settings.adjudication.overlap)
    return Migrated(schema.id, changed, left, not yes)


def _keep_what_is_there(workspace: Workspace) -> None:
    pull.run(workspace)
    with Store(workspace.store_path) as store, client_of(workspace) as client:
        judged, own = find_adjudication(client, store.meta("workspace")), store.meta(OWN_ALLOWED) == "yes"
    if judged is not None:
        adjudicate.run_pull(workspace, own=own)


def _migrate(client: Client, project: Project, schema: Schema, page: str, yes: bool) -> tuple[int, list[Left]]:
    """How many annotations were changed, and what is left by hand; ``page``: what the project is to show."""
    changed = 0
    for _ in range(ROUNDS):
        found = 0
        left = []
        gone = uses_on(client.get_json(f"/api/projects/{project.number}")["label_config"]) - uses_on(page)
        for each in work(client, project):
            after = migrated(schema.migrations, each.result)
            if each.by is None and after != each.result:
                found += 1
                if yes:
                    client.patch(f"/api/annotations/{each.number}/", {"result": after})
            if still := uses_in(after if each.by is None else each.result) & gone:
                left.append(_left(each, still))
        changed += found
        if not yes or not found:
            return changed, left
    return changed, left


def _left(found: Found, uses: set[Use]) -> Left:
    return Left(found.task, ", ".join(sorted(map(named, uses))), found.by)


def show(done: Migrated) -> str:
    verb = "would be brought" if done.dry_run else "brought"
    lines = [f"{done.changed} annotations {verb} to {done.schema}" + ("; --yes does it" if done.dry_run and done.changed else "")]
    for each in done.left:
        what = f"a draft of {each.draft_of} uses" if each.draft_of else "an annotation uses"
        lines.append(f"  task {each.task}: {what} {each.uses}; " + ("ask them to submit it" if each.draft_of else "label it anew by hand"))
    if done.left and not done.dry_run:
        lines.append("the labelling page stays as it was until these are done; run this again then")
    return "\n".join(lines)
