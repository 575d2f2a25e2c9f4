"""What happened, newest first, and whether the trail of it is whole."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain import audit_words
from app.domain.audit_verdict import Verdict
from app.domain.record import AuditEvent, Record
from app.domain.tool import ToolSpec
from app.ui.activity.measured import plain, titled
from app.ui.activity.table import EventTable
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, Centred, block, clear, column, dress, fill
from app.ui.parts.notes import Empty, Note
from app.ui.parts.words import Words

STEP = 50
TOLD = 6
_CODE = re.compile(r"carrel(\.\w+)+")


class AuditPane(QWidget):
    """The chain is walked when the pane is first shown and when it is asked for; the list is renewed each time."""

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 8)
        self._bridge = bridge
        self._most = STEP
        self._checked = False
        self._titles: dict[str, str] = {}
        self._verdict = column(space=8)
        self._list = column(space=6)
        fill(self, self._verdict, self._list, STRETCH)

    def renew(self) -> None:
        if not self._checked:
            self.check()
        self._bridge.tools().then(self._take_tools)

    def _take_tools(self, tools: tuple[ToolSpec, ...]) -> None:
        self._titles |= {tool.name: tool.title for tool in tools}
        self._bridge.events((), self._most).then(self._take)

    def check(self) -> None:
        """Walk the whole chain."""
        self._checked = True
        clear(self._verdict)
        fill(self._verdict, Note("Checking every event", "One after the other, from the oldest.", "plain"))
        self._bridge.verify_events().then(self._judge)

    def _judge(self, verdict: Verdict) -> None:
        clear(self._verdict)
        said = audit_words.verdict(verdict)
        if verdict.sound:
            told = "Each event is chained to the one before under a key that is not in the database."
            note = Note(said, told, "vouch", action="Check again", pressed=self.check)
        else:
            found = [audit_words.finding(one) for one in verdict.findings]
            found += [audit_words.noticed(one) for one in verdict.noticed]
            more = f" And {len(found) - TOLD} more: carrel audit verify lists them." if len(found) > TOLD else ""
            remedy = (
                "Find out who could write to this computer’s disk. A database put back from an older copy looks so too."
            )
            told = f"{' '.join(found[:TOLD])}{more} {remedy}"
            note = Note(said, told, "stop", action="Check again", pressed=self.check)
        fill(self._verdict, note)

    def _take(self, events: tuple[AuditEvent, ...]) -> None:
        clear(self._list)
        if not events:
            words = "Openings, questions, calls, models and files are listed here; nothing of their words is."
            fill(self._list, Empty("activity", "Nothing has happened yet", words))
            return
        rows = [(audit_words.moment(event.at), *self._told(event.record)) for event in reversed(events)]
        head = Words("What happened, without a word of what was read or asked", "ui", 600)
        fill(self._list, block(head, EventTable(rows), name="card", margins=(16, 13, 14, 13), space=9))
        if len(events) == self._most:
            fill(self._list, Centred(Button("Show earlier", "small", pressed=self._earlier)))

    def _told(self, record: Record) -> tuple[str, str]:
        """As the trail says it, but tools by their titles and codes as words."""
        named = getattr(record, "tool", "")
        if isinstance(named, str) and named:
            record = record.model_copy(update={"tool": titled(named, self._titles)})
        what, particulars = audit_words.told(record)
        return what, _CODE.sub(lambda code: plain(code[0]), particulars)

    def _earlier(self) -> None:
        self._most += STEP
        self._bridge.events((), self._most).then(self._take)
