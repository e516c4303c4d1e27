"""What a pull found, as new versions where it differs from what was known. The caller holds the transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct, json

from annotate.records import Pulled
from annotate.store.authors import name_author
from annotate.store.bodies import Known, known_of

ADD_BLOB = "INSERT OR IGNORE INTO blobs VALUES (?, ?)"
ADD_VERSION = (
    "INSERT INTO versions (id, pull, source, task, annotation, article, article_sha256, schema, digest, work, content)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Changes(NamedTuple):
    """What one pull brought, in annotations of its project. ``back``: deleted before, and there again."""

    new: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    back: int = 0


class Progress(Struct, frozen=True):
    """How far the pulls from one project are, by the server's own clock (ISO 8601, UTC).

    newest:     the latest change of a task that was seen, and ``seen``, when that was by this machine's clock
    settled:    every change before it is in the store; empty while the first sweep over all tasks is not done
    reached:    the last task of a sweep that is under way, None when none is
    sweep_from: the newest change as that sweep began
    counts:     what server and store counted when all was last compared: an unequal count that was looked into is no news
    """

    newest: str = ""
    seen: str = ""
    settled: str = ""
    reached: int | None = None
    sweep_from: str = ""
    counts: tuple[int, int, int, int] | None = None


class Pull(NamedTuple):
    """A pull that is under way, and what it may not store again: articles, the source's users by number, people and their annotations by
    what stands for them."""

    id: int
    source: int
    schema: str
    salted: bytes
    forgotten_articles: Collection[str]
    forgotten_users: Collection[int]
    forgotten_people: Collection[str]
    forgotten_works: Collection[str]

    def is_forgotten(self, email: str | None) -> bool:
        return bool(self.forgotten_people) and email is not None and forgotten_name(self.salted, email) in self.forgotten_people

    def is_forgotten_work(self, number: int, made: str) -> bool:
        return bool(self.forgotten_works) and forgotten_work(self.salted, number, made) in self.forgotten_works


class SeenTask(NamedTuple):
    """A task as it is on the server, with all of its annotations as the server's JSON."""

    number: int
    updated: str
    article: str | None
    article_sha256: str | None
    annotations: list[bytes]


class _Last(NamedTuple):
    task: int
    article: str | None
    article_sha256: str | None
    content: str | None
    schema: str


def begin_pull(db: sqlite3.Connection, url: str, project: int, purpose: str, schema: str, at: str, salted: bytes) -> Pull:
    """The source is made when it is not there."""
    db.execute("INSERT OR IGNORE INTO sources (url, project, purpose) VALUES (?, ?, ?)", (url, project, purpose))
    (source,) = db.execute("SELECT id FROM sources WHERE url = ? AND project = ?", (url, project)).fetchone()
    number = db.execute("INSERT INTO pulls (source, at) VALUES (?, ?)", (source, at)).lastrowid
    assert number is not None
    names = {kind: _forgotten(db, kind) for kind in ("article", "annotator", "user", "work")}
    # A number that now is somebody else's is not the one that was forgotten.
    named = {number for (number,) in db.execute("SELECT number FROM people WHERE url = ?", (url,))}
    users = {int(name.rsplit(" ", 1)[1]) for name in names["user"] if name.startswith(f"{url} ")} - named
    return Pull(number, source, schema, salted, names["article"], users, names["annotator"], names["work"])


def put_people(db: sqlite3.Connection, salted: bytes, url: str, emails: dict[int, str]) -> None:
    """Name a server's people. Of those who were forgotten only the number is kept, to know their work when it comes again."""
    forgotten = _forgotten(db, "annotator")
    for number, email in emails.items():
        if forgotten and forgotten_name(salted, email) in forgotten:
            db.execute("INSERT OR IGNORE INTO forgotten VALUES ('user', ?, '', 0)", (f"{url} {number}",))
        else:
            db.execute("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", (url, number, email))


def _forgotten(db: sqlite3.Connection, kind: str) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM forgotten WHERE kind = ?", (kind,))}


def forgotten_name(salted: bytes, email: str) -> str:
    """What stands for a person who was forgotten: it tells whether an address is theirs, and nothing else."""
    return sha256(salted + email.encode()).hexdigest()


def forgotten_work(salted: bytes, number: int, made: str) -> str:
    """What stands for an annotation of theirs: Label Studio takes the name off it when the account is deleted."""
    return forgotten_name(salted, f"{number} {made}")


def record(db: sqlite3.Connection, pull: Pull, each: Pulled, known: Known | None = None) -> int | None:
    """Keep one annotation as a new version where it differs from the last; its work, None when it may not be kept."""
    known = known or known_of(each.body)
    if _is_forgotten(pull, each, known):
        return None
    found = _work(db, pull, each, known)
    if found is None:
        add_works(db, pull, [(each, known)])
        return int(db.execute("SELECT max(id) FROM works").fetchone()[0])
    named, last = name_author(db, found.id, pull.source, known.user, known.email), last_of(db, found.id)
    if named or not found.present or found.updated != known.updated or last is None or last[:4] != state_of(each, known):
        # What comes back as it was is still work by the guidelines of its time.
        same = not found.present and last is not None and last.content == known.content
        version = _add_version(db, pull, found.id, each, known, last.schema if same and last else pull.schema)
        db.execute(
            "UPDATE works SET task = ?, article = ?, updated = ?, latest = ?, present = 1 WHERE id = ?",
            (each.task, each.article, known.updated, version, found.id),
        )
    return found.id


def _is_forgotten(pull: Pull, each: Pulled, known: Known) -> bool:
    theirs = known.user in pull.forgotten_users or pull.is_forgotten(known.email)
    return theirs or each.article in pull.forgotten_articles or pull.is_forgotten_work(each.annotation, known.made)


def state_of(each: Pulled, known: Known) -> tuple[int, str | None, str | None, str]:
    """What is compared with the first fields of the last version."""
    return each.task, each.article, each.article_sha256, known.content


class _Work(NamedTuple):
    id: int
    made: str
    updated: str
    present: bool
    article: str | None


def works_of_number(db: sqlite3.Connection, pull: Pull, number: int) -> list[_Work]:
    """The works whose annotations have or had the number."""
    query = "SELECT id, made, updated, present, article FROM works WHERE source = ? AND number = ?"
    return [_Work(*row) for row in db.execute(query, (pull.source, number))]


def _work(db: sqlite3.Connection, pull: Pull, each: Pulled, known: Known) -> _Work | None:
    """The work that an annotation is. Another that had its number was deleted."""
    works = works_of_number(db, pull, each.annotation)
    found = next((work for work in works if work.made == known.made), None)
    if found is None and known.mark is not None:
        row = db.execute("SELECT id, made, updated, present, article FROM works WHERE mark = ? AND NOT present", (known.mark,)).fetchone()
        if row is not None:
            found = _Work(*row)
            moved = (pull.source, each.annotation, known.made, found.id)
            db.execute("UPDATE works SET source = ?, number = ?, made = ? WHERE id = ?", moved)
    for other in works:
        if other.present and other.made != known.made:
            # On another article: its task went too.
            close(db, pull, [other.id], "annotation" if other.article == each.article else "task")
    return found


def add_works(db: sqlite3.Connection, pull: Pull, found: Iterable[tuple[Pulled, Known]]) -> None:
    """Keep annotations that are no work's yet, each as the first version of a new one; not what may not be kept."""
    (work,) = db.execute("SELECT coalesce(max(id), 0) FROM works").fetchone()
    (version,) = db.execute("SELECT coalesce(max(id), 0) FROM versions").fetchone()
    works, versions, blobs = [], [], []
    for each, known in found:
        if _is_forgotten(pull, each, known):
            continue
        work, version, digest = work + 1, version + 1, sha256(each.body).hexdigest()
        author = (known.user, pull.source, known.email) if known.user is not None or known.email is not None else (None, None, None)
        works.append((work, pull.source, each.annotation, known.made, each.task, each.article, known.updated, version, *author))
        versions.append(_row(pull, work, each, known, pull.schema, digest, version))
        blobs.append((digest, each.body))
    db.executemany(
        "INSERT INTO works (id, source, number, made, task, article, updated, latest, author, author_source, author_email, present)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        works,
    )
    db.executemany(ADD_BLOB, blobs)
    db.executemany(ADD_VERSION, versions)


def last_of(db: sqlite3.Connection, work: int) -> _Last | None:
    query = (
        "SELECT task, article, article_sha256, content, schema FROM versions WHERE work = ? AND digest IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
    row = db.execute(query, (work,)).fetchone()
    return _Last(*row) if row else None


def _add_version(db: sqlite3.Connection, pull: Pull, work: int, each: Pulled, known: Known, schema: str) -> int | None:
    digest = sha256(each.body).hexdigest()
    db.execute(ADD_BLOB, (digest, each.body))
    return db.execute(ADD_VERSION, _row(pull, work, each, known, schema, digest)).lastrowid


def _row(pull: Pull, work: int, each: Pulled, known: Known, schema: str, digest: str, version: int | None = None) -> tuple[object, ...]:
    where = (each.task, each.annotation, each.article, each.article_sha256)
    return (version, pull.id, pull.source, *where, schema, digest, work, known.content)


def close(db: sqlite3.Connection, pull: Pull, works: Iterable[int], what: str) -> None:
    """Record works as deleted, with what was deleted on the server (annotation, task, project)."""
    for work in works:
        version = db.execute(
            "INSERT INTO versions (pull, source, task, annotation, article, article_sha256, schema, work, gone)"
            " SELECT ?, source, task, annotation, article, article_sha256, ?, work, ? FROM versions"
            " WHERE id = (SELECT latest FROM works WHERE id = ?)",
            (pull.id, pull.schema, what, work),
        ).lastrowid
        db.execute("UPDATE works SET latest = ?, present = 0 WHERE id = ?", (version, work))


def record_tasks(db: sqlite3.Connection, pull: Pull, tasks: Iterable[SeenTask]) -> None:
    """Keep a page of tasks with their annotations; those of a task that were present and are not among them were deleted.

    Tasks of which nothing is known are most of a first pull: they are added together, with no look-up for each.
    """
    seen = [(task, annotations_on(task)) for task in tasks]
    unknown = _unknown(db, pull, seen)
    add_works(db, pull, (each for task, found in seen if task.number in unknown for each in found))
    for task, found in seen:
        if task.number not in unknown:
            _record_task(db, pull, task, found)
    stamps = ((pull.source, task.number, task.updated, sum(not known.skipped for _, known in found)) for task, found in seen)
    db.executemany("INSERT OR REPLACE INTO tasks (source, number, updated, annotations) VALUES (?, ?, ?, ?)", stamps)


def annotations_on(task: SeenTask) -> list[tuple[Pulled, Known]]:
    """The task's annotations, without what is none."""
    found = ((body, known_of(body)) for body in task.annotations)
    return [
        (Pulled(task.number, known.number, task.article, task.article_sha256, body), known)
        for body, known in found
        if known.number is not None
    ]


def _unknown(db: sqlite3.Connection, pull: Pull, seen: Sequence[tuple[SeenTask, list[tuple[Pulled, Known]]]]) -> set[int]:
    """The tasks of which no work is there, nor any of their annotations' numbers, now or before; restored work is known by its mark."""
    numbers = Counter(each.annotation for _, found in seen for each, _ in found)
    query = "SELECT number FROM works WHERE source = ? AND number IN (SELECT value FROM json_each(?))"
    used = {number for (number,) in db.execute(query, (pull.source, json.encode(list(numbers)).decode()))}
    used |= {number for number, times in numbers.items() if times > 1}
    query = "SELECT task FROM works WHERE source = ? AND task IN (SELECT value FROM json_each(?)) AND present"
    worked = {task for (task,) in db.execute(query, (pull.source, json.encode([task.number for task, _ in seen]).decode()))}
    return {
        task.number
        for task, found in seen
        if task.number not in worked and all(each.annotation not in used and known.mark is None for each, known in found)
    }


def _record_task(db: sqlite3.Connection, pull: Pull, task: SeenTask, found: Iterable[tuple[Pulled, Known]]) -> None:
    works = {record(db, pull, each, known) for each, known in found}
    present = db.execute("SELECT id, article FROM works WHERE source = ? AND task = ? AND present", (pull.source, task.number)).fetchall()
    for work, article in present:
        if work not in works:
            # A task's number is used again too: work on another article went with the task that had it.
            close(db, pull, [work], "annotation" if article == task.article else "task")


def record_missing(db: sqlite3.Connection, pull: Pull, after: int, upto: int | None, there: Collection[int]) -> None:
    """Record as deleted what was on tasks with numbers in (after, upto] that are no longer there; without ``upto`` there is no end."""
    span = (pull.source, after, upto if upto is not None else 2**62)
    rows = db.execute("SELECT id, task FROM works WHERE source = ? AND task > ? AND task <= ? AND present", span)
    close(db, pull, [work for work, task in rows.fetchall() if task not in there], "task")
    known = db.execute("SELECT number FROM tasks WHERE source = ? AND number > ? AND number <= ?", span).fetchall()
    gone = ((pull.source, number) for (number,) in known if number not in there)
    db.executemany("DELETE FROM tasks WHERE source = ? AND number = ?", gone)


def changes_of(db: sqlite3.Connection, pull: Pull) -> Changes:
    """What a pull changed, from the versions that it added: how each work stood before it, and how it stands after."""
    query = """
        SELECT before.id IS NULL, before.digest IS NOT NULL, works.present, count(*)
        FROM (SELECT DISTINCT work FROM versions WHERE pull = ?1) AS touched JOIN works ON works.id = touched.work
        LEFT JOIN versions AS before ON before.id = (SELECT max(id) FROM versions WHERE work = works.id AND pull < ?1)
        GROUP BY 1, 2, 3
    """
    kinds = {(1, 0, 1): "new", (0, 1, 1): "changed", (0, 1, 0): "deleted", (0, 0, 1): "back"}
    counts = {kinds[kind]: count for *steps, count in db.execute(query, (pull.id,)) if (kind := tuple(steps)) in kinds}
    (present,) = db.execute("SELECT count(*) FROM works WHERE source = ? AND present", (pull.source,)).fetchone()
    return Changes(unchanged=present - sum(counts.get(kind, 0) for kind in ("new", "changed", "back")), **counts)
