"""What the model has read: its KV cache, kept from request to request as far as the beginning is the same."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from llama_cpp import llama_cpp as native

from app.engine.llama.library import Abort
from app.engine.llama.model import Model
from app.engine.llama.pace import Pace
from app.kernel.errors import Known

BATCH = 128  # 15 % less time to read a prompt than 512, and a quarter of the compute buffer
ABORTED = 2


class Stopped(Exception):  # noqa: N818 - an outcome: the person said stop while the model was reading
    """The flag was set; everything read before stays valid."""


class Context:
    """One sequence of tokens and the cache for it.

    Attributes:
        tokens: what the cache holds, in order.
        size: how many it can hold.
    """

    def __init__(self, model: Model, size: int, abort: Abort) -> None:
        self._model = model
        self._abort = abort
        parameters = native.llama_context_default_params()
        parameters.n_ctx = size
        parameters.n_batch = parameters.n_ubatch = min(BATCH, size)
        parameters.n_seq_max = 1
        # On a processor it costs a quarter when few tokens are read, as at every follow-up.
        parameters.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_DISABLED
        parameters.abort_callback = abort.callback
        parameters.abort_callback_data = abort.data
        self._context = native.llama_init_from_model(model.handle, parameters)
        if not self._context:
            raise Known(
                "carrel.engine.memory",
                "There is not enough memory to run this model with a context of this size.",
                "Close other programs, or choose a smaller model or context.",
            )
        self._memory = native.llama_get_memory(self._context)
        self.size: int = native.llama_n_ctx(self._context)
        self.tokens: list[int] = []
        self.set_pace(1)

    def set_pace(self, threads: int) -> None:
        """Begin with so many threads; the machine getting busy lowers the number until the next call."""
        self._pace = Pace(threads, lambda number: native.llama_set_n_threads(self._context, number, number))

    def reuse(self, prompt: Sequence[int]) -> int:
        """Drop what is not the beginning of ``prompt``; returns how many of its tokens need not be read again.

        The last token of the prompt is always read again: its logits are wanted.
        """
        same = 0
        for have, want in zip(self.tokens, prompt[:-1], strict=False):
            if have != want:
                break
            same += 1
        return self._cut(same)

    def read(self, tokens: Sequence[int]) -> None:
        """Put tokens through the model.

        Raises:
            Stopped: the abort flag was set; whole batches that were read stay.
            Known: ``carrel.engine.decode`` the model failed.
        """
        for start in range(0, len(tokens), BATCH):
            piece = tokens[start : start + BATCH]
            buffer = (native.llama_token * len(piece))(*piece)
            outcome = native.llama_decode(self._context, native.llama_batch_get_one(buffer, len(piece)))
            if outcome:
                self._cut(len(self.tokens))
                if outcome == ABORTED or self._abort:
                    raise Stopped
                raise Known("carrel.engine.decode", "The model could not go on.", "Try again; a restart may be needed.")
            self.tokens.extend(piece)
            self._pace.look()
            if self._abort:
                raise Stopped

    def logits(self) -> npt.NDArray[np.float32]:
        """Of the last token read; a view that the next ``read`` overwrites."""
        pointer = native.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), shape=(self._model.size,))

    def clear(self) -> None:
        native.llama_memory_clear(self._memory, True)
        self.tokens = []

    def close(self) -> None:
        native.llama_free(self._context)

    def _cut(self, length: int) -> int:
        """Keep the first ``length`` tokens; a memory that cannot be cut (recurrent, sliding window) is emptied."""
        if native.llama_memory_seq_rm(self._memory, 0, length, -1):
            del self.tokens[length:]
        else:
            self.clear()
        return len(self.tokens)
