"""Every text can be quoted: no character of a document may break the grammar built from it."""

from __future__ import annotations

import llguidance
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.formats import ANSWER, sentence_line
from app.engine.grammar import QuoteStages
from app.engine.llama.structure import Structure

BYTES = llguidance.LLTokenizer("byte")
SENTENCES = st.lists(st.text(max_size=30), min_size=1, max_size=4)


@settings(max_examples=300)
@given(st.lists(SENTENCES, min_size=1, max_size=3), st.data())
def test_each_sentence_can_be_written_back(passages: list[list[str]], data: st.DataObject) -> None:
    lines = [
        (number, line)
        for number, sentences in enumerate(passages, 1)
        for sentence in sentences
        if (line := sentence_line(sentence.encode("utf-8", "replace").decode()))
    ]
    stages = QuoteStages([[s.encode("utf-8", "replace").decode() for s in part] for part in passages], 3, 2)
    structure = Structure(BYTES, stages.first(), frozenset({BYTES.eos_token}), stages.following)
    text = ANSWER + "a"
    if lines:
        number, line = data.draw(st.sampled_from(lines))
        text = f'[{number}] "{line}"\n{text}'
    wanted = text.encode()
    written = bytes(structure.opening())
    while wanted.startswith(written) and len(written) < len(wanted):
        following = wanted[len(written)]
        assert structure.allows(following)
        written += bytes([following, *structure.take(following)])
    assert written == wanted
    assert structure.allows(BYTES.eos_token)
