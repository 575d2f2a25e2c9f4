"""Case 50 where the app has a real terminal: a child can neither open it nor put a byte into it."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

from app.domain.policy import Tier

ROOT = Path(__file__).resolve().parents[3]
TYPED = b"typed by nobody"
APP = """
import asyncio, errno, fcntl, json, os, sys, termios
from pathlib import Path
from app.domain.policy import Tier
from app.sandbox.nursery import Nursery
from app.sandbox.script import run_script

fcntl.ioctl(0, termios.TIOCSCTTY, 0)

async def main():
    nursery = Nursery(tier=Tier(sys.argv[1]))
    try:
        print((await run_script(nursery, Path(sys.argv[2]))).stdout, flush=True)
    finally:
        await nursery.close()

if sys.argv[1] == "none":
    exec(Path(sys.argv[2]).read_text())
else:
    asyncio.run(main())
"""
TRY = f"""
import errno, fcntl, json, os, termios
met = []
def say(attempt):
    try: attempt()
    except OSError as error: met.append(errno.errorcode[error.errno])
    else: met.append("ok")
def type_into(descriptor):
    for sign in {TYPED!r}: fcntl.ioctl(descriptor, termios.TIOCSTI, bytes([sign]))
say(lambda: os.write(os.open("/dev/tty", os.O_RDWR), {TYPED!r}))
say(lambda: os.write(os.open("/dev/pts/0", os.O_RDWR | os.O_NOCTTY), {TYPED!r}))
for descriptor in (0, 1, 2): say(lambda: type_into(descriptor))
for descriptor in (0, 1, 2): say(lambda: fcntl.ioctl(descriptor, 0x541C, b"\\x03"))
print(json.dumps(met))
"""


def at_a_terminal(folder: Path, tier: str) -> tuple[list[str], bytes]:
    """What the script met, and what came out at the other end of the terminal."""
    script = folder / "try.py"
    script.write_text(TRY, encoding="utf-8")
    master, slave = pty.openpty()
    try:
        app = subprocess.run(
            [sys.executable, "-c", APP, tier, str(script)],
            stdin=slave,
            capture_output=True,
            text=True,
            cwd=ROOT,
            start_new_session=True,
            timeout=60,
            check=False,
        )
        assert app.returncode == 0, app.stderr
        came = os.read(master, 4096) if select.select([master], [], [], 0)[0] else b""
        return json.loads(app.stdout), came
    finally:
        os.close(master)
        os.close(slave)


def test_50_no_byte_reaches_the_terminal(each_tier: Tier, tmp_path: Path) -> None:
    met, came = at_a_terminal(tmp_path, each_tier.value)
    assert set(met[:2]) <= {"EACCES", "ENXIO", "ENOENT"}
    assert met[2:] == ["EPERM"] * 6
    assert came == b""


def test_50_control_an_ordinary_process_writes_to_it(tmp_path: Path) -> None:
    met, came = at_a_terminal(tmp_path, "none")
    assert met[0] == "ok"
    assert TYPED in came
