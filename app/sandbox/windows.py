"""Windows: an AppContainer without capabilities, inside a job object of one process. Written from documentation, never
run by us.

Refuses until the canaries of a live child answer as they must. What a child is granted would have to be written into the
access list of each file; that is not done, so children with grants are refused. The program's own folder is readable to
every container where it is installed below Program Files.
"""

# mypy: warn-unreachable=False

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import sys
from pathlib import Path

if sys.platform != "win32":
    raise ImportError("for Windows")

import _winapi
from asyncio import windows_utils
from ctypes import wintypes

from app.domain.policy import Tier
from app.sandbox.confinement import Confinement
from app.sandbox.ending import refused
from app.sandbox.outside import OutsideLauncher, Started, environment
from app.sandbox.runtime import find_runtime

NAME = "Carrel.Child"
ALREADY_EXISTS = 0x800700B7
ATTRIBUTE_HANDLE_LIST, ATTRIBUTE_SECURITY, ATTRIBUTE_CHILD_PROCESS = 0x20002, 0x20009, 0x2000E
CHILD_PROCESS_RESTRICTED = 1
SUSPENDED, UNICODE_ENVIRONMENT, EXTENDED_STARTUP, NO_WINDOW = 0x4, 0x400, 0x80000, 0x8000000
EXTENDED_LIMITS, UI_LIMITS = 9, 4
ONE_PROCESS, DIE_ON_EXCEPTION, PROCESS_MEMORY, KILL_ON_CLOSE = 0x8, 0x400, 0x100, 0x2000
ALL_UI_LIMITS = 0xFF
WAIT_OVER = 0

KERNEL = ctypes.WinDLL("kernel32", use_last_error=True)
USERENV = ctypes.WinDLL("userenv", use_last_error=True)
KERNEL.CreateJobObjectW.restype = wintypes.HANDLE


class Startup(ctypes.Structure):
    """STARTUPINFOEXW."""

    _fields_ = (
        *((name, wintypes.DWORD) for name in ("size", "_pad")),
        *((name, wintypes.LPWSTR) for name in ("reserved", "desktop", "title")),
        *((name, wintypes.DWORD) for name in ("x", "y", "width", "height", "columns", "rows", "fill", "flags")),
        *((name, wintypes.WORD) for name in ("show", "reserved_bytes")),
        ("reserved_pointer", ctypes.c_void_p),
        *((name, wintypes.HANDLE) for name in ("stdin", "stdout", "stderr")),
        ("attributes", ctypes.c_void_p),
    )


class Born(ctypes.Structure):
    """PROCESS_INFORMATION."""

    _fields_ = (
        *((name, wintypes.HANDLE) for name in ("process", "thread")),
        *((name, wintypes.DWORD) for name in ("pid", "thread_id")),
    )


class Capabilities(ctypes.Structure):
    """SECURITY_CAPABILITIES: a container and no capability."""

    _fields_ = (
        ("container", ctypes.c_void_p),
        ("list", ctypes.c_void_p),
        *((name, wintypes.DWORD) for name in ("count", "reserved")),
    )


class Ceilings(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("process_time", "job_time")),
        ("flags", wintypes.DWORD),
        *((name, ctypes.c_size_t) for name in ("least", "most")),
        ("processes", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        *((name, wintypes.DWORD) for name in ("priority", "scheduling")),
        ("counters", ctypes.c_uint64 * 6),
        *((name, ctypes.c_size_t) for name in ("process_memory", "job_memory", "peak_process", "peak_job")),
    )


def check(result: int) -> int:
    """Every call's answer.

    Raises:
        OSError: it was nought.
    """
    if not result:
        raise ctypes.WinError(ctypes.get_last_error())
    return result


def container() -> ctypes.c_void_p:
    """The identity of our container, made the first time."""
    sid = ctypes.c_void_p()
    code = USERENV.CreateAppContainerProfile(NAME, NAME, NAME, None, 0, ctypes.byref(sid)) & 0xFFFFFFFF
    if code == ALREADY_EXISTS:
        code = USERENV.DeriveAppContainerSidFromAppContainerName(NAME, ctypes.byref(sid)) & 0xFFFFFFFF
    if code:
        raise refused("container", f"Windows made no container for programs ({code:#x}).", "Run carrel doctor.")
    return sid


def job(memory: int) -> int:
    """A job of one process that ends with us, has a ceiling, and touches no window, clipboard or other desktop."""
    handle = int(check(KERNEL.CreateJobObjectW(None, None)))
    limits = Ceilings(
        flags=ONE_PROCESS | DIE_ON_EXCEPTION | PROCESS_MEMORY | KILL_ON_CLOSE, processes=1, process_memory=memory
    )
    check(KERNEL.SetInformationJobObject(handle, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)))
    windows = wintypes.DWORD(ALL_UI_LIMITS)
    check(KERNEL.SetInformationJobObject(handle, UI_LIMITS, ctypes.byref(windows), ctypes.sizeof(windows)))
    return handle


class _Process:
    def __init__(self, born: Born, held_by: int) -> None:
        self.pid = int(born.pid)
        self._handle = int(born.process)
        self._job = held_by

    def wait(self, timeout: float) -> int:
        if _winapi.WaitForSingleObject(self._handle, int(timeout * 1000)) != WAIT_OVER:
            raise TimeoutError
        code = _winapi.GetExitCodeProcess(self._handle)
        for handle in (self._handle, self._job):
            _winapi.CloseHandle(handle)
        return code

    def kill(self) -> None:
        KERNEL.TerminateJobObject(self._job, 1)


class Container(OutsideLauncher):
    """Tier "appcontainer"."""

    TIER = Tier.APPCONTAINER

    async def _begin(self, confinement: Confinement, scratch: Path) -> Started:
        if confinement.read or confinement.write:
            raise refused("grant", "Files cannot be granted on Windows yet.", "Use Carrel on Linux for it.")
        down_read, down_write = windows_utils.pipe(overlapped=(False, True))
        up_read, up_write = windows_utils.pipe(overlapped=(True, False))
        try:
            process = await asyncio.to_thread(_create, confinement, scratch, down_read, up_write)
        finally:
            _winapi.CloseHandle(down_read)
            _winapi.CloseHandle(up_write)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        ours, theirs = windows_utils.PipeHandle(up_read), windows_utils.PipeHandle(down_write)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), ours)
        sink, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, theirs)
        return Started(process, reader, asyncio.StreamWriter(sink, protocol, None, loop), up_write)


def _create(confinement: Confinement, scratch: Path, receive: int, send: int) -> _Process:
    """Suspended, put into its job, then let go: no instruction of it runs outside."""
    capabilities = Capabilities(container=container())
    handles = (wintypes.HANDLE * 2)(receive, send)
    policy = wintypes.DWORD(CHILD_PROCESS_RESTRICTED)
    given = (
        (ATTRIBUTE_SECURITY, capabilities),
        (ATTRIBUTE_HANDLE_LIST, handles),
        (ATTRIBUTE_CHILD_PROCESS, policy),
    )
    for handle in (receive, send):
        os.set_handle_inheritable(handle, True)
    size = ctypes.c_size_t()
    KERNEL.InitializeProcThreadAttributeList(None, len(given), 0, ctypes.byref(size))
    attributes = ctypes.create_string_buffer(size.value)
    check(KERNEL.InitializeProcThreadAttributeList(attributes, len(given), 0, ctypes.byref(size)))
    for kind, value in given:
        place, length = ctypes.byref(value), ctypes.sizeof(value)
        check(KERNEL.UpdateProcThreadAttribute(attributes, 0, ctypes.c_size_t(kind), place, length, None, None))
    startup = Startup(size=ctypes.sizeof(Startup), attributes=ctypes.addressof(attributes))
    words = subprocess.list2cmdline([*find_runtime().command, str(receive)])
    block = "".join(f"{name}={value}\0" for name, value in environment(confinement, scratch).items()) + "\0"
    flags = SUSPENDED | UNICODE_ENVIRONMENT | EXTENDED_STARTUP | NO_WINDOW
    born = Born()
    held = job(confinement.limits.resident_bytes)
    command = ctypes.create_unicode_buffer(words)
    check(
        KERNEL.CreateProcessW(
            *(None, command, None, None, True, flags, ctypes.create_unicode_buffer(block), None),
            *(ctypes.byref(startup), ctypes.byref(born)),
        )
    )
    try:
        check(KERNEL.AssignProcessToJobObject(wintypes.HANDLE(held), wintypes.HANDLE(born.process)))
    except OSError:
        KERNEL.TerminateProcess(wintypes.HANDLE(born.process), 1)
        raise
    KERNEL.ResumeThread(wintypes.HANDLE(born.thread))
    _winapi.CloseHandle(born.thread)
    return _Process(born, held)
