"""The one door through which tools run, built-in ones too. What passes it is in scope, bounded, valid and, if it acts, consented.

Nothing here believes what was checked before: a call that the turn, the model or the command line let through by
mistake is refused here with a structured error.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from app.domain.tool import Grant, ToolArtifact, ToolError, ToolKind, ToolOutcome, ToolSpec
from app.kernel.errors import Known
from app.kernel.log import logger
from app.sandbox.child import JobFailed
from app.tools import faults, files
from app.tools.bounds import TurnBounds, out_of_time
from app.tools.confined import run_confined
from app.tools.consent import Consents
from app.tools.manifest import PROPOSAL
from app.tools.means import Documents, Means
from app.tools.output import Cleaner, display_name, media_type
from app.tools.unworkable import Unworkable
from app.tools.validation import check_values

if TYPE_CHECKING:
    from app.sandbox.child import Artifact
    from app.sandbox.nursery import Launcher
    from app.tools.actions import Actions
    from app.tools.manifest import Manifest
    from app.tools.registry import Registry

Keep = Callable[[bytes, str, tuple[str, ...]], Awaitable[str]]
"""Seal a file of a call under a title, made from the files of those paths; its name in the vault."""

log = logger(__name__)
START_SECONDS = 10.0
OURS = frozenset({"artifacts", "files_not_kept"})
"""Fields of a result that only the runtime writes: what a tool says there is no file of the vault."""


class ToolRuntime:
    """Attributes:
    consents: who said yes to what.
    off: names of tools that are switched off.
    stopped: the emergency stop: nothing runs until ``release``.
    """

    def __init__(self, launcher: Launcher, registry: Registry, actions: Actions | None = None) -> None:
        self.consents = Consents()
        self.off: frozenset[str] = frozenset()
        self.stopped = False
        self._launcher = launcher
        self._registry = registry
        self._actions = actions
        self._bounds = TurnBounds()
        self._running: set[asyncio.Task[ToolOutcome]] = set()

    async def run(
        self,
        spec: ToolSpec,
        arguments: dict[str, Any],
        grant: Grant,
        *,
        documents: Documents | None = None,
        keep: Keep | None = None,
    ) -> ToolOutcome:
        """Run one call to its end. Never raises for what a tool does; cancelling it ends its child.

        Arguments are checked once more. ``documents`` must be bound to the grant's collections.
        """
        refusal = self._refusal(spec, grant) or self._bounds.admit(grant.turn)
        if refusal is not None:
            return ToolOutcome(error=refusal)
        checked = check_values(spec, arguments)
        if isinstance(checked, ToolError):
            return ToolOutcome(error=checked)
        kind = self._registry.manifest(spec.name).kind
        if kind is ToolKind.ACTION and (refusal := await self._unconsented(spec, checked.values, grant)):
            return ToolOutcome(error=refusal)
        work = asyncio.ensure_future(self._timed(spec, checked.values, grant, documents, keep))
        self._running.add(work)
        try:
            return await work
        except asyncio.CancelledError:
            if work.cancelled() and self.stopped:
                return ToolOutcome(error=faults.halted(spec))
            work.cancel()
            await asyncio.wait([work])
            raise
        finally:
            self._running.discard(work)

    def halt(self) -> int:
        """The emergency stop: end every call that runs, with its child, and let none begin. How many were ended."""
        self.stopped = True
        ended = len(self._running)
        for work in self._running:
            work.cancel()
        return ended

    def release(self) -> None:
        """Tools may run again."""
        self.stopped = False

    def _refusal(self, spec: ToolSpec, grant: Grant) -> ToolError | None:
        """Why nothing of this kind runs in this conversation, before its arguments are looked at."""
        if self.stopped:
            return faults.halted(spec)
        if spec.name in self.off:
            return faults.not_allowed(
                spec, "carrel.tool.off", f"{spec.title} is switched off.", "Switch it on under Tools."
            )
        try:
            capabilities = self._registry.manifest(spec.name).capabilities
            same = self._registry.spec(spec.name).digest == spec.digest
        except Known as unknown:  # it was removed since the turn began
            return faults.known_error(spec, unknown)
        if not same:
            return faults.not_allowed(
                spec,
                "carrel.tool.changed_code",
                f"{spec.title} was replaced since this question was asked.",
                "Ask again.",
            )
        reach = ("documents" not in capabilities or grant.collections) and (
            "folders" not in capabilities or grant.folders
        )
        if spec.name not in grant.tools or not reach:
            return faults.not_allowed(
                spec,
                "carrel.tool.scope",
                f"{spec.title} is outside the scope of this conversation.",
                "Add the tool, and the documents or folders it works on, to the scope of the conversation.",
            )
        return None

    async def _unconsented(self, spec: ToolSpec, arguments: dict[str, Any], grant: Grant) -> ToolError | None:
        """Why an action may not run now."""
        if not grant.attended:
            return faults.not_allowed(
                spec, "carrel.tool.unattended", "Nobody is there to be asked.", "Do it where a person can answer."
            )
        proposal = str(arguments[PROPOSAL])
        try:
            await Means(grant, acting=self._actions).actions.sheet(proposal, grant.conversation, spec.name)
        except Known as failure:
            return faults.known_error(spec, failure)
        if not self.consents.holds(grant.conversation, spec.name, proposal, tainted=grant.tainted):
            return faults.not_allowed(
                spec, "carrel.tool.consent", "Nobody has agreed to this.", "The person has to see it and agree first."
            )
        return None

    async def _timed(
        self, spec: ToolSpec, arguments: dict[str, Any], grant: Grant, documents: Documents | None, keep: Keep | None
    ) -> ToolOutcome:
        begun = time.monotonic()
        manifest = self._registry.manifest(spec.name)
        cleaner = Cleaner()
        own = spec.timeout_seconds + (START_SECONDS if spec.confined else 0)
        left = self._bounds.left(grant.turn)
        try:
            async with asyncio.timeout(min(own, left)):
                if spec.confined:
                    done = await self._confined(manifest, arguments, grant, documents, keep, cleaner)
                else:
                    done = await self._here(
                        manifest, arguments, Means(grant, documents, self._actions, cleaner), cleaner
                    )
        except TimeoutError:
            done = ToolOutcome(error=faults.timed_out(spec) if own <= left else out_of_time("This one was stopped."))
        except JobFailed as failure:
            done = ToolOutcome(error=faults.job_error(spec, failure))
        except Known as failure:
            done = ToolOutcome(error=_clean(faults.known_error(spec, failure), cleaner))
        except Unworkable as failure:
            done = ToolOutcome(error=_clean(faults.unworkable(spec, str(failure)), cleaner))
        except Exception as failure:
            log.exception("tool %s v%d broke", spec.name, spec.version)
            done = ToolOutcome(error=faults.broken(spec, failure))
        seconds = time.monotonic() - begun
        self._bounds.spend(grant.turn, seconds)
        log.info("tool %s v%d ended in %.3f s", spec.name, spec.version, seconds)
        return done.model_copy(update={"seconds": seconds, "redacted": cleaner.removed})

    async def _here(self, manifest: Manifest, arguments: dict[str, Any], means: Means, cleaner: Cleaner) -> ToolOutcome:
        """A shipped tool's own code, with ports bound to the scope."""
        result = await importlib.import_module(manifest.code).run(arguments, means)
        duplicate = False
        if manifest.kind is ToolKind.ACTION:
            result, duplicate = result
        own = "folders" in manifest.capabilities  # it proposes or acts: names and an id, nothing that it read
        return ToolOutcome(result=await asyncio.to_thread(cleaner.value, result), duplicate=duplicate, own=own)

    async def _confined(
        self,
        manifest: Manifest,
        arguments: dict[str, Any],
        grant: Grant,
        documents: Documents | None,
        keep: Keep | None,
        cleaner: Cleaner,
    ) -> ToolOutcome:
        handed: tuple[files.Given, ...] = ()
        if "files" in manifest.capabilities:
            handed = await files.given(grant, documents, files.named(grant, arguments))
        left = await run_confined(self._launcher, manifest, arguments, handed, self._registry.sources(manifest.name))
        result = await asyncio.to_thread(cleaner.value, left.untrusted_result)
        if isinstance(result, dict):
            result = {key: value for key, value in result.items() if key not in OURS}
        if "artifacts" not in manifest.capabilities:
            return ToolOutcome(result=result)
        origins = tuple(file.path for file in handed)
        artifacts = tuple([await _kept(file, origins, keep, cleaner) for file in left.files]) if keep else ()
        told = dict(result) if isinstance(result, dict) else {"value": result}
        if artifacts:
            told["note"] = f"The person sees {', '.join(artifact.title for artifact in artifacts)} beside your answer."
        told["artifacts"] = [artifact.model_dump() for artifact in artifacts]
        if left.dropped or (left.files and not keep):
            told["files_not_kept"] = left.dropped or len(left.files)
        return ToolOutcome(result=told, artifacts=artifacts)


async def _kept(file: Artifact, origins: tuple[str, ...], keep: Keep, cleaner: Cleaner) -> ToolArtifact:
    title = display_name(cleaner.text(file.untrusted_name))
    return ToolArtifact(
        artifact=await keep(file.data, title, origins),
        title=title,
        media_type=media_type(file.untrusted_name, file.data),
        bytes=len(file.data),
    )


def _clean(error: ToolError, cleaner: Cleaner) -> ToolError:
    """Words of a tool, or of a port that may repeat words of a file, are untrusted like its result."""
    return error.model_copy(
        update={
            "user_message": cleaner.text(error.user_message),
            "developer_message": cleaner.text(error.developer_message),
            "hints": tuple(cleaner.text(hint) for hint in error.hints),
        }
    )
