"""One turn, from question to saved answer, without IO: events in, commands out.

    begin ─ Retrieve → Retrieved ─ Count → Counted ─ AskModel → words, quotes, calls → Finished ─ Save
                            │                            ↑              │
                            └─ too little evidence: Save └─ ToolDone ── RunTool (AskPermission → Permitted)

A turn ends once, with ``Save``. What arrives later, or for another turn, is dropped. Times are the caller's monotonic
seconds, handed in with each event.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from app.chat import evidence, prompts, sums
from app.chat.calls import Calls, denied
from app.chat.citations import Shown
from app.chat.clarification import ASK_PERSON, asked, resumed
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
from app.chat.context import ContextPlan, assemble, candidates, rendered
from app.chat.draft import Draft, added, begun
from app.chat.judged import Judged
from app.chat.known import given
from app.chat.material import Material
from app.chat.offering import BY_RULE, CALCULATE, is_errand, makes, offered, unasked
from app.chat.setting import Setting
from app.domain import generation as asking
from app.domain import stream
from app.domain.messages import Answer, AnswerState, Clarification, Seconds, ToolCall, UsageTotals
from app.domain.reckoning import is_sum, reckons
from app.domain.tool import ToolOutcome
from app.domain.words import content_words
from app.kernel.errors import Known

MOST_PASSAGES = 8
FEW_WORDS = 3


class _Stage(Enum):
    SEARCHING = "searching"
    COUNTING = "counting"
    WRITING = "writing"
    CALLING = "calling"
    OVER = "over"


class Turn:
    """One question being answered.

    Attributes:
        question: what is asked for; with the reply to a question back, the request it was about too.
        plan: how the context was divided, once it is; None before.
    """

    def __init__(self, turn: str, question: str, setting: Setting) -> None:
        self.id = turn
        self._history, self.question = resumed(setting.history, question)
        opening = not setting.history
        self.plan: ContextPlan | None = None
        self._setting = setting
        self._stage = _Stage.SEARCHING
        self._documents = setting.scope.documents and bool(setting.scope.collections)
        self._material = Material()
        self._draft = Draft()
        self._judged: Judged | None = None
        self._found: tuple[Shown, ...] = ()
        self._offered: tuple[Shown, ...] = ()
        self._weak: evidence.Lack | None = None
        self._errand = is_errand(self.question, setting.tools)
        self._to_make = self._errand and makes(self.question)
        self._kept = setting.kept
        self._tools = (
            offered(self.question, setting.tools, passages=self._documents, opening=opening) if not self._kept else ()
        )
        scope = (*setting.tools, *(tool for tool in self._tools if tool not in setting.tools))
        self._calls = Calls(
            scope,
            setting.granted,
            tainted=setting.tainted,
            known=given(scope, setting.history, question),
        )
        read = setting.attached if any("files" in tool.reaches for tool in self._tools) else ()
        self._files = tuple(map(prompts.file_text, read))
        self._bare_sum = self._calls.spec(CALCULATE) is not None and is_sum(self.question)
        self._asked: Clarification | None = None
        self._forced = ""
        self._given_up = False
        self._ready: list[Command] = []
        self._usage = setting.kept.usage if setting.kept else UsageTotals(context_tokens=setting.budget.context)
        self._begun = 0.0
        self._first: float | None = None

    @property
    def over(self) -> bool:
        """Whether the answer was handed out."""
        return self._stage is _Stage.OVER

    def begin(self, now: float) -> list[Command]:
        """The first commands."""
        self._begun = now - (self._kept.seconds.total if self._kept else 0.0)
        if not self._documents:
            return self._count()
        return [Retrieve(self.id, self._query(), MOST_PASSAGES)]

    def on(self, event: Told | stream.StreamEvent, now: float) -> list[Command]:
        """What to do about ``event``."""
        if self.over or event.turn != self.id:
            return []
        try:
            return self._on(event, now)
        except Known as failure:
            return self._fail(failure.code, failure.message, failure.hint, now)

    def _on(self, event: Told | stream.StreamEvent, now: float) -> list[Command]:
        match event:
            case StopAsked():
                return [Stop(self.id), *self._ended_calls(), self._save(AnswerState.STOPPED, now)]
            case stream.Failed(code=code, message=message, hint=hint):
                return self._fail(code, message, hint, now)
            case Retrieved(found=found) if self._stage is _Stage.SEARCHING:
                return self._on_retrieved(candidates(found), now)
            case Counted() if self._stage is _Stage.COUNTING:
                return self._on_counted(event)
            case Permitted() | ToolDone() if self._stage is _Stage.CALLING:
                return self._on_call_event(event)
            case _ if self._stage is _Stage.WRITING:
                return self._on_stream(event, now)
            case _:
                return []

    # -- before the model
    def _query(self) -> str:
        """The question; with the one before it when it follows on one."""
        before = self._history[-1].question if self._history else ""
        return f"{before} {self.question}".strip()

    def _matter(self) -> str:
        """What a quote must speak of: the question, with the one before it when it says too little by itself."""
        return self.question if len(content_words(self.question)) >= FEW_WORDS else self._query()

    def _on_retrieved(self, found: tuple[Shown, ...], now: float) -> list[Command]:
        passages = tuple(shown.found.passage for shown in found)
        self._calls.tainted = self._calls.tainted or bool(found)
        self._weak = evidence.lack_before(evidence.weigh(self._query(), passages))
        self._found = found
        if self._weak and not self._bare_sum and not self._errand:
            return [self._save(AnswerState.ABSTAINED, now)]
        self._offered = () if self._weak else found
        return self._count()

    def _count(self) -> list[Command]:
        self._stage = _Stage.COUNTING
        past = tuple("\n".join(message.content for message in messages) for messages in self._past())
        return [Count(self.id, self._frame(), self._calls.scope, (*rendered(self._offered), *past))]

    def _frame(self) -> tuple[asking.ChatMessage, asking.ChatMessage]:
        """Counted with the tools, which a second try may bring back."""
        question = prompts.question((), self.question, files=self._files)
        return prompts.system(self._documents, self._calls.scope), question

    def _system(self) -> asking.ChatMessage:
        return prompts.system(self._documents, self._tools)

    def _past(self) -> tuple[tuple[asking.ChatMessage, ...], ...]:
        return tuple(messages for exchange in self._history if (messages := prompts.earlier(exchange)))

    def _on_counted(self, event: Counted) -> list[Command]:
        past = self._past()
        split = len(self._offered)
        if len(event.texts) != split + len(past):
            raise Known("carrel.chat.count", "The model counted something else than it was asked.", "Ask again.")
        self.plan = assemble(
            self._setting.budget,
            self._frame(),
            event.prompt,
            tuple(zip(past, event.texts[split:], strict=True)),
            tuple(zip(self._offered, event.texts[:split], strict=True)),
            self.question,
            self._files,
        )
        self._material.begin(self.plan, self._system())
        self._calls.tainted = self._calls.tainted or bool(self._material.shown or self._files)
        return [self._ask(self.plan)]

    def _ask(self, plan: ContextPlan | None = None) -> AskModel:
        self._stage = _Stage.WRITING
        self._draft = Draft()
        constraint = self._constraint()
        kept, self._kept = self._kept, None
        request = asking.GenerationRequest(
            turn=self.id,
            messages=self._material.messages,
            tools=self._tools,
            constraint=constraint,
            begun=begun(kept, constraint if isinstance(constraint, asking.QuoteFirst) else None) if kept else "",
            names_held=self._errand or reckons(self.question),
            max_tokens=self._setting.budget.answer,
        )
        return AskModel(self.id, request, plan)

    def _constraint(self) -> asking.Constraint:
        calls = bool(self._tools) and self._calls.open and not self._material.full
        named = self._calls.again or (self._calls.failed if self._errand else "")
        named = named or ("" if self._calls.ended else self._forced)
        if named and calls:
            return asking.Calls(choice="named", named=named)
        if self._material.shown:
            passages = tuple(shown.sentences for shown in self._material.shown)
            return asking.QuoteFirst(passages=passages, calls=calls and not self._forced)
        if not self._tools:
            return asking.Free()
        bare = self._weak or not self._documents
        if bare and calls and not self._errand and self._bare_sum and not sums.results(self._calls, self.question):
            return asking.Calls(choice="named", named=CALCULATE)
        return asking.Calls(choice="auto" if calls and (self._errand or not self._weak) else "none")

    # -- while the model writes
    def _on_stream(self, event: Any, now: float) -> list[Command]:
        if self._first is None and isinstance(event, stream.TextDelta | stream.QuoteDelta | stream.ToolCallStarted):
            self._first = now
        match event:
            case stream.TextDelta(text=text):
                self._draft.text += text
            case stream.QuoteDelta():
                self._draft.add(event)
            case stream.ToolCallEnded():
                return [Emit(self.id, event), *self._on_written(event)]
            case stream.Usage():
                self._usage = added(self._usage, event)
            case stream.Finished(reason="cancelled"):
                return [*self._ended_calls(), self._save(AnswerState.STOPPED, now)]
            case stream.Finished():
                return self._on_finished(now)
            case stream.ToolCallStarted() | stream.ToolArgumentsDelta():
                pass
            case _:
                return []  # a ToolCallReady that the turn did not make itself runs nothing
        return [Emit(self.id, event)]

    # -- calls
    def _on_written(self, event: stream.ToolCallEnded) -> list[Command]:
        self._draft.called = True
        step, call = self._calls.written(event)
        spec = self._calls.spec(call.tool)
        if step == "refused" or spec is None:
            if not self._calls.cut:  # what cannot be mended is not told: small models repeat it as their answer
                self._material.note(call)
            return [CallEnded(self.id, call)]
        if step == "person":
            self._asked = asked(call)
            return [
                Emit(self.id, stream.PersonAsked(turn=self.id, call=call.id, asked=self._asked)),
                CallEnded(self.id, call),
            ]
        if step == "ask":
            self._ready.append(AskPermission(self.id, call, spec, always_allowed=not self._calls.tainted))
            return []
        self._ready.append(RunTool(self.id, call, spec))
        return [self._announce(call)]

    def _announce(self, call: ToolCall) -> Emit:
        return Emit(
            self.id,
            stream.ToolCallReady(
                turn=self.id, call=call.id, tool=call.tool, version=call.version, arguments=call.arguments
            ),
        )

    def _on_call_event(self, event: Permitted | ToolDone) -> list[Command]:
        call = self._calls.waiting.get(event.call)
        spec = self._calls.spec(call.tool) if call else None
        if call is None or spec is None:
            return []
        if isinstance(event, Permitted) and event.allowed:
            return [self._announce(call), RunTool(self.id, call, spec)]
        outcome = event.outcome if isinstance(event, ToolDone) else ToolOutcome(error=denied())
        over = self._calls.done(call.id, outcome)
        if over is None:
            return []
        self._calls.tainted = self._calls.tainted or not outcome.own
        self._material.note(over, event.found if isinstance(event, ToolDone) else ())
        return [CallEnded(self.id, over), *(() if self._calls.waiting else (self._answer_calls(),))]

    def _answer_calls(self) -> Command:
        """Give the results back and ask the model to go on; where nothing is to be made, without what makes it."""
        settled = (self._calls.repeated and not self._to_make) or (not self._errand and sums.over(self._calls))
        self._tools = () if settled else self._tools if self._errand else unasked(self._tools)
        if settled:
            self._material.settle(self._system(), self.question, self._files)
        else:
            self._material.answer(self._draft.words, tuple(self._calls.ended))
        return self._ask()

    def _ended_calls(self) -> list[Command]:
        return [CallEnded(self.id, call) for call in self._calls.give_up()]

    # -- the end
    def _on_finished(self, now: float) -> list[Command]:
        if self._asked is not None:
            return [*self._ended_calls(), self._save(AnswerState.DONE, now)]
        if self._draft.called:
            self._stage = _Stage.CALLING
            ready, self._ready = self._ready, []
            return ready or [self._answer_calls()]
        if not self._documents:
            self._calls.repeated = self._calls.narrated(self._draft.words, self._tools) and not self._to_make
            return [self._answer_calls() if self._calls.repeated else self._save(AnswerState.DONE, now)]
        if not self._material.shown:
            done = sums.results(self._calls, self.question) or self._errand_done()
            return [self._save(AnswerState.DONE if done else AnswerState.ABSTAINED, now)]
        if self._errand_done() or not self._checked().lack(self._matter(), self._calls):
            return [self._save(AnswerState.DONE, now)]
        return [self._try_again() or self._save(AnswerState.ABSTAINED, now)]

    def _errand_done(self) -> bool:
        """Whether what was asked for was made: then the words only say so, and need no quote."""
        return self._errand and any(call.tool not in BY_RULE and call.error is None for call in self._calls.ended)

    def _try_again(self) -> Command | None:
        """Another way to the answer, each at most once; None when there is none left.

        An amount that no quote holds is worked out; and when calls led nowhere, the passages alone are asked. To have the
        documents searched in the model's own words cost two readings and gave no right answer (README, "Abstention").
        """
        if self.plan is None or self._given_up:
            return None
        if self._calls.ended:
            self._given_up, self._forced, self._tools = True, "", ()
        elif reckons(self.question) and self._calls.spec(CALCULATE) is not None:
            self._forced = CALCULATE
            self._tools = tuple(tool for tool in self._setting.tools if tool.name == CALCULATE)
        else:
            return None
        self._material.begin(self.plan, self._system())
        return self._ask()

    def _checked(self) -> Judged:
        """The draft as it is now, judged once."""
        if self._judged is None or self._judged.draft is not self._draft:
            self._judged = Judged(self._draft, self._material.shown, self.question)
        return self._judged

    def _waited(self) -> float | None:
        """Seconds to the first word; those of an answer that is gone on with were there before."""
        if self._setting.kept is not None:
            return self._setting.kept.seconds.first_token
        return None if self._first is None else self._first - self._begun

    def _fail(self, code: str, message: str, hint: str, now: float) -> list[Command]:
        save = self._save(AnswerState.FAILED, now, {"code": code, "message": message, "hint": hint})
        return [*self._ended_calls(), save]

    def _save(self, state: AnswerState, now: float, error: dict[str, str] | None = None) -> Save:
        self._stage = _Stage.OVER
        kept = self._setting.kept
        if kept and self._first is None and state in {AnswerState.STOPPED, AnswerState.FAILED}:
            return Save(self.id, kept.model_copy(update={"state": state, "error": error}))
        abstained = state is AnswerState.ABSTAINED
        if self._asked is not None:
            self._draft = Draft(self._asked.words)
        checked = None if abstained or self._asked else self._checked()
        sentences = checked.sentences if checked and self._documents else ()
        done = state is AnswerState.DONE and not self._asked
        undone = done and self._to_make and not self._calls.made
        read = tuple(shown.found.passage for shown in self._material.shown)
        looked_at = read or tuple(shown.found.passage for shown in self._found)
        answer = Answer(
            state=state,
            text=evidence.NOT_SAID if abstained else self._draft.words,
            supported=bool(sentences) and not undone and all(sentence.supported for sentence in sentences),
            undone=undone,
            sentences=sentences,
            quotes=checked.quotes if checked else (),
            read=read,
            nearest=evidence.nearest(self._query(), looked_at) if abstained else None,
            tool_calls=tuple(call for call in self._calls.ended if call.tool != ASK_PERSON.name),
            usage=self._usage,
            seconds=Seconds(first_token=self._waited(), total=now - self._begun),
            model=self._setting.model,
            error=error,
            asked=self._asked,
            tainted=self._calls.tainted,
        )
        return Save(self.id, answer)
