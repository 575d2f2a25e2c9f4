"""Run as a program: Carrel's command line, its model replaced by the shipped engine that plays a transcript.

``python -m tests.journeys.scripted TRANSCRIPT.json [carrel's own words …]``
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.cli.main import run
from app.compose import Compose
from app.domain.generation import Engine
from app.engine.scripted import ScriptedEngine, Transcript


def main() -> int:
    transcript = Transcript.model_validate_json(Path(sys.argv[1]).read_text("utf-8"))

    async def start(path: Path, context_tokens: int) -> Engine:
        return ScriptedEngine(transcript)

    return run(sys.argv[2:], Compose(start_engine=start))


if __name__ == "__main__":
    sys.exit(main())
