"""What became of a file, in one sentence."""

from __future__ import annotations

import pytest

from app.bridge.outcomes import SourceRow, sentence
from app.domain.documents import Outcome
from tests.shelf import paper


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_words_for_it(outcome: Outcome) -> None:
    said = sentence(SourceRow("a.pdf", paper("a.pdf", outcome)))
    assert said.startswith("a.pdf, internal, ")
    assert said.count(",") >= 3
