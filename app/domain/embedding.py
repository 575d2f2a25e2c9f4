"""The embedder port: text to unit vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.domain.base import Frozen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class EmbedderCard(Frozen):
    """What is recorded with every vector; a change re-embeds.

    Attributes:
        name: stable name and version, such as ``gte-small-int8/1``.
        most_tokens: longer texts are cut by the embedder; chunkers must stay below.
    """

    name: str
    dimensions: int
    most_tokens: int


class Embedder(Protocol):
    @property
    def card(self) -> EmbedderCard:
        """Which embedder this is."""

    async def embed(self, texts: list[str], *, urgent: bool = False) -> npt.NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions). ``urgent`` (a question) goes before queued indexing work."""

    async def close(self) -> None:
        """End the child."""
