"""What the store itself goes by in an annotation's JSON: which one it is, when it was made and moved, and a digest of what it says.

Everything else in it is for later readers.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct


class Known(Struct, frozen=True):
    """number: None when the bytes are no annotation. made and updated: as the server wrote them, empty when it did not.

    user:    who it is of; email: only in export files that name people
    content: of whose it is and what it says: equal for equal work, however the server dressed it (an export file has more fields)
    mark:    what `annotate restore` wrote on it (``import_id``)
    """

    number: int | None
    made: str
    updated: str
    skipped: bool
    user: int | None
    email: str | None
    mark: int | None
    content: str


def known_of(body: bytes) -> Known:
    """What is known of an annotation; of bytes that are none, only their digest."""
    try:
        raw = DECODE(body)
        result = memoryview(raw.result)
        # Export files are written with other white space than answers are, from the first key on.
        if b'": ' in bytes(result[:FIRST_KEY]):
            result = memoryview(msgspec.json.encode(msgspec.json.decode(result)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Known(None, "", "", False, None, None, None, sha256(body).hexdigest())
    user, email = _person(raw.completed_by)
    content = sha256(b"%r %r %r " % (user, raw.was_cancelled, raw.ground_truth))
    content.update(result)
    return Known(raw.id, raw.created_at or "", raw.updated_at or "", raw.was_cancelled, user, email, raw.import_id, content.hexdigest())


def _person(of: Any) -> tuple[int | None, str | None]:
    number, email = (of.get("id"), of.get("email")) if isinstance(of, dict) else (of, None)
    return number if isinstance(number, int) else None, email if isinstance(email, str) else None


class _Raw(Struct):
    id: int
    completed_by: int | dict[str, Any] | None = None
    was_cancelled: bool = False
    ground_truth: bool = False
    created_at: str | None = None
    updated_at: str | None = None
    import_id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")


DECODE = msgspec.json.Decoder(_Raw).decode
FIRST_KEY = 200  # bytes of a result that hold its first key and what is behind it
