"""What is being written is appended to, never rendered again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from app.ui.chats.open_text import CARET, Emphasis, OpenText
from app.ui.chats.writing import Writing
from app.ui.parts.text import TextBlock
from tests.bridge.test_coalescer import word


def read(*parts: str) -> list[tuple[str, bool, bool]]:
    emphasis = Emphasis()
    return [run for part in parts for run in emphasis.take(part)]


def test_signs_are_read_over_the_edge_of_two_pieces() -> None:
    assert read("up *", "*to five*", "* days") == [
        ("up ", False, False),
        ("to five", True, False),
        (" days", False, False),
    ]


def test_stars_in_code_are_code() -> None:
    assert read("`a**b`") == [("a**b", False, True)]


@given(st.text(alphabet="ab *`", max_size=60), st.integers(1, 7))
def test_pieces_read_as_the_whole(text: str, size: int) -> None:
    def flat(runs: list[tuple[str, bool, bool]]) -> list[tuple[str, bool, bool]]:
        return [(letter, bold, code) for words, bold, code in runs for letter in words]

    cut = [text[at : at + size] for at in range(0, len(text), size)]
    assert flat(read(*cut, "x")) == flat(read(text, "x"))


def test_earlier_words_are_not_touched_by_later_ones(qtbot: QtBot) -> None:
    block = OpenText()
    qtbot.addWidget(block)
    touched: list[int] = []
    document: QTextDocument = block.document()
    document.contentsChange.connect(lambda position, _gone, _new: touched.append(position))
    for at in range(200):
        touched.clear()
        block.append_words("word ")
        assert min(touched) >= at * len("word ")
    assert block.toPlainText() == "word " * 200 + CARET


def test_a_block_that_is_complete_is_rendered_once(qtbot: QtBot) -> None:
    writing = Writing()
    qtbot.addWidget(writing)
    for text in ("First **block**.", "\n\nSecond ", "block.\n\nThird"):
        writing.take(word(text))
    done = [block.toPlainText() for block in writing.findChildren(TextBlock)]
    (still,) = [block for block in writing.findChildren(OpenText) if not block.isHidden()]
    assert done == ["First block.", "Second block."]
    assert still.toPlainText() == "Third" + CARET
    assert writing.words == 5
