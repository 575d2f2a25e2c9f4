"""Cases 62 and 63: without the one confinement nothing runs, and nothing else is taken for it."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from app.domain.policy import Reason, Tier
from app.sandbox.bubblewrap import BUBBLEWRAP
from app.sandbox.check import PROBE, Refusal, check
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed, refused
from app.sandbox.nursery import Launcher, Nursery


def failure(launcher: Launcher, confinement: Confinement = PROBE, inputs: tuple[int, ...] = ()) -> JobFailed:
    async def run() -> JobFailed:
        try:
            with pytest.raises(JobFailed) as caught:
                await launcher.start(confinement, inputs)
        finally:
            await launcher.close()
        assert launcher.tier is Tier.NONE
        return caught.value

    return asyncio.run(run())


def test_62_no_bubblewrap(tmp_path: Path) -> None:
    told = failure(Nursery(tmp_path / "bwrap"))
    assert (told.reason, told.code) == (Reason.REFUSED, "carrel.sandbox.bubblewrap")
    assert "apt install bubblewrap" in told.hint


def test_63_a_program_anybody_could_have_put_there(tmp_path: Path) -> None:
    """Below ``/tmp``, so below a folder others write to; where we are not root it is not root's either."""
    fake = tmp_path / "bwrap"
    marker = tmp_path / "ran"
    fake.write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
    fake.chmod(0o777)
    assert failure(Nursery(fake)).code == "carrel.sandbox.bubblewrap"
    assert not marker.exists()


def test_63_path_is_not_looked_at(tmp_path: Path, each_tier: Tier) -> None:
    marker = tmp_path / "ran"
    fake = tmp_path / "bwrap"
    fake.write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
    fake.chmod(0o755)
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{tmp_path}:{before}"
    try:
        assert shutil.which("bwrap") == str(fake)
        assert asyncio.run(started(each_tier)).alive is False
        assert not marker.exists()
        subprocess.run(["bwrap"], check=True)
        assert marker.exists(), "who looks there runs it"
    finally:
        os.environ["PATH"] = before


async def started(tier: Tier) -> Child:
    nursery = Nursery(tier=tier)
    child = await nursery.start(PROBE)
    await nursery.close()
    return child


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a file that is root's")
def test_62_a_bubblewrap_that_confines_nothing_is_found_out(tmp_path: Path) -> None:
    """Root's own, in a folder of root's, but it only runs the command: the locks and the canaries notice."""
    folder = Path("/usr/local/lib/carrel-test-bubblewrap")
    folder.mkdir(mode=0o755)
    try:
        fake = folder / "bwrap"
        fake.write_text('#!/bin/sh\nshift 3\nexec "$@"\n', encoding="utf-8")
        fake.chmod(0o755)
        assert stat.S_IMODE(fake.stat().st_mode) == 0o755
        told = failure(Nursery(fake))
        assert (told.reason, told.code) == (Reason.REFUSED, "carrel.sandbox.lock")
    finally:
        shutil.rmtree(folder)


def test_a_worker_that_does_not_exist_is_no_success(tier: Tier) -> None:
    assert tier

    async def run() -> None:
        nursery = Nursery()
        try:
            child = await nursery.start(PROBE.model_copy(update={"worker": "app.sandbox.nowhere"}))
            with pytest.raises(JobFailed) as caught:
                await child.request("echo")
            assert caught.value.reason is Reason.CRASHED
            assert "nowhere" in caught.value.stderr
        finally:
            await nursery.close()

    asyncio.run(run())


def test_a_grant_that_is_not_there_is_refused_rather_than_left_out(tmp_path: Path) -> None:
    told = failure(Nursery(), PROBE.model_copy(update={"read": (tmp_path / "gone",)}))
    assert told.code == "carrel.sandbox.grant"


@pytest.mark.parametrize("way", ["folder", "pipe", "for writing"])
def test_only_a_plain_file_opened_for_reading_is_handed_in(way: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    handle = {
        "folder": lambda: os.open(tmp_path, os.O_RDONLY),
        "pipe": lambda: os.open(fifo, os.O_RDONLY | os.O_NONBLOCK),
        "for writing": lambda: os.open(file, os.O_RDWR),
    }[way]()
    try:
        assert failure(Nursery(), inputs=(handle,)).code == "carrel.sandbox.input"
    finally:
        os.close(handle)


def test_refusal_says_the_same_each_time() -> None:
    refusal = Refusal(refused("namespaces", "This system does not let programs be confined.", "Ask somebody."))
    first, second = failure(refusal), failure(refusal)
    assert (first.code, first.message) == (second.code, second.message)
    report = asyncio.run(check(refusal))
    assert (report.tier, report.code, report.hint) == (Tier.NONE, "carrel.sandbox.namespaces", "Ask somebody.")
    assert report.canaries == ()


def test_the_place_is_fixed() -> None:
    assert BUBBLEWRAP.is_absolute()
