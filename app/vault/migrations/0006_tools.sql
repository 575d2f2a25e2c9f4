-- What an action would do, under the id that executes it. plan: what exactly, as JSON of its own version; it never changes.
-- state: proposed; prepared, about to be done or done and not yet noted; done; failed. result: JSON of a done one.
CREATE TABLE proposal (
    id TEXT PRIMARY KEY,
    conversation TEXT REFERENCES conversation (id) ON DELETE CASCADE,
    tool TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'prepared', 'done', 'failed')),
    created TEXT NOT NULL,
    plan TEXT NOT NULL CHECK (json_valid(plan)),
    result TEXT CHECK (json_valid(result))
) STRICT, WITHOUT ROWID;

CREATE INDEX proposal_by_state ON proposal (state);
