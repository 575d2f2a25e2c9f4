"""The Documents page by keyboard, by ear, and as files are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bridge.outcomes import SourceRow, sentence
from app.domain.documents import Label, Outcome
from app.ui.documents.page import DocumentsPage
from app.ui.parts.buttons import Button
from tests.fakes.shelf_desk import ShelfDesk, paper
from tests.ui.conftest import Opened

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole
PAPERS = (
    paper("Handbook.pdf"),
    paper("Lease.pdf", Outcome.NEEDS_PASSWORD, "It is protected by a password."),
    paper("Scan.pdf", Outcome.NO_TEXT, "Its 14 pages are pictures.", pages=14),
    paper("Notes.docx", Outcome.DUPLICATE, "Same content as Handbook.pdf.", duplicate_of="Handbook"),
    paper("Terms.pages", Outcome.UNSUPPORTED, "Carrel does not read this kind of file."),
)


def press(opened: Opened, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(QApplication.focusWidget() or opened.window, key, held)


def page(opened: Opened) -> DocumentsPage:
    return opened.window.documents


@pytest.fixture
def documents(open_on: Callable[[ShelfDesk], Opened], qtbot: QtBot) -> Callable[[ShelfDesk], Opened]:
    """Open a window, its documents in front and fetched."""

    def start(desk: ShelfDesk) -> Opened:
        opened = open_on(desk)
        qtbot.waitUntil(opened.window.chats.composer.field.hasFocus)
        press(opened, Qt.Key.Key_2, CTRL)
        qtbot.waitUntil(lambda: page(opened).sources.rowCount() == min(len(desk.papers), 200))
        qtbot.waitUntil(lambda: page(opened).places.total == len(desk.papers))
        return opened

    return start


@pytest.fixture
def opened(documents: Callable[[ShelfDesk], Opened]) -> Opened:
    return documents(ShelfDesk(PAPERS))


def desk(opened: Opened) -> ShelfDesk:
    found = opened.desk
    assert isinstance(found, ShelfDesk)
    return found


def told(opened: Opened, say: Callable[[ShelfDesk], object]) -> None:
    """Let the desk tell something, on its own loop."""

    async def speak() -> None:
        say(desk(opened))

    opened.core.run(speak())


def test_each_row_is_one_sentence_with_its_remedy(opened: Opened) -> None:
    model = page(opened).sources
    assert [model.index(at, 0).data(ACCESSIBLE) for at in range(model.rowCount())] == [
        "Handbook.pdf, internal, Indexed, 64 pages, 3 passages",
        "Lease.pdf, internal, Needs a password, It is protected by a password, Read again",
        "Scan.pdf, internal, No text, Its 14 pages are pictures, Read again",
        "Notes.docx, internal, Duplicate, Same content as Handbook.pdf, Show original",
        "Terms.pages, internal, Format not read, Carrel does not read this kind of file, Open folder",
    ]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_words_for_it(outcome: Outcome) -> None:
    said = sentence(SourceRow("a.pdf", paper("a.pdf", outcome, "Because.")))
    assert said.startswith("a.pdf, internal, ")
    assert said.count(",") >= 3


def test_places_and_the_rail_say_how_many_need_the_person(opened: Opened) -> None:
    model = page(opened).places
    assert [model.index(at, 0).data(ACCESSIBLE) for at in range(model.rowCount())] == [
        "All sources, 5 sources",
        "Collections",
        "Staff handbook, internal, 5 sources",
        "Check",
        "Needs you, 2 sources",
        "Changed or gone",
        "Duplicates, 1 source",
    ]
    assert opened.window.shell.rail["documents"].accessibleName() == "Documents, current, 2 need you"


def test_a_chip_shows_its_outcomes_only(opened: Opened, qtbot: QtBot) -> None:
    chips = page(opened).chips.buttons
    shown = [chip.accessibleName() for chip in chips.values() if chip.isVisible()]
    assert shown == [
        "All, 5 sources",
        "Indexed, 1 source",
        "Needs you, 2 sources",
        "Not read, 1 source",
        "Duplicates, 1 source",
    ]
    chips["Needs you"].setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 2)
    assert [page(opened).sources.index(at, 0).data() for at in range(2)] == ["Lease.pdf", "Scan.pdf"]


def test_rows_are_fetched_as_the_list_is_scrolled(documents: Callable[[ShelfDesk], Opened], qtbot: QtBot) -> None:
    many = documents(ShelfDesk(tuple(paper(f"{at:04}.pdf") for at in range(450))))
    assert page(many).sources.rowCount() == 200
    page(many).table.scrollToBottom()
    qtbot.waitUntil(lambda: page(many).sources.rowCount() == 400)
    page(many).table.scrollToBottom()
    qtbot.waitUntil(lambda: page(many).sources.rowCount() == 450)


def test_enter_opens_the_details_and_ctrl_d_closes_them(opened: Opened, qtbot: QtBot) -> None:
    page(opened).table.setFocus()
    page(opened).table.choose(1)
    press(opened, Qt.Key.Key_Return)
    details = page(opened).right.details
    focused = QApplication.focusWidget()
    assert focused is not None
    assert details.isAncestorOf(focused)
    names = [button.text() for button in details.findChildren(Button) if button.isVisible()]
    assert names == ["Read again", "Open folder", "Delete…"]
    press(opened, Qt.Key.Key_D, CTRL)
    assert not details.isVisible()


def test_tab_into_the_list_finds_a_row_and_arrows_go_on(opened: Opened) -> None:
    page(opened).listing.view.setFocus()
    press(opened, Qt.Key.Key_F6)
    assert page(opened).table.hasFocus()
    press(opened, Qt.Key.Key_Down)
    assert [source.name for source in page(opened).table.chosen()] == ["Lease.pdf"]
    press(opened, Qt.Key.Key_Down, SHIFT)
    assert [source.name for source in page(opened).table.chosen()] == ["Lease.pdf", "Scan.pdf"]


def test_f5_and_the_remedy_read_again(opened: Opened, qtbot: QtBot) -> None:
    page(opened).table.setFocus()
    page(opened).table.choose(1)
    press(opened, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: desk(opened).again == ["Lease"])
    page(opened).table.choose(2)
    button = next(b for b in page(opened).right.details.findChildren(Button) if b.text() == "Read again")
    button.setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk(opened).again == ["Lease", "Scan"])


def test_the_remedy_of_a_duplicate_goes_to_the_original(opened: Opened) -> None:
    page(opened).table.choose(3)
    row = page(opened).table.current()
    assert row is not None
    page(opened).remedies.apply(row)
    now = page(opened).table.current()
    assert now is not None
    assert now.name == "Handbook.pdf"


def test_delete_says_first_what_goes_and_then_proves_it(opened: Opened, qtbot: QtBot) -> None:
    page(opened).table.setFocus()
    page(opened).table.choose(0)
    press(opened, Qt.Key.Key_Delete)
    note = page(opened).right.details.deletion
    assert note.accessibleName() == (
        "Delete Handbook.pdf? Its text with 3 passages and 3 vectors goes from every store."
        " The file itself stays where it is."
    )
    assert QAccessible.queryAccessibleInterface(note).role() == QAccessible.Role.AlertMessage
    focused = QApplication.focusWidget()
    assert isinstance(focused, Button)
    assert focused.text() == "Keep"
    press(opened, Qt.Key.Key_Escape)
    assert note.isHidden()
    assert len(desk(opened).papers) == 5
    page(opened).table.setFocus()
    press(opened, Qt.Key.Key_Delete)
    press(opened, Qt.Key.Key_Tab)
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "is gone" in note.accessibleName())
    assert note.accessibleName() == (
        "Handbook.pdf is gone 3 passages and 3 vectors removed. A search of every store found nothing left."
    )
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 4)
    assert desk(opened).papers[0].name == "Lease.pdf"


def test_adding_asks_for_collection_and_label_and_starts_a_run(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "Leases"
    folder.mkdir()
    page(opened).offer((folder,))
    sheet = page(opened).sheet
    assert sheet.accessibleName() == "Add “Leases”"
    assert sheet.adding().name == "Leases"
    sheet.label.set_value("confidential")
    next(b for b in sheet.findChildren(Button) if b.text() == "Add").setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(desk(opened).runs) == 1)
    paths, collection, label = desk(opened).runs[0]
    assert (paths, label) == ((folder,), Label.CONFIDENTIAL)
    made = next(shelf for shelf in desk(opened).shelves if shelf.id == collection)
    assert (made.name, made.label) == ("Leases", Label.CONFIDENTIAL)
    assert sheet.isHidden()
    qtbot.waitUntil(lambda: page(opened).header.title.text() == "Leases")


def test_esc_leaves_the_sheet_and_adds_nothing(opened: Opened) -> None:
    page(opened).offer(())
    assert page(opened).sheet.accessibleName() == "New collection"
    press(opened, Qt.Key.Key_Escape)
    assert page(opened).sheet.isHidden()
    assert [shelf.name for shelf in desk(opened).shelves] == ["Staff handbook"]


def test_dropped_files_are_offered(opened: Opened, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.pdf")), QUrl("https://example.org/b.pdf")])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(page(opened), QDragEnterEvent(QPoint(500, 300), action, data, button, NONE))
    QApplication.sendEvent(page(opened), QDropEvent(QPointF(500, 300), action, data, button, NONE))
    assert page(opened).sheet.adding().paths == (tmp_path / "a.pdf",)


def test_progress_is_told_paused_by_ctrl_p_and_ended(opened: Opened, qtbot: QtBot) -> None:
    run = page(opened).run
    told(opened, lambda desk: desk.read(1, 2, current="New.pdf"))
    qtbot.waitUntil(lambda: run.line.accessibleName() == "Reading 1 of 2 files")
    assert run.isVisible()
    assert page(opened).note() == "31 chunks per second"
    assert page(opened).sources.index(0, 0).data(ACCESSIBLE) == "New.pdf, Reading, Being read now"
    press(opened, Qt.Key.Key_P, CTRL)
    qtbot.waitUntil(lambda: run.line.accessibleName() == "Paused at 1 of 2 files")
    assert desk(opened).paused == ["run"]
    assert run.pause.text() == "Resume"
    press(opened, Qt.Key.Key_P, CTRL)
    qtbot.waitUntil(lambda: run.line.accessibleName() == "Reading 1 of 2 files")
    told(opened, lambda desk: desk.read(2, 2, finished=True))
    qtbot.waitUntil(lambda: not run.running)
    assert run.isVisible()
    assert not run.pause.isVisible()
    assert page(opened).sources.index(0, 0).data() == "Handbook.pdf"


def test_search_without_asking_opens_the_passage_and_esc_goes_back(opened: Opened, qtbot: QtBot) -> None:
    press(opened, Qt.Key.Key_F, CTRL | SHIFT)
    assert page(opened).header.search.hasFocus()
    QTest.keyClicks(page(opened).header.search, "carry over")
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(page(opened).results.view.hasFocus)
    assert desk(opened).scopes[-1].collections == ("staff",)
    found = page(opened).results.model.index(0, 0).data(ACCESSIBLE)
    assert found == "notes.md, internal, Up to five days of unused leave may be carried over."
    evidence = page(opened).right.evidence
    assert evidence.isVisible()
    qtbot.waitUntil(lambda: evidence.area.paper.sheet is not None)
    press(opened, Qt.Key.Key_Escape)
    assert page(opened).middle.listing
    assert page(opened).header.search.text() == ""


def test_files_that_changed_or_went_are_found_by_looking(opened: Opened, qtbot: QtBot) -> None:
    desk(opened).standing = {"Handbook": "changed", "Notes": "gone"}
    listing = page(opened).listing.view
    listing.setFocus()
    listing.setCurrentIndex(page(opened).places.index(page(opened).places.row_of("standing"), 0))
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 2 and not page(opened).check.running)
    model = page(opened).sources
    assert [model.index(at, 0).data(ACCESSIBLE) for at in range(2)] == [
        "Handbook.pdf, internal, Changed on disk, Read 19 Nov 2026, Read again",
        "Notes.docx, internal, No longer on disk, Answers still use what was read, Delete…",
    ]
    assert page(opened).places.index(page(opened).places.row_of("standing"), 0).data(ACCESSIBLE).endswith("2 sources")


def test_in_a_narrow_window_details_lie_over_the_list_and_esc_takes_them_away(opened: Opened, qtbot: QtBot) -> None:
    opened.window.resize(1024, 640)
    qtbot.waitUntil(lambda: opened.window.width() == 1024)
    right = page(opened).right
    assert not right.isVisible()
    page(opened).table.setFocus()
    page(opened).table.choose(0)
    press(opened, Qt.Key.Key_Return)
    assert right.isVisible()
    assert page(opened).table.mapTo(page(opened), page(opened).table.rect().bottomRight()).x() > right.x()
    press(opened, Qt.Key.Key_Escape)
    assert not right.isVisible()


def test_an_empty_shelf_says_what_to_do(documents: Callable[[ShelfDesk], Opened], qtbot: QtBot) -> None:
    empty = documents(ShelfDesk())
    nothing = page(empty).middle.nothing
    qtbot.waitUntil(nothing.isVisible)
    assert [button.text() for button in nothing.findChildren(Button) if button.isVisible()] == ["Add folder…"]
    assert not page(empty).right.isVisible()


def test_the_lock_takes_every_name_from_the_page(opened: Opened, qtbot: QtBot) -> None:
    page(opened).table.choose(0)
    press(opened, Qt.Key.Key_L, CTRL | SHIFT)
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 0)
    assert page(opened).right.source is None
    assert page(opened).places.collections == ()


def test_ctrl_b_hides_the_places_and_brings_them_back(opened: Opened) -> None:
    listing = page(opened).listing
    assert listing.view.hasFocus()
    press(opened, Qt.Key.Key_B, CTRL)
    assert not listing.isVisible()
    assert page(opened).table.hasFocus()
    press(opened, Qt.Key.Key_B, CTRL)
    assert listing.isVisible()
