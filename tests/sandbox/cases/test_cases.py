"""The cases of the design page that a child can try one after the other: each is named, and judged alone."""

from __future__ import annotations

import os
from functools import cache

import pytest

from app.domain.policy import Tier
from app.sandbox.ending import JobFailed
from tests.sandbox.cases import arena
from tests.sandbox.cases.table import CASES, Case
from tests.sandbox.conftest import BUILT

ROOT = os.getuid() == 0
NAMES = [f"{case.number:02}_{case.name}" for case in CASES]


@cache
def unconfined() -> arena.Findings:
    return arena.control()


@cache
def confined(tier: Tier) -> arena.Findings:
    try:
        return arena.confined(tier)
    except JobFailed as failure:  # each case says so, and none tries again
        return arena.Findings({}, {}, f"{failure.code}: {failure}")


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_confined(each_tier: Tier, case: Case) -> None:
    found = confined(each_tier)
    assert found.answers.get(case.name) in case.wanted(each_tier), found.output[-2000:]
    if case.seen:
        assert found.seen.get(case.seen, 0) == 0


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_control(case: Case) -> None:
    if case.root and not ROOT:
        pytest.skip("its control succeeds for root alone")
    found = unconfined()
    met = found.answers.get(case.name)
    held = {answer for tier in BUILT for answer in case.wanted(tier)}
    if case.control:
        assert met in case.control, found.output[-2000:]
    else:
        assert met
        assert not case.seen
        assert met not in held, f"unconfined it is answered the same: {met}"
    if case.seen and met == "ok":
        assert found.seen.get(case.seen, 0) >= 1


def test_no_content_of_a_secret_was_printed(each_tier: Tier) -> None:
    assert "4711" not in confined(each_tier).output
    assert confined(each_tier).seen["dead"] == 0


def test_every_probe_is_a_case_and_every_case_a_probe() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert set(names) == arena.probes()
