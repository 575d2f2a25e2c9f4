"""The embedder child: texts in, unit vectors out. Standard library, onnxruntime, tokenizers and numpy only.

    load   model, tokenizer, most_tokens → dimensions
    embed  texts → one artifact: float32, C order, shape (len(texts), dimensions)

One text at a time: the int8 model scales its activations over a whole batch, so a neighbour would change the vector;
and a batch is slower here, for its padding.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read on import

import numpy as np
import onnxruntime
import tokenizers

from app.kernel.errors import Known

if TYPE_CHECKING:
    import numpy.typing as npt

    from app.sandbox.wire import Wire

THREADS = 2


class Loaded:
    """The network and its tokenizer."""

    def __init__(self, model: str, tokenizer: str, most_tokens: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            self._tokenizer = tokenizers.Tokenizer.from_file(tokenizer)
        except Exception:  # noqa: BLE001 - both libraries raise bare Exceptions of their own
            raise Known(
                "carrel.embedder.load", "The embedder could not be loaded.", "Install Carrel again; a file is damaged."
            ) from None
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(most_tokens)

    def vector(self, text: str) -> npt.NDArray[np.float32]:
        """Mean over the tokens, length 1."""
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden: npt.NDArray[np.float32] = self._session.run(None, feed)[0][0]
        mean = hidden.mean(axis=0, dtype=np.float64)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def main(wire: Wire) -> None:
    """Serve until the parent closes its end."""
    loaded: Loaded | None = None
    while (request := wire.request()) is not None:
        try:
            if request["op"] == "load":
                loaded = Loaded(request["model"], request["tokenizer"], request["most_tokens"])
                wire.result(request, dimensions=len(loaded.vector("a")))
            elif loaded is not None:
                _embed(wire, request, loaded)
            else:
                raise Known("carrel.embedder.none", "No embedder is loaded.", "Restart Carrel.")
        except Known as known:
            wire.error(request, known.code, known.message, known.hint)


def _embed(wire: Wire, request: dict[str, Any], loaded: Loaded) -> None:
    vectors = np.stack([loaded.vector(text) for text in request["texts"]])
    wire.artifact(request, "vectors", "application/octet-stream", vectors.tobytes())
    wire.result(request)
