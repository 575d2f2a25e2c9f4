"""``kill -9`` of the window: nothing it told is lost, it opens again, no child survives it."""

from __future__ import annotations

import random

from tests.journeys.killing import open_again
from tests.journeys.killing_window import SLOW, Rounds
from tests.journeys.program import Program


def test_killed_while_unlocking_reading_and_answering(at_home: Program) -> None:
    rounds = Rounds(at_home, random.Random(5))
    rounds.while_unlocking()
    rounds.while_reading()
    rounds.while_answering()
    assert rounds.acknowledged
    found = open_again(at_home, SLOW, rounds.acknowledged)
    kept = {exchange.question: exchange.answer for one in found for exchange in one.exchanges}
    assert rounds.asked
    assert set(rounds.asked) <= kept.keys()
    assert set(rounds.answers) <= {answer.text for answer in kept.values() if answer is not None}
