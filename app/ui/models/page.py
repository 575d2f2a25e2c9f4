"""The Models page: what is in the library, what was refused, and the one that answers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain.events import AdmissionChanged, ListsChanged, Status, StatusChanged
from app.domain.model import ModelCard, ModelState
from app.kernel.errors import Known
from app.ui import figures
from app.ui.accessibility import announce
from app.ui.actions import Actions
from app.ui.files import choose_files
from app.ui.first_run.model import MODEL_FILES
from app.ui.models.admission import AdmissionNote
from app.ui.models.card import ModelCardView
from app.ui.models.details import ModelDetails
from app.ui.page import Page
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, head, row, vr
from app.ui.parts.notes import Empty, Note
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Words


class ModelsPage(Page):
    def __init__(self, bridge: DeskBridge, actions: Actions) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "desk", NONE, 0)
        self._bridge = bridge
        self._cards: tuple[ModelCard, ...] = ()
        self._views: dict[str, ModelCardView] = {}
        self._chosen = ""
        self._memory = (0, 0)
        self._count = Words("", "ui", 400, "ink2")
        self._add = Button("Add a model file…", "act", "plus", pressed=self.add)
        top = head(Words("Models", "head", 600), self._count, STRETCH, self._add, margins=(28, 0, 18, 0))
        self._admission = AdmissionNote()
        self._problem = column()
        self._list = column(space=8)
        inner = column(self._admission, self._problem, self._list, STRETCH, margins=(28, 18, 18, 16), space=8)
        self.details = ModelDetails()
        self._rule = vr()
        fill(self, Grow(column(top, Grow(Scroll(inner)))), self._rule, self.details)
        bridge.lists_changed.connect(self._lists_changed)
        bridge.admission_changed.connect(self._moved)
        bridge.status_changed.connect(self._status_changed)
        actions.bind("models.add", self.add)

    # -- page
    def panes(self) -> tuple[QWidget, ...]:
        return (self._list, self.details)

    def set_width(self, width: int) -> None:
        self.details.setFixedWidth(400 if width >= 1360 else 340)
        for pane in (self._rule, self.details):
            pane.setVisible(width >= 1100)

    def shown(self) -> None:
        self._bridge.status().then(self._take_status)
        self.refresh()

    def refresh(self) -> None:
        self._bridge.models().then(self._take)

    # -- what arrives
    def _lists_changed(self, event: ListsChanged) -> None:
        if event.what == "models" and self.isVisible():
            self.refresh()

    def _status_changed(self, event: StatusChanged) -> None:
        self._take_status(event.status)

    def _take_status(self, status: Status) -> None:
        self._memory = (status.memory_used, status.memory_total)

    def _moved(self, event: AdmissionChanged) -> None:
        self._admission.show_stage(event)

    def _take(self, cards: tuple[ModelCard, ...]) -> None:
        self._cards = cards
        refused = [card for card in cards if card.state is ModelState.REFUSED]
        kept = [card for card in cards if card.state is not ModelState.REFUSED]
        more = f", {len(refused)} refused" if refused else ""
        self._count.setText(f"{figures.plural(len(kept), 'model')} in the library{more}")
        clear(self._list)
        self._views.clear()
        used, total = self._memory
        if not cards:
            say = "Add a model file that you have. It is checked before it can be used."
            fill(self._list, Empty("models", "No model yet", say, "Add a model file…", self.add, action_icon="plus"))
        if kept:
            now = f"Memory now: {figures.size(used)} used, {figures.size(max(total - used, 0))} free of {figures.size(total)}"
            fill(self._list, self._section("Admitted", now if total else ""))
        for card in kept:
            fill(self._list, self._view(card))
        if refused:
            fill(self._list, 10, self._section("Cannot be used here", ""))
        for card in refused:
            fill(self._list, self._view(card))
        if self._chosen not in self._views:
            self._chosen = cards[0].id if cards else ""
        self._choose(self._chosen)

    def _section(self, words: str, right: str) -> QWidget:
        return row(Words(words, "caption", 600, "ink3"), STRETCH, Words(right, "caption", 400, "ink3"))

    def _view(self, card: ModelCard) -> ModelCardView:
        used, total = self._memory
        view = ModelCardView(card, total or 1, used)
        view.chosen.connect(self._choose)
        view.use_wanted.connect(self._use)
        view.unload_wanted.connect(lambda _id: self._bridge.unload_model().then(self._changed, self._failed))
        view.remove_wanted.connect(self._ask_remove)
        self._views[card.id] = view
        return view

    def _choose(self, model: str) -> None:
        self._chosen = model
        for key, view in self._views.items():
            view.set_current(on=key == model)
        card = next((card for card in self._cards if card.id == model), None)
        self.details.show_card(card, self._memory[1] or 1)

    # -- what the person does
    def add(self) -> None:
        choose_files(self, "Add a model file", MODEL_FILES, lambda paths: self._admit(paths[0]))

    def _admit(self, path: Path) -> None:
        clear(self._problem)
        self._add.setEnabled(False)
        self._admission.show_stage(AdmissionChanged(name=path.name, stage="checking", fraction=0))
        self._bridge.add_model(path).then(self._admitted, self._failed)

    def _admitted(self, card: ModelCard) -> None:
        self._add.setEnabled(True)
        self._admission.hide()
        self._chosen = card.id
        said = f"{card.name} was refused" if card.state is ModelState.REFUSED else f"{card.name} is in the library"
        announce(self, said, at_once=card.state is ModelState.REFUSED)
        self.refresh()

    def _use(self, model: str) -> None:
        clear(self._problem)
        card = next((card for card in self._cards if card.id == model), None)
        fill(
            self._problem,
            Note(f"Loading {card.name if card is not None else 'the model'}", "Chats wait until it is there.", "plain"),
        )
        self._bridge.use_model(model).then(self._changed, self._failed)

    def _ask_remove(self, model: str) -> None:
        card = next((card for card in self._cards if card.id == model), None)
        if card is None:
            return
        clear(self._problem)
        note = Note(
            f"Remove {card.name} from this computer?", f"{figures.size(card.bytes)} are freed. Chats stay.", "stop"
        )
        keep = Button("Keep", pressed=lambda: clear(self._problem))
        go = Button("Remove", "act", pressed=lambda: self._bridge.remove_model(model).then(self._changed, self._failed))
        fill(self._problem, note, row(STRETCH, keep, go, margins=(0, 8, 0, 8), space=8))
        keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self, _none: None) -> None:
        clear(self._problem)
        self.refresh()

    def _failed(self, why: Known) -> None:
        self._add.setEnabled(True)
        self._admission.hide()
        clear(self._problem)
        fill(self._problem, Note(why.message, why.hint, "stop"))
        announce(self, f"{why.message} {why.hint}", at_once=True)
        self.refresh()
