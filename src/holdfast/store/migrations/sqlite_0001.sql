-- The truth: genesis and journal.
CREATE TABLE desk (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    digest BLOB NOT NULL
);

-- What follows from it and may be dropped: used ids (filled behind the journal) and snapshots.
CREATE TABLE command_ids (id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshot (
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    digest BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (seq, part)
)
