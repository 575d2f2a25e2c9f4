"""The self-test, and the tiers this machine must have (``CARREL_EXPECT_TIERS``, separated by commas)."""

from __future__ import annotations

import asyncio

from app.domain.policy import Guarantee, Tier
from app.sandbox.canaries import HELD
from app.sandbox.check import check, open_launcher
from app.sandbox.tiers import HOLDS
from app.services.bench.sandbox import rows
from tests.sandbox.conftest import EXPECTED, report


def test_tiers_of_this_machine(each_tier: Tier) -> None:
    """Each by its own self-test; ``open_launcher`` gives out the first that there is."""
    found = report(each_tier)
    assert found.tier is each_tier
    assert set(found.holds) == HOLDS[each_tier]
    assert all(one.held for one in found.canaries)
    assert len(found.guarantees) == len(found.holds)
    assert found.lacks


def test_nothing_else_is_expected() -> None:
    assert set(EXPECTED) <= {one.value for one in Tier}


def test_what_holds_is_shown_by_canaries(tier: Tier) -> None:
    report = asyncio.run(check())
    assert report.tier is tier
    assert set(report.holds) == set(Guarantee)
    assert len(report.guarantees) == len(Guarantee)
    assert {one.name for one in report.canaries} == set(HELD)
    assert all(one.held for one in report.canaries)
    assert {"seccomp", "not_root", "no_new_privileges"} <= set(report.locks)


def test_the_launcher_of_this_machine_is_proved_before_it_is_given_out(tier: Tier) -> None:
    async def run() -> Tier:
        launcher = await open_launcher()
        try:
            return launcher.tier
        finally:
            await launcher.close()

    assert asyncio.run(run()) is tier


def test_a_bench_row_has_its_fields(tier: Tier) -> None:
    assert tier

    async def run() -> list[dict[str, object]]:
        launcher = await open_launcher()
        try:
            return await rows(launcher, runs=2)
        finally:
            await launcher.close()

    found = asyncio.run(run())
    assert [row["name"] for row in found] == ["sandbox.cold", "sandbox.warm", "sandbox.warm_at_once"]
    for row in found:
        assert (row["better"], row["unit"], row["runs"]) == ("lower", "s", 2)
        assert float(str(row["ours"])) > 0
