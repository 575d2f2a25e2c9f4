"""Files people mistake for a model this program can run, told apart by their first bytes and never opened further."""

from __future__ import annotations

PICKLE = "a Python pickle; such files can run programs when they are opened"
ARCHIVE = "a ZIP archive, as PyTorch checkpoints are; such files can run programs when they are opened"
OLD = "a GGML file of an older kind that is no longer read"
PAGE = "a web page; a download that needs a sign-in often leaves one"

KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", ARCHIVE),
    (b"PK\x05\x06", ARCHIVE),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras models are; such files can run programs when they are opened"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an XZ archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"%PDF-", "a PDF document"),
    (b"ggml", OLD),
    (b"ggjt", OLD),
    (b"lmgg", OLD),
    (b"tjgg", OLD),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"<!DOCTYPE", PAGE),
    (b"<html", PAGE),
    (b"version https://git-lfs", "a Git LFS pointer that stands for the real file"),
)


def recognise(head: bytes, last: bytes, size: int) -> str:
    """What a file that does not start with ``GGUF`` is, in words; empty when it is nothing known.

    Args:
        head: its first 64 bytes or fewer.
        last: its last byte.
        size: of the whole file.
    """
    for magic, words in KINDS:
        if head.startswith(magic):
            return words
    if head[:1] == b"\x80" and head[1:2] <= b"\x05":
        return PICKLE
    if len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < max(size, 1 << 27):
        return "a safetensors file; models are read as GGUF"
    # Protocol 0 and 1 have no magic: they open with a mark, a container or a global, and end with STOP.
    if head[:1] and head[:1] in b"c(]}l" and last == b".":
        return PICKLE
    return "a text file" if _text(head) else ""


def _text(head: bytes) -> bool:
    return bool(head) and all(byte >= 32 or byte in b"\t\r\n" for byte in head) and head.isascii()
