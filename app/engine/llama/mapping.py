"""Pages of the model file that are no longer needed are given back, so that resident memory says what is in use."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

DONT_NEED = 4
"""``MADV_DONTNEED`` of Linux."""


def release(path: str) -> None:
    """Unmap every page of the file's mapping for now: repacked weights are never read there again, others come back
    from the page cache at their next use. Does nothing where the system does not show its mappings."""
    try:
        lines = Path("/proc/self/maps").read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for line in lines:
        if line.endswith(path):
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            advise(start, end - start, DONT_NEED)


def resident() -> int:
    """Bytes of memory this process holds; where the system does not say, the most it has held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
