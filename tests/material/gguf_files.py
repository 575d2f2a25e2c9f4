"""GGUF files, built field by field so that a test can lie in any one of them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

F32, Q4_0 = 0, 2
CODES = {"u8": (0, "<B"), "u32": (4, "<I"), "i32": (5, "<i"), "f32": (6, "<f"), "bool": (7, "<?"), "u64": (10, "<Q")}
STRING, ARRAY = 8, 9


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def string(key: str | bytes, value: str | bytes) -> bytes:
    """A metadata entry that is a text."""
    return text(key) + struct.pack("<I", STRING) + text(value)


def scalar(key: str, kind: str, value: float) -> bytes:
    """A metadata entry that is a number."""
    number, code = CODES[kind]
    return text(key) + struct.pack("<I", number) + struct.pack(code, value)


def strings(key: str, values: list[str]) -> bytes:
    """A metadata entry that is a list of texts."""
    return text(key) + struct.pack("<IIQ", ARRAY, STRING, len(values)) + b"".join(text(value) for value in values)


def numbers(key: str, kind: str, values: list[float]) -> bytes:
    """A metadata entry that is a list of numbers."""
    number, code = CODES[kind]
    body = b"".join(struct.pack(code, value) for value in values)
    return text(key) + struct.pack("<IIQ", ARRAY, number, len(values)) + body


@dataclass
class Tensor:
    """As declared; ``offset`` None puts it where it belongs."""

    name: str | bytes = "blk.0.weight"
    dimensions: tuple[int, ...] = (32, 2)
    kind: int = F32
    offset: int | None = None

    @property
    def bytes(self) -> int:
        count = 1
        for length in self.dimensions:
            count *= length
        return count * 4 if self.kind == F32 else count // 32 * 18


LLAMA = (
    string("general.architecture", "llama"),
    string("general.name", "Tiny"),
    string("general.organization", "Carrel"),
    string("general.license", "apache-2.0"),
    scalar("llama.block_count", "u32", 2),
    scalar("llama.context_length", "u32", 256),
    scalar("llama.embedding_length", "u32", 64),
    scalar("llama.attention.head_count", "u32", 4),
    scalar("llama.attention.head_count_kv", "u32", 2),
    strings("tokenizer.ggml.tokens", ["a", "b", "c"]),
    string("tokenizer.chat_template", "{{ messages }}"),
)


@dataclass
class GgufFile:
    """A file. As it stands it is a sound, tiny language model without sense."""

    magic: bytes = b"GGUF"
    version: int = 3
    pairs: tuple[bytes, ...] = LLAMA
    tensors: tuple[Tensor, ...] = field(default_factory=lambda: (Tensor("a.weight"), Tensor("b.weight", (64,), Q4_0)))
    count_pairs: int | None = None
    count_tensors: int | None = None
    alignment: int = 32
    missing: int = 0
    padding: bytes = b""

    def build(self) -> bytes:
        head = self.magic + struct.pack("<I", self.version)
        tensors = len(self.tensors) if self.count_tensors is None else self.count_tensors
        pairs = len(self.pairs) if self.count_pairs is None else self.count_pairs
        head += struct.pack("<QQ", tensors, pairs) + b"".join(self.pairs)
        offset = end = 0
        for tensor in self.tensors:
            head += text(tensor.name) + struct.pack("<I", len(tensor.dimensions))
            head += b"".join(struct.pack("<Q", length) for length in tensor.dimensions)
            head += struct.pack("<IQ", tensor.kind, offset if tensor.offset is None else tensor.offset)
            end = offset + (tensor.bytes if tensor.bytes < 2**20 else 0)
            offset = -(-end // self.alignment) * self.alignment
        data = bytes(-len(head) % self.alignment) + bytes(end)
        return (head + data)[: len(head) + len(data) - self.missing] + self.padding

    def write(self, path: Path) -> Path:
        path.write_bytes(self.build())
        return path


def named(name: str) -> GgufFile:
    """A sound, tiny model of that name."""
    return GgufFile(pairs=(*(pair for pair in LLAMA if b"general.name" not in pair), string("general.name", name)))
