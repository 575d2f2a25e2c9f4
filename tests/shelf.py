"""Six small real files, of each common outcome one, and a home in which they were read."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

from app.domain.documents import Label, Outcome, Source
from app.engine.scripted import ScriptedReply
from tests.documents.paper import Page, pdf
from tests.room import open_room, transcript

COLLECTION = "Staff handbook"
WORDS = "Up to five days of unused leave may be carried over."
QUESTION = "How many days of unused leave may be carried over?"
BORNE, UNBORNE = "You can carry over five days.", "The office reminds you in May."
REPLY = ScriptedReply(quotes=("Up to five days",), text=f"{BORNE} {UNBORNE}")
PLACE = (72, 720)
"""Where ``WORDS`` stand on the second page of the handbook: points from the lower left of an A4 page."""

HANDBOOK = pdf([Page().write(*PLACE, "Rules of the house, as all agreed on in spring."), Page().write(*PLACE, WORDS)])
PROTECTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
PAPERS = {
    "Handbook.pdf": HANDBOOK,
    "Lease.docx": PROTECTED,
    "Notes.md": b"# Canteen\n\nLunch is served at noon.\n",
    "Rules.pdf": HANDBOOK,
    "Scan.pdf": pdf([Page()]),
    "Terms.pages": b"Terms",
}


def paper(name: str, outcome: Outcome, reason: str = "Because.", *, collection: str = "staff") -> Source:
    """A source as the store keeps it; its id is its name without the ending."""
    return Source(
        id=Path(name).stem,
        collection=collection,
        path=f"/papers/{name}",
        name=name,
        kind=name.rsplit(".", 1)[-1],
        title=name,
        sha256="ab" * 32,
        bytes=2000,
        modified=0.0,
        label=Label.INTERNAL,
        owner="",
        outcome=outcome,
        reason=reason,
        pages=None,
        chunks=3 if outcome is Outcome.INDEXED else 0,
        read_at=datetime(2026, 11, 19, 10, 42, tzinfo=UTC),
    )


def write_papers(folder: Path) -> Path:
    folder.mkdir()
    for name, content in PAPERS.items():
        (folder / name).write_bytes(content)
    return folder


def furnish(place: Path, *, papers: bool) -> Path:
    """The place of a room whose first run is over: one model, and the papers read into one collection."""

    async def work() -> None:
        async with open_room(place, transcript()) as room:
            await room.desk.finish_setup()
            if papers:
                await room.read(write_papers(place / "papers"), into=COLLECTION)

    asyncio.run(work())
    return place


def copied(furnished: Path, place: Path) -> Path:
    """The same room once more, at another place; its sources still lie at the first."""
    shutil.copytree(furnished / "home", place / "home")
    return place
