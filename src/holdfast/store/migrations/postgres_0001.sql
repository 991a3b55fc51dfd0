-- The truth: genesis, journal, and the head, whose row is the only lock.
CREATE TABLE {schema}.desk (key text PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE {schema}.journal (
    seq bigint PRIMARY KEY CHECK (seq > 0),
    at bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    digest bytea NOT NULL
);
CREATE UNIQUE INDEX journal_id ON {schema}.journal (id);
CREATE TABLE {schema}.head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq bigint NOT NULL,
    digest bytea NOT NULL
) WITH (fillfactor = 10);

-- What follows from it and may be dropped.
CREATE TABLE {schema}.snapshot (
    seq bigint NOT NULL,
    part integer NOT NULL,
    digest bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (seq, part)
)
