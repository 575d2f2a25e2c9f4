"""Blocks to chunks: structure first, about 256 tokens of the embedder, exact spans, never across pages.

A chunk is a span of the document's text, so what is quoted from it stands in the source as it is. What tells the
embedder where it stands (title, headings) is put in front of it for embedding only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from semantic_text_splitter import TextSplitter
from tokenizers import Tokenizer

from app.domain.documents import Block, BlockKind, Parsed, Span

VERSION = "structure/1"
TOKENS = 256
CONTEXT_TOKENS = 48
"""Most tokens of title and headings in front of a chunk."""
NEW_SECTION_FROM = 96
"""A chunk of at least this many tokens ends at the next heading; a smaller one takes the section in."""
MOST_HEADER = 200
BATCH = 1000
BY_LINES = frozenset({BlockKind.TABLE, BlockKind.LIST, BlockKind.CODE})


@dataclass(frozen=True, slots=True)
class Cut:
    """One chunk before it is stored.

    Attributes:
        heading_path: of the first block; for a later part of a table its header row stands last.
        context: title and headings, for embedding; not part of ``text``.
    """

    span: Span
    text: str
    page: int | None
    heading_path: tuple[str, ...]
    context: str

    @property
    def for_embedding(self) -> str:
        return f"{self.context}\n{self.text}" if self.context else self.text

    def id_in(self, source: str) -> str:
        """The same for the same words at the same place of the same source, however often it is read."""
        raw = f"{source}\0{self.span.start}\0{self.span.end}\0{self.text}".encode()
        return hashlib.blake2b(raw, digest_size=16).hexdigest()


@dataclass(slots=True)
class _Unit:
    """What is never cut further: a block that fits, or a part of one that does not."""

    start: int
    end: int
    tokens: int
    block: Block


class Chunker:
    """Cuts documents for one embedder.

    Args:
        tokenizer: path of its ``tokenizer.json``.
    """

    version = f"{VERSION}/{TOKENS}"

    def __init__(self, tokenizer: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._splitter = TextSplitter.from_huggingface_tokenizer(self._tokenizer, TOKENS)

    def cut(self, parsed: Parsed, title: str) -> list[Cut]:
        """All chunks of a document in order. Blocks a second or more for a very large one: not for the core loop."""
        return [self._cut(parsed.text, title, group) for group in self._groups(parsed)]

    def _groups(self, parsed: Parsed) -> Iterator[list[_Unit]]:
        group: list[_Unit] = []
        for unit in self._units(parsed):
            if group and self._ends(group, unit):
                carried = _trailing_headings(group) if group[-1].block.page == unit.block.page else []
                if kept := group[: len(group) - len(carried)]:
                    yield kept
                group = carried
            group.append(unit)
        if group:
            yield group

    def _ends(self, group: list[_Unit], unit: _Unit) -> bool:
        """Whether ``group`` is a chunk before ``unit``: the page ends, it is full, or a section begins."""
        last = group[-1].block
        tokens = sum(one.tokens for one in group)
        if unit.block.page != last.page:
            return True
        if last.kind is BlockKind.HEADING and tokens <= CONTEXT_TOKENS:
            return False
        heading = unit.block.kind is BlockKind.HEADING and last.kind is not BlockKind.HEADING
        return tokens + unit.tokens > TOKENS or (heading and tokens >= NEW_SECTION_FROM)

    def _units(self, parsed: Parsed) -> Iterator[_Unit]:
        for start in range(0, len(parsed.blocks), BATCH):
            blocks = parsed.blocks[start : start + BATCH]
            for block, tokens in zip(blocks, self._count([block.text for block in blocks]), strict=True):
                if tokens <= TOKENS:
                    yield _Unit(block.span.start, block.span.end, tokens, block)
                elif block.kind in BY_LINES and "\n" in block.text:
                    yield from self._lines(block)
                else:
                    yield from self._split(block, block.span.start, block.text)

    def _lines(self, block: Block) -> Iterator[_Unit]:
        """Rows, items and lines of code are kept whole where they fit."""
        lines = block.text.split("\n")
        at = block.span.start
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            for line, tokens in zip(batch, self._count(batch), strict=True):
                if tokens > TOKENS:
                    yield from self._split(block, at, line)
                elif line.strip():
                    yield _Unit(at, at + len(line), tokens, block)
                at += len(line) + 1

    def _split(self, block: Block, start: int, text: str) -> Iterator[_Unit]:
        """Sentences, then words; the splitter counts its offsets in characters."""
        for offset, piece in self._splitter.chunk_indices(text):
            yield _Unit(start + offset, start + offset + len(piece), TOKENS, block)

    def _count(self, texts: list[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def _cut(self, text: str, title: str, group: list[_Unit]) -> Cut:
        span = Span(group[0].start, group[-1].end)
        body = text[span.start : span.end]
        first = next((unit for unit in group if unit.block.kind is not BlockKind.HEADING), group[0])
        path = first.block.heading_path
        if first.block.kind is BlockKind.TABLE and first.start > first.block.span.start:
            path = (*path, first.block.text.partition("\n")[0][:MOST_HEADER])
        return Cut(span, body, first.block.page, path, self._context(title, path, body))

    def _context(self, title: str, path: tuple[str, ...], body: str) -> str:
        """Title, then the headings that the chunk does not show itself; the outermost go first when it is too long."""
        parts = [part for part in dict.fromkeys((title, *path)) if part and part not in body]
        counts = self._count(parts) if parts else []
        while len(parts) > 1 and sum(counts) > CONTEXT_TOKENS:
            gone = 1 if len(parts) > 2 else 0
            del parts[gone], counts[gone]
        if parts and sum(counts) > CONTEXT_TOKENS:
            parts = [parts[0][: 4 * CONTEXT_TOKENS]]
        return " > ".join(parts)


def _trailing_headings(group: list[_Unit]) -> list[_Unit]:
    """Headings at the end of a chunk belong to what follows."""
    count = 0
    while count < len(group) and group[-1 - count].block.kind is BlockKind.HEADING:
        count += 1
    return group[len(group) - count :]
