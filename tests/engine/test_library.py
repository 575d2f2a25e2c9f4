"""What llama.cpp says is heard by somebody who is still there."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from llama_cpp import llama_cpp as native

from app.engine.llama.library import Log


def test_a_listener_nobody_holds_stays_as_long_as_llama_cpp_may_speak(tmp_path: Path) -> None:
    listener = weakref.ref(Log())
    gc.collect()
    heard = listener()
    assert heard is not None
    del heard
    absent = str(tmp_path / "absent.gguf").encode()
    assert not native.llama_model_load_from_file(absent, native.llama_model_default_params())
