"""``kill -9`` in the middle of writing: what was acknowledged is there, whole, at the next start."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import apsw

from app.kernel.paths import Home
from app.vault.passphrase import Cost
from app.vault.vault import Vault

REPOSITORY = Path(__file__).parents[2]
ROUNDS = 6
WORDS = "open sesame"


def acknowledged_before_a_kill(home: Home, lines: int) -> list[list[str]]:
    """Let the writer go on until it has acknowledged ``lines`` writes, kill it, and return all it had said."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.vault.writing", str(home.root)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n")]


async def check(home: Home, said: Iterable[list[str]]) -> None:
    vault = await Vault.unlock(home, WORDS)

    def exchanges(connection: apsw.Connection) -> dict[str, bool]:
        rows = connection.execute("SELECT id, answer IS NOT NULL FROM exchange")
        return {str(exchange): bool(answered) for exchange, answered in rows}

    def sound(connection: apsw.Connection) -> list[object]:
        return list(connection.execute("PRAGMA integrity_check"))

    assert await vault.database.read(sound) == [("ok",)]
    found = await vault.database.read(exchanges)
    sealed = {artifact.name: artifact.bytes for artifact in await vault.artifacts.rows()}
    for what, name in said:
        if what == "artifact":
            assert len(await vault.artifacts.get(name)) == sealed[name]
        else:
            assert found[name] or what == "question"
    files = {path.name for path in home.artifacts.glob("??/??/*")}
    assert files == set(sealed)
    assert not list((home.artifacts / "partial").iterdir())
    await vault.close()


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    async def create() -> None:
        vault = await Vault.create(home, WORDS, cost=Cost(64, 1, 1))
        await vault.close()

    asyncio.run(create())
    dice = random.Random(11)
    said: list[list[str]] = []
    for _ in range(ROUNDS):
        said += acknowledged_before_a_kill(home, dice.randint(5, 120))
        asyncio.run(check(home, said))
    assert {what for what, _ in said} == {"question", "answer", "artifact"}
