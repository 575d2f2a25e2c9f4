"""``kill -9`` of the window: nothing it told is lost, it opens again, no child survives it."""

from __future__ import annotations

import itertools
import random

from tests.journeys.killing import ROUNDS, in_time, open_again
from tests.journeys.killing_window import SLOW, Rounds
from tests.journeys.program import Program

pytestmark = in_time


def test_killed_while_reading_answering_unlocking_and_idle(at_home: Program) -> None:
    rounds = Rounds(at_home, random.Random(5))
    ways = (rounds.while_reading, rounds.while_answering, rounds.while_unlocking, rounds.while_idle)
    for kill in itertools.islice(itertools.cycle(ways), ROUNDS):
        kill()
    assert rounds.acknowledged
    found = open_again(at_home, SLOW, rounds.acknowledged)
    kept = {exchange.question: exchange.answer for one in found for exchange in one.exchanges}
    assert rounds.asked
    assert set(rounds.asked) <= kept.keys()
    assert set(rounds.answers) <= {answer.text for answer in kept.values() if answer is not None}
