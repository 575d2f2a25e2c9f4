"""Folders of tools that a person could install."""

import json
from pathlib import Path
from typing import Any

MANIFEST: dict[str, Any] = {
    "manifest": 1,
    "name": "word_count",
    "title": "Count words",
    "version": 1,
    "kind": "query",
    "about": "Counts the words of a text; it sees nothing but the text.",
    "description": "Count the words of a text.",
    "parameters": {
        "type": "object",
        "properties": {"text": {"type": "string", "maxLength": 2000, "description": "What is counted."}},
        "required": ["text"],
        "additionalProperties": False,
    },
    "limits": {"timeout_seconds": 5, "memory_bytes": 134217728},
    "code": "count",
}
PROGRAM = """
from app.tools.unworkable import Unworkable
from splitting import parts

def run(arguments):
    if not arguments["text"].strip():
        raise Unworkable("There is nothing to count.")
    return {"words": len(parts(arguments["text"]))}
"""
SPLITTING = "def parts(text):\n    return text.split()\n"


def tool_folder(place: Path, program: str = PROGRAM, **changes: Any) -> Path:
    """The folder of a tool whose manifest differs from ``MANIFEST`` by ``changes``."""
    manifest = MANIFEST | changes
    folder = place / str(manifest["name"])
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "count.py").write_text(program)
    (folder / "splitting.py").write_text(SPLITTING)
    return folder
