"""Taking text or work out for good: a takedown, a person who withdraws. What stays is a row that says that it was done.

Deleted rows are overwritten (``secure_delete``), and the file is written anew afterwards (``Store.shrink``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from annotate.store.bodies import known_of
from annotate.store.pulls import forgotten_name, forgotten_work

# Tables of which every row about a forgotten article goes, and what was derived from a forgotten annotator's work goes too.
DERIVED = ("gold", "adjudication_sheets")


def forget_article(db: sqlite3.Connection, article: str, at: str) -> int:
    count = _delete_works(db, works_on(db, article))
    for table, column in _columns_about_articles(db):
        db.execute(f'DELETE FROM "{table}" WHERE "{column}" = ?', (article,))
    db.execute("DELETE FROM articles WHERE id = ?", (article,))
    _log(db, "article", article, at, count)
    return count


def forget_annotator(db: sqlite3.Connection, salted: bytes, email: str, at: str) -> int:
    theirs = works_by(db, email)
    count = _delete_works(db, theirs.works)
    for table, column in _columns_about_articles(db):
        if table in DERIVED:
            db.executemany(f'DELETE FROM "{table}" WHERE "{column}" = ?', ((article,) for article in theirs.articles))
    db.executemany("DELETE FROM people WHERE url = ? AND number = ?", theirs.accounts)
    _log(db, "annotator", forgotten_name(salted, email), at, count)
    for url, number in theirs.accounts:
        _log(db, "user", f"{url} {number}", at, 0)
    for stamp in theirs.stamps:
        _log(db, "work", forgotten_work(salted, *stamp), at, 0)
    return count


def works_on(db: sqlite3.Connection, article: str) -> set[int]:
    return {work for (work,) in db.execute("SELECT DISTINCT work FROM versions WHERE article = ?", (article,))}


class Theirs(NamedTuple):
    """A person's works, the articles these are of, and the person's accounts (server, user number).

    stamps: (number, when it was made) of each version: all that tells whose it was once the account is deleted on the server
    """

    works: set[int]
    articles: set[str]
    accounts: set[tuple[str, int]]
    stamps: set[tuple[int, str]]


def works_by(db: sqlite3.Connection, email: str) -> Theirs:
    theirs = Theirs(set(), set(), set(db.execute("SELECT url, number FROM people WHERE email = ?", (email,))), set())
    rows = db.execute("SELECT url, work, article, body FROM versions JOIN blobs USING (digest) JOIN sources ON sources.id = source")
    for url, work, article, body in rows:
        known = known_of(body)
        if known.email == email or (url, known.user) in theirs.accounts:
            theirs.works.add(work)
            theirs.articles.add(article)
    for work in theirs.works:
        for (body,) in db.execute("SELECT body FROM versions JOIN blobs USING (digest) WHERE work = ?", (work,)):
            known = known_of(body)
            if known.number is not None and known.made:
                theirs.stamps.add((known.number, known.made))
    return theirs


def is_known(db: sqlite3.Connection, salted: bytes, email: str) -> bool:
    """Is a person there, or was, forgotten ones included?"""
    name = forgotten_name(salted, email)
    known = db.execute("SELECT 1 FROM people WHERE email = ?1 UNION SELECT 1 FROM forgotten WHERE name = ?2", (email, name)).fetchone()
    return known is not None or bool(works_by(db, email).works)


def count_versions(db: sqlite3.Connection, works: Iterable[int]) -> int:
    return sum(db.execute("SELECT count(*) FROM versions WHERE work = ?", (work,)).fetchone()[0] for work in works)


def _delete_works(db: sqlite3.Connection, works: Iterable[int]) -> int:
    """Delete works with all their versions and what no other version needs; how many versions that were."""
    count, digests = 0, set()
    for work in works:
        digests.update(db.execute("SELECT digest FROM versions WHERE work = ? AND digest IS NOT NULL", (work,)).fetchall())
        count += db.execute("DELETE FROM versions WHERE work = ?", (work,)).rowcount
        db.execute("DELETE FROM works WHERE id = ?", (work,))
    needed = set(db.execute("SELECT digest FROM versions WHERE digest IS NOT NULL")) if digests else set()
    db.executemany("DELETE FROM blobs WHERE digest = ?", digests - needed)
    return count


def _columns_about_articles(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Every table's column that holds an article's id."""
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    named = {(table, "article") for table in tables for row in db.execute(f'PRAGMA table_info("{table}")') if row[1] == "article"}
    joined = {(table, row[3]) for table in tables for row in db.execute(f'PRAGMA foreign_key_list("{table}")') if row[2] == "articles"}
    return sorted(named | joined)


def _log(db: sqlite3.Connection, kind: str, name: str, at: str, versions: int) -> None:
    """A second time adds to the first: its row stays."""
    db.execute(
        "INSERT INTO forgotten VALUES (?, ?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET versions = versions + excluded.versions",
        (kind, name, at, versions),
    )
