"""Cases 1 to 12."""

# ruff: noqa: PTH116

from __future__ import annotations

import ctypes
import os
import socket
import time

from tests.sandbox.probes.base import Given, call, probe

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
def dns_lookup(given: Given) -> str:
    begun = time.monotonic()
    try:
        socket.getaddrinfo("localhost", 80)
    except socket.gaierror:
        return "unknown" if time.monotonic() - begun < 5 else "slow"
    return "ok"


@probe
def unix_path_stream(given: Given) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(given["unix_path_stream"])


@probe
def unix_path_sendto(given: Given) -> None:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        left.sendto(b"x", given["unix_path_sendto"])


@probe
def unix_path_sendmsg(given: Given) -> None:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        left.sendmsg([b"x"], [], 0, given["unix_path_sendmsg"])


@probe
def unix_path_sendmmsg(given: Given) -> None:
    left, right = socket.socketpair()
    with left, right:
        call("sendmmsg", left.fileno(), ctypes.create_string_buffer(64), 0, 0)


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
    return "told" if any(name in os.environ for name in DESKTOP) else "absent"


@probe
def desktop_socket(given: Given) -> None:
    os.stat(given["secrets"] + "/X0")


@probe
def desktop_socket_bind(given: Given) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(given["folder"] + "/bound")


def family(number: int, kind: int, protocol: int = 0) -> None:
    socket.socket(number, kind, protocol).close()


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
def io_uring_setup(given: Given) -> None:
    call("io_uring_setup", 1, None)


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
def socketpair_unix(given: Given) -> str:
    left, right = socket.socketpair()
    with left, right:
        left.send(b"ok")
        return right.recv(2).decode()
