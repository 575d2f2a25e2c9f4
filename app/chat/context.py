"""What goes before the model, within a token budget that the person can see.

Order: system prompt and tools (stable bytes, so that their cache is reused), past exchanges as one-line citations,
then the passages and the question. Counts come from the engine's own tokenizer; this only divides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.chat import prompts
from app.chat.citations import Found, Shown
from app.domain.words import content_words
from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.domain.documents import Span
    from app.domain.generation import ChatMessage

MARGIN_TOKENS = 48  # role marks around messages, and that pieces counted alone may join differently
WHOLE = 2  # this many passages are shown whole; of the others the sentences nearest to the question
EXCERPT_TOKENS = 96


@dataclass(frozen=True)
class Budget:
    """Tokens of one request.

    Attributes:
        context: what the loaded model holds.
        answer: kept free for quotes and answer.
        passages: at most this much of passages: reading them is what a person waits for.
        history: at most this much of past exchanges.
    """

    context: int
    answer: int = 512
    passages: int = 1_024
    history: int = 512


@dataclass(frozen=True)
class TokenSplit:
    """Where the tokens go; their sum is at most ``context``."""

    frame: int
    history: int
    passages: int
    answer: int
    context: int


@dataclass(frozen=True)
class ContextPlan:
    """One assembled prompt.

    Attributes:
        shown: passages in the order of their numbers.
        left_out: passages that did not fit; ``trimmed``: of some that are shown only a part is.
    """

    messages: tuple[ChatMessage, ...]
    shown: tuple[Shown, ...]
    tokens: TokenSplit
    left_out: int = 0
    trimmed: bool = False


def candidates(found: tuple[Found, ...]) -> tuple[Shown, ...]:
    """Passages that have something to quote, in their rank, each source span once."""
    seen: set[tuple[str, Span]] = set()
    kept: list[Shown] = []
    for one in found:
        key = (one.passage.source, one.passage.span)
        if key not in seen and (units := one.units()):
            seen.add(key)
            kept.append(Shown(one, units))
    return tuple(kept)


def rendered(shown: tuple[Shown, ...]) -> tuple[str, ...]:
    """Each passage as the model reads it, numbered from 1."""
    return tuple(prompts.passage_text(number, one.found.passage, _text(one)) for number, one in enumerate(shown, 1))


def assemble(
    budget: Budget,
    frame: tuple[ChatMessage, ChatMessage],
    frame_tokens: int,
    history: tuple[tuple[tuple[ChatMessage, ...], int], ...],
    passages: tuple[tuple[Shown, int], ...],
    words: str,
    files: tuple[str, ...] = (),
) -> ContextPlan:
    """Divide the budget.

    Args:
        frame: system message and the question with files, without passages; ``frame_tokens`` is the two and the tools rendered.
        history: past exchanges, oldest first, each with its tokens.
        passages: best first, each with its tokens.
        words: the question.
        files: what tools are handed, as the model sees it; counted with ``frame``.

    Raises:
        Known: ``carrel.chat.context`` when not even the question fits.
    """
    free = budget.context - frame_tokens - budget.answer - MARGIN_TOKENS
    if free < 0:
        raise Known(
            "carrel.chat.context",
            "The question is longer than this model can read.",
            "Shorten the question, or use a model with a larger context.",
        )
    kept, passage_tokens, trimmed = _fit(passages, min(free, budget.passages), content_words(words))
    free = min(free - passage_tokens, budget.history)
    past: list[ChatMessage] = []
    history_tokens = 0
    for messages, tokens in reversed(history):
        if history_tokens + tokens > free:
            break
        past[:0] = messages
        history_tokens += tokens
    return ContextPlan(
        messages=(frame[0], *past, prompts.question(rendered(kept), words, files=files)),
        shown=kept,
        tokens=TokenSplit(frame_tokens, history_tokens, passage_tokens, budget.answer, budget.context),
        left_out=len(passages) - len(kept),
        trimmed=trimmed,
    )


def _fit(
    passages: tuple[tuple[Shown, int], ...], free: int, asked: frozenset[str]
) -> tuple[tuple[Shown, ...], int, bool]:
    """Passages by rank while they fit, the first ones whole, of the others an excerpt; what comes after stays out."""
    kept: list[Shown] = []
    used = 0
    trimmed = False
    for rank, (shown, tokens) in enumerate(passages):
        room = min(free - used, tokens if rank < WHOLE else EXCERPT_TOKENS)
        part, cost = (shown, tokens) if tokens <= room else _excerpt(shown, tokens, room, asked)
        if not part.units:
            if rank < WHOLE or room < EXCERPT_TOKENS:
                break
            continue  # one long sentence: a shorter one may come after it
        kept.append(part)
        used += cost
        trimmed = trimmed or part is not shown
        if len(part.units) < len(shown.units) and room < EXCERPT_TOKENS:
            break
    return tuple(kept), used, trimmed


def _excerpt(shown: Shown, tokens: int, free: int, asked: frozenset[str]) -> tuple[Shown, int]:
    """The run of sentences within ``free`` that has most words of the question, the earliest of equals.

    Tokens by share of characters, a quarter added for unevenness.
    """
    whole = max(1, len(_text(shown)))
    best: tuple[int, Shown, int] | None = None
    for first in range(len(shown.units)):
        run: Shown | None = None
        cost = 0
        for last in range(first + 1, len(shown.units) + 1):
            longer = replace(shown, units=shown.units[first:last])
            estimate = -(-tokens * len(_text(longer)) * 5 // (whole * 4))
            if estimate > free:
                break
            run, cost = longer, estimate
        if run is not None:
            held = len(asked & content_words(_text(run)))
            if best is None or held > best[0]:
                best = (held, run, cost)
    return best[1:] if best else (replace(shown, units=()), 0)


def _text(shown: Shown) -> str:
    """What is shown of the passage: from its first whole sentence to its last, never half a one."""
    return shown.found.passage.text[shown.units[0].start : shown.units[-1].end] if shown.units else ""
