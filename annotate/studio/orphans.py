"""Labels that the server's page has, the new one has not, and annotations use: what a change of the page would orphan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec
from msgspec import Struct

from annotate.errors import Unmet
from annotate.studio.client import Client
from annotate.studio.project import Project
from annotate.studio.tasks import including, spans

# (control, label or choice); relations stand under no control, and a control of free words has no labels.
Use = tuple[str, str]
RELATION = "relation"


class Found(Struct, frozen=True):
    """An annotation, or a draft, and what its result holds. ``by`` is the author of a draft."""

    task: int
    number: int
    result: list[Any]
    by: str | None = None


def uses_on(page: str) -> set[Use]:
    """Everything that can be said on a labelling page (its XML)."""
    root = ElementTree.fromstring(page)
    found: set[Use] = {(RELATION, each.get("value", "")) for each in root.iter("Relation")}
    for tag, child in (("Labels", "Label"), ("Choices", "Choice")):
        found |= {(each.get("name", ""), one.get("value", "")) for each in root.iter(tag) for one in each.iter(child)}
    return found | {(each.get("name", ""), "") for each in root.iter("TextArea")}


def uses_in(result: list[Any]) -> set[Use]:
    """Everything that a result says."""
    return {use for item in result if isinstance(item, dict) for use in _uses(item)}


def _uses(item: dict[str, Any]) -> Iterator[Use]:
    kind, value = item.get("type"), item.get("value")
    if kind == "relation":
        yield from ((RELATION, str(label)) for label in item.get("labels") or ())
    elif kind in ("labels", "choices") and isinstance(value, dict):
        yield from ((str(item.get("from_name")), str(each)) for each in value.get(kind) or ())
    elif kind == "textarea":
        yield str(item.get("from_name")), ""


def work(client: Client, project: Project) -> Iterator[Found]:
    """Every annotation of the project, and every draft."""
    for span in spans(client, project, "id,annotations,result"):
        for task in span.tasks:
            for raw in task.annotations:
                one = msgspec.json.decode(raw, type=_Annotation)
                yield Found(task.id, one.id, one.result or [])
    yield from _drafts(client, project)


def _drafts(client: Client, project: Project) -> Iterator[Found]:
    item = {"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": True}
    query = msgspec.json.encode({"filters": {"conjunction": "and", "items": [item]}}).decode()
    asked = including("id") | {"project": project.number, "page_size": 10_000, "query": query}
    for task in client.get_as("/api/tasks", _Page, asked).tasks:
        for draft in client.get_as(f"/api/tasks/{task.id}/drafts", list[_Draft]):
            yield Found(task.id, draft.id, draft.result or [], draft.user)


def orphaned(client: Client, project: Project, gone: Collection[Use]) -> dict[Use, int]:
    """How many annotations and drafts use each of these; those that nobody uses are left out."""
    return dict(Counter(use for each in work(client, project) for use in uses_in(each.result) & set(gone)))


def require_no_orphans(client: Client, project: Project, now: str, page: str) -> None:
    """Raise Unmet, with how many annotations use it, when something that the new page lacks is in use. Adding costs nothing.

    now: the project's page as it is
    """
    gone = uses_on(now) - uses_on(page)
    used = orphaned(client, project, gone) if gone else {}
    if used:
        shown = "".join(f"\n  {named(use)}: used by {count} annotations or drafts" for use, count in sorted(used.items()))
        raise Unmet(
            f"{project.title} (project {project.number}): the schema no longer has what people have used:{shown}\n"
            "put it back, or say in a migration what became of it (docs/sync.md) and run `annotate migrate`"
        )


def named(use: Use) -> str:
    """A use in the words of a message."""
    return f"the role {use[1]}" if use[0] == RELATION else use[0] if not use[1] else f"{use[0]} {use[1]}"


class _Annotation(Struct):
    id: int
    result: list[Any] | None = None


class _Draft(Struct):
    id: int
    user: str
    result: list[Any] | None = None


class _Number(Struct):
    id: int


class _Page(Struct):
    tasks: list[_Number]
