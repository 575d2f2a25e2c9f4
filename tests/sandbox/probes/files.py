"""Cases 13 to 18, 21 to 23 and 41 to 43, 51: files of the host, at paths that are granted for reading or not at all."""

# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH110, PTH116, PTH123, PTH208, PTH211

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import stat

from tests.sandbox.probes.base import Given, call, probe


def read(path: str) -> str:
    with open(path, "rb") as file:
        return "secret" if b"4711" in file.read() else "ok"


@probe
def read_home_secret(given: Given) -> str:
    return read(given["secrets"] + "/secret")


@probe
def read_ssh_key(given: Given) -> str:
    return read(given["secrets"] + "/.ssh/id")


@probe
def read_vault_file(given: Given) -> str:
    return read(given["secrets"] + "/carrel.db")


@probe
def list_home(given: Given) -> None:
    os.listdir(given["secrets"])


@probe
def read_through_dots(given: Given) -> str:
    return read(given["folder"] + "/../secrets/secret")


@probe
def read_through_granted_link(given: Given) -> str:
    return read(given["folder"] + "/link")


@probe
def read_granted(given: Given) -> str:
    return read(given["folder"] + "/granted")


@probe
def read_etc_passwd(given: Given) -> None:
    read("/etc/passwd")


@probe
def read_etc_shadow(given: Given) -> None:
    read("/etc/shadow")


@probe
def read_init_environment(given: Given) -> str:
    return read("/proc/1/environ")


@probe
def read_host_environment(given: Given) -> None:
    read(f"/proc/{given['host']}/environ")


@probe
def argv_of_the_host(given: Given) -> None:
    read(f"/proc/{given['host']}/cmdline")


@probe
def argv_secret(given: Given) -> str:
    return read(f"/proc/{given['witness']}/cmdline")


@probe
def argv_of_the_parent(given: Given) -> str:
    """Of bubblewrap's own first process, where that is all the parent there is."""
    return read(f"/proc/{os.getppid()}/cmdline")


@probe
def stat_existence(given: Given) -> None:
    os.stat(given["secrets"] + "/secret")


@probe
def env_secret(given: Given) -> str:
    return "told" if "CARREL_SECRET" in os.environ else "absent"


@probe
def env_secret_proc(given: Given) -> str:
    with open("/proc/self/environ", "rb") as file:
        return "told" if b"CARREL_SECRET" in file.read() else "absent"


@probe
def write_new(given: Given) -> None:
    open(given["folder"] + "/new", "w").close()


@probe
def write_old(given: Given) -> None:
    with open(given["folder"] + "/write_old", "a") as file:
        file.write("changed")


@probe
def write_hidden(given: Given) -> None:
    with open(given["secrets"] + "/write_hidden", "a") as file:
        file.write("changed")


@probe
def write_tmp(given: Given) -> None:
    open(given["shared"] + "/planted_write_tmp", "w").close()


@probe
def write_dev_shm(given: Given) -> None:
    open(given["memory"] + "/planted_write_dev_shm", "w").close()


@probe
def write_code(given: Given) -> None:
    open(given["code"] + "/planted_write_code.py", "x").close()


@probe
def truncate(given: Given) -> None:
    os.truncate(given["folder"] + "/truncate", 0)


@probe
def truncate_by_open(given: Given) -> None:
    os.close(os.open(given["folder"] + "/truncate_by_open", os.O_RDONLY | os.O_TRUNC))


@probe
def unlink(given: Given) -> None:
    os.unlink(given["folder"] + "/unlink")


@probe
def rename(given: Given) -> None:
    os.rename(given["folder"] + "/rename", given["folder"] + "/renamed")


@probe
def mkdir(given: Given) -> None:
    os.mkdir(given["folder"] + "/made")


@probe
def rmdir(given: Given) -> None:
    os.rmdir(given["folder"] + "/rmdir")


@probe
def chmod(given: Given) -> None:
    os.chmod(given["folder"] + "/chmod", 0o666)


@probe
def fchmod(given: Given) -> None:
    handle = os.open(given["folder"] + "/fchmod", os.O_RDONLY)
    try:
        os.fchmod(handle, 0o666)
    finally:
        os.close(handle)


@probe
def fchmodat2(given: Given) -> None:
    call("fchmodat2", -100, ctypes.c_char_p(f"{given['folder']}/fchmodat2".encode()), 0o666, 0)


@probe
def futime(given: Given) -> None:
    handle = os.open(given["folder"] + "/futime", os.O_RDONLY)
    try:
        os.utime(handle, (1, 1))
    finally:
        os.close(handle)


@probe
def fchown(given: Given) -> None:
    handle = os.open(given["folder"] + "/fchown", os.O_RDONLY)
    try:
        os.fchown(handle, os.getuid(), os.getgid())
    finally:
        os.close(handle)


@probe
def lchown(given: Given) -> None:
    os.chown(given["folder"] + "/lchown", os.getuid(), os.getgid(), follow_symlinks=False)


@probe
def fsetxattr(given: Given) -> None:
    handle = os.open(given["folder"] + "/fsetxattr", os.O_RDONLY)
    try:
        os.setxattr(handle, "user.carrel", b"1")
    finally:
        os.close(handle)


@probe
def file_flags(given: Given) -> None:
    """The attribute that is set by ``chattr +d``, through a handle that may only read."""
    handle = os.open(given["folder"] + "/file_flags", os.O_RDONLY)
    try:
        fcntl.ioctl(handle, 0x40086602, ctypes.create_string_buffer(b"\x40", 8))
    finally:
        os.close(handle)


@probe
def utime(given: Given) -> None:
    os.utime(given["folder"] + "/utime", (1, 1))


@probe
def chown(given: Given) -> None:
    os.chown(given["folder"] + "/chown", os.getuid(), os.getgid())


@probe
def xattr(given: Given) -> None:
    os.setxattr(given["folder"] + "/xattr", "user.carrel", b"1")


@probe
def out_symlink(given: Given) -> None:
    os.symlink("/etc/passwd", os.environ["TMPDIR"] + "/out-link")


@probe
def out_fifo(given: Given) -> None:
    os.mkfifo(os.environ["TMPDIR"] + "/out-fifo")


@probe
def out_device(given: Given) -> None:
    os.mknod(os.environ["TMPDIR"] + "/out-device", stat.S_IFCHR | 0o600, os.makedev(1, 3))


@probe
def out_socket(given: Given) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(os.environ["TMPDIR"] + "/out-socket")


@probe
def out_hardlink(given: Given) -> None:
    os.link(given["folder"] + "/granted", os.environ["TMPDIR"] + "/out-hard")


@probe
def out_suid_bit(given: Given) -> None:
    path = os.environ["TMPDIR"] + "/out-suid"
    open(path, "w").close()
    os.chmod(path, 0o4777)


@probe
def out_hardlink_of_the_runtime(given: Given) -> None:
    os.link(os.__file__, os.environ["TMPDIR"] + "/out-runtime")


def for_writing(path: str) -> None:
    """Opened and closed again; nothing is written, since the control is the machine's own."""
    os.close(os.open(path, os.O_WRONLY))


@probe
def kernel_setting(given: Given) -> None:
    for_writing("/proc/sys/kernel/core_pattern")


@probe
def kernel_sysrq(given: Given) -> None:
    for_writing("/proc/sysrq-trigger")


@probe
def kernel_sys(given: Given) -> None:
    for_writing("/sys/kernel/uevent_helper" if os.path.exists("/sys/kernel/uevent_helper") else "/sys/power/state")


@probe
def kernel_own_oom(given: Given) -> None:
    for_writing("/proc/self/oom_score_adj")


@probe
def init_memory(given: Given) -> None:
    """bubblewrap's own first process has no filter: who could write there would have none either."""
    os.close(os.open("/proc/1/mem", os.O_RDWR))


@probe
def kernel_host_oom(given: Given) -> None:
    for_writing(f"/proc/{given['host']}/oom_score_adj")


@probe
def own_folder(given: Given) -> str:
    path = os.environ["TMPDIR"] + "/mine"
    with open(path, "w") as file:
        file.write("ok")
    with open(path) as file:
        return file.read()
