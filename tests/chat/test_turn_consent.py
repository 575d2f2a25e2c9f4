"""Turns in which the model acts: who is asked, when, and what taints a turn."""

from app.chat.commands import AskPermission, Permitted, ToolDone
from app.domain.tool import ToolOutcome
from tests.chat.test_turn_tools import CALCULATE, QUESTION, done, ended
from tests.chat.transcript import CALLS, HANDBOOK, SEND, STOP, Play, call, found, quote, turn, words


def test_an_action_needs_consent_once_document_text_was_read_even_if_it_was_granted() -> None:
    play = Play(turn(QUESTION, SEND, granted=frozenset({"send"})))
    play.reach_model(found(HANDBOOK))
    play.tell(call("send", "{}"), CALLS)
    permission = play.commands[-1]
    assert isinstance(permission, AskPermission)
    assert not permission.always_allowed
    assert "RunTool" not in play.names

    play.tell(Permitted("t1", "c1", allowed=True))
    assert play.names == ["Emit", "RunTool"]


def test_a_denied_action_is_not_run_and_said() -> None:
    play = Play(turn(QUESTION, SEND))
    play.reach_model(found(HANDBOOK))
    play.tell(call("send", "{}"), CALLS, Permitted("t1", "c1", allowed=False))
    error = ended(play)[0].call.error
    assert error is not None
    assert error.error_code == "carrel.tool.denied"
    assert "RunTool" not in play.names
    assert play.tell(Permitted("t1", "c1", allowed=True)) == []


def test_a_granted_action_runs_while_nothing_untrusted_was_read_and_asks_after_a_tool_has_answered() -> None:
    play = Play(turn("Send it, 2 times", CALCULATE, SEND, documents=False, granted=frozenset({"send"})))
    play.reach_model()
    play.tell(call("send", "{}"), CALLS)
    assert "RunTool" in play.names

    play = Play(turn("Send it, 2 times", CALCULATE, SEND, documents=False, granted=frozenset({"send"})))
    play.reach_model()
    play.tell(call("calculate", '{"expression": "2"}'), CALLS, done({"value": "2"}))
    play.tell(call("send", "{}", "c2"), CALLS)
    assert "AskPermission" in play.names
    assert "RunTool" not in play.names


def test_what_a_proposal_says_leaves_the_turn_and_its_answer_untainted() -> None:
    for own in (True, False):
        play = Play(turn("Send it, 2 times", CALCULATE, SEND, documents=False, granted=frozenset({"send"})))
        play.reach_model()
        proposed = ToolDone("t1", "c1", ToolOutcome(result={"proposal": "7"}, own=own))
        play.tell(call("calculate", '{"expression": "2"}'), CALLS, proposed)
        play.tell(call("send", "{}", "c2"), CALLS)
        assert ("RunTool" in play.names, "AskPermission" in play.names) == (own, not own)
        play.tell(ToolDone("t1", "c2", ToolOutcome(result={}, own=own)), words("It is sent."), STOP)
        assert play.answer.tainted is not own


def test_an_answer_after_passages_were_found_is_tainted() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("The fee is 250 euros."), words("It is 250 euros."), STOP)
    assert play.answer.tainted


def test_an_action_without_a_grant_asks_and_may_then_be_allowed_for_the_chat() -> None:
    play = Play(turn("Send it", SEND, documents=False))
    play.reach_model()
    play.tell(call("send", "{}"), CALLS)
    permission = play.commands[-1]
    assert isinstance(permission, AskPermission)
    assert permission.always_allowed
