"""Cases 44 to 50 and 56: namespaces, mounts, keys, the rarer calls, and attempts to undo the locks."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import socket
import termios

from tests.sandbox.probes.base import Given, call, probe

NEWUSER, NEWNS, NEWPID, NEWNET = 0x10000000, 0x20000, 0x20000000, 0x40000000
NOWHERE = b"/carrel-nowhere"


def text(value: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(value)


@probe
def unshare_user(given: Given) -> None:
    call("unshare", NEWUSER)


@probe
def unshare_mounts(given: Given) -> None:
    call("unshare", NEWNS)


@probe
def unshare_processes(given: Given) -> None:
    call("unshare", NEWPID)


@probe
def unshare_network(given: Given) -> None:
    call("unshare", NEWNET)


@probe
def clone_user(given: Given) -> None:
    if call("clone", NEWUSER | 17, 0, 0, 0, 0) == 0:
        os._exit(0)


@probe
def clone_high_bits(given: Given) -> None:
    """A thread's flags with bits beyond 32, which a filter that looks at half of them would let pass."""
    if call("clone", (1 << 40) | 17, 0, 0, 0, 0) == 0:
        os._exit(0)


@probe
def clone3(given: Given) -> None:
    call("clone3", None, 0)


@probe
def setns(given: Given) -> None:
    call("setns", -1, 0)


@probe
def mount(given: Given) -> None:
    call("mount", text(b"none"), text(NOWHERE), text(b"tmpfs"), 0, None)


@probe
def umount2(given: Given) -> None:
    call("umount2", text(NOWHERE), 2)


@probe
def pivot_root(given: Given) -> None:
    call("pivot_root", text(NOWHERE), text(NOWHERE))


@probe
def chroot(given: Given) -> None:
    os.chroot("/")


@probe
def open_tree(given: Given) -> None:
    call("open_tree", -100, text(NOWHERE), 1)


@probe
def fsopen(given: Given) -> None:
    call("fsopen", text(b"carrel-nothing"), 0)


@probe
def fsmount(given: Given) -> None:
    call("fsmount", -1, 0, 0)


@probe
def move_mount(given: Given) -> None:
    call("move_mount", -100, text(NOWHERE), -100, text(NOWHERE), 0)


@probe
def mount_setattr(given: Given) -> None:
    call("mount_setattr", -100, text(NOWHERE), 0, None, 0)


@probe
def chain(given: Given) -> str:
    """A handle on the root from before, new namespaces, the old mounts detached, then a write through the handle."""
    root = os.open("/", os.O_PATH | os.O_DIRECTORY)
    try:
        for step, flags in (("user", NEWUSER | NEWNS), ("mounts", NEWNS)):
            try:
                call("unshare", flags)
                break
            except OSError as error:
                if step == "mounts":
                    return "refused at once" if error.errno == 1 else str(error)
        path = given["folder"].lstrip("/") + "/chain"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND, dir_fd=root), "w") as file:
            file.write("changed")
    finally:
        os.close(root)
    return "ok"


@probe
def keyctl(given: Given) -> None:
    call("keyctl", 0, -3, 0)


@probe
def add_key(given: Given) -> None:
    call("add_key", text(b"user"), text(b"carrel-test"), text(b"x"), 1, -1)


@probe
def request_key(given: Given) -> None:
    call("request_key", text(b"user"), text(b"carrel-nothing"), None, 0)


@probe
def bpf(given: Given) -> None:
    call("bpf", 0, None, 0)


@probe
def perf_event_open(given: Given) -> None:
    call("perf_event_open", None, 0, -1, -1, 0)


@probe
def userfaultfd(given: Given) -> None:
    os.close(call("userfaultfd", 1))


@probe
def kexec_load(given: Given) -> None:
    call("kexec_load", 0, 17, None, 0)


@probe
def init_module(given: Given) -> None:
    call("init_module", None, 0, None)


@probe
def delete_module(given: Given) -> None:
    call("delete_module", text(b"carrel_nothing"), 0)


@probe
def open_by_handle_at(given: Given) -> None:
    call("open_by_handle_at", -100, None, 0)


@probe
def personality(given: Given) -> None:
    call("personality", 0xFFFFFFFF)


@probe
def modify_ldt(given: Given) -> None:
    call("modify_ldt", 0, None, 0)


@probe
def quotactl(given: Given) -> None:
    call("quotactl", 0, None, 0, None)


@probe
def settimeofday(given: Given) -> None:
    call("settimeofday", None, None)


@probe
def fanotify_init(given: Given) -> None:
    os.close(call("fanotify_init", 0x200, 0))


@probe
def memfd_secret(given: Given) -> None:
    os.close(call("memfd_secret", 0))


@probe
def sysv_shm(given: Given) -> None:
    call("shmat", call("shmget", given["shm_key"], 16, 0), None, 0o10000)


@probe
def sysv_msg(given: Given) -> None:
    call("msgget", 0, 0o600)


@probe
def sysv_sem(given: Given) -> None:
    call("semget", 0, 1, 0o600)


@probe
def mq_open(given: Given) -> None:
    call("mq_open", text(b"carrel-nothing"), 0, 0, None)


@probe
def tiocsti(given: Given) -> None:
    fcntl.ioctl(1, termios.TIOCSTI, b"x")


@probe
def tioclinux(given: Given) -> None:
    fcntl.ioctl(1, 0x541C, b"\x02")


@probe
def open_ptmx(given: Given) -> None:
    os.close(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))


@probe
def open_tty(given: Given) -> None:
    os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))


@probe
def second_ruleset(given: Given) -> None:
    call("landlock_create_ruleset", None, 0, 1)


@probe
def second_filter(given: Given) -> None:
    call("seccomp", 2, 0, text(b"\x00\x00\xff\x7f"))


@probe
def dumpable_again(given: Given) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(4, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


@probe
def raise_limit(given: Given) -> None:
    """More than was given; the control has no limit of its own to raise against, so it sets what it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@probe
def descriptors(given: Given) -> str:
    """Everything open from 3 on, by kind: only the two pipes of the protocol and, unconfined, what was left open."""
    kinds = []
    for number in range(3, 256):
        try:
            kinds.append(os.fstat(number).st_mode >> 12)
        except OSError:
            continue
    return "two pipes" if kinds == [1, 1] else "others"


@probe
def threads(given: Given) -> str:
    left, right = socket.socketpair()
    import threading

    thread = threading.Thread(target=left.send, args=(b"ok",))
    thread.start()
    with left, right:
        said = right.recv(2).decode()
        thread.join()
        return said
