"""Turns that end otherwise than with an answer, as the command line tells of them."""

from __future__ import annotations

import random

from app.engine.scripted import ScriptedCall, ScriptedReply
from tests.journeys.killing import kill_while_answering
from tests.journeys.program import Program

BACK = ScriptedCall(tool="ask_person", arguments={"question": "Whose letter is it?", "choices": ["Ada", "Grace"]})


def test_an_answer_that_was_killed_is_told_as_interrupted(at_home: Program) -> None:
    at_home.scripted(ScriptedReply(text="word " * 400), delay=0.02)
    kill_while_answering(at_home, "Is this cut off?", random.Random(3))
    (row,) = at_home.run("audit", "list", "--kind", "interrupted").well().records
    assert row["says"] == "Answer interrupted. Carrel was ended before it was saved"
    (asked,) = at_home.run("audit", "list", "--kind", "begun").well().records
    assert asked["exchange"] == row["exchange"]
    assert at_home.run("audit", "verify").well().only("sound") is True
    assert at_home.run("metrics").well().only("interrupted") == 1


def test_a_question_back_is_printed_with_its_choices(at_home: Program) -> None:
    at_home.scripted(ScriptedReply(calls=(BACK,)))
    words = ("ask", "Write a letter.", "--no-documents", "--tools", "run_python")
    stream = at_home.run(*words).well().records
    wanted = {"question": "Whose letter is it?", "choices": ["Ada", "Grace"]}
    assert [row["asked"] for row in stream if row.get("type") == "asked"] == [wanted]
    answer = stream[-1]["answer"]
    assert (answer["state"], answer["asked"], answer["tool_calls"]) == ("done", wanted, [])
    told = at_home.run(*words, as_json=False).well().out
    assert "Whose letter is it?\n- Ada\n- Grace\n\nThis is a question to you." in told
