"""Files through the confined reader child: what arrives, and what becomes of the ones that do not."""

from __future__ import annotations

import asyncio
import os
import signal
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from app.documents.fingerprint import MOST_BYTES, fingerprint, opened
from app.documents.reading import draw_page, read_file
from app.domain.documents import BlockKind, Outcome, PagePicture, Parsed
from app.kernel.errors import Known
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Nursery
from tests.documents.paper import Page, pdf

T = TypeVar("T")


def through(work: Callable[[Nursery], Awaitable[T]]) -> T:
    async def go() -> T:
        launcher = Nursery()
        try:
            return await work(launcher)
        finally:
            await launcher.close()

    return asyncio.run(go())


def read(path: Path) -> Parsed:
    return through(lambda launcher: read_file(launcher, path))


def test_a_document_arrives_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([Page().write(72, 760, "Title here", 20).column(72, 700, ["Some words.", "More words."])]))
    parsed = read(path)
    assert (parsed.outcome, parsed.pages, parsed.title, parsed.reader) == (Outcome.INDEXED, 1, "Title here", "pdf/1")
    assert [block.kind for block in parsed.blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH]
    assert all(parsed.text[slice(*block.span)] == block.text for block in parsed.blocks)
    assert parsed.page_spans == ((0, len(parsed.text)),)
    assert parsed.seconds > 0
    assert parsed.peak_rss_bytes > 0


def test_a_document_larger_than_a_frame_arrives_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        "\n\n".join(
            f"Paragraph number {number} " + "and more " * 25 + "with enough words in it to go on."
            for number in range(40_000)
        )
    )
    parsed = read(path)
    assert parsed.outcome is Outcome.INDEXED
    assert len(parsed.blocks) == 40_000
    assert parsed.text.endswith("with enough words in it to go on.")


def test_every_bad_file_is_an_outcome_with_a_sentence(tmp_path: Path) -> None:
    files = {
        "broken.pdf": b"%PDF-1.4 nothing",
        "empty.txt": b"",
        "page.html": b"<html>",
        "broken.docx": b"PK\x03\x04zip",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    ended = {name: read(tmp_path / name) for name in files}
    assert {name: parsed.outcome.value for name, parsed in ended.items()} == {
        "broken.pdf": "failed",
        "empty.txt": "no_text",
        "page.html": "unsupported",
        "broken.docx": "failed",
    }
    assert all(parsed.reason.endswith(".") for parsed in ended.values())


def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    target = tmp_path / "target.txt"
    target.write_text("words")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as sparse:
        sparse.truncate(MOST_BYTES + 1)
    assert [read(path).outcome for path in (link, pipe, huge)] == [Outcome.REFUSED] * 3
    assert read(tmp_path / "missing.txt").outcome is Outcome.FAILED
    assert read(tmp_path).outcome is Outcome.REFUSED


def test_a_page_that_expands_without_end_ends_only_its_reader(tmp_path: Path) -> None:
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = press.compress(b"\0" * (64 * 2**20)) + press.flush(zlib.Z_FULL_FLUSH)
    outer = zlib.compress(b"\x78\xda" + block * 40 + b"\x03\x00", 9)
    body = b"".join(
        [
            b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
            b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
            b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>\nendobj\n",
            b"4 0 obj\n<< /Filter [/FlateDecode /FlateDecode] /Length ",
            str(len(outer)).encode(),
            b" >>\nstream\n",
            outer,
            b"\nendstream\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n",
        ]
    )
    assert len(body) < 64 * 1024
    path = tmp_path / "bomb.pdf"
    path.write_bytes(body)
    parsed = read(path)
    assert parsed.outcome in {Outcome.FAILED, Outcome.NO_TEXT}
    assert parsed.reason


def test_a_reader_killed_from_outside_is_an_outcome(tmp_path: Path) -> None:
    class Deadly(Nursery):
        """Starts real readers and kills them."""

        async def start(self, confinement: Confinement, inputs: tuple[int, ...] = ()) -> Child:
            child = await super().start(confinement, inputs)
            os.kill(child.pid, signal.SIGKILL)
            return child

    path = tmp_path / "a.txt"
    path.write_text("words")

    async def go() -> Parsed:
        launcher = Deadly()
        try:
            return await read_file(launcher, path)
        finally:
            await launcher.close()

    parsed = asyncio.run(go())
    assert parsed.outcome is Outcome.FAILED
    assert "stopped" in parsed.reason


def test_the_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    with opened(path) as descriptor:
        first = fingerprint(descriptor)
        assert fingerprint(descriptor) == first
    assert first.bytes == 3
    assert first.sha256 == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"


@pytest.mark.parametrize("by", ["path", "bytes"])
def test_a_page_is_drawn_with_its_quote(tmp_path: Path, by: str) -> None:
    data = pdf([Page(), Page().column(72, 700, ["A quote that runs over", "two lines of the page."])])
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    document: Path | bytes = path if by == "path" else data

    def draw(launcher: Nursery) -> Awaitable[PagePicture]:
        return draw_page(launcher, document, 1, 500, ("runs over two lines", "absent"))

    picture = through(draw)
    assert picture.width == 500
    assert len(picture.pixels) == 3 * picture.width * picture.height
    assert [len(found) for found in picture.boxes] == [2, 0]


def test_a_page_that_is_not_there_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([Page().write(72, 700, "x")]))
    with pytest.raises(Known) as caught:
        through(lambda launcher: draw_page(launcher, path, 5, 500))
    assert caught.value.code == "carrel.page.none"
