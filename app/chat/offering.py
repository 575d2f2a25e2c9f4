"""Which tools a question is asked with: decided by its words, so that the same question is always treated alike.

A small model that is shown a tool calls it, for a greeting too. So each is shown only when the question speaks of what it
does; what a person put into the scope for more than reckoning and searching is shown in a chat without documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.chat.clarification import ASK_PERSON
from app.domain.reckoning import reckons
from app.domain.tool import ToolKind
from app.domain.words import content_words

if TYPE_CHECKING:
    from app.domain.tool import ToolSpec

CALCULATE = "calculate"
SEARCH = "search_documents"
BY_RULE = frozenset({CALCULATE, SEARCH})
FILING, MAILING = frozenset({"propose_file", "write_file"}), frozenset({"propose_email", "save_email"})
VAGUE_WORDS = 3

_MAKING = (
    r"save|write|jot|append|draft|export|send|put|store|compose|create|make|prepare|draw"
    r"|speicher\w*|schreib\w*|notier\w*|entwirf|erstell\w*|zeichn\w*|écri\w+|enregistre\w*|prépare\w*|dessine\w*|trace[rz]?"
    r"|guarda\w*|anota\w*|escrib\w+|crea\w*|dibuj\w+|traza\w*"
)
_MADE = (
    r"files?|e-?mails?|mail|letter|csv|charts?|plots?|graphs?|diagrams?|datei|brief|diagramm|kurve|grafik"
    r"|fichier|courriel|diagramme|graphique|courbe|archivo|correo|diagrama|gráfic[oa]|curva"
)
_PLOT = r"plot|chart|graph|draw|plotte\w*|zeichne|visualisiere|dessine[rz]?|trace[rz]?|dibuj\w+|grafi(?:ca|car|que)|traza\w*"
_ASKED = r"(?:^|[.?!:,]\s+)(?:(?:and|then|please|bitte|und|et|y|por favor|s'il (?:te|vous) plaît),?\s+)?"
_CAN_YOU = r"\b(?:can|could|would|will)\s+you\s+(?:please\s+)?|\b(?:peux-tu|pouvez-vous|puedes|podrías)\s+"
_MAKES = (
    rf"\b(?:{_MAKING})\b[^.?!]*\b(?:{_MADE})\b"
    # To plot needs no noun; but a chart of accounts is none, and a conclusion is not drawn with a pen.
    rf"|(?:{_ASKED}|{_CAN_YOU})(?:{_PLOT})\s+(?!of\b|on\b|is\b|(?:an?|any|the|your)?\s*(?:conclusion|distinction|comparison)s?\b)"
    r"|\bstell\w*\b[^.?!]*\bals\s+(?:diagramm|kurve|grafik)\b"
)
_TO_MAKE = re.compile(_MAKES, re.IGNORECASE)
_ERRAND = re.compile(rf"{_MAKES}|\b(?:python|attached|attachment|spreadsheet)\b", re.IGNORECASE)

_OF_MAIL = re.compile(r"\b(?:e-?mails?|mails?|courriels?|correos?)\b|\S@\S", re.IGNORECASE)
_OF_FILES = re.compile(
    r"\b(?:files?|csv|datei\w*|fichiers?|archivos?)\b|\w\.(?:txt|md|csv|tsv|json|ya?ml)\b", re.IGNORECASE
)


def is_errand(question: str, tools: tuple[ToolSpec, ...]) -> bool:
    """Whether something is to be made, a file or an e-mail, and there is a tool beside reckoning and searching."""
    return any(tool.name not in BY_RULE for tool in tools) and bool(_ERRAND.search(question))


def makes(question: str) -> bool:
    """Whether something is to be there afterwards, a file, an e-mail or a drawing."""
    return bool(_TO_MAKE.search(question))


def offered(
    question: str, tools: tuple[ToolSpec, ...], *, passages: bool, opening: bool = True
) -> tuple[ToolSpec, ...]:
    """The tools to ask with first.

    A question is answered or not. An errand can be asked back about when it is the first of its chat and of few words: small
    models ask back about one that says everything too.

    Args:
        passages: there are some to quote from; then nothing but reckoning or an errand needs a tool at once.
        opening: nothing was said before it.
    """
    if is_errand(question, tools):
        tools = _spoken_of(question, tools)
        vague = opening and len(content_words(question)) <= VAGUE_WORDS
        return (*tools, ASK_PERSON) if vague else tools
    if reckons(question):
        return tools
    return () if passages else tuple(tool for tool in tools if tool.name not in BY_RULE)


def unasked(tools: tuple[ToolSpec, ...]) -> tuple[ToolSpec, ...]:
    """What is left on offer of ``tools`` when something was read and the question wants nothing made: what only reads."""
    return tuple(tool for tool in tools if tool.name not in FILING | MAILING and tool.kind is not ToolKind.ACTION)


def _spoken_of(question: str, tools: tuple[ToolSpec, ...]) -> tuple[ToolSpec, ...]:
    """Where a file is asked for, or an e-mail: the tools for the other only mislead, and serve orders that stand in texts."""
    said = " ".join(making.group() for making in _TO_MAKE.finditer(question)) or question
    mail, file = bool(_OF_MAIL.search(said)), bool(_OF_FILES.search(said))
    wanted, other = (MAILING, FILING) if mail else (FILING, MAILING)
    if mail == file or not any(tool.name in wanted for tool in tools):
        return tools
    return tuple(tool for tool in tools if tool.name not in other)
