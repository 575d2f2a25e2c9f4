"""One running child, seen from the parent: requests out, frames in, and its end as an ordinary event."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.policy import Reason
from app.kernel.errors import Known
from app.sandbox.frames import FROM_CHILD, HEADER, Kind, ProtocolError, check_header, encode, parse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable

GRACE_SECONDS = 0.5
QUEUE_FRAMES = 256


@dataclass(frozen=True)
class Exited:
    """How a child ended.

    Attributes:
        code: exit status, negative for a signal.
        reason: set by the parent when it ended the child, else derived from the code.
        stderr: the last lines it wrote, for the log of a bug; untrusted.
    """

    code: int
    reason: Reason | None
    stderr: str = ""


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
    """

    result: dict[str, Any]
    artifacts: list[Artifact] = field(default_factory=list)


class JobFailed(Known):
    """A request that did not end well, with the sandbox's reason for it."""

    def __init__(self, reason: Reason, message: str, hint: str, *, code: str = "", stderr: str = "") -> None:
        super().__init__(code or f"carrel.child.{reason}", message, hint, retryable=reason is not Reason.REFUSED)
        self.reason = reason
        self.stderr = stderr


class Child:
    """A confined process and its pipes. Belongs to one event loop. Requests run one at a time, in order.

    Attributes:
        ready: the READY body: locks taken and canaries tried.
    """

    def __init__(
        self,
        role: str,
        pid: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        exited: asyncio.Future[Exited],
        kill: Callable[[Reason], None],
        output_bytes: int,
    ) -> None:
        self.role = role
        self.pid = pid
        self.ready: dict[str, Any] = {}
        self.exited = exited
        self._reader = reader
        self._writer = writer
        self._kill = kill
        self._output_bytes = output_bytes
        self._ids = itertools.count(1)
        self._turn = asyncio.Lock()

    @property
    def alive(self) -> bool:
        return not self.exited.done()

    async def handshake(self, seconds: float) -> dict[str, Any]:
        """Wait for READY; anything else ends the child."""
        try:
            async with asyncio.timeout(seconds):
                kind, body = await self._receive()
        except TimeoutError:
            self.kill(Reason.TIMEOUT)
            raise await self._failure(Reason.TIMEOUT) from None
        if kind is not Kind.READY or not isinstance(body, dict):
            self.kill(Reason.PROTOCOL)
            raise await self._failure(Reason.PROTOCOL)
        self.ready = body
        return body

    async def request(
        self, op: str, fields: dict[str, Any] | None = None, data: Iterable[bytes] = (), *, wall_seconds: float = 0
    ) -> Reply:
        """One request from start to RESULT; PROGRESS frames are dropped.

        Raises:
            JobFailed: the child died, broke the protocol, went over a limit or took longer than ``wall_seconds``.
            Known: the child answered with an error of its own.
        """
        reply = Reply({})
        try:
            async with (
                asyncio.timeout(wall_seconds or None),
                contextlib.aclosing(self.stream(op, fields, data, reply)) as events,
            ):
                async for _ in events:
                    pass
        except TimeoutError:
            self.kill(Reason.TIMEOUT)
            raise await self._failure(Reason.TIMEOUT) from None
        return reply

    async def stream(
        self,
        op: str,
        fields: dict[str, Any] | None = None,
        data: Iterable[bytes] = (),
        reply: Reply | None = None,
    ) -> AsyncGenerator[dict[str, Any]]:
        """PROGRESS bodies of one request as they come; RESULT and artifacts go into ``reply``.

        Closing the iterator early sends CANCEL and drains the request; a child that does not end it in
        ``GRACE_SECONDS`` is killed.
        """
        reply = reply if reply is not None else Reply({})
        async with self._turn:
            number = next(self._ids)
            ended = False
            try:
                await self._send(Kind.REQUEST, {"id": number, "op": op, **(fields or {})})
                for piece in data:
                    await self._send(Kind.DATA, piece)
                async for body in self._events(number, reply):
                    yield body
                ended = True
            except (JobFailed, Known):
                ended = True
                raise
            except ProtocolError:
                ended = True
                self.kill(Reason.PROTOCOL)
                raise await self._failure(Reason.PROTOCOL) from None
            finally:
                if not ended and self.alive:
                    await self._cancel(number)

    def kill(self, reason: Reason) -> None:
        """End it now; ``exited`` will carry ``reason``."""
        self._kill(reason)

    async def close(self, seconds: float = GRACE_SECONDS) -> Exited:
        """Close its input, give it ``seconds`` to end by itself, then kill it."""
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self.exited), seconds)
        self.kill(Reason.CANCELLED)
        return await self.exited

    async def _cancel(self, number: int) -> None:
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                await self._send(Kind.CANCEL, {"id": number})
                async for _ in self._events(number, Reply({})):
                    pass
        except (TimeoutError, ProtocolError, asyncio.CancelledError):
            self.kill(Reason.CANCELLED)
        except Known:
            pass

    async def _events(self, number: int, reply: Reply) -> AsyncIterator[dict[str, Any]]:
        heads: list[tuple[dict[str, Any], bytearray]] = []
        received = 0
        while True:
            kind, body = await self._receive()
            received += len(body)
            if kind is Kind.ARTIFACT_DATA:
                if not heads or not isinstance(body, bytes):
                    raise ProtocolError("artifact data without a head")
                heads[-1][1].extend(body)
                received += len(body)
                if received > self._output_bytes:
                    self.kill(Reason.OUTPUT_LIMIT)
                    raise await self._failure(Reason.OUTPUT_LIMIT)
                continue
            if not isinstance(body, dict) or body.pop("id", None) != number:
                raise ProtocolError("a frame of another request")
            if kind is Kind.PROGRESS:
                yield body
            elif kind is Kind.ARTIFACT_HEAD:
                heads.append((body, bytearray()))
            elif kind is Kind.RESULT:
                reply.result = body
                reply.artifacts = [_artifact(head, content) for head, content in heads]
                return
            elif kind is Kind.ERROR:
                raise Known(*(str(body.get(key, "")) for key in ("code", "message", "hint")))
            else:
                raise ProtocolError(f"{kind.name} inside a request")

    async def _send(self, kind: Kind, body: dict[str, Any] | bytes) -> None:
        try:
            self._writer.write(encode(kind, body))
            await self._writer.drain()
        except (BrokenPipeError, ConnectionError):
            raise await self._failure(None) from None

    async def _receive(self) -> tuple[Kind, dict[str, Any] | bytes]:
        try:
            kind, length = check_header(await self._reader.readexactly(HEADER.size))
            if kind not in FROM_CHILD:
                raise ProtocolError(f"{kind.name} from a child")
            body = await self._reader.readexactly(length)
        except asyncio.IncompleteReadError as cut:
            if cut.partial and self.alive:
                self.kill(Reason.PROTOCOL)
            raise await self._failure(None) from None
        return kind, body if kind is Kind.ARTIFACT_DATA else parse(body)

    async def _failure(self, reason: Reason | None) -> JobFailed:
        """Wait for the end and say it in a sentence."""
        try:
            ended = await asyncio.wait_for(asyncio.shield(self.exited), GRACE_SECONDS)
        except TimeoutError:
            self.kill(reason or Reason.PROTOCOL)
            ended = await self.exited
        why = reason or ended.reason or Reason.CRASHED
        return JobFailed(why, *sentence(self.role, why, ended.code), stderr=ended.stderr)


def sentence(role: str, reason: Reason, code: int) -> tuple[str, str]:
    """What happened and what to do, for a person."""
    name = {"engine": "The model", "index": "The index", "embedder": "The embedder", "reader": "The reader"}.get(
        role, "The program"
    )
    match reason:
        case Reason.TIMEOUT:
            return f"{name} took too long and was stopped.", "Try again with less, or allow more time."
        case Reason.MEMORY:
            return f"{name} used more memory than it may and was stopped.", "Close other programs or try a smaller one."
        case Reason.CPU:
            return f"{name} used more processor time than it may and was stopped.", "Try again with less."
        case Reason.OUTPUT_LIMIT:
            return f"{name} produced more than it may and was stopped.", "Ask for less at once."
        case Reason.DISK:
            return f"{name} ran out of space.", "Free some disk space, then try again."
        case Reason.PROTOCOL:
            return f"{name} sent something that could not be understood and was stopped.", "Try again."
        case Reason.CANCELLED:
            return f"{name} was stopped.", "Try again when you want to."
        case Reason.REFUSED:
            return f"{name} was not started.", "Run carrel doctor to see what is missing."
        case Reason.CRASHED:
            how = f"signal {-code}" if code < 0 else f"exit {code}"
            return f"{name} stopped unexpectedly ({how}).", "Try again; what was saved is not lost."


def _artifact(head: dict[str, Any], content: bytearray) -> Artifact:
    if head.get("bytes") != len(content):
        raise ProtocolError("an artifact is not as long as announced")
    return Artifact(str(head.get("name", "")), str(head.get("kind", "")), bytes(content))
