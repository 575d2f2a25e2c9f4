"""An embedder without a network: words hashed to directions. For tests and where speed matters more than meaning."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import numpy.typing as npt

from app.domain.embedding import EmbedderCard

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Texts that share words lie close together; the same text always has the same vector."""

    def __init__(self, dimensions: int = 64, most_tokens: int = 512) -> None:
        self._card = EmbedderCard(name=f"hashing-{dimensions}/1", dimensions=dimensions, most_tokens=most_tokens)
        self._known: dict[str, npt.NDArray[np.float64]] = {}

    @property
    def card(self) -> EmbedderCard:
        return self._card

    async def embed(self, texts: list[str], *, urgent: bool = False) -> npt.NDArray[np.float32]:
        del urgent  # nothing ever waits
        vectors = [self._vector(text) for text in texts]
        return np.array(vectors, np.float32).reshape(len(texts), self._card.dimensions)

    async def close(self) -> None:
        self._known.clear()

    def _vector(self, text: str) -> npt.NDArray[np.float64]:
        words = _WORD.findall(text.casefold())[: self._card.most_tokens] or [""]
        total = np.sum([self._direction(word) for word in words], axis=0)
        length = float(np.linalg.norm(total))
        return total / length if length > 0 else self._direction("")

    def _direction(self, word: str) -> npt.NDArray[np.float64]:
        found = self._known.get(word)
        if found is None:
            seed = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
            drawn = np.random.default_rng(seed).standard_normal(self._card.dimensions)
            found = self._known[word] = drawn / np.linalg.norm(drawn)
        return found
