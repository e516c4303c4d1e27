"""What the store itself goes by in an annotation's JSON: which one it is, whose, when it was made and saved, and a digest of what it says.

Everything else in it is for later readers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct


class Known(Struct, frozen=True):
    """number: None when the bytes are no annotation. made and updated: as Label Studio writes times, empty when it did not.

    user:    who it is of, None once the account is deleted; email: only in export files that name people
    content: of what it says: equal for equal work, however the server dressed it (an export file has more fields) and whoever it names
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
    content = sha256(b"%r %r " % (raw.was_cancelled, raw.ground_truth))
    content.update(result)
    made, updated = in_utc(raw.created_at or ""), in_utc(raw.updated_at or "")
    return Known(raw.id, made, updated, raw.was_cancelled, user, email, raw.import_id, content.hexdigest())


def in_utc(written: str) -> str:
    """A time as Label Studio's answers have it; files may write the same moment in another way. What is no time stays as it is."""
    usual = written[-1:] == "Z" and written[10:11] == "T" and len(written) in USUAL
    if usual and not written.endswith(".000000Z"):
        return written
    moment = _moment(written)
    return written if moment is None else moment.isoformat().replace("+00:00", "Z")


def is_before(first: str, second: str) -> bool:
    """Is it the earlier of two times? Not where one of them is none."""
    one, other = _moment(first), _moment(second)
    return one is not None and other is not None and one < other


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


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


USUAL = (len("2031-05-01T10:00:00Z"), len("2031-05-01T10:00:00.101010Z"))
DECODE = msgspec.json.Decoder(_Raw).decode
FIRST_KEY = 200  # bytes of a result that hold its first key and what is behind it
