"""Case 58 for any bytes: whatever a child sends, cut wherever, is a reply or ends the job. Nothing else comes of it."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.policy import Reason
from app.kernel.errors import Known
from app.sandbox.child import Exited, JobFailed
from app.sandbox.frames import HEADER, Kind, encode
from tests.sandbox.conftest import limits
from tests.sandbox.test_protocol import Peer

KEYS = st.sampled_from(["id", "exit", "name", "bytes", "code", "message", "a"])
VALUES = st.one_of(st.integers(0, 3), st.text(max_size=4), st.none(), st.just("carrel.a.b"), st.lists(st.just(1)))
BODIES = st.dictionaries(KEYS, VALUES, max_size=4).map(lambda body: {"id": 1, **body})
JSON_KINDS = st.sampled_from([kind for kind in Kind if kind not in (Kind.DATA, Kind.ARTIFACT_DATA)])
GOOD = st.one_of(
    st.builds(encode, JSON_KINDS, BODIES), st.binary(max_size=9).map(lambda data: encode(Kind.ARTIFACT_DATA, data))
)
BAD = st.one_of(
    st.binary(max_size=40),
    st.builds(HEADER.pack, st.integers(0, 255), st.integers(0, 2**32 - 1)),
)
SENT = st.lists(st.one_of(GOOD, GOOD, BAD), min_size=1, max_size=6).map(b"".join)


def spoiled(data: bytes, at: int, bit: int) -> bytes:
    """One bit turned over."""
    where = at % len(data) if data else 0
    return data[:where] + bytes([data[where] ^ 1 << bit]) + data[where + 1 :] if data else data


STREAMS = st.one_of(SENT, st.builds(spoiled, SENT, st.integers(0, 500), st.integers(0, 7)))


@settings(max_examples=200, deadline=None, database=None)
@given(STREAMS, st.lists(st.integers(0, 200), max_size=3))
def test_58_any_bytes_are_a_reply_or_the_end(untrusted: bytes, cuts: list[int]) -> None:
    async def run() -> None:
        async with Peer(limits(wall_seconds=30.0)) as peer:
            asked = asyncio.create_task(peer.child.request("any"))
            start = 0
            for cut in [*sorted(cuts), len(untrusted)]:
                peer.say(untrusted[start:cut])
                start = max(start, cut)
                await asyncio.sleep(0)
            peer.end()
            if not peer.exited.done():
                peer.exited.set_result(Exited(0, None))
            try:
                reply = await asked
            except JobFailed as failure:
                assert failure.reason in {Reason.PROTOCOL, Reason.CRASHED}
                assert peer.killed or failure.ended == Exited(0, None), "it is not left running"
            except Known as known:
                assert known.code.startswith("carrel.")
                assert not peer.killed
            else:
                assert not peer.killed
                assert "id" not in reply.result
                assert all(isinstance(one.data, bytes) for one in reply.artifacts)

    asyncio.run(run())
