"""Cases 1 to 12."""

# ruff: noqa: PTH116, PTH123

from __future__ import annotations

import ctypes
import errno
import os
import socket
import time

from tests.sandbox.probes.base import PROBES, Given, call, probe

MPTCP, SCTP = 262, 132
FASTOPEN = 0x20000000
DESKTOP = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "SSH_AUTH_SOCK", "DOCKER_HOST", "XDG_RUNTIME_DIR")


@probe
def tcp4_loopback(given: Given) -> None:
    socket.create_connection(tuple(given["tcp4_loopback"]), 5).close()


@probe
def tcp6_loopback(given: Given) -> None:
    with socket.socket(socket.AF_INET6) as client:
        client.connect(tuple(given["tcp6_loopback"]))


@probe
def tcp6_v4_mapped(given: Given) -> None:
    with socket.socket(socket.AF_INET6) as client:
        client.connect(("::ffff:127.0.0.1", given["tcp6_v4_mapped"][1]))


@probe
def udp_loopback(given: Given) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", tuple(given["udp_loopback"]))


@probe
def mptcp(given: Given) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP) as client:
        client.connect(tuple(given["mptcp"]))


@probe
def tcp_fastopen(given: Given) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.sendto(b"x", FASTOPEN, tuple(given["tcp_fastopen"]))


@probe
def sctp(given: Given) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM, SCTP).close()


@probe
def sctp_packets(given: Given) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_SEQPACKET, SCTP).close()


@probe
def dns_lookup(given: Given) -> str:
    begun = time.monotonic()
    try:
        socket.getaddrinfo("localhost", 80)
    except socket.gaierror:
        return "unknown" if time.monotonic() - begun < 1 else "slow"
    return "ok"


@probe
def unix_path_stream(given: Given) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(given["unix_path_stream"])


def ends() -> tuple[socket.socket, socket.socket]:
    """A pair of datagram sockets, or of streams where only these are to be had: then the call itself is what is refused."""
    try:
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    except OSError:
        return socket.socketpair()


@probe
def unix_path_sendto(given: Given) -> None:
    left, right = ends()
    with left, right:
        left.sendto(b"x", given["unix_path_sendto"])


class Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_char_p), ("length", ctypes.c_size_t))


class Message(ctypes.Structure):
    """``struct mmsghdr``."""

    _fields_ = (
        *(("name", ctypes.c_char_p), ("name_length", ctypes.c_uint), ("vectors", ctypes.POINTER(Vector))),
        *(("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t)),
        *(("flags", ctypes.c_int), ("sent", ctypes.c_uint)),
    )


def addressed(path: str) -> Message:
    name = b"\x01\x00" + path.encode() + b"\0"
    return Message(name, len(name), ctypes.pointer(Vector(b"x", 1)), 1, None, 0, 0, 0)


@probe
def unix_path_sendmsg(given: Given) -> None:
    left, right = ends()
    with left, right:
        call("sendmsg", left.fileno(), ctypes.byref(addressed(given["unix_path_sendmsg"])), 0)


@probe
def unix_path_sendmmsg(given: Given) -> None:
    left, right = ends()
    with left, right:
        call("sendmmsg", left.fileno(), ctypes.byref(addressed(given["unix_path_sendmmsg"])), 1, 0)


@probe
def unix_addressed_over_a_pair(given: Given) -> None:
    """A stream pair is to be had; an address on it is not."""
    left, right = socket.socketpair()
    with left, right:
        left.sendmsg([b"x"])


@probe
def unix_abstract_connect(given: Given) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(given["unix_abstract_connect"])


@probe
def desktop_environment(given: Given) -> str:
    told = [name for name in DESKTOP if name in os.environ]
    return "told all" if told == list(DESKTOP) else " ".join(told) or "absent"


def desktop(name: str) -> None:
    """One socket of the person's desktop: whether it is there, and whether it answers."""

    def there(given: Given) -> None:
        os.stat(given[f"desktop_{name}"])

    def connect(given: Given) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(given[f"desktop_{name}"])

    PROBES[f"desktop_{name}_there"], PROBES[f"desktop_{name}"] = there, connect


for one in ("bus", "x11", "wayland", "agent", "docker"):
    desktop(one)


@probe
def desktop_socket_bind(given: Given) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(given["folder"] + "/bound")


def family(number: int, kind: int, protocol: int = 0) -> None:
    socket.socket(number, kind, protocol).close()


@probe
def host_sockets(given: Given) -> str:
    """What is open on this machine stands in a file of our own."""
    with open("/proc/self/net/unix", encoding="utf-8", errors="replace") as file:
        return "told" if given["unix_path_stream"] in file.read() else "none of the host"


@probe
def host_connections(given: Given) -> str:
    with open("/proc/self/net/tcp", encoding="ascii") as file:
        return "told" if f":{given['tcp4_loopback'][1]:04X} " in file.read() else "none of the host"


@probe
def host_mounts(given: Given) -> str:
    """The mounts of the host have its root among them, with everything."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
        return "told" if any(line.split()[3:5] == ["/", "/"] and " - tmpfs " not in line for line in file) else "own"


@probe
def netlink(given: Given) -> None:
    family(16, socket.SOCK_RAW)


@probe
def packet(given: Given) -> None:
    family(17, socket.SOCK_RAW)


@probe
def raw_ip(given: Given) -> None:
    family(2, socket.SOCK_RAW, 1)


@probe
def vsock(given: Given) -> None:
    family(40, socket.SOCK_STREAM)


@probe
def kernel_crypto(given: Given) -> None:
    family(38, socket.SOCK_SEQPACKET)


@probe
def bluetooth(given: Given) -> None:
    family(31, socket.SOCK_RAW)


@probe
def every_family(given: Given) -> str:
    """All there are, and some that are not yet."""
    met = set()
    for number in range(64):
        try:
            socket.socket(number, socket.SOCK_DGRAM).close()
        except OSError as error:
            met.add(errno.errorcode.get(error.errno or 0, ""))
        else:
            met.add("ok")
    return " ".join(sorted(met))


@probe
def io_uring_setup(given: Given) -> None:
    os.close(call("io_uring_setup", 1, ctypes.create_string_buffer(120)))


@probe
def io_uring_enter(given: Given) -> None:
    call("io_uring_enter", -1, 0, 0, 0, None, 0)


@probe
def io_uring_register(given: Given) -> None:
    call("io_uring_register", -1, 0, None, 0)


@probe
def socketpair_inet(given: Given) -> None:
    socket.socketpair(socket.AF_INET, socket.SOCK_STREAM)


@probe
def socketpair_datagram(given: Given) -> None:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.close()
    right.close()


@probe
def socketpair_unix(given: Given) -> str:
    left, right = socket.socketpair()
    with left, right:
        left.send(b"ok")
        return right.recv(2).decode()
