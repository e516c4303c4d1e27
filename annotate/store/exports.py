"""What an export file of some day says, where it is newer than what is kept. The caller holds the transaction."""

from __future__ import annotations

import sqlite3

from annotate.records import Pulled
from annotate.store.bodies import Known, is_before
from annotate.store.pulls import Pull, SeenTask, annotations_on, last_of, record, state_of, works_of_number


def record_found(db: sqlite3.Connection, pull: Pull, task: SeenTask) -> set[int]:
    """Keep a task's annotations as a file of some day says they were; what is not among them may still be there.

    Those that are older than what is kept are left alone: their numbers.
    """
    older = set()
    for each, known in annotations_on(task):
        if _is_older(db, pull, task, each, known):
            older.add(each.annotation)
        else:
            record(db, pull, each, known)
    return older


def _is_older(db: sqlite3.Connection, pull: Pull, task: SeenTask, each: Pulled, known: Known) -> bool:
    """Is it an annotation as it was before what is kept of it, or of the one that has its number now? Not where times are missing."""
    works = works_of_number(db, pull, each.annotation)
    found = next((work for work in works if work.made == known.made), None)
    if found is None:
        return any(work.present and is_before(known.made, work.made) for work in works)
    if not known.updated or found.updated != known.updated:
        return is_before(known.updated, found.updated)
    if not found.present:
        return True
    # Its task may have been given an article or another text, which moves the task's time alone.
    last = last_of(db, found.id)
    same = last is not None and last[:4] == state_of(each, known)
    seen = db.execute("SELECT updated FROM tasks WHERE source = ? AND number = ?", (pull.source, task.number)).fetchone()
    return not same and seen is not None and bool(task.updated) and not is_before(seen[0], task.updated)
