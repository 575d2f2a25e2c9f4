"""Quotes checked against their passage, and each sentence of an answer against the quotes.

*Verified*: not empty, whole sentences of the source, found in the passage the quote names.
*Supported*: every number, date and name of the sentence stands in a verified quote (``app.domain.claims`` has the
rule), and some verified quote speaks of the same thing. A sentence without facts and without a word of any quote is
not supported: nothing bears it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.base import Frozen
from app.domain.claims import facts, missing_times, unsupported
from app.domain.documents import Passage, Span
from app.domain.messages import Quote, Sentence
from app.domain.sentences import locate_among, sentence_texts, sentences
from app.domain.words import content_words

if TYPE_CHECKING:
    from collections.abc import Iterable

SURROUNDINGS = 1_000
BEARS_ALONE = 0.5
SAME_MATTER = 0.33


class Found(Frozen):
    """A passage with what stands around it, so that its first and last sentence can be told from a piece of one.

    Attributes:
        before: up to ``SURROUNDINGS`` characters of the source before the passage; empty only at its beginning.
        after: the same after it.
    """

    passage: Passage
    before: str = ""
    after: str = ""

    def units(self) -> tuple[Span, ...]:
        """The whole sentences of the source that lie within the passage, as spans of ``passage.text``.

        None when the passage is not the text its span says, since a place in the source could not be given then.
        """
        text, offset = self.passage.text, len(self.before)
        if len(text) != self.passage.span.end - self.passage.span.start:
            return ()
        return tuple(
            Span(start - offset, end - offset)
            for start, end in sentences(self.before + text + self.after)
            if start >= offset and end <= offset + len(text)
        )


@dataclass(frozen=True)
class Shown:
    """A passage as it was put before the model: ``units`` of it, in order, are what may be quoted."""

    found: Found
    units: tuple[Span, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The quotable sentences, word for word."""
        return tuple(self.found.passage.text[start:end] for start, end in self.units)


@dataclass(frozen=True)
class Written:
    """A quote as the model wrote it. ``passage`` is 0-based and may be out of range."""

    passage: int
    text: str


def check_quotes(written: Iterable[Written], shown: tuple[Shown, ...]) -> tuple[Quote, ...]:
    """The quotes, numbered from 1, each verified or not; those of no passage and repetitions are left out."""
    quotes: list[Quote] = []
    for one in written:
        if not 0 <= one.passage < len(shown):
            continue
        passage = shown[one.passage].found.passage
        span = locate_among(one.text, passage.text, shown[one.passage].units)
        place = Span(passage.span.start + span.start, passage.span.start + span.end) if span else passage.span
        if any(
            (quote.source, quote.span, quote.verified) == (passage.source, place, span is not None) for quote in quotes
        ):
            continue
        quotes.append(_quote(len(quotes) + 1, passage, span, one.text))
    return tuple(quotes)


def borne_out(text: str, quotes: tuple[Quote, ...], shown: tuple[Shown, ...], question: str) -> tuple[Quote, ...]:
    """The quotes that bear the answer: those the model chose, without the idle ones, and what it forgot to quote.

    Small models quote one sentence and answer from its neighbour. So for each sentence that no quote bears, the
    passages that were shown are searched for one that does. What is added is as much a quote as the others: whole
    sentences, at their place in the source, that speak of what, and when, was asked.
    """
    held = list(quotes)
    reading = tuple(one.found.passage.text for one in shown)
    sentences_of_answer = sentence_texts(text)
    for sentence in sentences_of_answer:
        verified = tuple(quote for quote in held if quote.verified)
        if not _check(sentence, verified, question, reading).supported:
            better = _find_bearing(sentence, tuple(quote.text for quote in verified), shown, question, reading)
            if better is not None:
                held.append(_quote(len(held) + 1, *better, ""))
    bearing = {number for one in check_sentences(text, tuple(held), question, reading) for number in one.quotes}
    if not bearing:
        return tuple(held)
    kept = [quote for quote in held if quote.number in bearing or not quote.verified]
    return tuple(quote.model_copy(update={"number": number}) for number, quote in enumerate(kept, 1))


def _find_bearing(
    sentence: str, verified: tuple[str, ...], shown: tuple[Shown, ...], question: str, reading: tuple[str, ...]
) -> tuple[Passage, Span] | None:
    """A sentence of the passages that holds every fact still missing, or most of the words where there is no fact."""
    asked, said = content_words(question), content_words(sentence)
    claimed = bool(facts(sentence, reading))
    best: tuple[float, Passage, Span] | None = None
    for one in shown:
        passage = one.found.passage
        if missing_times(question, (whole_text(passage),)):
            continue
        for unit in one.units:
            words = passage.text[slice(*unit)]
            inside = content_words(words)
            share = len((asked | said) & inside) / max(1, len(asked | said))
            enough = _share(asked, inside) >= SAME_MATTER if claimed else _share(said, inside) > BEARS_ALONE
            if not enough or (best is not None and share <= best[0]):
                continue
            if not unsupported(sentence, (*verified, words), question, reading):
                best = (share, passage, unit)
    return None if best is None else best[1:]


def _share(words: frozenset[str], inside: frozenset[str]) -> float:
    return len(words & inside) / len(words) if words else 0.0


def _quote(number: int, passage: Passage, span: Span | None, untrusted_text: str) -> Quote:
    """A verified quote of ``span``, offsets into the passage; without one, what was written, unverified."""
    start = passage.span.start
    return Quote(
        number=number,
        text=passage.text[slice(*span)] if span else untrusted_text,
        chunk=passage.chunk,
        source=passage.source,
        path=passage.path,
        title=passage.title,
        page=passage.page,
        span=Span(start + span.start, start + span.end) if span else passage.span,
        label=passage.label,
        verified=span is not None,
    )


def whole_text(passage: Passage) -> str:
    """The words of a passage and of what it stands under: title, headings, file name."""
    return " ".join((passage.title, *passage.heading_path, passage.path.replace("_", " "), passage.text))


def check_sentences(
    text: str, quotes: tuple[Quote, ...], question: str, reading: tuple[str, ...] = ()
) -> tuple[Sentence, ...]:
    """The sentences of an answer, each with what bears it. ``reading``: the passages it was written from."""
    verified = tuple(quote for quote in quotes if quote.verified)
    return tuple(_check(sentence, verified, question, reading) for sentence in sentence_texts(text))


def _check(sentence: str, verified: tuple[Quote, ...], question: str, reading: tuple[str, ...]) -> Sentence:
    missing = unsupported(sentence, tuple(quote.text for quote in verified), question, reading)
    marks = _marks(sentence, verified, reading)
    wordless = not content_words(sentence) and bool(verified)
    return Sentence(
        text=sentence, supported=not missing and (bool(marks) or wordless), unsupported=missing, quotes=marks
    )


def _marks(sentence: str, verified: tuple[Quote, ...], reading: tuple[str, ...]) -> tuple[int, ...]:
    """Numbers of the quotes that bear the sentence: the best, and each that holds a fact the ones before it do not."""
    claimed = {fact.text for fact in facts(sentence, reading)}
    words = content_words(sentence)
    ranked: list[tuple[int, float, Quote, set[str]]] = []
    for quote in verified:
        held = claimed - set(unsupported(sentence, (quote.text,), "", reading))
        overlap = len(words & content_words(quote.text)) / len(words) if words else 0.0
        ranked.append((len(held), overlap, quote, held))
    ranked.sort(key=lambda entry: (-entry[0], -entry[1], entry[2].number))
    chosen: list[int] = []
    covered: set[str] = set()
    for _, overlap, quote, held in ranked:
        if (held - covered) or (overlap > 0 and not chosen) or overlap > BEARS_ALONE:
            chosen.append(quote.number)
            covered |= held
    return tuple(sorted(chosen))
