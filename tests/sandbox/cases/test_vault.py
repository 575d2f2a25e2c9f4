"""Cases 23 to 25 to their end: what a hostile child hands over is stored sealed, under a name of ours, for us alone."""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.domain.policy import MIB, Reason
from app.kernel.clock import ManualClock
from app.sandbox.child import Artifact
from app.vault.artifacts import Artifacts
from app.vault.blobs import Blobs
from app.vault.database import Database
from tests.sandbox.conftest import Run, limits

MASTER = bytes(range(32))
MODES = """
os.umask(0)
for name, mode in (("open", 0o777), ("suid", 0o4777), ("sticky", 0o1666)):
    os.write(os.open(name, os.O_CREAT | os.O_WRONLY, mode), name.encode())
say(lambda: os.chmod("open", 0o4777))
"""
NAMES = r"""
import json, struct
end = max(number for number, mode in descriptors() if stat.S_ISFIFO(mode))
def frame(kind, body): return struct.pack("<BI", kind, len(body)) + body
for name in ("../outside", ABSOLUTE, "a\0b", "CON", "n" * 300, ".", ".."):
    os.write(end, frame(6, json.dumps({"id": 1, "name": name, "kind": "", "bytes": 1}).encode()) + frame(7, b"x"))
"""


def stored(home: Path, untrusted: tuple[Artifact, ...]) -> list[str]:
    """Put them into a vault; every file there is afterwards, by name, each of mode 0600."""

    async def put() -> None:
        database = Database.open(home / "carrel.db", MASTER)
        try:
            artifacts = Artifacts(
                database, Blobs(home / "artifacts", MASTER), ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
            )
            for one in untrusted:
                await artifacts.put(one.data, "tool", one.untrusted_name)
        finally:
            await database.close()

    home.mkdir()
    asyncio.run(put())
    files = [path for path in (home / "artifacts").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} <= {0o600}
    return sorted(path.name for path in files)


def test_23_a_mode_asked_for_at_birth_is_not_that_of_what_is_stored(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run], tmp_path: Path
) -> None:
    run = everywhere(MODES)
    assert run.lines == ["EPERM"]
    assert sorted(one.untrusted_name for one in run.artifacts) == ["open", "sticky", "suid"]
    assert len(stored(tmp_path / "home", run.artifacts)) == 3
    (tmp_path / "plain").mkdir()
    assert unconfined(f"os.chdir({str(tmp_path / 'plain')!r})\n{MODES}").lines == ["ok"]
    assert (tmp_path / "plain" / "open").stat().st_mode & stat.S_ISUID


def test_24_a_name_leads_nowhere(everywhere: Callable[..., Run], tmp_path: Path) -> None:
    outside = tmp_path / "carrel-outside"
    run = everywhere(f"ABSOLUTE = {str(outside)!r}\n{NAMES}")
    assert len(run.artifacts) == 7
    names = stored(tmp_path / "home", run.artifacts)
    assert names
    assert all(re.fullmatch("[0-9a-f]{64}", name) for name in names)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert not outside.exists()


def test_24_control_who_takes_the_name_for_a_path_writes_outside(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "../outside").write_bytes(b"x")
    assert (tmp_path / "outside").exists()


def test_25_what_went_too_far_leaves_the_vault_as_it_was(everywhere: Callable[..., Run], tmp_path: Path) -> None:
    run = everywhere(
        "for number in range(4): open(str(number), 'wb').write(b'x' * 2**20)", limits=limits(output_bytes=2 * MIB)
    )
    assert (run.reason, stored(tmp_path / "home", run.artifacts)) == (Reason.OUTPUT_LIMIT, [])
