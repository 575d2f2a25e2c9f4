"""Cases 44 to 50 and 56: namespaces, mounts, keys, the rarer calls, and attempts to undo the locks."""

# ruff: noqa: PTH110, PTH123, PTH208

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import resource
import socket
import struct
import termios

from tests.sandbox.probes.base import PROBES, Given, call, probe

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


def private(given: Given) -> None:
    """Unconfined: mounts of one's own, to do with what one likes. Root needs no new user for them."""
    if given["apart"]:
        call("unshare", NEWNS if os.getuid() == 0 else NEWUSER | NEWNS)
        call("mount", None, text(b"/"), None, 0x44000, None)  # MS_REC | MS_PRIVATE


def place(given: Given) -> ctypes.Array[ctypes.c_char]:
    return text(given["shared"].encode())


@probe
def mount(given: Given) -> None:
    private(given)
    call("mount", text(b"none"), place(given), text(b"tmpfs"), 0, None)


@probe
def umount2(given: Given) -> None:
    private(given)
    if given["apart"]:
        call("mount", text(b"none"), place(given), text(b"tmpfs"), 0, None)
    call("umount2", place(given), 2)


@probe
def pivot_root(given: Given) -> None:
    private(given)
    if given["apart"]:
        call("mount", text(b"none"), place(given), text(b"tmpfs"), 0, None)
        os.chdir(given["shared"])
    call("pivot_root", text(b"."), text(b"."))


@probe
def chroot(given: Given) -> None:
    private(given)
    os.chroot("/")


@probe
def open_tree(given: Given) -> None:
    private(given)
    os.close(call("open_tree", -100, text(b"/"), 1 | 0x8000))


@probe
def open_tree_attr(given: Given) -> None:
    private(given)
    os.close(call("open_tree_attr", -100, text(b"/"), 1 | 0x8000, ctypes.create_string_buffer(32), 32))


@probe
def fsopen(given: Given) -> None:
    private(given)
    os.close(call("fsopen", text(b"tmpfs"), 0))


@probe
def fsconfig(given: Given) -> None:
    private(given)
    handle = call("fsopen", text(b"tmpfs"), 0) if given["apart"] else -1
    call("fsconfig", handle, 6, None, None, 0)


@probe
def fsmount(given: Given) -> None:
    private(given)
    handle = -1
    if given["apart"]:
        handle = call("fsopen", text(b"tmpfs"), 0)
        call("fsconfig", handle, 6, None, None, 0)
    os.close(call("fsmount", handle, 0, 0))


@probe
def fspick(given: Given) -> None:
    private(given)
    if given["apart"]:
        call("mount", text(b"none"), place(given), text(b"tmpfs"), 0, None)
    os.close(call("fspick", -100, place(given), 0))


@probe
def move_mount(given: Given) -> None:
    private(given)
    handle = call("open_tree", -100, text(b"/proc"), 1 | 0x8000) if given["apart"] else -1
    call("move_mount", handle, text(b""), -100, place(given), 4)


@probe
def mount_setattr(given: Given) -> None:
    private(given)
    if given["apart"]:
        call("mount", text(b"none"), place(given), text(b"tmpfs"), 0, None)
    wish = ctypes.create_string_buffer(struct.pack("=QQQQ", 1, 0, 0, 0), 32)
    call("mount_setattr", -100, place(given), 0, wish, 32)


@probe
def chain(given: Given) -> str:
    """A handle on the root from before, new namespaces, the old mounts detached, then a write through the handle."""
    root = os.open("/", os.O_PATH | os.O_DIRECTORY)
    try:
        try:
            call("unshare", NEWNS if given["apart"] and os.getuid() == 0 else NEWUSER | NEWNS)
        except OSError as error:
            return "refused at once" if error.errno == 1 else str(error)
        call("mount", None, text(b"/"), None, 0x44000, None)
        call("mount", text(b"none"), place(given), text(b"tmpfs"), 0, None)
        os.chdir(given["shared"])
        call("pivot_root", text(b"."), text(b"."))
        call("umount2", text(b"."), 2)
        if os.path.exists(given["folder"]):
            return "still there"
        path = given["folder"].lstrip("/") + "/chain"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND, dir_fd=root), "w") as file:
            file.write("changed")
    finally:
        os.close(root)
    return "ok"


@probe
def keyctl(given: Given) -> str:
    """A key of the person's, as a program keeps passwords there."""
    key = call("keyctl", 10, -4, text(b"user"), text(given["key"].encode()), 0)
    room = ctypes.create_string_buffer(32)
    call("keyctl", 11, key, room, 32, 0)
    return "secret" if b"4711" in room.raw else "ok"


@probe
def add_key(given: Given) -> None:
    call("add_key", text(b"user"), text(given["key"].encode() + b"-planted"), text(b"x"), 1, -4)


@probe
def request_key(given: Given) -> None:
    call("request_key", text(b"user"), text(given["key"].encode()), None, -4)


@probe
def bpf(given: Given) -> None:
    """An array of one number."""
    os.close(call("bpf", 0, ctypes.create_string_buffer(struct.pack("=IIII", 2, 4, 4, 1), 128), 128))


@probe
def perf_event_open(given: Given) -> None:
    """The clock of this task, which every machine can count."""
    wish = ctypes.create_string_buffer(struct.pack("=IIQ", 1, 64, 1), 64)
    os.close(call("perf_event_open", wish, 0, -1, -1, 0))


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


class Handle(ctypes.Structure):
    """``struct file_handle``."""

    _fields_ = (("size", ctypes.c_uint), ("kind", ctypes.c_int), ("bytes", ctypes.c_char * 128))


@probe
def name_to_handle_at(given: Given) -> None:
    handle, number = Handle(128), ctypes.c_int()
    call("name_to_handle_at", -100, text(given["folder"].encode()), ctypes.byref(handle), ctypes.byref(number), 0)


@probe
def open_by_handle_at(given: Given) -> str:
    """A file by its number, past every folder above it: how containers were left. Confined, the call alone."""
    handle, number, mount_fd = Handle(128), ctypes.c_int(), -100
    if given["apart"]:
        path = (given["secrets"] + "/secret").encode()
        call("name_to_handle_at", -100, text(path), ctypes.byref(handle), ctypes.byref(number), 0)
        mount_fd = os.open(given["folder"], os.O_RDONLY)
    with os.fdopen(call("open_by_handle_at", mount_fd, ctypes.byref(handle), 0), "rb") as file:
        return "secret" if b"4711" in file.read() else "ok"


@probe
def personality(given: Given) -> None:
    call("personality", 0xFFFFFFFF)


@probe
def modify_ldt(given: Given) -> None:
    call("modify_ldt", 0, ctypes.create_string_buffer(64), 64)


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
    """A message to a queue of the host."""
    call(
        "msgsnd", call("msgget", given["shm_key"], 0), ctypes.create_string_buffer(struct.pack("=q", 1), 16), 1, 0o4000
    )


@probe
def sysv_sem(given: Given) -> None:
    """One more on a semaphore of the host."""
    call(
        "semop", call("semget", given["shm_key"], 1, 0), ctypes.create_string_buffer(struct.pack("=Hhh", 0, 1, 0), 6), 1
    )


@probe
def mq_open(given: Given) -> None:
    """A message to a queue of the host that has a name."""
    handle = call("mq_open", text(given["queue"].encode()), os.O_WRONLY | os.O_NONBLOCK, 0, None)
    call("mq_timedsend", handle, text(b"x"), 1, 0, None)
    os.close(handle)


@probe
def tiocsti(given: Given) -> None:
    fcntl.ioctl(1, termios.TIOCSTI, b"x")


@probe
def tioclinux(given: Given) -> None:
    fcntl.ioctl(1, 0x541C, b"\x02")


@probe
def tiocsti_high_bits(given: Given) -> None:
    """The kernel looks at 32 bits of the command; a filter that compares 64 must not let this pass for another."""
    call("ioctl", 1, (1 << 32) | termios.TIOCSTI, text(b"x"))


@probe
def open_pts(given: Given) -> None:
    os.listdir("/dev/pts")


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
def raise_limit(given: Given) -> None:
    """More than was given; the control has no limit of its own to raise against, so it sets what it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@probe
def raise_limit_alone(given: Given) -> None:
    """The older call."""
    if ctypes.CDLL(None, use_errno=True).setrlimit(resource.RLIMIT_NOFILE, ctypes.create_string_buffer(16)):
        raise OSError(ctypes.get_errno(), "setrlimit")


@probe
def shared_memory(given: Given) -> None:
    """Of no file: unmapped it stays, and no limit and no sample sees it."""
    mmap.mmap(-1, 4096).close()


@probe
def shared_zeros(given: Given) -> None:
    """The same by the device it is another name of."""
    handle = os.open("/dev/zero", os.O_RDWR)
    mmap.mmap(handle, 4096).close()
    os.close(handle)


@probe
def private_memory(given: Given) -> str:
    with mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as room:
        room[0] = 1
    with open(os.environ["TMPDIR"] + "/mapped", "w+b") as file:
        file.write(b"ok")
        file.flush()
        with mmap.mmap(file.fileno(), 2) as room:
            return bytes(room).decode()


def alone(name: str, number: str, *arguments: object) -> None:
    """A call by itself, with arguments that do no harm where it is allowed: the answer says whether it was looked at."""

    def try_it(given: Given) -> None:
        call(number, *arguments)

    PROBES[name] = try_it


for one, given_to_it in {
    "acct": (text(NOWHERE),), "cachestat": (-1, None, None, 0), "clock_adjtime": (0, None), "clock_settime": (0, None),
    "file_getattr": (-100, text(NOWHERE), None, 0, 0), "file_setattr": (-100, text(NOWHERE), None, 0, 0),
    "finit_module": (-1, None, 0), "futex_wake": (None, 0, 0, 0), "inotify_init1": (0,), "io_setup": (0, None),
    "ioprio_get": (1, 0), "kexec_file_load": (-1, -1, 0, None, 0), "landlock_add_rule": (-1, 1, None, 0),
    "landlock_restrict_self": (-1, 0), "listmount": (None, None, 0, 0), "lsm_get_self_attr": (100, None, None, 0),
    "lsm_list_modules": (None, None, 0), "lsm_set_self_attr": (100, None, 0, 0), "map_shadow_stack": (0, 0, 0),
    "mbind": (0, 0, 0, None, 0, 0), "migrate_pages": (0, 0, None, None), "mlock": (0, 0), "mlockall": (2,),
    "move_pages": (0, 0, None, None, None, 0), "mseal": (0, 0, 0), "pkey_alloc": (0, 0),
    "process_madvise": (-1, None, 0, 0, 0), "process_mrelease": (-1, 0), "quotactl_fd": (-1, 0, 0, None),
    "reboot": (0, 0, 0, None), "remap_file_pages": (0, 0, 0, 0, 0), "removexattrat": (-100, text(NOWHERE), 0, text(b"a")),
    "sched_setattr": (0, None, 0), "set_mempolicy": (0, None, 0), "sethostname": (None, 1 << 20),
    "setitimer": (0, None, None), "setxattrat": (-100, text(NOWHERE), 0, text(b"a"), None, 0),
    "signalfd4": (-1, None, 8, 0), "splice": (-1, None, -1, None, 0, 0), "statmount": (None, None, 0, 0),
    "swapon": (text(NOWHERE), 0), "syslog": (10, None, 0), "tee": (-1, -1, 1, 0), "timer_create": (0, None, None),
    "timerfd_create": (0, 0), "vmsplice": (-1, None, 0, 0),
}.items():  # fmt: skip
    alone(one, one, *given_to_it)

for one, option in {
    "parent_death": 1, "dumpable": 4, "seccomp": 22, "keep_capabilities": 8, "drop_capability": 24, "secure_bits": 28,
    "timer_slack": 29, "machine_checks": 33, "subreaper": 36, "new_privileges": 38, "huge_pages": 41,
    "ambient": 47, "speculation": 53, "dispatch": 59, "core_scheduling": 62, "merge": 67, "tracer": 0x59616D61,
}.items():  # fmt: skip
    alone(f"control_{one}", "prctl", option, 0, 0, 0, 0)

alone("control_memory_map", "prctl", 35, 15, ctypes.create_string_buffer(8), 0, 0)

for one, command in {
    "own_signal": 10,
    "lease": 1024,
    "notify": 1026,
    "pipe_size": 1031,
    "seals": 1033,
    "hint": 1036,
}.items():
    alone(f"descriptor_{one}", "fcntl", 1, command, -1)


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
