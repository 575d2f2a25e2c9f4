"""The shipped embedder in a confined child, as the ``Embedder`` port."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.domain.base import Frozen
from app.domain.embedding import EmbedderCard
from app.domain.policy import GIB, MIB, Limits
from app.kernel.errors import Known
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Launcher

WORKER = "app.engine.onnx_worker"
LIMITS = Limits(
    resident_bytes=1 * GIB, address_space_bytes=8 * GIB, cpu_seconds=0, wall_seconds=0, output_bytes=64 * MIB
)
SLICE = 8
"""Texts of one request to the child: an urgent question waits for no more than these."""
LOAD_SECONDS = 60.0
TOKENIZER = "tokenizer.json"


class Recipe(Frozen):
    """``embedder.json`` beside the model: the card and the file."""

    card: EmbedderCard
    model: str


class OnnxEmbedder:
    """One network in one child; a child that died is started again by the next call."""

    def __init__(self, launcher: Launcher, folder: Path, recipe: Recipe) -> None:
        self._launcher = launcher
        self._folder = folder
        self._recipe = recipe
        self._child: Child | None = None
        self._starting = asyncio.Lock()
        self._bulk = asyncio.Lock()
        self._urgent = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._closed = False

    @classmethod
    async def start(cls, launcher: Launcher, folder: Path) -> OnnxEmbedder:
        """Load the embedder of a folder such as ``resources/embedder``.

        Raises:
            Known: ``carrel.embedder.load``.
        """
        recipe = Recipe.model_validate(json.loads((folder / "embedder.json").read_text("utf-8")))
        embedder = cls(launcher, folder, recipe)
        await embedder._living()
        return embedder

    @property
    def card(self) -> EmbedderCard:
        return self._recipe.card

    async def embed(self, texts: list[str], *, urgent: bool = False) -> npt.NDArray[np.float32]:
        if urgent:
            self._urgent += 1
            self._calm.clear()
        try:
            slices = [await self._slice(texts[at : at + SLICE], urgent) for at in range(0, len(texts), SLICE)]
        finally:
            if urgent:
                self._urgent -= 1
                if not self._urgent:
                    self._calm.set()
        empty = np.empty((0, self.card.dimensions), np.float32)
        return np.concatenate([empty, *slices])

    async def close(self) -> None:
        self._closed = True
        if self._child is not None:
            await self._child.close()

    async def _slice(self, texts: list[str], urgent: bool) -> npt.NDArray[np.float32]:
        if urgent:
            return await self._ask(texts)
        async with self._bulk:
            await self._calm.wait()
            return await self._ask(texts)

    async def _ask(self, texts: list[str]) -> npt.NDArray[np.float32]:
        child = await self._living()
        reply = await child.request("embed", {"texts": texts})
        expected = len(texts) * self.card.dimensions * np.dtype(np.float32).itemsize
        if [len(artifact.data) for artifact in reply.artifacts] != [expected]:
            raise _nonsense()
        untrusted_vectors = np.frombuffer(reply.artifacts[0].data, np.float32).reshape(len(texts), -1)
        if not np.allclose(np.linalg.norm(untrusted_vectors, axis=1), 1.0, atol=1e-3):
            raise _nonsense()
        return untrusted_vectors

    async def _living(self) -> Child:
        async with self._starting:
            if self._closed:
                raise Known("carrel.embedder.closed", "The embedder was put away.", "Restart Carrel.")
            if self._child is None or not self._child.alive:
                self._child = await self._load()
            return self._child

    async def _load(self) -> Child:
        model, tokenizer = self._folder / self._recipe.model, self._folder / TOKENIZER
        confinement = Confinement(
            role="embedder",
            worker=WORKER,
            limits=LIMITS,
            read=(model, tokenizer),
            environment={"ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
        )
        child = await self._launcher.start(confinement)
        fields: dict[str, Any] = {
            "model": str(model),
            "tokenizer": str(tokenizer),
            "most_tokens": self.card.most_tokens,
        }
        try:
            reply = await child.request("load", fields, wall_seconds=LOAD_SECONDS)
            if reply.result.get("dimensions") != self.card.dimensions:
                raise _nonsense()
        except BaseException:
            await child.close(0)
            raise
        return child


def _nonsense() -> Known:
    return Known("carrel.embedder.protocol", "The embedder sent something that is not vectors.", "Try again.")
