"""Conversations: asked, answered, stopped, stored and reopened. A question is saved before its answer is begun."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from app.chat import prompts
from app.chat.context import Budget
from app.chat.setting import Setting
from app.chat.turn import Turn
from app.domain.events import ListsChanged, TurnEnded, TurnPhase, TurnStarted
from app.domain.generation import GenerationRequest
from app.domain.messages import Answer, AnswerState, Scope, Seconds
from app.domain.tool import Grant
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.kernel.log import logger
from app.services.permission import Permissions
from app.services.turn_run import TurnRun, bug

if TYPE_CHECKING:
    from app.domain.generation import Engine
    from app.domain.messages import Conversation, ConversationHead, Exchange
    from app.domain.model import ModelCard
    from app.kernel.clock import Clock
    from app.services.feed import Feed
    from app.services.library import Library
    from app.services.quiet import Quiet
    from app.services.retrieval import Retrieval
    from app.services.toolbox import Toolbox
    from app.vault.conversations import Conversations as Stored

_log = logger(__name__)

UNDO_SECONDS = 30.0
TITLE_CHARACTERS = 60


class Conversations:
    """One turn at a time in a conversation; several conversations share the engine's queue.

    Attributes:
        permissions: what the person is asked about while answers are written.
    """

    def __init__(
        self,
        stored: Stored,
        library: Library,
        retrieval: Retrieval,
        toolbox: Toolbox,
        quiet: Quiet,
        feed: Feed,
        clock: Clock,
        *,
        attended: bool,
    ) -> None:
        self.permissions = Permissions(toolbox, feed, attended=attended)
        self._stored = stored
        self._library = library
        self._retrieval = retrieval
        self._toolbox = toolbox
        self._quiet = quiet
        self._feed = feed
        self._clock = clock
        self._turns: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self._runs: dict[str, TurnRun] = {}
        self._loading: dict[str, asyncio.Task[tuple[Engine, ModelCard]]] = {}
        self._stopped: set[str] = set()
        self._warming: asyncio.Task[None] | None = None
        self._purging: set[asyncio.Task[None]] = set()

    # -- the list
    async def list(self, search: str = "") -> tuple[ConversationHead, ...]:
        return await self._stored.list(search)

    async def get(self, conversation: str) -> Conversation:
        return await self._stored.get(conversation)

    async def new(self, scope: Scope) -> ConversationHead:
        head = await self._stored.create(scope)
        self._changed()
        return head

    async def set_scope(self, conversation: str, scope: Scope) -> ConversationHead:
        """What an answer that is being written may reach becomes less at once, and more with the next question."""
        head = await self._stored.set_scope(conversation, scope)
        self._toolbox.take_back(conversation)
        for turn, (of, _) in self._turns.items():
            if of == conversation and (run := self._runs.get(turn)) is not None:
                run.narrow(scope)
        self._changed()
        return head

    async def rename(self, conversation: str, title: str) -> None:
        await self._stored.rename(conversation, " ".join(title.split()))
        self._changed()

    async def delete(self, conversation: str) -> None:
        """Out of the list now, gone for good after ``UNDO_SECONDS`` or with the session."""
        for turn, (of, _) in tuple(self._turns.items()):
            if of == conversation:
                await self.stop(turn)
        await self._stored.delete(conversation)
        task = asyncio.create_task(self._purge_later())
        self._purging.add(task)
        task.add_done_callback(self._purging.discard)
        self._changed()

    async def restore(self, conversation: str) -> None:
        await self._stored.restore(conversation)
        self._changed()

    # -- turns
    async def ask(self, conversation: str, question: str, *, replace: str | None = None) -> str:
        """See ``Desk.ask``.

        Raises:
            Known: ``carrel.question.empty``, ``carrel.conversation.busy``, ``carrel.conversation.none``.
        """
        words = question.strip()
        if not words:
            raise Known("carrel.question.empty", "There is no question.", "Type one.")
        self._check_idle(conversation)
        if replace is not None:
            await self._stored.truncate(conversation, replace)
        before = await self._stored.get(conversation)
        exchange = await self._stored.add_exchange(conversation, words)
        if not before.head.title:
            await self._stored.rename(conversation, title_of(words))
        self._changed()
        return self._begin(before, exchange)

    async def go_on(self, conversation: str, exchange: str) -> str:
        """See ``Desk.go_on``.

        Raises:
            Known: ``carrel.exchange.whole``, ``carrel.conversation.busy``, ``carrel.conversation.none``.
        """
        self._check_idle(conversation)
        whole = await self._stored.get(conversation)
        last = whole.exchanges[-1] if whole.exchanges else None
        if last is None or last.id != exchange or last.answer is None or not last.answer.resumable:
            raise Known("carrel.exchange.whole", "This answer cannot be gone on with.", "Ask the question again.")
        await self._stored.begin_again(last)
        before = whole.model_copy(update={"exchanges": whole.exchanges[:-1]})
        return self._begin(before, last.model_copy(update={"answer": None}), last.answer)

    def _check_idle(self, conversation: str) -> None:
        if any(of == conversation for of, _ in self._turns.values()):
            raise Known(
                "carrel.conversation.busy", "The answer before is still being written.", "Wait for it, or stop it."
            )

    def _begin(self, before: Conversation, exchange: Exchange, kept: Answer | None = None) -> str:
        turn = new_id()
        work = self._answer(turn, before, exchange, kept or Answer(state=AnswerState.STOPPED, text="", supported=False))
        self._turns[turn] = (before.head.id, asyncio.create_task(work))
        return turn

    async def stop(self, turn: str) -> None:
        """Stop and wait until what is there is saved. A turn that is over stays as it is."""
        running = self._turns.get(turn)
        if running is None:
            return
        self._stopped.add(turn)
        if (run := self._runs.get(turn)) is not None:
            run.stop()
        elif (loading := self._loading.get(turn)) is not None:
            loading.cancel()
        await asyncio.wait([running[1]])

    async def stop_call(self, turn: str, call: str) -> None:
        """End one running call of a turn. What is over stays as it is."""
        if (run := self._runs.get(turn)) is not None:
            run.stop_call(call)

    async def close(self) -> None:
        """Stop every turn (saved as stopped) and purge what was deleted."""
        self.permissions.attended = False
        for turn in tuple(self._turns):
            await self.stop(turn)
        for task in (*self._purging, *([self._warming] if self._warming else ())):
            task.cancel()
        with contextlib.suppress(Known):
            await self._stored.purge(self._clock.now() + timedelta(seconds=1))

    # -- one answer
    async def _answer(self, turn: str, before: Conversation, exchange: Exchange, kept: Answer) -> None:
        """``kept``: what there is of the answer; it stays where nothing is added to it."""
        conversation = before.head.id
        self._feed.publish(TurnStarted(turn=turn, exchange=exchange, scope=before.head.scope))
        begun = self._clock.monotonic()
        with self._quiet.please():
            try:
                await self._hush()
                answer = await self._run(turn, before, exchange, kept)
            except Known as known:
                answer = _failed(kept, known, self._clock.monotonic() - begun)
            except Exception:  # noqa: BLE001 - logged whole; whoever waits for the end of the turn must hear of it
                _log.exception("turn %s failed", turn)
                answer = _failed(kept, bug(), self._clock.monotonic() - begun)
            finally:
                self._runs.pop(turn, None)
            try:
                await self._stored.save_answer(exchange.id, answer)
            except Known as known:
                answer = answer.model_copy(update={"error": _error(known)})
        self._turns.pop(turn, None)
        self._stopped.discard(turn)
        _log.info("turn %s %s in %.1f s", turn, answer.state, answer.seconds.total)
        self._feed.publish(TurnEnded(turn=turn, conversation=conversation, exchange=exchange.id, answer=answer))
        self._changed()
        if answer.state in (AnswerState.DONE, AnswerState.ABSTAINED) and self._library.engine is not None:
            past = (*before.exchanges, exchange.model_copy(update={"answer": answer}))
            self._warming = asyncio.create_task(self._warm(self._library.engine, before.head.scope, past))

    async def _run(self, turn: str, before: Conversation, exchange: Exchange, kept: Answer) -> Answer:
        head = before.head
        if self._library.loaded is None:
            self._feed.publish(TurnPhase(turn=turn, conversation=head.id, phase="loading"))
        ready = await self._ready(turn)
        if ready is None:
            return kept.model_copy(update={"state": AnswerState.STOPPED})
        engine, card = ready
        scope = await self._stored.scope(head.id)  # it can have changed while the model was loaded
        grant = self._grant(turn, head.id, scope, tainted=kept.resumable or _tainted(before))
        setting = Setting(
            scope=scope,
            budget=Budget(context=engine.report.context_tokens),
            tools=self._toolbox.in_scope(scope),
            attached=await self._toolbox.attached(scope),
            granted=self._toolbox.standing(head.id),
            tainted=grant.tainted,
            history=before.exchanges,
            model=card.id,
            kept=kept if kept.resumable else None,
        )
        run = self._runs[turn] = TurnRun(
            Turn(turn, exchange.question, setting),
            grant,
            engine,
            self._retrieval,
            self._toolbox,
            lambda command: self.permissions.ask(head.id, command),
            self._feed,
            self._clock,
        )
        run.narrow(await self._stored.scope(head.id))
        return await run.answer()

    def _grant(self, turn: str, conversation: str, scope: Scope, *, tainted: bool) -> Grant:
        """What the tools of a turn may reach; past answers may repeat what others wrote, and files begin with it."""
        return Grant(
            conversation=conversation,
            turn=turn,
            tools=scope.tools,
            collections=scope.collections if scope.documents else (),
            folders=scope.folders,
            files=scope.files,
            attended=self.permissions.attended,
            tainted=tainted or bool(scope.files),
        )

    async def _ready(self, turn: str) -> tuple[Engine, ModelCard] | None:
        """The engine that answers; None when the person stopped while it was loading."""
        if turn in self._stopped:
            return None
        loading = self._loading[turn] = asyncio.create_task(self._library.ready())
        try:
            ready = await loading
        except asyncio.CancelledError:
            if turn in self._stopped:
                return None
            raise
        finally:
            del self._loading[turn]
            loading.cancel()
        return None if turn in self._stopped else ready

    async def _hush(self) -> None:
        """End the reading ahead of an earlier turn: a person is waiting now."""
        warming, self._warming = self._warming, None
        if warming is not None and not warming.done():
            warming.cancel()
            await asyncio.wait([warming])

    async def _warm(self, engine: Engine, scope: Scope, past: tuple[Exchange, ...]) -> None:
        """Read the prefix of the next turn into the engine's cache while nobody waits: without tools, as most are asked."""
        messages = (
            prompts.system(scope.documents and bool(scope.collections), ()),
            *(message for exchange in past for message in prompts.earlier(exchange)),
        )
        with contextlib.suppress(Known):
            request = GenerationRequest(turn=new_id(), messages=messages, max_tokens=0)
            async with contextlib.aclosing(engine.generate(request)) as events:
                async for _ in events:
                    pass

    async def _purge_later(self) -> None:
        await asyncio.sleep(UNDO_SECONDS)
        await self._stored.purge(self._clock.now() - timedelta(seconds=UNDO_SECONDS - 1))

    def _changed(self) -> None:
        self._feed.publish(ListsChanged(what="conversations"))


def _tainted(past: Conversation) -> bool:
    """Whether an answer may repeat what others wrote."""
    return any(exchange.answer.tainted for exchange in past.exchanges if exchange.answer)


def title_of(question: str) -> str:
    """The beginning of a question, cut after a word."""
    words = " ".join(question.split())
    if len(words) <= TITLE_CHARACTERS:
        return words
    return words[:TITLE_CHARACTERS].rsplit(" ", 1)[0] + "…"


def _failed(kept: Answer, known: Known, seconds: float) -> Answer:
    took = Seconds(first_token=kept.seconds.first_token, total=kept.seconds.total + seconds)
    return kept.model_copy(update={"state": AnswerState.FAILED, "seconds": took, "error": _error(known)})


def _error(known: Known) -> dict[str, str]:
    return {"code": known.code, "message": known.message, "hint": known.hint}
