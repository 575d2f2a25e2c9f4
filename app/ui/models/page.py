"""The Models page: what is in the library, what was refused, and the one that answers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain.events import AdmissionChanged, ListsChanged, Status, StatusChanged
from app.domain.model import ModelCard, ModelState
from app.kernel.errors import Known
from app.ui import theme
from app.ui.accessibility import announce
from app.ui.actions import Actions
from app.ui.documents.adding import dropped
from app.ui.documents.room import Room
from app.ui.files import choose_files
from app.ui.first_run.model import MODEL_FILES
from app.ui.models.admission import AdmissionNote
from app.ui.models.card import ModelCardView
from app.ui.models.details import ModelDetails
from app.ui.models.verdict import Machine, gigabytes
from app.ui.page import Page
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, head, row
from app.ui.parts.notes import Empty, Note
from app.ui.parts.scroll import Scroll
from app.ui.parts.sides import Sides
from app.ui.parts.words import Words

DETAILS = 400


class ModelsPage(Page):
    def __init__(self, bridge: DeskBridge, actions: Actions) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self.setAcceptDrops(True)
        self._bridge = bridge
        self._cards: tuple[ModelCard, ...] = ()
        self.views: dict[str, ModelCardView] = {}
        self._chosen = ""
        self._machine = Machine()
        self._loading = ""
        self._arriving = False
        self._room = Room(DETAILS)
        self._count = Words("", "ui", 400, "ink2")
        self._add = Button("Add a model file…", "act", "plus", pressed=self.add)
        top = head(Words("Models", "head", 600), self._count, STRETCH, self._add, margins=(28, 0, 18, 0))
        self.admission = AdmissionNote()
        self._problem = column(margins=(0, 0, 0, 0))
        self._list = column(space=8)
        inner = column(self.admission, self._problem, self._list, STRETCH, margins=(28, 18, 18, 16), space=8)
        self.details = ModelDetails()
        self._middle = column(top, Grow(Scroll(inner)), name="desk")
        self._sides = Sides(None, self._middle, self.details)
        fill(self, Grow(self._sides))
        self._problem.hide()
        self._connect()
        actions.bind("models.add", self.add)

    def _connect(self) -> None:
        bridge = self._bridge
        bridge.lists_changed.connect(self._lists_changed)
        bridge.admission_changed.connect(self._moved)
        bridge.status_changed.connect(self._status_changed)
        self.details.closed.connect(self.toggle_details)
        self.details.remove_wanted.connect(self.ask_remove)
        self.details.removal.confirmed.connect(self._remove)

    # -- page
    def panes(self) -> tuple[QWidget, ...]:
        return (self._middle, self.details)

    def _arrive(self) -> None:
        """Put the keyboard on the model that is open, as soon as there is one."""
        view = self.views.get(self._chosen)
        if self._arriving and view is not None and self.isVisible():
            self._arriving = False
            view.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def escape(self) -> bool:
        if self.details.removal.isVisible():
            self.details.removal.hide()
        elif self._room.over and self._room.details:
            self.toggle_details()
        else:
            return False
        return True

    def set_width(self, width: int) -> None:
        self._room = self._room.at_width(width)
        self._divide()

    def shown(self) -> None:
        self.refresh()
        self._arriving = True
        self._arrive()

    def forget(self) -> None:
        """Show nothing of the library: the vault is shut."""
        self._take(())

    def refresh(self) -> None:
        """Memory first: the cards are judged against it."""
        self._bridge.status().then(self._take_status)
        self._bridge.models().then(self._take)

    def _divide(self) -> None:
        _, right = self._room.sized(theme.px(DETAILS)).sides(0)
        self._sides.divide(0, right if self._cards else 0, over=self._room.over)

    def toggle_details(self) -> None:
        self._room = self._room.with_details(shown=not self._room.details)
        self._divide()
        view = self.views.get(self._chosen)
        if not self._room.details and view is not None:
            view.name.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what arrives
    def _lists_changed(self, event: ListsChanged) -> None:
        if event.what == "models" and self.isVisible():
            self.refresh()

    def _status_changed(self, event: StatusChanged) -> None:
        if self.isVisible():
            self._take_status(event.status)

    def _take_status(self, status: Status) -> None:
        now = Machine.of(status)
        if now != self._machine:
            self._machine = now
            self._show()

    def _moved(self, event: AdmissionChanged) -> None:
        self.admission.show_stage(event)

    def _take(self, cards: tuple[ModelCard, ...]) -> None:
        self._cards = cards
        if self._chosen not in {card.id for card in cards}:
            self._chosen = cards[0].id if cards else ""
        self._show()

    # -- what is shown
    def _show(self) -> None:
        focused = next((key for key, view in self.views.items() if view.name.hasFocus()), "")
        clear(self._list)
        self.views = {card.id: self._view(card) for card in self._cards}
        refused = sum(card.state is ModelState.REFUSED for card in self._cards)
        more = f", {refused} refused" if refused else ""
        self._count.setText(f"{len(self._cards) - refused:,} in the library{more}" if self._cards else "")
        self._add.setVisible(bool(self._cards))
        if not self._cards:
            say = "Add a model file (GGUF) that you have. It is checked without being run before it can be used."
            fill(
                self._list,
                60,
                Empty("models", "No model yet", say, "Add a model file…", self.add, action_icon="plus", ground="clear"),
            )
        usable = [view for view in self.views.values() if view.verdict.usable]
        others = [view for view in self.views.values() if not view.verdict.usable]
        if usable:
            fill(self._list, self._section("Admitted", self._memory_words()), *usable)
        if others:
            fill(self._list, 10 if usable else None, self._section("Cannot be used here", ""), *others)
        if self._loading in self.views:
            self.views[self._loading].show_loading()
        self._show_chosen()
        if focused in self.views:
            self.views[focused].name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._arrive()

    def _memory_words(self) -> str:
        used, total = self._machine.used, self._machine.total
        free = max(total - used, 0)
        return f"Memory now: {used / 1e9:.1f} GB used, {gigabytes(free)} free of {gigabytes(total)}" if total else ""

    def _section(self, words: str, right: str) -> QWidget:
        return row(Words(words, "caption", 600, "ink3"), STRETCH, Words(right, "caption", 400, "ink3"))

    def _view(self, card: ModelCard) -> ModelCardView:
        view = ModelCardView(card, self._machine)
        view.chosen.connect(self.choose)
        view.use_wanted.connect(self.use)
        view.unload_wanted.connect(lambda _id: self._bridge.unload_model().then(self._changed, self._failed))
        view.remove_wanted.connect(self.ask_remove)
        return view

    def choose(self, model: str) -> None:
        """Show a model's details."""
        self._chosen = model
        self._room = self._room.with_details(shown=True)
        self._show_chosen()

    def _show_chosen(self) -> None:
        for key, view in self.views.items():
            view.set_current(on=key == self._chosen)
        card = next((card for card in self._cards if card.id == self._chosen), None)
        self.details.show_card(card, self._machine, {card.id: card.name for card in self._cards})
        self._divide()

    # -- what the person does
    def add(self) -> None:
        choose_files(self, "Add a model file", MODEL_FILES, lambda paths: self.admit(paths[0]))

    def admit(self, path: Path) -> None:
        """Check a file and let it in, or say why not."""
        self._say(None)
        self._add.setEnabled(False)
        self._list.setVisible(bool(self._cards))
        self.admission.show_stage(AdmissionChanged(name=path.name, stage="copying", fraction=0))
        self._bridge.add_model(path).then(self._admitted, self._failed)

    def _admitted(self, card: ModelCard) -> None:
        self._settled()
        self._chosen = card.id
        said = f"{card.name} was refused" if card.state is ModelState.REFUSED else f"{card.name} is in the library"
        announce(self, said, at_once=card.state is ModelState.REFUSED)
        self.refresh()

    def use(self, model: str) -> None:
        """Load it; it answers from then on."""
        self._say(None)
        self._loading = model
        self._show()
        self._bridge.use_model(model).then(self._changed, self._failed)

    def ask_remove(self, model: str) -> None:
        """Say first what goes."""
        self.choose(model)
        card = self.details.card
        if card is not None:
            self.details.removal.ask(card)

    def _remove(self, model: str) -> None:
        self.details.removal.hide()
        self._bridge.remove_model(model).then(self._changed, self._failed)

    def _changed(self, _none: None) -> None:
        self._settled()
        self.refresh()

    def _failed(self, why: Known) -> None:
        self._settled()
        self._say(why)
        self.refresh()
        self._show()

    def _settled(self) -> None:
        self._loading = ""
        self._add.setEnabled(True)
        self._list.show()
        self.admission.hide()

    def _say(self, why: Known | None) -> None:
        """A failure over the cards, until it is closed or the next thing is done."""
        clear(self._problem)
        self._problem.setVisible(why is not None)
        if why is not None:
            note = Note(why.message, why.hint, "stop", action="Close", pressed=lambda: self._say(None))
            fill(self._problem, note)
            announce(self, f"{why.message} {why.hint}", at_once=True)

    # -- dropping
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._add.isEnabled() and _model_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = _model_files(event)
        if found:
            event.acceptProposedAction()
            self.admit(found[0])


def _model_files(event: QDropEvent) -> tuple[Path, ...]:
    return tuple(path for path in dropped(event) if path.suffix.casefold() == ".gguf")
