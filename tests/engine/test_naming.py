"""The name of a first call is the model's own choice: one that means no tool on offer is told astray, byte by byte."""

from __future__ import annotations

from typing import Any

import llguidance
import pytest

from app.engine.call_grammar import calls_grammar
from app.engine.formats import CALL_FORMATS, HERMES
from app.engine.llama.naming import Naming
from app.engine.llama.structure import Structure

BYTES = llguidance.LLTokenizer("byte")
NUMBER: dict[str, Any] = {"type": "object", "properties": {"left": {"type": "integer"}}, "required": ["left"]}
CALL = '{"name": "add", "arguments": {"left": 2}}'
ADA: dict[str, Any] = {"type": "object", "properties": {"name": {"enum": ["Ada"]}}, "required": ["name"]}


def structure(*names: str, form: str = "hermes", parameters: dict[str, Any] = NUMBER) -> Structure:
    tools = [{"name": name, "parameters": parameters} for name in names]
    grammar = calls_grammar(CALL_FORMATS[form], tools, {}, "auto")
    return Structure(BYTES, grammar, frozenset({BYTES.eos_token}), naming=Naming(CALL_FORMATS[form], names))


def written(structure: Structure, text: str) -> str:
    """What of ``text`` can be written, each byte being the model's first choice."""
    wanted = text.encode()
    done = bytes(structure.opening())
    while wanted.startswith(done) and len(done) < len(wanted) and structure.allows(wanted[len(done)]):
        done += bytes([wanted[len(done)], *structure.take(wanted[len(done)])])
    return done.decode()


@pytest.mark.parametrize("way", ["{}", "{{{}}}", "[{}]", "```json\n{}\n```"])
def test_a_model_that_names_another_tool_is_told_astray(way: str) -> None:
    held = structure("add")
    assert written(held, way.format(CALL.replace("add", "subtract"))).endswith('"name": "')
    assert held.astray


@pytest.mark.parametrize(
    ("form", "call"),
    [
        ("llama3", '{"name": "weather", "parameters": {}}'),
        ("gemma", '```json\n{"name": "weather", "parameters": {}}\n```'),
        ("generic", '{"name": "add_weather", "arguments": {}}'),
    ],
)
def test_so_it_is_in_every_family(form: str, call: str) -> None:
    held = structure("add_up", "multiply", form=form)
    written(held, call)
    assert held.astray


@pytest.mark.parametrize("name", ["get.weather", "getWeather", "GET_WEATHER", "get", "get_weather_now", ""])
def test_a_name_in_another_spelling_is_held_to_the_one_on_offer(name: str) -> None:
    held = structure("get_weather", "add")
    written(held, f'{{"name": "{name}", "arguments": {{}}}}')
    assert not held.astray


def test_names_inside_arguments_cannot_go_astray() -> None:
    person = {"type": "object", "properties": {"who": ADA}, "required": ["who"]}
    held = structure("add", parameters=person)
    assert written(held, '{"name": "add", "arguments": {"who": {"name": "Bob"}}}').endswith('{"name": "Ada"')
    assert not held.astray


def test_a_second_call_cannot_go_astray() -> None:
    held = structure("add")
    assert "delete" not in written(held, f"```json\n{CALL}\n{CALL.replace('add', 'delete')}\n```")
    assert not held.astray


def test_a_name_that_could_be_forced_is_left_to_the_model() -> None:
    held = structure("multiply")
    assert not any(held.take(letter) for letter in b'{"name": "multiply')
    grammar = calls_grammar(HERMES, [{"name": "multiply", "parameters": NUMBER}], {}, "auto")
    free_of_it = Structure(BYTES, grammar, frozenset({BYTES.eos_token}))
    assert b"multiply" in [bytes(free_of_it.take(letter))[:8] for letter in b'{"name": "']
