"""A project that was pulled under several addresses of the same server: known by what only that server can hold, kept as one source.

The caller holds the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from annotate.store.authors import first_author
from annotate.store.bodies import known_of
from annotate.store.pulls import SeenTask

# Of two pulls that each kept the same state: versions that say what the one before them said, of the same place.
SAID_BEFORE = """
    SELECT id FROM (
        SELECT id, digest IS lag(digest) OVER own AND task IS lag(task) OVER own AND article IS lag(article) OVER own
            AND article_sha256 IS lag(article_sha256) OVER own AS same
        FROM versions WHERE work = ? WINDOW own AS (ORDER BY id)
    ) WHERE same
"""


def elsewhere(db: sqlite3.Connection, url: str, project: int, purpose: str) -> list[str]:
    """The other addresses under which a project of this number is kept."""
    query = "SELECT url FROM sources WHERE project = ? AND purpose = ? AND url != ? AND url NOT LIKE 'brat:%' ORDER BY id"
    return [other for (other,) in db.execute(query, (project, purpose, url))]


def of_server(db: sqlite3.Connection, server: str, url: str) -> list[tuple[str, int]]:
    """(address, project) of what was pulled from the server under other addresses than ``url``, where labelling work is there."""
    query = """
        SELECT url, project FROM sources WHERE server = ? AND server != '' AND url != ? AND purpose = 'labelling'
        AND EXISTS (SELECT 1 FROM works WHERE source = sources.id AND present) ORDER BY id
    """
    return db.execute(query, (server, url)).fetchall()


def some_tasks(db: sqlite3.Connection, url: str, project: int, count: int) -> list[int]:
    """So many of the project's tasks at most, from first to last: those with work, or any where none has."""
    of = "SELECT id FROM sources WHERE url = ? AND project = ?"
    worked = db.execute(f"SELECT DISTINCT task FROM works WHERE source = ({of}) AND present ORDER BY task", (url, project)).fetchall()
    found = worked or db.execute(f"SELECT number FROM tasks WHERE source = ({of}) ORDER BY number", (url, project)).fetchall()
    return [number for (number,) in found[:: -(-len(found) // count) or 1]]


def holds_any(db: sqlite3.Connection, url: str, project: int, tasks: Iterable[SeenTask]) -> bool:
    """Is one of the tasks the project's own: of the same number and last changed at the same moment, or with an annotation of a number
    and a moment of making that are kept? Label Studio writes microseconds: two servers do not share one."""
    (source,) = db.execute("SELECT id FROM sources WHERE url = ? AND project = ?", (url, project)).fetchone()
    return any(_holds(db, source, task) for task in tasks)


def _holds(db: sqlite3.Connection, source: int, task: SeenTask) -> bool:
    stamp = (source, task.number, task.updated)
    if task.updated and db.execute("SELECT 1 FROM tasks WHERE source = ? AND number = ? AND updated = ?", stamp).fetchone():
        return True
    made = ((source, known.number, known.made) for known in map(known_of, task.annotations) if known.made)
    return any(db.execute("SELECT 1 FROM works WHERE source = ? AND number = ? AND made = ?", each).fetchone() for each in made)


def move(db: sqlite3.Connection, old: str, new: str, project: int) -> None:
    """Keep under the new address what is kept of a project under the old one, and what is known of the server's people."""
    of = "SELECT id FROM sources WHERE url = ? AND project = ?"
    (source,) = db.execute(of, (old, project)).fetchone()
    there = db.execute(of, (new, project)).fetchone()
    if there is None:
        db.execute("UPDATE sources SET url = ? WHERE id = ?", (new, source))
    else:
        _merge(db, source, there[0])
    db.execute("UPDATE OR REPLACE adjudication_tasks SET url = ? WHERE url = ? AND project = ?", (new, old, project))
    _move_people(db, old, new)


def _move_people(db: sqlite3.Connection, old: str, new: str) -> None:
    """Where other projects are still kept under the old address its people are needed there too. Who was forgotten stays so under both."""
    db.execute("INSERT OR REPLACE INTO people SELECT ?, number, email FROM people WHERE url = ?", (new, old))
    db.execute("DELETE FROM people WHERE url = ?1 AND NOT EXISTS (SELECT 1 FROM sources WHERE url = ?1)", (old,))
    db.execute(
        "INSERT OR IGNORE INTO forgotten SELECT kind, ?1 || substr(name, length(?2) + 1), at, versions FROM forgotten"
        " WHERE kind = 'user' AND substr(name, 1, length(?2) + 1) = ?2 || ' '",
        (new, old),
    )


def _merge(db: sqlite3.Connection, old: int, new: int) -> None:
    """Two sources of the same project become the new one. Which saw the server last is not known: the next pull reads all."""
    _merge_works(db, old, new)
    for table, column in (("works", "source"), ("works", "author_source"), ("versions", "source"), ("pulls", "source")):
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))
    db.execute("DELETE FROM tasks WHERE source = ?", (old,))
    db.execute("DELETE FROM sources WHERE id = ?", (old,))
    db.execute("UPDATE sources SET progress = '{}' WHERE id = ?", (new,))
    # Gold may have been made of the older one of two copies. Its seal goes by the last version's number, which may be given out again.
    db.execute("DELETE FROM meta WHERE key = 'gold_seal'")


def _merge_works(db: sqlite3.Connection, old: int, new: int) -> None:
    """Of the two works that one annotation has become, the one that changed last takes the other's versions."""
    query = """
        SELECT max(a.latest, b.latest) = a.latest, a.id, a.mark, b.id, b.mark FROM works AS a
        JOIN works AS b ON b.source = ? AND b.number = a.number AND b.made = a.made WHERE a.source = ?
    """
    for first, *works in db.execute(query, (new, old)).fetchall():
        kept, mark, gone, its_mark = works if first else works[2:] + works[:2]
        first_author(db, kept, gone)
        db.execute("UPDATE versions SET work = ? WHERE work = ?", (kept, gone))
        db.execute("DELETE FROM works WHERE id = ?", (gone,))
        db.execute(f"DELETE FROM versions WHERE id IN ({SAID_BEFORE})", (kept,))
        changed = (mark if mark is not None else its_mark, kept)
        db.execute("UPDATE works SET mark = ?, latest = (SELECT max(id) FROM versions WHERE work = works.id) WHERE id = ?", changed)
