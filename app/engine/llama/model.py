"""A loaded GGUF: weights, vocabulary, chat template."""

from __future__ import annotations

import ctypes
from typing import Any

import llguidance
from llama_cpp import llama_cpp as native

from app.engine.llama.library import Log
from app.kernel.errors import Known

PIECE_BYTES = 4096
META_BYTES = 1 << 20
CONTROL = native.LLAMA_TOKEN_ATTR_CONTROL
USER_DEFINED = native.LLAMA_TOKEN_ATTR_USER_DEFINED


class Model:
    """The weights and the vocabulary.

    Attributes:
        pieces: bytes of every token.
        special: control tokens by their text, of three characters and more.
        ends: tokens that end a reply.
    """

    def __init__(self, path: str, log: Log, *, mmap: bool) -> None:
        parameters = native.llama_model_default_params()
        parameters.load_mode = native.LLAMA_LOAD_MODE_MMAP if mmap else native.LLAMA_LOAD_MODE_NONE
        self._model = native.llama_model_load_from_file(path.encode(), parameters)
        if not self._model:
            if name := log.unknown_architecture:
                raise Known(
                    "carrel.engine.architecture",
                    f"This model is of a kind that the engine does not know yet ({name}).",
                    "Choose another model, or a newer version of Carrel.",
                )
            raise Known("carrel.engine.load", "This model file could not be loaded.", "Add the model file again.")
        self.handle = self._model
        self.vocabulary = native.llama_model_get_vocab(self._model)
        self.size: int = native.llama_vocab_n_tokens(self.vocabulary)
        self.trained_context: int = native.llama_model_n_ctx_train(self._model)
        self.template = self._meta("tokenizer.chat_template")
        self.ends = frozenset(t for t in range(self.size) if native.llama_vocab_is_eog(self.vocabulary, t))
        self._read_pieces()

    def tokens(self, text: str, *, special: bool) -> list[int]:
        """Tokens of ``text``; with ``special`` the texts of control tokens become those tokens.

        A leading token that the model was trained to expect is added only when ``special`` is set.
        """
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 8
        buffer = (native.llama_token * room)()
        count = native.llama_tokenize(self.vocabulary, raw, len(raw), buffer, room, special, special)
        if count < 0:
            raise Known("carrel.engine.tokens", "A text could not be read by the model.", "Try a shorter text.")
        found = list(buffer[:count])
        start = native.llama_vocab_bos(self.vocabulary)
        return found[1:] if found[:2] == [start, start] else found

    def text_of(self, token: int) -> str:
        """The text of a control token, empty for none."""
        return native.llama_vocab_get_text(self.vocabulary, token).decode("utf-8", "replace") if token >= 0 else ""

    @property
    def begin(self) -> str:
        return self.text_of(native.llama_vocab_bos(self.vocabulary))

    @property
    def end(self) -> str:
        return self.text_of(native.llama_vocab_eos(self.vocabulary))

    def structure_tokenizer(self) -> Any:
        """The vocabulary as llguidance sees it; half a second, once per model."""
        marked = [b"\xff" + piece if token in self._marked else piece for token, piece in enumerate(self.pieces)]
        function = ctypes.cast(native._lib.llama_tokenize, ctypes.c_void_p).value  # noqa: SLF001 - see library
        first = native.llama_vocab_eos(self.vocabulary)
        ends = [first, *sorted(self.ends - {first})] if first >= 0 else sorted(self.ends)
        return llguidance.LLTokenizer.from_llamacpp(  # type: ignore[attr-defined,unused-ignore]
            tokens=marked, vocab_ptr=self.vocabulary, tokenize_fptr=function, eos_token=ends, slices=None
        )

    def close(self) -> None:
        native.llama_model_free(self._model)

    def _meta(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(META_BYTES)
        length = native.llama_model_meta_val_str(self._model, key.encode(), buffer, META_BYTES)
        return buffer.value.decode("utf-8", "replace") if 0 <= length < META_BYTES else ""

    def _read_pieces(self) -> None:
        buffer = ctypes.create_string_buffer(PIECE_BYTES)
        self.pieces: list[bytes] = []
        self._marked: set[int] = set()
        self.special: dict[str, int] = {}
        for token in range(self.size):
            length = native.llama_token_to_piece(self.vocabulary, token, buffer, PIECE_BYTES, 0, True)
            piece = ctypes.string_at(buffer, length) if length > 0 else b""
            self.pieces.append(piece)
            attributes = native.llama_token_get_attr(self.vocabulary, token)
            bracketed = piece.startswith(b"<") and piece.endswith(b">")
            if attributes & CONTROL or (attributes & USER_DEFINED and bracketed):
                self._marked.add(token)
                text = piece.decode("utf-8", "replace")
                if len(text) > 2:
                    self.special[text] = token
