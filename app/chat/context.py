"""What goes before the model, within a token budget that the person can see.

Order: system prompt and tools (stable bytes, so that their cache is reused), past exchanges as one-line citations,
then the passages and the question. Counts come from the engine's own tokenizer; this only divides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.chat import prompts
from app.chat.citations import Found, Shown
from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.domain.documents import Span
    from app.domain.generation import ChatMessage

MARGIN_TOKENS = 48  # role marks around messages, and that pieces counted alone may join differently


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
    passages: int = 1_536
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
        left_out: passages that did not fit; ``trimmed`` is one of those shown that lost its last sentences.
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
) -> ContextPlan:
    """Divide the budget.

    Args:
        frame: system message and the question without passages; ``frame_tokens`` is the two and the tools rendered.
        history: past exchanges, oldest first, each with its tokens.
        passages: best first, each with its tokens.
        words: the question.

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
    kept, passage_tokens, trimmed = _fit(passages, min(free, budget.passages))
    free = min(free - passage_tokens, budget.history)
    past: list[ChatMessage] = []
    history_tokens = 0
    for messages, tokens in reversed(history):
        if history_tokens + tokens > free:
            break
        past[:0] = messages
        history_tokens += tokens
    return ContextPlan(
        messages=(frame[0], *past, prompts.question(rendered(kept), words)),
        shown=kept,
        tokens=TokenSplit(frame_tokens, history_tokens, passage_tokens, budget.answer, budget.context),
        left_out=len(passages) - len(kept),
        trimmed=trimmed,
    )


def _fit(passages: tuple[tuple[Shown, int], ...], free: int) -> tuple[tuple[Shown, ...], int, bool]:
    """Passages by rank while they fit; the first that does not is cut after a whole sentence, the rest stay out."""
    kept: list[Shown] = []
    used = 0
    for shown, tokens in passages:
        if used + tokens <= free:
            kept.append(shown)
            used += tokens
            continue
        cut, cut_tokens = _cut(shown, tokens, free - used)
        if cut.units:
            return (*kept, cut), used + cut_tokens, True
        break
    return tuple(kept), used, False


def _cut(shown: Shown, tokens: int, free: int) -> tuple[Shown, int]:
    """Leading sentences of a passage within ``free``; tokens by share of characters, a quarter added for unevenness."""
    whole = max(1, len(_text(shown)))
    for count in range(len(shown.units) - 1, 0, -1):
        shorter = replace(shown, units=shown.units[:count])
        estimate = -(-tokens * len(_text(shorter)) * 5 // (whole * 4))
        if estimate <= free:
            return shorter, estimate
    return replace(shown, units=()), 0


def _text(shown: Shown) -> str:
    """What is shown of the passage: from its first whole sentence to its last, never half a one."""
    return shown.found.passage.text[shown.units[0].start : shown.units[-1].end] if shown.units else ""
