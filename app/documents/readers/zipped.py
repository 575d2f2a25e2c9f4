"""What a zip file is, by its parts: a Word document is read, the others are named."""

from __future__ import annotations

from app.documents.readers import docx
from app.documents.readers.draft import UNSUPPORTED, Draft, Unreadable
from app.documents.readers.package import Package

_NOT_YET = (
    ("xl/", "spreadsheets"),
    ("ppt/", "presentations"),
    ("META-INF/container.xml", "books"),
    ("content.xml", "OpenDocument files"),
    ("Index/", "iWork files"),
    ("Index.zip", "iWork files"),
)


def read(data: bytes) -> Draft:
    package = Package(data)
    main = next(
        (relation.target for relation in package.relations("").values() if relation.kind == "officeDocument"), ""
    )
    if main.startswith("word/") or "word/document.xml" in package.names:
        return docx.read_package(package, main or "word/document.xml")
    for start, words in _NOT_YET:
        if any(name.startswith(start) for name in package.names):
            raise Unreadable(UNSUPPORTED, f"Carrel does not read {words} yet.")
    raise Unreadable(UNSUPPORTED, "Carrel does not read archives yet.")
