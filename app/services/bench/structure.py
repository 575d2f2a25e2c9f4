"""What a constraint costs: the same model, question and length, free and under a schema, turn about.

``structure.tokens``: tokens a second of the reply under the schema against the free one. Tokens the schema forces are
read in one batch and count like any other.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from app.domain.generation import ChatMessage, Constraint, Free, GenerationRequest, Role, Schema
from app.domain.stream import Failed, Usage
from app.engine.cores import free_cores
from app.engine.llama_engine import LlamaEngine
from app.kernel.errors import Known
from app.sandbox.nursery import Launcher

CONTEXT = 2048
TOKENS = 64
RUNS = 5
QUESTION = "Describe a lighthouse in ten sentences. Reply in JSON with a title and the list of sentences."
SCHEMA = Schema(
    json_schema={
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "sentences": {"type": "array", "items": {"type": "string"}, "minItems": 10},
        },
        "required": ["title", "sentences"],
        "additionalProperties": False,
    }
)


async def rows(launcher: Launcher, model_path: Path) -> list[dict[str, Any]]:
    """Rows of this benchmark."""
    engine = await LlamaEngine.start(launcher, model_path, context_tokens=CONTEXT)
    threads = await free_cores()
    pairs: list[tuple[float, float]] = []
    try:
        for number in range(RUNS + 1):
            first, second = (SCHEMA, Free()) if number % 2 else (Free(), SCHEMA)
            rates = {
                type(first): await _rate(engine, first, threads),
                type(second): await _rate(engine, second, threads),
            }
            pairs.append((rates[Schema], rates[Free]))
    finally:
        await engine.close()
    measured = pairs[1:]
    return [
        {
            "name": "structure.tokens",
            "ratio": statistics.median(held / free for held, free in measured),
            "better": "higher",
            "ours": statistics.median(held for held, _ in measured),
            "bare": statistics.median(free for _, free in measured),
            "unit": "tokens/s",
            "runs": len(measured),
        }
    ]


async def _rate(engine: LlamaEngine, constraint: Constraint, threads: int) -> float:
    request = GenerationRequest(
        turn="bench",
        messages=(ChatMessage(role=Role.USER, content=QUESTION),),
        constraint=constraint,
        max_tokens=TOKENS,
        threads=threads,
    )
    rate = 0.0
    async for event in engine.generate(request):
        if isinstance(event, Failed):
            raise Known(event.code, event.message, event.hint)
        if isinstance(event, Usage):
            rate = event.completion_tokens / event.completion_seconds
    return rate
