"""What is wrong on the server's side, and what to do: the version, the token and its rights, the clock, the project, drafts, people."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct

from annotate.errors import StudioProblem
from annotate.schema import Schema
from annotate.studio.client import Client
from annotate.studio.known import all_tasks
from annotate.studio.people import emails
from annotate.studio.project import Project, compare, find_project
from annotate.studio.tasks import including

TESTED = "1.23"
CLOCK_SECONDS = 60
TOKEN_DAYS = 14
NAMED = 10  # so many of a list are named
RIGHTS = ("projects.create", "projects.change", "tasks.create", "tasks.change", "tasks.delete", "annotations.view")


class Finding(Struct, frozen=True):
    """One thing that was looked at. ``remedy`` is empty where nothing is wrong."""

    about: str
    state: Literal["good", "warning", "fault"]
    what: str
    remedy: str = ""


class Expected(Struct, frozen=True):
    """What the server is held against.

    workspace:    the mark in its project's description
    digests:      article → digest of its text
    forgotten:    articles that were taken out for good
    adjudicators: addresses of those who have decided something, whose work is not in this project
    """

    workspace: str
    schema: Schema
    overlap: int
    digests: Mapping[str, str]
    forgotten: Collection[str]
    adjudicators: Collection[str]


def examine(client: Client, expected: Expected) -> Iterator[Finding]:
    """Everything that the server can be asked; ends with the first fault that makes the rest idle."""
    try:
        yield _version(client)
        yield from _token(client)
        yield _clock(client)
        project = find_project(client, expected.workspace)
        if project is None:
            yield Finding("project", "warning", f"{client.url} has none of this workspace", "run `annotate push`")
            return
        yield _schema(client, project, expected.schema, expected.overlap)
        yield from _tasks(client, project, expected)
        yield _drafts(client, project)
        yield _idle(client, project, expected.adjudicators)
    except StudioProblem as problem:
        what, _, remedy = str(problem).partition("; ")
        yield Finding("server", "fault", what, remedy or "see docs/sync.md")


def _version(client: Client) -> Finding:
    release = client.require_version()
    if release.startswith(f"{TESTED}."):
        return Finding("server", "good", f"{client.url} is Label Studio {release}")
    what = f"{client.url} is Label Studio {release}; {TESTED} is what was tested"
    return Finding("server", "warning", what, "push and pull a few articles first")


def _token(client: Client) -> Iterator[Finding]:
    kind = "a personal access token" if client.personal else "a legacy token"
    who = client.get_as("/api/current-user/whoami", _Who)
    lacking = [each for each in RIGHTS if who.permissions and each not in who.permissions]
    if lacking:
        yield Finding("token", "fault", f"{kind} of {who.email}, who lacks {', '.join(lacking)}", "use the token of an administrator")
    else:
        yield Finding("token", "good", f"{kind} of {who.email}")
    if (until := client.expires) is not None and (days := (until - datetime.now(UTC)).days) < TOKEN_DAYS:
        yield Finding("token", "warning", f"it runs out in {days} days, on {until:%Y-%m-%d}", "make a new one in Account & Settings")


def _clock(client: Client) -> Finding:
    apart = (client.clock() - datetime.now(UTC)).total_seconds()
    if abs(apart) < CLOCK_SECONDS:
        return Finding("clock", "good", "the server's agrees with this machine's")
    which = "ahead of" if apart > 0 else "behind"
    remedy = "set both by NTP: phases and `--as-of` compare times of the two"
    return Finding("clock", "warning", f"the server's is {abs(apart):.0f} s {which} this machine's", remedy)


def _schema(client: Client, project: Project, schema: Schema, overlap: int) -> Finding:
    stale = compare(client, project, schema, overlap).stale
    if not stale:
        return Finding("project", "good", f"{project.title} (project {project.number}) is in step with {schema.id}")
    names = {"label_config": "the labelling page", "expert_instruction": "the guidelines", "maximum_annotations": "the overlap"}
    shown = ", ".join(names.get(each, each) for each in stale)
    what = f"{project.title} (project {project.number}) differs from the workspace in {shown}"
    return Finding("project", "warning", what, "run `annotate push`")


def _tasks(client: Client, project: Project, expected: Expected) -> Iterator[Finding]:
    digests, forgotten = expected.digests, expected.forgotten
    found = all_tasks(client, project).by_article()
    missing = [each for each in digests if each not in found]
    doubles = [article for article, tasks in found.items() if len(tasks) > 1]
    changed = [each for each, digest in digests.items() if each in found and found[each][0].sha256 != digest]
    withdrawn = [each for each in found if each in forgotten]
    strange = [each for each in found if each not in digests and each not in forgotten]
    if not (missing or doubles or changed or withdrawn or strange):
        yield Finding("tasks", "good", f"each of the {len(digests)} articles has its task")
    for several, what, remedy in (
        (missing, "articles have no task", "run `annotate push`"),
        (doubles, "articles have several tasks", "run `annotate push`: it removes those without work and names the others"),
        (changed, "articles have another text than their task", "run `annotate push --force`, or give the new text an id of its own"),
        (withdrawn, "tasks are of articles that were forgotten", "remove them in Label Studio: their text and work are still there"),
        (strange, "tasks are of articles that the workspace does not have", "ingest these articles, or remove the tasks in Label Studio"),
    ):
        if several:
            yield Finding("tasks", "warning", f"{len(several)} {what}: {_named(several)}", remedy)


def _drafts(client: Client, project: Project) -> Finding:
    """Work that was begun and not submitted: no pull sees it."""
    answer = _where(client, project, "draft_exists", "equal", "Boolean", True)
    if not answer.total:
        return Finding("drafts", "good", "none lies about")
    drafts = [each for task in answer.tasks for each in client.get_as(f"/api/tasks/{task.id}/drafts", list[_Draft])]
    oldest = min((each.updated_at for each in drafts), default="")[:10]
    what = f"{answer.total} tasks hold drafts (of {_named(sorted({each.user for each in drafts}))}; the oldest of {oldest})"
    return Finding("drafts", "warning", what, "ask them to submit or to delete them: a draft is not pulled")


def _idle(client: Client, project: Project, adjudicators: Collection[str]) -> Finding:
    people = emails(client)
    me = client.get_as("/api/current-user/whoami", _Who).email
    others = {number: email for number, email in people.items() if email != me and email not in adjudicators}
    idle = [email for number, email in others.items() if not _where(client, project, "annotators", "contains", "List", number).total]
    if not idle:
        return Finding("people", "good", f"all {len(others)} accounts have work here, but for your own and adjudicators'")
    what = f"{len(idle)} accounts have submitted nothing here: {_named(idle)}"
    return Finding("people", "warning", what, "remind them, or remove accounts not in use")


def _named(several: list[str]) -> str:
    return ", ".join(several[:NAMED]) + (f" and {len(several) - NAMED} more" if len(several) > NAMED else "")


class _Who(Struct, frozen=True):
    email: str
    permissions: list[str] = []


class _Draft(Struct, frozen=True):
    user: str
    updated_at: str


class _Number(Struct, frozen=True):
    id: int


class _Page(Struct, frozen=True):
    tasks: list[_Number]
    total: int


def _where(client: Client, project: Project, column: str, operator: str, kind: str, value: Any) -> _Page:
    item = {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}
    query = json.dumps({"filters": {"conjunction": "and", "items": [item]}})
    asked = including("id") | {"project": project.number, "page_size": NAMED, "query": query}
    return client.get_as("/api/tasks", _Page, asked)
