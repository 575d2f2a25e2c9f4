"""One suite for every embedder: the hashing one that ships for tests, and the network in its confined child."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from app.domain.embedding import Embedder
from app.engine.hashing_embedder import HashingEmbedder
from app.engine.onnx_embedder import OnnxEmbedder
from app.kernel.paths import resources
from app.sandbox.nursery import Nursery


@dataclass
class Bench:
    """An embedder and the loop it belongs to."""

    runner: asyncio.Runner
    embedder: Embedder

    def embed(self, *texts: str) -> npt.NDArray[np.float32]:
        return self.runner.run(self.embedder.embed(list(texts)))


@pytest.fixture(scope="module", params=["hashing", "onnx"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        if request.param == "hashing":
            yield Bench(runner, HashingEmbedder())
            return
        launcher = Nursery()
        embedder = runner.run(OnnxEmbedder.start(launcher, resources() / "embedder"))
        yield Bench(runner, embedder)
        runner.run(embedder.close())
        runner.run(launcher.close())


def test_vectors_are_unit_float32_in_the_order_of_the_texts(bench: Bench) -> None:
    texts = [f"Chapter {number}, in which something happens." for number in range(20)]
    vectors = bench.embed(*texts)
    assert vectors.shape == (20, bench.embedder.card.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[13], bench.embed(texts[13])[0])


def test_no_texts_are_no_vectors(bench: Bench) -> None:
    assert bench.embed().shape == (0, bench.embedder.card.dimensions)


def test_a_vector_does_not_depend_on_its_neighbours(bench: Bench) -> None:
    alone = bench.embed("The fee is 250 euros.")
    among = bench.embed("A long text about cats and their sleep, " * 9, "The fee is 250 euros.", "")
    assert np.array_equal(alone[0], among[1])


def test_what_is_alike_lies_closer(bench: Bench) -> None:
    question, answer, other = bench.embed(
        "How high is the membership fee?", "The membership fee is 250 euros.", "Cats sleep most of the day."
    )
    assert question @ answer > question @ other


def test_text_beyond_the_limit_is_cut(bench: Bench) -> None:
    words = "word " * bench.embedder.card.most_tokens
    kept, longer = bench.embed(words, words + "something entirely different " * 50)
    assert np.allclose(kept, longer, atol=1e-6)


@pytest.mark.parametrize("text", ["", " ", "\x00", "🙂", "会费是250欧元。", "a" * 20_000])
def test_every_text_has_a_vector(bench: Bench, text: str) -> None:
    vector = bench.embed(text)[0]
    assert np.isfinite(vector).all()
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5


def test_an_urgent_text_has_the_same_vector(bench: Bench) -> None:
    text = "How high is the membership fee?"
    urgent = bench.runner.run(bench.embedder.embed([text], urgent=True))
    assert np.array_equal(urgent, bench.embed(text))
