"""Words of documents, questions and answers are found nowhere once Carrel has quit, and nothing is written elsewhere."""

from __future__ import annotations

import base64
import os
import secrets
import string
from collections.abc import Iterator
from pathlib import Path

from app.engine.scripted import ScriptedReply
from tests.journeys.papers import docx, markdown, pdf
from tests.journeys.program import Program, below

SHARED_MEMORY = Path("/dev/shm")


def word() -> str:
    """One that nobody has used before; letters only, so that it is neither a number nor a name to be verified."""
    return "zq" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))


def spellings(marker: str) -> Iterator[bytes]:
    """How a word may stand in a file, in any case of its letters."""
    for text in {marker, marker.upper()}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield text.encode(encoding)
        yield base64.b64encode(text.encode())[:12]


def places(folder: Path, *markers: str) -> list[str]:
    """Files below that hold a marker in their bytes or in their name."""
    needles = [needle for marker in markers for needle in spellings(marker)]
    found = []
    for path in below(folder):
        content = path.read_bytes() if path.is_file() else b""
        name = os.fsencode(path.relative_to(folder))
        if any(needle in where for needle in needles for where in (content, name, content.lower())):
            found.append(str(path.relative_to(folder)))
    return found


def test_no_word_is_left_anywhere(program: Program) -> None:
    said, asked, answered, named, called = (word() for _ in range(5))
    papers = program.place / "papers"
    papers.mkdir()
    sentence = f"The harbour pilot of Quindlewerth is called {said}."
    pdf(papers / f"{named}-1.pdf", sentence)
    docx(papers / f"{named}-2.docx", f"The ferry of Quindlewerth belongs to {said}.")
    markdown(papers / f"{named}-3.md", f"# Tides by {said}", "The tide tables are printed every March.")
    (papers / f"{named}-4.pdf").write_bytes(b"%PDF-1.4\n" + said.encode() * 40)
    (papers / f"{named}-5.xyz").write_bytes(b"\0\1\2" + said.encode())
    untouched = set(below(program.outside))
    program.made()
    program.scripted(ScriptedReply(quotes=("harbour pilot",), text=f"The pilot is {said}; {answered}."))
    program.run("models", "add", str(program.model())).well()
    read = program.run("documents", "add", str(papers), "--collection", f"Papers of {named}").well()
    assert sorted(read.only("summary")["outcomes"].items()) == [("failed", 1), ("indexed", 3), ("unsupported", 1)]
    question = f"Who is the harbour pilot of Quindlewerth, {asked}?"
    answer = program.run("ask", question).well().only("answer")
    assert answered in answer["text"]
    assert [quote["verified"] for quote in answer["quotes"]] == [True]
    failed = program.run("tools", "run", "calculate", "--arguments", f'{{"expression": "{called} +"}}')
    assert failed.code == 1

    markers = (said, asked, answered, named, called)
    assert len(places(papers, *markers)) == 5, "the search must find what is there"
    assert places(program.home.root, *markers) == []
    log = (program.home.logs / "carrel.log").read_text("utf-8")
    assert "child reader" in log
    assert set(below(program.outside)) == untouched, "written outside the home"
    assert program.home.root.stat().st_mode & 0o077 == 0
    assert not program.home.memory.exists()
    assert places(SHARED_MEMORY, *markers) == []
