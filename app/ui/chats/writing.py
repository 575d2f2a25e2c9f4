"""An answer while it is written: tool cards, words, quotes, and what is happening now."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.events import ToolStateChanged, TurnPhase, TurnStreamed
from app.domain.stream import QuoteDelta, TextDelta, ToolArgumentsDelta, ToolCallStarted
from app.ui.chats.answer_text import markup
from app.ui.chats.artifact import Toolroom
from app.ui.chats.open_text import OpenText
from app.ui.chats.quote import WritingQuote
from app.ui.chats.tool_card import ToolCard
from app.ui.parts.layout import NONE, STRETCH, Gap, column, dress, fill, row
from app.ui.parts.measures import Ring
from app.ui.parts.text import TextBlock
from app.ui.parts.words import Words

_PHASES = {
    "loading": "Loading the model",
    "searching": "Searching your documents",
    "reading": "Reading the passages",
    "writing": "Writing",
    "tool": "Using a tool",
}


class Writing(QWidget):
    """Fed with the events of one turn, in order. A block that is complete is rendered once and left alone."""

    def __init__(self, room: Toolroom | None = None) -> None:
        super().__init__()
        self._room = room
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self._tools = column(space=8)
        self._done = column(space=10)
        self._quotes = column(space=6)
        self._gap = Gap(1, 12)
        self._open: OpenText | None = None
        self._open_source = ""
        self._cards: dict[str, ToolCard] = {}
        self._written: dict[int, WritingQuote] = {}
        self._count = 0
        self._phase = Words("Starting", "small", 500)
        self._esc = Words("Esc stops", "small", 400, "ink3")
        line = row(Ring(14), self._phase, self._esc, STRETCH, space=6)
        top = row(Words("Answer", "small", 600, "ink2"), STRETCH)
        fill(self, top, 6, self._tools, self._done, self._gap, self._quotes, 8, line)
        self._tools.hide()
        self._gap.hide()

    @property
    def words(self) -> int:
        return self._count

    def take(self, event: TurnStreamed | TurnPhase | ToolStateChanged) -> None:
        match event:
            case TurnPhase():
                self._say(_PHASES[event.phase])
            case ToolStateChanged():
                waits = event.state == "waiting"
                self._esc.setText("Esc denies" if waits else "Esc stops")
                if waits:
                    self._say("Waiting for your answer")
                over = not waits and event.state != "running"
                self._card(event.call.id, event.call.tool).show_call(event.call, over=over, waits=waits)
            case TurnStreamed(event=TextDelta(text=text)):
                self._grow(text)
            case TurnStreamed(event=QuoteDelta() as quote):
                self._quote(quote)
            case TurnStreamed(event=ToolCallStarted() as call):
                self._card(call.call, call.tool)
            case TurnStreamed(event=ToolArgumentsDelta() as more):
                if more.call in self._cards:
                    self._cards[more.call].grow_arguments(more.json_text)
            case _:
                pass

    def _say(self, words: str) -> None:
        self._phase.setText(words)

    def _card(self, call: str, tool: str) -> ToolCard:
        if call not in self._cards:
            self._cards[call] = ToolCard(tool, self._room)
            fill(self._tools, self._cards[call])
            self._tools.show()
        return self._cards[call]

    def _quote(self, delta: QuoteDelta) -> None:
        if delta.index not in self._written:
            self._written[delta.index] = WritingQuote(delta.index + 1)
            fill(self._quotes, self._written[delta.index])
            self._gap.show()
        self._written[delta.index].grow(delta.text, done=delta.done)

    def _grow(self, text: str) -> None:
        """Append; when an empty line closes a block, render that block and open the next."""
        self._count += len(text.split())
        source = self._open_source + text
        closed, _, rest = source.rpartition("\n\n") if source.count("```") % 2 == 0 else ("", "", source)
        if closed.strip():
            if self._open is not None:
                self._open.hide()
                self._open.deleteLater()
                self._open = None
            fill(self._done, TextBlock(markup(closed)))
            self._open_source, text = "", rest
        if text:
            if self._open is None:
                self._open = OpenText()
                fill(self._done, self._open)
            self._open.append_words(text)
            self._open_source += text
        self._say(f"Writing, {self._count} word{'' if self._count == 1 else 's'}")
