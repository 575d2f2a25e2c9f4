"""The pure parts of the window: room, palette, figures, text laid out as paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from app.domain.documents import Span
from app.ui import figures, theme
from app.ui.chats.room import Room, divide
from app.ui.chats.text_paper import lay_out, part_with, parts_of
from app.ui.palette import match
from app.ui.theme import Look


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (1440, (256, 642, 458)),
        (1024, (0, 571, 397)),
        (2560, (280, 1290, 906)),
        (1359, (0, 752, 523)),
    ],
)
def test_the_design_widths(width: int, widths: tuple[int, int, int]) -> None:
    assert divide(Room().at_width(width)) == widths


def test_larger_text_takes_the_narrow_rules_earlier() -> None:
    large = Room().at_width(1440, 1.5)
    assert not large.list_shown
    assert large.rail == 56
    assert not large.covered
    assert Room().at_width(1400, 1.5).covered


def test_below_960_evidence_covers_and_comes_only_when_asked() -> None:
    narrow = Room().at_width(900)
    assert divide(narrow) == (0, 844, 0)
    assert divide(narrow.toggled_evidence()) == (0, 0, 844)


def test_what_a_person_toggled_stays_until_a_bound_is_crossed() -> None:
    shown = Room().at_width(1024).toggled_list()
    assert shown.at_width(1100).list_shown
    assert not shown.at_width(1400).at_width(1024).list_shown


def test_where_there_is_no_room_for_both_the_list_takes_the_place_of_evidence() -> None:
    narrow = Room().at_width(1024)
    assert divide(narrow.toggled_list()) == (256, 712, 0)
    assert narrow.toggled_list().toggled_list() == narrow
    assert narrow.toggled_list().toggled_evidence() == narrow
    assert divide(Room().at_width(1440).toggled_list().toggled_list())[2] == 458


@given(st.integers(880, 4000), st.booleans(), st.booleans())
def test_widths_fill_the_window_and_none_is_negative(width: int, toggle_list: bool, toggle_evidence: bool) -> None:
    room = Room().at_width(width)
    room = room.toggled_list() if toggle_list else room
    room = room.toggled_evidence() if toggle_evidence else room
    widths = divide(room)
    assert min(widths) >= 0
    assert sum(widths) == width - room.rail


def test_letters_find_what_they_name_best() -> None:
    names = ("Delete this chat…", "Edit question", "Next quote", "Dark")
    scored = {name: cost for name in names if (cost := match("dele", name)) is not None}
    assert scored == {"Delete this chat…": 0}
    assert match("quo", "Next quote") == 1
    assert match("nxq", "Next quote") is not None
    assert match("xn", "Next quote") is None


def test_figures() -> None:
    assert figures.size(410_000_000) == "410 MB"
    assert figures.size(1_600_000_000) == "1.6 GB"
    assert figures.size(900) == "900 bytes"
    assert figures.size(999_700) == "1.0 MB"
    assert figures.plural(1, "file") == "1 file"
    assert figures.plural(1614, "file") == "1,614 files"
    assert figures.left(18) == "about 20 s left"
    assert figures.left(360) == "about 6 minutes left"
    assert figures.left(None) == ""


@given(st.text(max_size=9000))
def test_parts_of_a_text_are_the_text(text: str) -> None:
    spans = parts_of(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(span.start <= at < span.end for at in range(0, len(text), 997) for span in [spans[part_with(spans, at)]])


def test_a_quote_is_marked_where_it_stands_even_after_wide_characters(qapp: QApplication) -> None:
    before = "Before 😀😀😀 it.\n\n"
    quote = "Up to five days may be carried over."
    text = before + quote + " After."
    sheet = lay_out(text, Span(0, len(text)), (Span(len(before), len(before) + len(quote)), Span(0, 6)), 0, 1.0, "1")
    (marked,), (first,) = sheet.marks
    assert marked.top() > first.bottom()
    assert marked.left() == pytest.approx(first.left(), abs=0.001)
    assert marked.width() > 3 * first.width()


def test_a_quote_of_another_part_is_not_marked_here(qapp: QApplication) -> None:
    text = "word " * 2000
    spans = parts_of(text)
    sheet = lay_out(text, spans[0], (Span(spans[1].start, spans[1].start + 20),), 0, 1.0, "1")
    assert sheet.marks == ((),)


def test_paper_is_printed_in_ink_in_the_dark_too(qapp: QApplication) -> None:
    theme.apply(qapp, Look(dark=True))
    try:
        sheet = lay_out("A lease.", Span(0, 8), (Span(0, 8),), 0, 1.0, "1")
    finally:
        theme.apply(qapp, Look())
    ((mark,),) = sheet.marks
    wide, high = sheet.image.width(), sheet.image.height()
    words = sheet.image.copy(
        round(mark.x() * wide), round(mark.y() * high), round(mark.width() * wide), round(mark.height() * high)
    )
    lightness = [words.pixelColor(x, y).lightness() for x in range(words.width()) for y in range(words.height())]
    assert min(lightness) < 60
    assert max(lightness) == 255


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "under 0.1 s"), (0.05, "0.1 s"), (3.42, "3.4 s"), (180.0, "180.0 s")]
)
def test_how_long_it_took(seconds: float, words: str) -> None:
    assert figures.took(seconds) == words


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_in_a_row(names: list[str], words: str) -> None:
    assert figures.listed(names) == words
