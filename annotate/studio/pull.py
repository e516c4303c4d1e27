"""Annotations from the server or from an export file, as they came; and what is to be read out of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from annotate.errors import BadInput
from annotate.studio.client import Client
from annotate.studio.project import Project
from annotate.studio.tasks import RawTask, list_annotations

log = logging.getLogger(__name__)


class Submission(Struct, frozen=True):
    """One annotation as decoded, before its result is read."""

    number: int
    user: int | None
    email: str | None
    skipped: bool
    created_at: str
    updated_at: str
    result: list[Any]


def pulled_from_server(client: Client, project: Project) -> Iterator[RawTask]:
    """Every task of the project with its annotations."""
    for count, task in enumerate(list_annotations(client, project), 1):
        if count % 500 == 0:
            log.info("pull", extra={"done": count, "total": None})
        yield task


def pulled_from_file(path: Path) -> list[RawTask]:
    """The tasks of a JSON export made in Label Studio's own interface.

    Raises BadInput when the file is not one.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[RawTask])
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name a JSON export of Label Studio") from None
    except msgspec.DecodeError as error:
        raise BadInput(f"{path}: not a JSON export of Label Studio ({error}); export as JSON, not JSON-MIN") from None


def numbered(tasks: Iterable[RawTask]) -> Iterator[tuple[RawTask, int, bytes]]:
    """(task, annotation's number, its bytes) for every annotation that has a number."""
    for task in tasks:
        for raw in task.annotations:
            number = msgspec.json.decode(raw, type=_Numbered).id
            yield task, number, bytes(raw)


class _Numbered(Struct):
    id: int


def decode_submission(body: bytes) -> Submission | str:
    """A stored annotation, or what keeps it from being one."""
    try:
        raw = msgspec.json.decode(body, type=_Raw)
    except msgspec.DecodeError as error:
        return f"not an annotation as Label Studio makes them ({error})"
    by = raw.completed_by
    user, email = (by.get("id"), by.get("email")) if isinstance(by, dict) else (by, None)
    return Submission(
        raw.id,
        user if isinstance(user, int) else None,
        email if isinstance(email, str) else None,
        raw.was_cancelled,
        raw.created_at or "",
        raw.updated_at or "",
        raw.result or [],
    )


def submitted_by(body: bytes) -> int | None:
    """The number of the user who made an annotation."""
    submission = decode_submission(body)
    return None if isinstance(submission, str) else submission.user


class _Raw(Struct):
    id: int
    completed_by: int | dict[str, Any] | None = None
    was_cancelled: bool = False
    created_at: str | None = None
    updated_at: str | None = None
    result: list[Any] | None = None
