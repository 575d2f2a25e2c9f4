"""Runs a call that is complete, valid and permitted: confined code in its own child, queries through their port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from app.domain.policy import MIB, Limits, Reason
from app.domain.tool import ErrorType, ToolError, ToolOutcome, ToolSpec
from app.kernel.errors import Known
from app.kernel.log import logger
from app.sandbox.child import JobFailed
from app.sandbox.confinement import Confinement
from app.tools.validation import check_values

if TYPE_CHECKING:
    from app.domain.documents import Passage
    from app.sandbox.nursery import Launcher
    from app.tools.registry import Registry

Search = Callable[[str, int], Awaitable[tuple["Passage", ...]]]
"""A question and how many passages; answers within the scope of one conversation, which the caller has bound."""

log = logger(__name__)
PASSAGE_CHARACTERS = 2_000
RESULT_CHARACTERS = 16_000
START_SECONDS = 10.0


class ToolRuntime:
    """The one door through which tools run, built-in ones too."""

    def __init__(self, launcher: Launcher, registry: Registry) -> None:
        self._launcher = launcher
        self._registry = registry

    async def run(self, spec: ToolSpec, arguments: dict[str, Any], *, search: Search | None = None) -> ToolOutcome:
        """Run one call to its end. Never raises for what a tool does; cancelling it ends its child.

        Arguments are checked once more. ``search`` is needed by tools with the capability ``documents``.
        """
        begun = time.monotonic()
        checked = check_values(spec, arguments)
        if isinstance(checked, ToolError):
            return ToolOutcome(error=checked)
        manifest = self._registry.manifest(spec.name)
        try:
            async with asyncio.timeout(spec.timeout_seconds + (START_SECONDS if manifest.code else 0)):
                if manifest.code:
                    result = await self._confined(spec, manifest.code, checked.values)
                elif "documents" in manifest.capabilities:
                    result = await _search(search, checked.values)
                else:
                    raise Known("carrel.tool.no_code", "The tool has nothing to run.", "Install the tool again.")
        except TimeoutError:
            return ToolOutcome(error=_timed_out(spec), seconds=time.monotonic() - begun)
        except JobFailed as failure:
            return ToolOutcome(error=_job_error(spec, failure), seconds=time.monotonic() - begun)
        except Known as failure:
            return ToolOutcome(error=_known_error(spec, failure), seconds=time.monotonic() - begun)
        seconds = time.monotonic() - begun
        log.info("tool %s v%d done in %.3f s", spec.name, spec.version, seconds)
        return ToolOutcome(result=result, seconds=seconds)

    async def _confined(self, spec: ToolSpec, code: str, arguments: dict[str, Any]) -> Any:
        limits = Limits(
            resident_bytes=spec.memory_bytes or 256 * MIB,
            cpu_seconds=max(1, int(spec.timeout_seconds)),
            wall_seconds=spec.timeout_seconds,
            output_bytes=8 * MIB,
        )
        child = await self._launcher.start(
            Confinement(role="tool", worker="app.tools.worker", limits=limits, packages=False)
        )
        try:
            reply = await child.request(
                "run", {"code": code, "arguments": arguments}, wall_seconds=spec.timeout_seconds
            )
        except BaseException:
            child.kill(Reason.CANCELLED)
            raise
        finally:
            await child.close()
        return reply.result.get("result")


async def _search(search: Search | None, arguments: dict[str, Any]) -> dict[str, Any]:
    if search is None:
        raise Known("carrel.tool.scope", "This conversation has no documents to search.", "Choose a collection first.")
    passages = await search(arguments["query"], arguments["most_passages"])
    left = RESULT_CHARACTERS
    rows: list[dict[str, Any]] = []
    for passage in passages[: arguments["most_passages"]]:
        text = passage.text[: min(PASSAGE_CHARACTERS, left)]
        if not text:
            break
        left -= len(text)
        page = None if passage.page is None else passage.page + 1
        rows.append({"chunk": passage.chunk, "title": passage.title, "page": page, "text": text})
    return {"passages": rows}


def _timed_out(spec: ToolSpec) -> ToolError:
    return ToolError(
        error_type=ErrorType.TIMEOUT,
        error_code="carrel.tool.timeout",
        retryable=True,
        user_message=f"{spec.title} was stopped after {spec.timeout_seconds:g} s.",
        developer_message=f"{spec.name} v{spec.version}: wall time",
        hints=("Ask for less at once.",),
    )


def _job_error(spec: ToolSpec, failure: JobFailed) -> ToolError:
    if failure.reason is Reason.TIMEOUT:
        return _timed_out(spec)
    kind = {
        Reason.MEMORY: ErrorType.LIMIT,
        Reason.CPU: ErrorType.LIMIT,
        Reason.OUTPUT_LIMIT: ErrorType.LIMIT,
        Reason.DISK: ErrorType.LIMIT,
        Reason.REFUSED: ErrorType.PERMISSION,
        Reason.CANCELLED: ErrorType.CANCELLED,
    }.get(failure.reason, ErrorType.INTERNAL)
    return ToolError(
        error_type=kind,
        error_code=f"carrel.tool.{failure.reason}",
        retryable=failure.retryable,
        user_message=failure.message,
        developer_message=f"{spec.name} v{spec.version}: {failure.code}",
        hints=(failure.hint,),
    )


def _known_error(spec: ToolSpec, failure: Known) -> ToolError:
    """What the tool, or the port it asked, said in a sentence of its own."""
    broken = failure.code == "carrel.tool.broken"
    return ToolError(
        error_type=ErrorType.INTERNAL if broken else ErrorType.VALIDATION,
        error_code=failure.code,
        retryable=failure.code == "carrel.tool.unworkable",
        user_message=failure.message,
        developer_message=f"{spec.name} v{spec.version}: {failure.code}" + (f" {failure.hint}" if broken else ""),
        hints=() if broken else (failure.hint,),
    )
