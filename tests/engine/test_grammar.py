"""What a decoder under each grammar can and cannot write, byte by byte."""

from __future__ import annotations

from typing import Any

import llguidance
import pytest

from app.engine.call_grammar import call_rules, calls_grammar
from app.engine.formats import CALL_FORMATS, GEMMA, GENERIC, HERMES, LLAMA3, MISTRAL, MISTRAL_ARGUMENTS
from app.engine.grammar import QuoteStages, schema_grammar
from app.engine.llama.runs import MOST_DIGITS, MOST_EXPONENT
from app.engine.llama.structure import Structure, check_schema
from app.engine.schema import shown
from app.kernel.errors import Known

BYTES = llguidance.LLTokenizer("byte")
END = BYTES.eos_token
ADD: dict[str, Any] = {
    "name": "add",
    "parameters": {
        "type": "object",
        "properties": {"left": {"type": "integer"}},
        "required": ["left"],
        "additionalProperties": False,
    },
}
CALL = '{"name": "add", "arguments": {"left": 2}}'
SPREAD = '{\n  "name": "add",\n  "arguments": {\n    "left": 2\n  }\n}'
PASSAGES = [
    ["The fee is 250 euros.", "It need\n not be approved.", "Members pay “half”."],
    ["会费是250欧元。", "  ", 'He said "no".'],
]


def can_write(structure: Structure, text: str) -> bool:
    """Whether the whole reply ``text`` can be written, forced bytes included."""
    wanted = text.encode()
    written = bytes(structure.opening())
    while wanted.startswith(written) and len(written) < len(wanted):
        following = wanted[len(written)]
        if not structure.allows(following) or not structure.mask()[following]:
            return False
        written += bytes([following, *structure.take(following)])
    return written == wanted and (structure.complete or structure.allows(END))


def quoting(most_quotes: int = 3, most_sentences: int = 2) -> Structure:
    stages = QuoteStages(PASSAGES, most_quotes, most_sentences)
    return Structure(BYTES, stages.first(), frozenset({END}), stages.following)


def calling(form: str = "generic", choice: str = "auto", named: str = "") -> Structure:
    return Structure(BYTES, calls_grammar(CALL_FORMATS[form], [ADD], {}, choice, named), frozenset({END}))


@pytest.mark.parametrize(
    "reply",
    [
        '[1] "The fee is 250 euros."\nAnswer: 250.',
        '[1] "The fee is 250 euros. It need not be approved."\nAnswer: 250.',
        '[2] "会费是250欧元。"\n[1] "Members pay “half”."\nAnswer: Half.\n\n- and more\n',
        '[2] "He said "no"."\nAnswer: No.',
        '[2] "会费是250欧元。 He said "no"."\nAnswer: No.',
        '[1] "The fee is 250 euros."\n[1] "It need not be approved."\n[1] "Members pay “half”."\nAnswer: .',
    ],
)
def test_quotes_of_whole_sentences_can_be_written(reply: str) -> None:
    assert can_write(quoting(), reply)


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: 250.",
        "250",
        '[1] ""\nAnswer: 250.',
        '[1] "250 euros."\nAnswer: 250.',
        '[1] "be approved."\nAnswer: yes.',
        '[1] "The fee is 250 euros"\nAnswer: 250.',
        '[2] "The fee is 250 euros."\nAnswer: 250.',
        '[3] "The fee is 250 euros."\nAnswer: 250.',
        '[1] "The fee is 250 euros. Members pay “half”."\nAnswer: 250.',
        '[1] "The fee is 250 euros. It need not be approved. Members pay “half”."\nAnswer: 250.',
        '[1] "The fee is 250 euros."\n[1] "The fee is 250 euros."\nAnswer: 250.',
        '[1] "The fee is 250 euros. It need not be approved."\n[1] "It need not be approved."\nAnswer: 250.',
        '[1] "The fee is 250 euros."\nAnswer: It says "free".',
        '[1] "The fee is 250 euros."\nAnswer: It says „free“.',
        '[1] "The fee is 250 euros."\nAnswer: ',
        '[1] "The fee is 250 euros."\nAnswer: 250.000000000000000000000000 euros.',
        '[1] "The fee is 250 euros."\n',
    ],
)
def test_nothing_else_can(reply: str) -> None:
    assert not can_write(quoting(), reply)


def test_quotes_are_counted() -> None:
    one = '[1] "The fee is 250 euros."\n'
    two = '[1] "Members pay “half”."\n'
    assert can_write(quoting(most_quotes=1), one + "Answer: a")
    assert not can_write(quoting(most_quotes=1), one + two + "Answer: a")
    assert not can_write(quoting(most_sentences=1), '[1] "The fee is 250 euros. It need not be approved."\nAnswer: a')


def test_the_same_sentence_of_another_passage_is_used_up_too() -> None:
    stages = QuoteStages([["One."], ["One.", "Two."]], 3, 2)
    structure = Structure(BYTES, stages.first(), frozenset({END}), stages.following)
    assert not can_write(structure, '[1] "One."\n[2] "One."\nAnswer: a')
    stages = QuoteStages([["One."], ["One.", "Two."]], 3, 2)
    structure = Structure(BYTES, stages.first(), frozenset({END}), stages.following)
    assert can_write(structure, '[1] "One."\n[2] "Two."\nAnswer: a')


def test_calls_instead_of_quotes_only_where_allowed_and_only_first() -> None:
    def structure(*, calls: bool) -> Structure:
        stages = QuoteStages(PASSAGES, 3, 2, (HERMES, [ADD], {}) if calls else None)
        return Structure(BYTES, stages.first(), frozenset({END}), stages.following)

    call = f"<tool_call>\n{CALL}\n</tool_call>"
    assert can_write(structure(calls=True), call)
    assert can_write(structure(calls=True), '[1] "The fee is 250 euros."\nAnswer: a')
    assert not can_write(structure(calls=False), call)
    assert not can_write(structure(calls=True), '[1] "The fee is 250 euros."\n' + call)


@pytest.mark.parametrize(
    ("form", "reply"),
    [
        ("generic", f"<tool_call>\n{CALL}\n</tool_call>"),
        ("hermes", f"<tool_call>\n{CALL}\n</tool_call>\n<tool_call>\n{CALL}\n</tool_call>"),
        ("hermes", CALL),
        ("hermes", f"```json\n{CALL}\n```"),
        ("mistral", f"[TOOL_CALLS] [{CALL}, {CALL}]"),
        ("llama3", CALL.replace("arguments", "parameters")),
        ("llama3", "; ".join([CALL.replace("arguments", "parameters")] * 8)),
        ("gemma", f"```json\n{CALL}\n```".replace("arguments", "parameters")),
        ("gemma", CALL.replace("arguments", "parameters")),
        ("mistral-args", '[TOOL_CALLS]add[ARGS]{"left": 2}[TOOL_CALLS]add[ARGS]{"left": 3}'),
        ("mistral-args", "Words."),
        ("hermes", f"```json\n{SPREAD}\n```"),
        ("hermes", f"```\n{SPREAD}\n```"),
        ("hermes", f"```json\n{SPREAD}\n{SPREAD}\n```"),
        ("hermes", f"```json\n{SPREAD}\n```\n\n```json\n{CALL}\n```"),
        ("hermes", f"```json\n[\n  {SPREAD},\n  {SPREAD}\n]\n```"),
        ("hermes", f"[{CALL}, {CALL}]"),
        ("hermes", SPREAD),
        ("hermes", f"{{{CALL}}}"),
        ("hermes", f"{{{CALL}}}\n{{{SPREAD}}}"),
        ("hermes", '{{"error": 1}}'),
        ("hermes", f"I add them:\n\n```json\n{SPREAD}\n```"),
        ("hermes", f"I add them:\n```json\n[{SPREAD}]\n```"),
        ("mistral", f"[TOOL_CALLS][{CALL}]"),
        ("mistral", f"```json\n{SPREAD}\n```"),
        ("llama3", f"```json\n{SPREAD}\n```".replace("arguments", "parameters")),
        ("llama3", f"<|python_tag|>{CALL}".replace("arguments", "parameters")),
        ("hermes", '{"error": "None of these tools tells the weather."}'),
        ("hermes", '```json\n{\n  "error": 1\n}\n```'),
        ("hermes", 'Here it is:\n```json\n{"name": "Ada", "born": 1815}\n```'),
        ("hermes", "The sum is 5."),
        ("hermes", "In code: ```json\n{}\n```"),
        ("hermes", "[1] is a number"),
        ("mistral", "2 < 3, {braces} and more"),
    ],
)
def test_words_or_the_calls_of_the_family(form: str, reply: str) -> None:
    assert can_write(calling(form), reply)


@pytest.mark.parametrize(
    "reply",
    [
        '<tool_call>\n{"name": "delete", "arguments": {"left": 2}}\n</tool_call>',
        '<tool_call>\n{"name": "add", "arguments": {"left": "2"}}\n</tool_call>',
        '<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>',
        '<tool_call>\n{"name": "add", "arguments": {"left": 2, "more": 1}}\n</tool_call>',
        "<tool_call> never mind",
        "Well, <tool_call>",
        '{"name": "delete"}',
        '{{"name": "delete", "arguments": {"left": 2}}}',
        f"{{{CALL}",
        '```json\n{\n  "name": "add"}\n```',
        '```json\n{\n  "name": "delete",\n  "arguments": {}\n}\n```',
        '```json\n{\n  "name": "add",\n  "arguments": {\n    "left": "2"\n  }\n}\n```',
        'I add:\n```json\n{\n  "name": "add",\n  "arguments": {\n    "left": "2"\n  }\n}\n```',
        'I add:\n```json\n{"name": "add", "sum": 2}\n```',
        f"```json\n{SPREAD}",
        f"```json\n{SPREAD}\n```\nDone.",
        "",
    ],
)
def test_a_call_is_of_a_tool_on_offer_and_valid(reply: str) -> None:
    assert not can_write(calling("hermes"), reply)


def test_the_choice_is_kept() -> None:
    call = f"<tool_call>\n{CALL}\n</tool_call>"
    assert not can_write(calling(choice="required"), "Words.")
    assert can_write(calling(choice="required"), call)
    assert can_write(calling(choice="required"), f"{call}\n{call}")
    assert can_write(calling(choice="named", named="add"), call)
    assert not can_write(calling(choice="named", named="add"), f"{call}\n{call}")
    assert not can_write(calling(choice="named", named="add"), "Words.")
    assert not can_write(calling(choice="none"), call)
    assert can_write(calling(choice="none"), "Words.")


@pytest.mark.parametrize("many", [64, 200])
def test_many_tools_can_be_on_offer(many: int) -> None:
    tools = [ADD | {"name": f"add_{number * 7919 % many}_numbers"} for number in range(many)]
    grammar = calls_grammar(HERMES, tools, {}, "auto")
    call = SPREAD.replace("add", f"add_{many - 1}_numbers")
    assert can_write(Structure(BYTES, grammar, frozenset({END})), f"```json\n{call}\n```")
    assert can_write(Structure(BYTES, grammar, frozenset({END})), "None of them tells the weather.")


def test_a_grammar_that_became_too_large_stops_the_reply_and_does_not_end_it() -> None:
    tools = [ADD | {"name": f"add_{number * 7919 % 200}_numbers"} for number in range(200)]
    grammar = f"start: WORDS | calls\nWORDS: /\\S+/\n{call_rules(HERMES, tools, {}, spoken=True)}"
    structure = Structure(BYTES, grammar, frozenset({END}))
    structure.opening()
    with pytest.raises(Known, match="left its structure"):
        for letter in b"Let us see":
            structure.mask()
            structure.take(letter)


def test_control_tokens_of_the_vocabulary_are_written_as_tokens() -> None:
    grammar = calls_grammar(HERMES, [ADD], {"<tool_call>": 7, "</tool_call>": 8, "<|im_end|>": 9}, "auto")
    assert '<[7]> "\\n"' in grammar
    assert '"\\n" <[8]>' in grammar
    assert "<[9]>" not in grammar
    assert "WORDS spelling0" in grammar
    assert "WORDS spelling0" not in calls_grammar(HERMES, [ADD], {}, "auto")


def test_every_family_is_told_by_its_template() -> None:
    from app.engine.formats import family

    assert family("… <tool_call> …") == HERMES.name
    assert family("… <tool_call>\n<function=…") == GENERIC.name
    assert family("<tool_call>{{ name }}<arg_key>") == GENERIC.name
    assert family("[AVAILABLE_TOOLS] [TOOL_CALLS]") == MISTRAL.name
    assert family('Environment: ipython … {"name": x, "parameters": y}') == LLAMA3.name
    assert family("[AVAILABLE_TOOLS] [TOOL_CALLS] [ARGS]") == MISTRAL_ARGUMENTS.name
    assert family("<start_of_turn>{{ role }}") == GEMMA.name
    assert family("{{ message.content }}") == GENERIC.name


def test_a_schema_is_written_on_one_line() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}}}, "required": ["a"]}
    assert can_write(Structure(BYTES, schema_grammar(schema), frozenset({END})), '{"a": [1, 2]}')
    assert not can_write(Structure(BYTES, schema_grammar(schema), frozenset({END})), '{"a":\n[1]}')
    assert not can_write(Structure(BYTES, schema_grammar(schema), frozenset({END})), '{"a": ["x"]}')


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"if": {"pattern": "a"}, "then": {"minLength": 2}}, "if"),
        ({"not": {"pattern": "a"}}, "not"),
        ({"not": {}}, "not"),
        ({"type": "word"}, "type"),
        ({"$ref": "#/nowhere"}, "$ref"),
        ({"type": "string", "format": "riddle"}, "format"),
        ({"type": "string", "pattern": "(?=a)b"}, "pattern"),
        ({"x-guidance": {"lenient": True}, "type": "string", "format": "riddle"}, "format"),
        ({"x-guidance": {"coerce_one_of": True}, "oneOf": [{"pattern": "a"}, {"pattern": "b"}]}, "oneOf"),
        ({"type": "string", "minLength": "a"}, "minLength"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "minLength"),
        ({"contains": {"pattern": "a"}, "maxContains": 1}, "contains"),
        ({"type": "object", "minProperties": 2}, "minProperties"),
        ({"propertyNames": {"format": "email"}}, "propertyNames"),
        ({"properties": {f"p{number}": {} for number in range(20)}, "minProperties": 10}, "minProperties"),
        ({"type": "string", "maxLength": 10**18}, "maxLength"),
        ({"enum": [f"value number {number}" for number in range(100_000)]}, "too large"),
        ({"type": "integer", "multipleOf": 999_999_937}, "too large"),
        ({"properties": {"a": {}}, "not": {"patternProperties": {"a": False}}}, "not"),
        ({"format": "regex"}, "format"),
        ({"$ref": "http://localhost/x"}, "$ref"),
        ({"enum": []}, "enum"),
        (False, "false"),
        (
            {"type": "object", "patternProperties": {"^a": {"type": "string"}, "^ab": {"type": "integer"}}},
            "patternProperties",
        ),
    ],
)
def test_a_schema_that_cannot_be_enforced_is_refused_by_its_keyword(schema: Any, keyword: str) -> None:
    with pytest.raises(Known, match=keyword.replace("$", r"\$")) as refused:
        check_schema(BYTES, schema)
    assert refused.value.code == "carrel.engine.schema"


def test_the_tool_of_a_schema_that_cannot_be_enforced_is_named() -> None:
    with pytest.raises(Known, match=r"“book”.*“not”"):
        check_schema(BYTES, {"not": {}}, "book")


def test_a_quote_may_hold_any_character() -> None:
    stages = QuoteStages([['\x01\x7f \u2028 \\ " / é']], 1, 1)
    structure = Structure(BYTES, stages.first(), frozenset({END}), stages.following)
    line = '\x01\x7f \\ " / é'
    assert can_write(structure, f'[1] "{line}"\nAnswer: a')


def longest(structure: Structure, text: str, repeated: str) -> int:
    """How often ``repeated`` can follow ``text``, up to 10,000 times."""
    wanted = (text + repeated * 10_000).encode()
    written = bytes(structure.opening())
    while wanted.startswith(written) and len(written) < len(wanted):
        following = wanted[len(written)]
        if not structure.allows(following) or not structure.mask()[following]:
            break
        written += bytes([following, *structure.take(following)])
    same = next((at for at, pair in enumerate(zip(written, wanted, strict=False)) if pair[0] != pair[1]), len(written))
    return (same - len(text)) // len(repeated)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "not": {"enum": ["no", "none"]}}, '"non"', '"no"'),
        ({"if": {"properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}}, '{"a": "y"}', '{"a": "x"}'),
        ({"dependentRequired": {"a": ["b"]}}, '{"b": 2, "a": 1}', '{"a": 1}'),
        ({"type": "object", "not": {"required": ["a"]}}, '{"b": 1}', '{"a": 1}'),
        ({"type": "object", "propertyNames": {"not": {"const": "a"}}}, '{"b": 1}', '{"a": 1}'),
    ],
)
def test_what_is_said_in_other_words_is_held(schema: dict[str, Any], good: str, bad: str) -> None:
    check_schema(BYTES, schema)
    assert can_write(Structure(BYTES, schema_grammar(schema), frozenset({END}), value=True), good)
    assert not can_write(Structure(BYTES, schema_grammar(schema), frozenset({END}), value=True), bad)


@pytest.mark.parametrize(
    ("schema", "text", "repeated", "most"),
    [
        ({"type": "integer"}, "", "1", 15),
        ({"type": "integer", "minimum": 0}, "", "1", 15),
        ({"type": "number"}, "", "3", MOST_DIGITS),
        ({"type": "number"}, "0.", "3", MOST_DIGITS),
        ({"type": "number"}, "1e", "9", MOST_EXPONENT),
        ({"type": "number"}, "-1.5E-", "9", MOST_EXPONENT),
        ({"type": "string"}, '"1e', "9", MOST_DIGITS),
        ({"type": "string"}, '"a\\"1e', "9", MOST_DIGITS),
        ({"type": "array", "items": {"type": ["string", "number"]}}, '["a\\\\", 1e', "9", MOST_EXPONENT),
        ({"type": "array", "items": {"type": "boolean"}}, "[true", ", true", 127),
        ({"type": "string", "maxLength": 5}, '"', "a", 5),
        ({"type": "string"}, '"', "a", 8_000),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, '"', "a", 8_000),
        ({"oneOf": [{"type": "null"}, {"type": "string"}]}, '"', "a", 8_000),
    ],
)
def test_nothing_is_written_without_end(schema: dict[str, Any], text: str, repeated: str, most: int) -> None:
    check_schema(BYTES, schema)
    structure = Structure(BYTES, schema_grammar(schema), frozenset({END}), value=True)
    assert longest(structure, text, repeated) == most


def test_words_may_hold_any_number_and_arguments_may_not() -> None:
    pi = "3." + "14159" * 10
    assert can_write(calling("hermes"), f"Pi is {pi}.")
    structure = calling("hermes")
    assert not can_write(structure, CALL.replace("2", "1" * 30))


@pytest.mark.parametrize("form", ["hermes", "mistral-args"])
def test_no_argument_is_beyond_all_numbers_and_a_text_may_look_so(form: str) -> None:
    fields = {"text": {"type": "string"}, "left": {"type": "number"}}
    tool = {"name": "add", "parameters": {"type": "object", "properties": fields, "required": ["left"]}}

    def can(arguments: str) -> bool:
        grammar = calls_grammar(CALL_FORMATS[form], [tool], {}, "required")
        call = CALL_FORMATS[form].before_arguments("add") + arguments + CALL_FORMATS[form].end
        return can_write(Structure(BYTES, grammar, frozenset({END})), call)

    assert can('{"text": "1e400 [ARGS] 2e500", "left": 1e99}')
    assert not can('{"text": "1e400 [ARGS] 2e500", "left": 1e400}')
    assert not can('{"text": "a\\\\", "left": 1E+400}')


def test_arguments_hold_only_what_their_tool_names() -> None:
    def can(parameters: dict[str, Any], arguments: str) -> bool:
        grammar = calls_grammar(HERMES, [{"name": "add", "parameters": parameters}], {}, "required")
        call = f'<tool_call>\n{{"name": "add", "arguments": {arguments}}}\n</tool_call>'
        return can_write(Structure(BYTES, grammar, frozenset({END})), call)

    parameters: dict[str, Any] = {"type": "object", "properties": {"left": {"type": "integer"}}}
    assert can(parameters, '{"left": 1}')
    assert not can(parameters, '{"left": 1, "right": 2}')
    assert can(parameters | {"additionalProperties": {"type": "integer"}}, '{"left": 1, "right": 2}')
    assert can({"type": "object"}, '{"right": 2}')
    assert not can({"type": "object", "properties": {"inner": parameters}}, '{"inner": {"right": 1}}')
    more = {"properties": {"right": {"type": "integer"}}, "required": ["right"]}
    for elsewhere in (
        {"if": {"required": ["left"]}, "then": more},
        {"dependentSchemas": {"left": more}},
        {"allOf": [more], "unevaluatedProperties": False},
    ):
        assert can(parameters | elsewhere, '{"left": 1, "right": 2}'), elsewhere
        assert not can(parameters | elsewhere, '{"left": 1}'), elsewhere


def test_a_field_whose_default_is_null_may_be_null_unless_it_is_needed() -> None:
    def can(parameters: dict[str, Any], arguments: str) -> bool:
        grammar = calls_grammar(
            HERMES, [{"name": "add", "parameters": {"type": "object"} | parameters}], {}, "required"
        )
        return can_write(Structure(BYTES, grammar, frozenset({END})), f'{{"name": "add", "arguments": {arguments}}}')

    fields = {"unit": {"type": "string", "enum": ["m", "km"], "default": None}, "left": {"type": "integer"}}
    assert can({"properties": fields}, '{"unit": null, "left": 1}')
    assert can({"properties": fields}, '{"unit": "km"}')
    assert can({"properties": fields}, '{"left": 1}')
    assert not can({"properties": fields}, '{"left": null}')
    assert not can({"properties": fields, "required": ["unit"]}, '{"unit": null}')


def test_a_default_outside_of_its_enum_may_be_written_and_no_other_word() -> None:
    def can(arguments: str, *needed: str) -> bool:
        unit = {"type": "string", "enum": ["m", "km"], "default": "N/A"}
        parameters = {"type": "object", "properties": {"unit": unit}, "required": list(needed)}
        grammar = calls_grammar(HERMES, [{"name": "add", "parameters": parameters}], {}, "required")
        return can_write(Structure(BYTES, grammar, frozenset({END})), f'{{"name": "add", "arguments": {arguments}}}')

    assert can('{"unit": "N/A"}')
    assert can('{"unit": "km"}')
    assert not can('{"unit": "none"}')
    assert not can('{"unit": "N/A"}', "unit")


@pytest.mark.parametrize("name", ["example.org", "a", "a-b.c", "xn-a", "A1.b2", "a" * 63])
def test_host_names(name: str) -> None:
    assert can_write(Structure(BYTES, schema_grammar({"format": "hostname"}), frozenset({END})), f'"{name}"')


@pytest.mark.parametrize("name", ["", "-a", "a-", "a..b", "xn--11b2er09f", "ab--cd", "a" * 64, "a." * 130 + "a", "a_b"])
def test_what_is_no_host_name(name: str) -> None:
    structure = Structure(BYTES, schema_grammar({"type": "string", "format": "hostname"}), frozenset({END}))
    assert not can_write(structure, f'"{name}"')


def test_a_model_is_told_neither_our_rules_nor_fields_of_old_calls() -> None:
    schema = {
        "type": "object",
        "properties": {
            "size": {"type": "string", "x-synonyms": {}, "items": {"x-known": "a"}},
            "old": {"type": "string", "deprecated": True},
            "kept": {"type": "string", "deprecated": True},
        },
        "required": ["kept"],
        "x-rules": [],
    }
    assert shown(schema) == {
        "type": "object",
        "properties": {"size": {"type": "string", "items": {}}, "kept": {"type": "string", "deprecated": True}},
        "required": ["kept"],
    }
    check_schema(BYTES, schema)
