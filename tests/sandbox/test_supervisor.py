"""A long-lived child comes back, an end is an event, and there is an end to coming back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.domain.policy import Limits, Reason, Tier
from app.kernel.errors import Known
from app.sandbox.child import Child, Exited
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed
from app.sandbox.nursery import Nursery
from app.sandbox.supervisor import RESTARTS, Supervised

ECHO = Confinement(
    role="engine",
    worker="app.sandbox.probe",
    packages=False,
    limits=Limits(cpu_seconds=0, wall_seconds=0, address_space_bytes=0),
)


def supervise(
    act: Callable[[Supervised], Awaitable[None]], *, prepared: Callable[[Child], Awaitable[None]] | None = None
) -> list[Exited]:
    """Run ``act`` with a supervised echo; the ends it was told of."""
    ends: list[Exited] = []

    async def run() -> None:
        nursery = Nursery()
        given = {"prepared": prepared} if prepared else {}
        supervised = Supervised(nursery, ECHO, on_exit=ends.append, first_pause=0.01, **given)
        try:
            await act(supervised)
        finally:
            await supervised.close()
            await nursery.close()

    asyncio.run(run())
    return ends


async def text(child: Child) -> str:
    return str((await child.request("echo", {"text": "here"})).result["text"])


def test_one_child_for_all_who_ask(tier: Tier) -> None:
    async def act(supervised: Supervised) -> None:
        first, second = await asyncio.gather(supervised.child(), supervised.child())
        assert first is second
        assert supervised.alive
        assert await text(first) == "here"

    assert supervise(act) == []


def test_a_killed_child_comes_back_prepared(tier: Tier) -> None:
    prepared: list[int] = []

    async def prepare(child: Child) -> None:
        assert await text(child) == "here"
        prepared.append(child.pid)

    async def act(supervised: Supervised) -> None:
        first = await supervised.child()
        first.kill(Reason.MEMORY)
        await first.exited
        second = await supervised.child()
        while second is first:
            await asyncio.sleep(0.01)
            second = await supervised.child()
        assert await text(second) == "here"
        assert prepared == [first.pid, second.pid]

    assert [one.reason for one in supervise(act, prepared=prepare)] == [Reason.MEMORY]


def test_a_child_that_never_gets_ready_is_left_off_and_can_be_asked_for_again(tier: Tier) -> None:
    lives = 0

    async def prepare(child: Child) -> None:
        nonlocal lives
        lives += 1
        if lives <= RESTARTS + 1:
            child.kill(Reason.CRASHED)
            await child.exited
            await child.request("echo")

    async def act(supervised: Supervised) -> None:
        with pytest.raises(JobFailed):
            await supervised.child()
        assert lives == RESTARTS + 1
        assert await text(await supervised.child()) == "here"

    assert [one.reason for one in supervise(act, prepared=prepare)] == [Reason.CRASHED] * (RESTARTS + 1)


def test_a_known_failure_of_the_preparation_is_told_not_retried(tier: Tier) -> None:
    async def prepare(_: Child) -> None:
        raise Known("carrel.model.broken", "The model is broken.", "Choose another.")

    async def act(supervised: Supervised) -> None:
        with pytest.raises(Known) as caught:
            await supervised.child()
        assert caught.value.code == "carrel.model.broken"
        assert not supervised.alive

    assert supervise(act, prepared=prepare) == []


def test_closing_is_not_an_exit(tier: Tier) -> None:
    async def act(supervised: Supervised) -> None:
        child = await supervised.child()
        await supervised.close()
        assert not child.alive

    assert supervise(act) == []
