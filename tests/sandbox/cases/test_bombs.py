"""Case 64 with real files: what swells, through the reader's own child and a child that draws pictures, in every tier."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.documents.reading import LIMITS, draw_page, read_file
from app.domain.documents import Outcome, Parsed
from app.domain.policy import MIB, Reason, Tier
from app.kernel.errors import Known
from app.sandbox.check import PROBE
from app.sandbox.nursery import Nursery
from tests.sandbox.conftest import Run, limits

GIVEN = Path(__file__).resolve().parents[4] / "shared" / "evaluation" / "bombs_selfmade" / "dev"
SIDE = 100_000


def deflated(pattern: bytes, mebibytes: int) -> bytes:
    """So much of ``pattern``, compressed; one piece is, the others are the same bytes again."""
    press, piece = zlib.compressobj(9), pattern * (MIB // len(pattern))
    first, other = (press.compress(piece) + press.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    check = 1
    for _ in range(mebibytes):
        check = zlib.adler32(piece, check)
    return first + other * (mebibytes - 1) + press.flush()[:-4] + struct.pack(">I", check)


def inflated(data: bytes, times: int = 1) -> int:
    """How many bytes come out, never holding more than a piece of them."""
    for _ in range(times - 1):
        data = zlib.decompress(data)
    press, total = zlib.decompressobj(), 0
    while data:
        total += len(press.decompress(data, MIB))
        data = press.unconsumed_tail
    return total


def pdf(content: bytes, filters: str, picture: bytes = b"") -> bytes:
    """One page; ``picture``, if any, claims to be ``SIDE`` by ``SIDE``."""
    image = (
        f"/Type /XObject /Subtype /Image /Width {SIDE} /Height {SIDE} /ColorSpace /DeviceRGB /BitsPerComponent 8"
        f" /Filter /FlateDecode /Length {len(picture)}"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>",
        f"<< /Length {len(content)} /Filter {filters} >>\nstream\n".encode() + content + b"\nendstream",
        f"<< {image} >>\nstream\n".encode() + picture + b"\nendstream",
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return bytes(out) + end.encode()


def png(side: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    rows = deflated(b"\0", 256)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SHOWN = zlib.compress(b"q 600 0 0 800 0 0 cm /I Do Q")
MADE: dict[str, Callable[[], bytes]] = {
    "pdf_twice": lambda: pdf(zlib.compress(deflated(b" ", 1024), 9), "[/FlateDecode /FlateDecode]"),
    "pdf_picture": lambda: pdf(SHOWN, "/FlateDecode", deflated(b"\0", 512)),
}


def survived(tier: Tier, path: Path) -> Parsed:
    """Read and draw it; the nursery's other children and we are as before."""

    async def run() -> Parsed:
        nursery = Nursery(tier=tier)
        try:
            parsed, _ = await asyncio.gather(read_file(nursery, path), drawn(nursery, path))
            child = await nursery.start(PROBE)
            assert (await child.request("echo", {"text": "still here"})).result["text"] == "still here"
            return parsed
        finally:
            await nursery.close()

    before = psutil.Process().memory_info().rss
    parsed = asyncio.run(run())
    assert psutil.Process().memory_info().rss - before < 128 * MIB
    assert parsed.peak_rss_bytes <= LIMITS.resident_bytes
    return parsed


async def drawn(nursery: Nursery, path: Path) -> None:
    """A picture of at most what was asked for, or a sentence."""
    if path.suffix != ".pdf":
        return
    try:
        picture = await draw_page(nursery, path, 0, 400)
    except Known as known:
        assert known.message.endswith(".")
    else:
        assert (picture.width, len(picture.pixels)) == (400, picture.width * picture.height * 3)


@pytest.mark.parametrize("bomb", MADE)
def test_64_files_that_swell_end_in_a_sentence(each_tier: Tier, tmp_path: Path, bomb: str) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(MADE[bomb]())
    parsed = survived(each_tier, path)
    assert parsed.outcome in {Outcome.FAILED, Outcome.NO_TEXT, Outcome.REFUSED}
    assert parsed.reason.endswith(".")
    assert parsed.text == ""


def test_64_control_they_do_swell() -> None:
    assert inflated(zlib.compress(deflated(b" ", 1024), 9), times=2) == 1024 * MIB


@pytest.mark.parametrize("name", [path.name for path in sorted(GIVEN.glob("*"))] or ["absent"])
def test_64_given_files_end_as_outcomes(tier: Tier, name: str) -> None:
    if not GIVEN.is_dir():
        pytest.skip("the evaluation sets are not beside this folder")
    parsed = survived(tier, GIVEN / name)
    assert parsed.outcome in set(Outcome) - {Outcome.UNCHANGED, Outcome.DUPLICATE}
    assert parsed.outcome is Outcome.INDEXED or parsed.reason.endswith(".")


def test_64_a_picture_of_ten_thousand_million_points(everywhere: Callable[..., Run]) -> None:
    """Asked by name to forget its own bound, the library meets the child's."""
    data = png(SIDE)
    source = f"""
import zlib
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
data = open("picture.png", "wb")
data.write(zlib.decompress({zlib.compress(data, 9)!r})); data.close()
Image.open("picture.png").load()
print("swallowed")
"""
    before = psutil.Process().memory_info().rss
    run = everywhere(source, limits=limits(cpu_seconds=10, resident_bytes=256 * MIB))
    assert "swallowed" not in run.lines
    assert run.reason in {Reason.MEMORY, Reason.CPU} or "Error" in run.stderr
    assert psutil.Process().memory_info().rss - before < 64 * MIB
