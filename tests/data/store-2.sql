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
CREATE TABLE IF NOT EXISTS gold (article TEXT PRIMARY KEY REFERENCES articles (id), record BLOB NOT NULL) WITHOUT ROWID;
