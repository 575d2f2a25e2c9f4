"""The calls of one turn: judged, asked for once more, cut."""

from datetime import UTC, datetime

from app.chat.calls import Calls
from app.chat.clarification import ASK_PERSON, asked
from app.chat.known import given
from app.domain.messages import Answer, AnswerState, Clarification, Exchange, ToolCall
from app.domain.stream import ToolCallEnded
from app.domain.tool import ToolKind, ToolOutcome, ToolSpec

ROOM = {"type": "string", "x-known": "room"}
SPEC = ToolSpec(
    name="book",
    title="Book",
    version=2,
    kind=ToolKind.QUERY,
    description="For tests.",
    parameters={
        "type": "object",
        "properties": {"room": ROOM, "day": {"type": "string", "format": "date"}},
        "required": ["room"],
        "additionalProperties": False,
    },
)


def written(arguments: str, call: str = "c1") -> ToolCallEnded:
    return ToolCallEnded(turn="t", call=call, tool="book", untrusted_arguments=arguments)


def test_a_call_keeps_how_it_was_judged() -> None:
    step, call = Calls((SPEC,)).written(written('{"room": " A ", "day": "19 Nov 2026"}'))
    assert step == "run"
    assert call.arguments == {"room": "A", "day": "2026-11-19"}
    assert call.judgement is not None
    assert call.judgement.mended == ("trimmed:room", "date:day")
    assert call.version == 2


def test_what_cannot_be_used_is_asked_for_again_once() -> None:
    calls = Calls((SPEC,), known={"room": frozenset({"A"})})
    step, first = calls.written(written('{"room": "B"}'))
    assert (step, calls.again) == ("refused", "book")
    assert first.judgement is not None
    assert (first.judgement.fault, first.judgement.reasked) == ("unknown_id", False)
    step, second = calls.written(written('{"room": "C"}', "c2"))
    assert (step, calls.again) == ("refused", "")
    assert second.judgement is not None
    assert second.judgement.reasked
    step, third = calls.written(written('{"room": "A"}', "c3"))
    assert step == "run"
    assert third.judgement is not None
    assert not third.judgement.reasked


def test_the_second_answer_is_marked_when_it_is_good() -> None:
    calls = Calls((SPEC,))
    calls.written(written("{}"))
    step, call = calls.written(written('{"room": "A"}', "c2"))
    assert step == "run"
    assert call.judgement is not None
    assert call.judgement.reasked
    assert calls.again == ""


def test_nothing_is_asked_for_again_once_calls_are_cut() -> None:
    calls = Calls((SPEC,))
    calls.cut = True
    calls.written(written("{}"))
    assert calls.again == ""
    assert Calls((SPEC,)).written(written("{}").model_copy(update={"tool": "fly"}))[1].judgement is None


LIST = SPEC.model_copy(update={"name": "list", "parameters": {"type": "object", "additionalProperties": False}})


def test_an_id_is_known_once_a_result_brought_it() -> None:
    spec = SPEC.model_copy(update={"parameters": {"type": "object", "properties": {"room": ROOM}}})
    calls = Calls((spec, LIST), known=given((spec, LIST), (), "Book a room."))
    assert calls.known == {"room": frozenset()}
    assert calls.written(written('{"room": "A"}'))[0] == "refused"
    calls.written(written("{}", "c2").model_copy(update={"tool": "list"}))
    calls.done("c2", ToolOutcome(result={"rooms": [{"room": "A", "floor": 1}, {"room": "B"}], "room": 7}))
    assert calls.known == {"room": frozenset({"A", "B"})}
    assert calls.written(written('{"room": "A"}', "c3"))[0] == "run"


def test_an_id_is_known_from_past_results_and_from_the_person() -> None:
    spec = SPEC.model_copy(update={"parameters": {"type": "object", "properties": {"room": ROOM}}})
    listed = ToolCall(id="c", tool="list", version=1, arguments={}, result=[{"room": "A"}])
    answer = Answer(state=AnswerState.DONE, text="", supported=False, tool_calls=(listed,))
    past = Exchange(id="e", conversation="v", question=f"And {'b' * 32}?", asked_at=datetime(2026, 1, 1, tzinfo=UTC))
    known = given((spec,), (past.model_copy(update={"answer": answer}),), f"Book {'a' * 32}.")
    assert known == {"room": frozenset({"A", "a" * 32, "b" * 32})}
    assert given((LIST,), (), "") == {}


def asking(arguments: str) -> ToolCallEnded:
    return ToolCallEnded(turn="t", call="q", tool="ask_person", untrusted_arguments=arguments)


def test_a_question_to_the_person_runs_nothing_and_is_the_last_call() -> None:
    calls = Calls((SPEC, ASK_PERSON))
    step, call = calls.written(asking('{"question": "Which lease?", "choices": ["Rome ", "rome", "Oslo"]}'))
    assert step == "person"
    assert calls.ended == [call]
    assert not calls.waiting
    assert not calls.open
    assert asked(call) == Clarification(question="Which lease?", choices=("Rome", "Oslo"))
    assert calls.written(written('{"room": "A"}'))[0] == "refused"


def test_a_question_with_one_choice_or_out_of_scope_is_refused() -> None:
    assert Calls((ASK_PERSON,)).written(asking('{"question": "Which lease?", "choices": ["Rome"]}'))[0] == "refused"
    assert Calls((ASK_PERSON,)).written(asking('{"choices": ["Rome", "Oslo"]}'))[0] == "refused"
    good = '{"question": "Which lease?", "choices": ["Rome", "Oslo"]}'
    assert Calls((SPEC,)).written(asking(good))[0] == "refused"
