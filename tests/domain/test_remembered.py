"""What is kept of words for speed is forgotten on demand, and no room keeps any elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import app
from app.domain.claims import unsupported
from app.domain.remembered import forget, held, remembered
from app.domain.words import content_words

OTHER_CACHE = re.compile(r"\blru_cache\b|functools\.cache\b|@cache\b")
ROOMS = {"domain", "vault", "documents", "chat", "services"}
"""Where words of documents are at work in our own process; a child takes its caches with it."""
MAY = {"domain/remembered.py"}


def test_kept_until_forgotten() -> None:
    asked: list[str] = []

    @remembered(2)
    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    assert [length("harbour"), length("harbour")] == [7, 7]
    assert asked == ["harbour"]
    forget()
    assert length("harbour") == 7
    assert asked == ["harbour", "harbour"]


def test_checking_an_answer_leaves_nothing_after_forgetting() -> None:
    assert unsupported("It costs 12 marks in Quindlewerth.", ("It costs 11 marks.",))
    content_words("The harbour of Quindlewerth")
    assert held()
    forget()
    assert held() == 0


def test_no_other_cache_of_words() -> None:
    root = Path(app.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if path.relative_to(root).parts[0] in ROOMS and OTHER_CACHE.search(path.read_text("utf-8"))
    }
    assert found <= MAY
