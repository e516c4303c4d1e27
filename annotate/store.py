"""The workspace's one SQLite file: articles, splits, and everything Label Studio ever answered.

Annotations are kept as the server's own JSON, each version under the digest of its bytes and never changed; labellings are derived from
them when they are read, so a better reader repairs history. A version is present or deleted; the latest one of an
annotation says how it stands now. Every method that writes does so in one transaction: killed at any instant, it was done or not.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from annotate.errors import BadInput
from annotate.records import Article, Kept, Locked, Pulled, SplitLock

FORMAT = "2"

# What makes a store of an older format one of the next.
UPGRADES = {"1": ("2", "ALTER TABLE sources ADD COLUMN purpose TEXT NOT NULL DEFAULT 'labelling'")}

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, record BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS splits (
    article TEXT PRIMARY KEY REFERENCES articles (id), split TEXT NOT NULL, "group" TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, project INTEGER NOT NULL,
    purpose TEXT NOT NULL DEFAULT 'labelling',  -- or adjudication
    UNIQUE (url, project)
);
CREATE TABLE IF NOT EXISTS people (
    url TEXT NOT NULL, number INTEGER NOT NULL, email TEXT NOT NULL, PRIMARY KEY (url, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pulls (id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES sources (id), at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blobs (digest TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (
    id INTEGER PRIMARY KEY,
    pull INTEGER NOT NULL REFERENCES pulls (id),
    source INTEGER NOT NULL REFERENCES sources (id),
    task INTEGER NOT NULL,
    annotation INTEGER NOT NULL,
    article TEXT,           -- the article the task says it is of; NULL when it says none
    article_sha256 TEXT,    -- the digest of the text the task carries
    schema TEXT NOT NULL,   -- the schema version in force when it was pulled
    digest TEXT REFERENCES blobs (digest)  -- NULL: the annotation was deleted
);
CREATE INDEX IF NOT EXISTS versions_by_annotation ON versions (source, annotation, id);
CREATE TABLE IF NOT EXISTS adjudication_sheets (
    article TEXT NOT NULL REFERENCES articles (id), round INTEGER NOT NULL, basis TEXT NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (article, round)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS adjudication_tasks (  -- which round a task is of, as last seen
    url TEXT NOT NULL, project INTEGER NOT NULL, task INTEGER NOT NULL, round INTEGER NOT NULL, PRIMARY KEY (url, project, task)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gold (article TEXT PRIMARY KEY REFERENCES articles (id), record BLOB NOT NULL) WITHOUT ROWID;
"""


class Changes(NamedTuple):
    """What one pull brought, in annotations."""

    new: int
    changed: int
    deleted: int
    unchanged: int


class Version(NamedTuple):
    """One version of an annotation as a pull (at that time) found it. body: None where it was deleted."""

    at: str
    url: str
    project: int
    purpose: str
    task: int
    annotation: int
    schema: str
    body: bytes | None


class Store:
    """The open store of a workspace. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=60)
        try:
            self._require_format(path)
            self._set_up()
        except BaseException:
            self._db.close()
            raise

    def _require_format(self, path: Path) -> None:
        """Before anything is written: another toolkit's store stays as it is."""
        try:
            known = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        except sqlite3.DatabaseError as error:
            raise BadInput(f"{path}: cannot be read as a store ({error}); put it aside, or name another workspace") from None
        if known and (found := self.meta("format")) not in ("", FORMAT, *UPGRADES):
            raise BadInput(f"{path}: a store of format {found}, this is a toolkit for format {FORMAT}; use the version that wrote it")

    def _set_up(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        with self._transaction():
            self._upgrade()
            for statement in TABLES.split(";\n"):
                self._db.execute(statement)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (FORMAT,))
            # The salt keeps pseudonyms from being guessed; the workspace's mark finds its project again on the server.
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (secrets.token_hex(16),))
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('workspace', ?)", (secrets.token_hex(8),))

    def _upgrade(self) -> None:
        """Bring a store that an older toolkit wrote to today's format; nothing in it is lost."""
        known = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        while known and (found := self.meta("format")) in UPGRADES:
            after, statement = UPGRADES[found]
            self._db.execute(statement)
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'format'", (after,))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # Meta

    def meta(self, key: str) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, key: str, value: str) -> None:
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # Articles

    def article_digests(self) -> dict[str, str]:
        """Article id → SHA-256 of its text, for every article, in the order of the ids."""
        return dict(self._db.execute("SELECT id, sha256 FROM articles ORDER BY id"))

    def articles(self) -> Iterator[Article]:
        """Every article, in the order of the ids."""
        for (record,) in self._db.execute("SELECT record FROM articles ORDER BY id"):
            yield msgspec.json.decode(record, type=Article)

    def article(self, article_id: str) -> Article | None:
        row = self._db.execute("SELECT record FROM articles WHERE id = ?", (article_id,)).fetchone()
        return msgspec.json.decode(row[0], type=Article) if row else None

    def put_articles(self, articles: Iterable[Article]) -> None:
        """Add articles, or put them in the place of those with the same id."""
        with self._transaction():
            self._db.executemany(
                "INSERT INTO articles VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, record = excluded.record",
                ((each.id, each.sha256, msgspec.json.encode(each)) for each in articles),
            )

    # Splits

    def splits(self) -> dict[str, tuple[str, str]]:
        """Article id → (split, group), for every article that has been drawn."""
        rows = self._db.execute('SELECT article, split, "group" FROM splits ORDER BY article')
        return {article: (split, group) for article, split, group in rows}

    def lock_splits(self, drawn: dict[str, tuple[str, str]]) -> None:
        """Add splits. One that is there is never moved."""
        with self._transaction():
            self._db.executemany("INSERT INTO splits VALUES (?, ?, ?)", ((a, split, group) for a, (split, group) in drawn.items()))

    def split_lock(self) -> SplitLock | None:
        """How articles were drawn and where each is; None before the first draw."""
        kept = self.meta("split_lock")
        articles = tuple(Locked(article, split, group) for article, (split, group) in self.splits().items())  # type: ignore[arg-type]
        if not kept and not articles:
            return None
        lock = msgspec.json.decode(kept, type=SplitLock) if kept else SplitLock()
        return msgspec.structs.replace(lock, articles=articles)

    def put_split_lock(self, lock: SplitLock) -> None:
        """Lock what was drawn, in the place of the lock before it. Raises ValueError when an article would move."""
        before = self.splits()
        moved = [each.article for each in lock.articles if before.get(each.article, ("",))[0] not in ("", each.split)]
        if moved:
            raise ValueError(f"{len(moved)} articles would move to another split ({', '.join(moved[:5])})")
        gone = before.keys() - {each.article for each in lock.articles}
        terms = msgspec.json.encode(msgspec.structs.replace(lock, articles=())).decode()
        with self._transaction():
            self._db.executemany("DELETE FROM splits WHERE article = ?", ((article,) for article in sorted(gone)))
            new = ((each.article, each.split, each.group) for each in lock.articles if each.article not in before)
            self._db.executemany("INSERT INTO splits VALUES (?, ?, ?)", new)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('split_lock', ?)", (terms,))

    # What Label Studio answered

    def put_people(self, url: str, emails: dict[int, str]) -> None:
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", ((url, n, email) for n, email in emails.items()))

    def people(self) -> dict[tuple[str, int], str]:
        """(server, user number) → e-mail address."""
        return {(url, number): email for url, number, email in self._db.execute("SELECT url, number, email FROM people")}

    def record_pull(
        self, url: str, project: int, schema: str, at: str, pulled: Iterable[Pulled], *, complete: bool, purpose: str = "labelling"
    ) -> Changes:
        """Keep what a pull found as new versions where it differs from the last, all of it or nothing.

        With ``complete``, what was present in this project and was not found is recorded as deleted. ``purpose`` is what the project is
        for: labelling or adjudication.
        """
        counts = {"new": 0, "changed": 0, "unchanged": 0}
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO sources (url, project, purpose) VALUES (?, ?, ?)", (url, project, purpose))
            (source,) = self._db.execute("SELECT id FROM sources WHERE url = ? AND project = ?", (url, project)).fetchone()
            pull = self._db.execute("INSERT INTO pulls (source, at) VALUES (?, ?)", (source, at)).lastrowid
            before = self._latest(source)
            seen: set[int] = set()
            for each in pulled:
                seen.add(each.annotation)
                digest = sha256(each.body).hexdigest()
                state = (each.task, each.article, each.article_sha256, digest)
                last = before.get(each.annotation)
                change = "new" if last is None else "unchanged" if last == state else "changed"
                counts[change] += 1
                if change != "unchanged":
                    self._db.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (digest, each.body))
                    self._add_version(pull, source, each.annotation, schema, *state)
                    before[each.annotation] = state
            gone = [number for number, (*_, digest) in before.items() if digest is not None and number not in seen] if complete else []
            for number in gone:
                task, article, text, _ = before[number]
                self._add_version(pull, source, number, schema, task, article, text, None)
        return Changes(counts["new"], counts["changed"], len(gone), counts["unchanged"])

    def _latest(self, source: int) -> dict[int, tuple[int, str | None, str | None, str | None]]:
        rows = self._db.execute(
            "SELECT annotation, task, article, article_sha256, digest FROM versions WHERE source = ? ORDER BY id", (source,)
        )
        return {annotation: (task, article, text, digest) for annotation, task, article, text, digest in rows}

    def _add_version(
        self,
        pull: int | None,
        source: int,
        annotation: int,
        schema: str,
        task: int,
        article: str | None,
        text: str | None,
        digest: str | None,
    ) -> None:
        self._db.execute(
            "INSERT INTO versions (pull, source, task, annotation, article, article_sha256, schema, digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (pull, source, task, annotation, article, text, schema, digest),
        )

    def annotations(self, purpose: str = "labelling") -> Iterator[Kept]:
        """The present version of every annotation that is not deleted, by article, source and number."""
        query = """
            SELECT sources.url, sources.project, v.task, v.annotation, v.article, v.article_sha256, v.schema, blobs.body
            FROM versions AS v
            JOIN (SELECT max(id) AS id FROM versions GROUP BY source, annotation) AS latest ON latest.id = v.id
            JOIN sources ON sources.id = v.source JOIN blobs ON blobs.digest = v.digest
            WHERE sources.purpose = ?
            ORDER BY v.article, sources.url, sources.project, v.annotation
        """
        return (Kept(*row) for row in self._db.execute(query, (purpose,)))

    def versions(self) -> Iterator[tuple[Kept, bool]]:
        """Every version of every annotation that has a body, oldest first, and whether its annotation is still there."""
        query = """
            SELECT latest.digest IS NOT NULL,
                sources.url, sources.project, v.task, v.annotation, v.article, v.article_sha256, v.schema, blobs.body
            FROM versions AS v
            JOIN (SELECT max(id) AS id, source, annotation FROM versions GROUP BY source, annotation) AS last
                ON last.source = v.source AND last.annotation = v.annotation
            JOIN versions AS latest ON latest.id = last.id
            JOIN sources ON sources.id = v.source JOIN blobs ON blobs.digest = v.digest
            WHERE sources.purpose = 'labelling'
            ORDER BY v.id
        """
        return ((Kept(*row), bool(present)) for present, *row in self._db.execute(query))

    def last_version(self) -> int:
        """The number of the newest version of any annotation; 0 when there is none."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM versions").fetchone()[0])

    def history(self, article: str) -> Iterator[Version]:
        """Every version of every annotation of an article, oldest first."""
        query = """
            SELECT pulls.at, sources.url, sources.project, sources.purpose, v.task, v.annotation, v.schema, blobs.body
            FROM versions AS v JOIN pulls ON pulls.id = v.pull JOIN sources ON sources.id = v.source
            LEFT JOIN blobs ON blobs.digest = v.digest
            WHERE v.article = ? ORDER BY v.id
        """
        return (Version(*row) for row in self._db.execute(query, (article,)))

    # Adjudication

    def put_sheets(self, sheets: Iterable[tuple[str, int, str, bytes]]) -> None:
        """Keep what is sent to adjudicators: (article, round, basis, JSON). What a round was sent with is never changed."""
        with self._transaction():
            self._db.executemany("INSERT INTO adjudication_sheets VALUES (?, ?, ?, ?)", sheets)

    def sheets(self) -> Iterator[bytes]:
        """Every sheet's JSON, by article and round."""
        return (record for (record,) in self._db.execute("SELECT record FROM adjudication_sheets ORDER BY article, round"))

    def put_rounds(self, url: str, project: int, rounds: dict[int, int]) -> None:
        """Which round each task (its number) of the adjudication project is of."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO adjudication_tasks VALUES (?, ?, ?, ?)", ((url, project, task, n) for task, n in rounds.items())
            )

    def rounds(self) -> dict[tuple[str, int, int], int]:
        """(server, project, task) → round."""
        rows = self._db.execute("SELECT url, project, task, round FROM adjudication_tasks")
        return {(url, project, task): number for url, project, task, number in rows}

    # Gold

    def put_gold(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Put gold records (article id, JSON) in the place of all that were there."""
        with self._transaction():
            self._db.execute("DELETE FROM gold")
            self._db.executemany("INSERT INTO gold VALUES (?, ?)", records)

    def gold(self) -> Iterator[tuple[str, bytes]]:
        return iter(self._db.execute("SELECT article, record FROM gold ORDER BY article"))
