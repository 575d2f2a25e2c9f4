"""Which questions are errands: told by their words, in four languages."""

from __future__ import annotations

import pytest

from app.chat.clarification import ASK_PERSON
from app.chat.offering import is_errand, offered
from app.tools.registry import Registry

RUN_PYTHON = Registry.shipped().spec("run_python")
CALCULATE = Registry.shipped().spec("calculate")


@pytest.mark.parametrize(
    "question",
    [
        "Plot sales by month from sales.csv",
        "Read the table. Then plot sales by month",
        "Please chart the revenue of each quarter.",
        "Could you draw sales against costs?",
        "Make two charts of the sales",
        "Zeichne den Umsatz je Monat aus umsatz.csv",
        "Bitte zeichne eine Kurve des Umsatzes",
        "Stelle den Umsatz als Diagramm dar",
        "Trace les ventes par mois de ventes.csv",
        "Peux-tu dessiner les ventes ?",
        "Dibuja las ventas por mes",
        "Grafica las ventas de ventas.csv",
        "Crea un gráfico de las ventas",
        "Write a letter to the landlord",
    ],
)
def test_to_draw_is_an_errand(question: str) -> None:
    assert is_errand(question, (RUN_PYTHON,))
    assert offered(question, (RUN_PYTHON,), passages=True, opening=False) == (RUN_PYTHON,)
    assert not is_errand(question, (CALCULATE,)), "there is nothing to do it with"


@pytest.mark.parametrize(
    "question",
    [
        "What is the plot of the novel?",
        "Where is the chart of accounts?",
        "Chart of accounts: who keeps it?",
        "Draw a conclusion from the report",
        "An welcher Stelle im Brief steht das?",
        "Qui a laissé une trace ?",
        "Who may draw on the account?",
    ],
)
def test_what_only_speaks_of_drawing_is_none(question: str) -> None:
    assert not is_errand(question, (RUN_PYTHON,))
    assert offered(question, (RUN_PYTHON,), passages=True) == ()


@pytest.mark.parametrize("question", ["Write a letter.", "Make a chart", "Send them an e-mail about it."])
def test_an_errand_of_few_words_can_be_asked_back_about_when_nothing_was_said_before(question: str) -> None:
    assert offered(question, (RUN_PYTHON,), passages=True) == (RUN_PYTHON, ASK_PERSON)
    assert offered(question, (RUN_PYTHON,), passages=False, opening=False) == (RUN_PYTHON,)
    assert offered(question, (CALCULATE,), passages=True) == ()


@pytest.mark.parametrize(
    "question",
    [
        "Write a file hello.txt that says: The meeting is on Monday at ten.",
        "Draft an e-mail to anna@example.org, subject Lunch, that says: Lunch at noon on Friday?",
        "Plot the numbers 3, 5, 8 and 13 as a bar chart.",
    ],
)
def test_an_errand_that_says_what_is_wanted_is_not_asked_back_about(question: str) -> None:
    assert offered(question, (RUN_PYTHON,), passages=True) == (RUN_PYTHON,)
