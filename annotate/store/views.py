"""What the store says of annotations: how they stand now or stood after some pull, and all their versions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from annotate.errors import UsageProblem
from annotate.records import Author, Kept

KEPT = "sources.url, sources.project, v.task, v.annotation, v.article, v.article_sha256, v.schema, blobs.body"
AUTHOR = "coalesce(home.url, sources.url), works.author, works.author_email"
JOIN_AUTHOR = "LEFT JOIN sources AS home ON home.id = works.author_source"


class Submitted(NamedTuple):
    """A version of an annotation that has a body: whether the annotation is still there, and whether this is how it stands now.

    source: the number of its project in the store, which orders annotations of one number
    """

    kept: Kept
    source: int
    there: bool
    latest: bool


class Version(NamedTuple):
    """One version of a work. body: None where it was deleted; ``gone`` then says what was (annotation, task, project)."""

    work: int
    pull: int
    at: str
    url: str
    project: int
    purpose: str
    task: int
    annotation: int
    article: str | None
    article_sha256: str | None
    schema: str
    gone: str | None
    body: bytes | None
    author: Author


def pull_as_of(db: sqlite3.Connection, as_of: str) -> int:
    """The pull after which the store was as it was at a time (ISO 8601; a date is its end, UTC is meant), or a pull by its number.

    Raises UsageProblem when it is neither, or before the first pull.
    """
    if as_of.isdecimal():
        found = db.execute("SELECT id FROM pulls WHERE id = ?", (int(as_of),)).fetchone()
    else:
        moment = _moment(as_of)
        found = max((row for row in db.execute("SELECT id, at FROM pulls") if _moment(row[1]) <= moment), default=None)
    if found is None:
        pulls = db.execute("SELECT id, at FROM pulls ORDER BY id").fetchall()
        known = f"they go from {pulls[0][0]}, of {pulls[0][1]}, to {pulls[-1][0]}, of {pulls[-1][1]}" if pulls else "there is none yet"
        raise UsageProblem(f"--as-of {as_of}: no such pull; {known}")
    return int(found[0])


def _moment(text: str) -> datetime:
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageProblem(f"--as-of {text!r} is neither a pull's number nor a time such as 2026-03-01 or 2026-03-01T12:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def present(db: sqlite3.Connection, purpose: str, pull: int | None) -> Iterator[Kept]:
    """Every annotation that is there, or was after the pull; by article, source and number."""
    latest = "works.latest" if pull is None else "(SELECT max(id) FROM versions WHERE work = works.id AND pull <= :pull)"
    return _present(db, latest, "sources.purpose = :purpose", {"purpose": purpose, "pull": pull})


def touched(db: sqlite3.Connection, pull: int) -> Iterator[Kept]:
    """Every annotation that is there of the articles of which the pull brought a version, and those it brought of no article."""
    query = "SELECT purpose FROM pulls JOIN sources ON sources.id = source WHERE pulls.id = ?"
    names: dict[str, object] = {"purpose": db.execute(query, (pull,)).fetchone()[0], "pull": pull}
    for (article,) in db.execute("SELECT DISTINCT article FROM versions WHERE pull = ? ORDER BY 1", (pull,)).fetchall():
        of = "works.article = :article" if article is not None else "works.article IS NULL AND v.pull = :pull"
        yield from _present(db, "works.latest", f"{of} AND sources.purpose = :purpose", names | {"article": article})


def _present(db: sqlite3.Connection, latest: str, of: str, names: dict[str, object]) -> Iterator[Kept]:
    # CROSS JOIN keeps the order of the tables, so that the index of works gives the order of the rows and nothing is sorted.
    query = f"""
        SELECT {KEPT}, {AUTHOR} FROM works
        CROSS JOIN versions AS v ON v.id = {latest}
        CROSS JOIN sources ON sources.id = v.source CROSS JOIN blobs ON blobs.digest = v.digest {JOIN_AUTHOR}
        WHERE {of}
        ORDER BY works.article, works.source, works.number
    """
    return (_kept(row) for row in db.execute(query, names))


def _kept(row: Sequence[Any]) -> Kept:
    return Kept._make((*row[:-3], Author(*row[-3:])))


def all_versions(db: sqlite3.Connection, pull: int | None) -> Iterator[Submitted]:
    """Every version of labelling work that has a body, up to the pull, by article, each one's oldest first."""
    upto = "" if pull is None else "AND pull <= :pull"
    # The numbers are sorted by themselves (a LIMIT keeps the two selects apart): to sort the bodies would take as much room as they do.
    query = f"""
        SELECT v.source, latest.digest IS NOT NULL, latest.id = v.id, {KEPT}, {AUTHOR}
        FROM (SELECT id FROM versions WHERE digest IS NOT NULL {upto} ORDER BY article, id LIMIT -1) AS ordered
        CROSS JOIN versions AS v ON v.id = ordered.id
        CROSS JOIN versions AS latest ON latest.id = (SELECT max(id) FROM versions WHERE work = v.work {upto})
        CROSS JOIN sources ON sources.id = v.source CROSS JOIN blobs ON blobs.digest = v.digest
        CROSS JOIN works ON works.id = v.work {JOIN_AUTHOR}
        WHERE sources.purpose = 'labelling'
    """
    rows = db.execute(query, {"pull": pull})
    return (Submitted(_kept(row), source, bool(there), bool(latest)) for source, there, latest, *row in rows)


def history(db: sqlite3.Connection, article: str) -> Iterator[Version]:
    """Every version of every work on an article, each work's together, oldest first."""
    return _versions(db, "v.work IN (SELECT work FROM versions WHERE article = ?)", (article,))


def deleted(db: sqlite3.Connection) -> Iterator[Version]:
    """The last version with a body of all labelling work that is deleted now."""
    of = (
        "v.id IN (SELECT max(versions.id) FROM works JOIN versions ON versions.work = works.id AND versions.digest IS NOT NULL"
        " WHERE NOT works.present GROUP BY works.id) AND sources.purpose = 'labelling'"
    )
    return _versions(db, of, ())


def _versions(db: sqlite3.Connection, of: str, names: tuple[str, ...]) -> Iterator[Version]:
    query = f"""
        SELECT v.work, v.pull, pulls.at, sources.url, sources.project, sources.purpose,
            v.task, v.annotation, v.article, v.article_sha256, v.schema, v.gone, blobs.body, {AUTHOR}
        FROM versions AS v JOIN works ON works.id = v.work
        JOIN pulls ON pulls.id = v.pull JOIN sources ON sources.id = v.source LEFT JOIN blobs ON blobs.digest = v.digest {JOIN_AUTHOR}
        WHERE {of} ORDER BY v.work, v.id
    """
    return (Version._make((*row[:-3], Author(*row[-3:]))) for row in db.execute(query, names))
