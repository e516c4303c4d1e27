"""A stored annotation, decoded: who submitted it, when, and its result list."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct


class Submission(Struct, frozen=True):
    """One annotation as decoded, before its result is read."""

    number: int
    user: int | None
    email: str | None
    skipped: bool
    created_at: str
    updated_at: str
    result: list[Any]
    edited_by: int | None = None  # who changed it last, where that was somebody else


def decode_submission(body: bytes) -> Submission | str:
    """A stored annotation, or what keeps it from being one."""
    try:
        raw = msgspec.json.decode(body, type=_Raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
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
        raw.updated_by if isinstance(raw.updated_by, int) and user is not None and raw.updated_by != user else None,
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
