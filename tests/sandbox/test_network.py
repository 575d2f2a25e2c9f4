"""Cases 1, 3 and 7: nothing a child sends reaches a listener of the host."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from tests.sandbox.conftest import Run

SILENCE = 0.3


def arrived(server: socket.socket) -> bool:
    """Whether anything came to the host's listener."""
    server.settimeout(SILENCE)
    try:
        if server.type is socket.SOCK_STREAM:
            server.accept()[0].close()
        else:
            server.recv(16)
    except TimeoutError:
        return False
    return True


def test_1_tcp4_loopback(confined: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = f"say(lambda: socket.create_connection({server.getsockname()!r}, 5).close())"
        assert unconfined(source).lines == ["ok"]
        assert arrived(server)
        assert confined(source).lines == ["EPERM"]
        assert not arrived(server)


def test_3_udp_loopback(confined: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        source = f"""
def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", {server.getsockname()!r})
say(send)
"""
        assert unconfined(source).lines == ["ok"]
        assert arrived(server)
        assert confined(source).lines == ["EPERM"]
        assert not arrived(server)


def test_7_unix_path_connect(confined: Callable[..., Run], unconfined: Callable[[str], Run], tmp_path: Path) -> None:
    path = str(tmp_path / "stream")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen()
        source = f"""
def connect():
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect({path!r})
say(connect)
"""
        assert unconfined(source).lines == ["ok"]
        assert arrived(server)
        assert confined(source, read=(tmp_path,)).lines == ["EPERM"]
        assert not arrived(server)


def test_7_unix_datagrams_through_a_pair(
    confined: Callable[..., Run], unconfined: Callable[[str], Run], tmp_path: Path
) -> None:
    """A pair needs no ``socket()``; each way to give it an address is closed."""
    path = str(tmp_path / "datagrams")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        source = f"""
say(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", {path!r}))
say(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendmsg([b"x"], [], 0, {path!r}))
"""
        assert unconfined(source).lines == ["ok", "ok"]
        assert arrived(server)
        assert arrived(server)
        assert confined(source, read=(tmp_path,)).lines == ["EPERM", "EPERM"]
        assert not arrived(server)


def test_a_pair_inside_the_process_works_but_carries_no_descriptor(
    confined: Callable[..., Run], unconfined: Callable[[str], Run]
) -> None:
    source = """
left, right = socket.socketpair()
left.send(b"hello")
print(right.recv(5).decode())
say(lambda: left.sendmsg([b"x"]))
"""
    assert unconfined(source).lines == ["hello", "ok"]
    assert confined(source).lines == ["hello", "EPERM"]
