-- The office beside the desk: its records (a deleted one keeps its row, without a body), its log, and its head.
CREATE TABLE office_document (
    place INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body BLOB,
    changed INTEGER NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX office_document_changed ON office_document (changed);
CREATE TABLE office_log (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    digest BLOB NOT NULL
);
CREATE TABLE office_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    purged INTEGER NOT NULL
)
