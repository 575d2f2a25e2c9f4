"""The whole way, from outside, with a real model: key, model, folder, question, and what a script is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.journeys.program import Program, below

SENTENCES = {
    "The harbour pilot of Quindlewerth is called Marrabelle Ostrovane.",
    "The ferry of Quindlewerth leaves at seven and returns at nine.",
    "The tide tables of Quindlewerth are printed every March.",
}


def test_from_nothing_to_an_answer(program: Program, papers: Path, development_model: Callable[[str], Path]) -> None:
    model = development_model("SmolLM2-135M-Instruct.Q4_1.gguf")
    card = program.run("models", "add", str(model)).well().records[-1]
    assert (card["state"], card["in_use"]) == ("admitted", True)
    assert card["memory"]["fits"]
    added = program.run("documents", "add", str(papers), "--collection", "Papers", "--label", "internal").well()
    assert added.only("summary")["outcomes"] == {"indexed": 3}
    ended = program.run("ask", "Who is the harbour pilot of Quindlewerth?").well()
    answer = ended.only("answer")
    assert answer["state"] in {"done", "abstained"}, "a model this small may find no answer"
    assert {quote["text"] for quote in answer["quotes"]} <= SENTENCES, "quotes are whole sentences, word for word"
    assert all(quote["verified"] for quote in answer["quotes"])
    assert len(answer["read"]) == 3, "the passages were put before the model"
    assert answer["usage"]["completion_tokens"] > 0
    assert {record["type"] for record in ended.records[:-1]} <= {"text", "quote"}
    assert not program.home.memory.exists()
    files = [path for path in below(program.home.root) if path.is_file()]
    assert [path for path in files if b"Quindlewerth" in path.read_bytes()] == []
