"""From what services tell to what is written down: calls, permissions and runs are followed from their first event on.

No IO and no clock: the caller hands in its monotonic seconds with each event. What a model made up (the name of a tool, of a
field) is not passed on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.chat.clarification import ASK_PERSON
from app.domain.audit import (
    ArtifactRecord,
    CallEnding,
    CallRecord,
    Decision,
    PermissionRecord,
    ReadingRecord,
    StopRecord,
)
from app.domain.events import (
    Event,
    PermissionAnswered,
    PermissionAsked,
    ReadingChanged,
    Recorded,
    ToolRan,
    ToolStateChanged,
    TurnEnded,
    TurnStarted,
    TurnStreamed,
)
from app.domain.messages import Scope
from app.domain.record import UNKNOWN, Record, known, worded
from app.domain.stream import ToolCallEnded, ToolCallStarted
from app.domain.tool import ConsentAnswer, ErrorType, Judgement, ToolKind, ToolSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.messages import ToolCall
    from app.domain.tool import ToolError

# Calls that the runtime did not run, and nobody was asked.
REFUSING = {"carrel.tool.scope", "carrel.tool.loop", "carrel.tool.limit", "carrel.tool.unattended"}


@dataclass
class _Call:
    """A call on its way. Times are monotonic seconds; 0.0 means not yet."""

    started: float
    written: float = 0.0
    waiting: float = 0.0
    waited: float = 0.0
    running: float = 0.0
    runs: int = 0
    argument_bytes: int = 0
    asked: ConsentAnswer | None = None
    ran: ToolRan | None = None


@dataclass
class _Turn:
    conversation: str
    exchange: str
    scope: Scope
    calls: dict[str, _Call] = field(default_factory=dict)
    asked: float = 0.0

    @property
    def running(self) -> bool:
        """Whether a call of it runs now."""
        return any(call.running for call in self.calls.values())


class Book:
    """Args:
    specs: the tools that are installed now. What asks the person is none of them, and is a call all the same.
    """

    def __init__(self, specs: Callable[[], tuple[ToolSpec, ...]]) -> None:
        self._specs: Callable[[], tuple[ToolSpec, ...]] = lambda: (*specs(), ASK_PERSON)
        self._turns: dict[str, _Turn] = {}
        self._runs: dict[str, float] = {}

    def on(self, event: Event, now: float) -> tuple[Record, ...]:
        """What ``event`` has to be written down as."""
        match event:
            case Recorded(record=StopRecord(released=False) as stop):
                return (stop.model_copy(update={"turns": sum(turn.running for turn in self._turns.values())}),)
            case Recorded(record=record):
                return (record,)
            case TurnStarted(exchange=exchange):
                self._turns[event.turn] = _Turn(exchange.conversation, exchange.id, event.scope)
            case TurnEnded():
                self._turns.pop(event.turn, None)
            case ReadingChanged():
                return self._on_reading(event, now)
            case TurnStreamed() | ToolStateChanged() | PermissionAsked() | PermissionAnswered() | ToolRan():
                if (turn := self._turns.get(event.turn)) is not None:
                    return self._on_turn(turn, event, now)
        return ()

    def _on_turn(self, turn: _Turn, event: Event, now: float) -> tuple[Record, ...]:
        match event:
            case TurnStreamed(event=ToolCallStarted(call=call)):
                turn.calls.setdefault(call, _Call(now))
            case TurnStreamed(event=ToolCallEnded(call=call, untrusted_arguments=text)):
                followed = turn.calls.setdefault(call, _Call(now))
                followed.written, followed.argument_bytes = now, len(text.encode("utf-8", "replace"))
            case ToolStateChanged(state="waiting", call=call):
                turn.calls.setdefault(call.id, _Call(now)).waiting = now
            case ToolStateChanged(state="running", call=call):
                followed = turn.calls.setdefault(call.id, _Call(now))
                followed.running, followed.runs = followed.running or now, followed.runs + 1
            case ToolStateChanged(call=call):
                return (self._ended(turn, call, turn.calls.pop(call.id, _Call(now)), now), *_left(call))
            case ToolRan(call=call):
                turn.calls.setdefault(call, _Call(now)).ran = event
            case PermissionAsked():
                turn.asked = now
            case PermissionAnswered():
                return (self._answered(turn, event, now),)
        return ()

    def _answered(self, turn: _Turn, event: PermissionAnswered, now: float) -> PermissionRecord:
        followed = turn.calls.setdefault(event.call, _Call(now))
        followed.asked = event.answer
        followed.waited = now - followed.waiting if followed.waiting else 0.0
        return PermissionRecord(
            conversation=turn.conversation,
            exchange=turn.exchange,
            call=worded(event.call),
            tool=known(event.tool, self._names()),
            answer=event.answer,
            offered_for_conversation=event.offered_for_conversation,
            seconds=now - turn.asked if turn.asked else 0.0,
        )

    def _ended(self, turn: _Turn, call: ToolCall, followed: _Call, now: float) -> CallRecord:
        written = followed.written or followed.started
        ran = followed.ran or ToolRan(turn="", call="")
        return self._record(
            call,
            model_seconds=written - followed.started,
            waited_seconds=followed.waited,
            total_seconds=now - followed.started,
            conversation=turn.conversation,
            exchange=turn.exchange,
            scope_tools=len(turn.scope.tools),
            scope_collections=len(turn.scope.collections),
            decision=_decision(followed, call, self._spec(call)),
            argument_bytes=followed.argument_bytes or _size(call.arguments),
            attempts=followed.runs,
            tainted=ran.tainted,
            redacted=ran.redacted,
            duplicate=ran.duplicate,
        )

    def _record(self, call: ToolCall, **facts: Any) -> CallRecord:
        """``facts``: the fields that the call itself does not know."""
        spec = self._spec(call)
        return CallRecord(
            call=worded(call.id),
            tool=spec.name if spec else UNKNOWN,
            tool_version=call.version if spec else 0,
            tool_kind=spec.kind.value if spec else "unknown",
            outcome=_outcome(call.error, facts["attempts"]),
            error_type=call.error.error_type if call.error else None,
            error_code=worded(call.error.error_code) if call.error else "",
            judgement=_judgement(call, spec),
            result_bytes=0 if call.result is None else _size(call.result),
            tool_seconds=call.seconds,
            **facts,
        )

    def _on_reading(self, event: ReadingChanged, now: float) -> tuple[Record, ...]:
        progress = event.progress
        began = self._runs.setdefault(progress.run, now)
        if not progress.finished:
            return ()
        del self._runs[progress.run]
        outcomes = {outcome.value: count for outcome, count in progress.outcomes.items()}
        return (
            ReadingRecord(run=progress.run, collection=progress.collection, outcomes=outcomes, seconds=now - began),
        )

    def _spec(self, call: ToolCall) -> ToolSpec | None:
        return next((spec for spec in self._specs() if spec.name == call.tool), None)

    def _names(self) -> frozenset[str]:
        return frozenset(spec.name for spec in self._specs())


def _decision(followed: _Call, call: ToolCall, spec: ToolSpec | None) -> Decision:
    if followed.asked == "unattended" or (call.error and call.error.error_code == "carrel.tool.unattended"):
        return Decision(by="unattended", allowed=False)
    allowed = followed.runs > 0 or call.error is None
    if followed.asked is not None:
        return Decision(by="person", allowed=allowed)
    granted = spec is not None and spec.kind is ToolKind.ACTION and followed.runs and not followed.waiting
    return Decision(by="grant" if granted else "rule", allowed=allowed)


def _left(call: ToolCall) -> tuple[ArtifactRecord, ...]:
    """The files a call left, as its result names them."""
    found = call.result.get("artifacts") if isinstance(call.result, dict) else None
    return tuple(
        ArtifactRecord(act="sealed", call=worded(call.id), bytes=one["bytes"])
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, dict) and isinstance(one.get("bytes"), int) and one["bytes"] >= 0
    )


def _outcome(error: ToolError | None, attempts: int) -> CallEnding:
    """Arguments that the boundary refuses and those a tool that ran can do nothing with bear one type of error."""
    if error is None:
        return "done"
    if error.error_type is ErrorType.CANCELLED:
        return "cancelled"
    if error.error_code in REFUSING or (error.error_type is ErrorType.VALIDATION and not attempts):
        return "refused"
    return "denied" if error.error_type is ErrorType.PERMISSION else "failed"


def _judgement(call: ToolCall, spec: ToolSpec | None) -> Judgement | None:
    """Only fields that the schema of the tool names, and rules that are words of ours."""
    judged = call.judgement
    if judged is None:
        return None
    names = _fields(spec.parameters if spec else {})

    def named(text: str) -> str:
        rule, _, place = text.partition(":")
        told = ".".join(part if part.rstrip("[]") in names else "?" for part in place.split(".")) if place else ""
        return worded(f"{rule}:{told}" if place else rule)

    return judged.model_copy(
        update={
            "fault": worded(judged.fault),
            "field": named(f":{judged.field}").removeprefix(":") if judged.field else "",
            "mended": tuple(named(one) for one in judged.mended),
            "fixes": tuple(worded(one) for one in judged.fixes),
            "deprecated": tuple(named(f":{one}").removeprefix(":") for one in judged.deprecated),
            "other": tuple(named(f":{one}").removeprefix(":") for one in judged.other),
        }
    )


def _fields(schema: Any) -> frozenset[str]:
    """All property names of a schema, at any depth."""
    if isinstance(schema, list):
        return frozenset().union(*(_fields(item) for item in schema))
    if not isinstance(schema, dict):
        return frozenset()
    own = schema.get("properties")
    names = frozenset(own) if isinstance(own, dict) else frozenset()
    return names.union(*(_fields(item) for item in schema.values()))


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace"))
