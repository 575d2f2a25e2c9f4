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

from app.bridge.outcomes import day
from app.documents.store import Versions
from app.domain.documents import Label, Outcome
from app.domain.events import ReadingChanged, SourceChanged
from app.ui.documents.page import DocumentsPage
from app.ui.parts.buttons import Button
from tests.documents.paper import docx, paragraph
from tests.shelf import COLLECTION, PAPERS, PROTECTED, WORDS, copied, paper
from tests.ui.conftest import Opened, OpenOn

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole
FIRST = list(PAPERS)


def press(opened: Opened, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(QApplication.focusWidget() or opened.window, key, held)


def page(opened: Opened) -> DocumentsPage:
    return opened.window.documents


@pytest.fixture
def documents(open_on: OpenOn, tmp_path: Path, qtbot: QtBot) -> Callable[[Path], Opened]:
    """Open a window on a copy of a room, its documents in front and fetched."""

    def start(room: Path) -> Opened:
        opened = open_on(copied(room, tmp_path))
        qtbot.waitUntil(opened.window.chats.composer.field.hasFocus)
        press(opened, Qt.Key.Key_2, CTRL)
        total = opened.run(opened.desk.sources()).total
        qtbot.waitUntil(lambda: page(opened).sources.rowCount() == total)
        qtbot.waitUntil(lambda: page(opened).places.total == total)
        return opened

    return start


@pytest.fixture
def opened(documents: Callable[[Path], Opened], shelf_room: Path) -> Opened:
    return documents(shelf_room)


def said(opened: Opened) -> list[str]:
    """What is told of each row."""
    model = page(opened).sources
    return [str(model.index(at, 0).data(ACCESSIBLE)) for at in range(model.rowCount())]


def choose(opened: Opened, qtbot: QtBot, name: str) -> None:
    """Put the keyboard on the row of a source, as soon as there is one."""

    def row() -> int:
        rows = [at for at, words in enumerate(said(opened)) if words.startswith(f"{name}, ")]
        return rows[0] if rows else -1

    qtbot.waitUntil(lambda: row() >= 0)
    page(opened).table.setFocus()
    page(opened).table.choose(row())


def files(folder: Path, count: int) -> Path:
    folder.mkdir()
    for at in range(count):
        (folder / f"paper{at:02}.md").write_text(f"# Paper {at}\n\nIt tells of number {at}.\n", "utf-8")
    return folder


def test_each_row_is_one_sentence_with_its_remedy(opened: Opened) -> None:
    reasons = {source.name: source.reason.rstrip(".") for source in opened.run(opened.desk.sources()).rows}
    assert said(opened) == [
        "Handbook.pdf, internal, Indexed, 2 pages, 2 passages",
        "Lease.docx, internal, Needs a password, Nothing of it was read, Read again",
        "Notes.md, internal, Indexed, 1 passage",
        "Rules.pdf, internal, Duplicate, Same content as Handbook.pdf, Show original",
        "Scan.pdf, internal, No text, Its 1 page looks like a scan, which is not read yet, Read again",
        f"Terms.pages, internal, Format not read, {reasons['Terms.pages']}, Open folder",
    ]


def test_places_and_the_rail_say_how_many_need_the_person(opened: Opened) -> None:
    model = page(opened).places
    assert [model.index(at, 0).data(ACCESSIBLE) for at in range(model.rowCount())] == [
        "All sources, 6 sources",
        "Collections",
        f"{COLLECTION}, internal, 6 sources",
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
        "All, 6 sources",
        "Indexed, 2 sources",
        "Needs you, 2 sources",
        "Not read, 1 source",
        "Duplicates, 1 source",
    ]
    chips["Needs you"].setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 2)
    assert [page(opened).sources.index(at, 0).data() for at in range(2)] == ["Lease.docx", "Scan.pdf"]


def test_rows_are_fetched_as_the_list_is_scrolled(opened: Opened, qtbot: QtBot) -> None:
    (collection,) = opened.run(opened.desk.collections())
    documents = opened.desk.session.documents
    for at in range(450 - len(FIRST)):
        many = paper(f"{at:04}.pages", Outcome.UNSUPPORTED, collection=collection.id)
        opened.run(documents.put_outcome(many, Versions()))
    page(opened).refresh()
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 200)
    page(opened).table.scrollToBottom()
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 400)
    page(opened).table.scrollToBottom()
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 450)


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
    assert [source.name for source in page(opened).table.chosen()] == ["Lease.docx"]
    press(opened, Qt.Key.Key_Down, SHIFT)
    assert [source.name for source in page(opened).table.chosen()] == ["Lease.docx", "Notes.md"]


def test_f5_reads_the_file_that_was_put_in_its_place(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "Leases"
    folder.mkdir()
    lease = folder / "Protected.docx"
    lease.write_bytes(PROTECTED)
    opened.run(opened.room.read(folder, into="Leases"))
    choose(opened, qtbot, lease.name)
    lease.write_bytes(docx(paragraph("The rent is due on the first.")))
    press(opened, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: "Protected.docx, internal, Indexed, 1 passage" in said(opened))


def test_the_remedy_read_again_reads_again(opened: Opened, qtbot: QtBot) -> None:
    choose(opened, qtbot, "Scan.pdf")
    button = next(b for b in page(opened).right.details.findChildren(Button) if b.text() == "Read again")
    button.setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [event.source.name for event in opened.room.of(SourceChanged)] == ["Scan.pdf"])
    qtbot.waitUntil(lambda: not page(opened).run.running)
    assert page(opened).run.line.accessibleName() == "Read 1 file"


def test_the_remedy_of_a_duplicate_goes_to_the_original(opened: Opened) -> None:
    page(opened).table.choose(3)
    row = page(opened).table.current()
    assert row is not None
    page(opened).remedies.apply(row)
    now = page(opened).table.current()
    assert now is not None
    assert now.name == "Handbook.pdf"


def test_delete_says_first_what_goes_and_then_proves_it(opened: Opened, qtbot: QtBot) -> None:
    choose(opened, qtbot, "Notes.md")
    press(opened, Qt.Key.Key_Delete)
    note = page(opened).right.details.deletion
    qtbot.waitUntil(lambda: note.asking)
    assert note.accessibleName() == (
        "Delete Notes.md? Its text with 1 passage and 1 vector goes from every store."
        " The file itself stays where it is."
    )
    assert QAccessible.queryAccessibleInterface(note).role() == QAccessible.Role.AlertMessage
    focused = QApplication.focusWidget()
    assert isinstance(focused, Button)
    assert focused.text() == "Keep"
    press(opened, Qt.Key.Key_Escape)
    assert note.isHidden()
    assert opened.run(opened.desk.sources()).total == 6
    page(opened).table.setFocus()
    press(opened, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: note.asking)
    press(opened, Qt.Key.Key_Tab)
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "is gone" in note.accessibleName())
    assert note.accessibleName() == (
        "Notes.md is gone. 1 passage and 1 vector removed. A search of every store found nothing left."
    )
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 5)
    assert [row.name for row in opened.run(opened.desk.sources()).rows] == [
        name for name in FIRST if name != "Notes.md"
    ]


def test_deleting_what_a_duplicate_holds_too_says_so_before_and_after(opened: Opened, qtbot: QtBot) -> None:
    note = page(opened).right.details.deletion

    def delete(name: str) -> None:
        choose(opened, qtbot, name)
        press(opened, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda: note.asking)

    delete("Handbook.pdf")
    assert note.accessibleName() == (
        "Delete Handbook.pdf? Its entry goes, its text does not. Kept: Rules.pdf holds the same text."
        " The file itself stays where it is."
    )
    press(opened, Qt.Key.Key_Tab)
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "is gone" in note.accessibleName())
    assert note.accessibleName() == (
        "Handbook.pdf is gone. The entry removed. Kept: Rules.pdf holds the same text."
        " Delete that too and nothing is left."
    )
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 5)
    delete("Rules.pdf")
    assert "goes from every store. The file" in note.accessibleName()
    press(opened, Qt.Key.Key_Tab)
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "found nothing left" in note.accessibleName())


def test_adding_asks_for_collection_and_label_and_starts_a_run(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    folder = files(tmp_path / "Leases", 1)
    page(opened).offer((folder,))
    sheet = page(opened).sheet
    assert sheet.accessibleName() == "Add “Leases”"
    assert sheet.adding().name == "Leases"
    sheet.label.set_value("confidential")
    next(b for b in sheet.findChildren(Button) if b.text() == "Add").setFocus()
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(opened.room.of(SourceChanged)))
    (read,) = (event.source for event in opened.room.of(SourceChanged))
    made = next(shelf for shelf in opened.run(opened.desk.collections()) if shelf.id == read.collection)
    assert (made.name, made.label) == ("Leases", Label.CONFIDENTIAL)
    assert (read.name, read.label, read.outcome) == ("paper00.md", Label.CONFIDENTIAL, Outcome.INDEXED)
    assert sheet.isHidden()
    qtbot.waitUntil(lambda: page(opened).header.title.text() == "Leases")


def test_esc_leaves_the_sheet_and_adds_nothing(opened: Opened) -> None:
    page(opened).offer(())
    assert page(opened).sheet.accessibleName() == "New collection"
    press(opened, Qt.Key.Key_Escape)
    assert page(opened).sheet.isHidden()
    assert [shelf.name for shelf in opened.run(opened.desk.collections())] == [COLLECTION]


def test_dropped_files_are_offered(opened: Opened, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.pdf")), QUrl("https://example.org/b.pdf")])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(page(opened), QDragEnterEvent(QPoint(500, 300), action, data, button, NONE))
    QApplication.sendEvent(page(opened), QDropEvent(QPointF(500, 300), action, data, button, NONE))
    assert page(opened).sheet.adding().paths == (tmp_path / "a.pdf",)


def test_a_run_is_told_paused_by_ctrl_p_and_stopped(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    folder = files(tmp_path / "many", 60)
    (collection,) = opened.run(opened.desk.collections())
    run = page(opened).run
    opened.run(opened.desk.add_documents((folder,), collection.id))
    qtbot.waitUntil(lambda: run.line.accessibleName().startswith("Reading "))
    assert run.isVisible()
    qtbot.waitUntil(lambda: any(row.endswith(", Reading, Being read now") for row in said(opened)))
    press(opened, Qt.Key.Key_P, CTRL)
    qtbot.waitUntil(lambda: run.line.accessibleName().startswith("Paused at "))
    assert run.pause.text() == "Resume"
    press(opened, Qt.Key.Key_P, CTRL)
    qtbot.waitUntil(lambda: run.line.accessibleName().startswith("Reading "))
    run.stop.click()
    qtbot.waitUntil(lambda: not run.running)
    done = opened.room.of(ReadingChanged)[-1].progress
    assert run.line.accessibleName() == f"Stopped after {done.done} of 60 files"
    assert run.isVisible()
    assert not run.pause.isVisible()
    qtbot.waitUntil(lambda: not any("Being read now" in row for row in said(opened)))


def test_search_without_asking_opens_the_passage_and_esc_goes_back(opened: Opened, qtbot: QtBot) -> None:
    press(opened, Qt.Key.Key_F, CTRL | SHIFT)
    assert page(opened).header.search.hasFocus()
    QTest.keyClicks(page(opened).header.search, "unused leave")
    press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(page(opened).results.view.hasFocus)
    found = page(opened).results.model.index(0, 0).data(ACCESSIBLE)
    assert found == f"Handbook, page 2, internal, {WORDS}"
    evidence = page(opened).right.evidence
    assert evidence.isVisible()
    qtbot.waitUntil(lambda: evidence.area.paper.sheet is not None)
    press(opened, Qt.Key.Key_Escape)
    assert page(opened).middle.listing
    assert page(opened).header.search.text() == ""


def test_files_that_changed_or_went_are_found_by_looking(opened: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    folder = files(tmp_path / "Drafts", 3)
    opened.run(opened.room.read(folder, into="Drafts"))
    (folder / "paper00.md").write_text("Another text altogether.\n", "utf-8")
    (folder / "paper01.md").unlink()
    read = {row.name: row for row in opened.run(opened.desk.sources()).rows}
    listing = page(opened).listing.view
    qtbot.waitUntil(lambda: page(opened).places.total == len(read))
    listing.setFocus()
    listing.setCurrentIndex(page(opened).places.index(page(opened).places.row_of("standing"), 0))
    qtbot.waitUntil(lambda: page(opened).sources.rowCount() == 2 and not page(opened).check.running)
    assert said(opened) == [
        f"paper00.md, internal, Changed on disk, Read {day(read['paper00.md'])}, Read again",
        "paper01.md, internal, No longer on disk, Answers still use what was read, Delete…",
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


def test_an_empty_shelf_says_what_to_do(documents: Callable[[Path], Opened], bare_room: Path, qtbot: QtBot) -> None:
    empty = documents(bare_room)
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
