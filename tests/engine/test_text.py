"""Text on its way out: whole characters, nothing after a stop text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.engine.text import Text


def play(raw: list[bytes], stops: tuple[str, ...]) -> tuple[list[str], bool]:
    out: list[str] = []
    text = Text(out.append, stops)
    for piece in raw:
        text.feed(piece)
        if text.stopped:
            break
    text.finish()
    return out, text.stopped


def test_half_a_character_waits_for_its_other_half() -> None:
    assert play([b"caf\xc3", b"\xa9"], ())[0] == ["caf", "é"]
    assert play([b"caf\xc3"], ())[0] == ["caf", "\ufffd"]


def test_a_possible_stop_text_waits() -> None:
    assert play([b"ab<e", b"n", b"d>tail"], ("<end>",)) == (["ab"], True)
    assert play([b"ab<e", b"n", b"t"], ("<end>",)) == (["ab", "<ent"], False)
    assert play([b"ab<e"], ("<end>",)) == (["ab", "<e"], False)


@given(st.text("ab", max_size=20), st.lists(st.text("ab", min_size=1, max_size=4), max_size=2), st.data())
def test_the_cut_is_before_the_first_stop_text(text: str, stops: list[str], data: st.DataObject) -> None:
    raw = text.encode()
    at = data.draw(st.integers(0, len(raw)))
    out, stopped = play([raw[:at], raw[at:]], tuple(stops))
    ends = [text.index(stop) for stop in stops if stop in text]
    assert stopped == bool(ends)
    assert "".join(out) == text[: min(ends, default=len(text))] or (
        # a shorter stop text may be complete in the first piece before a longer, earlier one is
        stopped and text.startswith("".join(out))
    )
