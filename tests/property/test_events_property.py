"""Whatever is done to a chain without its key, a walk over it finds it; and an untouched one is never accused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.vault.events_chain import GENESIS, End, Proof, Row, chained, sealed

KEY = bytes(range(32))
WORDS = st.text(max_size=12)


@st.composite
def chains(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        stored = (draw(WORDS), draw(st.integers(0, 5)), draw(WORDS))
        rows.append(chained(KEY, number, draw(WORDS), stored, rows[-1].mac if rows else GENESIS))
    return rows


def walked(rows: list[Row], end: End, anchor: End) -> list[str]:
    proof = Proof(KEY, watched=anchor.number)
    proof.walk(sorted(rows, key=lambda row: row.number))
    return [finding.what for finding in proof.finish(end, anchor, anchored=True)]


def end_of(rows: list[Row]) -> End:
    return sealed(KEY, rows[-1].number, rows[-1].mac)


@given(chains(), st.data())
def test_an_untouched_chain_is_never_accused_wherever_its_anchor_stands(rows: list[Row], data: st.DataObject) -> None:
    reached = data.draw(st.integers(1, len(rows)))
    assert walked(rows, end_of(rows), end_of(rows[:reached])) == []


CHANGES: dict[str, Callable[[Row, st.DataObject], Row]] = {
    "at": lambda row, data: replace(row, at=data.draw(WORDS)),
    "kind": lambda row, data: replace(row, kind=data.draw(WORDS)),
    "version": lambda row, data: replace(row, version=data.draw(st.integers(0, 5))),
    "body": lambda row, data: replace(row, body=data.draw(WORDS)),
    "before": lambda row, data: replace(row, before=data.draw(st.binary(min_size=32, max_size=32))),
    "mac": lambda row, data: replace(row, mac=data.draw(st.binary(max_size=33))),
    "parts": lambda row, data: replace(row, at=row.at + row.kind, kind=""),
}


@given(chains(), st.sampled_from(sorted(CHANGES)), st.data())
def test_a_changed_field_is_found(rows: list[Row], field: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    changed = CHANGES[field](rows[at], data)
    wrong = walked([*rows[:at], changed, *rows[at + 1 :]], end_of(rows), end_of(rows))
    assert bool(wrong) is (changed != rows[at])


@given(chains(), st.data())
def test_a_removed_event_is_found(rows: list[Row], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    wrong = walked([*rows[:at], *rows[at + 1 :]], end_of(rows), end_of(rows))
    assert wrong == ["cut" if at == len(rows) - 1 else "removed"]


@given(chains(), st.data())
def test_another_order_is_found(rows: list[Row], data: st.DataObject) -> None:
    order = data.draw(st.permutations(rows))
    moved = [replace(row, number=number) for number, row in enumerate(order, 1)]
    assert bool(walked(moved, end_of(rows), end_of(rows))) is (moved != rows)


@given(chains(), st.binary(min_size=32, max_size=32), st.data())
def test_no_other_key_makes_an_event(rows: list[Row], key: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    row = rows[at]
    forged = chained(key, row.number, row.at, (row.kind, row.version, row.body + " "), row.before)
    wrong = walked([*rows[:at], forged, *rows[at + 1 :]], end_of(rows), end_of(rows))
    assert ("changed" in wrong) is (key != KEY)
    assert wrong


@given(chains(), st.data())
def test_a_chain_put_back_to_an_earlier_state_is_found_by_the_anchor(rows: list[Row], data: st.DataObject) -> None:
    kept = rows[: data.draw(st.integers(1, len(rows)))]
    wrong = walked(kept, end_of(kept), end_of(rows))
    assert wrong == ([] if len(kept) == len(rows) else ["cut"])
