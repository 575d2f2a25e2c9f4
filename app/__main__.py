"""``carrel``: with a command, the headless face; without one, the window."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from app.kernel.paths import Home
    from app.sandbox.nursery import Launcher
    from app.services.local import LocalDesk


class Late:
    """Builds what a command works with when it asks. Some never do, and importing it all takes half a second."""

    def desk(self, home: Home, passphrase: str | None) -> AbstractAsyncContextManager[LocalDesk]:
        from app.compose import Compose  # noqa: PLC0415

        return Compose().desk(home, passphrase)

    def launcher(self) -> AbstractAsyncContextManager[Launcher]:
        from app.compose import Compose  # noqa: PLC0415

        return Compose().launcher()


def main() -> int:
    """The entry point; returns the exit code."""
    from app.cli.main import parser, run  # noqa: PLC0415 - a frozen child never gets here

    arguments = sys.argv[1:]
    if "--selftest" in arguments:
        from app.selftest import selftest  # noqa: PLC0415

        return selftest()
    given = parser(arguments).parse_args(arguments)
    if given.command is None:
        from app import compose  # noqa: PLC0415 - the window must not pay for the command line

        return compose.window(given.home)
    return run(arguments, Late())


if __name__ == "__main__":
    sys.exit(main())
