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
    """One way to set calls down: an opening, call, between, call … ``closing``.

    Attributes:
        openings: the first is how it is set down, the others are understood too; ``betweens`` alike.
        spread: white space between the tokens, also of the arguments, is as the model has it; else it is exactly this.
    """

    openings: tuple[str, ...]
    betweens: tuple[str, ...]
    closing: str
    spread: bool = True

    @property
    def fenced(self) -> bool:
        """A fence is told from words also in the middle of them."""
        return self.openings[0].startswith(FENCE)


@dataclass(frozen=True)
class CallFormat:
    """How a family writes calls. A call is ``head`` name ``name_end`` arguments ``end``.

    Attributes:
        native: what the family was trained on; its opening is a control token in most vocabularies.
        loose: what small models of the family write instead.
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
        """What native calls are told by in the middle of words; empty where there is nothing but a fence or a brace."""
        opening = self.native.openings[0].strip() or (self.head if self.head != CALL_HEAD else "")
        return "" if self.native.fenced else opening

    def before_arguments(self, tool: str) -> str:
        """All of a call that comes before its arguments."""
        return f"{self.head}{tool}{self.name_end}"

    def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """One call as the family writes it."""
        return f"{self.before_arguments(tool)}{json.dumps(arguments, ensure_ascii=False)}{self.end}"

    def calls(self, calls: Iterable[tuple[str, dict[str, Any]]], spelling: Spelling | None = None) -> str:
        """Several calls, name and arguments each, in one reply."""
        chosen = spelling or self.native
        return chosen.openings[0] + chosen.betweens[0].join(self.call(*call) for call in calls) + chosen.closing


FENCE = "```"
_TAGGED = Spelling(("<tool_call>\n",), ("\n</tool_call>\n<tool_call>\n",), "\n</tool_call>", spread=False)
_BARE = Spelling(("",), ("\n",), "")
_DOUBLED = Spelling(("{",), ("}\n{",), "}")  # as the template of Qwen2.5-Coder shows it: {{"name": …}}
_LISTED = Spelling(("[",), (", ",), "]")
_FENCED = Spelling(("```json\n", "```\n"), ("\n", "\n```\n```json\n"), "\n```")
_FENCED_LIST = Spelling(("```json\n[", "```\n["), (", ",), "]\n```")
_LOOSE = (_BARE, _DOUBLED, _LISTED, _FENCED, _FENCED_LIST)
_PARAMETERS = f'{NAME_END}"parameters": '

HERMES = CallFormat("hermes", _TAGGED, _LOOSE)
MISTRAL = CallFormat("mistral", Spelling(("[TOOL_CALLS] [", "[TOOL_CALLS]["), (", ",), "]", spread=False), _LOOSE)
MISTRAL_ARGUMENTS = CallFormat(
    "mistral-args", Spelling(("",), ("",), "", spread=False), head="[TOOL_CALLS]", name_end="[ARGS]", end=""
)  # since the eleventh version of their tokenizer
LLAMA3 = CallFormat(
    "llama3",
    Spelling(("",), ("; ", "\n"), ""),
    (Spelling(("<|python_tag|>",), ("; ",), "", spread=False), _LISTED, _FENCED, _FENCED_LIST),
    name_end=_PARAMETERS,
)
GEMMA = CallFormat(
    "gemma",
    _FENCED,
    (_BARE, _LISTED, _FENCED_LIST),
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
    _LOOSE,
    introduction=(
        "You may call these tools, each described as JSON:\n{tools}\n\nTo call one, reply with only\n"
        '<tool_call>\n{{"name": "its name", "arguments": {{its arguments}}}}\n</tool_call>'
    ),
)

CALL_FORMATS = {form.name: form for form in (HERMES, MISTRAL, MISTRAL_ARGUMENTS, LLAMA3, GEMMA, GENERIC)}


_XML = ("<function=", "<arg_key>", "<invoke")


def family(template: str) -> str:
    """Name of the call format that a chat template was written for; ``generic`` if it knows none of ours.

    Several write XML inside the tags of Hermes, Qwen3-Coder and GLM among them: their template is not given tools, the
    prompt is.
    """
    if "<tool_call>" in template and not any(tag in template for tag in _XML):
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
