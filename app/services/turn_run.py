"""Performs the commands of one turn: the only place where a turn touches engine, index, tools and vault."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from app.chat.commands import (
    AskModel,
    AskPermission,
    CallEnded,
    Command,
    Count,
    Counted,
    Emit,
    Permitted,
    Retrieve,
    Retrieved,
    RunTool,
    Save,
    Stop,
    StopAsked,
    Told,
    ToolDone,
)
from app.domain.events import ToolStateChanged, TurnPhase, TurnStreamed
from app.domain.stream import Failed, StreamEvent
from app.domain.tool import ErrorType, ToolOutcome
from app.kernel.errors import Known
from app.kernel.log import logger
from app.tools import faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from app.chat.citations import Found
    from app.chat.turn import Turn
    from app.domain.generation import Engine
    from app.domain.messages import Answer, Scope, ToolCall
    from app.domain.tool import Grant
    from app.kernel.clock import Clock
    from app.services.feed import Feed
    from app.services.retrieval import Retrieval
    from app.services.toolbox import Toolbox

_log = logger(__name__)


class TurnRun:
    """One turn on real parts. ``answer`` runs it to its end; ``stop`` may be called at any time."""

    def __init__(
        self,
        turn: Turn,
        grant: Grant,
        engine: Engine,
        retrieval: Retrieval,
        toolbox: Toolbox,
        ask: Callable[[AskPermission], Awaitable[bool]],
        feed: Feed,
        clock: Clock,
    ) -> None:
        self._turn = turn
        self._conversation = grant.conversation
        self._grant = grant
        self._engine = engine
        self._retrieval = retrieval
        self._toolbox = toolbox
        self._ask = ask
        self._feed = feed
        self._clock = clock
        self._events: asyncio.Queue[Told | StreamEvent] = asyncio.Queue()
        self._work: set[asyncio.Task[None]] = set()
        self._calls: dict[str, asyncio.Future[tuple[ToolOutcome, tuple[Found, ...]]]] = {}
        self._cut: set[str] = set()
        self._answer: Answer | None = None

    async def answer(self) -> Answer:
        """Begin, perform until there is an answer, end what still runs."""
        try:
            self._perform(self._turn.begin(self._clock.monotonic()))
            while self._answer is None:
                event = await self._events.get()
                self._perform(self._turn.on(event, self._clock.monotonic()))
            return self._answer
        finally:
            await self._end()

    def stop(self) -> None:
        """The person pressed Stop; what is there is kept."""
        self._events.put_nowait(StopAsked(self._turn.id))

    def stop_call(self, call: str) -> None:
        """The person ended one call, running or about to run; the turn goes on without it."""
        self._cut.add(call)
        if (running := self._calls.get(call)) is not None:
            running.cancel()

    def narrow(self, scope: Scope) -> None:
        """The scope was changed: calls from now on reach what was granted and is in ``scope`` too."""
        collections = scope.collections if scope.documents else ()
        self._grant = self._grant.model_copy(
            update={
                "tools": tuple(name for name in self._grant.tools if name in scope.tools),
                "collections": tuple(one for one in self._grant.collections if one in collections),
                "folders": tuple(path for path in self._grant.folders if path in scope.folders),
                "files": tuple(path for path in self._grant.files if path in scope.files),
            }
        )

    def _perform(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Retrieve():
                    self._phase("searching")
                    self._start(self._retrieve(command))
                case Count():
                    self._start(self._count(command))
                case AskModel():
                    self._phase("reading")
                    self._start(self._generate(command))
                case RunTool():
                    self._phase("tool", command.spec.title)
                    self._tool_state("running", command.call)
                    self._start(self._run_tool(command))
                case AskPermission():
                    self._tool_state("waiting", command.call)
                    self._start(self._permission(command))
                case Emit(event=event):
                    self._feed.publish(TurnStreamed(turn=self._turn.id, conversation=self._conversation, event=event))
                case CallEnded(call=call):
                    self._tool_state(_ending(call), call)
                case Stop():
                    for task in self._work:
                        task.cancel()
                case Save(answer=answer):
                    self._answer = answer

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """A failure of a part is told to the turn, which keeps what is there."""
        try:
            await work
        except Known as known:
            self._fail(known.code, known.message, known.hint)
        except Exception:  # noqa: BLE001 - logged whole; nobody else may suffer from it
            _log.exception("a part of turn %s failed", self._turn.id)
            ours = bug()
            self._fail(ours.code, ours.message, ours.hint)

    def _fail(self, code: str, message: str, hint: str) -> None:
        self._events.put_nowait(Failed(turn=self._turn.id, code=code, message=message, hint=hint))

    async def _retrieve(self, command: Retrieve) -> None:
        found = await self._retrieval.found(command.query, self._grant.collections, command.most)
        self._taint(bool(found))
        self._events.put_nowait(Retrieved(command.turn, found))

    async def _count(self, command: Count) -> None:
        prompt = await self._engine.count(command.messages, command.tools)
        texts = await self._engine.count_texts(command.texts)
        self._events.put_nowait(Counted(command.turn, prompt, texts))

    async def _generate(self, command: AskModel) -> None:
        writing = False
        async with contextlib.aclosing(self._engine.generate(command.request)) as events:
            async for event in events:
                if not writing:
                    writing = True
                    self._phase("writing")
                self._events.put_nowait(event)

    async def _run_tool(self, command: RunTool) -> None:
        call, begun = command.call.id, self._clock.monotonic()
        running = self._calls[call] = asyncio.ensure_future(self._toolbox.call(command.spec, command.call, self._grant))
        if call in self._cut:
            running.cancel()
        try:
            outcome, found = await running
        except asyncio.CancelledError:
            if call not in self._cut:
                raise
            seconds = self._clock.monotonic() - begun
            outcome, found = ToolOutcome(error=faults.stopped(command.spec), seconds=seconds), ()
        finally:
            del self._calls[call]
        self._taint(not outcome.own)
        self._events.put_nowait(ToolDone(command.turn, call, outcome, found))

    def _taint(self, true: bool) -> None:
        """Text that others wrote has entered the turn; it never leaves it again."""
        if true:
            self._grant = self._grant.model_copy(update={"tainted": True})

    async def _permission(self, command: AskPermission) -> None:
        self._events.put_nowait(Permitted(command.turn, command.call.id, allowed=await self._ask(command)))

    async def _end(self) -> None:
        for task in tuple(self._work):
            task.cancel()
        if self._work:
            await asyncio.gather(*self._work, return_exceptions=True)

    def _phase(self, phase: str, detail: str = "") -> None:
        self._feed.publish(
            TurnPhase.model_validate(
                {"turn": self._turn.id, "conversation": self._conversation, "phase": phase, "detail": detail}
            )
        )

    def _tool_state(self, state: str, call: ToolCall) -> None:
        self._feed.publish(
            ToolStateChanged.model_validate(
                {"turn": self._turn.id, "conversation": self._conversation, "state": state, "call": call}
            )
        )


def bug() -> Known:
    """What the person reads when we failed; the log has the rest."""
    return Known(
        "carrel.turn.bug",
        "Something in Carrel failed while answering.",
        "Ask again; if it happens again, run carrel doctor.",
    )


def _ending(call: ToolCall) -> str:
    if call.error is None:
        return "done"
    return "denied" if call.error.error_type is ErrorType.PERMISSION else "failed"
