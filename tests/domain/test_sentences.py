import pytest

from app.domain.documents import Span
from app.domain.sentences import locate, locate_among, sentence_texts, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rains. It pours.", ["It rains.", "It pours."]),
        ("Is it? Yes! Good.", ["Is it?", "Yes!", "Good."]),
        ("Dr. Smith met Mr. J. R. Jones. He left.", ["Dr. Smith met Mr. J. R. Jones.", "He left."]),
        ("It costs 1,250.50 euros. Or 3.5.", ["It costs 1,250.50 euros.", "Or 3.5."]),
        (
            "Acme Inc. Chairman Smith spoke. Acme Inc. The end.",
            ["Acme Inc. Chairman Smith spoke.", "Acme Inc.", "The end."],
        ),
        ("See No. 5 and Fig. 2 there. Done.", ["See No. 5 and Fig. 2 there.", "Done."]),
        ("We use e.g. French wine, approx. Five litres.", ["We use e.g. French wine, approx. Five litres."]),
        ("He said “Go.” Then he went.", ["He said “Go.”", "Then he went."]),
        ("Nobody said “It is approved.” or wrote it.", ["Nobody said “It is approved.” or wrote it."]),
        ("Visit example.com. It is open.", ["Visit example.com.", "It is open."]),
        ("Under Section 4. The parties agree.", ["Under Section 4.", "The parties agree."]),
        ("Am 3. März 2026 begann es. Z. B. hier.", ["Am 3. März 2026 begann es.", "Z. B. hier."]),
        ("这是第一句。这是第二句！费用为1.5万元。", ["这是第一句。", "这是第二句！", "费用为1.5万元。"]),
        ("“你好吗？”他说。再见。", ["“你好吗？”他说。", "再见。"]),
        ("यह पहला है। यह दूसरा है॥ तीसरा", ["यह पहला है।", "यह दूसरा है॥", "तीसरा"]),
        ("هل هذا صحيح؟ نعم. هذا جيد.", ["هل هذا صحيح؟", "نعم.", "هذا جيد."]),
        ("یہ پہلا ہے۔ یہ دوسرا ہے۔", ["یہ پہلا ہے۔", "یہ دوسرا ہے۔"]),
        ("Это первое. Это второе.", ["Это первое.", "Это второе."]),
        ("ይህ ነው። ሌላ ነው።", ["ይህ ነው።", "ሌላ ነው።"]),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert list(sentence_texts(text)) == expected


def test_a_wrapped_line_is_read_on_and_a_short_one_stands_alone() -> None:
    text = "Termination\nThe contract may be ended by either party with a notice\nof three months. Notice is given in writing."
    assert sentence_texts(text) == (
        "Termination",
        "The contract may be ended by either party with a notice\nof three months.",
        "Notice is given in writing.",
    )


def test_list_items_rows_headings_and_numbered_clauses_are_units() -> None:
    text = "# Fees\n- annual fee\n- entry fee. Paid once.\n1. The supplier pays.\n| a | 1. b |\n(a) first\n(b) second"
    assert sentence_texts(text) == (
        "# Fees",
        "- annual fee",
        "- entry fee.",
        "Paid once.",
        "1. The supplier pays.",
        "| a | 1. b |",
        "(a) first",
        "(b) second",
    )


def test_an_empty_text_has_none() -> None:
    assert sentences(" \n\n\t ") == ()


SOURCE = "The exam-\nple is   good. It need not be approved. Long—dash here.\nThe fee is 1,250.50 euros."


@pytest.mark.parametrize(
    "quote",
    [
        "The example is good.",
        "It need not be approved.",
        "It need not\nbe approved. Long-dash here.",
        "  The fee is 1,250.50 euros. ",
    ],
)
def test_whole_sentences_are_found_with_white_space_and_hyphens_folded(quote: str) -> None:
    span = locate(quote, SOURCE)
    assert span is not None
    assert span in {Span(0, 24), Span(25, 49), Span(25, 65), Span(66, 92)}


@pytest.mark.parametrize(
    "quote",
    [
        "",
        " ",
        ".",
        "be approved.",
        "It need not",
        "250",
        "need not be approved.",
        "It need NOT be approved.",
        "The fee is 1,250 euros.",
        "The fee is 1250.50 euros.",
        "The fee is 1,250.50 euros. It is doubled for guests.",
    ],
)
def test_nothing_less_and_nothing_else_is_found(quote: str) -> None:
    assert locate(quote, SOURCE) is None


def test_the_quote_is_found_where_it_is_whole() -> None:
    source = "They said it need not go. Go. They go."
    span = locate("Go.", source)
    assert span == Span(26, 29)


def test_only_the_given_units_may_be_quoted() -> None:
    text = "not be approved. The rest is whole."
    whole = Span(17, 35)
    assert locate_among("not be approved.", text, (whole,)) is None
    assert locate_among("The rest is whole.", text, (whole,)) == whole


def test_chinese_sentences_joined_by_a_space_are_found() -> None:
    source = "第一句在这里。第二句在那里。第三句。"
    span = locate("第一句在这里。 第二句在那里。", source)
    assert span is not None
    assert source[slice(*span)] == "第一句在这里。第二句在那里。"
    assert locate("句在这里。", source) is None
