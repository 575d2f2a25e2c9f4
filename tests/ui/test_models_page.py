"""The Models page: the verdict on each card, and what can be done with it by keyboard."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.events import AdmissionChanged
from app.domain.model import ModelCard, ModelMemory, ModelState
from app.ui.models.admission import AdmissionNote
from app.ui.models.card import ModelCardView
from app.ui.models.page import ModelsPage
from app.ui.models.verdict import Machine, fitting_context, judge, measured_context, needed_with
from app.ui.parts.buttons import Button
from app.ui.parts.notes import Note
from app.ui.parts.words import Elided, Words
from tests.material.gguf_files import GgufFile, named
from tests.room import GB, transcript
from tests.shelf import copied
from tests.ui.conftest import Opened, OpenOn

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
HERE = Machine(used=2 * GB, total=8 * GB, loaded=True)
CUT = GgufFile(missing=36)
REASON = "Refused: tensor 2 ends 36 bytes after the end of the file."


def model(name: str, needed: int = GB, *, free: int = 5 * GB, used: bool = False, **fields: object) -> ModelCard:
    """An admitted model that was measured with 8,192 tokens of context."""
    cache = 100_000 * 8192
    made = ModelCard(
        id=name,
        name=name,
        sha256="cd" * 32,
        bytes=GB // 2,
        architecture="qwen2",
        parameters=GB,
        quantisation="Q4_0",
        context=8192,
        licence="Apache-2.0",
        state=ModelState.ADMITTED,
        in_use=used,
        added=datetime(2026, 11, 19, 10, 42, tzinfo=UTC),
        memory=ModelMemory(
            weights=needed - cache,
            kv_per_1k_tokens=100_000 * 1000,
            working=0,
            needed=needed,
            free=free,
            fits=needed <= free,
        ),
    )
    return made.model_copy(update=fields)


SMALL = model("Small", used=True)
REFUSED = model("bad", state=ModelState.REFUSED, reason=REASON, memory=None)


@pytest.mark.parametrize(
    ("card", "words", "deed", "button"),
    [
        (SMALL, "In use, 1.0 GB", "unload", "Unload"),
        (model("Other", 2 * GB), "Fits, needs 2.0 GB", "use", "Load"),
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
    found = judge(SMALL, Machine(used=2 * GB, total=8 * GB, loaded=False))
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


def views(opened: Opened) -> dict[str, ModelCardView]:
    """The cards on show, by the name of their model."""
    return {view.card.name: view for view in page(opened).views.values()}


@pytest.fixture
def opened(open_on: OpenOn, bare_room: Path, tmp_path: Path, qtbot: QtBot) -> Opened:
    """A window, its models in front: one that is loaded, one that could be, and one that was refused."""
    one = open_on(copied(bare_room, tmp_path), transcript("One, two, three, four, five.", delay=0.02))
    (tiny,) = one.run(one.desk.models())
    one.run(one.desk.add_model(named("Other").write(tmp_path / "other.gguf")))
    one.run(one.desk.add_model(CUT.write(tmp_path / "bad.gguf")))
    one.run(one.desk.use_model(tiny.id))
    qtbot.waitUntil(one.window.chats.composer.field.hasFocus)
    press(one, Qt.Key.Key_3, CTRL)
    qtbot.waitUntil(lambda: list(views(one)) == ["Tiny", "Other", "bad.gguf"])
    qtbot.waitUntil(lambda: views(one)["Tiny"].verdict.deed == "unload")
    return one


def test_each_card_is_a_button_that_says_its_verdict(opened: Opened) -> None:
    assert [view.name.accessibleName() for view in page(opened).views.values()] == [
        "Tiny, In use, 0.00 GB",
        "Other, Fits, needs 0.00 GB",
        f"bad.gguf, {REASON.rstrip('.')}",
    ]
    said = [words.text() for words in page(opened).findChildren(Words)]
    assert "2 in the library, 1 refused" in said
    assert any(words.startswith("Memory now: ") for words in said)


def test_only_figures_that_were_measured_are_shown(opened: Opened) -> None:
    def measured() -> list[str]:
        rows = page(opened).details.findChildren(Elided)
        wanted = ("Speed:", "Quotes:", "Tool calls:")
        return [row.accessibleName() for row in rows if row.isVisible() and row.accessibleName().startswith(wanted)]

    unknown = ["Quotes: Not measured yet", "Tool calls: Not measured yet"]
    assert measured() == ["Speed: Not measured yet", *unknown]
    views(opened)["Other"].name.setFocus()
    press(opened, Qt.Key.Key_Return)
    assert measured() == ["Speed: 50.0 tokens/s at its first load", *unknown]


def test_load_and_unload_by_keyboard(opened: Opened, qtbot: QtBot) -> None:
    button = views(opened)["Other"].button
    assert button is not None
    assert button.accessibleName() == "Load: Other"
    button.setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: views(opened)["Other"].verdict.words == "In use, 0.00 GB")
    assert views(opened)["Tiny"].verdict.button == "Load"
    button = views(opened)["Other"].button
    assert button is not None
    button.setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: views(opened)["Other"].verdict.words.startswith("Chosen"))
    assert [engine.alive for engine in opened.room.engines] == [False, False]


def test_a_failed_load_is_said_and_can_be_tried_again(opened: Opened, qtbot: QtBot) -> None:
    other = views(opened)["Other"].card
    file = opened.desk.home.models / f"{other.id}.gguf"
    whole = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(whole[:-1] + b"x")
    page(opened).use(other.id)
    qtbot.waitUntil(lambda: bool(_notes(opened)))
    (said,) = _notes(opened)
    assert said.startswith("The file of Other was changed after it was admitted; it was not loaded. ")
    qtbot.waitUntil(lambda: views(opened)["Other"].verdict.button == "Load")
    button = views(opened)["Other"].button
    assert button is not None
    assert button.isEnabled()
    file.write_bytes(whole)
    button.click()
    qtbot.waitUntil(lambda: views(opened)["Other"].verdict.deed == "unload")
    assert _notes(opened) == []


def _notes(opened: Opened) -> list[str]:
    return [note.accessibleName() for note in page(opened).findChildren(Note) if note.isVisible()]


def test_a_file_is_checked_and_let_in(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    page(opened).admit(named("Fresh").write(tmp_path / "fresh.gguf"))
    assert page(opened).admission.isVisible()
    qtbot.waitUntil(lambda: "Fresh" in views(opened))
    qtbot.waitUntil(page(opened).admission.isHidden)
    qtbot.waitUntil(lambda: (page(opened).details.card or REFUSED).name == "Fresh")


def test_a_refused_file_says_why_and_that_it_cannot_be_run(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    page(opened).admit(GgufFile(missing=20).write(tmp_path / "bad13b.gguf"))
    qtbot.waitUntil(lambda: "bad13b.gguf" in views(opened))
    view = views(opened)["bad13b.gguf"]
    assert view.name.accessibleName() == "bad13b.gguf, Refused: tensor 2 ends 20 bytes after the end of the file"
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
    views(opened)["Other"].name.click()
    page(opened).details.remove.setFocus()
    press(opened, Qt.Key.Key_Return)
    removal = page(opened).details.removal
    assert removal.accessibleName().startswith("Remove Other? ")
    assert removal.keep.hasFocus()
    press(opened, Qt.Key.Key_Escape)
    assert removal.isHidden()
    assert "Other" in {card.name for card in opened.run(opened.desk.models())}
    page(opened).ask_remove(views(opened)["Other"].card.id)
    removal.go.setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Other" not in views(opened))
    assert "Other" not in {card.name for card in opened.run(opened.desk.models())}


def test_without_models_there_is_one_button(opened: Opened, qtbot: QtBot) -> None:
    for card in opened.run(opened.desk.models()):
        opened.run(opened.desk.remove_model(card.id))
    qtbot.waitUntil(lambda: not page(opened).views)
    shown = [button.text() for button in page(opened).findChildren(Button) if button.isVisible()]
    assert shown == ["Add a model file…"]


def test_in_a_narrow_window_a_name_opens_the_details_and_esc_closes_them(opened: Opened, qtbot: QtBot) -> None:
    opened.window.resize(1024, 640)
    qtbot.waitUntil(lambda: opened.window.width() == 1024)
    assert not page(opened).details.isVisible()
    views(opened)["Other"].name.setFocus()
    press(opened, Qt.Key.Key_Return)
    assert page(opened).details.isVisible()
    press(opened, Qt.Key.Key_Escape)
    assert not page(opened).details.isVisible()
    assert views(opened)["Other"].name.hasFocus()
