"""Cases 32 to 35, 38 to 40, 53 and 55: other processes, made, reached or become."""

# ruff: noqa: PTH123

from __future__ import annotations

import ctypes
import mmap
import multiprocessing
import os
import resource
import signal
import subprocess
import sys

from tests.sandbox.probes.base import Given, call, probe


@probe
def fork(given: Given) -> None:
    pid = os.fork()
    if pid == 0:
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
    room = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    room.write(VFORK)
    pid = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(room)))()
    if pid < 0:
        raise OSError(-pid, "vfork")
    os.waitpid(pid, 0)


@probe
def vfork_spawn(given: Given) -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


@probe
def subprocess_run(given: Given) -> None:
    subprocess.run(["/bin/true"], check=False)


@probe
def multiprocessing_start(given: Given) -> None:
    one = multiprocessing.get_context("fork").Process(target=int)
    one.start()
    one.join()


@probe
def fork_bomb(given: Given) -> str:
    made = 0
    for _ in range(3 if given["apart"] else 10_000):
        try:
            pid = os.fork()
        except OSError:
            return f"stopped after {made}"
        if pid == 0:
            os._exit(0)
        made += 1  # noqa: SIM113 - also after the loop
        os.waitpid(pid, 0)
    return "ok"


@probe
def daemonise(given: Given) -> None:
    os.setsid()


@probe
def clone_process(given: Given) -> None:
    if call("clone", signal.SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


@probe
def signal_host(given: Given) -> None:
    os.kill(given["victim"], signal.SIGUSR1)


@probe
def signal_stop(given: Given) -> None:
    os.kill(given["victim"], signal.SIGSTOP)
    os.kill(given["victim"], signal.SIGCONT)


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
def signal_thread(given: Given) -> None:
    call("tgkill", given["victim"], given["victim"], 0)


@probe
def signal_queue(given: Given) -> None:
    signal.pidfd_send_signal(os.pidfd_open(given["victim"]), 0)


@probe
def ptrace_attach(given: Given) -> None:
    call("ptrace", 16, given["victim"], 0, 0)
    os.waitpid(given["victim"], 0x40000000)
    call("ptrace", 17, given["victim"], 0, 0)


def vector(size: int) -> ctypes.Array[ctypes.c_char]:
    room = ctypes.create_string_buffer(size)
    pair = (ctypes.c_size_t * 2)(ctypes.addressof(room), 0)
    return ctypes.create_string_buffer(bytes(pair), 16)


@probe
def process_vm_readv(given: Given) -> None:
    call("process_vm_readv", given["victim"], vector(8), 1, vector(8), 1, 0)


@probe
def process_vm_writev(given: Given) -> None:
    call("process_vm_writev", given["victim"], vector(8), 1, vector(8), 1, 0)


@probe
def pidfd_open(given: Given) -> None:
    os.close(os.pidfd_open(given["victim"]))


@probe
def pidfd_getfd(given: Given) -> None:
    call("pidfd_getfd", 1 if given["apart"] is False else os.pidfd_open(given["victim"]), 0, 0)


@probe
def proc_mem(given: Given) -> None:
    os.close(os.open(f"/proc/{given['victim']}/mem", os.O_RDONLY))


@probe
def prlimit_other(given: Given) -> None:
    resource.prlimit(given["victim"], resource.RLIMIT_CORE, (0, 0))


@probe
def priority_other(given: Given) -> None:
    os.setpriority(os.PRIO_PROCESS, given["victim"], 19)


@probe
def scheduler_other(given: Given) -> None:
    os.sched_setscheduler(given["victim"], os.SCHED_BATCH, os.sched_param(0))


@probe
def ioprio_other(given: Given) -> None:
    call("ioprio_set", 1, given["victim"], (2 << 13) | 7)


@probe
def affinity_other(given: Given) -> None:
    os.sched_setaffinity(given["victim"], os.sched_getaffinity(0))


@probe
def exec_system(given: Given) -> None:
    os.execv("/bin/true", ["true"])


@probe
def exec_interpreter(given: Given) -> None:
    os.execv(given["interpreter"], ["python", "-I", "-S", "-c", ""])


@probe
def exec_own_file(given: Given) -> None:
    path = os.environ["TMPDIR"] + "/own-program"
    with open(path, "w") as file:
        file.write("#!/bin/sh\nexit 0\n")
    os.execv(path, ["own"])


@probe
def exec_memory(given: Given) -> None:
    os.memfd_create("program")


@probe
def execveat(given: Given) -> None:
    call("execveat", -1, ctypes.create_string_buffer(b""), None, None, 0x1000)


@probe
def set_user_root(given: Given) -> None:
    os.setresuid(0, 0, 0)


@probe
def set_groups(given: Given) -> None:
    os.setgroups([0])


@probe
def capset(given: Given) -> None:
    call("capset", None, None)


@probe
def no_privileges(given: Given) -> str:
    with open("/proc/self/status") as file:
        lines = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    powerless = int(lines["CapEff"], 16) == 0 and lines["NoNewPrivs"] == "1" and lines["Seccomp"] == "2"
    return "powerless" if powerless and 0 not in (os.getuid(), os.geteuid()) else "ok"


@probe
def interpreter_flags(given: Given) -> str:
    return "isolated" if sys.flags.isolated and sys.flags.no_site and sys.flags.dont_write_bytecode else "ok"
