"""``carrel``: with a command, the headless face; without one, the window."""

from __future__ import annotations

import sys


def main() -> int:
    """The entry point; returns the exit code."""
    from app import compose  # noqa: PLC0415 - a frozen child never gets here; the window must not pay for the command line
    from app.cli.main import parser, run  # noqa: PLC0415

    arguments = sys.argv[1:]
    if "--selftest" in arguments:
        from app.selftest import selftest  # noqa: PLC0415

        return selftest()
    given = parser().parse_args(arguments)
    if given.command is None:
        return compose.window(given.home)
    return run(arguments, compose.Compose())


if __name__ == "__main__":
    sys.exit(main())
