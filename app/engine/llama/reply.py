"""Writing one reply: read the prompt, choose tokens under the constraint, hand out their text."""

from __future__ import annotations

import time
from typing import Any

from app.engine.llama.context import Context, Stopped
from app.engine.llama.model import Model
from app.engine.llama.sampling import Sampler
from app.engine.llama.structure import Structure
from app.engine.text import Text, too_long


def write(
    model: Model, context: Context, prompt: list[int], structure: Structure | None, request: dict[str, Any], text: Text
) -> dict[str, Any]:
    """Read ``prompt`` and write the reply to ``text``; returns its reason and counts.

    Forced tokens are read in one batch. ``max_tokens`` 0 only reads the prompt into the cache.

    Raises:
        Known: ``carrel.engine.context`` the prompt leaves no room for a reply.
    """
    if len(prompt) >= context.size:
        raise too_long(len(prompt), context.size)
    sampler = Sampler(request["temperature"], request["seed"])
    started = time.monotonic()
    cached = context.reuse(prompt)
    read = 0.0
    count = 0
    reason = "length"
    try:
        context.read(prompt[cached:])
        read = time.monotonic() - started
        tokens = structure.opening() if structure else []
        while count < request["max_tokens"]:
            if not tokens:
                token = sampler.choose(context.logits(), structure)
                if structure and structure.astray:
                    reason = "astray"
                    break
                if token in model.ends:
                    reason = "stop"
                    break
                tokens = [token, *(structure.take(token) if structure else ())]
            tokens = tokens[: request["max_tokens"] - count]
            count += len(tokens)
            text.feed(b"".join(model.pieces[token] for token in tokens))
            if text.stopped or (structure and structure.complete):
                reason = "stop"
                break
            if len(context.tokens) + len(tokens) >= context.size:
                break
            context.read(tokens)
            tokens = []
    except Stopped:
        reason = "cancelled"
    text.finish()
    total = time.monotonic() - started
    read = read or total
    return {
        "reason": reason,
        "prompt_tokens": len(prompt),
        "cached_tokens": cached,
        "completion_tokens": count,
        "prompt_seconds": round(read, 6),
        "completion_seconds": round(total - read, 6),
    }
