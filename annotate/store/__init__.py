"""The workspace's one SQLite file: articles, splits, and everything Label Studio ever answered.

Annotations are kept as the server's own JSON, each version under the digest of its bytes and never changed; labellings are derived from
them when they are read, so a better reader repairs history. A version is present or deleted; the latest one of a
work (one annotation through all its versions) says how it stands now. Every method that writes does so in one transaction: killed at
any instant, it was done or not.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec

from annotate.errors import BadInput
from annotate.records import Article, Kept, Locked, Pulled, SplitLock
from annotate.store import addresses, exports, forget, pulls, views
from annotate.store.packed import packed, unpacked
from annotate.store.pulls import Changes, Progress, Pull, SeenTask
from annotate.store.tables import FORMAT, create_tables
from annotate.store.upgrades import UPGRADES, upgrade
from annotate.store.views import Submitted, Version

__all__ = ["FORMAT", "Changes", "Progress", "Pull", "SeenTask", "Store", "Submitted", "Version"]


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
        self._db.execute("PRAGMA page_size = 8192")  # two annotations of 3 kB a page and not one; only of a file that is new
        self._db.execute("PRAGMA journal_mode = WAL")
        with self._transaction():
            if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                upgrade(self._db)
            create_tables(self._db)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (FORMAT,))
            # The salt keeps pseudonyms from being guessed; the workspace's mark finds its project again on the server.
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (secrets.token_hex(16),))
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('workspace', ?)", (secrets.token_hex(8),))
        self._db.execute("PRAGMA foreign_keys = ON")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def on_disk_at_the_end(self) -> Iterator[None]:
        """What is written in between is put on the disk together: a power cut may take the last transactions back, whole and in order."""
        self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def _transaction(self, *, secure: bool = False) -> Iterator[None]:
        """All or nothing. ``secure``: what is deleted is overwritten."""
        self._db.execute(f"PRAGMA secure_delete = {int(secure)}")
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
        """Add articles, or put them in the place of those with the same id. What was forgotten stays out."""
        with self._transaction():
            self._db.executemany(
                "INSERT INTO articles SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE kind = 'article' AND name = ?1)"
                " ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, record = excluded.record",
                ((each.id, each.sha256, msgspec.json.encode(each)) for each in articles),
            )

    def forgotten_articles(self) -> dict[str, str]:
        """The ids of articles that were taken out for good, and when."""
        return dict(self._db.execute("SELECT name, at FROM forgotten WHERE kind = 'article'"))

    def settled_articles(self) -> set[str]:
        """Ids of the articles that somebody may have seen: drawn into a split, which comes before labelling, or annotated."""
        rows = self._db.execute("SELECT article FROM splits UNION SELECT article FROM versions WHERE article IS NOT NULL")
        return {article for (article,) in rows}

    # Splits

    def splits(self) -> dict[str, tuple[str, str]]:
        """Article id → (split, group), for every article that has been drawn."""
        rows = self._db.execute('SELECT article, split, "group" FROM splits ORDER BY article')
        return {article: (split, group) for article, split, group in rows}

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
            new = [(each.article, each.split, each.group) for each in lock.articles if each.article not in before]
            self._db.executemany("INSERT INTO splits VALUES (?, ?, ?)", new)
            late = "INSERT OR IGNORE INTO drawn_late SELECT ?1 WHERE EXISTS (SELECT 1 FROM works WHERE article = ?1)"
            self._db.executemany(late, ((article,) for article, _, _ in new))
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('split_lock', ?)", (terms,))

    def drawn_late(self) -> set[str]:
        """The articles of which annotations were here when they were drawn: the draw may have known their labels."""
        return {article for (article,) in self._db.execute("SELECT article FROM drawn_late")}

    # What Label Studio answered

    def put_people(self, url: str, emails: dict[int, str]) -> None:
        with self._transaction():
            pulls.put_people(self._db, self._salted(), url, emails)

    def people(self) -> dict[tuple[str, int], str]:
        """(server, user number) → e-mail address."""
        return {(url, number): email for url, number, email in self._db.execute("SELECT url, number, email FROM people")}

    def begin_pull(self, url: str, project: int, schema: str, at: str, purpose: str = "labelling") -> Pull:
        """Note that a pull began. What it finds is kept by the methods below, each of which is a transaction.

        purpose: what the project is for, labelling or adjudication
        """
        with self._transaction():
            return pulls.begin_pull(self._db, url, project, purpose, schema, at, self._salted())

    def record_tasks(self, pull: Pull, tasks: Iterable[SeenTask], span: tuple[int, int | None] | None, progress: Progress) -> None:
        """Keep a page of tasks with all their annotations, and how far the pull is with it.

        span: the page holds every task whose number is in (first, second], so what is not in it was deleted; None: it holds some
        """
        with self._transaction():
            page = list(tasks)
            pulls.record_tasks(self._db, pull, page)
            if span is not None:
                pulls.record_missing(self._db, pull, *span, {task.number for task in page})
            self._put_progress(pull, progress)

    def record_missing_tasks(self, pull: Pull, after: int, upto: int | None, there: Collection[int]) -> None:
        """Record as deleted the tasks with numbers in (after, upto] that are not there any more, and what was on them."""
        with self._transaction():
            pulls.record_missing(self._db, pull, after, upto, there)

    def record_project_gone(self, pull: Pull) -> None:
        with self._transaction():
            pulls.close(self._db, pull, self._present(pull), "project")
            self._db.execute("DELETE FROM tasks WHERE source = ?", (pull.source,))
            self._put_progress(pull, Progress())

    def record_pull(
        self, url: str, project: int, schema: str, at: str, pulled: Iterable[Pulled], *, complete: bool, purpose: str = "labelling"
    ) -> Changes:
        """Keep a whole pull at once, all of it or nothing.

        With ``complete``, what was present in this project and was not found is recorded as deleted. ``purpose`` is what the project is
        for: labelling or adjudication.
        """
        with self._transaction():
            pull = pulls.begin_pull(self._db, url, project, purpose, schema, at, self._salted())
            seen = {pulls.record(self._db, pull, each) for each in pulled}
            if complete:
                pulls.close(self._db, pull, [work for work in self._present(pull) if work not in seen], "annotation")
        return self.changes(pull)

    def record_some(self, pull: Pull, tasks: Iterable[SeenTask]) -> int:
        """Keep the annotations that were found on tasks, but for those that are older than what is kept: how many these are.

        What was not found may still be there.
        """
        with self._transaction():
            return len({number for task in tasks for number in exports.record_found(self._db, pull, task)})

    def changes(self, pull: Pull) -> Changes:
        """What a pull changed so far."""
        return pulls.changes_of(self._db, pull)

    def _present(self, pull: Pull) -> list[int]:
        return [work for (work,) in self._db.execute("SELECT id FROM works WHERE source = ? AND present", (pull.source,))]

    def sources(self, url: str, purpose: str = "labelling") -> list[int]:
        """The numbers of a server's projects of which annotations are there."""
        query = """
            SELECT project FROM sources WHERE url = ? AND purpose = ?
            AND EXISTS (SELECT 1 FROM works WHERE source = sources.id AND present) ORDER BY project
        """
        return [number for (number,) in self._db.execute(query, (url, purpose))]

    def elsewhere(self, url: str, project: int, purpose: str = "labelling") -> list[str]:
        """The other addresses under which a project of this number is kept: of the same server, or of another."""
        return addresses.elsewhere(self._db, url, project, purpose)

    def put_server(self, pull: Pull, server: str) -> None:
        """Note by what the server that a pull is from is known under any address."""
        with self._transaction():
            self._db.execute("UPDATE sources SET server = ? WHERE id = ?", (server, pull.source))

    def of_server(self, server: str, url: str) -> list[tuple[str, int]]:
        """(address, project) of what was pulled from the same server under other addresses, where labelling work is there."""
        return addresses.of_server(self._db, server, url)

    def some_tasks(self, url: str, project: int, count: int) -> list[int]:
        """The numbers of so many of a project's tasks at most, by which a server can be asked whether it is the one."""
        return addresses.some_tasks(self._db, url, project, count)

    def holds_any(self, url: str, project: int, tasks: Iterable[SeenTask]) -> bool:
        """Is one of the tasks the kept project's own, by its number and its times?"""
        return addresses.holds_any(self._db, url, project, tasks)

    def move(self, old: str, new: str, project: int) -> None:
        """Keep a project under another address of its server; with what is kept of it there, if something is."""
        with self._transaction():
            addresses.move(self._db, old, new, project)

    def progress(self, pull: Pull) -> Progress:
        (found,) = self._db.execute("SELECT progress FROM sources WHERE id = ?", (pull.source,)).fetchone()
        return msgspec.json.decode(found, type=Progress)

    def put_progress(self, pull: Pull, progress: Progress) -> None:
        with self._transaction():
            self._put_progress(pull, progress)

    def _put_progress(self, pull: Pull, progress: Progress) -> None:
        self._db.execute("UPDATE sources SET progress = ? WHERE id = ?", (msgspec.json.encode(progress).decode(), pull.source))

    def counts(self, pull: Pull) -> tuple[int, int]:
        """(tasks, annotations that are not skipped) of the source, as they were when each was last seen."""
        tasks, annotations = self._db.execute("SELECT count(*), sum(annotations) FROM tasks WHERE source = ?", (pull.source,)).fetchone()
        return tasks, annotations or 0

    def task_stamps(self, pull: Pull, after: int, upto: int | None) -> dict[int, tuple[str, dict[int, str]]]:
        """Task → when it last changed and, by number, when each of its annotations did; of the tasks with numbers in (after, upto]."""
        span = (pull.source, after, upto if upto is not None else 2**62)
        tasks = self._db.execute("SELECT number, updated FROM tasks WHERE source = ? AND number > ? AND number <= ?", span)
        stamps: dict[int, tuple[str, dict[int, str]]] = {number: (updated, {}) for number, updated in tasks}
        works = self._db.execute("SELECT task, number, updated FROM works WHERE source = ? AND task > ? AND task <= ? AND present", span)
        for task, number, updated in works:
            stamps.setdefault(task, ("", {}))[1][number] = updated
        return stamps

    def pull_as_of(self, as_of: str | None) -> int | None:
        """The pull after which the store was as it was at a time, or the one of that number; None stays None: now."""
        return None if as_of is None else views.pull_as_of(self._db, as_of)

    def annotations(self, purpose: str = "labelling", *, as_of: int | None = None) -> Iterator[Kept]:
        """The present version of every annotation that is not deleted (``as_of``: after that pull), by article, source and number."""
        return views.present(self._db, purpose, as_of)

    def touched(self, pull: Pull) -> Iterator[Kept]:
        """Like annotations, but only of the articles of which a pull brought something; also what it brought of no known article."""
        return views.touched(self._db, pull.id)

    def versions(self, *, as_of: int | None = None) -> Iterator[Submitted]:
        """Every version of every annotation that has a body, by article, oldest first."""
        return views.all_versions(self._db, as_of)

    def history(self, article: str) -> Iterator[Version]:
        """Every version of every annotation of an article, each annotation's together, oldest first."""
        return views.history(self._db, article)

    def deleted(self) -> Iterator[Version]:
        """The last version of all labelling work that is deleted now."""
        return views.deleted(self._db)

    def mark_work(self, work: int, mark: int) -> None:
        """Note what a copy of deleted work will carry on the server, before it is sent: the next pull knows it by that."""
        with self._transaction():
            self._db.execute("UPDATE works SET mark = ? WHERE id = ?", (mark, work))

    # What was taken out for good

    def forget_article(self, article: str, at: str) -> int:
        """Take an article and all work on it out for good; how many versions of annotations went with it."""
        with self._transaction(secure=True):
            return forget.forget_article(self._db, article, at)

    def forget_annotator(self, email: str, at: str) -> int:
        """Take all that a person made out for good; how many versions of annotations that were."""
        with self._transaction(secure=True):
            return forget.forget_annotator(self._db, self._salted(), email, at)

    def work_on(self, article: str) -> int:
        """How many versions of annotations there are of an article."""
        return forget.count_versions(self._db, forget.works_on(self._db, article))

    def work_by(self, email: str) -> int:
        """How many versions of annotations there are by a person."""
        return forget.count_versions(self._db, forget.works_by(self._db, email).works)

    def knows_article(self, article: str) -> bool:
        """Is it there, or was it, forgotten ones included?"""
        return bool(self.article(article) or self.work_on(article) or article in self.forgotten_articles())

    def knows_annotator(self, email: str) -> bool:
        return forget.is_known(self._db, self._salted(), email)

    def shrink(self) -> bool:
        """Write the file anew without what was deleted, its log too; False while another command reads the store."""
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA busy_timeout = 2000")  # milliseconds: long enough for a command that ends, not for one that goes on
        busy, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def _salted(self) -> bytes:
        return self.meta("salt").encode()

    def last_version(self) -> int:
        """The number of the newest version of any annotation; 0 when there is none."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM versions").fetchone()[0])

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

    def put_gold(self, records: Iterable[tuple[str, bool, bytes]]) -> None:
        """Put gold records (article id, whether the article can be annotated, JSON) in the place of all that were there."""
        with self._transaction():
            self._db.execute("DELETE FROM gold")
            self._db.executemany("INSERT INTO gold VALUES (?, ?, ?)", ((name, usable, packed(body)) for name, usable, body in records))

    def gold(self) -> Iterator[tuple[str, bytes]]:
        """(article, JSON) of every gold record, in the order of the articles."""
        return ((article, unpacked(record)) for article, record in self._db.execute("SELECT article, record FROM gold ORDER BY article"))

    def gold_of(self, article: str) -> bytes | None:
        row = self._db.execute("SELECT record FROM gold WHERE article = ?", (article,)).fetchone()
        return unpacked(row[0]) if row else None

    def usable_gold(self) -> dict[str, bool]:
        """Article → whether it can be annotated, of every article that has gold, in their order."""
        return {article: bool(usable) for article, usable in self._db.execute("SELECT article, usable FROM gold ORDER BY article")}

    def gold_digest(self) -> str:
        """SHA-256 of all gold as it is kept."""
        digest = sha256()
        for article, record in self._db.execute("SELECT article, record FROM gold ORDER BY article"):
            digest.update(b"%b\0%d\0%b" % (article.encode(), len(record), record))
        return digest.hexdigest()
