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

from dataclasses import dataclass

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

    @property
    def start(self) -> str:
        """The literal by which calls are told from words."""
        return self.opening + CALL_HEAD


@dataclass(frozen=True)
class CallFormat:
    """How a family writes calls. A call is ``{"name": "NAME", "ARGUMENTS": {…}}``.

    Attributes:
        native: what the family was trained on; its opening is a control token in most vocabularies.
        loose: what small models of the family write instead; understood only where a reply begins.
    """

    name: str
    native: Spelling
    loose: tuple[Spelling, ...] = ()
    arguments: str = "arguments"

    @property
    def spellings(self) -> tuple[Spelling, ...]:
        return (self.native, *self.loose)

    @property
    def arguments_head(self) -> str:
        """Between the name and the arguments."""
        return f'{NAME_END}"{self.arguments}": '


_TAGGED = Spelling("<tool_call>\n", "\n</tool_call>\n<tool_call>\n", "\n</tool_call>")
_BARE = Spelling("", "\n", "")
_FENCED = Spelling("```json\n", "\n", "\n```")

HERMES = CallFormat("hermes", _TAGGED, (_BARE, _FENCED))
MISTRAL = CallFormat("mistral", Spelling("[TOOL_CALLS] [", ", ", "]"), (Spelling("[", ", ", "]"),))
LLAMA3 = CallFormat("llama3", Spelling("", "; ", ""), arguments="parameters")
GENERIC = CallFormat("generic", _TAGGED, (_BARE, _FENCED))

CALL_FORMATS = {form.name: form for form in (HERMES, MISTRAL, LLAMA3, GENERIC)}


def family(template: str) -> str:
    """Name of the call format that a chat template was written for; ``generic`` if it knows none of ours.

    Qwen3-Coder's ``<function=…>`` is XML inside the tags of Hermes: its template is not given tools, the prompt is.
    """
    if "<tool_call>" in template and "<function=" not in template:
        return HERMES.name
    if "[TOOL_CALLS]" in template:
        return MISTRAL.name
    if "ipython" in template and '"parameters"' in template:
        return LLAMA3.name
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
