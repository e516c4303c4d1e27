"""A stored annotation, decoded: who submitted it, when, and its result list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from annotate.records import Author

People = Mapping[tuple[str, int], str]  # (server, user number) → e-mail address


class Submission(Struct, frozen=True):
    """One annotation as decoded, before its result is read. user: whom it names itself, nobody once the account is deleted."""

    number: int
    user: int | None
    skipped: bool
    created_at: str
    updated_at: str
    result: list[Any]
    edited_by: int | None = None  # who changed it last, where that was somebody else


def annotator_of(author: Author, annotation: int, people: People) -> str:
    """The author's e-mail address, or what stands for it: export files name people by number, or not at all.

    Of annotations that name nobody each is somebody else's.
    """
    known = author.email or people.get((author.url, author.user or 0))
    return known or (f"annotation-{annotation}" if author.user is None else f"user-{author.user}")


def decode_submission(body: bytes, author: Author | None = None) -> Submission | str:
    """A stored annotation, or what keeps it from being one. author: who made it, which it may no longer say itself."""
    try:
        raw = msgspec.json.decode(body, type=_Raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"not an annotation as Label Studio makes them ({error})"
    by = raw.completed_by
    named = by.get("id") if isinstance(by, dict) else by
    user = named if isinstance(named, int) else None
    owner = author.user if user is None and author is not None else user
    return Submission(
        raw.id,
        user,
        raw.was_cancelled,
        raw.created_at or "",
        raw.updated_at or "",
        raw.result or [],
        raw.updated_by if isinstance(raw.updated_by, int) and owner is not None and raw.updated_by != owner else None,
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
    updated_by: int | dict[str, Any] | None = None
    result: list[Any] | None = None
