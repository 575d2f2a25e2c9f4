"""``kill -9`` of the program at random moments: nothing acknowledged is lost, the next start works, no child survives."""

from __future__ import annotations

import random

from app.engine.scripted import ScriptedReply, Transcript
from tests.journeys.killing import (
    ROUNDS,
    in_time,
    kill_while_answering,
    kill_while_reading,
    open_again,
    write_papers,
)
from tests.journeys.program import Program

pytestmark = in_time
SLOW = Transcript(replies=(ScriptedReply(text="word " * 400),), delay_seconds=0.02)


def test_killed_while_reading(at_home: Program) -> None:
    papers = at_home.place / "more"
    write_papers(papers, range(20 * ROUNDS))
    acknowledged: dict[str, str] = {}
    dice = random.Random(7)
    for _ in range(ROUNDS):
        kill_while_reading(at_home, papers, dice, acknowledged)
    assert at_home.home.memory.exists(), "the killed session should have left its folder in RAM"
    assert len(acknowledged) >= ROUNDS
    open_again(at_home, SLOW, acknowledged)


def test_killed_while_answering(at_home: Program) -> None:
    at_home.scripted(ScriptedReply(text="Yes, it is."))
    at_home.run("ask", "Is this kept?", "--no-documents").well()
    at_home.scripted(*SLOW.replies, delay=SLOW.delay_seconds)
    dice = random.Random(11)
    questions = [f"What was asked in round {number}?" for number in range(ROUNDS)]
    for question in questions:
        printed = kill_while_answering(at_home, question, dice)
        assert {record["type"] for record in printed} == {"text"}
    found = open_again(at_home, SLOW, {})
    asked = {exchange.question: exchange.answer for one in found for exchange in one.exchanges}
    assert asked.keys() == {*questions, "Is this kept?"}
    assert [asked[question] for question in questions] == [None] * ROUNDS, "an unfinished answer reads as unanswered"
    kept = asked["Is this kept?"]
    assert kept is not None
    assert kept.text == "Yes, it is."
