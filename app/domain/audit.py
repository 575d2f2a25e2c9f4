"""What is written down about what happened: ids, numbers and words of a fixed vocabulary. Nothing read, asked or said.

A record is what one event of the audit trail holds; ``app.vault.events`` chains and keeps them. ``Word`` makes the promise
checkable: no field can hold a sentence. Names that a model or a file made up arrive here as ``UNKNOWN``.

A kind keeps its meaning; fields are added with a default, anything else is a new ``version`` with an adapter for the old.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from app.domain.base import Frozen
from app.domain.messages import Answer, AnswerState, Scope
from app.domain.policy import Reason
from app.domain.record import Count, Elapsed, Record, Word, worded
from app.domain.tool import ConsentAnswer, ErrorType, Judgement

CallEnding = Literal["done", "failed", "denied", "refused", "cancelled"]


class Decision(Frozen):
    """How it was decided whether a call runs.

    Attributes:
        by: ``rule`` the runtime alone; ``person`` after a question; ``grant`` allowed earlier for the conversation;
            ``unattended`` nobody was there, so no.
        allowed: whether it ran.
    """

    by: Literal["rule", "person", "grant", "unattended"] = "rule"
    allowed: bool


class CallRecord(Record):
    """One tool call, from its first written word to its end. The model is that of its exchange's ``TurnRecord``.

    Attributes:
        exchange: the question it belongs to; empty for a call outside a chat.
        tool_version: of the schema; 0 when there is no such tool.
        scope_tools, scope_collections: how many the conversation may reach.
        argument_bytes, result_bytes: of their JSON.
        model_seconds: while the model wrote it; tool_seconds: while it ran; waited_seconds: for the person.
        tainted: text that others wrote was in the turn.
        duplicate: the same action was done before and was not done again.
        attempts: runs it took; 0 when it never ran. What is tried again is a call of its own.
        redacted: secrets taken out of the result before the model saw it.
    """

    kind: Literal["call"] = "call"
    conversation: Word = ""
    exchange: Word = ""
    call: Word
    tool: Word
    tool_version: Count
    tool_kind: Literal["query", "action", "unknown"]
    scope_tools: Count = 0
    scope_collections: Count = 0
    decision: Decision
    outcome: CallEnding
    error_type: ErrorType | None = None
    error_code: Word = ""
    judgement: Judgement | None = None
    argument_bytes: Count = 0
    result_bytes: Count = 0
    model_seconds: Elapsed = 0.0
    tool_seconds: Elapsed = 0.0
    waited_seconds: Elapsed = 0.0
    total_seconds: Elapsed = 0.0
    tainted: bool = False
    duplicate: bool = False
    attempts: Count = 1
    redacted: Count = 0


class BegunRecord(Record):
    """An answer is about to be written. Written with its question, in its transaction."""

    kind: Literal["begun"] = "begun"
    conversation: Word
    exchange: Word


class InterruptedRecord(Record):
    """When the vault was opened again, an answer that had been begun was found without an end: the program was killed."""

    kind: Literal["interrupted"] = "interrupted"
    conversation: Word
    exchange: Word


class TurnRecord(Record):
    """One question and how it ended. Written with the answer, in its transaction.

    Attributes:
        documents: documents were in its scope.
        sentences, supported: of the answer; a sentence is supported when a verified quote bears it.
        asked_back: it ended in a question to the person.
    """

    kind: Literal["turn"] = "turn"
    conversation: Word
    exchange: Word
    model: Word = ""
    state: AnswerState
    documents: bool = False
    passages: Count = 0
    quotes: Count = 0
    verified: Count = 0
    sentences: Count = 0
    supported: Count = 0
    calls: Count = 0
    asked_back: bool = False
    first_token_seconds: Elapsed | None = None
    total_seconds: Elapsed = 0.0
    prompt_tokens: Count = 0
    cached_tokens: Count = 0
    completion_tokens: Count = 0
    error_code: Word = ""

    @classmethod
    def of(cls, conversation: str, exchange: str, scope: Scope, answer: Answer) -> TurnRecord:
        """What an answer amounts to, without a word of it."""
        return cls(
            conversation=conversation,
            exchange=exchange,
            model=worded(answer.model),
            state=answer.state,
            documents=scope.documents and bool(scope.collections),
            passages=len(answer.read),
            quotes=len(answer.quotes),
            verified=sum(quote.verified for quote in answer.quotes),
            sentences=len(answer.sentences),
            supported=sum(sentence.supported for sentence in answer.sentences),
            calls=len(answer.tool_calls),
            asked_back=answer.asked is not None,
            first_token_seconds=answer.seconds.first_token,
            total_seconds=answer.seconds.total,
            prompt_tokens=answer.usage.prompt_tokens,
            cached_tokens=answer.usage.cached_tokens,
            completion_tokens=answer.usage.completion_tokens,
            error_code=worded(answer.error["code"]) if answer.error else "",
        )


class RepairRecord(Record):
    """Something malformed and what was done about it.

    Attributes:
        how: ``deterministic`` fixes by rule; ``re_ask`` one more question to the model under the same grammar.
        of: a tool call, a structured answer or quotes.
        fixes: names of the rules that were applied.
        worked: whether the outcome was valid.
    """

    kind: Literal["repair"] = "repair"
    how: Literal["deterministic", "re_ask"]
    of: Literal["call", "answer", "quotes"]
    worked: bool
    conversation: Word = ""
    exchange: Word = ""
    call: Word = ""
    model: Word = ""
    tool: Word = ""
    fixes: tuple[Word, ...] = ()
    seconds: Elapsed = 0.0


class StructureRecord(Record):
    """One structured answer outside a chat (``carrel complete``)."""

    kind: Literal["structure"] = "structure"
    model: Word = ""
    constrained: bool
    valid: bool
    repaired: bool = False
    calls: Count = 0
    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    seconds: Elapsed = 0.0


class PermissionRecord(Record):
    """A question to the person and the answer; ``unattended`` and ``closed`` mean no."""

    kind: Literal["permission"] = "permission"
    conversation: Word
    exchange: Word = ""
    call: Word = ""
    tool: Word = ""
    answer: ConsentAnswer
    offered_for_conversation: bool = False
    seconds: Elapsed = 0.0


class ScopeRecord(Record):
    """What a conversation may reach was set: tool names, collection ids and the number of folders."""

    kind: Literal["scope"] = "scope"
    conversation: Word
    tools: tuple[Word, ...] = ()
    collections: tuple[Word, ...] = ()
    folders: Count = 0
    documents: bool = True

    @classmethod
    def of(cls, conversation: str, scope: Scope) -> ScopeRecord:
        return cls(
            conversation=worded(conversation),
            tools=tuple(worded(tool) for tool in scope.tools),
            collections=tuple(worded(collection) for collection in scope.collections),
            folders=len(scope.folders),
            documents=scope.documents,
        )


class ChildRecord(Record):
    """A confined process that ended otherwise than asked, or was not started.

    Attributes:
        reason: ``refused`` when it never ran.
        exit: its code, negative for a signal.
    """

    kind: Literal["child"] = "child"
    role: Word
    reason: Reason
    code: Word = ""
    exit: int = 0
    seconds: Elapsed = 0.0
    peak_bytes: Count = 0


class AdmissionRecord(Record):
    """A model file judged. ``model``: its SHA-256, empty when nothing could be decided (``code`` says why)."""

    kind: Literal["admission"] = "admission"
    model: Word = ""
    outcome: Literal["admitted", "refused", "undecided"]
    source: Literal["file", "download"] = "file"
    code: Word = ""
    bytes: Count = 0
    seconds: Elapsed = 0.0


class ModelRecord(Record):
    """A model was loaded (``code`` set: it could not be), chosen, verified, or removed."""

    kind: Literal["model"] = "model"
    model: Word
    act: Literal["loaded", "chosen", "verified", "removed"]
    code: Word = ""
    context_tokens: Count = 0
    seconds: Elapsed = 0.0


class NetworkRecord(Record):
    """A question whether a connection may be opened, and the answer. ``subject``: the catalogue's name of the model."""

    kind: Literal["network"] = "network"
    subject: Word
    allowed: bool


class ReadingRecord(Record):
    """One run over files: how many ended how."""

    kind: Literal["reading"] = "reading"
    run: Word
    collection: Word = ""
    outcomes: dict[Word, Count] = {}
    seconds: Elapsed = 0.0


class DeletionRecord(Record):
    """Documents taken out; ``left`` is what a search for the rest found, 0 being the proof.

    ``kept``: sources that stay and hold the same text.
    """

    kind: Literal["deletion"] = "deletion"
    sources: Count
    chunks: Count = 0
    left: Count = 0
    kept: Count = 0


class ArtifactRecord(Record):
    """A file that a tool or the person had sealed, saved out of the vault, or removed."""

    kind: Literal["artifact"] = "artifact"
    act: Literal["sealed", "saved", "removed"]
    call: Word = ""
    bytes: Count = 0


class ToolRecord(Record):
    """A tool that a person installs: taken in, switched on for the first time, removed, or refused; any tool switched.

    Attributes:
        tool: its name; empty when it was refused before it had one.
        digest: SHA-256 of the folder as it was shown.
        code: why it was refused.
    """

    kind: Literal["tool"] = "tool"
    act: Literal["added", "agreed", "removed", "refused", "on", "off"]
    tool: Word = ""
    digest: Word = ""
    code: Word = ""


class StopRecord(Record):
    """The emergency stop: how many turns and children were ended; or ``released``, tools may run again."""

    kind: Literal["stop"] = "stop"
    turns: Count = 0
    children: Count = 0
    released: bool = False


class VaultRecord(Record):
    """The vault was opened or closed. ``rolled_back``: the database was older than the last one opened here."""

    kind: Literal["vault"] = "vault"
    act: Literal["opened", "closed"]
    generation: Count = 0
    rolled_back: bool = False
    program: Word = ""


class PrunedRecord(Record):
    """Old events were let go: all up to number ``through``, whose mac the first one kept still names."""

    kind: Literal["pruned"] = "pruned"
    through: Count
    mac: Word
    events: Count
    since: datetime
    until: datetime


class FaultRecord(Record):
    """The chain was found broken when the vault was opened; the evidence is kept here, and the chain goes on.

    Attributes:
        what: ``pruned_broken``: something was wrong among old events when they were let go.
        found: number of the last event that was there; expected: of the last one known to have been written.
    """

    kind: Literal["fault"] = "fault"
    what: Literal["cut", "end_changed", "anchor_lost", "anchor_changed", "pruned_broken"]
    found: Count
    expected: Count


class LostRecord(Record):
    """Events that could not be written, on a full disk for example."""

    kind: Literal["lost"] = "lost"
    events: Count


class OtherRecord(Record):
    """An event of a kind or version this program does not know; a newer one wrote it."""

    kind: Literal["other"] = "other"
    written_kind: Word
    written_version: Count


KINDS: tuple[type[Record], ...] = (
    CallRecord,
    BegunRecord,
    InterruptedRecord,
    TurnRecord,
    RepairRecord,
    StructureRecord,
    PermissionRecord,
    ScopeRecord,
    ChildRecord,
    AdmissionRecord,
    ModelRecord,
    NetworkRecord,
    ReadingRecord,
    DeletionRecord,
    ArtifactRecord,
    ToolRecord,
    StopRecord,
    VaultRecord,
    PrunedRecord,
    FaultRecord,
    LostRecord,
)
