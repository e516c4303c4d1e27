"""`annotate restore`: deleted work from the store back to the server."""

from __future__ import annotations

from msgspec import Struct

from annotate.errors import Problem, StudioProblem
from annotate.steps.studio import client_of
from annotate.store import Store
from annotate.studio.project import find_project
from annotate.studio.restore import Lost, find_lost, restore
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time


class Restored(Struct, frozen=True):
    """What is deleted, how much of it was sent now, and what could not be. ``dry_run``: nothing was sent."""

    lost: list[Lost]
    sent: int
    problems: list[Problem]
    dry_run: bool


def run(workspace: Workspace, articles: tuple[str, ...] = (), *, yes: bool = False) -> Restored:
    """Without ``yes`` only what would be restored is listed. ``articles``: only work on these."""
    with one_at_a_time(workspace.folder, "restore"), Store(workspace.store_path) as store:
        lost = find_lost(store, articles)
        if not yes or not lost:
            return Restored(lost, 0, [], not yes)
        with client_of(workspace) as client:
            project = find_project(client, store.meta("workspace"))
            if project is None:
                raise StudioProblem(f"{client.url} has no project of this workspace; run `annotate push` first")
            sent, problems = restore(client, store, project, articles)
        return Restored(lost, sent, problems, dry_run=False)


def show(done: Restored) -> str:
    if not done.lost:
        return "nothing that was pulled is deleted now (`annotate pull` first, if something was deleted since)"
    lines = [f"  {each.article}: {each.annotator}, {'skipped' if each.skipped else f'{each.items} items'}" for each in done.lost]
    if done.dry_run:
        return "\n".join([f"{len(done.lost)} deleted annotations would go back to the server; --yes sends them:", *lines])
    head = f"{done.sent} of {len(done.lost)} deleted annotations sent back; `annotate pull` takes note of them"
    return "\n".join([head, *(f"  {problem}" for problem in done.problems)])
