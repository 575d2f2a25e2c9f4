"""From bytes and a name to a document: the one place that knows every reader."""

from __future__ import annotations

from app.documents.readers import compound, delimited, kinds, markdown, plain, zipped
from app.documents.readers.assembly import Assembled, assemble
from app.documents.readers.draft import FAILED, Draft, Unreadable


def read_document(data: bytes, name: str) -> Assembled:
    """Read ``data``; ``name`` is a hint for what the content does not tell.

    Raises:
        Unreadable: with the outcome and its sentence.
    """
    try:
        return assemble(_draft(kinds.recognise(data[: kinds.HEAD_BYTES], name), data))
    except RecursionError:
        raise Unreadable(FAILED, "Its parts are nested too deep.") from None


def _draft(kind: str, data: bytes) -> Draft:
    match kind:
        case kinds.PDF:
            from app.documents.readers import pdf  # noqa: PLC0415 - loads pdfium, which only this format needs

            return pdf.read(data)
        case kinds.PACKAGE:
            return zipped.read(data)
        case kinds.MARKDOWN:
            return markdown.read(data)
        case kinds.DELIMITED:
            return delimited.read(data)
        case kinds.PLAIN:
            return plain.read(data)
        case _:
            return compound.read(data)
