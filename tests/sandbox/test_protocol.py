"""Case 58: what a hostile child sends. From outside: ``protocol``, killed, and no artifact."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from app.domain.policy import Limits, Reason
from app.kernel.errors import Known
from app.sandbox.child import Child, Exited, JobFailed
from app.sandbox.frames import HEADER, Kind, encode
from tests.sandbox.conftest import Run, limits

GOOD = encode(Kind.RESULT, {"id": 1, "exit": 0})


def frame(kind: int, body: bytes, length: int | None = None) -> bytes:
    return struct.pack("<BI", kind, len(body) if length is None else length) + body


ATTACKS = {
    "4 GB length": frame(Kind.RESULT, b"{}", 2**32 - 1),
    "artifact over its limit": frame(Kind.ARTIFACT_DATA, b"", 2**31),
    "unknown kind": frame(77, b"{}"),
    "a kind only the parent sends": frame(Kind.REQUEST, b'{"id":1}'),
    "a second READY": frame(Kind.READY, b'{"id":1}'),
    "depth 100000": frame(Kind.RESULT, b'{"id":1,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "depth 33": frame(Kind.RESULT, b'{"id":1,"a":' + b"[" * 33 + b"]" * 33 + b"}"),
    "NaN": frame(Kind.RESULT, b'{"id":1,"a":NaN}'),
    "infinity": frame(Kind.RESULT, b'{"id":1,"a":-Infinity}'),
    "duplicate keys": frame(Kind.RESULT, b'{"id":1,"a":1,"a":2}'),
    "not UTF-8": frame(Kind.RESULT, b'{"id":1,"a":"\xff"}'),
    "a list": frame(Kind.RESULT, b"[1]"),
    "a number of ten thousand digits": frame(Kind.RESULT, b'{"id":1,"a":' + b"9" * 10_000 + b"}"),
    "another request's result": frame(Kind.RESULT, b'{"id":2}'),
    "no id": frame(Kind.RESULT, b"{}"),
    "artifact data without a head": frame(Kind.ARTIFACT_DATA, b"x"),
    "an artifact shorter than announced": frame(Kind.ARTIFACT_HEAD, b'{"id":1,"name":"a","bytes":9}') + GOOD,
    "an error without a code": frame(Kind.ERROR, b'{"id":1,"code":7}'),
    "half a header, then the end": b"\x08",
    "half a body, then the end": frame(Kind.RESULT, b'{"id":1', 100),
}


class Peer:
    """The child's side of the pipes in the hands of the test; ``kill`` is only noted."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.killed: list[Reason] = []

    async def __aenter__(self) -> Peer:
        loop = asyncio.get_running_loop()
        self._up_read, self.send_fd = os.pipe()
        self.receive_fd, down_write = os.pipe()
        reader = asyncio.StreamReader()
        self._up, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self._up_read, "rb", 0)
        )
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(down_write, "wb", 0)
        )
        self._writer = asyncio.StreamWriter(transport, protocol, None, loop)
        self.exited: asyncio.Future[Exited] = loop.create_future()

        def kill(reason: Reason) -> None:
            self.killed.append(reason)
            if not self.exited.done():
                self.exited.set_result(Exited(-9, self.killed[0]))

        self.child = Child("tool", 0, reader, self._writer, self.exited, kill, self._limits)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.end()
        os.close(self.receive_fd)
        self._writer.close()
        self._up.close()
        await asyncio.sleep(0)

    def say(self, data: bytes) -> None:
        os.write(self.send_fd, data)

    def end(self) -> None:
        if self.send_fd >= 0:
            os.close(self.send_fd)
            self.send_fd = -1


def meet(act: Callable[[Peer], Awaitable[None]], **fields: float) -> list[Reason]:
    """Run ``act`` against a child on open pipes; what it was killed for."""

    async def run() -> list[Reason]:
        async with Peer(limits(**fields)) as peer:
            await act(peer)
            return peer.killed

    return asyncio.run(run())


def test_58_a_result_before_ready() -> None:
    async def act(peer: Peer) -> None:
        peer.say(GOOD)
        with pytest.raises(JobFailed) as caught:
            await peer.child.handshake(5)
        assert caught.value.reason is Reason.PROTOCOL

    assert meet(act) == [Reason.PROTOCOL]


def test_58_no_ready_at_all() -> None:
    async def act(peer: Peer) -> None:
        with pytest.raises(JobFailed) as caught:
            await peer.child.handshake(0.1)
        assert caught.value.reason is Reason.TIMEOUT

    assert meet(act) == [Reason.TIMEOUT]


def test_58_half_a_frame_and_then_silence() -> None:
    async def act(peer: Peer) -> None:
        peer.say(GOOD[:-1])
        with pytest.raises(JobFailed) as caught:
            await peer.child.request("any")
        assert caught.value.reason is Reason.PROTOCOL

    assert meet(act, wall_seconds=0.2) == [Reason.PROTOCOL]


def test_58_a_second_result_takes_the_first_with_it() -> None:
    async def act(peer: Peer) -> None:
        peer.say(GOOD + GOOD)
        with pytest.raises(JobFailed) as caught:
            await peer.child.conclude("any")
        assert caught.value.reason is Reason.PROTOCOL

    assert meet(act)[0] is Reason.PROTOCOL


def test_58_a_second_result_ends_the_next_request() -> None:
    async def act(peer: Peer) -> None:
        peer.say(GOOD + GOOD)
        assert (await peer.child.request("any")).result == {"exit": 0}
        with pytest.raises(JobFailed) as caught:
            await peer.child.request("any")
        assert caught.value.reason is Reason.PROTOCOL

    assert meet(act) == [Reason.PROTOCOL]


def test_a_stream_that_is_closed_early_leaves_the_child_usable() -> None:
    async def act(peer: Peer) -> None:
        peer.say(encode(Kind.PROGRESS, {"id": 1, "text": "a"}) + encode(Kind.PROGRESS, {"id": 1, "text": "b"}) + GOOD)
        async with aclosing(peer.child.stream("any")) as events:
            async for event in events:
                assert event == {"text": "a"}
                break
        peer.say(encode(Kind.RESULT, {"id": 2, "exit": 5}))
        assert (await peer.child.request("any")).result == {"exit": 5}

    assert meet(act) == []


def test_a_read_cut_off_in_the_middle_of_a_frame_goes_on_where_it_stopped() -> None:
    async def act(peer: Peer) -> None:
        half = encode(Kind.PROGRESS, {"id": 1, "text": "a"})
        peer.say(half[: HEADER.size + 2])
        task = asyncio.create_task(peer.child.request("any"))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0.05)
        peer.say(half[HEADER.size + 2 :] + GOOD)
        with pytest.raises(asyncio.CancelledError):
            await task

    assert meet(act) == []


def test_a_child_that_does_not_stop_is_killed() -> None:
    async def act(peer: Peer) -> None:
        peer.say(encode(Kind.PROGRESS, {"id": 1}))
        async with aclosing(peer.child.stream("any")) as events:
            async for _ in events:
                break

    assert meet(act) == [Reason.CANCELLED]


def test_an_error_of_the_worker_is_known_and_leaves_the_child_alive() -> None:
    async def act(peer: Peer) -> None:
        peer.say(encode(Kind.ERROR, {"id": 1, "code": "carrel.any.thing", "message": "No.", "hint": "Stop."}))
        with pytest.raises(Known) as caught:
            await peer.child.request("any")
        assert (caught.value.code, caught.value.message, caught.value.hint) == ("carrel.any.thing", "No.", "Stop.")

    assert meet(act) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_58_hostile_frames_meet_a_child(attack: str) -> None:
    async def act(peer: Peer) -> None:
        peer.say(encode(Kind.ARTIFACT_HEAD, {"id": 1, "name": "kept", "kind": "", "bytes": 0}))
        writing = asyncio.create_task(asyncio.to_thread(_write_all, peer, ATTACKS[attack]))
        with pytest.raises(JobFailed) as caught:
            await peer.child.request("any")
        await writing
        assert caught.value.reason is Reason.PROTOCOL

    assert meet(act)[0] is Reason.PROTOCOL


def _write_all(peer: Peer, data: bytes) -> None:
    while data:
        data = data[os.write(peer.send_fd, data) :]
    peer.end()


@pytest.mark.parametrize(
    "attack", ["4 GB length", "depth 100000", "NaN", "duplicate keys", "half a body, then the end"]
)
def test_58_hostile_frames_from_inside(everywhere: Callable[..., Run], attack: str) -> None:
    """The same from a confined script that found the pipe; an artifact it left before does not come out."""
    source = f"""
open("kept", "w").write("should not come out")
for number, mode in descriptors():
    if stat.S_ISFIFO(mode):
        try: os.write(number, {ATTACKS[attack]!r})
        except OSError: pass
if {attack.startswith("half")}: os._exit(0)
"""
    run = everywhere(source, limits=limits(wall_seconds=20.0))
    assert (run.reason, run.artifacts) == (Reason.PROTOCOL, ())


def test_58_two_results_from_inside(everywhere: Callable[..., Run]) -> None:
    source = f"""
for number, mode in descriptors():
    if stat.S_ISFIFO(mode):
        try: os.write(number, {GOOD!r})
        except OSError: pass
"""
    run = everywhere(source)
    assert (run.reason, run.artifacts) == (Reason.PROTOCOL, ())
