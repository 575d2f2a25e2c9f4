from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.domain.claims import unsupported

AMOUNTS = st.decimals(min_value=1000, max_value=10**9, places=2, allow_nan=False)


@given(AMOUNTS)
def test_english_and_german_notation_hold_each_other(amount: object) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert unsupported(f"It costs {english}.", (f"Preis {german}",)) == ()
    assert unsupported(f"Es kostet {german}.", (f"It is {english} now",)) == ()


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_another_number_never_holds(claimed: int, quoted: int) -> None:
    missing = unsupported(f"It costs {claimed}.", (f"It costs {quoted}.",))
    assert missing == (() if claimed == quoted else (str(claimed),))


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_another_day_never_holds(claimed: date, quoted: date) -> None:
    sentence = f"It was on {claimed.day} {claimed:%B} {claimed.year}."
    assert (unsupported(sentence, (f"on {quoted.isoformat()}",)) == ()) == (claimed == quoted)


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_sentence_holds_itself(text: str, other: str) -> None:
    assert unsupported(text, (text, other)) == ()


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_another_quote_never_takes_support_away(sentence: str, quote: str, other: str) -> None:
    assert set(unsupported(sentence, (quote, other), reading=(other,))) <= set(
        unsupported(sentence, (quote,), reading=(other,))
    )
