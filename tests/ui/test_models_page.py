"""The Models page: the verdict on each card, and what can be done with it by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.events import AdmissionChanged
from app.domain.model import ModelCard, ModelState
from app.kernel.errors import Known
from app.ui.models.admission import AdmissionNote
from app.ui.models.page import ModelsPage
from app.ui.models.verdict import Machine, fitting_context, judge, measured_context, needed_with
from app.ui.parts.buttons import Button
from app.ui.parts.notes import Note
from app.ui.parts.words import Elided, Words
from tests.fakes.shelf_desk import GB, ShelfDesk, model
from tests.ui.conftest import Opened

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
HERE = Machine(used=2 * GB, total=8 * GB, loaded=True)
REASON = "Refused: tensor 17 ends after the end of the file."
REFUSED = model("bad", state=ModelState.REFUSED, reason=REASON, memory=None)
CARDS = (model("Small", used=True, tokens_per_second=41.2), model("Other", 2 * GB), REFUSED)


@pytest.mark.parametrize(
    ("card", "words", "deed", "button"),
    [
        (CARDS[0], "In use, 1.0 GB", "unload", "Unload"),
        (CARDS[1], "Fits, needs 2.0 GB", "use", "Load"),
        (
            model("Wide", 3 * GB, free=5 * GB // 2),
            "Needs 3.0 GB with 8,192 tokens of context; 2.5 GB are free",
            "use",
            "Use 3,072 tokens, 2.5 GB",
        ),
        (
            model("Now", 6 * GB, free=3 * GB),
            "Does not fit now: needs 5.3 GB, 3.0 GB are free. Close other programs",
            "",
            "",
        ),
        (
            model("Big", 12 * GB),
            "Does not fit: needs 11.3 GB, this computer has 8.0 GB in all",
            "remove",
            "Remove…",
        ),
        (REFUSED, "Not admitted", "remove", "Remove…"),
        (model("New", state=ModelState.CHECKING), "Being checked", "", ""),
        (model("Bare", memory=None), "Memory not measured yet", "use", "Load"),
    ],
)
def test_the_verdict_says_whether_it_fits_and_what_to_do(card: ModelCard, words: str, deed: str, button: str) -> None:
    found = judge(card, HERE)
    assert (found.words, found.deed, found.button) == (words, deed, button)


def test_a_model_that_is_chosen_but_not_loaded_can_be_loaded() -> None:
    found = judge(CARDS[0], Machine(used=2 * GB, total=8 * GB, loaded=False))
    assert (found.words, found.deed) == ("Chosen, loads with the next question, needs 1.0 GB", "use")


def test_the_context_offered_fits_and_the_next_step_would_not() -> None:
    card = model("Wide", 3 * GB, free=5 * GB // 2)
    assert card.memory is not None
    assert measured_context(card.memory) == 8192
    tokens = fitting_context(card)
    assert needed_with(card.memory, tokens) <= card.memory.free < needed_with(card.memory, tokens + 256)


def press(opened: Opened, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(QApplication.focusWidget() or opened.window, key, held)


def page(opened: Opened) -> ModelsPage:
    return opened.window.models


def desk(opened: Opened) -> ShelfDesk:
    found = opened.desk
    assert isinstance(found, ShelfDesk)
    return found


@pytest.fixture
def models(open_on: Callable[[ShelfDesk], Opened], qtbot: QtBot) -> Callable[[ShelfDesk], Opened]:
    """Open a window, its models in front and judged."""

    def start(desk: ShelfDesk) -> Opened:
        opened = open_on(desk)
        qtbot.waitUntil(opened.window.chats.composer.field.hasFocus)
        press(opened, Qt.Key.Key_3, CTRL)
        qtbot.waitUntil(lambda: names(opened) == [card.id for card in desk.cards])
        return opened

    return start


def names(opened: Opened) -> list[str]:
    return list(page(opened).views)


@pytest.fixture
def opened(models: Callable[[ShelfDesk], Opened], qtbot: QtBot) -> Opened:
    one = models(ShelfDesk(cards=CARDS))
    qtbot.waitUntil(lambda: page(one).views["Small"].verdict.deed == "unload")
    return one


def test_each_card_is_a_button_that_says_its_verdict(opened: Opened) -> None:
    assert [view.name.accessibleName() for view in page(opened).views.values()] == [
        "Small, In use, 1.0 GB",
        "Other, Fits, needs 2.0 GB",
        "bad, Refused: tensor 17 ends after the end of the file",
    ]
    said = {words.text() for words in page(opened).findChildren(Words)}
    assert "2 in the library, 1 refused" in said
    assert "Memory now: 2.0 GB used, 6.0 GB free of 8.0 GB" in said


def test_only_figures_that_were_measured_are_shown(opened: Opened) -> None:
    def measured() -> list[str]:
        rows = page(opened).details.findChildren(Elided)
        wanted = ("Speed:", "Quotes:", "Tool calls:")
        return [row.accessibleName() for row in rows if row.isVisible() and row.accessibleName().startswith(wanted)]

    unknown = ["Quotes: Not measured yet", "Tool calls: Not measured yet"]
    assert measured() == ["Speed: 41.2 tokens/s at its first load", *unknown]
    page(opened).views["Other"].name.setFocus()
    press(opened, Qt.Key.Key_Return)
    assert measured() == ["Speed: Not measured yet", *unknown]


def test_load_and_unload_by_keyboard(opened: Opened, qtbot: QtBot) -> None:
    button = page(opened).views["Other"].button
    assert button is not None
    assert button.accessibleName() == "Load: Other"
    button.setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page(opened).views["Other"].verdict.words == "In use, 2.0 GB")
    assert page(opened).views["Small"].verdict.button == "Load"
    button = page(opened).views["Other"].button
    assert button is not None
    button.setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page(opened).views["Other"].verdict.words.startswith("Chosen"))
    assert not desk(opened).loaded


def test_a_failed_load_is_said_and_can_be_tried_again(opened: Opened, qtbot: QtBot) -> None:
    desk(opened).failure = Known("carrel.model.memory", "Other does not fit.", "Close other programs.")
    page(opened).use("Other")
    qtbot.waitUntil(lambda: bool(_notes(opened)))
    assert _notes(opened) == ["Other does not fit. Close other programs."]
    qtbot.waitUntil(lambda: page(opened).views["Other"].verdict.button == "Load")
    button = page(opened).views["Other"].button
    assert button is not None
    assert button.isEnabled()


def _notes(opened: Opened) -> list[str]:
    return [note.accessibleName() for note in page(opened).findChildren(Note) if note.isVisible()]


def test_a_file_is_checked_and_let_in(opened: Opened, qtbot: QtBot) -> None:
    page(opened).admit(Path("Fresh.gguf"))
    assert page(opened).admission.isVisible()
    qtbot.waitUntil(lambda: "Fresh" in page(opened).views)
    assert page(opened).admission.isHidden()
    qtbot.waitUntil(lambda: (page(opened).details.card or REFUSED).id == "Fresh")


def test_a_refused_file_says_why_and_that_it_cannot_be_run(opened: Opened, qtbot: QtBot) -> None:
    page(opened).admit(Path("bad13b.gguf"))
    qtbot.waitUntil(lambda: "bad13b" in page(opened).views)
    view = page(opened).views["bad13b"]
    assert view.name.accessibleName() == "bad13b, Refused: tensor 17 ends after the end of the file"
    assert any("cannot be run" in words.text() for words in view.findChildren(Words))
    assert not view.verdict.usable


def test_stages_of_an_admission_are_named_and_only_known_parts_are_drawn(qtbot: QtBot) -> None:
    note = AdmissionNote()
    qtbot.addWidget(note)
    note.show_stage(AdmissionChanged(name="a.gguf", stage="copying", fraction=0.4))
    assert note.accessibleName() == "a.gguf: Copying the file"
    assert (note.line.value(), note.line.isVisible()) == (400, True)
    note.show_stage(AdmissionChanged(name="a.gguf", stage="loading", fraction=0.0))
    assert note.accessibleName() == "a.gguf: First load, shut off from everything"
    assert not note.line.isVisible()
    note.show_stage(AdmissionChanged(name="a.gguf", stage="done", fraction=1.0))
    assert note.isHidden()


def test_removing_asks_first_with_the_keyboard_on_keep(opened: Opened, qtbot: QtBot) -> None:
    page(opened).views["Other"].name.click()
    page(opened).details.remove.setFocus()
    press(opened, Qt.Key.Key_Return)
    removal = page(opened).details.removal
    assert removal.accessibleName().startswith("Remove Other? ")
    assert removal.keep.hasFocus()
    press(opened, Qt.Key.Key_Escape)
    assert removal.isHidden()
    assert "Other" in {card.id for card in desk(opened).cards}
    page(opened).ask_remove("Other")
    removal.go.setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Other" not in page(opened).views)


def test_without_models_there_is_one_button(models: Callable[[ShelfDesk], Opened]) -> None:
    empty = models(ShelfDesk())
    shown = [button.text() for button in page(empty).findChildren(Button) if button.isVisible()]
    assert shown == ["Add a model file…"]


def test_in_a_narrow_window_a_name_opens_the_details_and_esc_closes_them(opened: Opened, qtbot: QtBot) -> None:
    opened.window.resize(1024, 640)
    qtbot.waitUntil(lambda: opened.window.width() == 1024)
    assert not page(opened).details.isVisible()
    page(opened).views["Other"].name.setFocus()
    press(opened, Qt.Key.Key_Return)
    assert page(opened).details.isVisible()
    press(opened, Qt.Key.Key_Escape)
    assert not page(opened).details.isVisible()
    assert page(opened).views["Other"].name.hasFocus()
