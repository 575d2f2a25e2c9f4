-- The library of models. id: SHA-256 of the file, which is also its name below models/; sizes in bytes.
-- state: checking (a file on its way in; gone after a crash), admitted, refused (no file is kept).
-- file_*: what the file looked like when it was last hashed; memory_*: measured at the admission load.
CREATE TABLE model (
    id TEXT PRIMARY KEY CHECK (length(id) = 64),
    state TEXT NOT NULL CHECK (state IN ('checking', 'admitted', 'refused')),
    reason TEXT NOT NULL DEFAULT '',
    added TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    publisher TEXT NOT NULL DEFAULT '',
    purpose TEXT NOT NULL DEFAULT '',
    licence TEXT NOT NULL DEFAULT '',
    bytes INTEGER NOT NULL,
    architecture TEXT NOT NULL DEFAULT '',
    parameters INTEGER NOT NULL DEFAULT 0,
    quantisation TEXT NOT NULL DEFAULT '',
    context INTEGER NOT NULL DEFAULT 0,
    template INTEGER NOT NULL DEFAULT 0,
    kv_per_token INTEGER NOT NULL DEFAULT 0,
    memory_estimated INTEGER,
    memory_weights INTEGER,
    memory_working INTEGER,
    memory_needed INTEGER,
    memory_context INTEGER,
    tokens_per_second REAL,
    file_bytes INTEGER,
    file_modified_ns INTEGER,
    file_inode INTEGER,
    in_use INTEGER NOT NULL DEFAULT 0 CHECK (in_use IN (0, 1)),
    before TEXT REFERENCES model (id) ON DELETE SET NULL,
    CHECK (state = 'admitted' OR in_use = 0)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX model_in_use ON model (in_use) WHERE in_use = 1;
CREATE INDEX model_by_before ON model (before);
