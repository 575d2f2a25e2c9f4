"""Runs over real folders with real readers: outcomes, what is skipped, pausing, stopping, being killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.documents.folders import files_below
from app.documents.index.exact import ExactIndex
from app.documents.index.opening import open_index
from app.documents.intake import Order
from app.documents.progress import YIELDING
from app.documents.scope import Reach
from app.domain.documents import Label, Outcome, holders
from app.engine.hashing_embedder import HashingEmbedder
from app.kernel.errors import Known
from tests.documents.conftest import Desk, open_desk
from tests.documents.paper import Page, docx, paragraph, pdf

AtDesk = Callable[[Callable[[Desk], Awaitable[None]]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    (folder / "below").mkdir(parents=True)
    (folder / "lease.md").write_text("# Lease\n\nThe notice period is three months.\n")
    (folder / "below" / "costs.pdf").write_bytes(pdf([Page().write(72, 700, "The crane cost 1,250 euro in May.")]))
    (folder / "minutes.docx").write_bytes(docx(paragraph("The board met in Lille.")))
    (folder / "copy of lease.md").write_text("# Lease\n\nThe notice period is three months.\n")
    (folder / "scan.pdf").write_bytes(pdf([Page()]))
    (folder / "tables.xlsx").write_bytes(b"PK")
    (folder / ".hidden.txt").write_text("hidden")
    (folder / "link.txt").symlink_to(folder / "lease.md")
    return folder


OUTCOMES = {
    "copy of lease.md": "indexed",
    "lease.md": "duplicate",
    "minutes.docx": "indexed",
    "scan.pdf": "no_text",
    "tables.xlsx": "unsupported",
    "costs.pdf": "indexed",
}


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_file_of_a_folder_ends_with_its_outcome(at_desk: AtDesk, folder: Path, jobs: int) -> None:
    async def work(desk: Desk) -> None:
        ended = await desk.add(folder, jobs=jobs)
        assert sorted(ended) == sorted(OUTCOMES)
        assert sorted(ended.values()) == sorted(OUTCOMES.values())
        assert all(one.reason.endswith(".") for one in desk.read)
        last = desk.progress[-1]
        assert (last.finished, last.done, last.total) == (True, 6, 6)
        assert sum(last.outcomes.values()) == 6
        listed = await desk.store.sources(desk.collection.id)
        assert listed.counts == {"indexed": 3, "duplicate": 1, "no_text": 1, "unsupported": 1}
        assert all(source.label is Label.INTERNAL for source in listed.rows)
        assert await desk.index.count() == 3

    at_desk(work)


def test_only_what_changed_is_read_again(at_desk: AtDesk, folder: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.add(folder)
        before = {source.name: source for source in (await desk.store.sources()).rows}
        os.utime(folder / "minutes.docx", (1, 1))
        (folder / "below" / "costs.pdf").write_bytes(pdf([Page().write(72, 700, "The winch cost 80 euro.")]))
        ended = await desk.add(folder)
        assert ended == OUTCOMES | {"copy of lease.md": "unchanged", "minutes.docx": "unchanged"}
        after = {source.name: source for source in (await desk.store.sources()).rows}
        assert {name: source.id for name, source in after.items()} == {name: one.id for name, one in before.items()}
        assert after["minutes.docx"].modified == 1
        found = await desk.search.find("crane", Reach((desk.collection.id,)), mode="lexical")
        assert found.hits == ()
        assert await desk.index.count() == 3

    at_desk(work)


def test_another_embedder_or_force_reads_again(at_desk: AtDesk, folder: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.add(folder / "minutes.docx")
        forced = Order(desk.collection, desk.collection.label, force=True)
        assert await desk.add(folder / "minutes.docx", order=forced) == {"minutes.docx": "indexed"}
        embedder = HashingEmbedder(dimensions=32)
        desk.rooms = replace(desk.rooms, embedder=embedder, index=ExactIndex(32))
        assert await desk.add(folder / "minutes.docx") == {"minutes.docx": "indexed"}
        assert await desk.add(folder / "minutes.docx") == {"minutes.docx": "unchanged"}

    at_desk(work)


def test_the_same_content_elsewhere_is_not_a_duplicate(at_desk: AtDesk, folder: Path) -> None:
    async def work(desk: Desk) -> None:
        other = await desk.collections.add("Other", Label.PUBLIC)
        assert await desk.add(folder / "lease.md") == {"lease.md": "indexed"}
        assert await desk.add(folder / "copy of lease.md", order=Order(other, other.label)) == {
            "copy of lease.md": "indexed"
        }

    at_desk(work)


def test_a_duplicate_takes_over_when_its_original_is_deleted(at_desk: AtDesk, folder: Path) -> None:
    (folder / "third.md").write_bytes((folder / "lease.md").read_bytes())

    async def work(desk: Desk) -> None:
        await desk.add(folder / "lease.md", folder / "copy of lease.md", folder / "third.md")
        original = await desk.store.source_at(str(folder / "lease.md"))
        assert [same.name for same in await desk.store.same_text([original.id])] == ["copy of lease.md", "third.md"]
        deleted = await desk.store.delete([original.id])
        assert deleted.report.sources == 1
        assert deleted.report.remaining == 0
        assert holders(deleted.report.kept) == "copy of lease.md and third.md hold the same text"
        rows = (await desk.store.sources()).rows
        (heir,) = [row for row in rows if row.outcome is Outcome.INDEXED]
        (other,) = [row for row in rows if row.outcome is Outcome.DUPLICATE]
        assert (heir.chunks, heir.duplicate_of, other.duplicate_of) == (1, None, heir.id)
        assert other.reason == f"Same content as {heir.name}."
        found = await desk.search.find("notice period", Reach((desk.collection.id,)))
        assert [hit.source for hit in found.hits] == [heir.id]

    at_desk(work)


def test_who_takes_over_a_text_takes_no_name_of_a_file_that_went(at_desk: AtDesk, tmp_path: Path) -> None:
    for name in ("zqhandbook.txt", "Rules.txt"):
        (tmp_path / name).write_text("Lunch is served at noon.")

    async def work(desk: Desk) -> None:
        await desk.add(tmp_path / "zqhandbook.txt", tmp_path / "Rules.txt")
        original, heir = [await desk.store.source_at(str(tmp_path / name)) for name in ("zqhandbook.txt", "Rules.txt")]
        assert (heir.outcome, heir.title) == (Outcome.DUPLICATE, "Rules")
        await desk.store.delete([original.id])
        found = (await desk.search.find("lunch", Reach((desk.collection.id,)))).hits
        assert [(hit.source, hit.title) for hit in found] == [(heir.id, "Rules")]
        assert [
            hit.title for hit in (await desk.search.find("rules", Reach((desk.collection.id,)), mode="lexical")).hits
        ]
        gone = await desk.search.find("zqhandbook", Reach((desk.collection.id,)), mode="lexical")
        assert gone.hits == ()
        pages = await desk.database.read(lambda connection: connection.serialize("main"))
        assert b"Rules" in pages
        assert b"zqhandbook" not in pages
        report = (await desk.store.delete([heir.id])).report
        assert (report.chunks, report.remaining, report.kept) == (1, 0, ())
        assert b"noon" not in await desk.database.read(lambda connection: connection.serialize("main"))

    at_desk(work)


def test_the_same_file_in_another_collection_keeps_its_text(at_desk: AtDesk, folder: Path) -> None:
    async def work(desk: Desk) -> None:
        other = await desk.collections.add("Elsewhere", Label.PUBLIC)
        await desk.add(folder / "lease.md")
        await (await desk.start(folder / "lease.md", order=Order(other, other.label))).wait()
        here, there = [
            (await desk.store.sources(collection=collection)).rows[0].id
            for collection in (desk.collection.id, other.id)
        ]
        report = (await desk.store.delete([here])).report
        assert (report.chunks, report.remaining) == (1, 0)
        assert holders(report.kept) == "lease.md in Elsewhere holds the same text"
        assert (await desk.store.delete([there])).report.kept == ()

    at_desk(work)


def test_a_run_yields_to_a_question_and_can_be_paused(at_desk: AtDesk, folder: Path) -> None:
    async def work(desk: Desk) -> None:
        desk.quiet.clear()
        run = await desk.start(folder)
        await desk.until(lambda: bool(desk.progress and desk.progress[-1].paused))
        assert run.progress.paused == YIELDING
        assert desk.read == []
        run.pause("Enough for now.")
        desk.quiet.set()
        await asyncio.sleep(0.05)
        assert run.progress.paused == "Enough for now."
        assert desk.read == []
        desk.quiet.clear()
        run.resume()
        assert run.progress.yielding
        desk.quiet.set()
        ended = await run.wait()
        assert (ended.done, ended.paused, ended.finished) == (6, "", True)

    at_desk(work)


def test_a_stopped_run_keeps_what_it_stored(at_desk: AtDesk, folder: Path) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.start(folder)
        await desk.until(lambda: bool(desk.read))
        await run.stop()
        assert run.progress.finished
        stored = {source.name for source in (await desk.store.sources()).rows}
        assert {one.path.name for one in desk.read} <= stored
        ended = await desk.add(folder)
        assert sorted(ended) == sorted(OUTCOMES)
        assert (await desk.store.sources()).counts == {"indexed": 3, "duplicate": 1, "no_text": 1, "unsupported": 1}

    at_desk(work)


def test_a_file_that_went_keeps_what_was_read(at_desk: AtDesk, folder: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.add(folder / "lease.md")
        run = await desk.start(folder / "lease.md")
        (folder / "lease.md").unlink()
        await run.wait()
        assert desk.read[-1].outcome is Outcome.FAILED
        assert (await desk.store.source_at(str(folder / "lease.md"))).outcome is Outcome.INDEXED
        with pytest.raises(Known) as caught:
            await desk.add(folder / "lease.md")
        assert caught.value.code == "carrel.file.missing"

    at_desk(work)


def test_the_walk_is_bounded_ordered_and_follows_no_links(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "node_modules").mkdir()
    for name in ("b/2.txt", "1.txt", ".git", "node_modules/x.txt", "~$open.docx"):
        (tmp_path / name).write_text("x")
    assert [found.path.name for found in files_below((tmp_path, tmp_path / "1.txt"))] == ["1.txt", "2.txt"]
    assert [found.path.name for found in files_below((tmp_path / ".git",))] == [".git"]


def test_the_index_is_loaded_from_the_database(at_desk: AtDesk, folder: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.add(folder)
        loaded = await open_index(desk.store, desk.rooms.embedder.card, None, folder)
        assert await loaded.count() == await desk.index.count()
        assert await loaded.high_water() == await desk.index.high_water()
        (question,) = await desk.rooms.embedder.embed(["the crane cost"])
        one, other = await loaded.query(question, 3), await desk.index.query(question, 3)
        assert one.ids.tolist() == other.ids.tolist()

    at_desk(work)


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tests.documents.conftest import open_desk

async def go():
    async with open_desk(Path(sys.argv[1]), bytes.fromhex(sys.argv[4])) as desk:
        run = await desk.start(Path(sys.argv[2]))
        while True:
            for one in desk.read:
                print(one.path.name, one.outcome.value, flush=True)
            desk.read.clear()
            await asyncio.sleep(0.001)

asyncio.run(go())
"""


def test_what_was_told_survives_kill_9(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    for number in range(30):
        (papers / f"{number:02}.txt").write_text(f"Paper number {number} about cranes.")
    key = os.urandom(32)
    root = str(Path(__file__).resolve().parents[2])
    home = tmp_path / "home"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(home), str(papers), root, key.hex()], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    told = [process.stdout.readline().split()[0] for _ in range(3)]
    process.send_signal(signal.SIGKILL)
    told += [line.split()[0] for line in process.stdout.read().splitlines()]
    process.wait()
    process.stdout.close()

    async def go() -> None:
        async with open_desk(home, key) as desk:
            ended = await desk.add(papers)
            assert len(ended) == 30
            assert all(ended[name] == "unchanged" for name in told)
            assert await desk.index.count() == 30

    asyncio.run(go())
