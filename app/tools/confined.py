"""A tool's code in its own child: arguments and copies of files in, a result and files out. The child is gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.policy import GIB, MIB, Limits
from app.kernel.errors import Known
from app.sandbox.confinement import ESSENTIAL, Confinement
from app.sandbox.ending import JobFailed
from app.tools.manifest import USUAL_MEMORY
from app.tools.worker import BROKEN, UNWORKABLE

if TYPE_CHECKING:
    from app.sandbox.child import Artifact
    from app.sandbox.nursery import Launcher
    from app.tools.manifest import Manifest

PIECE = 1 << 20
DRAWING = {"MPLBACKEND": "Agg", "MPLCONFIGDIR": "/tmp/matplotlib"}  # noqa: S108 - the child's own folder
"""matplotlib draws into memory and keeps its list of fonts in the child's folder."""
OUTPUT_BYTES = 24 * MIB
MOST_FILES = 16
"""How many files one call may leave."""


@dataclass(frozen=True)
class Given:
    """A copy of a file for a call. ``name`` is a plain file name, checked by whoever read the file at ``path``."""

    name: str
    data: bytes
    path: str = ""


@dataclass(frozen=True)
class Left:
    """What a child gave back. All of it is untrusted.

    Attributes:
        files: the first ``MOST_FILES`` of those it left.
        dropped: how many more it left.
    """

    untrusted_result: Any
    files: tuple[Artifact, ...] = ()
    dropped: int = 0


async def run_confined(
    launcher: Launcher,
    manifest: Manifest,
    arguments: dict[str, Any],
    given: tuple[Given, ...] = (),
    sources: tuple[tuple[str, str], ...] = (),
) -> Left:
    """Run the code of ``manifest``; a result counts only once the child is gone and said nothing after it.

    ``sources``: the modules of an installed tool, which the child takes from here and never from a file.

    Raises:
        JobFailed: the sandbox ended it or would not run it.
        Known: ``carrel.tool.unworkable`` in the tool's own words, ``carrel.tool.broken``.
    """
    keep = MOST_FILES if "artifacts" in manifest.capabilities else 0
    child = await launcher.start(
        Confinement(
            role="tool",
            worker="app.tools.worker",
            limits=_limits(manifest),
            packages="packages" in manifest.capabilities,
            environment=DRAWING if "packages" in manifest.capabilities else {},
            needs=ESSENTIAL | frozenset(manifest.needs),
            preload=manifest.preload,
        )
    )
    fields = {
        "code": manifest.code,
        "sources": dict(sources),
        "arguments": arguments,
        "inputs": [[file.name, len(file.data)] for file in given],
        "keep": keep,
    }
    try:
        reply = await child.conclude("run", fields, _pieces(given), wall_seconds=manifest.limits.timeout_seconds)
    except JobFailed:
        raise
    except Known as untrusted:  # a tool shares its child with the wire: it can write any error, not only its own two
        if untrusted.code in (UNWORKABLE, BROKEN):
            raise
        raise Known(BROKEN, "The tool broke.", "It gave an error that is not a tool's.") from None
    left = reply.result.get("left", 0)
    dropped = max(0, left - len(reply.artifacts)) if isinstance(left, int) else 0
    return Left(reply.result.get("result"), tuple(reply.artifacts[:MOST_FILES]), dropped)


def _limits(manifest: Manifest) -> Limits:
    resident = manifest.limits.memory_bytes or USUAL_MEMORY
    return Limits(
        resident_bytes=resident,
        address_space_bytes=max(GIB, 3 * resident),
        cpu_seconds=max(1, int(manifest.limits.timeout_seconds)),
        wall_seconds=manifest.limits.timeout_seconds,
        output_bytes=OUTPUT_BYTES,
    )


def _pieces(given: tuple[Given, ...]) -> Iterator[bytes]:
    for file in given:
        for start in range(0, len(file.data), PIECE):
            yield file.data[start : start + PIECE]
