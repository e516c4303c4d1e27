"""Whose a work is: whom the first of its versions names that names somebody, for good. The caller holds the transaction."""

from __future__ import annotations

import sqlite3


def name_author(db: sqlite3.Connection, work: int, source: int, user: int | None, email: str | None) -> bool:
    """Note whom a version of the work names, where none before it named anybody; was that news?

    An e-mail address is news too where only the author's number is known, and nobody's of that number is.
    """
    if user is None and email is None:
        return False
    query = "UPDATE works SET author = ?, author_source = ?, author_email = ? WHERE id = ? AND author IS NULL AND author_email IS NULL"
    if db.execute(query, (user, source, email, work)).rowcount:
        return True
    query = """
        UPDATE works SET author_email = ?1 WHERE id = ?2 AND author_email IS NULL AND author = ?3 AND author_source = ?4
        AND NOT EXISTS (SELECT 1 FROM people JOIN sources ON sources.url = people.url WHERE sources.id = ?4 AND number = ?3)
    """
    return email is not None and bool(db.execute(query, (email, work, user, source)).rowcount)


def first_author(db: sqlite3.Connection, kept: int, gone: int) -> None:
    """Of two works that become one, the author of the one that was there first counts, or else of the other."""
    query = """
        UPDATE works SET (author, author_source, author_email) = (
            SELECT author, author_source, author_email FROM works
            WHERE id IN (?1, ?2) ORDER BY coalesce(author, author_email) IS NULL, id LIMIT 1
        ) WHERE id = ?1
    """
    db.execute(query, (kept, gone))
