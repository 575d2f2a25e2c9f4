"""OLE compound files: here only to tell an encrypted Office document from the formats that are not read."""

from __future__ import annotations

from typing import NoReturn

from app.documents.readers.draft import NEEDS_PASSWORD, UNSUPPORTED, Unreadable

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_KINDS = {
    "WordDocument": "older Word documents",
    "PowerPoint Document": "older presentations",
    "Workbook": "older spreadsheets",
    "__properties_version1.0": "mail",
}


def read(data: bytes) -> NoReturn:
    if _ENCRYPTED in data:
        raise Unreadable(NEEDS_PASSWORD, "It is protected by a password.")
    for stream, words in _KINDS.items():
        if stream.encode("utf-16-le") in data:
            raise Unreadable(UNSUPPORTED, f"Carrel does not read {words} yet.")
    raise Unreadable(UNSUPPORTED, "Carrel does not read this kind of file.")
