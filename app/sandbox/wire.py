"""The child's end of the pipes: blocking, standard library only."""

from __future__ import annotations

import _thread
import os

from app.sandbox.frames import BYTE_KINDS, HEADER, Kind, ProtocolError, check_header, encode, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHUNK = 1 << 20


class Wire:
    """Frames over two file descriptors. Sending is safe from several threads, receiving from one."""

    def __init__(self, receive_fd: int, send_fd: int, input_fds: tuple[int, ...] = ()) -> None:
        self._receive_fd = receive_fd
        self._send_fd = send_fd
        self.input_fds = input_fds
        self._sending = _thread.allocate_lock()

    def receive(self) -> tuple[Kind, dict[str, Any] | bytes] | None:
        """The next frame, or None when the parent closed its end."""
        header = self._read(HEADER.size)
        if len(header) < HEADER.size:
            return None
        kind, length = check_header(header)
        body = self._read(length)
        if len(body) != length:
            return None
        return kind, body if kind in BYTE_KINDS else parse(body)

    def request(self) -> dict[str, Any] | None:
        """The next REQUEST, or None at the end.

        Raises:
            ProtocolError: another kind of frame.
        """
        frame = self.receive()
        if frame is None:
            return None
        kind, body = frame
        if kind is not Kind.REQUEST or not isinstance(body, dict):
            raise ProtocolError(f"expected a REQUEST, not {kind.name}")
        return body

    def send(self, kind: Kind, body: dict[str, Any] | bytes | memoryview) -> None:
        """Write one frame; blocks while the parent does not read."""
        frame = memoryview(encode(kind, body))
        with self._sending:
            while frame:
                frame = frame[os.write(self._send_fd, frame[:CHUNK]) :]

    def result(self, request: dict[str, Any], **fields: Any) -> None:
        """End ``request`` well."""
        self.send(Kind.RESULT, {"id": request["id"], **fields})

    def error(self, request: dict[str, Any], code: str, message: str, hint: str = "") -> None:
        """End ``request`` with a known error."""
        self.send(Kind.ERROR, {"id": request["id"], "code": code, "message": message, "hint": hint})

    def artifact(self, request: dict[str, Any], name: str, kind: str, data: bytes) -> None:
        """Hand one artifact to the parent. ``kind`` is a media type; ``name`` is display text."""
        self.send(Kind.ARTIFACT_HEAD, {"id": request["id"], "name": name, "kind": kind, "bytes": len(data)})
        view = memoryview(data)
        for start in range(0, len(data), CHUNK):
            self.send(Kind.ARTIFACT_DATA, view[start : start + CHUNK])

    def _read(self, length: int) -> bytes:
        parts: list[bytes] = []
        while length:
            part = os.read(self._receive_fd, min(length, CHUNK))
            if not part:
                break
            parts.append(part)
            length -= len(part)
        return b"".join(parts)
