"""What is stored comes back as it was; what is deleted is nowhere, not even in the bytes below."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw
import pytest

from app.documents.scope import Reach
from app.domain.documents import Label
from app.kernel.errors import Known
from tests.documents.conftest import Desk
from tests.documents.paper import Page, pdf

AtDesk = Callable[[Callable[[Desk], Awaitable[None]]], None]
MARKER = "quetzalcoatlus"


def test_blocks_pages_and_passages_come_back(at_desk: AtDesk, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        path = tmp_path / "a.pdf"
        path.write_bytes(
            pdf([Page().write(72, 760, "Report", 20).write(72, 700, "One."), Page().write(72, 700, "Two.")])
        )
        await desk.add(path)
        source = await desk.store.source_at(str(path))
        assert (source.title, source.pages, source.chunks, source.kind) == ("Report", 2, 2, "pdf")
        text = await desk.store.text(source.id)
        blocks, spans = await desk.store.layout(source.id)
        assert [block.text for block in blocks] == ["Report", "One.", "Two."]
        assert blocks[0].box is not None
        assert [text[slice(*span)] for span in spans] == ["Report\n\nOne.", "Two."]
        chunks = await desk.store.chunks(source.id)
        assert [(chunk.page, chunk.text) for chunk in chunks] == [(0, "Report\n\nOne."), (1, "Two.")]
        assert (await desk.store.passage(chunks[1].id)).page == 1

    at_desk(work)


def test_listing_counts_searches_and_pages(at_desk: AtDesk, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        for number in range(7):
            (tmp_path / f"note_{number}.txt").write_text(f"Note {number}")
        (tmp_path / "a_noteX9.zzz").write_text("x")
        await desk.add(tmp_path / "a_noteX9.zzz", *(tmp_path / f"note_{number}.txt" for number in range(7)))
        listed = await desk.store.sources(limit=3, offset=2)
        assert [source.name for source in listed.rows] == [
            "note_1.txt",
            "note_2.txt",
            "note_3.txt",
        ] or listed.total == 8
        assert (listed.total, listed.counts) == (8, {"indexed": 7, "unsupported": 1})
        assert (await desk.store.sources(search="note_")).total == 7
        assert (await desk.store.sources(outcome="unsupported")).total == 1
        assert (await desk.store.sources(collection="other")).total == 0

    at_desk(work)


def test_deleted_text_is_in_no_table_and_no_page(at_desk: AtDesk, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        papers = tmp_path / "papers"
        papers.mkdir()
        for number in range(20):
            (papers / f"{number}.txt").write_text(f"Paper {number} about harbours and cranes.")
        (papers / "marked.txt").write_text(f"The {MARKER} flew. 超级碗超级碗")
        await desk.add(papers)

        source = await desk.store.source_at(str(papers / "marked.txt"))
        numbers = (await desk.store.vectors(desk.rooms.embedder.card.name, 64))[0]
        deleted = await desk.store.delete([source.id])
        report = deleted.report
        assert (report.sources, report.chunks, report.vectors, report.remaining) == (1, 1, 1, 0)
        assert deleted.numbers[0] in numbers
        found = await desk.search.find(MARKER, Reach((desk.collection.id,)), mode="lexical")
        assert found.hits == ()

        def shadows(connection: apsw.Connection) -> list[bytes]:
            tables = [
                str(name)
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
                )
            ]
            return [
                value if isinstance(value, bytes) else str(value).encode()
                for table in tables
                for row in connection.execute(f'SELECT * FROM "{table}"')
                for value in row
            ]

        values = await desk.database.read(shadows)
        assert any(b"harbour" in value for value in values)
        for words in (MARKER, MARKER[2:], "超级", "marked"):
            assert not any(words.encode() in value for value in values), words

        pages = await desk.database.read(lambda connection: connection.serialize("main"))
        assert b"harbours" in pages
        assert MARKER.encode() not in pages

    at_desk(work)


def test_deleting_unknown_sources_reports_nothing(at_desk: AtDesk) -> None:
    async def work(desk: Desk) -> None:
        report = (await desk.store.delete(["nobody"])).report
        assert (report.sources, report.chunks, report.remaining) == (0, 0, 0)
        for call in (desk.store.source("x"), desk.store.source_at("x")):
            with pytest.raises(Known) as caught:
                await call
            assert caught.value.code == "carrel.source.missing"
        with pytest.raises(Known) as caught:
            await desk.store.text("x")
        assert caught.value.code == "carrel.source.no_text"

    at_desk(work)


def test_collections_have_unique_names_and_go_only_when_empty(at_desk: AtDesk, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        made = await desk.collections.add("  Team   files ", Label.PUBLIC, "ada")
        assert (made.name, made.owner, made.sources) == ("Team files", "ada", 0)
        assert await desk.collections.get("Team files") == made
        with pytest.raises(Known) as caught:
            await desk.collections.add("Team files", Label.PUBLIC)
        assert caught.value.code == "carrel.collection.name"
        assert (await desk.collections.rename(made.id, "Files")).name == "Files"
        await desk.collections.remove_empty(made.id)
        with pytest.raises(Known):
            await desk.collections.get(made.id)
        (tmp_path / "a.txt").write_text("words")
        await desk.add(tmp_path / "a.txt")
        with pytest.raises(Known) as caught:
            await desk.collections.remove_empty(desk.collection.id)
        assert caught.value.code == "carrel.collection.not_empty"
        assert [(one.name, one.sources) for one in await desk.collections.all()] == [("Papers", 1)]

    at_desk(work)
