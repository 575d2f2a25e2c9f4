"""A model in a confined child, as the ``Engine`` port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from app.domain.base import Frozen
from app.domain.generation import Calls, ChatMessage, GenerationRequest, LoadReport, QuoteFirst
from app.domain.policy import GIB, Limits, Reason
from app.domain.stream import Failed, Finished, StreamEvent, Usage
from app.domain.tool import ToolSpec
from app.engine.cores import free_cores
from app.engine.formats import CALL_FORMATS
from app.engine.places import MOST_WAITING, Places
from app.engine.salvage import reply_parser
from app.engine.schema import shown
from app.kernel.errors import Known
from app.kernel.log import logger
from app.sandbox.child import Child, JobFailed, Reply
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Launcher

WORKER = "app.engine.llama.worker"
LOAD_SECONDS = 600.0
COUNT_SECONDS = 60.0
CLOSE_SECONDS = 5.0

log = logger(__name__)


class Written(Frozen):
    """How the child says a reply ended; ``astray``: before the name of a tool that is not on offer."""

    reason: Literal["stop", "length", "cancelled", "astray"]
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    prompt_seconds: float
    completion_seconds: float


class Counted(Frozen):
    tokens: int | tuple[int, ...]


def engine_limits(file_bytes: int) -> Limits:
    """Ceilings for a model of this size: the file twice (mapped and repacked), cache and buffers beside it.

    Address space counts maps and stacks, so it is only a backstop. Time is the person's to give: they can stop.
    """
    return Limits(
        resident_bytes=2 * file_bytes + 2 * GIB,
        address_space_bytes=4 * file_bytes + 8 * GIB,
        cpu_seconds=0,
        wall_seconds=0,
    )


class LlamaEngine:
    """One GGUF in one child. A child that died is started again by the next request; no request is repeated."""

    def __init__(
        self, launcher: Launcher, model_path: Path, context_tokens: int, limits: Limits, most_waiting: int
    ) -> None:
        self._launcher = launcher
        self._path = model_path
        self._context_tokens = context_tokens
        self._limits = limits
        self._places = Places(most_waiting)
        self._child: Child | None = None
        self._report: LoadReport | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    @classmethod
    async def start(
        cls,
        launcher: Launcher,
        model_path: Path,
        *,
        context_tokens: int = 4096,
        limits: Limits | None = None,
        most_waiting: int = MOST_WAITING,
    ) -> LlamaEngine:
        """Load a model; its context is never larger than it was trained for.

        Raises:
            Known: ``carrel.engine.load``, ``.architecture``, ``.memory``, ``.template``, or the child did not come up.
        """
        try:
            size = (await asyncio.to_thread(model_path.stat)).st_size
        except OSError:
            raise Known(
                "carrel.engine.missing", "The model file is not there any more.", "Add the model again."
            ) from None
        engine = cls(launcher, model_path, context_tokens, limits or engine_limits(size), most_waiting)
        await engine.restart()
        return engine

    @property
    def report(self) -> LoadReport:
        if self._report is None:
            raise Known("carrel.engine.none", "No model is loaded.", "Choose a model in the library.")
        return self._report

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.willing

    async def restart(self) -> LoadReport:
        """Load the model in a fresh child, ending the one there is."""
        async with self._starting:
            await self._end()
            self._child = await self._load()
        return self.report

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[StreamEvent]:
        """As the port says. ``max_tokens`` 0 only reads the prompt into the cache, for a turn to come.

        A model that reaches for a tool which is not on offer is asked once more, without calls.
        """
        async with self._places.take():
            said = False
            for asked in (request, _without_calls(request)):
                parser = reply_parser(asked.turn, asked.constraint, CALL_FORMATS[self.report.family])
                for event in parser.feed(asked.begun):
                    yield event
                reply = Reply({})
                try:
                    async with contextlib.aclosing(self._texts(asked, reply)) as texts:
                        async for text in texts:
                            for event in parser.feed(text):
                                said = True
                                yield event
                    written = Written.model_validate(reply.result)
                except (Known, ValidationError) as error:
                    yield _failed(request.turn, error)
                    return
                yield Usage(turn=request.turn, **written.model_dump(exclude={"reason"}))
                if written.reason != "astray" or said:
                    break
            if written.reason != "astray":
                for event in parser.finish():
                    yield event
            reason = "stop" if written.reason == "astray" else written.reason
            yield Finished(turn=request.turn, reason="tool_calls" if parser.calls and reason == "stop" else reason)

    async def _texts(self, request: GenerationRequest, reply: Reply) -> AsyncGenerator[str]:
        """What the child writes, as it does; how it ended is in ``reply`` then."""
        child = await self._living()
        threads = request.threads or await free_cores()
        fields = {**_prompt(request.messages, request.tools), **_options(request), "threads": threads}
        async with contextlib.aclosing(child.stream("generate", fields, reply=reply)) as bodies:
            async for untrusted_body in bodies:
                yield _text(untrusted_body)

    async def count(self, messages: tuple[ChatMessage, ...], tools: tuple[ToolSpec, ...] = ()) -> int:
        tokens = await self._count("count", _prompt(messages, tools))
        if isinstance(tokens, tuple):
            raise _nonsense()
        return tokens

    async def count_texts(self, texts: tuple[str, ...]) -> tuple[int, ...]:
        if not texts:
            return ()
        tokens = await self._count("count_texts", {"texts": list(texts)})
        if isinstance(tokens, int) or len(tokens) != len(texts):
            raise _nonsense()
        return tokens

    async def close(self) -> None:
        self._closed = True
        await self._end()

    async def _count(self, op: str, fields: dict[str, Any]) -> int | tuple[int, ...]:
        try:
            reply = await (await self._living()).request(op, fields)
        except JobFailed as failure:
            if failure.reason is not Reason.CANCELLED:
                raise
            reply = await (await self._living()).request(op, fields)  # ended for the reply before, slow to obey a stop
        try:
            return Counted.model_validate(reply.result).tokens
        except ValidationError:
            raise _nonsense() from None

    async def _living(self) -> Child:
        async with self._starting:
            if self._closed:
                raise Known("carrel.engine.closed", "The model was put away.", "Choose a model in the library.")
            if self._child is None or not self._child.willing:
                log.warning("engine is gone; loading the model again")
                self._child = await self._load()
            return self._child

    async def _load(self) -> Child:
        confinement = Confinement(
            role="engine",
            worker=WORKER,
            limits=self._limits,
            read=(self._path,),
            environment={"OPENBLAS_NUM_THREADS": "1"},
        )
        child = await self._launcher.start(confinement)
        fields = {"path": str(self._path), "context_tokens": self._context_tokens, "mmap": True}
        try:
            reply = await child.request("load", fields, wall_seconds=LOAD_SECONDS)
            self._report = LoadReport.model_validate(reply.result)
        except ValidationError:
            await child.close(0)
            raise _nonsense() from None
        except BaseException:
            await child.close(0)
            raise
        log.info("engine loaded: %.1f s, %d MiB", self._report.seconds, self._report.memory.resident >> 20)
        return child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.close(CLOSE_SECONDS)


def _without_calls(request: GenerationRequest) -> GenerationRequest:
    """The same for words alone; where passages were read the prompt stays as it is, so that it need not be read again."""
    if isinstance(request.constraint, QuoteFirst):
        return request.model_copy(update={"constraint": request.constraint.model_copy(update={"calls": False})})
    return request.model_copy(update={"tools": (), "constraint": Calls(choice="none")})


def _prompt(messages: tuple[ChatMessage, ...], tools: tuple[ToolSpec, ...]) -> dict[str, Any]:
    return {
        "messages": [message.model_dump(mode="json") for message in messages],
        "tools": [
            {"name": tool.name, "description": tool.description, "parameters": shown(tool.parameters)} for tool in tools
        ],
    }


def _options(request: GenerationRequest) -> dict[str, Any]:
    sent = {"begun", "constraint", "max_tokens", "names_held", "temperature", "seed", "stop"}
    return request.model_dump(mode="json", include=sent)


def _text(untrusted_body: dict[str, Any]) -> str:
    text = untrusted_body.get("text")
    if not isinstance(text, str):
        raise _nonsense()
    return text


def _nonsense() -> Known:
    return Known("carrel.engine.protocol", "The model sent something that could not be understood.", "Try again.")


def _failed(turn: str, error: Known | ValidationError) -> Failed:
    known = error if isinstance(error, Known) else _nonsense()
    return Failed(turn=turn, code=known.code, message=known.message, hint=known.hint)
