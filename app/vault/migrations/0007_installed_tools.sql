-- Tools that a person installed. files: JSON list of [file name, text], the whole folder as it was shown; digest: SHA-256
-- over it; agreed: the person has seen what the tool is and switched it on.
CREATE TABLE installed_tool (
    name TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    files TEXT NOT NULL CHECK (json_valid(files)),
    added TEXT NOT NULL,
    agreed INTEGER NOT NULL CHECK (agreed IN (0, 1))
) STRICT, WITHOUT ROWID;
