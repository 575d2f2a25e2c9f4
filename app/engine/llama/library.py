"""libllama, ready to load a model, and what it says while it does."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

import llama_cpp
from llama_cpp import llama_cpp as native

MIB = 2**20
_BUFFER = re.compile(r"(\S+) (model|KV|RS|output|compute) buffer size = +([0-9.]+) MiB")
_ARCHITECTURE = re.compile(r"unknown model architecture: '([\w.-]{1,40})'")


class Log:
    """What llama.cpp says, never printed. The buffers it announces are the memory a load takes.

    llama.cpp calls it for as long as the process lives, so it lives as long, whoever forgets it.

    Attributes:
        unknown_architecture: the architecture it did not know, or nothing.
    """

    def __init__(self) -> None:
        self._buffers = dict.fromkeys(("weights", "repack", "compute", "kv"), 0)
        self.unknown_architecture = ""
        self._callback = native.llama_log_callback(self._take)
        _LISTENING.append(self)
        native.llama_log_set(self._callback, ctypes.c_void_p(0))

    def buffers(self) -> dict[str, int]:
        """Bytes of ``weights``, ``repack``, ``compute`` and ``kv`` announced so far."""
        return dict(self._buffers)

    def _take(self, _level: int, raw: bytes, _data: object) -> None:
        text = raw.decode("utf-8", "replace")
        for device, kind, mebibytes in _BUFFER.findall(text):
            part = {"KV": "kv", "RS": "kv", "model": "repack" if "REPACK" in device else "weights"}.get(kind, "compute")
            self._buffers[part] += int(float(mebibytes) * MIB)
        if found := _ARCHITECTURE.search(text):
            self.unknown_architecture = found[1]


_LISTENING: list[Log] = []


def open_library() -> Log:
    """Start libllama with at least one backend; call once.

    A build with loadable backends starts with none and must be shown their folder through libllama's own handle: a second
    copy of libggml would keep a registry of its own.
    """
    log = Log()
    handle = native._lib  # noqa: SLF001 - the only handle on the loaded libllama
    count = handle.ggml_backend_dev_count
    count.restype = ctypes.c_size_t
    if not count():
        load = handle.ggml_backend_load_all_from_path
        load.argtypes, load.restype = [ctypes.c_char_p], None
        package = Path(llama_cpp.__file__).parent
        for folder in (package / "lib", package.parent / "bin"):
            if folder.is_dir() and not count():
                load(str(folder).encode())
    native.llama_backend_init()
    return log


class Abort:
    """A flag that llama.cpp looks at before every operation of its graph, without entering Python.

    Its callback wants ``bool (*)(void *)``: ``strlen`` of a text that is empty or one byte long is that.
    """

    def __init__(self) -> None:
        self._flag = ctypes.create_string_buffer(2)
        runtime = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        self.callback = ctypes.cast(runtime.strlen, native.ggml_abort_callback)
        self.data = ctypes.cast(self._flag, ctypes.c_void_p)

    def set(self) -> None:
        self._flag[0] = b"x"

    def clear(self) -> None:
        self._flag[0] = b"\0"

    def __bool__(self) -> bool:
        return self._flag[0] != b"\0"
