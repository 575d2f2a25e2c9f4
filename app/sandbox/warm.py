"""Children that start warm: forks of a process that has their libraries imported already.

One template for each set of libraries, in its own bubblewrap, bearing one job at a time; a second job at the same time
starts cold. The job proves its locks like every child. While one works its successor is forked already, without a plan. Once
a job has ended and its folder is empty, the next one is born ahead: locked and proved while nobody waits, it serves the first
request that wants the same confinement, and no other. A template that is not clean after a job bears no other, and one nobody
used for a while gives its memory back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from app.domain.policy import GIB, Limits, Reason, Tier
from app.kernel.errors import Known
from app.kernel.log import logger
from app.sandbox import bubblewrap
from app.sandbox.birth import Birth
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed
from app.sandbox.order import Order, open_pipes, own, plan_of
from app.sandbox.runtime import find_runtime
from app.sandbox.usage import children, inner_pid
from app.sandbox.ward import Ward

LOG = logger(__name__)
WORKER = "app.sandbox.template"
IDLE_SECONDS = 600.0
PRELOAD_SECONDS = 120.0
ANSWER_SECONDS = 5.0
ANSWER_BYTES = 4096
Key = tuple[object, ...]
LOST = (-9, 0.0)
"""How a job ended whose template died: with it, since the template's end is the end of their namespace."""


@dataclass(frozen=True, eq=False)
class Ahead:
    """A job that was born before it was asked for: locked and proved, waiting for its first request."""

    confinement: Confinement
    coming: asyncio.Task[tuple[Child, Ward]]

    async def dismiss(self) -> None:
        """End it when it is there: one whose birth is broken off is still being buried when the next is wanted."""
        await asyncio.wait([self.coming])
        if not self.coming.cancelled() and self.coming.exception() is None:
            await self.coming.result()[0].close(0)


@dataclass(eq=False)
class Template:
    """A process that forks jobs.

    Attributes:
        control: orders to the process itself; answers are awaited on the keeper's thread only.
        births: plans, read by the job that waits for one; asked on the loop, answered to the keeper's thread.
        busy: a job of it lives, or is being born or buried.
        clean: nothing is left of the last job.
        ahead: the next job, if it was born already.
    """

    child: Child
    control: socket.socket
    births: socket.socket
    busy: bool = False
    clean: bool = True
    retiring: asyncio.TimerHandle | None = None
    ahead: Ahead | None = None

    @property
    def fit(self) -> bool:
        return self.child.alive and self.clean

    def ask(self, plan: dict[str, object], given: tuple[int, ...]) -> None:
        """Give the job that waits its plan. It is on its way before the keeper's thread wakes up.

        Raises:
            OSError: the template is gone.
        """
        try:
            socket.send_fds(self.births, [json.dumps({"plan": plan}).encode()], given)
        except OSError:
            self.clean = False
            raise
        self.busy = True

    def follow(self) -> None:
        """Have the next job forked, once for each that was given a plan."""
        try:
            self.control.send(b'{"bear": true}')
        except OSError:
            self.clean = False

    def bear(self, outputs: tuple[int, int]) -> Birth:
        """Receive the job that was asked for.

        Raises:
            OSError: the template did not do it; it is not asked again.
        """
        try:
            inside = _answer(self.births)["pid"]
            pid = next(pid for pid in children(self.child.pid) if inner_pid(pid) == inside)
        except (OSError, ValueError, KeyError, StopIteration) as error:
            self.clean = self.busy = False
            raise OSError(getattr(error, "errno", None) or 0, "the warm process did not answer") from None
        output, errors = (os.fdopen(os.dup(one), "rb", 0) for one in outputs)
        return Birth(pid, wrapped=False, output=output, errors=errors, leave=partial(self._leave, inside))

    def _leave(self, inside: object) -> tuple[int, float]:
        """Take leave of a dead job, and have its folder emptied."""
        try:
            self.control.send(json.dumps({"leave": inside}).encode())
            said = _answer(self.control)
            self.clean = self.clean and said["clean"] is True
            return int(str(said["status"])), float(str(said["cpu"]))
        except (OSError, ValueError, KeyError):
            self.clean = False
            return LOST
        finally:
            self.busy = False

    async def close(self) -> None:
        if self.retiring:
            self.retiring.cancel()
        if self.ahead:
            await self.ahead.dismiss()
        await self.child.close(0)
        self.control.close()
        self.births.close()


def _answer(source: socket.socket) -> dict[str, object]:
    answer: dict[str, object] = json.loads(source.recv(ANSWER_BYTES))
    return answer


class Warm:
    """The templates of one nursery. Belongs to its event loop.

    Args:
        open_template: starts a child of the given confinement that may fork, with the other ends of our two sockets.
        start: sees a fork that was ordered through to READY.
        idle_seconds: after so long without a job a template ends.
    """

    def __init__(
        self,
        open_template: Callable[[Confinement, tuple[int, ...]], Awaitable[Child]],
        start: Callable[[Order, Confinement, contextlib.ExitStack], Awaitable[tuple[Child, Ward]]],
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._open_template = open_template
        self._start = start
        self._idle_seconds = idle_seconds
        self._templates: dict[Key, Template] = {}
        self._opening: set[Key] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def start(self, confinement: Confinement, inputs: tuple[int, ...]) -> Child | None:
        """A fork, or None where the job has to start cold: it has grants, or its template is at work."""
        if confinement.read or confinement.write:
            return None
        key = _key(confinement)
        template = self._templates.get(key)
        child = await _born_ahead(template, confinement, inputs) if template else None
        if child is None:
            template = await self._template(key, confinement)
        if template is None:
            return None
        self._rest(key, template)
        if child is None:
            try:
                child, _ = await self._bear(template, confinement, inputs)
            except OSError:
                return None
        child.exited.add_done_callback(lambda _: self._bear_ahead(key, template, confinement))
        return child

    def _bear_ahead(self, key: Key, template: Template, confinement: Confinement) -> None:
        """The last job is buried: have the next one locked and proved before anybody waits for it."""
        current = self._templates.get(key) is template and template.fit and not template.busy
        if current and not template.ahead and not self._stopped:
            template.ahead = Ahead(confinement, asyncio.create_task(self._resting(template, confinement)))

    async def _resting(self, template: Template, confinement: Confinement) -> tuple[Child, Ward]:
        child, ward = await self._bear(template, confinement, ())
        ward.rest(True)
        return child, ward

    async def _bear(self, template: Template, confinement: Confinement, inputs: tuple[int, ...]) -> tuple[Child, Ward]:
        """A fork that said READY.

        Raises:
            OSError: the template is gone, or no descriptors are left.
            JobFailed: it did not come up.
        """
        runtime = find_runtime()
        with contextlib.ExitStack() as undo:
            seen = bubblewrap.bounds(runtime, confinement)
            pipes = open_pipes(inputs, undo)
            output_read, output_write = own(undo, *os.pipe())
            errors_read, errors_write = own(undo, *os.pipe())
            blank = {"receive": -1, "send": -1, "inputs": []}
            plan = plan_of(Tier.BUBBLEWRAP_LAUNCHER, runtime, confinement, seen, None) | blank
            passed = (pipes.down_read, pipes.up_write, output_write, errors_write, *pipes.inputs)
            template.ask(plan, passed)
            bear = partial(template.bear, (output_read, errors_read))
            given = (*passed, output_read, errors_read)
            order = Order(bear, given, pipes.up_read, pipes.down_write, None)
            try:
                return await self._start(order, confinement, undo)
            finally:
                template.follow()

    def stop(self) -> None:
        """Bear nothing ahead any more."""
        self._stopped = True

    async def close(self) -> None:
        templates, self._templates = list(self._templates.values()), {}
        await asyncio.gather(*(template.close() for template in templates), *self._closing)

    async def _template(self, key: Key, confinement: Confinement) -> Template | None:
        """One that is free, started if there is none; None if it is at work, on its way, or cannot be had."""
        template = self._templates.get(key)
        if template and template.fit:
            return None if template.busy else template
        if template:
            self._drop(key, template)
        if key in self._opening:
            return None
        self._opening.add(key)
        try:
            template = self._templates[key] = await self._open(confinement)
        except Known as failure:
            if isinstance(failure, JobFailed) and failure.code == "carrel.sandbox.canary":
                raise
            LOG.warning("no warm process: %s", failure.code)
            return None
        finally:
            self._opening.discard(key)
        return template if template.fit else None

    async def _open(self, confinement: Confinement) -> Template:
        with contextlib.ExitStack() as given, contextlib.ExitStack() as undo:
            pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in ("control", "births")]
            for ours, theirs in pairs:
                given.enter_context(theirs)
                undo.enter_context(ours).settimeout(ANSWER_SECONDS)
            child = await self._open_template(_roomy(confinement), tuple(theirs.fileno() for _, theirs in pairs))
            undo.callback(child.kill, Reason.CANCELLED)
            reply = await child.request("preload", {"preload": list(confinement.preload)}, wall_seconds=PRELOAD_SECONDS)
            undo.pop_all()
        (control, _), (births, _) = pairs
        return Template(child, control, births, clean=reply.result.get("clean") is True)

    def _rest(self, key: Key, template: Template) -> None:
        """Begin anew to wait for the end of its use."""
        if template.retiring:
            template.retiring.cancel()

        def retire() -> None:
            if template.busy and not template.ahead:
                self._rest(key, template)
            else:
                self._drop(key, template)

        template.retiring = asyncio.get_running_loop().call_later(self._idle_seconds, retire)

    def _drop(self, key: Key, template: Template) -> None:
        if self._templates.get(key) is template:
            del self._templates[key]
        task = asyncio.create_task(template.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _born_ahead(template: Template, confinement: Confinement, inputs: tuple[int, ...]) -> Child | None:
    """The job that was born ahead, if it is what is wanted; another is ended, so that its template is free."""
    ahead, template.ahead = template.ahead, None
    if ahead is None:
        return None
    if ahead.confinement != confinement or inputs or not template.fit:
        await ahead.dismiss()
        return None
    try:
        child, ward = await asyncio.shield(ahead.coming)
    except (Known, OSError):
        return None
    except asyncio.CancelledError:
        await ahead.dismiss()
        raise
    ward.rest(False)
    return child if child.alive else None


def _key(confinement: Confinement) -> Key:
    environment = tuple(sorted(confinement.environment.items()))
    return confinement.preload, confinement.packages, environment, confinement.limits.scratch_bytes


def _roomy(confinement: Confinement) -> Confinement:
    """The template's own grant: its hard limits must leave every job room for its own."""
    limits = Limits(
        resident_bytes=1 * GIB,
        address_space_bytes=0,
        cpu_seconds=0,
        wall_seconds=PRELOAD_SECONDS,
        file_bytes=1 * GIB,
        scratch_bytes=confinement.limits.scratch_bytes,
        open_files=1024,
    )
    return confinement.model_copy(update={"worker": WORKER, "limits": limits})
