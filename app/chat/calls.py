"""The calls of one turn: judged as they are written, bounded in number, cut when they repeat, asked for again once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from app.chat.clarification import ASK_PERSON
from app.chat.known import Ids, brought
from app.domain.messages import ToolCall
from app.domain.tool import ErrorType, Judgement, ToolError, ToolKind, ToolSpec
from app.tools.validation import judge

if TYPE_CHECKING:
    from app.domain.stream import ToolCallEnded
    from app.domain.tool import ToolOutcome

MOST_CALLS = 6
MOST_FAILURES = 2

Step = Literal["run", "ask", "refused", "person"]


@dataclass
class Calls:
    """Attributes:
    scope: the tools this conversation may call; no other can run.
    granted: names of action tools allowed for this conversation.
    tainted: text that others wrote has entered the turn.
    cut: no further call is taken: they repeat, or there were enough. repeated: the first of the two.
    known: for each kind of id a schema refers to (``x-known``) those the model was given, with those that results of this
        turn bring; a kind that is missing is not judged here.
    again: the tool whose arguments could not be used and are to be asked for once more, under its grammar alone; at most
        one in a turn.
    failed: the query that just failed in a way which other arguments can mend; at most ``MOST_FAILURES`` times in a turn.
    """

    scope: tuple[ToolSpec, ...]
    granted: frozenset[str] = frozenset()
    tainted: bool = False
    ended: list[ToolCall] = field(default_factory=list)
    waiting: dict[str, ToolCall] = field(default_factory=dict)
    cut: bool = False
    repeated: bool = False
    known: Ids = field(default_factory=dict)
    again: str = ""
    failed: str = ""
    _failures: int = 0
    _reasked: bool = False
    _made: set[str] = field(default_factory=set)

    def spec(self, name: str) -> ToolSpec | None:
        """The tool of that name in scope."""
        return next((spec for spec in self.scope if spec.name == name), None)

    @property
    def open(self) -> bool:
        """Whether the model may still call."""
        return bool(self.scope) and not self.cut and len(self.ended) + len(self.waiting) < MOST_CALLS

    @property
    def made(self) -> bool:
        """Whether something is there that was not: an action was done, or a call left a file. A proposal is neither."""
        acting = {spec.name for spec in self.scope if spec.kind is ToolKind.ACTION}
        return any(
            call.tool in acting or (isinstance(call.result, dict) and bool(call.result.get("artifacts")))
            for call in self.ended
            if call.error is None
        )

    def written(self, event: ToolCallEnded) -> tuple[Step, ToolCall]:
        """Judge a call that was written to its end: run it, ask the person first, or refuse it (its error says why).

        ``person``: it is itself a question to the person, over as it stands; nothing runs and no other call is taken.
        """
        spec = self.spec(event.tool)
        if spec is None:
            return self._refused(event, 0, _not_in_scope())
        reasked = self.again == spec.name
        self.again = self.failed = ""
        judged = judge(spec, event.untrusted_arguments, self.known, reasked=reasked)
        checked = judged.outcome
        if isinstance(checked, ToolError):
            refused = self._refused(event, spec.version, checked, judged.judgement)
            if not self._reasked and self.open:
                self._reasked, self.again = True, spec.name
            return refused
        key = json.dumps([spec.name, checked.values], sort_keys=True)
        if key in self._made:
            self.cut = self.repeated = True
            return self._refused(event, spec.version, _repeated(spec), judged.judgement)
        if not self.open:
            self.cut = True
            return self._refused(event, spec.version, _too_many(), judged.judgement)
        self._made.add(key)
        call = ToolCall(
            id=event.call,
            tool=spec.name,
            version=spec.version,
            arguments=checked.values,
            judgement=judged.judgement,
        )
        if spec.name == ASK_PERSON.name:
            self.cut = True
            self.ended.append(call)
            return "person", call
        self.waiting[call.id] = call
        return ("ask" if self._needs_consent(spec) else "run"), call

    def done(self, call: str, outcome: ToolOutcome) -> ToolCall | None:
        """End a waiting call; None when no such call waits."""
        begun = self.waiting.pop(call, None)
        if begun is None:
            return None
        over = begun.model_copy(update={"result": outcome.result, "error": outcome.error, "seconds": outcome.seconds})
        self.ended.append(over)
        self.known = brought(self.known, outcome.result)
        spec = self.spec(over.tool)
        if outcome.error and outcome.error.retryable and spec and spec.kind is ToolKind.QUERY:
            self._failures += 1
            self.failed = spec.name if self._failures <= MOST_FAILURES else ""
        return over

    def narrated(self, words: str, tools: tuple[ToolSpec, ...]) -> bool:
        """Whether ``words`` only tell of a call, by the name of one of ``tools`` that brought something: that is no answer."""
        brought_it = {call.tool for call in self.ended if call.error is None}
        return any("_" in tool.name and tool.name in words for tool in tools if tool.name in brought_it)

    def give_up(self) -> tuple[ToolCall, ...]:
        """End all waiting calls as cancelled."""
        over = tuple(call.model_copy(update={"error": _cancelled()}) for call in self.waiting.values())
        self.ended += over
        self.waiting.clear()
        return over

    def _needs_consent(self, spec: ToolSpec) -> bool:
        """Queries need none. An action needs it unless it was granted and the turn has read nothing untrusted."""
        return spec.kind is ToolKind.ACTION and (self.tainted or spec.name not in self.granted)

    def _refused(
        self, event: ToolCallEnded, version: int, error: ToolError, judgement: Judgement | None = None
    ) -> tuple[Step, ToolCall]:
        call = ToolCall(id=event.call, tool=event.tool, version=version, arguments={}, error=error, judgement=judgement)
        self.ended.append(call)
        if len(self.ended) >= MOST_CALLS:
            self.cut = True
        return "refused", call


def denied() -> ToolError:
    """The person said no, or was not there."""
    return ToolError(
        error_type=ErrorType.PERMISSION,
        error_code="carrel.tool.denied",
        retryable=False,
        user_message="You did not allow this call; it was not run.",
    )


def _cancelled() -> ToolError:
    return ToolError(
        error_type=ErrorType.CANCELLED,
        error_code="carrel.tool.cancelled",
        retryable=True,
        user_message="The call was stopped with its turn.",
    )


def _not_in_scope() -> ToolError:
    return ToolError(
        error_type=ErrorType.PERMISSION,
        error_code="carrel.tool.scope",
        retryable=False,
        user_message="This conversation may not use that tool; it was not run.",
        hints=("Add the tool to the scope of the conversation.",),
    )


def _repeated(spec: ToolSpec) -> ToolError:
    return ToolError(
        error_type=ErrorType.LIMIT,
        error_code="carrel.tool.loop",
        retryable=False,
        user_message=f"{spec.title} was called twice with the same arguments; it was not run again.",
    )


def _too_many() -> ToolError:
    return ToolError(
        error_type=ErrorType.LIMIT,
        error_code="carrel.tool.limit",
        retryable=False,
        user_message=f"At most {MOST_CALLS} calls are made for one question; this one was not run.",
    )
