"""The Activity page on a real desk: figures with what they are counted against, the trail and whether it is whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.domain.audit import ChildRecord
from app.domain.events import Recorded, StatusChanged, StatusItem
from app.domain.messages import Scope
from app.domain.metrics import Metrics, Part, Rate, Spread, ToolMetrics
from app.domain.policy import Reason
from app.engine.scripted import ScriptedCall, ScriptedReply, Transcript
from app.ui.activity.audit import AuditPane
from app.ui.activity.measured import Line, measured, percent, plain, seconds
from app.ui.activity.now import NowPane
from app.ui.activity.page import ActivityPage
from app.ui.activity.reliability import MODEL, REST, STRUCTURE, TOOL, ReliabilityPane
from app.ui.parts.notes import Empty, Note
from app.ui.parts.words import Elided, Words
from tests.room import TALK, transcript
from tests.ui.conftest import Opened


def said(widget: ActivityPage) -> list[str]:
    shown = [part for part in widget.findChildren(Words) if part.isVisible()]
    return [part.text() for part in shown] + [part.text() for part in widget.findChildren(Elided) if part.isVisible()]


def activity(one: Opened, qtbot: QtBot) -> ActivityPage:
    one.window.go("activity")
    page = one.window.shell.page
    assert isinstance(page, ActivityPage)
    qtbot.waitUntil(lambda: bool(page.findChildren(ReliabilityPane)))
    return page


def test_a_share_is_never_rounded_to_all_or_nothing() -> None:
    assert [percent(share) for share in (0.0, 0.002, 0.5, 0.996, 1.0)] == ["0 %", "0.2 %", "50 %", "99.6 %", "100 %"]
    assert [seconds(amount) for amount in (0.0412, 2.34, 300)] == ["41 ms", "2.3 s", "5 minutes"]


def test_nothing_counted_is_no_line_but_a_title() -> None:
    tool = ToolMetrics(
        tool="calculate",
        tool_success=Rate(count=24, of=25),
        errors=(Part(name="carrel.tool.timeout", count=1),),
        tool_seconds=Spread(count=24, p50=0.5, p95=2.0, longest=3.0),
    )
    lines, empty = measured(tool, ("tool_success", "errors", "enum_invalid", "retry", "tool_seconds"))
    assert [(line.title, line.figure, line.against) for line in lines] == [
        ("Succeeded", "96 %", "24 of 25 calls that ran"),
        ("Errors", "1", "timeout 1"),
        ("Ran for", "500 ms", "95 % within 2.0 s, longest 3.0 s, 24 measured"),
    ]
    assert empty == ["Retried"]
    assert all(isinstance(line, Line) and line.meaning for line in lines)


def test_every_figure_there_is_has_its_place_on_the_page() -> None:
    titled = {name for name, field in ToolMetrics.model_fields.items() if field.title}
    assert {name for names in TOOL.values() for name in names} == titled
    placed = {name for names in MODEL.values() for name in names}
    from app.domain.metrics import ModelMetrics

    assert placed == {name for name, field in ModelMetrics.model_fields.items() if field.title}
    assert set(STRUCTURE) <= placed
    assert set(REST) == {name for name, field in Metrics.model_fields.items() if field.title}


def test_a_question_is_counted_for_its_model(open_shelf: Callable[[Transcript], Opened], qtbot: QtBot) -> None:
    one = open_shelf(transcript("Yes.", "No."))

    async def ask() -> None:
        await one.room.answer((await one.desk.new_conversation(TALK)).id, "A secret question?")
        one.desk._feed.publish(Recorded(record=ChildRecord(role="reader", reason=Reason.MEMORY)))

    one.run(ask())
    page = activity(one, qtbot)
    qtbot.waitUntil(lambda: "1 of 1 question asked" in said(page))
    words = said(page)
    assert "Answered" in words
    assert "reader: memory 1" in words
    assert not any("secret" in text for text in words)
    named = [part.accessibleName() for part in page.findChildren(Words)]
    assert any(name.startswith("Answered: 100 %, 1 of 1 question asked. Counted: ") for name in named)


def test_an_empty_period_says_so(open_shelf: Callable[[Transcript], Opened], qtbot: QtBot) -> None:
    pane = activity(open_shelf(transcript("Yes.")), qtbot).findChildren(ReliabilityPane)[0]
    pane._take(Metrics())
    assert [empty.accessibleName() for empty in pane.findChildren(Empty)] == [
        "Nothing in this period. Choose a longer one."
    ]


def test_the_trail_is_listed_and_judged(open_shelf: Callable[[Transcript], Opened], qtbot: QtBot) -> None:
    one = open_shelf(transcript("Yes."))
    page = activity(one, qtbot)
    page.show_section("audit")
    pane = page.findChildren(AuditPane)[0]
    qtbot.waitUntil(lambda: any("none changed" in note.accessibleName() for note in pane.findChildren(Note)))
    qtbot.waitUntil(lambda: "Vault opened" in said(page))

    async def tamper() -> None:
        await one.desk.session.vault.database.write(
            lambda connection: connection.execute("UPDATE event SET body = '{}' WHERE number = 1").fetchall()
        )

    one.run(tamper())
    pane.check()
    qtbot.waitUntil(
        lambda: any(
            "Event 1 was changed after being written." in note.accessibleName() for note in pane.findChildren(Note)
        )
    )


def test_what_runs_now_is_followed_in_sight_only(open_shelf: Callable[[Transcript], Opened], qtbot: QtBot) -> None:
    one = open_shelf(transcript("Yes."))
    page = activity(one, qtbot)
    status = one.run(one.desk.status())

    def publish(words: str) -> None:
        index = StatusItem(state="busy", text=words)
        one.desk._feed.publish(StatusChanged(status=status.model_copy(update={"index": index})))

    heard = []
    one.held.bridge.status_changed.connect(lambda event: heard.append(event.status.index.text))
    publish("Reading 1 of 3")
    qtbot.waitUntil(lambda: "Reading 1 of 3" in heard)
    (pane,) = page.findChildren(NowPane)
    assert not any(words.text() == "Network" for words in pane.findChildren(Words)), "out of sight it makes no rows"
    page.show_section("now")
    qtbot.waitUntil(lambda: "Network" in said(page))
    (network,) = [words for words in pane.findChildren(Words) if words.text() == "Network"]
    publish("Reading 2 of 3")
    qtbot.waitUntil(lambda: "Reading 2 of 3" in said(page))
    assert network.isVisible(), "a row that reads the same stays"


@pytest.mark.parametrize("section", ["reliability", "audit", "now"])
def test_each_section_comes_to_the_front(
    open_shelf: Callable[[Transcript], Opened], qtbot: QtBot, section: str
) -> None:
    page = activity(open_shelf(transcript("Yes.")), qtbot)
    page.show_section(section)
    assert page.section.value() == section
    assert page.panes()[1].isVisible()


def test_tools_go_by_their_titles_and_nothing_by_a_code(
    open_shelf: Callable[[Transcript], Opened], qtbot: QtBot
) -> None:
    calls = tuple(ScriptedCall(tool="date_arithmetic", arguments={"date": day}) for day in ("2026-11-30", "2026-02-30"))
    asked = [ScriptedReply(when=word, calls=(one,)) for word, one in zip(("good", "bad"), calls, strict=True)]
    one = open_shelf(transcript(*asked, "So it is.", "So it is."))

    async def ask() -> None:
        for word in ("good", "bad"):
            scope = Scope(documents=False, tools=("date_arithmetic",))
            await one.room.answer((await one.desk.new_conversation(scope)).id, f"Add 3 days to a {word} date")

    one.run(ask())
    page = activity(one, qtbot)
    qtbot.waitUntil(lambda: "Work with dates" in said(page))
    assert not any("carrel." in text or "date_arithmetic" in text for text in said(page))
    page.show_section("audit")
    qtbot.waitUntil(lambda: any(text.startswith("Tool Work with dates: ") for text in said(page)))
    assert not any("carrel." in text or "date_arithmetic" in text for text in said(page))


def test_names_of_parts_are_words() -> None:
    names = ("carrel.tool.no_file", "default:files", "reader: memory", "needs_password")
    assert [plain(name) for name in names] == ["no file", "files (default)", "reader: memory", "needs password"]
