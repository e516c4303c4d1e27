"""What happened to each annotation of an article, told from its versions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from msgspec import Struct

from annotate.store import Version
from annotate.studio.submissions import People, Submission, annotator_of, decode_submission


class Event(Struct, frozen=True):
    """One version of an annotation, as a pull found it.

    kind: created, edited, edited by somebody else, set back (to an older state: the server was restored), saved again (it says the same),
          skipped, un-skipped, deleted, task deleted, project deleted, back again, or unreadable
    by:   who changed it last, where that is not the annotator
    made: when it was changed, as the server says; None for a deletion, of which it says nothing
    """

    pull: int
    at: str
    kind: str
    annotator: str
    by: str | None
    made: str | None
    items: int
    schema: str
    purpose: str
    project: int
    task: int
    annotation: int


def events(versions: Iterable[Version], people: People) -> list[Event]:
    """The history, in the order of the pulls. versions: each annotation's together, oldest first."""
    found = []
    for _, work in groupby(versions, key=lambda each: each.work):
        before: Submission | None = None
        gone = False
        for version in work:
            now = decode_submission(version.body, version.author) if version.body is not None else None
            submission = now if isinstance(now, Submission) else None
            annotator = annotator_of(version.author, version.annotation, people)
            found.append(_event(version, _kind(version, before, submission, gone), annotator, submission, people))
            before, gone = submission or before, version.body is None
    return sorted(found, key=lambda each: each.pull)


def _kind(version: Version, before: Submission | None, now: Submission | None, gone: bool) -> str:
    if version.body is None:
        return {"task": "task deleted", "project": "project deleted"}.get(version.gone or "", "deleted")
    if now is None:
        return "unreadable"
    if gone:
        return "back again"
    if before is None:
        return "skipped" if now.skipped else "created"
    if before.skipped != now.skipped:
        return "skipped" if now.skipped else "un-skipped"
    if now.updated_at < before.updated_at:
        return "set back"
    if now.result == before.result:
        return "saved again"
    return "edited by somebody else" if now.edited_by is not None else "edited"


def _event(version: Version, kind: str, annotator: str, now: Submission | None, people: People) -> Event:
    editor = now.edited_by if now else None
    return Event(
        pull=version.pull,
        at=version.at,
        kind=kind,
        annotator=annotator,
        by=people.get((version.url, editor), f"user-{editor}") if editor is not None else None,
        made=(now.updated_at or None) if now else None,
        items=len(now.result) if now else 0,
        schema=version.schema,
        purpose=version.purpose,
        project=version.project,
        task=version.task,
        annotation=version.annotation,
    )
