"""Threads step down when the process gets less time than its threads would use."""

from __future__ import annotations

from app.engine.llama.pace import Pace


class Clocks:
    def __init__(self) -> None:
        self.wall = self.spent = 0.0

    def pass_time(self, wall: float, cores: float) -> None:
        self.wall += wall
        self.spent += wall * cores


def watch(threads: int) -> tuple[Pace, Clocks, list[int]]:
    clocks, used = Clocks(), list[int]()
    return Pace(threads, used.append, lambda: clocks.wall, lambda: clocks.spent), clocks, used


def test_enough_cores_change_nothing() -> None:
    pace, clocks, used = watch(4)
    for _ in range(20):
        clocks.pass_time(0.2, 3.9)
        pace.look()
    assert used == [4]


def test_a_busy_core_lowers_the_number_and_it_stays() -> None:
    pace, clocks, used = watch(4)
    clocks.pass_time(1.0, 2.6)
    pace.look()
    clocks.pass_time(1.0, 2.0)
    pace.look()
    clocks.pass_time(1.0, 1.1)
    pace.look()
    assert used == [4, 2, 1]


def test_a_moment_is_not_judged_and_one_thread_is_the_least() -> None:
    pace, clocks, used = watch(2)
    clocks.pass_time(0.1, 0.2)
    pace.look()
    assert used == [2]
    clocks.pass_time(1.0, 0.2)
    pace.look()
    clocks.pass_time(1.0, 0.1)
    pace.look()
    assert used == [2, 1]
