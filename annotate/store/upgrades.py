"""What makes a store of an older format one of the next. Nothing in it is lost."""

from __future__ import annotations

import sqlite3

import msgspec
from msgspec import Struct

from annotate.store.authors import name_author
from annotate.store.bodies import in_utc, known_of
from annotate.store.packed import packed
from annotate.store.pulls import Pull, close
from annotate.store.tables import create_tables


def upgrade(db: sqlite3.Connection) -> None:
    """Bring a store that an older toolkit wrote to today's format; one transaction of the caller's, without checks of foreign keys."""
    for before, (after, step) in UPGRADES.items():
        if db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == (before,):
            step(db)
            db.execute("UPDATE meta SET value = ? WHERE key = 'format'", (after,))


def _say_what_sources_are_for(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE sources ADD COLUMN purpose TEXT NOT NULL DEFAULT 'labelling'")


def _tell_works_apart(db: sqlite3.Connection) -> None:
    """Every version becomes one of a work: an annotation's number alone does not say which, for deleted ones are used again."""
    db.execute("ALTER TABLE sources ADD COLUMN progress TEXT NOT NULL DEFAULT '{}'")
    db.execute("ALTER TABLE versions ADD COLUMN work INTEGER REFERENCES works (id)")
    db.execute("ALTER TABLE versions ADD COLUMN content TEXT")
    db.execute("ALTER TABLE versions ADD COLUMN gone TEXT")
    db.execute("DROP INDEX IF EXISTS versions_by_annotation")
    db.execute("CREATE TABLE newer_blobs (digest TEXT PRIMARY KEY, body BLOB NOT NULL)")
    db.execute("INSERT INTO newer_blobs SELECT digest, body FROM blobs")
    db.execute("DROP TABLE blobs")
    db.execute("ALTER TABLE newer_blobs RENAME TO blobs")
    create_tables(db)
    for (version,) in db.execute("SELECT id FROM versions ORDER BY id").fetchall():
        query = "SELECT pull, source, task, annotation, article, schema, body FROM versions LEFT JOIN blobs USING (digest) WHERE id = ?"
        _give_to_its_work(db, version, *db.execute(query, (version,)).fetchone())


def _give_to_its_work(
    db: sqlite3.Connection,
    version: int,
    pull: int,
    source: int,
    task: int,
    number: int,
    article: str | None,
    schema: str,
    body: bytes | None,
) -> None:
    last = db.execute("SELECT id, made FROM works WHERE source = ? AND number = ? AND present", (source, number)).fetchone()
    if body is None:
        db.execute("UPDATE versions SET work = ?, gone = 'annotation' WHERE id = ?", (last[0] if last else None, version))
        db.execute("UPDATE works SET latest = ?, present = 0 WHERE id = ?", (version, last[0] if last else None))
        return
    known = known_of(body)
    if last is not None and last[1] != known.made:
        close(db, Pull(pull, source, schema, b"", (), (), (), ()), [last[0]], "annotation")
    db.execute(
        "INSERT INTO works (source, number, made, task, article, updated, latest, present) VALUES (?, ?, ?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (source, number, made) DO UPDATE SET task = excluded.task, article = excluded.article,"
        " updated = excluded.updated, latest = excluded.latest, present = 1",
        (source, number, known.made, task, article, known.updated, version),
    )
    (work,) = db.execute("SELECT id FROM works WHERE source = ? AND number = ? AND made = ?", (source, number, known.made)).fetchone()
    db.execute("UPDATE versions SET work = ?, content = ? WHERE id = ?", (work, known.content, version))


def _pack_gold(db: sqlite3.Connection) -> None:
    """Compressed it takes a tenth of the room, which later gold uses again; the file itself stays as large as it is."""
    db.execute("ALTER TABLE gold RENAME TO older_gold")
    create_tables(db)
    rows = db.execute("SELECT article, record FROM older_gold ORDER BY article")
    db.executemany("INSERT INTO gold VALUES (?, ?, ?)", ((article, _is_usable(record), packed(record)) for article, record in rows))
    db.execute("DROP TABLE older_gold")


def _is_usable(gold: bytes) -> bool:
    return msgspec.json.decode(gold, type=_Gold).labelling.unusable is None


class _Usable(Struct):
    unusable: str | None = None


class _Gold(Struct):
    labelling: _Usable


def _name_authors(db: sqlite3.Connection) -> None:
    """Each work gets its author, from its first version that names one; what a version says is told apart from whom it names."""
    _add_column(db, "sources", "server", "TEXT NOT NULL DEFAULT ''")
    for column, kind in (("author", "INTEGER"), ("author_source", "INTEGER REFERENCES sources (id)"), ("author_email", "TEXT")):
        _add_column(db, "works", column, kind)
    query = "SELECT work, source, body FROM versions JOIN blobs USING (digest) WHERE id = ?"
    for (version,) in db.execute("SELECT id FROM versions WHERE digest IS NOT NULL ORDER BY id").fetchall():
        work, source, body = db.execute(query, (version,)).fetchone()
        known = known_of(body)
        name_author(db, work, source, known.user, known.email)
        db.execute("UPDATE versions SET content = ? WHERE id = ?", (known.content, version))
    _write_times_alike(db)
    # Gold may name somebody's later version as nobody's.
    db.execute("DELETE FROM meta WHERE key = 'gold_seal'")


def _write_times_alike(db: sqlite3.Connection) -> None:
    """An annotation is known by the moment it was made, and files write moments in several ways."""
    rows = db.execute("SELECT id, made, updated FROM works").fetchall()
    alike = ((in_utc(made), in_utc(updated), work) for work, made, updated in rows if (made, updated) != (in_utc(made), in_utc(updated)))
    db.executemany("UPDATE OR IGNORE works SET made = ?, updated = ? WHERE id = ?", alike)


def _add_column(db: sqlite3.Connection, table: str, column: str, kind: str) -> None:
    """Where it is not there: a step before may have made the table as it is today."""
    if column not in {name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")}:
        db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")


UPGRADES = {
    "1": ("2", _say_what_sources_are_for),
    "2": ("3", _tell_works_apart),
    "3": ("4", _pack_gold),
    "4": ("5", _name_authors),
}
