"""Headings and moments of the list of chats."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from PySide6.QtCore import Qt

from app.bridge.conversations import ROW, ChatRow, ConversationList, heading, moment
from app.domain.messages import ConversationHead, Scope

THURSDAY = date(2026, 11, 19)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 19), "Today"),
        (date(2026, 11, 18), "Yesterday"),
        (date(2026, 11, 16), "This week"),
        (date(2026, 11, 15), "Last week"),
        (date(2026, 11, 9), "Last week"),
        (date(2026, 11, 8), "November"),
        (date(2025, 11, 8), "November 2025"),
    ],
)
def test_heading(day: date, words: str) -> None:
    assert heading(day, THURSDAY) == words


def test_moments_get_coarser() -> None:
    noon = datetime(2026, 11, 19, 12, 5).astimezone()
    assert moment(noon, THURSDAY) == "12:05"
    assert moment(noon - timedelta(days=3), THURSDAY) == "Mon"
    assert moment(noon - timedelta(days=30), THURSDAY) == "20 Oct"
    assert moment(noon - timedelta(days=365), THURSDAY) == "19 Nov 2025"


def test_rows_stand_under_headings_that_cannot_be_chosen(qapp: object) -> None:
    now = datetime.now().astimezone()
    scope = Scope(collections=("staff",))
    heads = [
        ConversationHead(id=str(n), title=f"Chat {n}", created=when, updated=when, scope=scope)
        for n, when in enumerate((now, now - timedelta(days=1)))
    ]
    model = ConversationList()
    model.show_heads(tuple(heads))
    model.show_names({"staff": "Staff handbook"})
    titles = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert titles == ["Today", "Chat 0", "Yesterday", "Chat 1"]
    assert model.flags(model.index(0, 0)) == Qt.ItemFlag.NoItemFlags
    row = model.index(1, 0).data(ROW)
    assert isinstance(row, ChatRow)
    assert row.scope == "Staff handbook"
    model.set_note("0", "Waiting for your answer")
    spoken = str(model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert spoken.startswith("Chat 0, Waiting for your answer, ")
