"""``carrel bench``: ratios against the bare library, interleaved in the same run. Figures, never a test."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from typing import TYPE_CHECKING, Any

from app.services.bench import NAMES, run

if TYPE_CHECKING:
    from app.cli.context import Context


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="measure against the bare libraries")
    bench.add_argument("what", choices=NAMES)
    bench.add_argument("--model", metavar="ID")
    bench.set_defaults(run=_bench)


async def _bench(given: Namespace, context: Context) -> int:
    for row in await run(given.what, context.home, context.composer, context.passphrase, given.model):
        context.out.record(row, _words)
    return 0


def _words(row: dict[str, Any]) -> str:
    return (
        f"{row['name']:<22} ratio {row['ratio']:.3f} ({row['better']} is better)  "
        f"ours {row['ours']:.4g} {row['unit']}, bare {row['bare']:.4g} {row['unit']}, {row['runs']} runs"
    )
