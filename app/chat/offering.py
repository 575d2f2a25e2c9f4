"""Which tools a question is asked with: decided by its words, so that the same question is always treated alike.

A small model that is shown a tool calls it, for a greeting too. So each is shown only when the question speaks of what it
does; what a person put into the scope for more than reckoning and searching is shown in a chat without documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.domain.reckoning import reckons

if TYPE_CHECKING:
    from app.domain.tool import ToolSpec

CALCULATE = "calculate"
SEARCH = "search_documents"
BY_RULE = frozenset({CALCULATE, SEARCH})

_ERRAND = re.compile(
    r"\b(?:save|write|draft|export|send|put|store|compose|create|make|prepare|speicher\w*|schreib\w*|entwirf|erstell\w*|écri\w+"
    r"|enregistre\w*|prépare\w*|guarda\w*|escrib\w+|crea\w*)\b"
    r"[^.?!]*\b(?:files?|e-?mails?|mail|letter|csv|chart|plot|diagram|datei|brief|diagramm|fichier|courriel|archivo|correo)\b"
    r"|\b(?:python|attached|attachment|spreadsheet)\b",
    re.IGNORECASE,
)


def is_errand(question: str, tools: tuple[ToolSpec, ...]) -> bool:
    """Whether something is to be made, a file or an e-mail, and there is a tool beside reckoning and searching."""
    return any(tool.name not in BY_RULE for tool in tools) and bool(_ERRAND.search(question))


def offered(question: str, tools: tuple[ToolSpec, ...], *, passages: bool) -> tuple[ToolSpec, ...]:
    """The tools to ask with first.

    Args:
        passages: there are some to quote from; then nothing but reckoning or an errand needs a tool at once.
    """
    if reckons(question) or is_errand(question, tools):
        return tools
    return () if passages else tuple(tool for tool in tools if tool.name not in BY_RULE)
