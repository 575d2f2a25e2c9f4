"""Whether the documents say anything about a question: decided from what was found and quoted, never by the model.

The figures were measured on the development halves of ``mtrag_un`` (143 answerable, 56 unanswerable questions over the
pooled passages of their collection) and ``rgb`` (63 and 63), gte-small int8, five passages. README, "Abstention", has
the curves. Another embedder has other cosines: measure again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.chat.citations import whole_text
from app.domain.claims import missing_times, worked_out
from app.domain.words import content_words

if TYPE_CHECKING:
    from app.domain.documents import Passage
    from app.domain.messages import Quote, Sentence

NOT_SAID = "Your documents do not say."
COVERAGE_WEIGHT = 0.1
ENOUGH = 0.86
RELATED = 0.2
RELATED_WORDS = 3  # enough in common with a question however long it is
HALF = 0.5


_ASKS = re.compile(  # what is asked for cannot be in the question
    r"\W*(?:who|whom|whose|when|where|what|which|how|wer|wen|wem|wann|wo|was|welche[rsnm]?|wie|qui|quand|où|quel(?:le)?s?|comment"
    r"|quién|cuándo|dónde|qué|cuál|cómo|谁|何时|哪)\b",
    re.IGNORECASE,
)


class Lack(StrEnum):
    """Why there is no answer."""

    NOTHING_FOUND = "nothing_found"
    TOO_FAR = "too_far"
    NO_QUOTE = "no_quote"
    UNSUPPORTED = "unsupported"
    UNRELATED = "unrelated"
    ANOTHER_TIME = "another_time"
    ECHO = "echo"


@dataclass(frozen=True)
class Evidence:
    """What retrieval found for a question.

    Attributes:
        similarity: best cosine, None when no passage has one.
        coverage: largest share of the question's content words in one passage, 0..1; 1 when it has none.
    """

    similarity: float | None
    coverage: float
    passages: int

    @property
    def score(self) -> float:
        """Comparable with ``ENOUGH``. Without a cosine only the words count, and then half of them must be there."""
        if self.similarity is None:
            return ENOUGH * (self.coverage / HALF)
        return self.similarity + COVERAGE_WEIGHT * self.coverage


def weigh(question: str, passages: tuple[Passage, ...]) -> Evidence:
    """The evidence in ``passages``."""
    asked = content_words(question)
    similarities = [passage.similarity for passage in passages if passage.similarity is not None]
    coverage = max((_share(asked, _words(passage)) for passage in passages), default=0.0)
    return Evidence(max(similarities, default=None), coverage, len(passages))


def lack_before(evidence: Evidence) -> Lack | None:
    """Why the model need not be asked at all, or None."""
    if not evidence.passages:
        return Lack.NOTHING_FOUND
    return Lack.TOO_FAR if evidence.score < ENOUGH else None


def lack_after(
    question: str,
    quotes: tuple[Quote, ...],
    sentences: tuple[Sentence, ...],
    read: tuple[Passage, ...],
    results: tuple[str, ...] = (),
) -> Lack | None:
    """Why the words that were written are not an answer, or None.

    ``results`` are of calculations: they make a sentence worth showing, but do not make it supported.
    """
    verified = tuple(quote for quote in quotes if quote.verified)
    if not verified:
        return Lack.NO_QUOTE
    if not any(one.supported or worked_out(one.unsupported, results) for one in sentences):
        return Lack.UNSUPPORTED
    quoted = {quote.chunk for quote in verified}
    if _ASKS.match(question) and _only_repeats(question, sentences):
        return Lack.ECHO
    sources = tuple(passage for passage in read if passage.chunk in quoted)
    around = frozenset[str]().union(*(content_words(quote.text) for quote in verified), *map(_heads, sources))
    asked = content_words(question)
    if len(asked & around) < min(RELATED * len(asked), RELATED_WORDS):
        return Lack.UNRELATED
    return Lack.ANOTHER_TIME if missing_times(question, tuple(map(whole_text, sources))) else None


def nearest(question: str, passages: tuple[Passage, ...]) -> Passage | None:
    """The passage that came closest, for a person who wants to look for herself."""
    asked = content_words(question)
    return max(
        passages,
        key=lambda passage: (passage.similarity or 0) + COVERAGE_WEIGHT * _share(asked, _words(passage)),
        default=None,
    )


def _only_repeats(question: str, sentences: tuple[Sentence, ...]) -> bool:
    said = frozenset[str]().union(*(content_words(sentence.text) for sentence in sentences))
    return bool(said) and said <= content_words(question)


def _share(asked: frozenset[str], words: frozenset[str]) -> float:
    return len(asked & words) / len(asked) if asked else 1.0


def _words(passage: Passage) -> frozenset[str]:
    return content_words(passage.text) | _heads(passage)


def _heads(passage: Passage) -> frozenset[str]:
    return content_words(" ".join((passage.title, *passage.heading_path)))
