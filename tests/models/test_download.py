"""``models get`` against a server that speaks TLS on this machine."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.kernel.errors import Known
from app.kernel.paths import Home
from app.models.catalogue import Catalogue, CatalogueEntry
from app.models.download import Download
from app.models.library import ModelLibrary
from app.vault.database import Database
from tests.material.gguf_files import GgufFile
from tests.material.tls_server import Behaviour, Server, serving
from tests.models.first_load import ScriptedLoad

CONTENT = bytes(range(256)) * 4096


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(Behaviour(CONTENT), tmp_path) as running:
        yield running


def entry(server: Server, content: bytes = CONTENT) -> CatalogueEntry:
    official = Catalogue.shipped().entries[0]
    return CatalogueEntry.model_validate(
        {
            **official.model_dump(),
            "source": server.url,
            "hosts": ("localhost",),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    )


class Person:
    """Answers ``says`` and remembers what was asked."""

    def __init__(self, *, says: bool = True) -> None:
        self.says = says
        self.asked: list[str] = []

    async def __call__(self, sentence: str) -> bool:
        self.asked.append(sentence)
        return self.says


def fetch(
    server: Server, folder: Path, person: Person | None = None, content: bytes = CONTENT
) -> tuple[Path, list[float]]:
    parts: list[float] = []

    async def main() -> Path:
        return await Download(entry(server, content), folder, server.trust).fetch(person or Person(), parts.append)

    return asyncio.run(main()), parts


@contextmanager
def known(code: str) -> Iterator[None]:
    with pytest.raises(Known) as failure:
        yield
    assert failure.value.code == code
    assert failure.value.message.endswith(".")


def left(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.download"))


def test_a_file_arrives_whole(server: Server, tmp_path: Path) -> None:
    person = Person()
    path, parts = fetch(server, tmp_path / "staging", person)
    assert path.read_bytes() == CONTENT
    assert parts[-1] == 1.0
    assert parts == sorted(parts)
    (question,) = person.asked
    assert "localhost" in question
    assert "1.0 MB" in question
    assert list((tmp_path / "staging").iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_consent_nothing_is_asked_of_anybody(server: Server, tmp_path: Path) -> None:
    with known("carrel.download.declined"):
        fetch(server, tmp_path / "staging", Person(says=False))
    assert server.behaviour.asked == []


def test_an_interrupted_download_goes_on_where_it_ended(server: Server, tmp_path: Path) -> None:
    server.behaviour.cut = 300_000
    with known("carrel.download.interrupted"):
        fetch(server, tmp_path / "staging")
    assert left(tmp_path / "staging") == 300_000
    person = Person()
    path, _ = fetch(server, tmp_path / "staging", person)
    assert path.read_bytes() == CONTENT
    assert server.behaviour.asked[-1]["Range"] == "bytes=300000-"
    assert server.behaviour.asked[-1]["If-Range"] == '"v1"'
    assert "748.6 kB" in person.asked[0]


def test_another_file_behind_the_address_starts_again(server: Server, tmp_path: Path) -> None:
    server.behaviour.cut = 300_000
    with known("carrel.download.interrupted"):
        fetch(server, tmp_path / "staging")
    server.behaviour.etag = '"v2"'
    assert fetch(server, tmp_path / "staging")[0].read_bytes() == CONTENT


def test_a_server_without_ranges_starts_again(server: Server, tmp_path: Path) -> None:
    server.behaviour.cut = 300_000
    with known("carrel.download.interrupted"):
        fetch(server, tmp_path / "staging")
    server.behaviour.ranges = False
    assert fetch(server, tmp_path / "staging")[0].read_bytes() == CONTENT


def test_a_wrong_hash_is_not_kept(server: Server, tmp_path: Path) -> None:
    server.behaviour.content = CONTENT[:-1] + b"\0"
    with known("carrel.model.checksum"):
        fetch(server, tmp_path / "staging")
    assert list((tmp_path / "staging").iterdir()) == []


def test_no_more_than_the_file_is_taken(server: Server, tmp_path: Path) -> None:
    server.behaviour.content = CONTENT * 2
    with known("carrel.download.answer"):
        fetch(server, tmp_path / "staging")
    assert left(tmp_path / "staging") == 0


def test_a_file_that_is_there_needs_no_connection(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path / "staging")
    person = Person()
    fetch(server, tmp_path / "staging", person)
    assert person.asked == []
    assert len(server.behaviour.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:{port}/other",
        "https://127.0.0.1:{port}/other",
        "https://localhost:1/other",
        "file:///etc/passwd",
        "ftp://localhost/other",
    ],
)
def test_it_goes_nowhere_else(server: Server, tmp_path: Path, address: str) -> None:
    server.behaviour.redirect = address.format(port=server.port)
    with known("carrel.download.redirected"):
        fetch(server, tmp_path / "staging")
    assert len(server.behaviour.asked) == 1


def test_a_redirect_to_an_agreed_host_is_followed(server: Server, tmp_path: Path) -> None:
    server.behaviour.redirect = f"https://localhost:{server.port}/elsewhere"
    assert fetch(server, tmp_path / "staging")[0].read_bytes() == CONTENT
    assert len(server.behaviour.asked) == 2


def test_a_redirect_in_a_circle_ends(server: Server, tmp_path: Path) -> None:
    server.behaviour.redirect = server.url
    with known("carrel.download.redirected"):
        fetch(server, tmp_path / "staging")
    assert len(server.behaviour.asked) < 10


@pytest.mark.parametrize("status", [404, 416, 503])
def test_a_refusal_of_the_server_is_said(server: Server, tmp_path: Path, status: int) -> None:
    server.behaviour.status = status
    with known("carrel.download.answer"):
        fetch(server, tmp_path / "staging")


def test_a_server_nobody_vouches_for_is_not_believed(server: Server, tmp_path: Path) -> None:
    server.trust = ssl.create_default_context()
    with known("carrel.download.unreachable"):
        fetch(server, tmp_path / "staging")
    assert server.behaviour.asked == []


def test_no_server(server: Server, tmp_path: Path) -> None:
    server.port = 1
    with known("carrel.download.unreachable"):
        fetch(server, tmp_path / "staging")


def test_a_model_is_got_judged_and_admitted(tmp_path: Path) -> None:
    content = GgufFile().build()
    home = Home(tmp_path / "home")
    home.prepare()
    load, person = ScriptedLoad(), Person()
    stages: list[str] = []

    async def main(server: Server) -> None:
        database = await asyncio.to_thread(Database.open, home.database, bytes(32))
        catalogue = Catalogue(version=1, entries=(entry(server, content),))
        library = ModelLibrary(database, home, load, catalogue, free=lambda: 10**9)
        try:
            for _ in range(2):
                card = await library.get(
                    "qwen2.5-coder-0.5b",
                    person,
                    lambda stage, part, reason="": stages.append(stage),
                    tls=server.trust,
                )
                assert (card.name, card.licence) == ("Qwen2.5-Coder 0.5B Instruct", "Apache-2.0")
                assert card.source == server.url
            assert await library.show("qwen2.5-coder-0.5b") == card
            with known("carrel.model.not_in_catalogue"):
                await library.get("other", person)
        finally:
            await database.close()

    with serving(Behaviour(content), tmp_path) as server:
        asyncio.run(main(server))
        assert len(server.behaviour.asked) == 1
    assert stages == ["downloading", "checking", "loading", "done"]
    assert len(person.asked) == len(load.seen) == 1
    assert list(home.staging.iterdir()) == []
