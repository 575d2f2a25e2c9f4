"""PDF: pages, boxes, columns, furniture, hyphens, tables, and finding a text on the drawn page."""

from __future__ import annotations

import pytest

from app.documents.readers import pdf_picture
from app.documents.readers.dispatch import read_document
from app.documents.readers.draft import Unreadable
from tests.documents.paper import Page, pdf

LEFT = [
    "The first column tells about",
    "the harbour and all its ships",
    "which came in before winter",
    "and stayed until the ice had",
    "left the inner basin open to",
    "the smaller boats again, as it",
    "had been in every other year.",
]
RIGHT = [
    "The second column is about a",
    "railway that ran beside the",
    "water and carried the timber",
    "from the saw mills to a quay",
    "where cranes lifted it on to",
    "barges bound for the capital",
    "and for the towns beyond it.",
]


def two_columns() -> Page:
    page = Page().write(60, 780, "Harbour and railway in one town, an account over both columns", 16)
    for line in range(len(LEFT)):
        y = 740 - 14 * line
        page.write(60, y, LEFT[line]).write(320, y, RIGHT[line])
    return page


def test_columns_are_read_one_after_the_other() -> None:
    text = read_document(pdf([two_columns()]), "a.pdf").text
    assert " ".join(LEFT) in text.replace("\n", " ")
    assert " ".join(RIGHT) in text.replace("\n", " ")
    assert text.index("Harbour and railway") < text.index(LEFT[0]) < text.index(RIGHT[0])


def test_blocks_have_page_box_and_span() -> None:
    pages = [
        Page().column(72, 700, ["Page one speaks here.", "It has two lines."]),
        Page(),
        Page().write(72, 700, "Third"),
    ]
    document = read_document(pdf(pages, "A title"), "a.pdf")
    assert (document.title, document.pages) == ("A title", 3)
    first = document.blocks[0]
    assert document.text[first.start : first.end] == "Page one speaks here. It has two lines."
    assert first.box is not None
    left, bottom, right, top = first.box
    assert 70 < left < 74
    assert 675 < bottom < 690 < 705 < top < 715
    assert 150 < right < 200
    starts = [document.text[start:end] for start, end in document.page_spans]
    assert starts == ["Page one speaks here. It has two lines.", "", "Third"]
    assert [block.page for block in document.blocks] == [0, 2]


def test_running_heads_feet_and_page_numbers_are_left_out() -> None:
    pages = [
        Page()
        .write(72, 800, f"Acme annual report 20{10 + number}")
        .column(72, 700, [f"Words that stand only on page {number}.", "They go on."])
        .write(290, 40, str(number + 1))
        for number in range(4)
    ]
    text = read_document(pdf(pages), "a.pdf").text
    assert "Acme" not in text
    assert text.split("\n\n") == [f"Words that stand only on page {number}. They go on." for number in range(4)]


def test_page_numbers_are_known_by_counting_wherever_a_page_ends() -> None:
    pages = [Page().write(72, 760, "2023").write(72, 700, f"Text {'abcd'[number]}.") for number in range(4)]
    for number, page in enumerate(pages):
        page.write(290, 600 - 120 * number, str(number + 17))
    text = read_document(pdf(pages), "a.pdf").text
    assert "17" not in text
    assert "Text a." in text


def test_hyphenation_is_joined_and_compounds_keep_theirs() -> None:
    lines = ["The well-known main-", "tenance of a well-", "known bridge was late."]
    text = read_document(pdf([Page().column(72, 700, lines)]), "a.pdf").text
    assert text == "The well-known maintenance of a well-known bridge was late."


def test_double_spaced_lines_are_one_paragraph() -> None:
    page = Page()
    for number, line in enumerate(["The first line runs on to", "the second and then to the", "third, where it ends."]):
        page.write(72, 700 - 24 * number, line)
    page.write(72, 700 - 24 * 3 - 30, "Another paragraph.")
    text = read_document(pdf([page]), "a.pdf").text
    assert text == "The first line runs on to the second and then to the third, where it ends.\n\nAnother paragraph."


def test_a_table_is_read_by_rows() -> None:
    page = Page().write(72, 720, "Sales by region and year, in thousand euro.")
    for line, cells in enumerate([("Region", "2022", "2023"), ("North", "1,250", "1,400"), ("South", "$ 900", "(75)")]):
        for column, cell in enumerate(cells):
            page.write(72 + 150 * column, 690 - 14 * line, cell)
    document = read_document(pdf([page]), "a.pdf")
    table = next(block for block in document.blocks if block.kind == "table")
    assert document.text[table.start : table.end] == "Region | 2022 | 2023\nNorth | 1,250 | 1,400\nSouth | $ 900 | (75)"


def test_larger_lines_are_headings_of_what_follows() -> None:
    page = (
        Page().write(72, 780, "Report", 22).write(72, 740, "Costs", 16).column(72, 710, ["They rose again.", "More."])
    )
    document = read_document(pdf([page]), "a.pdf")
    assert [block.kind for block in document.blocks] == ["heading", "heading", "paragraph"]
    assert document.blocks[2].heading_path == ("Report", "Costs")
    assert document.title == "Report"


def test_pages_without_text_are_a_scan() -> None:
    with pytest.raises(Unreadable) as caught:
        read_document(pdf([Page(), Page()]), "scan.pdf")
    assert caught.value.outcome == "no_text"
    assert "2 pages" in caught.value.sentence


def test_damage_is_said() -> None:
    with pytest.raises(Unreadable) as caught:
        read_document(b"%PDF-1.7\nnot much else", "a.pdf")
    assert caught.value.outcome == "failed"


class TestPicture:
    def test_the_page_is_drawn_at_the_width_asked(self) -> None:
        picture = pdf_picture.draw(pdf([two_columns()]), 0, 400, [])
        assert picture.width == 400
        assert abs(picture.height / picture.width - 842 / 595) < 0.01
        assert picture.points == pytest.approx((595, 842))
        assert len(picture.pixels) == picture.width * picture.height * 3
        assert picture.pixels[:3] == b"\xff\xff\xff"
        assert min(picture.pixels) < 64

    def test_texts_are_found_across_lines_hyphens_and_cells(self) -> None:
        page = (
            Page().column(72, 700, ["The main-", "tenance was late."]).write(72, 600, "North").write(222, 600, "1,250")
        )
        boxes = pdf_picture.draw(
            pdf([page]), 0, 300, ["The maintenance was late.", "North | 1,250", "was late", "nowhere"]
        ).boxes
        assert [len(found) for found in boxes] == [2, 2, 1, 0]
        left, bottom, right, top = boxes[2][0]
        assert left > 72
        assert bottom < 690 < top
        assert right < 200

    def test_a_text_of_one_column_is_not_lost_between_columns(self) -> None:
        (boxes,) = pdf_picture.draw(pdf([two_columns()]), 0, 300, [" ".join(LEFT[2:5])]).boxes
        assert len(boxes) == 3
        assert all(right < 300 for _, _, right, _ in boxes)

    @pytest.mark.parametrize("turn", [0, 90, 180, 270])
    def test_boxes_are_on_the_page_as_it_is_shown(self, turn: int) -> None:
        page = Page(turn=turn).write(72, 100, "Somewhere low")
        picture = pdf_picture.draw(pdf([page]), 0, 600, ["Somewhere low"])
        wide, high = picture.points
        assert (wide > high) == (turn in {90, 270})
        ((left, bottom, right, top),) = picture.boxes[0]
        scale = picture.width / wide
        dark = [
            (index // 3 % picture.width / scale, high - index // 3 // picture.width / scale)
            for index in range(0, len(picture.pixels), 3)
            if picture.pixels[index] < 96
        ]
        assert dark
        assert all(left - 2 <= x <= right + 2 and bottom - 2 <= y <= top + 2 for x, y in dark)

    def test_no_such_page(self) -> None:
        with pytest.raises(IndexError):
            pdf_picture.draw(pdf([Page()]), 1, 100, [])
