"""One question with its answer: while it is written, and as it was saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.documents import Passage
from app.domain.messages import UNDONE, Answer, AnswerState, Exchange, Quote
from app.ui import figures
from app.ui.chats.answer_text import Piece, kept_quotes, markup, pieces
from app.ui.chats.artifact import Toolroom
from app.ui.chats.asking_back import AskingBack
from app.ui.chats.quote import QuoteCard, mark_state, with_stale
from app.ui.chats.tool_card import card_of
from app.ui.chats.writing import Writing
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, Grow, block, column, dress, fill, row
from app.ui.parts.notes import Note
from app.ui.parts.text import TextBlock, escaped
from app.ui.parts.words import Fact, Words


def _seconds(answer: Answer) -> str:
    first, total = answer.seconds.first_token, answer.seconds.total
    if first is None:
        return f"{total:.1f} s in all" if total else ""
    return f"first word after {first:.1f} s, {total:.1f} s in all"


def meta(answer: Answer) -> str:
    """What stands beside "Answer"."""
    count = len(answer.read)
    read = f"from {count} passage{'' if count == 1 else 's'}" if count else ""
    return "  ·  ".join(x for x in (read, _seconds(answer)) if x)


def place(passage: Passage) -> str:
    """A passage by its heading or title, with its page."""
    name = passage.heading_path[-1] if passage.heading_path else passage.title
    return f"{name}, page {passage.page + 1}" if passage.page is not None else name


class ExchangeView(QWidget):
    """A finished block is rendered once; only what is being written is touched again.

    Signals:
        quote_opened: number of a quote of this exchange.
        passage_opened: a ``Passage``.
        copy_wanted, again_wanted, edit_wanted, go_on_wanted: of this exchange.
        reply_chosen: words that answer the question back; reply_wanted: the person wants to write them.
        read_again: the id of a source.
    """

    quote_opened = Signal(int)
    passage_opened = Signal(object)
    copy_wanted = Signal()
    again_wanted = Signal()
    edit_wanted = Signal()
    read_again = Signal(str)
    reply_chosen = Signal(str)
    reply_wanted = Signal()
    go_on_wanted = Signal()

    def __init__(self, exchange: Exchange, room: Toolroom | None = None) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", (0, 0, 0, 16), 0)
        self.exchange = exchange
        self._room = room or Toolroom()
        self.cards: dict[int, QuoteCard] = {}
        self._blocks: list[TextBlock] = []
        self._open = 0
        self.asking: AskingBack | None = None
        self.go_on: Button | None = None
        self.writing: Writing | None = None
        self._body = column()
        words = TextBlock(f"<p>{escaped(exchange.question)}</p>", line=22, name=f"Question: {exchange.question}")
        fill(self, block(words, name="ask", margins=(14, 10, 14, 10)), 16, self._body)
        if exchange.answer is not None:
            self._show(exchange.answer)

    def begin(self) -> Writing:
        """Show that an answer is being written."""
        self.writing = Writing(self._room)
        fill(self._body, self.writing)
        return self.writing

    def interrupted(self) -> None:
        """No answer was saved and none is being written."""
        note = Note(
            "The answer was not finished before Carrel ended.", "The question is saved.", "warn", action="Ask again"
        )
        note.action_pressed.connect(self.again_wanted)
        fill(self._body, note)

    def finish(self, answer: Answer) -> None:
        """Put the saved answer in place of what was being written."""
        self.exchange = self.exchange.model_copy(update={"answer": answer})
        if self.writing is not None:
            self.writing.hide()
            self.writing.deleteLater()
            self.writing = None
        self._show(answer)

    def set_open_quote(self, number: int) -> None:
        """Tint one quote, or none (0), and its marks in the words."""
        self._open = number
        for n, card in self.cards.items():
            card.set_open(on=n == number)
        answer = self.exchange.answer
        if answer is not None:
            marks = {q.number: mark_state(q, opened=q.number == number) for q in answer.quotes}
            for words in self._blocks:
                words.set_marks(marks)

    def _show(self, answer: Answer) -> None:
        fill(
            self._body,
            row(Words("Answer", "small", 600, "ink2"), Words(meta(answer), "small", 400, "ink3"), STRETCH, space=8),
            6,
        )
        for call in answer.tool_calls:
            fill(self._body, card_of(call, self._room), 8)
        if answer.state is AnswerState.ABSTAINED:
            self._abstained(answer)
        elif answer.state is AnswerState.FAILED:
            self._failed(answer)
        elif answer.asked is not None:
            self.asking = AskingBack(answer.asked)
            self.asking.chosen.connect(self.reply_chosen)
            self.asking.own_words_wanted.connect(self.reply_wanted)
            fill(self._body, self.asking, 6)
        else:
            self._words(answer)
        for quote in answer.quotes:
            fill(self._body, self._card(quote), 6)
        if answer.undone:
            fill(self._body, row(Fact("unsupported", UNDONE, "warn", weight=500), STRETCH), 6)
        if answer.state is AnswerState.STOPPED:
            self._stopped(answer)
        fill(self._body, self._deeds(answer))

    def set_last(self, *, on: bool) -> None:
        """Only where nothing was said after it a question is replied to, and an answer gone on with."""
        if self.asking is not None:
            self.asking.set_open(on=on)
        if self.go_on is not None:
            self.go_on.setVisible(on)

    def _card(self, quote: Quote) -> QuoteCard:
        card = self.cards[quote.number] = QuoteCard(quote)
        card.opened.connect(self.quote_opened)
        card.read_again.connect(self.read_again)
        return card

    def file_changed(self, source: str) -> None:
        """Put cards that say so in place of those of a source whose file changed after it was read."""
        before, layout = self.exchange.answer, self._body.layout()
        if before is None or layout is None:
            return
        answer = with_stale(before, source)
        self.exchange = self.exchange.model_copy(update={"answer": answer})
        for quote in answer.quotes:
            old = self.cards[quote.number]
            if old.quote != quote:
                new = self._card(quote)
                layout.replaceWidget(old, new)
                new.show()
                old.hide()
                old.deleteLater()
        self.set_open_quote(self._open)

    def _words(self, answer: Answer) -> None:
        if not answer.text.strip():
            if answer.state is AnswerState.DONE:
                fill(self._body, Note("The model wrote nothing.", "Ask in other words, or choose another model."), 6)
            return
        marks = {q.number: mark_state(q) for q in answer.quotes}
        numbers = figures.listed([str(quote.number) for quote in answer.quotes])
        name = f"Answer, quotes {numbers} follow" if numbers else "Answer"
        for piece in pieces(answer):
            words = TextBlock(markup(piece.source), marks=marks, name=name if piece.supported else "")
            words.mark_pressed.connect(self.quote_opened)
            self._blocks.append(words)
            fill(self._body, self._borne(words, piece, answer), 12)

    def _borne(self, words: TextBlock, piece: Piece, answer: Answer) -> QWidget:
        """A run with what it stands on: quotes, else what tools gave, else nothing."""
        if piece.supported:
            return words
        tools = tuple(dict.fromkeys(call.tool for call in answer.tool_calls if call.error is None))
        if answer.quotes or not tools:
            return _unsupported(words, piece, asked=bool(answer.read))
        names = figures.listed([self._room.title(tool) for tool in tools])
        made = Fact("tools", f"From {names}. No document is quoted.", "ink2", weight=500, wrap=True)
        return column(words, row(Grow(made)), space=6)

    def _abstained(self, answer: Answer) -> None:
        said = answer.text.strip() or "Your documents do not say."
        first, _, rest = said.partition(". ")
        head = first if first.endswith(".") else first + "."
        words = TextBlock(f"<p><b>{escaped(head)}</b> {escaped(rest)}</p>", line=22, name=said)
        near = None
        if answer.nearest is not None:
            passage = answer.nearest
            link = Button(place(passage), "link", pressed=lambda: self.passage_opened.emit(passage))
            link.setAccessibleName(f"Nearest passage: {place(passage)}")
            near = row(Words("Nearest passage:", "small", 400, "ink2"), link, STRETCH, space=6)
        fill(self._body, block(words, near, name="note", margins=(14, 10, 14, 10), space=4), 6)

    def _failed(self, answer: Answer) -> None:
        error = answer.error or {}
        message = error.get("message", "The answer could not be written.")
        note = Note(message, error.get("hint", ""), "stop", action="Ask again")
        note.action_pressed.connect(self.again_wanted)
        if answer.text.strip():
            self._words(answer)
        fill(self._body, note, 6)

    def _stopped(self, answer: Answer) -> None:
        count = len(answer.text.split())
        said = Fact("halt", f"Stopped by you after {count} word{'' if count == 1 else 's'}. Saved.", "ink2")
        fill(self._body, row(said, STRETCH), 4)

    def _deeds(self, answer: Answer) -> QWidget:
        copy = None
        if answer.text.strip() and answer.state is not AnswerState.ABSTAINED:
            name = "Copy with quotes" if kept_quotes(answer) else "Copy"
            copy = Button(name, "quiet", "copy", pressed=self.copy_wanted.emit)
        if answer.resumable:
            name = "Continue the answer"
            self.go_on = Button("Continue", "quiet", "right", pressed=self.go_on_wanted.emit, name=name)
        again = Button("Ask again", "quiet", "again", pressed=self.again_wanted.emit)
        edit = Button("Edit question", "quiet", "pencil", pressed=self.edit_wanted.emit)
        return row(self.go_on, copy, again, edit, STRETCH, margins=(8, 0, 0, 0), space=2)


def _unsupported(words: TextBlock, piece: Piece, *, asked: bool) -> QWidget:
    """A run that no passage bears, said in words; framed where passages were read (``asked``) and others are borne."""
    said = "No passage says this" if asked else "No document was read for this"
    why = row(Grow(Fact("unsupported", f"{said}. Check it before you use it.", "warn", weight=500, wrap=True)))
    made = (
        block(words, why, name="unsupported", margins=(14, 8, 12, 8), space=4) if asked else column(words, why, space=6)
    )
    made.setAccessibleName(f"{said}: {piece.source}")
    return made
