"""The backends of other systems: what can be said of them here. Whether they hold, only their own canaries can say."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import pytest

from app.domain.policy import Reason, Tier
from app.sandbox.check import PROBE
from app.sandbox.ending import JobFailed
from app.sandbox.macos import Seatbelt, profile
from app.sandbox.tiers import OUTSIDE, expected, loose


@pytest.mark.skipif(sys.platform == "darwin", reason="this is a Mac: test_tiers_of_this_machine is the question")
def test_a_backend_of_another_system_runs_nothing() -> None:
    async def run() -> None:
        launcher = Seatbelt()
        with pytest.raises(JobFailed) as caught:
            await launcher.start(PROBE)
        assert caught.value.reason is Reason.REFUSED
        assert launcher.tier is Tier.NONE
        await launcher.close()

    before = set(Path(tempfile.gettempdir()).glob("carrel-job-*"))
    asyncio.run(run())
    assert set(Path(tempfile.gettempdir()).glob("carrel-job-*")) <= before


@pytest.mark.parametrize("tier", OUTSIDE)
def test_one_wrong_canary_is_enough(tier: Tier) -> None:
    good = {name: answers[0] for name, answers in expected(tier).items()}
    assert loose(tier, {"canaries": good}) == []
    for name in good:
        assert loose(tier, {"canaries": good | {name: "ok"}}) == [name]
        assert loose(tier, {"canaries": {other: said for other, said in good.items() if other != name}}) == [name]


def test_a_profile_denies_first_and_quotes_what_it_names(tmp_path: Path) -> None:
    odd = tmp_path / 'a "quoted") (allow default) \\ name'
    odd.mkdir()
    rules = profile((odd,), (tmp_path,), Path("/usr/bin/python3"))
    assert rules.splitlines()[:2] == ["(version 1)", "(deny default)"]
    assert "(deny process-fork)" in rules
    assert '\\"quoted\\") (allow default) \\\\ name")' in rules
    with pytest.raises(JobFailed):
        profile((tmp_path / "line\nbreak",), (), Path("/usr/bin/python3"))
