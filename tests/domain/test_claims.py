import pytest

from app.domain.claims import facts, grounded, unsupported, worked_out


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Acme Holdings paid $1,250.50 on 19 Nov 2026 for five licences.",
            [("name", "Acme Holdings"), ("number", "$1,250.50"), ("date", "19 Nov 2026"), ("number", "five")],
        ),
        ("Revenue grew by 5 % in FY2023.", [("number", "5 %"), ("number", "FY2023")]),
        ("The report 2023Q2 is out.", [("number", "2023Q2")]),
        ("The invoice is due on 31/03/2026.", [("date", "31/03/2026")]),
        ("费用为1.5万元，2026年11月19日到期。", [("number", "1.5万元"), ("date", "2026年11月19日")]),
        ("However, the notice is short.", []),
        ("Alice approved it.", [("name", "Alice")]),
        ("No one may enter.", []),
        ("It lasts one month.", [("number", "one month")]),
        ("COVID-19 and version 4.2.1 matter.", [("name", "COVID-19"), ("name", "4.2.1")]),
        ("They pay two hundred and fifty francs.", [("number", "two hundred and fifty")]),
        ("Der Vertrag ist mit Max Müller und der Firma geschlossen.", [("name", "Max Müller")]),
    ],
)
def test_the_facts_of_a_sentence(sentence: str, expected: list[tuple[str, str]]) -> None:
    assert [(fact.kind, fact.text) for fact in facts(sentence)] == expected


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("It costs 1,250.50 EUR.", "Der Preis: 1.250,50 €"),
        ("It costs 1 250 euros.", "1.250 EUR are due"),
        ("It takes five days.", "within 5 days"),
        ("The fee is 5%.", "a fee of five per cent"),
        ("It was on 19 Nov 2026.", "dated 2026-11-19"),
        ("It was on 19 November 2026.", "on 11/19/2026"),
        ("It ends on 31 March.", "by March 31st, 2027"),
        ("It was on 19 Nov 2026.", "on 19/11/26"),
        ("It was in 2026.", "on 19 Nov 2026"),
        ("It began in March.", "on 2026-03-03"),
        ("The case was opened by the FBI.", "by the Federal Bureau of Investigation"),
        ("They earned $1,577 million.", "Revenue (in millions of dollars) | 1,577"),
        ("They earned $1.577 billion.", "revenue of $1,577 million"),
        ("They earned $1.577.", "They earned $1.577."),
        ("Half of it is due.", "One half of it is due."),
        ("They met twice.", "They met 2 times."),
        ("费用为七百五十元。", "费用为750元。"),
        ("They earned $1.2 billion.", "revenue of 1,200 million dollars"),
        ("The notice is 30 days.", "a 30-day period"),
        ("The fee is 5.", "5 %"),
        ("It was signed by john SMITH's office.", "JOHN SMITH, Director"),
        ("The cost is ٢٥ dollars.", "25 dollars"),
        ("Population was 1.5万.", "15,000 people"),
    ],
)
def test_two_ways_of_writing_are_one_fact(sentence: str, quote: str) -> None:
    assert unsupported(sentence, (quote,)) == ()


FIRST_WORDS = ("Pfizer", "Miller", "Boeing", "Wagner", "Walker", "Emily", "Beverly", "Ahmed")


@pytest.mark.parametrize(
    "sentence",
    ["Requiring it is allowed.", "Payers pay.", "Carried-over days lapse.", "Notably, it lapses.", "Statements lapse."],
)
def test_an_ordinary_first_word_is_no_name(sentence: str) -> None:
    assert unsupported(sentence, ("It is required that days lapse and who must pay.",), "", ("they require pay",)) == ()


@pytest.mark.parametrize(
    ("sentence", "quote", "missing"),
    [
        ("It costs 1,250.50.", "It costs 1,250.60.", "1,250.50"),
        ("It costs 250.", "It costs 1,250.50.", "250"),
        ("The fee is 5%.", "for 5 days", "5%"),
        ("The notice is 30 days.", "a notice of 30 months", "30 days"),
        ("It was on 19 Nov 2026.", "on 19 Nov 2025", "19 Nov 2026"),
        ("It ends on 31 March 2027.", "on 31 March", "31 March 2027"),
        ("Alice approved it.", "Bob approved it.", "Alice"),
        *((f"{name} signed the contract.", "It was signed by Smith.", name) for name in FIRST_WORDS),
        ("They earned $5 million.", "$5 billion", "$5 million"),
        ("It costs $5.", "It costs €5.", "$5"),
        ("It was signed by John Smith.", "signed by John, of the Jones family", "John Smith"),
        ("It lasts one month.", "It lasts two months.", "one month"),
        ("费用为1.5万元。", "费用为2万元。", "1.5万元"),
        ("The notice is 5 days.", "a notice of 5 months, told within 3 days", "5 days"),
        ("They earned $5 million.", "They earned $5.", "$5 million"),
        ("It is 125.", "It is 12.5.", "125"),
        ("They signed for half a million.", "They signed for 500 euros.", "half"),
        ("They signed for ½ euro.", "They signed for 500 euros.", "½"),
        ("They met twice.", "They met.", "twice"),
        ("费用为七百元。", "费用为500元。", "七百"),
        ("It was $2.398.", "Cash at end of period | $ 2,853 | $ 2,398", "$2.398"),
        ("Es waren 2,398 Tage.", "It took 2.398 days.", "2,398 Tage"),
        ("It is ٠.١٢٥ metres.", "It is 125 metres.", "٠.١٢٥ metres"),
        ("It lasts 2026 days.", "on 19 Nov 2026", "2026 days"),
        ("It was on 19 Nov 2026.", "on 19 Oct 2026", "19 Nov 2026"),
        ("It was approved by Ann.", "approved by A Nice Neighbour", "Ann"),
    ],
)
def test_what_no_quote_holds_is_named(sentence: str, quote: str, missing: str) -> None:
    assert unsupported(sentence, (quote,)) == (missing,)


def test_without_quotes_every_fact_is_missing() -> None:
    assert unsupported("Alice paid 5 euros on 1 May 2026.", ()) == ("Alice", "5 euros", "1 May 2026")


def test_a_name_of_the_question_is_no_claim_but_its_numbers_are() -> None:
    question = "What did Acme Corporation earn in 2018?"
    quote = "The company earned 5 million euros."
    assert unsupported("Acme Corporation earned 5 million euros in 2018.", (quote,), question) == ("2018",)


def test_a_date_of_the_question_is_no_evidence_for_the_answer() -> None:
    question = "Was it signed on 1 May 2026?"
    assert unsupported("It was signed on 1 May 2026.", ("It was signed.",), question) == ("1 May 2026",)


def test_a_name_is_the_question_s_only_when_all_of_it_is() -> None:
    question = "What did Acme Corporation earn?"
    assert unsupported("Acme Holdings earned it.", ("The company earned it.",), question) == ("Acme Holdings",)


def test_the_first_word_is_common_when_the_reading_writes_it_small() -> None:
    assert unsupported("Zebras eat grass.", ("They eat grass.",)) == ("Zebras",)
    assert unsupported("Zebras eat grass.", ("They eat grass.",), reading=("Wild zebras live here.",)) == ()


def test_the_words_of_a_name_stand_in_one_quote() -> None:
    assert unsupported("He is John Smith.", ("John left.", "Smith came.")) == ("John Smith",)


def test_a_calculation_starts_from_figures_that_stand_somewhere() -> None:
    texts = ("How much is 17.5 % of 1,250?", "The fee is 250 euros.")
    assert grounded("0.175 * 1250 / 100 + 250", texts)
    assert not grounded("250 * 6", texts)


def test_what_was_worked_out_is_compared_by_its_figure() -> None:
    assert worked_out(("750 euros",), ("{'value': '750'}",))
    assert not worked_out(("751 euros",), ("{'value': '750'}",))
    assert not worked_out(("750 euros", "Alice"), ("{'value': '750'}",))
    assert not worked_out((), ("{'value': '750'}",))
