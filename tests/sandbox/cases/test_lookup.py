"""Case 6 where a machine has a daemon that looks names up: it is not asked. Root makes such a machine for one program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.policy import Tier

ROOT = Path(__file__).resolve().parents[3]
MACHINE = 'mount -t tmpfs none /run && mkdir -p /run/nscd && exec "$@"'
"""glibc asks ``/var/run/nscd/socket`` before anything else, and ``/var/run`` is ``/run``."""
APP = """
import asyncio, os, socket, sys
from pathlib import Path
from app.domain.policy import Tier
from app.sandbox.nursery import Nursery
from app.sandbox.script import run_script

os.chmod("/run/nscd", 0o755)
daemon = socket.socket(socket.AF_UNIX)
daemon.bind("/run/nscd/socket")
os.chmod("/run/nscd/socket", 0o666)
daemon.listen()
daemon.settimeout(0.2)

def asked():
    count = 0
    try:
        while True:
            daemon.accept()[0].close()
            count += 1
    except TimeoutError:
        return count

async def main():
    nursery = Nursery(tier=Tier(sys.argv[1]))
    try:
        print((await run_script(nursery, Path(sys.argv[2]))).stdout.strip())
    finally:
        await nursery.close()

if sys.argv[1] == "none":
    import subprocess
    asking = subprocess.Popen([sys.executable, sys.argv[2]], stdout=subprocess.PIPE, text=True)
    count = asked()
    print(asking.communicate()[0].strip())
    print(count + asked())
else:
    asyncio.run(main())
    print(asked())
"""
ASK = """
import errno, socket, time
begun = time.monotonic()
for host in ("localhost", "carrel-nothing.example"):
    try: socket.getaddrinfo(host, 80)
    except socket.gaierror: pass
said = "in time" if time.monotonic() - begun < 1 else "late"
try: socket.socket(socket.AF_UNIX).connect("/var/run/nscd/socket")
except OSError as error: print(errno.errorcode[error.errno], said)
else: print("ok")
"""


def looked_up(folder: Path, tier: str) -> list[str]:
    """What the script met, and how often the daemon was asked."""
    if os.getuid() or not shutil.which("unshare"):
        pytest.skip("only root can make such a machine")
    script = folder / "ask.py"
    script.write_text(ASK, encoding="utf-8")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", MACHINE, "sh", sys.executable, "-c", APP, tier, str(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_06_the_daemon_is_not_asked(each_tier: Tier, tmp_path: Path) -> None:
    assert looked_up(tmp_path, each_tier.value) == ["EPERM in time", "0"]


def test_06_control_an_ordinary_program_asks_it(tmp_path: Path) -> None:
    said, count = looked_up(tmp_path, "none")
    assert said == "ok"
    assert int(count) >= 2
