"""The live self-test: start a child, let it try what it must not, and say in words what holds. Under two seconds."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.domain.base import Frozen
from app.domain.policy import Guarantee, Reason, Tier
from app.kernel.errors import Known
from app.sandbox.bubblewrap import BUBBLEWRAP
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed
from app.sandbox.nursery import Launcher, Nursery
from app.sandbox.tiers import HOLDS, LANDLOCKED, STRONGEST_FIRST, WRAPPED, expected

PROBE = Confinement(role="tool", worker="app.sandbox.probe", packages=False)
MISSING = {
    "carrel.sandbox.bubblewrap": WRAPPED,
    "carrel.sandbox.namespaces": WRAPPED,
    "carrel.sandbox.landlock": LANDLOCKED,
}
"""What this machine may simply not have, and the tiers that fall with it. A lock that does not hold is no such thing."""

WORDS = {
    Guarantee.NO_NETWORK: "no network",
    Guarantee.NO_HOST_FILES: "no file that was not handed over",
    Guarantee.FILE_NAMES_HIDDEN: "no names of files",
    Guarantee.NO_EXEC: "starts no program",
    Guarantee.NO_PROCESSES: "makes no process",
    Guarantee.MEMORY_CAPPED: "memory capped",
}
LOST_WORDS = {
    Guarantee.FILE_NAMES_HIDDEN: "it can ask whether a file of a given name exists, never what is in it",
}
WEAKER_WORDS = {
    Tier.LAUNCHER: (
        "there is one wall instead of two: bubblewrap's namespaces are missing",
        "files it deletes and keeps open are bounded one by one, not together",
    ),
    Tier.BUBBLEWRAP_SECCOMP: ("there is one wall instead of two around files: Landlock is missing",),
}
NEVER_WORDS = (
    "bugs of the kernel in the calls that are left, and side channels",
    "that what a child answers is true: its results are untrusted text",
)
PROOF = {
    Guarantee.NO_NETWORK: ("network", "io_uring"),
    Guarantee.NO_HOST_FILES: ("read_host_file", "write_outside", "kernel_setting", "change_mode"),
    Guarantee.FILE_NAMES_HIDDEN: ("see_host_file",),
    Guarantee.NO_EXEC: ("exec", "privileges"),
    Guarantee.NO_PROCESSES: ("fork", "namespace", "signal", "trace"),
    Guarantee.MEMORY_CAPPED: (),
}
"""Guarantee → the canaries that show it; memory is weighed by the parent."""


class CanaryAnswer(Frozen):
    """One harmless attempt.

    Attributes:
        answer: the errno met, or ``ok`` if the attempt went through.
        held: whether that is what a closed lock answers; also true of what this tier does not promise.
    """

    name: str
    answer: str
    held: bool


class SandboxReport(Frozen):
    """What this machine can do.

    Attributes:
        tier: ``none`` if nothing runs here; then ``code``, ``reason`` and ``hint`` say why and what to do. Where a tier
            was found and a stronger one was tried before it, they say what that one lacks here.
        holds: the guarantees shown by the canaries.
        guarantees: the same in words.
        lacks: in words, what this tier does not give, and what none can.
    """

    tier: Tier
    holds: tuple[Guarantee, ...] = ()
    guarantees: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    canaries: tuple[CanaryAnswer, ...] = ()
    locks: tuple[str, ...] = ()
    code: str = ""
    reason: str = ""
    hint: str = ""
    seconds: float = 0.0


class Refusal:
    """The launcher of a machine that cannot confine: it runs nothing, and says why each time."""

    def __init__(self, why: JobFailed) -> None:
        self.why = why

    @property
    def tier(self) -> Tier:
        return Tier.NONE

    async def start(self, confinement: Confinement, inputs: tuple[int, ...] = ()) -> Child:  # noqa: ARG002 - the port's
        """Never starts one.

        Raises:
            JobFailed: always.
        """
        raise JobFailed(self.why.reason, self.why.message, self.why.hint, code=self.why.code)

    async def close(self) -> None:
        """Nothing to end."""


async def open_launcher(bwrap: Path = BUBBLEWRAP) -> Launcher:
    """The strongest launcher of this machine, proved by a child that came up, or one that refuses.

    A weaker tier is tried only where the stronger one lacks its part of the system; where a lock was taken and did not
    hold, or anything else went wrong, nothing is tried any more. What is said then is what the strongest tier lacks,
    for that can be mended, unless a lock did not hold.
    """
    return (await _open(bwrap)).launcher


@dataclass(frozen=True)
class Opened:
    """A launcher, the child that proved it, and what a stronger tier than its own lacks here."""

    launcher: Launcher
    child: Child | None
    weaker: JobFailed | None = None


async def _open(bwrap: Path) -> Opened:
    if sys.platform == "darwin":
        from app.sandbox.macos import Seatbelt  # noqa: PLC0415

        return await _proved(Seatbelt())
    if sys.platform == "win32":
        from app.sandbox.windows import Container  # noqa: PLC0415

        return await _proved(Container())
    first: JobFailed | None = None
    left = list(STRONGEST_FIRST)
    while left:
        found = await _proved(Nursery(bwrap, left[0]))
        if not isinstance(found.launcher, Refusal):
            return Opened(found.launcher, found.child, first)
        why = found.launcher.why
        first = first or why
        if why.code not in MISSING:
            return Opened(Refusal(why if why.code == "carrel.sandbox.canary" else first), None)
        left = [tier for tier in left if tier not in MISSING[why.code]]
    assert first  # noqa: S101 - there is a tier
    return Opened(Refusal(first), None)


async def _proved(launcher: Launcher) -> Opened:
    try:
        return Opened(launcher, await _asked(launcher))
    except JobFailed as why:
        await launcher.close()
        return Opened(Refusal(why), None)


async def _asked(launcher: Launcher) -> Child:
    """A child that said READY, answered once and ended.

    Raises:
        JobFailed: it did not.
    """
    child = await launcher.start(PROBE)
    reply = await child.conclude("echo", {"text": "carrel"})
    if reply.result.get("text") != "carrel":
        raise JobFailed(Reason.PROTOCOL, "The self-test's child answered wrongly.", "Report this as a bug.")
    return child


async def check(launcher: Launcher | None = None) -> SandboxReport:
    """Try it, now. Without a ``launcher`` one is opened for the test and closed again."""
    began = time.monotonic()
    opened = Opened(launcher, None) if launcher else await _open(BUBBLEWRAP)
    using = opened.launcher
    try:
        child = opened.child or await _asked(using)
    except Known as why:
        return SandboxReport(
            tier=Tier.NONE, code=why.code, reason=why.message, hint=why.hint, seconds=time.monotonic() - began
        )
    finally:
        if launcher is None:
            await using.close()
    answers: dict[str, str] = {name: str(said) for name, said in child.ready["canaries"].items()}
    tier = using.tier
    wanted = expected(tier)
    held = {name for name, good in wanted.items() if answers.get(name) in good}
    holds = tuple(one for one, proof in PROOF.items() if one in HOLDS[tier] and held.issuperset(proof))
    return SandboxReport(
        tier=tier,
        holds=holds,
        guarantees=tuple(WORDS[one] for one in holds),
        lacks=_lacks(tier, holds),
        canaries=tuple(
            CanaryAnswer(name=name, answer=answers[name], held=name in held or name not in wanted) for name in answers
        ),
        locks=tuple(child.ready["locks"]),
        code=opened.weaker.code if opened.weaker else "",
        reason=opened.weaker.message if opened.weaker else "",
        hint=opened.weaker.hint if opened.weaker else "",
        seconds=time.monotonic() - began,
    )


def _lacks(tier: Tier, holds: tuple[Guarantee, ...]) -> tuple[str, ...]:
    lost = [LOST_WORDS.get(one, f"{WORDS[one]}: not here") for one in Guarantee if one not in holds]
    return (*lost, *WEAKER_WORDS.get(tier, ()), *NEVER_WORDS)
