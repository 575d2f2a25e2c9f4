"""One answer as the vault gives it: a sentence that a quote bears, and one that nothing bears."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.documents import Label, Span
from app.domain.messages import Answer, AnswerState, Quote, Sentence

WHEN = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)
WORDS = "Up to five days of unused leave may be carried over."
QUOTE = Quote(
    number=1,
    text=WORDS,
    chunk="c",
    source="handbook",
    path="/papers/Handbook.pdf",
    title="Handbook.pdf",
    page=30,
    span=Span(13, 13 + len(WORDS)),
    label=Label.INTERNAL,
    verified=True,
)
ANSWER = Answer(
    state=AnswerState.DONE,
    text="You can carry over five days. The office reminds you in May.",
    supported=False,
    sentences=(
        Sentence(text="You can carry over five days.", supported=True, quotes=(1,)),
        Sentence(text="The office reminds you in May.", supported=False, unsupported=("May",)),
    ),
    quotes=(QUOTE,),
)
