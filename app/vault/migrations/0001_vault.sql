-- What the vault itself keeps. A value of meta is a number or a short text; times are ISO 8601 in UTC.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('generation', 0);

-- One row: the number of the latest change. Derived indexes remember the number they cover.
CREATE TABLE change (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;

INSERT INTO change VALUES (1, 0);

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

-- One row for each use of a sealed file. name: of the file; bytes: of the plaintext; source: the document it was made
-- from, or empty.
CREATE TABLE artifact (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    title TEXT NOT NULL,
    created TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (name, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX artifact_by_source ON artifact (source);
