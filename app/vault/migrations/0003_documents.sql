-- Documents. A source is one file in one collection; text, chunks and vectors hang on it and go with it.
CREATE TABLE collection (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    owner TEXT NOT NULL,
    created TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- versions: reader, chunker and embedder that made what hangs on it; a change of one of them reads it again.
-- seq: the change that wrote it.
CREATE TABLE source (
    id TEXT PRIMARY KEY,
    collection TEXT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified REAL NOT NULL,
    label TEXT NOT NULL,
    owner TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    pages INTEGER,
    chunks INTEGER NOT NULL,
    read_at TEXT NOT NULL,
    duplicate_of TEXT REFERENCES source (id) ON DELETE SET NULL,
    versions TEXT NOT NULL,
    seq INTEGER NOT NULL,
    UNIQUE (collection, path)
) STRICT, WITHOUT ROWID;

CREATE INDEX source_by_content ON source (collection, sha256);
CREATE INDEX source_by_path ON source (path);
CREATE INDEX source_by_original ON source (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- text: normalised; blocks: JSON rows [kind, start, end, page, box, heading_path]; page_spans: JSON [[start, end], …].
CREATE TABLE reading (
    source TEXT PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    blocks TEXT NOT NULL CHECK (json_valid(blocks)),
    page_spans TEXT NOT NULL CHECK (json_valid(page_spans))
) STRICT;

-- number: the opaque id every index knows; it grows and is never used twice.
-- heading: the heading path as words; title: of the source; grams: pairs of characters of scripts without spaces.
CREATE TABLE chunk (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    page INTEGER,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    heading_path TEXT NOT NULL CHECK (json_valid(heading_path)),
    text TEXT NOT NULL,
    heading TEXT NOT NULL,
    title TEXT NOT NULL,
    grams TEXT NOT NULL,
    UNIQUE (source, ordinal)
) STRICT;

-- vector: little-endian half floats, unit length.
CREATE TABLE embedding (
    chunk INTEGER PRIMARY KEY REFERENCES chunk (number) ON DELETE CASCADE,
    embedder TEXT NOT NULL,
    vector BLOB NOT NULL
) STRICT;

CREATE VIRTUAL TABLE chunk_words USING fts5 (
    text, heading, title,
    content = 'chunk', content_rowid = 'number', tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);

CREATE VIRTUAL TABLE chunk_grams USING fts5 (
    grams,
    content = 'chunk', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 0', columnsize = 1
);

CREATE VIRTUAL TABLE chunk_terms USING fts5vocab (chunk_words, row);

-- What is deleted is taken out of the index at once, not only marked.
INSERT INTO chunk_words (chunk_words, rank) VALUES ('secure-delete', 1);
INSERT INTO chunk_grams (chunk_grams, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER chunk_added AFTER INSERT ON chunk BEGIN
    INSERT INTO chunk_words (rowid, text, heading, title) VALUES (new.number, new.text, new.heading, new.title);
END;

CREATE TRIGGER chunk_added_unspaced AFTER INSERT ON chunk WHEN new.grams <> '' BEGIN
    INSERT INTO chunk_grams (rowid, grams) VALUES (new.number, new.grams);
END;

CREATE TRIGGER chunk_removed AFTER DELETE ON chunk BEGIN
    INSERT INTO chunk_words (chunk_words, rowid, text, heading, title)
    VALUES ('delete', old.number, old.text, old.heading, old.title);
END;

CREATE TRIGGER chunk_removed_unspaced AFTER DELETE ON chunk WHEN old.grams <> '' BEGIN
    INSERT INTO chunk_grams (chunk_grams, rowid, grams) VALUES ('delete', old.number, old.grams);
END;
