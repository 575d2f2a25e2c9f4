from __future__ import annotations

from pathlib import Path

import pytest

from app.documents.chunking import TOKENS, Chunker
from app.domain.documents import Block, BlockKind, Outcome, Parsed, Span
from app.kernel.paths import resources


@pytest.fixture(scope="module")
def chunker() -> Chunker:
    return Chunker(Path(resources() / "embedder" / "tokenizer.json"))


def document(*pieces: tuple[BlockKind, str, int | None, tuple[str, ...]]) -> Parsed:
    text = ""
    blocks = []
    for kind, words, page, path in pieces:
        text += "\n\n" if text else ""
        start = len(text)
        text += words
        blocks.append(Block(kind=kind, text=words, page=page, heading_path=path, span=Span(start, len(text))))
    return Parsed(outcome=Outcome.INDEXED, reason="", text=text, blocks=tuple(blocks))


P, H, T = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.TABLE
SENTENCES = " ".join(f"Sentence number {number} speaks of harbours, élèves and 海 ships." for number in range(120))


def test_spans_are_exact_also_after_wide_characters(chunker: Chunker) -> None:
    parsed = document((P, "Ünï 𝄞 海 " * 30, None, ()), (P, SENTENCES, None, ()))
    cuts = chunker.cut(parsed, "T")
    assert len(cuts) > 5
    assert all(parsed.text[slice(*cut.span)] == cut.text for cut in cuts)
    assert "".join(cut.text for cut in cuts).replace(" ", "").replace("\n", "") == parsed.text.replace(" ", "").replace(
        "\n", ""
    )


def test_chunks_stay_below_what_the_embedder_reads(chunker: Chunker) -> None:
    cuts = chunker.cut(
        document((H, "Head " * 40, None, ()), (P, SENTENCES, None, ("Head " * 40, "b" * 900))), "Title " * 80
    )
    assert all(count <= 512 for count in chunker._count([cut.for_embedding for cut in cuts]))
    assert all(count <= TOKENS + 50 for count in chunker._count([cut.text for cut in cuts]))


def test_no_chunk_crosses_a_page(chunker: Chunker) -> None:
    cuts = chunker.cut(document((P, "End of one.", 0, ()), (P, "Start of two.", 1, ()), (P, "More of two.", 1, ())), "")
    assert [(cut.page, cut.text) for cut in cuts] == [(0, "End of one."), (1, "Start of two.\n\nMore of two.")]


def test_a_heading_goes_with_what_follows_it(chunker: Chunker) -> None:
    long = " ".join(["word"] * 150)
    cuts = chunker.cut(document((P, long, None, ("A",)), (H, "B", None, ()), (P, long, None, ("B",))), "Doc")
    assert [cut.text.split("\n")[0][:4] for cut in cuts] == ["word", "B"]
    assert [cut.heading_path for cut in cuts] == [("A",), ("B",)]
    assert [cut.context for cut in cuts] == ["Doc > A", "Doc"]


def test_rows_are_whole_and_later_parts_keep_the_header(chunker: Chunker) -> None:
    rows = ["Item | 2022 | 2023", *(f"Line {number} | {number * 1111} | {number * 2222}" for number in range(80))]
    cuts = chunker.cut(document((T, "\n".join(rows), 3, ("Accounts",))), "Report")
    assert len(cuts) > 2
    assert [line for cut in cuts for line in cut.text.split("\n")] == rows
    assert cuts[1].heading_path == ("Accounts", "Item | 2022 | 2023")
    assert "Item | 2022 | 2023" in cuts[1].for_embedding
    assert "Item" not in cuts[1].text


def test_ids_are_the_same_for_the_same_reading(chunker: Chunker) -> None:
    parsed = document((P, SENTENCES, None, ()))
    first, second = chunker.cut(parsed, "T"), chunker.cut(parsed, "T")
    assert [cut.id_in("s") for cut in first] == [cut.id_in("s") for cut in second]
    assert len({cut.id_in("s") for cut in first} | {cut.id_in("t") for cut in first}) == 2 * len(first)
