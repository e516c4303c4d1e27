"""`annotate doctor`: what is wrong with the set-up, and what to do."""

from __future__ import annotations

import os
import shutil

import msgspec
from msgspec import Struct

from annotate.errors import AnnotateError
from annotate.schema import Schema, load_schema
from annotate.schema.build import out_of_step
from annotate.steps.push import ALOFT
from annotate.steps.stored import stored_adjudications
from annotate.store import Store
from annotate.studio.connect import connect
from annotate.studio.doctor import Expected, Finding, examine
from annotate.workspace import Workspace
from annotate.workspace_lock import lock_holder

LOW_DISK, NO_DISK = 2_000_000_000, 200_000_000  # bytes


class Examined(Struct, frozen=True):
    """Everything that was looked at, in the order of the set-up."""

    workspace: str
    findings: list[Finding]

    @property
    def sound(self) -> bool:
        return all(each.state != "fault" for each in self.findings)


def run(workspace: Workspace) -> Examined:
    """Look at the workspace, then at its server. A fault is a finding; nothing is raised and nothing changed."""
    findings = [_disk(workspace), _lock(workspace)]
    try:
        schema = load_schema(workspace.schema_path)
        findings.append(_schema(workspace, schema))
    except AnnotateError as error:
        return Examined(str(workspace.folder), [*findings, _fault("schema", error, "correct it; `annotate schema check` says where")])
    try:
        with Store(workspace.store_path) as store:
            findings += _store(store)
            expected = Expected(
                workspace=store.meta("workspace"),
                schema=schema,
                overlap=workspace.settings.studio.overlap,
                digests=store.article_digests(),
                forgotten=store.forgotten_articles(),
                adjudicators={each.adjudicator for each in stored_adjudications(store, schema)},
            )
    except AnnotateError as error:
        return Examined(str(workspace.folder), [*findings, _fault("store", error, "use the toolkit that wrote it, or a backup")])
    settings = workspace.settings.studio
    try:
        client = connect(settings.url, settings.token_file, workspace.folder, workspace.studio_folder, os.environ)
    except AnnotateError as error:
        return Examined(str(workspace.folder), [*findings, _fault("server", error, "start one, or correct [studio] in annotate.toml")])
    with client:
        findings += examine(client, expected)
    return Examined(str(workspace.folder), findings)


def _disk(workspace: Workspace) -> Finding:
    free = shutil.disk_usage(workspace.folder).free
    said = f"{free / 1e9:.1f} GB free where the workspace lies"
    if free > LOW_DISK:
        return Finding("disk", "good", said)
    return Finding("disk", "fault" if free < NO_DISK else "warning", said, "make room: the store and a server of your own grow")


def _lock(workspace: Workspace) -> Finding:
    holder = lock_holder(workspace.folder)
    if holder is None:
        return Finding("lock", "good", "no other command is at work here")
    what = f"`annotate {holder.command}` is at work here (process {holder.pid}, since {holder.since})"
    return Finding("lock", "warning", what, "wait until it is done; if it hangs, end that process: what it did is kept")


def _schema(workspace: Workspace, schema: Schema) -> Finding:
    stale = out_of_step(schema, workspace.schema_path.parent)
    if not stale:
        return Finding("schema", "good", f"{schema.id}, and all that is generated from it is in step")
    return Finding("schema", "warning", f"{schema.id}: out of step: {', '.join(stale)}", "run `annotate schema build`")


def _store(store: Store) -> list[Finding]:
    articles = len(store.article_digests())
    findings = [Finding("store", "good", f"{articles} articles")]
    if not articles:
        findings = [Finding("store", "warning", "no articles", "run `annotate ingest`")]
    elif not store.splits():
        findings.append(Finding("store", "warning", "no splits are drawn", "run `annotate split`, before people begin to label"))
    if msgspec.json.decode(store.meta(ALOFT) or "[]"):
        findings.append(
            Finding(
                "push", "warning", "the last push ended before all answers had come", "run `annotate push` again: nothing is done twice"
            )
        )
    return findings


def _fault(about: str, error: AnnotateError, remedy: str) -> Finding:
    what, _, said = str(error).partition("; ")
    return Finding(about, "fault", what, said or remedy)


def show(done: Examined) -> str:
    marks = {"good": "  ", "warning": "! ", "fault": "✗ "}
    lines = [f"{done.workspace}"]
    for each in done.findings:
        lines.append(f"{marks[each.state]}{each.about:8} {each.what}")
        if each.remedy:
            lines.append(f"{'':11}→ {each.remedy}")
    count = sum(each.state != "good" for each in done.findings)
    return "\n".join([*lines, "all is well" if not count else f"{count} of {len(done.findings)} want a look"])
