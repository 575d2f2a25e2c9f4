"""Which reader a file is for: by content first, by extension second."""

from __future__ import annotations

import re

from app.documents.readers.decoding import looks_binary
from app.documents.readers.draft import NO_TEXT, UNSUPPORTED, Unreadable

HEAD_BYTES = 4096

PDF, DOCX, MARKDOWN, PLAIN, DELIMITED, PACKAGE, COMPOUND = "pdf", "docx", "md", "txt", "csv", "package", "compound"

VERSIONS = {PDF: "pdf/1", PACKAGE: "docx/1", MARKDOWN: "md/1", PLAIN: "txt/1", DELIMITED: "csv/1", COMPOUND: "ole/1"}
"""The revision of each reader: recorded with what it read, and a change reads it again."""

NAMES = {PACKAGE: DOCX, COMPOUND: ""}
"""Kinds whose reader is called otherwise than what a person calls the file."""

_BY_EXTENSION = {
    "pdf": PDF,
    "docx": PACKAGE,
    "docm": PACKAGE,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "mdown": MARKDOWN,
    "txt": PLAIN,
    "text": PLAIN,
    "log": PLAIN,
    "": PLAIN,
    "csv": DELIMITED,
    "tsv": DELIMITED,
}
_NOT_YET = {
    "spreadsheets": "xlsx xlsm xlsb xls ods",
    "presentations": "pptx pptm ppt odp",
    "this kind of text document": "doc odt rtf wpd wps pages hwp tex asciidoc adoc rst vtt",
    "web pages": "html htm xhtml mht mhtml htmlz",
    "mail": "eml msg mbox ics p7m",
    "books": "epub mobi azw3 lit pdb chm",
    "pictures and scans": "png jpg jpeg tif tiff gif bmp webp heic",
    "archives": "zip 7z rar tar gz bz2 xz",
    "data and program files": "json xml xsl xsd nxml yaml yml toml ini sql ipynb py js ts c h cpp java go rs sh css",
    "sound and film": "mp3 wav ogg flac m4a mp4 mov avi mkv webm",
}
_WORDS = {extension: words for words, extensions in _NOT_YET.items() for extension in extensions.split()}
_MAIL = re.compile(rb"(?i)\A(from |(received|return-path|message-id|mime-version|delivered-to|x-[\w-]+):)")
_MARKUP = re.compile(rb"(?is)\A\s*(<!doctype html|<html|<\?xml)")


def extension(name: str) -> str:
    """Lower case, without the dot; empty for none and for hidden names such as ``.profile``."""
    stem, dot, last = name.rpartition(".")
    return last.lower() if dot and stem else ""


def recognise(head: bytes, name: str) -> str:
    """The reader for a file that begins with ``head`` (``HEAD_BYTES`` are enough) and is called ``name``.

    Raises:
        Unreadable: nothing here reads it, or it is empty.
    """
    if not head:
        raise Unreadable(NO_TEXT, "The file is empty.")
    ending = extension(name)
    if head.startswith(b"%PDF-") or (b"%PDF-" in head[:1024] and ending in {"pdf", ""}):
        return PDF
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return COMPOUND
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return PACKAGE
    reader = _BY_EXTENSION.get(ending)
    if reader is None:
        raise unsupported(name)
    if reader in {PDF, PACKAGE}:
        return reader
    if looks_binary(head):
        raise Unreadable(UNSUPPORTED, "Its name says text, but its content is not.")
    if not ending and _MAIL.match(head):
        raise unsupported("x.eml")
    if not ending and _MARKUP.match(head):
        raise unsupported("x.html")
    return reader


def unsupported(name: str) -> Unreadable:
    """The sentence for a kind of file that has no reader."""
    ending = extension(name)
    what = _WORDS.get(ending)
    if what:
        return Unreadable(UNSUPPORTED, f"Carrel does not read {what} (.{ending}) yet.")
    shown = f" (.{ending})" if ending.isalnum() and len(ending) <= 8 else ""
    return Unreadable(UNSUPPORTED, f"Carrel does not read this kind of file{shown}.")


def revision(kind: str) -> str:
    """What reads ``kind`` now; for what nothing reads, the whole set of readers, so that a new one looks again."""
    return VERSIONS.get(kind) or " ".join(VERSIONS.values())
