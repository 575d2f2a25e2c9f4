"""The four steps in a column, and the lock in the same place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge, SetupState
from app.domain.documents import Collection
from app.domain.messages import ConversationHead
from app.ui.chats.scope import usual_scope
from app.ui.figures import plural
from app.ui.first_run.folder import FolderBody
from app.ui.first_run.key import KeyBody, Unlock
from app.ui.first_run.model import ModelBody
from app.ui.first_run.step import Step, StepState
from app.ui.focus import first_focusable
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, Grow, block, column, dress, fill, measure, row
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Icon, Words

WIDTH = 700


class FirstRun(QWidget):
    """Signals:
    finished: go to the chats; the id of the chat that was begun, or "".
    note_changed: which step, for the status line.
    """

    finished = Signal(str)
    note_changed = Signal(str)

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self._bridge = bridge
        self._state = SetupState(key="missing")
        self._skipped: set[int] = set()
        self._wanted = 0
        self.key, self.model, self.folder = KeyBody(bridge), ModelBody(bridge), FolderBody(bridge)
        self.question = QLineEdit()
        self.question.setPlaceholderText("What do you want to know?")
        self.question.setAccessibleName("First question")
        self.question.returnPressed.connect(self._ask)
        ask = row(
            Words("The answer shows the passages it stands on.", "small", 400, "ink3"),
            STRETCH,
            Button("Skip", pressed=lambda: self._finish("")),
            Button("Ask", "act", "send", pressed=self._ask),
            space=8,
        )
        bodies = (self.key, self.model, self.folder, column(self.question, ask, space=12))
        titles = ("Key", "Model", "Folder", "First question")
        self.steps = [Step(n, title, body) for n, (title, body) in enumerate(zip(titles, bodies, strict=True), start=1)]
        for at, step in enumerate(self.steps):
            step.head.clicked.connect(lambda _checked, n=at: self._take_up(n))
        self.unlock = Unlock(bridge)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            self._page(
                "Set up Carrel",
                "Four steps, about three minutes. Everything stays on this computer, encrypted.",
                *self._spaced(),
            )
        )
        shut = block(self.unlock, name="card", margins=(20, 18, 20, 18))
        self._stack.addWidget(
            self._page("Carrel is locked", "Chats, documents and answers are encrypted until you unlock them.", shut)
        )
        fill(self, Grow(self._stack))
        self.key.created.connect(self.refresh)
        self.model.done.connect(self.refresh)
        self.model.skipped.connect(lambda: self._skip(1))
        self.folder.done.connect(lambda: self._skip(2))
        self.folder.skipped.connect(lambda: self._skip(2))
        self.unlock.unlocked.connect(self.refresh)

    def refresh(self) -> None:
        """Ask again where things stand."""
        self._wanted = 0
        self._bridge.setup().then(self.show_state)

    def show_state(self, state: SetupState) -> None:
        """Show the step whose turn it is, or the lock; a set-up that is finished, or has no step left, leaves."""
        self._state = state
        self._stack.setCurrentIndex(1 if state.key == "locked" else 0)
        if state.key == "locked":
            self.unlock.show_state(state)
            self.note_changed.emit("")
            return
        if state.finished and state.key == "open":
            self.finished.emit("")
            return
        self.key.show_state(state)
        self.model.show_state(state)
        if self._done()[self._now()]:  # asked already, by the command line or before Carrel was ended
            self._finish("")
            return
        self._update()

    def _page(self, title: str, sentence: str, *items: object) -> QWidget:
        logo = row(Icon("carrel", "ink", 40, flush=True), STRETCH)
        told = Words(sentence, "read", 400, "ink2", wrap=True)
        inner = column(STRETCH, logo, 14, Words(title, "display", 600), 6, told, 26, *items, STRETCH, STRETCH)
        return Scroll(column(measure(inner, WIDTH), margins=(24, 24, 24, 24)))

    def _spaced(self) -> list[object]:
        items: list[object] = []
        for step in self.steps:
            items += [step, 10]
        return items[:-1]

    def _done(self) -> list[bool]:
        state = self._state
        return [state.key == "open", bool(state.model), state.sources > 0, state.asked]

    def _now(self) -> int:
        done = self._done()
        if self._wanted and not done[self._wanted]:
            return self._wanted
        return next((at for at in range(4) if not done[at] and at not in self._skipped), 3)

    def _update(self) -> None:
        done, now = self._done(), self._now()
        state = self._state
        sources = plural(state.sources, "source")
        said = (
            state.key_source,
            state.model,
            f"{sources} read" if state.sources else "",
            "Asked" if state.asked else "Try it on what has been read",
        )
        for at, step in enumerate(self.steps):
            how: StepState = (
                "done" if done[at] else "now" if at == now else "skipped" if at in self._skipped else "later"
            )
            words = said[at] or ("Skipped" if how == "skipped" else "")
            step.set_state(how, words)
            step.head.setEnabled(how in {"later", "skipped"} and done[0])
        self.note_changed.emit(f"Step {now + 1} of 4")
        first_focusable(self.steps[now].body).setFocus(Qt.FocusReason.OtherFocusReason)

    def _skip(self, at: int) -> None:
        self._skipped.add(at)
        self._wanted = 0
        self._bridge.setup().then(self.show_state)

    def _take_up(self, at: int) -> None:
        self._wanted = at
        self._skipped.discard(at)
        self._update()

    def _ask(self) -> None:
        if self.question.text().strip():
            self._bridge.collections().then(self._begin)

    def _begin(self, collections: tuple[Collection, ...]) -> None:
        mine = self.folder.collection
        scope = tuple(c.id for c in collections if not mine or c.id == mine)
        self._bridge.new_conversation(usual_scope(scope)).then(self._begun)

    def _begun(self, head: ConversationHead) -> None:
        self._bridge.ask(head.id, self.question.text().strip())
        self.question.clear()
        self._finish(head.id)

    def _finish(self, conversation: str) -> None:
        """Go on even if that cannot be noted: it is asked about again at the next start."""
        self._bridge.finish_setup().then(
            lambda _none: self.finished.emit(conversation), lambda _why: self.finished.emit(conversation), owner=self
        )
