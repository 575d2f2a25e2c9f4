"""Case 64 with real files: what swells, through the reader's own child and a child that draws pictures, in every tier."""

from __future__ import annotations

import asyncio
import io
import re
import struct
import zipfile
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

SETS = Path(__file__).resolve().parents[4] / "shared" / "evaluation"
GIVEN = sorted([*SETS.glob("bombs_selfmade/dev/*"), *SETS.glob("doc_ingest/dev/bomb/*")])
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


def given(*names: str) -> list[Path]:
    """Those of the evaluation sets, or a place for them."""
    return [path for path in GIVEN if not names or path.parts[-3] in names] or [Path("absent")]


def beside(path: Path) -> Path:
    if not path.is_absolute():
        pytest.skip("the evaluation sets are not beside this folder")
    return path


@pytest.mark.parametrize("path", given(), ids=lambda path: path.name)
def test_64_given_files_end_as_outcomes(each_tier: Tier, path: Path) -> None:
    parsed = survived(each_tier, beside(path))
    assert parsed.outcome in set(Outcome) - {Outcome.UNCHANGED, Outcome.DUPLICATE}
    assert parsed.outcome is Outcome.INDEXED or parsed.reason.endswith(".")


def unzipped(data: bytes, levels: int = 6) -> int:
    """Bytes that come out of an archive and the first in it, and a kilobyte for each of its entries."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = [info.filename for info in file.infolist() if info.filename.endswith(".zip")][:1]
        inner = sum(unzipped(file.read(name), levels - 1) for name in names) if levels else 0
        return inner + sum(info.file_size + 1024 for info in file.infolist())


def comes_to(data: bytes) -> int:
    """What a reader without bounds would hold: what is packed, unpacked; and a kilobyte for each level of what is nested."""
    if data.startswith(b"PK"):
        return unzipped(data)
    if data.startswith(b"%PDF"):
        streams = re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)
        return max(len(zlib.decompressobj().decompress(stream)) for stream in streams)
    return 1024 * max(data.count(sign) for sign in (b"<div", b"[", b">", b"boundary"))


@pytest.mark.parametrize("path", given("bombs_selfmade"), ids=lambda path: path.name)
def test_64_control_given_files_do_swell(path: Path) -> None:
    data = beside(path).read_bytes()
    if "xxe" in path.name:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            named = re.search(rb"file://([^\"]+)", b"".join(file.read(one) for one in file.namelist()))
        assert named
        assert Path(named[1].decode()).read_bytes(), "the file it wants is there"
    else:
        assert comes_to(data) > 10 * len(data)


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
