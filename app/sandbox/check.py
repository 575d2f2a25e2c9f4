"""The live self-test: start a child, let it try what it must not, and say in words what holds. Under two seconds."""

from __future__ import annotations

import time

from app.domain.base import Frozen
from app.domain.policy import Guarantee, Reason, Tier
from app.kernel.errors import Known
from app.sandbox.canaries import HELD
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed
from app.sandbox.nursery import Launcher, Nursery

PROBE = Confinement(role="tool", worker="app.sandbox.probe", packages=False)

WORDS = {
    Guarantee.NO_NETWORK: "no network",
    Guarantee.NO_HOST_FILES: "no file that was not handed over",
    Guarantee.FILE_NAMES_HIDDEN: "no names of files",
    Guarantee.NO_EXEC: "starts no program",
    Guarantee.NO_PROCESSES: "makes no process",
    Guarantee.MEMORY_CAPPED: "memory capped",
}
PROOF = {
    Guarantee.NO_NETWORK: ("network", "io_uring"),
    Guarantee.NO_HOST_FILES: ("read_host_file", "write_outside", "ungranted_device", "change_mode"),
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
        held: whether that is what a closed lock answers.
    """

    name: str
    answer: str
    held: bool


class SandboxReport(Frozen):
    """What this machine can do.

    Attributes:
        tier: ``none`` if nothing runs here; then ``reason`` and ``hint`` say why and what to do.
        holds: the guarantees shown by the canaries.
        guarantees: the same in words.
    """

    tier: Tier
    holds: tuple[Guarantee, ...] = ()
    guarantees: tuple[str, ...] = ()
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


async def open_launcher() -> Launcher:
    """The launcher of this machine, proved by a child that came up, or one that refuses."""
    nursery = Nursery()
    try:
        await (await nursery.start(PROBE)).close()
    except JobFailed as why:
        await nursery.close()
        return Refusal(why)
    return nursery


async def check(launcher: Launcher | None = None) -> SandboxReport:
    """Try it, now. Without a ``launcher`` one is opened for the test and closed again."""
    began = time.monotonic()
    using = launcher or Nursery()
    try:
        child = await using.start(PROBE)
        reply = await child.conclude("echo", {"text": "carrel"})
        if reply.result.get("text") != "carrel":
            raise JobFailed(Reason.PROTOCOL, "The self-test's child answered wrongly.", "Report this as a bug.")
    except Known as why:
        return SandboxReport(
            tier=Tier.NONE, code=why.code, reason=why.message, hint=why.hint, seconds=time.monotonic() - began
        )
    finally:
        if launcher is None:
            await using.close()
    answers = {name: str(said["answer"]) for name, said in child.ready["canaries"].items()}
    held = {name for name, good in HELD.items() if answers.get(name) in good}
    holds = tuple(one for one, proof in PROOF.items() if held.issuperset(proof))
    return SandboxReport(
        tier=using.tier,
        holds=holds,
        guarantees=tuple(WORDS[one] for one in holds),
        canaries=tuple(CanaryAnswer(name=name, answer=answers[name], held=name in held) for name in answers),
        locks=tuple(child.ready["locks"]),
        seconds=time.monotonic() - began,
    )
