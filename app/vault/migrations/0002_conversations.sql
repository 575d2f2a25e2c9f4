-- deleted_at: out of the list, restorable until it is purged.
CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (json_valid(scope)),
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    deleted_at TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_by_updated ON conversation (updated DESC);

-- answer: NULL while it is being written or after a crash; version: of the answer's JSON.
CREATE TABLE exchange (
    id TEXT PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    asked_at TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT CHECK (json_valid(answer)),
    version INTEGER NOT NULL,
    UNIQUE (conversation, ordinal)
) STRICT, WITHOUT ROWID;
