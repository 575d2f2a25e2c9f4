"""The window from outside, on a screen of its own: one question to its quote, no word left behind, no socket opened."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.compose import Compose
from app.domain.documents import Label
from app.engine.scripted import ScriptedReply
from tests.journeys import tracing
from tests.journeys.papers import markdown, pdf
from tests.journeys.program import PASSPHRASE, SECONDS, Program, below
from tests.journeys.test_at_rest import SHARED_MEMORY, places, word


@pytest.fixture
def screen() -> Iterator[str]:
    """The name of a display nobody sees."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed")
    receive, send = os.pipe()
    command = [server, "-displayfd", str(send), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(send,), stderr=subprocess.DEVNULL) as running:
        os.close(send)
        with os.fdopen(receive) as said:
            number = said.readline().strip()
        try:
            yield f":{number}"
        finally:
            running.terminate()


async def furnish(program: Program, papers: Path) -> None:
    async with Compose().desk(program.home, PASSPHRASE) as desk:
        collection = await desk.new_collection("Papers", Label.INTERNAL)
        read = await desk.reading_over(await desk.add_documents((papers,), collection.id))
        assert read.outcomes == {"indexed": 2}
        await desk.finish_setup()


def test_a_question_in_the_window_leaves_nothing_behind(program: Program, screen: str) -> None:
    said, asked, answered, named = (word() for _ in range(4))
    papers = program.place / "papers"
    papers.mkdir()
    pdf(papers / f"{named}.pdf", f"The harbour pilot of Quindlewerth is called {said}.")
    markdown(papers / f"{named}.md", "# Tides", "The tide tables are printed every March.")
    program.made()
    program.scripted(ScriptedReply(quotes=("harbour pilot",), text=f"The pilot is {said}; {answered}."))
    program.run("models", "add", str(program.model())).well()
    asyncio.run(furnish(program, papers))
    trace = program.place / "trace"
    strace = tracing.strace()
    around = tracing.around(strace, trace) if strace else ()
    transcript, home = program.words[-1], str(program.home.root)
    words = (program.words[0], "-m", "tests.journeys.one_question", transcript, home, PASSPHRASE)
    ended = subprocess.run(
        [*around, *words, f"Who is the harbour pilot of Quindlewerth, {asked}?"],
        cwd=program.folder,
        env={
            **program.environment,
            "DISPLAY": screen,
            "QT_QPA_PLATFORM": "xcb",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    assert answered in ended.stdout
    assert f"Quote 1, word for word, {named}, page 1" in ended.stdout

    markers = (said, asked, answered, named)
    assert len(places(papers, *markers)) == 2, "the search must find what is there"
    assert places(program.home.root, *markers) == []
    assert places(program.outside, *markers) == []
    assert places(SHARED_MEMORY, *markers) == []
    assert not program.home.memory.exists()
    assert (program.home.root / "window.ini").exists()
    assert [path for path in below(program.home.root) if path.stat().st_mode & 0o077] == []
    if strace:
        assert any("AF_UNIX" in line for line in tracing.lines(trace)), "the trace shows no screen"
        assert tracing.beyond(trace) == []
