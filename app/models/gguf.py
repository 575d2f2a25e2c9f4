"""The structural check of a GGUF file: what a loader would have to trust is proved first, in Python, in bounded memory.

Nothing is believed for being written in the file. Counts are capped and must fit in what is left of it; every tensor
must lie, aligned and in order, between the end of the header and the end of the file; the lists a tokenizer indexes by
each other must be equally long. Values are read only where the card needs them, within one budget. Chat templates
are code from the file: their size is checked, they are never rendered here.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from pathlib import Path

from app.models.bounded import BoundedFile, Refused, amount
from app.models.foreign import recognise
from app.models.ggml import TENSOR_TYPES, TensorType

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MOST_PAIRS = 10_000
MOST_TENSORS = 32_768
MOST_STRINGS = 4_000_000
MOST_DIMENSIONS = 4
MOST_ELEMENTS = 2**62
LONGEST_KEY = 1_024
LONGEST_TENSOR_NAME = 63
LONGEST_ENTRY = 64 * 1024
LONGEST_TEXT = 64 * 2**20
LONGEST_TEMPLATE = 256 * 1024
LARGEST_ALIGNMENT = 65_536
KEPT_TEXT = 1_024
KEPT_LIST = 4_096
KEPT_BYTES = 1 << 20

STRING, ARRAY, BOOL, UINT32 = 8, 9, 7, 4
SCALARS: dict[int, struct.Struct] = {
    number: struct.Struct("<" + code)
    for number, code in {
        0: "B",
        1: "b",
        2: "H",
        3: "h",
        4: "I",
        5: "i",
        6: "f",
        7: "?",
        10: "Q",
        11: "q",
        12: "d",
    }.items()
}
# A loader reads these lists by the number of tokens, as the type it expects.
TOKENS = "tokenizer.ggml.tokens"
LIST_TYPES: dict[str, tuple[int, ...]] = {
    TOKENS: (STRING,),
    "tokenizer.ggml.merges": (STRING,),
    "tokenizer.ggml.scores": (6,),
    "tokenizer.ggml.token_type": (4, 5),
}
PER_TOKEN = ("tokenizer.ggml.scores", "tokenizer.ggml.token_type")

Value = int | float | bool | str | tuple[int | float, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as declared; ``offset`` counts from the start of the data."""

    name: str
    dimensions: tuple[int, ...]
    type: TensorType
    offset: int

    @property
    def elements(self) -> int:
        count = 1
        for length in self.dimensions:
            count *= length
        return count

    @property
    def bytes(self) -> int:
        return self.elements // self.type.elements * self.type.bytes


@dataclass(slots=True)
class Structure:
    """A file whose structure holds.

    Attributes:
        values: metadata the card needs, untrusted text included; long texts and lists are left out.
        lists: length of every list, by key.
        templates: keys of the chat templates it carries.
        data: where the tensor data starts.
    """

    size: int
    version: int = 0
    untrusted_values: dict[str, Value] = field(default_factory=dict)
    lists: dict[str, int] = field(default_factory=dict)
    templates: list[str] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    alignment: int = 32
    data: int = 0


def check(path: Path) -> Structure:
    """Read the structure of the file at ``path``.

    Raises:
        Refused: with the reason, in words for a person.
        OSError: the file cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        return _Check(descriptor).run()
    finally:
        os.close(descriptor)


class _Check:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._file = BoundedFile(descriptor)
        self._found = Structure(self._file.size)
        self._strings = 0
        self._kept = 0

    def run(self) -> Structure:
        tensors, pairs = self._header()
        keys: set[str] = set()
        for number in range(1, pairs + 1):
            self._pair(number, keys)
        self._tokenizer()
        self._alignment()
        names: set[str] = set()
        for number in range(1, tensors + 1):
            self._found.tensors.append(self._tensor(number, names))
        self._layout()
        return self._found

    def _header(self) -> tuple[int, int]:
        head = os.pread(self._descriptor, 64, 0)
        if not head:
            raise Refused("the file is empty")
        if not head.startswith(MAGIC):
            words = recognise(head, os.pread(self._descriptor, 1, max(self._file.size - 1, 0)), self._file.size)
            raise Refused(f"this is {words}" if words else "this is not a GGUF model file")
        file = self._file
        file.skip(len(MAGIC), "its header")
        version = file.u32("its header")
        if version not in VERSIONS:
            if int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS:
                raise Refused("the file was made for big-endian machines")
            raise Refused(f"the file is GGUF version {version}; versions 2 and 3 are read")
        self._found.version = version
        tensors, pairs = file.u64("its header"), file.u64("its header")
        if tensors > MOST_TENSORS:
            raise Refused(f"it claims {tensors:,} tensors; at most {MOST_TENSORS:,} are read")
        if pairs > MOST_PAIRS:
            raise Refused(f"it claims {pairs:,} metadata entries; at most {MOST_PAIRS:,} are read")
        return tensors, pairs

    def _text(self, longest: int, what: str) -> str:
        length = self._file.u64(what)
        if length > longest:
            raise Refused(f"{what} is {amount(length)} long; at most {amount(longest)} is allowed")
        try:
            text = self._file.take(length, what).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(f"{what} is not text") from None
        if not text or not text.isprintable():
            raise Refused(f"{what} is empty or holds control characters")
        return text

    def _pair(self, number: int, keys: set[str]) -> None:
        key = self._text(LONGEST_KEY, f"the name of metadata entry {number}")
        if key in keys:
            raise Refused(f"metadata entry {number} has the same name as an earlier one")
        keys.add(key)
        what = f"metadata entry {number}"
        kind = self._file.u32(what)
        if key in LIST_TYPES and kind != ARRAY:
            raise Refused(f"{key} is not a list")
        if kind in SCALARS:
            self._keep(key, SCALARS[kind].unpack(self._file.take(SCALARS[kind].size, what))[0], 8)
            if key == "general.alignment" and kind != UINT32:
                raise Refused("its alignment is not a whole number of 32 bits")
        elif kind == STRING:
            self._string(key, what)
        elif kind == ARRAY:
            self._list(key, what)
        else:
            raise Refused(f"{what} has the unknown type {kind}")

    def _string(self, key: str, what: str) -> None:
        length = self._file.u64(what)
        template = key.startswith("tokenizer.chat_template")
        longest = LONGEST_TEMPLATE if template else LONGEST_TEXT
        if length > longest:
            name = "its chat template" if template else what
            raise Refused(f"{name} is {amount(length)} long; at most {amount(longest)} is allowed")
        if template and length:
            self._found.templates.append(key)
        if length <= KEPT_TEXT and key.startswith(("general.", "tokenizer.ggml.model", "tokenizer.ggml.pre")):
            self._keep(key, self._file.take(length, what).decode("utf-8", "replace"), length)
        else:
            self._file.skip(length, what)

    def _list(self, key: str, what: str) -> None:
        kind, count = self._file.u32(what), self._file.u64(what)
        if kind == ARRAY:
            raise Refused(f"{what} is a list of lists")
        if kind != STRING and kind not in SCALARS:
            raise Refused(f"{what} is a list of the unknown type {kind}")
        if key in LIST_TYPES and kind not in LIST_TYPES[key]:
            raise Refused(f"the list {key} has entries of the wrong type")
        smallest = 8 if kind == STRING else SCALARS[kind].size
        if count > self._file.left // smallest:
            raise Refused(f"{what} claims {count:,} entries, more than the file can hold")
        self._found.lists[key] = count
        if kind == STRING:
            self._strings += count
            if self._strings > MOST_STRINGS:
                raise Refused(f"its lists hold more than {MOST_STRINGS:,} texts")
            self._file.skip_strings(count, LONGEST_ENTRY, f"the list {key}" if key in LIST_TYPES else what)
        elif count <= KEPT_LIST and key not in LIST_TYPES:
            raw = self._file.take(count * smallest, what)
            self._keep(key, tuple(value for (value,) in SCALARS[kind].iter_unpack(raw)), 32 * count)
        else:
            self._file.skip(count * smallest, what)

    def _keep(self, key: str, value: Value, cost: int) -> None:
        self._kept += cost + 64
        if self._kept <= KEPT_BYTES:
            self._found.untrusted_values[key] = value

    def _tokenizer(self) -> None:
        lists = self._found.lists
        for key in PER_TOKEN:
            if key in lists and lists[key] != lists.get(TOKENS, 0):
                raise Refused(f"the list {key} has {lists[key]:,} entries for {lists.get(TOKENS, 0):,} tokens")

    def _alignment(self) -> None:
        alignment = self._found.untrusted_values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= LARGEST_ALIGNMENT or alignment & (alignment - 1):
            raise Refused(f"its alignment is {alignment}, not a power of two up to {LARGEST_ALIGNMENT:,}")
        self._found.alignment = alignment

    def _tensor(self, number: int, names: set[str]) -> Tensor:
        what = f"the description of tensor {number}"
        name = self._text(LONGEST_TENSOR_NAME, f"the name of tensor {number}")
        if name in names:
            raise Refused(f"tensor {number} has the same name as an earlier one")
        names.add(name)
        count = self._file.u32(what)
        if count > MOST_DIMENSIONS:
            raise Refused(f"tensor {number} has {count:,} dimensions; at most {MOST_DIMENSIONS} are possible")
        dimensions = tuple(self._file.u64(what) for _ in range(count))
        elements = 1
        for length in dimensions:
            elements *= length
            if not 0 < elements < MOST_ELEMENTS:
                raise Refused(f"tensor {number} has {'no elements' if not elements else 'an impossible size'}")
        kind = self._file.u32(what)
        if kind not in TENSOR_TYPES:
            raise Refused(f"tensor {number} has the unknown type {kind}")
        row = dimensions[0] if dimensions else 1
        if row % TENSOR_TYPES[kind].elements:
            raise Refused(f"the rows of tensor {number} are not whole blocks of {TENSOR_TYPES[kind].name}")
        return Tensor(name, dimensions, TENSOR_TYPES[kind], self._file.u64(what))

    def _layout(self) -> None:
        """Every tensor lies in the file, aligned, directly after the one before it."""
        found = self._found
        found.data = _aligned(self._file.position, found.alignment)
        expected = 0
        for number, tensor in enumerate(found.tensors, 1):
            end = found.data + tensor.offset + tensor.bytes
            if end > found.size:
                raise Refused(f"tensor {number} ends {amount(end - found.size)} after the end of the file")
            if tensor.offset % found.alignment:
                raise Refused(f"tensor {number} does not start at a multiple of {found.alignment} bytes")
            if tensor.offset < expected:
                raise Refused(f"tensor {number} overlaps the one before it")
            if tensor.offset > expected:
                raise Refused(f"tensor {number} starts {amount(tensor.offset - expected)} after the one before it ends")
            expected = _aligned(tensor.offset + tensor.bytes, found.alignment)


def _aligned(position: int, alignment: int) -> int:
    return -(-position // alignment) * alignment
