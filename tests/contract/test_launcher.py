"""What every launcher does, each tier and the one that refuses: a child that proved itself, or a sentence that says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import pytest

from app.domain.policy import Guarantee, Reason, Tier
from app.sandbox.check import PROBE, Refusal, check
from app.sandbox.ending import JobFailed, refused
from app.sandbox.nursery import Launcher, Nursery
from app.sandbox.tiers import HOLDS, STRONGEST_FIRST

T = TypeVar("T")
MAKERS: dict[str, Callable[[], Launcher]] = {
    **{tier.value: partial(Nursery, tier=tier) for tier in STRONGEST_FIRST},
    "refusal": lambda: Refusal(refused("namespaces", "Nothing can be confined here.", "Ask somebody.")),
}


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Callable[[], Launcher]:
    return MAKERS[str(request.param)]


def through(make: Callable[[], Launcher], work: Callable[[Launcher], Awaitable[T]]) -> T:
    async def run() -> T:
        launcher = make()
        try:
            return await work(launcher)
        finally:
            await launcher.close()

    return asyncio.run(run())


async def answers(launcher: Launcher, **grant: object) -> str:
    """``echo``, or the code of the refusal, which has a sentence and a remedy."""
    try:
        child = await launcher.start(PROBE.model_copy(update=grant))
    except JobFailed as failure:
        assert failure.reason is Reason.REFUSED
        assert failure.message.endswith(".")
        assert failure.hint.endswith(".")
        return failure.code
    reply = await child.request("echo", {"text": "echo"})
    await child.close()
    assert child.exited.done()
    return str(reply.result["text"])


def test_it_confines_or_refuses_and_the_tier_says_which(make: Callable[[], Launcher]) -> None:
    async def work(launcher: Launcher) -> tuple[str, str, Tier]:
        assert launcher.tier is Tier.NONE, "nothing is promised before it was tried"
        return await answers(launcher), await answers(launcher), launcher.tier

    first, second, tier = through(make, work)
    assert first == second
    assert (first == "echo") is (tier is not Tier.NONE)


def test_the_report_promises_what_the_tier_does(make: Callable[[], Launcher]) -> None:
    report = through(make, check)
    assert set(report.holds) == HOLDS[report.tier]
    assert bool(report.reason) is (report.tier is Tier.NONE)


def test_a_need_the_tier_lacks_is_refused(make: Callable[[], Launcher]) -> None:
    async def work(launcher: Launcher) -> tuple[str, Tier]:
        await answers(launcher)
        return await answers(launcher, needs=frozenset(Guarantee)), launcher.tier

    said, tier = through(make, work)
    assert (said == "echo") is (HOLDS[tier] == frozenset(Guarantee))


def test_what_is_preloaded_changes_nothing_but_the_start(make: Callable[[], Launcher]) -> None:
    async def work(launcher: Launcher) -> tuple[str, str]:
        return await answers(launcher), await answers(launcher, preload=("json",))

    cold, warm = through(make, work)
    assert cold == warm


def test_closing_ends_every_child(make: Callable[[], Launcher]) -> None:
    async def work(launcher: Launcher) -> bool:
        try:
            child = await launcher.start(PROBE)
        except JobFailed:
            return True
        await launcher.close()
        return not child.alive

    assert through(make, work)
