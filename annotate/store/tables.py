"""The store's tables."""

from __future__ import annotations

import sqlite3

FORMAT = "5"

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, record BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS splits (
    article TEXT PRIMARY KEY REFERENCES articles (id), split TEXT NOT NULL, "group" TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS drawn_late (  -- articles that were annotated before they were drawn into a split
    article TEXT PRIMARY KEY REFERENCES articles (id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, project INTEGER NOT NULL,
    purpose TEXT NOT NULL DEFAULT 'labelling',  -- or adjudication
    progress TEXT NOT NULL DEFAULT '{}',  -- how far its pulls are: Progress, as JSON
    server TEXT NOT NULL DEFAULT '',  -- when the server's first account was made, which tells it from another under any address
    UNIQUE (url, project)
);
CREATE TABLE IF NOT EXISTS people (
    url TEXT NOT NULL, number INTEGER NOT NULL, email TEXT NOT NULL, PRIMARY KEY (url, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pulls (id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES sources (id), at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blobs (
    digest TEXT PRIMARY KEY, body BLOB NOT NULL  -- too large for a table WITHOUT ROWID
);
CREATE TABLE IF NOT EXISTS tasks (  -- as they were last seen
    source INTEGER NOT NULL REFERENCES sources (id),
    number INTEGER NOT NULL,
    updated TEXT NOT NULL,
    annotations INTEGER NOT NULL,  -- skipped ones apart, as the server counts
    PRIMARY KEY (source, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS works (  -- an annotation through all its versions
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources (id),
    number INTEGER NOT NULL,  -- the server's: one that was deleted may be used again
    made TEXT NOT NULL,       -- when it was made, as the server says: tells it from another of its number
    task INTEGER NOT NULL,
    article TEXT,
    updated TEXT NOT NULL,
    latest INTEGER NOT NULL,   -- its latest version: no REFERENCES, which would look through all works at every new version
    present INTEGER NOT NULL,  -- 0: deleted
    mark INTEGER UNIQUE,       -- what `annotate restore` writes on it, to know it again
    author INTEGER,            -- who made it, by the first version that names somebody: a user's number on the server of author_source
    author_source INTEGER REFERENCES sources (id),
    author_email TEXT,         -- where that version, or else a later one, has it
    UNIQUE (source, number, made)
);
CREATE INDEX IF NOT EXISTS works_by_task ON works (source, task);
CREATE INDEX IF NOT EXISTS works_by_article ON works (article, source, number);
CREATE TABLE IF NOT EXISTS versions (
    id INTEGER PRIMARY KEY,
    pull INTEGER NOT NULL REFERENCES pulls (id),
    source INTEGER NOT NULL REFERENCES sources (id),
    task INTEGER NOT NULL,
    annotation INTEGER NOT NULL,
    article TEXT,           -- the article the task says it is of; NULL when it says none
    article_sha256 TEXT,    -- the digest of the text the task carries
    schema TEXT NOT NULL,   -- the schema version in force when it was pulled
    digest TEXT,  -- of blobs; NULL: it was deleted
    work INTEGER REFERENCES works (id),
    content TEXT,  -- the digest of what it says, whoever made it
    gone TEXT      -- annotation, task or project: what was deleted
);
CREATE INDEX IF NOT EXISTS versions_by_work ON versions (work, id);
CREATE INDEX IF NOT EXISTS versions_by_pull ON versions (pull);
CREATE TABLE IF NOT EXISTS forgotten (  -- what was taken out for good, without what it was
    -- article, annotator (a salted digest of the e-mail address), user (server and number), work (a salted digest of number and time)
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    at TEXT NOT NULL,
    versions INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS adjudication_sheets (
    article TEXT NOT NULL REFERENCES articles (id), round INTEGER NOT NULL, basis TEXT NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (article, round)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS adjudication_tasks (  -- which round a task is of, as last seen
    url TEXT NOT NULL, project INTEGER NOT NULL, task INTEGER NOT NULL, round INTEGER NOT NULL, PRIMARY KEY (url, project, task)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gold (
    article TEXT PRIMARY KEY REFERENCES articles (id),
    usable INTEGER NOT NULL,  -- 0: it cannot be annotated, say its annotators
    record BLOB NOT NULL  -- JSON, compressed by zlib: its trail says the same words again and again
) WITHOUT ROWID;
"""


def create_tables(db: sqlite3.Connection) -> None:
    """Create what is not there."""
    for statement in TABLES.split(";\n"):
        db.execute(statement)
