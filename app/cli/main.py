"""``carrel`` without a window: parse, open what the command needs, run it, say how it ended.

Exit codes: 0 done, 1 a known error, 2 usage, 70 a bug, 130 interrupted, 143 told to end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from app import __version__
from app.cli.context import Composer, Context
from app.cli.output import Output, Usage
from app.kernel.errors import Known
from app.kernel.paths import Home

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

COMMANDS = (
    *("doctor", "models", "documents", "ask", "complete", "tools", "sandbox", "audit", "metrics", "bench", "journey"),
)
"""Each is a module of this name."""
DONE, KNOWN, USAGE, BUG, INTERRUPTED, ENDED = 0, 1, 2, 70, 130, 143


def parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The command line. Where ``words`` name commands, these alone: importing all of them takes longer than most run."""
    top = argparse.ArgumentParser(
        prog="carrel", description="A private desk for your documents. Without a command, the window opens."
    )
    top.add_argument("--version", action="version", version=f"carrel {__version__}")
    top.add_argument("--json", action="store_true", help="print JSON, one compact record a line")
    top.add_argument("--home", type=Path, metavar="DIR", help="where everything lies (or CARREL_HOME)")
    top.add_argument("--passphrase-file", type=Path, metavar="FILE", help="no keyring needed: its first line is used")
    top.add_argument("--quiet", action="store_true", help="no progress or messages on stderr")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name in [name for name in COMMANDS if name in words] or COMMANDS:
        importlib.import_module(f"app.cli.{name}").register(commands)
    return top


def run(arguments: Sequence[str], composer: Composer) -> int:
    """Run one command. ``arguments`` name a command; the exit code is returned."""
    given = parser(arguments).parse_args(arguments)
    out = Output(as_json=given.json, quiet=given.quiet)
    try:
        context = Context(
            home=Home.find(given.home), passphrase=_passphrase(given.passphrase_file), out=out, composer=composer
        )
        return asyncio.run(_until_ended(given.run(given, context))) or DONE
    except Known as error:
        out.error(error)
        return KNOWN
    except Usage as error:
        parser(arguments).print_usage(sys.stderr)
        out.note(f"carrel: error: {error}")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except asyncio.CancelledError:
        return ENDED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads; the last flush must not fail
        return DONE
    except Exception:  # noqa: BLE001 - the last resort: a bug is shown whole and has its own exit code
        traceback.print_exc()
        return BUG


async def _until_ended(command: Coroutine[None, None, int]) -> int:
    """Run it; being told to end, by the system or because the terminal was closed, closes everything in order."""
    task = asyncio.ensure_future(command)
    for name in ("SIGTERM", "SIGHUP"):
        with contextlib.suppress(AttributeError, NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(getattr(signal, name), task.cancel)
    return await task


def _passphrase(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Known(
            "carrel.passphrase.file",
            f"The passphrase file {file} cannot be read.",
            "Check the path and its permissions; the first line is the passphrase.",
        ) from None
    if not lines or not lines[0]:
        raise Known(
            "carrel.passphrase.empty", f"The passphrase file {file} is empty.", "Put the passphrase on its first line."
        )
    return lines[0]
