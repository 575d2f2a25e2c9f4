"""From a sound structure to what the card says: every text cleaned, every number bounded or refused."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from app.models.bounded import Refused
from app.models.ggml import FILE_TYPES
from app.models.gguf import Structure

ARCHITECTURE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
LONGEST_NAME = 120
MOST_LAYERS = 1_000
MOST_CONTEXT = 2**31
MOST_WIDTH = 2**24
KV_BYTES = 2  # the cache holds 16-bit floats


@dataclass(frozen=True, slots=True)
class Facts:
    """What a model file is, as far as its structure tells.

    Attributes:
        parameters: counted from the shapes of the tensors.
        context: trained length, tokens.
        licence: as the file names it; empty if it does not.
        weights: bytes of all tensors.
        kv_per_token: bytes one token takes in a 16-bit key-value cache; an upper bound for models that share or
            window it.
        template: whether it brings a chat template.
    """

    name: str
    publisher: str
    licence: str
    architecture: str
    parameters: int
    quantisation: str
    context: int
    weights: int
    kv_per_token: int
    template: bool

    def needed(self, context: int) -> int:
        """Bytes below which it cannot run with ``context`` tokens: an estimate before the first load."""
        return self.weights + self.kv_per_token * context


def describe(structure: Structure) -> Facts:
    """The facts of a file that passed the structural check.

    Raises:
        Refused: it is a GGUF file, but not a whole language model.
    """
    values = structure.untrusted_values
    kind = values.get("general.type", "model")
    if kind != "model":
        raise Refused(f"this is not a whole language model but a part of one ({display(kind) or 'unnamed'})")
    if not structure.tensors:
        raise Refused("it has no weights")
    architecture = values.get("general.architecture")
    if not isinstance(architecture, str) or not ARCHITECTURE.fullmatch(architecture):
        raise Refused("it does not name its architecture")
    if architecture == "clip":
        raise Refused("this is not a whole language model but a part of one (image projector)")
    if _number(structure, "split.count", 0) > 1:
        raise Refused(f"this is one part of a model that comes in {_number(structure, 'split.count', 0)} files")
    layers = _number(structure, f"{architecture}.block_count", MOST_LAYERS)
    context = _number(structure, f"{architecture}.context_length", MOST_CONTEXT)
    if not layers or not context:
        raise Refused(f"it does not say {'how many layers it has' if not layers else 'how long its context is'}")
    return Facts(
        name=display(values.get("general.name")),
        publisher=display(values.get("general.organization") or values.get("general.author")),
        licence=display(values.get("general.license")),
        architecture=architecture,
        parameters=sum(tensor.elements for tensor in structure.tensors),
        quantisation=_quantisation(structure),
        context=context,
        weights=sum(tensor.bytes for tensor in structure.tensors),
        kv_per_token=_kv_per_token(structure, architecture, layers),
        template=bool(structure.templates),
    )


def display(untrusted: object, longest: int = LONGEST_NAME) -> str:
    """A text from outside as one short line: no control, direction or invisible characters; empty if it is not text."""
    if not isinstance(untrusted, str):
        return ""
    text = unicodedata.normalize("NFC", untrusted)
    text = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _number(structure: Structure, key: str, most: int) -> int:
    """A whole number, 0 if it is absent.

    Raises:
        Refused: below 0, or above ``most`` unless that is 0.
    """
    value = structure.untrusted_values.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (most and value > most):
        raise Refused(f"its value for {display(key)} is impossible")
    return value


def _quantisation(structure: Structure) -> str:
    """Named by the file if it uses a known number, else the type that most of the weights have."""
    number = structure.untrusted_values.get("general.file_type")
    if isinstance(number, int) and number in FILE_TYPES:
        return FILE_TYPES[number]
    sizes: Counter[str] = Counter()
    for tensor in structure.tensors:
        sizes[tensor.type.name] += tensor.elements
    return sizes.most_common(1)[0][0]


def _kv_per_token(structure: Structure, architecture: str, layers: int) -> int:
    heads = _per_layer(structure, f"{architecture}.attention.head_count", layers)
    kv_heads = _per_layer(structure, f"{architecture}.attention.head_count_kv", layers) or heads
    width = _number(structure, f"{architecture}.embedding_length", MOST_WIDTH)
    most = max(heads, default=0)
    head = width // most if most else 0
    key = _number(structure, f"{architecture}.attention.key_length", MOST_WIDTH) or head
    value = _number(structure, f"{architecture}.attention.value_length", MOST_WIDTH) or head
    return sum(kv_heads) * (key + value) * KV_BYTES


def _per_layer(structure: Structure, key: str, layers: int) -> tuple[int, ...]:
    """A number for every layer, given once or as a list; empty if it is absent."""
    value = structure.untrusted_values.get(key)
    if isinstance(value, tuple):
        counts = tuple(int(one) for one in value)
        if len(counts) < layers or any(not 0 <= one <= MOST_WIDTH for one in counts):
            raise Refused(f"its value for {display(key)} is impossible")
        return counts[:layers]
    number = _number(structure, key, MOST_WIDTH)
    return (number,) * layers if number else ()
