"""Cases 32 to 35, 38 to 40, 53 and 55: other processes, made, reached or become."""

# ruff: noqa: PTH123

from __future__ import annotations

import ctypes
import fcntl
import json
import mmap
import multiprocessing
import os
import resource
import signal
import struct
import subprocess
import sys

from tests.sandbox.probes.base import Given, call, probe


def mark(name: str) -> None:
    """Said by a child that must not be, on the output it shares: so the host sees that it lived."""
    os.write(1, json.dumps(["child", name]).encode() + b"\n")


@probe
def fork(given: Given) -> None:
    pid = os.fork()
    if pid == 0:
        mark("fork")
        os._exit(0)
    os.waitpid(pid, 0)


VFORK = bytes.fromhex("b83a000000 0f05 85c0 7509 b83c000000 31ff 0f05 c3")
"""x86_64: vfork; the child, which shares our memory and stack, ends at once; the parent returns what the call answered."""


@probe
def vfork(given: Given) -> None:
    """The call itself: a function of the C library would return into the frame its child has destroyed."""
    if os.uname().machine != "x86_64":
        clone_process(given)
        return
    everything = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    room = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, everything)
    room.write(VFORK)
    pid = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(room)))()
    if pid < 0:
        raise OSError(-pid, "vfork")
    os.waitpid(pid, 0)


@probe
def vfork_spawn(given: Given) -> None:
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-I", "-S", "-c", ""], {}), 0)


@probe
def subprocess_run(given: Given) -> None:
    subprocess.run(["/bin/sh", "-c", 'echo \'["child", "subprocess_run"]\''], check=False)


def child(name: str) -> None:
    mark(name)


@probe
def multiprocessing_start(given: Given) -> None:
    one = multiprocessing.get_context("fork").Process(target=child, args=("multiprocessing_start",))
    one.start()
    one.join()


@probe
def multiprocessing_spawn(given: Given) -> None:
    one = multiprocessing.get_context("spawn").Process(target=int)
    one.start()
    one.join()


@probe
def pty_fork(given: Given) -> None:
    pid, terminal = os.forkpty()
    if pid == 0:
        os._exit(0)
    os.close(terminal)
    os.waitpid(pid, 0)


@probe
def fork_bomb(given: Given) -> str:
    made = 0
    for _ in range(3 if given["apart"] else 10_000):
        try:
            pid = os.fork()
        except OSError:
            return f"stopped after {made}"
        if pid == 0:
            mark("fork_bomb")
            os._exit(0)
        made += 1  # noqa: SIM113 - also after the loop
        os.waitpid(pid, 0)
    return "ok"


@probe
def daemonise(given: Given) -> None:
    os.setsid()


@probe
def double_fork(given: Given) -> None:
    first = os.fork()
    if first == 0:
        if os.fork() == 0:
            mark("double_fork")
        os._exit(0)
    os.waitpid(first, 0)


@probe
def clone_process(given: Given) -> None:
    if call("clone", signal.SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


@probe
def signal_host(given: Given) -> None:
    os.kill(given["signal_host"], signal.SIGKILL)


@probe
def signal_stop(given: Given) -> None:
    os.kill(given["signal_stop"], signal.SIGSTOP)


@probe
def signal_parent(given: Given) -> None:
    os.kill(os.getppid(), 0)


@probe
def signal_everybody(given: Given) -> None:
    os.kill(-1, 0)


@probe
def signal_own_group(given: Given) -> None:
    os.kill(0, 0)


@probe
def signal_group(given: Given) -> None:
    os.killpg(given["witness"], 0)


@probe
def signal_thread(given: Given) -> None:
    call("tgkill", given["signal_thread"], given["signal_thread"], signal.SIGKILL)


@probe
def signal_any_thread(given: Given) -> None:
    call("tkill", given["signal_any_thread"], signal.SIGKILL)


def information(number: int) -> ctypes.Array[ctypes.c_char]:
    """``siginfo_t`` of a queued signal."""
    return ctypes.create_string_buffer(struct.pack("iii", number, 0, -1), 128)


@probe
def signal_value(given: Given) -> None:
    call("rt_sigqueueinfo", given["signal_value"], signal.SIGKILL, information(signal.SIGKILL))


@probe
def signal_thread_value(given: Given) -> None:
    pid = given["signal_thread_value"]
    call("rt_tgsigqueueinfo", pid, pid, signal.SIGKILL, information(signal.SIGKILL))


@probe
def signal_queue(given: Given) -> None:
    signal.pidfd_send_signal(os.pidfd_open(given["signal_queue"]), signal.SIGKILL)


@probe
def signal_by_handle(given: Given) -> None:
    """The call alone, on a descriptor that is no process."""
    call("pidfd_send_signal", 1, 0, None, 0)


@probe
def signal_by_owner(given: Given) -> None:
    """Our own pipe, told to signal another process when something comes."""
    read, write = os.pipe()
    fcntl.fcntl(read, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(read, fcntl.F_SETOWN, given["signal_by_owner"])
    fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
    os.write(write, b"x")
    os.close(read)
    os.close(write)


@probe
def owner_of_a_pipe(given: Given) -> None:
    read, write = os.pipe()
    try:
        fcntl.fcntl(read, fcntl.F_SETOWN, os.getpid())
    finally:
        os.close(read)
        os.close(write)


@probe
def ptrace_attach(given: Given) -> str:
    pid = given["witness"]
    call("ptrace", 16, pid, 0, 0)
    os.waitpid(pid, 0x40000000)
    word = ctypes.c_long()
    call("ptrace", 2, pid, given["witness_address"] + 16, ctypes.addressof(word))
    call("ptrace", 17, pid, 0, 0)
    return told(bytes(word))


def told(content: bytes) -> str:
    return "secret" if b"4711" in content else "ok"


def vector(address: int, size: int) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(struct.pack("@PN", address, size), 16)


@probe
def process_vm_readv(given: Given) -> str:
    room = ctypes.create_string_buffer(64)
    theirs = vector(given["witness_address"], 32)
    call("process_vm_readv", given["witness"], vector(ctypes.addressof(room), 32), 1, theirs, 1, 0)
    return told(room.raw)


@probe
def process_vm_writev(given: Given) -> None:
    room = ctypes.create_string_buffer(b"changed")
    theirs = vector(given["witness_address"] + 32, 7)
    call("process_vm_writev", given["witness"], vector(ctypes.addressof(room), 7), 1, theirs, 1, 0)


@probe
def pidfd_open(given: Given) -> None:
    os.close(os.pidfd_open(given["witness"]))


@probe
def pidfd_getfd(given: Given) -> str:
    handle = os.pidfd_open(given["witness"]) if given["apart"] else 1
    return told(os.pread(call("pidfd_getfd", handle, given["witness_handle"], 0), 64, 0))


@probe
def proc_mem(given: Given) -> str:
    handle = os.open(f"/proc/{given['witness']}/mem", os.O_RDONLY)
    try:
        return told(os.pread(handle, 32, given["witness_address"]))
    finally:
        os.close(handle)


@probe
def proc_mem_write(given: Given) -> None:
    handle = os.open(f"/proc/{given['witness']}/mem", os.O_RDWR)
    try:
        os.pwrite(handle, b"changed", given["witness_address"] + 48)
    finally:
        os.close(handle)


@probe
def proc_descriptor(given: Given) -> str:
    return told(open(f"/proc/{given['witness']}/fd/{given['witness_handle']}", "rb").read())


@probe
def kcmp(given: Given) -> None:
    """Whether two processes have the same file open: asked of one that is not ours it tells of its memory."""
    call("kcmp", os.getpid(), given["witness"], 2, 0, 0)


@probe
def robust_list(given: Given) -> None:
    """An address in the memory of another process. The call is allowed; the namespace or Landlock answers."""
    head, size = ctypes.c_void_p(), ctypes.c_size_t()
    call("get_robust_list", given["witness"], ctypes.byref(head), ctypes.byref(size))


@probe
def prlimit_other(given: Given) -> None:
    resource.prlimit(given["witness"], resource.RLIMIT_CORE, (0, 0))


@probe
def prlimit_parent(given: Given) -> None:
    resource.prlimit(os.getppid(), resource.RLIMIT_CORE, resource.prlimit(os.getppid(), resource.RLIMIT_CORE))


@probe
def priority_other(given: Given) -> None:
    os.setpriority(os.PRIO_PROCESS, given["witness"], 19)


@probe
def scheduler_other(given: Given) -> None:
    os.sched_setscheduler(given["witness"], os.SCHED_BATCH, os.sched_param(0))


@probe
def ioprio_other(given: Given) -> None:
    call("ioprio_set", 1, given["witness"], (2 << 13) | 7)


@probe
def affinity_other(given: Given) -> None:
    os.sched_setaffinity(given["witness"], os.sched_getaffinity(0))


@probe
def exec_system(given: Given) -> None:
    os.execv("/bin/true", ["true"])


@probe
def exec_interpreter(given: Given) -> None:
    os.execv(given["interpreter"], ["python", "-I", "-S", "-c", ""])


@probe
def exec_own_file(given: Given) -> None:
    """A program of its own making, by the line that names its interpreter."""
    path = os.environ["TMPDIR"] + "/own-program"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o755)
    os.write(handle, b"#!/bin/sh\nexit 0\n")
    os.close(handle)
    os.execv(path, ["own"])


@probe
def exec_memory(given: Given) -> None:
    os.memfd_create("program")


@probe
def execveat(given: Given) -> None:
    """A program that is no file anywhere; where memory files are not to be had, the call alone."""
    handle = -1
    if given["apart"]:
        handle = os.memfd_create("program", 0)
        with open("/bin/true", "rb") as file:
            os.write(handle, file.read())
    words = (ctypes.c_char_p * 2)(b"true", None)
    call("execveat", handle, ctypes.create_string_buffer(b""), words, None, 0x1000)


@probe
def exec_by_handle(given: Given) -> None:
    os.execve(os.open("/proc/self/exe", os.O_RDONLY), ["python", "-I", "-S", "-c", ""], {})


@probe
def exec_through_proc(given: Given) -> None:
    os.execv("/proc/self/exe", ["python", "-I", "-S", "-c", ""])


@probe
def set_user_root(given: Given) -> None:
    os.setresuid(0, 0, 0)


@probe
def set_groups(given: Given) -> None:
    os.setgroups([0])


@probe
def set_group_root(given: Given) -> None:
    os.setresgid(0, 0, 0)


@probe
def exec_sudo(given: Given) -> None:
    """A program whose file would give it root."""
    os.execv("/usr/bin/su", ["su", "--version"])


@probe
def capset(given: Given) -> None:
    call("capset", None, None)


@probe
def no_privileges(given: Given) -> str:
    with open("/proc/self/status") as file:
        lines = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    powerless = all(int(lines[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"))
    locked = lines["NoNewPrivs"] == "1" and lines["Seccomp"] == "2"
    return "powerless" if powerless and locked and 0 not in (*os.getresuid(), *os.getresgid()) else "ok"


@probe
def interpreter_flags(given: Given) -> str:
    return "isolated" if sys.flags.isolated and sys.flags.no_site and sys.flags.dont_write_bytecode else "ok"
