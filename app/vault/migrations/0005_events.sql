-- What happened, as a chain. number: 1, 2, 3 … without a gap; before: mac of the event before it; mac: over all the
-- rest of the row under a sub-key that is not the key of this database. body: JSON without anything read or asked.
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    before BLOB NOT NULL,
    mac BLOB NOT NULL
) STRICT;

CREATE INDEX event_by_kind ON event (kind, at);
CREATE INDEX event_by_time ON event (at);

-- One row: the end of the chain, with a mac of its own, written with every event.
CREATE TABLE event_end (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    mac BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT;
