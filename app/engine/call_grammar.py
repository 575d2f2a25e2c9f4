"""The grammar of words and calls. Standard library only, used in the child.

What a model would write freely is left to it, down to the white space inside a fence; only where a call has begun is it
held: to a tool on offer, and to the schema of its arguments. A model that is bent to another spelling calls worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.engine.formats import CALL_HEAD, CallFormat, Spelling
from app.engine.lark import ONE_LINE, SPREAD, escaped, literal, value, with_tokens
from app.engine.layout import GAP, NAME, pattern
from app.engine.rewriting.expressible import expressible
from app.engine.schema import bounded, closed

MOST_CALLS = 8
MOST_SPOKEN = 64
"""Tools that may be called in a fence after words; with hundreds the lexer becomes too large."""
QUOTE = '"'
_ANY = r"(.|\n)*"


def calls_grammar(
    form: CallFormat, tools: Sequence[dict[str, Any]], special: Mapping[str, int], choice: str, named: str = ""
) -> str:
    """Words, calls, or words and then calls where a fence or a control token tells them apart.

    Args:
        tools: ``{"name", "parameters"}`` each.
        special: control tokens of this vocabulary, by their text.
        choice: as in ``Calls.choice``; ``named`` is one call of that tool.
    """
    tools = offered(tools, choice, named)
    words = _words(form)
    if not tools:
        return f"start: WORDS\n{words}"
    if choice in ("required", "named"):
        return f"start: calls\n{call_rules(form, tools, special, most=1 if choice == 'named' else MOST_CALLS)}"
    spoken = " | WORDS spelling0" if any(form.marker.startswith(token) for token in special) else ""
    return f"start: WORDS | calls{spoken}\n{words}{call_rules(form, tools, special, spoken=len(tools) <= MOST_SPOKEN)}"


def offered(tools: Sequence[dict[str, Any]], choice: str, named: str) -> list[dict[str, Any]]:
    """The tools that may be called under this choice."""
    if choice == "none":
        return []
    return [tool for tool in tools if choice != "named" or tool["name"] == named]


def call_rules(
    form: CallFormat,
    tools: Sequence[dict[str, Any]],
    special: Mapping[str, int],
    *,
    spoken: bool = False,
    most: int = MOST_CALLS,
) -> str:
    """The rule ``calls`` and what it needs; ``spoken`` lets words stand before a fence."""
    rules: list[str] = []
    names: list[str] = []
    for number, spelling in enumerate(form.spellings):
        names.append(f"spelling{number}")
        if not spelling.spread:
            rules += _exact(form, spelling, number, most, special, tools)
            continue
        rules += _spread(form, spelling, number, most)
        if spoken and spelling.fenced:
            names.append(f"spoken{number}")
            rules += _spoken(form, spelling, number, tools)
    if any(spelling.spread for spelling in form.spellings):
        rules += _spread_calls(form, tools)
    if not all(spelling.spread for spelling in form.spellings):
        rules += (f"line{index}: {value(_arguments(tool), ONE_LINE)}" for index, tool in enumerate(tools))
    return "\n".join([f"calls: {' | '.join(names)}", *rules]) + "\n"


def _exact(
    form: CallFormat,
    spelling: Spelling,
    number: int,
    most: int,
    special: Mapping[str, int],
    tools: Sequence[dict[str, Any]],
) -> Iterator[str]:
    def either(texts: Sequence[str]) -> str:
        ways = [way for text in texts if (way := with_tokens(text, special))]
        return f"({' | '.join(ways)})" if ways else ""

    def call(index: int, tool: dict[str, Any]) -> str:
        before, after = (with_tokens(text, special) for text in (form.before_arguments(tool["name"]), form.end))
        return f"{before} line{index} {after}".strip()

    again = _repeated(f"{either(spelling.betweens)} call{number}", most - 1)
    yield f"spelling{number}: {either(spelling.openings)} call{number} {again} {with_tokens(spelling.closing, special)}"
    yield f"call{number}: {' | '.join(f'({call(index, tool)})' for index, tool in enumerate(tools))}"


def _spread(form: CallFormat, spelling: Spelling, number: int, most: int) -> Iterator[str]:
    """What comes before a name is one terminal: the lexer keeps no other way open beside ``WORDS``."""
    yield f"OPENING{number}: /{before_name(form, spelling.openings)}/"
    yield f"NEXT{number}: /{GAP}({before_name(form, spelling.betweens)})/"
    if spelling.closing:
        yield f"CLOSING{number}: /{GAP}{pattern(spelling.closing)}/"
    again = _repeated(f"NEXT{number} call", most - 1)
    closing = f"CLOSING{number}" if spelling.closing else ""
    yield f"rest{number}: {again} {closing}".rstrip() if again or closing else f'rest{number}: ""'
    yield f"spelling{number}: OPENING{number} call rest{number}"


def _spoken(form: CallFormat, spelling: Spelling, number: int, tools: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Words and a first call, up to its name in one terminal that ends as soon as it can: the least work for the lexer."""
    calls = " | ".join(f"(spoken{number}_{index} AFTER spread{index} END)" for index in range(len(tools)))
    yield f"spoken{number}: ({calls}) rest{number}"
    starts = escaped("[{`" + form.marker[:1])
    for index, tool in enumerate(tools):
        opening = f"({before_name(form, spelling.openings)})"
        yield rf"spoken{number}_{index}[lazy]: /[^\s{starts}]{_ANY}{opening}{escaped(tool['name'])}\"/"


def _spread_calls(form: CallFormat, tools: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A call from its name on, and its arguments."""
    calls = (f"({literal(tool['name'] + QUOTE)} AFTER spread{index} END)" for index, tool in enumerate(tools))
    yield f"call: {' | '.join(calls)}"
    yield f"AFTER: /{GAP}{pattern(form.name_end.removeprefix(QUOTE))} ?/"
    yield f"END: /{GAP}{pattern(form.end)}/"
    yield from (f"spread{index}: {value(_arguments(tool), SPREAD)}" for index, tool in enumerate(tools))


def before_name(form: CallFormat, ways: Sequence[str]) -> str:
    """A regular expression of all that comes before the name of a call, begun in any of these ways."""
    call = form.before_arguments(NAME)
    return "|".join(pattern(way + call).partition(escaped(NAME))[0] for way in ways)


def _repeated(rule: str, most: int) -> str:
    return f"({rule}){{0,{most}}}" if most else ""


def _words(form: CallFormat) -> str:
    """Text that neither begins as a call nor holds one that could be told from words: from there on it is a call.

    Small models write calls in many layouts; once an object at the beginning has a name, only calls are left to them.
    """
    rule = r"WORDS: /\S(.|\n)*/"
    openings = {opening for spelling in form.spellings if spelling.spread for opening in spelling.openings}
    named = CALL_HEAD.rpartition(":")[0]
    if begun := "|".join(sorted(pattern(opening + named) for opening in openings)):
        rule += f" & ~/({begun}){_ANY}/"
    if form.marker:
        rule += rf" & ~/{_ANY}{escaped(form.marker)}{_ANY}/"
    return rule + "\n"


def _arguments(tool: dict[str, Any]) -> Any:
    return bounded(expressible(closed(tool["parameters"])))
