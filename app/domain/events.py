"""What services tell whoever is watching. Views learn only from these; a late event names its subject and can be dropped."""

from __future__ import annotations

from typing import Literal

from pydantic import SerializeAsAny

from app.domain.base import Frozen
from app.domain.documents import ReadingProgress, Source
from app.domain.messages import Answer, Exchange, Scope, ToolCall
from app.domain.record import Record
from app.domain.stream import StreamEvent
from app.domain.tool import ActionSheet, ConsentAnswer


class TurnStarted(Frozen):
    """A question was saved and its answer is about to be written. ``scope``: what it may reach."""

    type: Literal["turn_started"] = "turn_started"
    turn: str
    exchange: Exchange
    scope: Scope = Scope()


class TurnStreamed(Frozen):
    """One stream event of a running turn."""

    type: Literal["turn_streamed"] = "turn_streamed"
    turn: str
    conversation: str
    event: StreamEvent


class TurnPhase(Frozen):
    """What a running turn is doing now: ``loading`` the model, ``searching``, ``reading`` the prompt, ``writing``, ``tool``."""

    type: Literal["turn_phase"] = "turn_phase"
    turn: str
    conversation: str
    phase: Literal["loading", "searching", "reading", "writing", "tool"]
    detail: str = ""


class ToolStateChanged(Frozen):
    """A call's card: ``waiting`` for consent, ``running``, or over (result or error set in ``call``)."""

    type: Literal["tool_state"] = "tool_state"
    turn: str
    conversation: str
    state: Literal["waiting", "running", "done", "failed", "denied"]
    call: ToolCall


class TurnEnded(Frozen):
    """The answer as it was saved."""

    type: Literal["turn_ended"] = "turn_ended"
    turn: str
    conversation: str
    exchange: str
    answer: Answer


class PermissionAsked(Frozen):
    """A question to the person; closed, cancelled or unattended means no. ``sheet``: exactly what ``tool`` would do."""

    type: Literal["permission"] = "permission"
    request: str
    turn: str
    conversation: str
    title: str
    facts: tuple[tuple[str, str], ...]
    why: str
    always_allowed: bool
    sheet: ActionSheet | None = None
    tool: str = ""


class PermissionAnswered(Frozen):
    """How such a question ended: ``closed`` with its turn, ``unattended`` when nobody was there to be asked."""

    type: Literal["permission_answered"] = "permission_answered"
    turn: str
    conversation: str
    call: str
    tool: str
    answer: ConsentAnswer
    offered_for_conversation: bool = False


class ToolRan(Frozen):
    """What running a call showed, told before the call is over.

    Attributes:
        tainted: text that others wrote was in the turn when it ran.
        redacted: secrets taken out of its output. duplicate: the action had been done before and was not done again.
    """

    type: Literal["tool_ran"] = "tool_ran"
    turn: str
    call: str
    tainted: bool = False
    redacted: int = 0
    duplicate: bool = False


class ReadingChanged(Frozen):
    type: Literal["reading"] = "reading"
    progress: ReadingProgress


class SourceChanged(Frozen):
    """A source got a new outcome in a run."""

    type: Literal["source"] = "source"
    source: Source
    run: str = ""
    seconds: float = 0.0
    peak_rss_bytes: int = 0


class AdmissionChanged(Frozen):
    """A model file on its way in: ``downloading``, ``copying``, ``checking``, ``loading``, ``done``, ``refused``; fraction 0..1."""

    type: Literal["admission"] = "admission"
    name: str
    stage: Literal["downloading", "copying", "checking", "loading", "done", "refused"]
    fraction: float
    reason: str = ""


class ListsChanged(Frozen):
    """Rows of some list changed: fetch it again."""

    type: Literal["lists"] = "lists"
    what: Literal["conversations", "collections", "models", "tools"]


class StatusItem(Frozen):
    """One item of the status line. ``paused``: it rests, and nothing is wrong."""

    state: Literal["good", "busy", "paused", "attention", "bad"]
    text: str
    detail: str = ""


class Status(Frozen):
    """The status line, in its order. ``memory``: used and total bytes of the machine as far as Carrel is concerned."""

    model: StatusItem
    memory: StatusItem
    memory_used: int
    memory_total: int
    index: StatusItem
    network: StatusItem
    sandbox: StatusItem
    encryption: StatusItem


class StatusChanged(Frozen):
    type: Literal["status"] = "status"
    status: Status


class Problem(Frozen):
    """A failure nobody is waiting for: one sentence, one remedy."""

    type: Literal["problem"] = "problem"
    code: str
    message: str
    hint: str


class Recorded(Frozen):
    """Something for the audit trail that no other event says: any service may publish it, the trail writes it down."""

    type: Literal["recorded"] = "recorded"
    record: SerializeAsAny[Record]


Event = (
    TurnStarted
    | TurnStreamed
    | TurnPhase
    | ToolStateChanged
    | TurnEnded
    | PermissionAsked
    | PermissionAnswered
    | ToolRan
    | ReadingChanged
    | SourceChanged
    | AdmissionChanged
    | ListsChanged
    | StatusChanged
    | Problem
    | Recorded
)
