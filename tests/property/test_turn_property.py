"""Whatever a turn is told, in whatever order: it ends at most once, runs only what it announced, and never raises."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.commands import (
    AskPermission,
    CallEnded,
    Command,
    Counted,
    Emit,
    Permitted,
    Retrieved,
    RunTool,
    Save,
    StopAsked,
    ToolDone,
)
from app.domain.stream import Failed, Finished, QuoteDelta, TextDelta, ToolCallEnded, ToolCallReady, Usage
from app.domain.tool import ToolKind, ToolOutcome
from app.tools.registry import Registry
from tests.chat.transcript import HANDBOOK, LIBRARY, SEND, Play, found, turn

TOOLS = (*Registry.shipped().specs, SEND)
TURNS = st.sampled_from(["t1", "t1", "t1", "t1", "t0"])
NAMES = st.sampled_from(["c1", "c2", "c3"])
FOUND = st.lists(
    st.sampled_from([found(HANDBOOK), found(LIBRARY, "library"), found(LIBRARY, "far", 0.5)]), max_size=3
).map(tuple)
EVENTS = st.one_of(
    st.builds(Retrieved, TURNS, FOUND),
    st.builds(Counted, TURNS, st.sampled_from([100, 100, 9_000]), st.integers(0, 3).map(lambda size: (50,) * size)),
    st.builds(TextDelta, turn=TURNS, text=st.sampled_from(["The fee is 250 euros. ", "It is 9.", " "])),
    st.builds(
        QuoteDelta,
        turn=TURNS,
        index=st.integers(0, 2),
        passage=st.integers(0, 3),
        text=st.sampled_from(["The fee is 250 euros.", "The fee", ""]),
        done=st.booleans(),
    ),
    st.builds(
        ToolCallEnded,
        turn=TURNS,
        call=NAMES,
        tool=st.sampled_from(["calculate", "search_documents", "send", "rm"]),
        untrusted_arguments=st.sampled_from(['{"expression": "1"}', '{"query": "x"}', "{}", "{"]),
    ),
    st.builds(ToolCallReady, turn=TURNS, call=NAMES, tool=st.just("send"), version=st.just(1), arguments=st.just({})),
    st.builds(ToolDone, TURNS, NAMES, st.just(ToolOutcome(result={"value": "1"})), FOUND),
    st.builds(Permitted, TURNS, NAMES, st.booleans()),
    st.builds(Finished, turn=TURNS, reason=st.sampled_from(["stop", "length", "tool_calls"])),
    st.builds(Usage, turn=TURNS, prompt_tokens=st.just(1), cached_tokens=st.just(0), completion_tokens=st.just(1),
              prompt_seconds=st.just(0.0), completion_seconds=st.just(0.0)),
    st.builds(Failed, turn=st.just("t0"), code=st.just("c"), message=st.just("m"), hint=st.just("h")),
    st.builds(StopAsked, st.just("t0")),
)  # fmt: skip


def play(question: str, documents: bool, events: list[object]) -> list[Command]:
    played = Play(turn(question, *TOOLS, documents=documents))
    commands = list(played.commands)
    for event in events:
        commands += played.tell(event)  # type: ignore[arg-type]
    return commands


@settings(max_examples=300)
@given(
    st.sampled_from(["What is the annual fee?", "What is 3 * 250 euros of fee?", "How much do 3 members pay?"]),
    st.booleans(),
    st.lists(EVENTS, max_size=30),
)
def test_a_turn_keeps_its_promises(question: str, documents: bool, events: list[object]) -> None:
    begun: list[object] = (
        [Retrieved("t1", (found(HANDBOOK),)), Counted("t1", 100, (50,))] if documents else [Counted("t1", 100, ())]
    )
    commands = play(question, documents, [*begun, *events])
    saves = [index for index, command in enumerate(commands) if isinstance(command, Save)]
    assert len(saves) <= 1
    assert not saves or saves[0] == len(commands) - 1

    announced: set[str] = set()
    permitted = {
        event.call for event in events if isinstance(event, Permitted) and event.allowed and event.turn == "t1"
    }
    ran: list[str] = []
    for command in commands:
        if isinstance(command, Emit) and isinstance(command.event, ToolCallReady):
            announced.add(command.event.call)
        if isinstance(command, RunTool):
            assert command.call.id in announced
            assert command.spec.kind is ToolKind.QUERY or command.call.id in permitted
            ran.append(command.call.id)
        if isinstance(command, AskPermission):
            assert command.spec.kind is ToolKind.ACTION
        if isinstance(command, Save):
            for quote in command.answer.quotes:
                assert not quote.verified or quote.text in (HANDBOOK, LIBRARY) or quote.text in HANDBOOK + LIBRARY
            supported = [sentence for sentence in command.answer.sentences if sentence.supported]
            assert not supported or any(quote.verified for quote in command.answer.quotes)
    assert sum(isinstance(command, CallEnded) for command in commands) <= 64


@given(st.sampled_from(["What is the annual fee?"]), st.lists(EVENTS, max_size=20))
def test_a_stopped_turn_says_nothing_more(question: str, events: list[object]) -> None:
    played = Play(turn(question, *TOOLS))
    played.tell(*events, StopAsked("t1"))  # type: ignore[arg-type]
    assert played.turn.over
    assert played.tell(*events) == []  # type: ignore[arg-type]
