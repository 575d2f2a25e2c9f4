"""Events and findings in words, for the command line and the window alike."""

from __future__ import annotations

from datetime import datetime

from app.domain.audit import (
    AdmissionRecord,
    ArtifactRecord,
    BegunRecord,
    CallRecord,
    ChildRecord,
    DeletionRecord,
    FaultRecord,
    InterruptedRecord,
    LostRecord,
    ModelRecord,
    NetworkRecord,
    OtherRecord,
    PermissionRecord,
    PrunedRecord,
    ReadingRecord,
    RepairRecord,
    ScopeRecord,
    StopRecord,
    StructureRecord,
    ToolRecord,
    TurnRecord,
    VaultRecord,
)
from app.domain.audit_verdict import Finding, Verdict
from app.domain.record import AuditEvent, Record

_FOUND = {
    "changed": "{range} {was} changed after being written.",
    "removed": "{range} {was} removed.",
    "moved": "{range} {was} moved: what stands there was written as {from_}.",
    "replaced": "{range} {does} not follow from the one before: something was put in its place from another copy.",
    "added": "{range} {was} added by something other than Carrel.",
    "cut": "The chain was cut off: {range} {was} written and {is_} gone.",
    "end_changed": "The note of where the chain ends was changed or removed.",
    "anchor_lost": "The file audit.head, which knows where the chain ends, is missing.",
    "anchor_changed": "The file audit.head, which knows where the chain ends, was changed.",
}
_NOTICED = {
    "cut": "events after {found} up to {expected} were missing",
    "end_changed": "the end of the chain was not as it was left",
    "anchor_lost": "the file audit.head was missing, so events at the end could be missing too",
    "anchor_changed": "the file audit.head was changed, so events at the end could be missing too",
    "pruned_broken": "old events that were let go were not whole (from {found} to {expected})",
}


def finding(found: Finding) -> str:
    """One sentence."""
    one = found.first == found.last
    return _FOUND[found.what].format(
        range=_range("Event", found.first, found.last)
        if found.what != "cut"
        else _range("event", found.first, found.last),
        from_=_range("event", found.was, found.was + found.last - found.first),
        was="was" if one else "were",
        does="does" if one else "do",
        is_="is" if one else "are",
    )


def noticed(event: AuditEvent) -> str:
    """What an earlier opening found, one sentence."""
    record = event.record
    if not isinstance(record, FaultRecord):
        return ""
    words = _NOTICED[record.what].format(found=record.found, expected=record.expected)
    return f"When Carrel was opened on {moment(event.at)}, {words}."


def verdict(judged: Verdict) -> str:
    """The judgement in a sentence or two, without the findings."""
    if not judged.events:
        return "Nothing has been written down yet."
    count = f"{judged.events:,} events" if judged.events > 1 else "One event"
    said = count + (", none changed, removed, moved or cut off." if judged.sound else "; the chain is not whole.")
    if judged.pruned:
        said += f" {judged.pruned:,} older ones were let go, as planned."
    if judged.begins > 1:
        said += (
            f" It begins at opening {judged.begins} of this vault; what was before was not kept, or was removed whole."
        )
    return said


def moment(then: datetime) -> str:
    local = then.astimezone()
    return f"{local.day} {local:%b %Y, %H:%M}"


def told(record: Record) -> tuple[str, str]:
    """What happened in a few words, and its particulars. Ids are left out."""
    match record:
        case CallRecord():
            return f"Tool {record.tool}: {_CALL[record.outcome]}", _joined(
                record.error_code,
                _seconds(record.total_seconds),
                "the same action as before" if record.duplicate else "",
            )
        case TurnRecord():
            quotes = f"{record.verified} of {record.quotes} quotes word for word" if record.quotes else ""
            how = "answered with a question to you" if record.asked_back else _TURN[record.state.value]
            return f"Question {how}", _joined(record.error_code, quotes, _seconds(record.total_seconds))
        case BegunRecord():
            return "Question asked", ""
        case InterruptedRecord():
            return "Answer interrupted", "Carrel was ended before it was saved"
        case RepairRecord():
            how = "Repaired" if record.how == "deterministic" else "Asked again"
            return f"{how}: {_plain(record.of)}", "worked" if record.worked else "did not work"
        case StructureRecord():
            return "Structured answer", _joined("valid" if record.valid else "not valid", _seconds(record.seconds))
        case PermissionRecord():
            return f"You were asked about {record.tool}", _PERMISSION[record.answer]
        case ScopeRecord():
            reach = ((len(record.collections), "collection"), (record.folders, "folder"), (len(record.tools), "tool"))
            return "Scope of a chat set", _joined(*(_many(*part) for part in reach)) or "nothing in it"
        case ChildRecord():
            return f"Confined process “{record.role}” ended badly", _joined(_plain(record.reason), record.code)
        case AdmissionRecord():
            return f"Model file {_plain(record.outcome)}", _joined(record.code, _seconds(record.seconds))
        case ModelRecord():
            return f"Model {record.act}" if not record.code else f"Model not {record.act}", _joined(
                record.code, _seconds(record.seconds) if record.act == "loaded" else ""
            )
        case NetworkRecord():
            return f"Download of {record.subject}", "allowed by you" if record.allowed else "not allowed"
        case ReadingRecord():
            return "Files read", ", ".join(f"{count} {_plain(name)}" for name, count in record.outcomes.items())
        case DeletionRecord():
            return "Documents deleted", _joined(
                _many(record.sources, "document"),
                f"{record.left:,} left in a store" if record.left else "nothing left in any store",
                f"{_many(record.kept, 'duplicate')} kept" if record.kept else "",
            )
        case _:
            return _rest(record)


def _rest(record: Record) -> tuple[str, str]:
    match record:
        case ArtifactRecord():
            return f"Artifact {record.act}", f"{record.bytes:,} bytes"
        case ToolRecord(act="on" | "off"):
            return f"Tool switched {record.act}", _joined(record.tool, record.digest[:12])
        case ToolRecord():
            return f"Installed tool {_TOOL[record.act]}", _joined(record.tool, record.digest[:12], record.code)
        case StopRecord(released=True):
            return "Emergency stop lifted", "tools may run"
        case StopRecord():
            return "Emergency stop", f"{record.turns} answers and {record.children} calls ended"
        case VaultRecord():
            return f"Vault {record.act}", "the database was older than the last one" if record.rolled_back else ""
        case PrunedRecord():
            return "Old events let go", f"{record.events:,} until {moment(record.until)}"
        case FaultRecord():
            return "The chain was found broken", _NOTICED[record.what].format(
                found=record.found, expected=record.expected
            )
        case LostRecord():
            return "Events could not be written", f"{record.events}"
        case OtherRecord():
            return "Something this version does not know", record.written_kind
        case _:
            return type(record).__name__, ""


_CALL = {"done": "done", "failed": "failed", "denied": "denied", "refused": "not run", "cancelled": "stopped"}
_TURN = {
    "done": "answered",
    "stopped": "stopped by you",
    "abstained": "answered: your documents do not say",
    "failed": "failed",
}
_TOOL = {"added": "taken in", "agreed": "switched on", "removed": "removed", "refused": "not taken in"}
_PERMISSION = {
    "once": "allowed once",
    "conversation": "allowed in this chat",
    "deny": "denied",
    "unattended": "nobody was there: no",
    "closed": "not answered: no",
}


def _range(word: str, first: int, last: int) -> str:
    return f"{word} {first}" if first == last else f"{word}s {first} to {last}"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}" if count else ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds else ""


def _plain(word: str) -> str:
    return word.replace("_", " ")
