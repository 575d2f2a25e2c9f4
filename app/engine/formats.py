"""The literals of a reply: how each model family writes a call, and how quotes and the answer are set down.

Standard library only: the engine child builds its grammar from these, our side parses the reply by them.

A reply with quotes reads::

    [2] "The fee is 250 euros."
    [5] "It was raised in 2021. Members pay half."
    Answer: The fee is 250 euros; members pay half.

Passages are numbered from 1, in the order of the request. A quote is one line: whole sentences of its passage, each with
its white space collapsed, joined by one space.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CALL_HEAD = '{"name": "'
NAME_END = '", '
QUOTE_OPEN = "["
QUOTE_HEAD_END = '] "'
QUOTE_END = '"\n'
ANSWER = "Answer: "
QUOTATION_MARKS = '"“”„‟«»〝〞「」『』'

QUOTE_FIRST_INSTRUCTION = (
    "First copy, word for word, the sentences of the passages that answer the question, each on a line of its own: the "
    'number of the passage in square brackets, then the sentence in double quotation marks, like [2] "The sentence." '
    f'Then begin a new line with "{ANSWER.strip()}" and answer the question in your own words, short and complete, using '
    "only what the quotes say. Use no double quotation marks in the answer."
)
"""What the prompt says about the format; the decoder enforces it."""


@dataclass(frozen=True)
class Spelling:
    """One way to set calls down: ``opening`` call ``between`` call … ``closing``."""

    opening: str
    between: str
    closing: str


@dataclass(frozen=True)
class CallFormat:
    """How a family writes calls. A call is ``head`` name ``name_end`` arguments ``end``.

    Attributes:
        native: what the family was trained on; its opening is a control token in most vocabularies.
        loose: what small models of the family write instead; understood only where a reply begins.
        introduction: for a family whose templates know no tools: how the prompt presents them, ``{tools}`` one a line.
    """

    name: str
    native: Spelling
    loose: tuple[Spelling, ...] = ()
    head: str = CALL_HEAD
    name_end: str = f'{NAME_END}"arguments": '
    end: str = "}"
    introduction: str = ""

    @property
    def spellings(self) -> tuple[Spelling, ...]:
        return (self.native, *self.loose)

    @property
    def marker(self) -> str:
        """What native calls are told by in the middle of words; empty where only the beginning of a reply tells."""
        return self.native.opening.strip() or (self.head if self.head != CALL_HEAD else "")

    def start(self, spelling: Spelling) -> str:
        """The literal by which calls are told from words."""
        return spelling.opening + self.head

    def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """One call as the family writes it."""
        return f"{self.head}{tool}{self.name_end}{json.dumps(arguments, ensure_ascii=False)}{self.end}"

    def calls(self, calls: Iterable[tuple[str, dict[str, Any]]], spelling: Spelling | None = None) -> str:
        """Several calls, name and arguments each, in one reply."""
        chosen = spelling or self.native
        return chosen.opening + chosen.between.join(self.call(*call) for call in calls) + chosen.closing


_TAGGED = Spelling("<tool_call>\n", "\n</tool_call>\n<tool_call>\n", "\n</tool_call>")
_BARE = Spelling("", "\n", "")
_FENCED = Spelling("```json\n", "\n", "\n```")
_PARAMETERS = f'{NAME_END}"parameters": '

HERMES = CallFormat("hermes", _TAGGED, (_BARE, _FENCED))
MISTRAL = CallFormat("mistral", Spelling("[TOOL_CALLS] [", ", ", "]"), (Spelling("[", ", ", "]"),))
MISTRAL_ARGUMENTS = CallFormat(
    "mistral-args", Spelling("", "", ""), head="[TOOL_CALLS]", name_end="[ARGS]", end=""
)  # since the eleventh version of their tokenizer
LLAMA3 = CallFormat("llama3", Spelling("", "; ", ""), name_end=_PARAMETERS)
GEMMA = CallFormat(
    "gemma",
    _FENCED,
    (_BARE,),
    name_end=_PARAMETERS,
    introduction=(
        "You have access to functions, each described as JSON:\n{tools}\n\nIf you decide to invoke any of them, put it "
        'in the format of\n```json\n{{"name": function name, "parameters": {{dictionary of argument name and its value}}}}'
        "\n```\nand include no other text in the reply. Otherwise answer in words."
    ),
)
GENERIC = CallFormat(
    "generic",
    _TAGGED,
    (_BARE, _FENCED),
    introduction=(
        "You may call these tools, each described as JSON:\n{tools}\n\nTo call one, reply with only\n"
        '<tool_call>\n{{"name": "its name", "arguments": {{its arguments}}}}\n</tool_call>'
    ),
)

CALL_FORMATS = {form.name: form for form in (HERMES, MISTRAL, MISTRAL_ARGUMENTS, LLAMA3, GEMMA, GENERIC)}


def family(template: str) -> str:
    """Name of the call format that a chat template was written for; ``generic`` if it knows none of ours.

    Qwen3-Coder's ``<function=…>`` is XML inside the tags of Hermes: its template is not given tools, the prompt is.
    """
    if "<tool_call>" in template and "<function=" not in template:
        return HERMES.name
    if "[TOOL_CALLS]" in template:
        return MISTRAL_ARGUMENTS.name if "[ARGS]" in template else MISTRAL.name
    if "ipython" in template and '"parameters"' in template:
        return LLAMA3.name
    if "<start_of_turn>" in template:
        return GEMMA.name
    return GENERIC.name


def sentence_line(sentence: str) -> str:
    """A sentence as it stands in a quote: white space collapsed, nothing else changed."""
    return " ".join(sentence.split())


def numbered(passages: tuple[str, ...] | list[str]) -> str:
    """Passages as the prompt shows them, numbered as quotes name them."""
    return "\n\n".join(f"[{number}] {text.strip()}" for number, text in enumerate(passages, 1))


def held(text: str, *markers: str) -> int:
    """Length of the end of ``text`` that may yet become one of ``markers``."""
    longest = max(map(len, markers), default=1) - 1
    for size in range(min(longest, len(text)), 0, -1):
        if any(marker.startswith(text[-size:]) and size < len(marker) for marker in markers):
            return size
    return 0
