"""From messages to the prompt the model was trained on. Chat templates are code from the file: rendered here only."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.engine.formats import CALL_FORMATS, CallFormat, family
from app.kernel.errors import Known

MOST_CHARACTERS = 2_000_000
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PLAIN = (
    "{% for message in messages %}{{ message.role | capitalize }}: {{ message.content }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)


class _Marked(Extension):
    """``{% generation %}`` marks what a model is trained on; here it marks nothing."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class Template:
    """A chat template and the family whose calls it knows."""

    def __init__(self, source: str, special: Mapping[str, int], begin: str, end: str) -> None:
        self.form = CALL_FORMATS[family(source)]
        self._markers = {"bos_token": begin, "eos_token": end}
        names = sorted((name for name in special if not name.isspace()), key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, names))) if names else None
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, autoescape=False, extensions=[loopcontrols, _Marked]
        )
        environment.filters["tojson"] = _tojson
        environment.globals["raise_exception"] = _refuse
        environment.globals["strftime_now"] = lambda form: datetime.now(UTC).astimezone().strftime(form)
        try:
            self._template = environment.from_string(source or (CHATML if "<|im_start|>" in special else PLAIN))
        except jinja2.TemplateError:
            raise _broken() from None

    def render(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str:
        """The whole prompt, up to where the reply begins.

        Args:
            messages: ``{"role", "content", "calls": [{"id", "tool", "arguments"}], "call", "tool"}`` each.
            tools: ``{"name", "description", "parameters"}`` each.

        A template that knows no tools gets them in the system message; one that refuses a system message gets that
        before the first question. Texts of control tokens inside contents are broken up: nobody but the template may
        end a message.
        """
        messages, tools = self._plain(messages), self._plain(tools)
        if self.form.introduction:
            messages, tools = _told_in_words(messages, tools, self.form), []
        told = [_native(message) for message in messages]
        offered = [{"type": "function", "function": tool} for tool in tools]
        for attempt in (told, _without_system(told)):
            for given in (
                offered or None,
                offered,
            ):  # without tools some templates test for None, some iterate over them
                try:
                    return self._fill(attempt, given)
                except Exception:  # noqa: BLE001, S112 - code from the file may raise anything
                    continue
        raise _broken()

    def _fill(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None) -> str:
        parts: list[str] = []
        room = MOST_CHARACTERS
        for part in self._template.generate(
            messages=messages, tools=tools, add_generation_prompt=True, **self._markers
        ):
            parts.append(part)
            room -= len(part)
            if room < 0:
                raise _broken()
        return "".join(parts)

    def _plain(self, value: Any) -> Any:
        """``value`` with a zero-width space after the first character of every control token in its texts."""
        if isinstance(value, str) and self._special:
            return self._special.sub(lambda found: found[0][0] + "\u200b" + found[0][1:], value)
        if isinstance(value, list):
            return [self._plain(inner) for inner in value]
        if isinstance(value, dict):
            return {key: self._plain(inner) for key, inner in value.items()}
        return value


def _native(message: dict[str, Any]) -> dict[str, Any]:
    """A message in the shape chat templates expect."""
    told: dict[str, Any] = {"role": message["role"], "content": message["content"]}
    if calls := message.get("calls"):
        told["tool_calls"] = [
            {
                "type": "function",
                "id": _short(call["id"]),
                "function": {"name": call["tool"], "arguments": call["arguments"]},
            }
            for call in calls
        ]
    if message["role"] == "tool":
        told |= {"tool_call_id": _short(message.get("call", "")), "name": message.get("tool", "")}
    return told


def _told_in_words(
    messages: list[dict[str, Any]], tools: list[dict[str, Any]], form: CallFormat
) -> list[dict[str, Any]]:
    """Tools, calls and results as text of ordinary messages."""
    told: list[dict[str, Any]] = []
    for message in messages:
        content = message["content"]
        if calls := message.get("calls"):
            content += form.calls((call["tool"], call["arguments"]) for call in calls)
        if message["role"] == "tool":
            told.append({"role": "user", "content": f"<tool_response>\n{content}\n</tool_response>"})
        else:
            told.append({"role": message["role"], "content": content})
    if tools:
        words = form.introduction.format(tools="\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools))
        if told and told[0]["role"] == "system":
            told[0]["content"] += f"\n\n{words}"
        else:
            told.insert(0, {"role": "system", "content": words})
    return told


def _without_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rules = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    rest = [dict(message) for message in messages if message["role"] != "system"]
    if rules and rest:
        rest[0]["content"] = f"{rules}\n\n{rest[0]['content']}"
    return rest


def _short(identity: str) -> str:
    """Nine letters and digits: Mistral's templates take no other id."""
    return hashlib.sha256(identity.encode()).hexdigest()[:9]


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _broken() -> Known:
    return Known(
        "carrel.engine.template", "The chat template of this model cannot be used.", "Choose another model file."
    )
