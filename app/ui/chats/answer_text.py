"""From the words of an answer to pieces that can be shown: text with marks, and sentences no passage bears."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt

from app.domain.messages import Answer, Quote, QuoteState, Sentence

_MARKS = str.maketrans({"⟦": "[", "⟧": "]"})
_CLOSING = re.compile(r"[.!?…:;,]*[\s*_`)\]\"'”’]*$")
_markdown = (
    MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
    .enable("table")
    .disable(["image", "entity"])  # an entity could spell a mark that was taken out of the words
)


@dataclass(frozen=True)
class Piece:
    """A run of an answer.

    Attributes:
        source: Markdown; ``⟦n⟧`` is mark n.
        supported: False for a run that no passage bears.
    """

    source: str
    supported: bool


def markup(source: str) -> str:
    """Markdown from a model as markup: no HTML, no pictures; links lose their target and keep their words."""
    return re.sub(r"</?a\b[^>]*>", "", str(_markdown.render(source)).strip())


def pieces(answer: Answer) -> tuple[Piece, ...]:
    """Cut an answer into runs, each wholly supported or wholly not, with marks before the sentence's stop.

    A sentence that is not found in the text as it stands is left where it is: the text itself is never changed.
    """
    text = answer.text.translate(_MARKS)
    if not answer.quotes:
        return (Piece(text.strip(), supported=True),) if answer.supported else _unquoted(text, answer.sentences)
    runs: list[Piece] = []
    at = 0
    for sentence in answer.sentences:
        start, end = _find(text, sentence.text.translate(_MARKS), at)
        if start < 0:
            continue
        _put(runs, text[at:start], supported=runs[-1].supported if runs else True)
        quotes = sentence.quotes if sentence.supported else ()  # what a quote does not say does not bear its mark
        _put(runs, _marked(text[start:end], quotes), supported=sentence.supported)
        at = end
    _put(runs, text[at:], supported=runs[-1].supported if runs else True)
    return tuple(Piece(run.source.strip(), run.supported) for run in runs if run.source.strip())


def _unquoted(text: str, sentences: tuple[Sentence, ...]) -> tuple[Piece, ...]:
    """Without any quote every sentence that claims something stands alone."""
    claims = any(not sentence.supported for sentence in sentences) or not sentences
    return (Piece(text.strip(), supported=not claims),)


def _put(runs: list[Piece], source: str, *, supported: bool) -> None:
    if not source:
        return
    if runs and (runs[-1].supported == supported or not source.strip()):
        runs[-1] = Piece(runs[-1].source + source, runs[-1].supported)
    else:
        runs.append(Piece(source, supported))


def _find(text: str, sentence: str, at: int) -> tuple[int, int]:
    words = sentence.split()
    if not words:
        return -1, -1
    found = re.compile(r"\s+".join(map(re.escape, words))).search(text, at)
    return found.span() if found else (-1, -1)


def _marked(sentence: str, quotes: tuple[int, ...]) -> str:
    if not quotes:
        return sentence
    closing = _CLOSING.search(sentence)
    cut = closing.start() if closing else len(sentence)
    return sentence[:cut] + "".join(f"⟦{n}⟧" for n in quotes) + sentence[cut:]


def kept_quotes(answer: Answer) -> tuple[Quote, ...]:
    """Its quotes but those that were removed with their documents."""
    return tuple(quote for quote in answer.quotes if quote.state is not QuoteState.REMOVED)


def plain(answer: Answer) -> str:
    """The answer with its quotes, for the clipboard: ``[n]`` in the words, then each quote with its place and label.

    A quote that was removed with its document has neither; its label still holds for the answer.
    """
    words = "\n\n".join(piece.source for piece in pieces(answer)).replace("⟦", " [").replace("⟧", "]")
    parts = [words.replace("**", "")]
    for quote in kept_quotes(answer):
        place = f", page {quote.page + 1}" if quote.page is not None else ""
        parts.append(f"[{quote.number}] “{quote.text}”\n    {quote.title}{place}")
    if answer.quotes:
        highest = max((quote.label for quote in answer.quotes), key=lambda label: label.rank)
        parts.append(f"Label: {highest.value.capitalize()}")
    return "\n\n".join(parts) + "\n"
