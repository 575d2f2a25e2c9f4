"""One running child, seen from the parent: requests out, frames in, and its end as an ordinary event.

Nothing a child sends is believed: a frame out of place, too long, malformed or cut off kills it, and the request it
belonged to yields neither a result nor an artifact.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from app.domain.policy import Limits, Reason
from app.kernel.errors import Known
from app.sandbox.ending import Exited as Exited  # noqa: PLC0414 - part of this module's face
from app.sandbox.ending import JobFailed as JobFailed  # noqa: PLC0414
from app.sandbox.ending import failed
from app.sandbox.frames import FROM_CHILD, HEADER, Kind, ProtocolError, check_header, encode, parse
from app.sandbox.usage import peak

GRACE_SECONDS = 0.5
STALL_SECONDS = 10.0
"""A frame once begun has this long to arrive whole."""
ARTIFACTS = 256
"""How many one request may hand over."""


@dataclass(frozen=True)
class Artifact:
    """Bytes a child handed over. ``untrusted_name`` is display text."""

    untrusted_name: str
    kind: str
    data: bytes


@dataclass
class Reply:
    """A finished request.

    Attributes:
        result: the RESULT body without its id; untrusted until validated by the caller.
        peak_resident: the most memory the child had used when it answered, in bytes, as the kernel counted it.
    """

    result: dict[str, Any]
    artifacts: list[Artifact] = field(default_factory=list)
    peak_resident: int = 0


class Child:
    """A confined process and its pipes. Belongs to one event loop. Requests run one at a time, in order.

    Attributes:
        pid: of the worker itself, on the host.
        ready: the READY body: locks taken and canaries tried.
        exited: done when the process is gone, with how.
    """

    def __init__(
        self,
        role: str,
        pid: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        exited: asyncio.Future[Exited],
        kill: Callable[[Reason], None],
        limits: Limits,
    ) -> None:
        self.role = role
        self.pid = pid
        self.ready: dict[str, Any] = {}
        self.exited = exited
        self._reader = reader
        self._writer = writer
        self._kill = kill
        self._limits = limits
        self._ids = itertools.count(1)
        self._turn = asyncio.Lock()
        self._head = b""
        self._ending = False
        exited.add_done_callback(lambda _: writer.close())

    @property
    def alive(self) -> bool:
        return not self.exited.done()

    @property
    def willing(self) -> bool:
        """Whether a new request can reach it: it is there, and nobody is ending it."""
        return self.alive and not self._ending

    async def handshake(self, seconds: float) -> dict[str, Any]:
        """Wait for READY; anything else ends the child.

        Raises:
            JobFailed: ``refused`` with the child's own words if it could not lock itself in, else how it ended.
        """
        try:
            kind, body, _ = await self._receive(_deadline(seconds))
        except ProtocolError:
            raise await self._failure(Reason.PROTOCOL) from None
        if kind is Kind.ERROR and isinstance(body, dict):
            ended = await self._failure(Reason.REFUSED)
            text = str(body.get("message"))
            raise JobFailed(Reason.REFUSED, text, ended.hint, code=str(body.get("code")), stderr=ended.stderr)
        if kind is not Kind.READY or not isinstance(body, dict):
            raise await self._failure(Reason.PROTOCOL)
        self.ready = body
        return body

    async def request(
        self, op: str, fields: dict[str, Any] | None = None, data: Iterable[bytes] = (), *, wall_seconds: float = 0
    ) -> Reply:
        """One request from start to RESULT; PROGRESS frames are dropped.

        ``wall_seconds`` overrides the child's own limit; both 0 means no limit.

        Raises:
            JobFailed: the child died, broke the protocol, went over a limit or took too long.
            Known: the child answered with an error of its own.
        """
        reply = Reply({})
        async with contextlib.aclosing(self.stream(op, fields, data, reply, wall_seconds=wall_seconds)) as events:
            async for _ in events:
                pass
        return reply

    async def conclude(
        self, op: str, fields: dict[str, Any] | None = None, data: Iterable[bytes] = (), *, wall_seconds: float = 0
    ) -> Reply:
        """The last request: its reply counts only once the child is gone and sent nothing after it.

        Raises:
            JobFailed: as ``request``, and ``protocol`` for a second result.
            Known: the child answered with an error of its own; it is ended all the same.
        """
        try:
            reply = await self.request(op, fields, data, wall_seconds=wall_seconds)
            self._writer.close()
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    more = await self._reader.read(1)
            except TimeoutError:
                self.kill(Reason.CANCELLED)
                more = b""
            if more:
                raise await self._failure(Reason.PROTOCOL)
            return reply
        finally:
            await self.close()

    async def stream(
        self,
        op: str,
        fields: dict[str, Any] | None = None,
        data: Iterable[bytes] = (),
        reply: Reply | None = None,
        *,
        wall_seconds: float = 0,
    ) -> AsyncGenerator[dict[str, Any]]:
        """PROGRESS bodies of one request as they come; RESULT and artifacts go into ``reply``.

        Closing the iterator early sends CANCEL and drains the request; a child that does not end it in
        ``GRACE_SECONDS`` is killed.
        """
        reply = reply if reply is not None else Reply({})
        async with self._turn:
            number = next(self._ids)
            deadline = _deadline(wall_seconds or self._limits.wall_seconds)
            ended = False
            try:
                await self._send(Kind.REQUEST, {"id": number, "op": op, **(fields or {})}, deadline)
                for piece in data:
                    await self._send(Kind.DATA, piece, deadline)
                async for body in self._events(number, reply, deadline):
                    yield body
                ended = True
            except Known:
                ended = True
                raise
            except ProtocolError:
                ended = True
                raise await self._failure(Reason.PROTOCOL) from None
            finally:
                if not ended and self.alive:
                    await self._cancel(number)

    def kill(self, reason: Reason) -> None:
        """End it now; ``exited`` will carry ``reason``."""
        self._ending = True
        self._kill(reason)

    async def close(self, seconds: float = GRACE_SECONDS) -> Exited:
        """Close its input, give it ``seconds`` to end by itself, then kill it."""
        self._ending = True
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self.exited)
        except TimeoutError:
            self.kill(Reason.CANCELLED)
            return await self.exited

    async def _cancel(self, number: int) -> None:
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                await self._send(Kind.CANCEL, {"id": number}, None)
                async for _ in self._events(number, Reply({}), None):
                    pass
        except (TimeoutError, ProtocolError, asyncio.CancelledError):
            self.kill(Reason.CANCELLED)
        except Known:
            pass

    async def _events(self, number: int, reply: Reply, deadline: float | None) -> AsyncIterator[dict[str, Any]]:
        heads: list[tuple[dict[str, Any], bytearray]] = []
        received = 0
        while True:
            kind, body, size = await self._receive(deadline)
            received += size
            if received > self._limits.output_bytes:
                raise await self._failure(Reason.OUTPUT_LIMIT)
            if isinstance(body, bytes):
                if not heads:
                    raise ProtocolError("artifact data without a head")
                heads[-1][1].extend(body)
                continue
            if body.pop("id", None) != number:
                raise ProtocolError("a frame of another request")
            match kind:
                case Kind.PROGRESS:
                    yield body
                case Kind.ARTIFACT_HEAD if len(heads) < ARTIFACTS:
                    heads.append((body, bytearray()))
                case Kind.ARTIFACT_HEAD:
                    raise await self._failure(Reason.OUTPUT_LIMIT)
                case Kind.RESULT:
                    reply.artifacts = [_artifact(head, content) for head, content in heads]
                    reply.result = body
                    reply.peak_resident = peak(self.pid)
                    return
                case Kind.ERROR:
                    raise _error(body)
                case _:
                    raise ProtocolError(f"{kind.name} inside a request")

    async def _send(self, kind: Kind, body: dict[str, Any] | bytes, deadline: float | None) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                self._writer.write(encode(kind, body))
                await self._writer.drain()
        except TimeoutError:
            raise await self._failure(Reason.TIMEOUT) from None
        except (OSError, RuntimeError):
            raise await self._failure(None) from None

    async def _receive(self, deadline: float | None) -> tuple[Kind, dict[str, Any] | bytes, int]:
        """The next frame and its size. A read that is cancelled goes on where it stopped.

        Raises:
            ProtocolError: not a frame a child may send.
            JobFailed: the child ended, took too long, or stopped in the middle of a frame.
        """
        try:
            if not self._head:
                async with asyncio.timeout_at(deadline):
                    self._head = await self._reader.readexactly(1)
            stall = asyncio.get_running_loop().time() + STALL_SECONDS
            async with asyncio.timeout_at(min(stall, deadline or stall)):
                if len(self._head) < HEADER.size:
                    self._head += await self._reader.readexactly(HEADER.size - 1)
                kind, length = check_header(self._head)
                if kind not in FROM_CHILD:
                    raise ProtocolError(f"{kind.name} from a child")
                body = await self._reader.readexactly(length)
        except TimeoutError:
            raise await self._failure(Reason.PROTOCOL if self._head else Reason.TIMEOUT) from None
        except asyncio.IncompleteReadError as cut:
            half = self._head or cut.partial
            raise await self._failure(None, otherwise=Reason.PROTOCOL if half else Reason.CRASHED) from None
        self._head = b""
        return kind, body if kind is Kind.ARTIFACT_DATA else parse(body), HEADER.size + length

    async def _failure(self, reason: Reason | None, *, otherwise: Reason = Reason.CRASHED) -> JobFailed:
        """Make sure it is over, and say how in a sentence. Without a ``reason`` its own end gives it, or ``otherwise``."""
        if reason:
            self.kill(reason)
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                ended = await asyncio.shield(self.exited)
        except TimeoutError:
            self.kill(Reason.PROTOCOL)
            ended = await self.exited
        why = ended.reason or reason or otherwise
        return failed(self.role, why, ended)


def _deadline(seconds: float) -> float | None:
    return asyncio.get_running_loop().time() + seconds if seconds else None


def _error(body: dict[str, Any]) -> Known:
    """A worker's own error; all three fields are its words, so only their type is believed."""
    code, message, hint = (str(body.get(key, "")) for key in ("code", "message", "hint"))
    if not code.startswith("carrel.") or not message:
        raise ProtocolError("an error without a code")
    return Known(code, message, hint)


def _artifact(head: dict[str, Any], content: bytearray) -> Artifact:
    if head.get("bytes") != len(content):
        raise ProtocolError("an artifact is not as long as announced")
    return Artifact(str(head.get("name", "")), str(head.get("kind", "")), bytes(content))
