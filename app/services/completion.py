"""A chat-completion request, answered: the shape other programs know, with the structure held by a grammar."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain.generation import (
    Calls,
    CallText,
    ChatMessage,
    Constraint,
    Free,
    GenerationRequest,
    Role,
    Schema,
)
from app.domain.stream import Failed, Finished, TextDelta, ToolCallEnded, Usage
from app.domain.tool import ToolKind, ToolSpec
from app.kernel.errors import Known
from app.kernel.ids import new_id

if TYPE_CHECKING:
    from app.services.library import Library


class _Open(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Function(_Open):
    name: str
    description: str = ""
    parameters: dict[str, Any] = {"type": "object", "properties": {}}


class _Tool(_Open):
    type: Literal["function"] = "function"
    function: _Function


class _CalledFunction(_Open):
    name: str
    arguments: str


class _Called(_Open):
    id: str = ""
    function: _CalledFunction


class _Part(_Open):
    type: Literal["text"]
    text: str


class _Message(_Open):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part] | None = None
    tool_calls: list[_Called] = []
    tool_call_id: str = ""
    name: str = ""


class _JsonSchema(_Open):
    schema_: dict[str, Any]

    model_config = ConfigDict(extra="ignore", alias_generator=lambda name: name.rstrip("_"))


class _Format(_Open):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None


class _NamedFunction(_Open):
    name: str


class _Named(_Open):
    type: Literal["function"] = "function"
    function: _NamedFunction


class ChatCompletionRequest(_Open):
    """The fields that are understood; others are ignored.

    ``constrained: false`` turns the grammar off, to compare.
    """

    messages: list[_Message]
    tools: list[_Tool] = []
    tool_choice: Literal["none", "auto", "required"] | _Named = "auto"
    response_format: _Format | None = None
    max_tokens: int = 512
    max_completion_tokens: int | None = None
    temperature: float = 0.0
    seed: int = 0
    stop: list[str] | str = []
    constrained: bool = True


async def complete(library: Library, untrusted_request: str) -> dict[str, Any]:
    """Run one request on the model in use; calls are returned, not executed.

    Raises:
        Known: ``carrel.complete.request`` for a malformed one, or what the engine says.
    """
    request = _parsed(untrusted_request)
    engine, card = await library.ready()
    generation = _generation(request)
    text, reason = "", "stop"
    calls: list[ToolCallEnded] = []
    usage: Usage | None = None
    async for event in engine.generate(generation):
        match event:
            case TextDelta(text=more):
                text += more
            case ToolCallEnded() as call:
                calls.append(call)
            case Usage():
                usage = event
            case Finished(reason=reason):
                pass
            case Failed() as failed:
                raise Known(failed.code, failed.message, failed.hint)
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [
            {
                "id": call.call,
                "type": "function",
                "function": {"name": call.tool, "arguments": call.untrusted_arguments},
            }
            for call in calls
        ]
    return {
        "id": f"chatcmpl-{generation.turn}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": card.name,
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else reason}],
        "usage": {
            "prompt_tokens": usage.prompt_tokens if usage else 0,
            "completion_tokens": usage.completion_tokens if usage else 0,
            "total_tokens": (usage.prompt_tokens + usage.completion_tokens) if usage else 0,
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens if usage else 0},
        },
        "structure": {
            "constrained": _enforced(generation.constraint),
            "valid": _valid(generation, text, calls),
            "repaired": False,
        },
    }


def _parsed(untrusted_request: str) -> ChatCompletionRequest:
    try:
        return ChatCompletionRequest.model_validate_json(untrusted_request)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the request"
        raise Known(
            "carrel.complete.request",
            f"The request is not a chat-completion request: {where}: {first['msg']}.",
            "Send JSON with messages, and optionally tools, tool_choice and response_format.",
        ) from None


def _generation(request: ChatCompletionRequest) -> GenerationRequest:
    tools = tuple(
        ToolSpec(
            name=tool.function.name,
            title=tool.function.name,
            version=1,
            kind=ToolKind.QUERY,
            description=tool.function.description,
            parameters=tool.function.parameters,
        )
        for tool in request.tools
    )
    return GenerationRequest(
        turn=new_id(),
        messages=tuple(_message(message) for message in request.messages),
        tools=tools if request.tool_choice != "none" else (),
        constraint=_constraint(request),
        max_tokens=request.max_completion_tokens or request.max_tokens,
        temperature=request.temperature,
        seed=request.seed,
        stop=(request.stop,) if isinstance(request.stop, str) else tuple(request.stop),
    )


def _constraint(request: ChatCompletionRequest) -> Constraint:
    choice = request.tool_choice
    if request.tools and choice != "none" and not request.constrained:
        return Calls(choice="auto", enforced=False)
    if not request.constrained:
        return Free()
    if request.response_format is not None and request.response_format.type != "text":
        wanted = request.response_format.json_schema
        return Schema(json_schema=wanted.schema_ if wanted else {"type": "object"})
    if request.tools and request.tool_choice != "none":
        if isinstance(request.tool_choice, _Named):
            return Calls(choice="named", named=request.tool_choice.function.name)
        return Calls(choice=request.tool_choice)
    return Free()


def _message(message: _Message) -> ChatMessage:
    content = message.content or ""
    return ChatMessage(
        role=Role.SYSTEM if message.role == "developer" else Role(message.role),
        content=content if isinstance(content, str) else "\n".join(part.text for part in content),
        calls=tuple(
            CallText(id=call.id, tool=call.function.name, arguments=_arguments(call.function.arguments))
            for call in message.tool_calls
        ),
        call=message.tool_call_id,
        tool=message.name,
    )


def _arguments(untrusted: str) -> dict[str, Any]:
    try:
        value = json.loads(untrusted)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Known(
            "carrel.complete.request", "A tool call in the messages has no object as arguments.", "Send a JSON object."
        )
    return value


def _enforced(constraint: Constraint) -> bool:
    return constraint.enforced if isinstance(constraint, Calls) else not isinstance(constraint, Free)


def _valid(generation: GenerationRequest, text: str, calls: list[ToolCallEnded]) -> bool:
    """Whether what came out conforms, checked again here, whatever the grammar promised."""
    specs = {tool.name: tool for tool in generation.tools}
    if calls:
        return all(
            call.tool in specs and conforms(call.untrusted_arguments, specs[call.tool].parameters) for call in calls
        )
    if isinstance(generation.constraint, Schema):
        return conforms(text, generation.constraint.json_schema)
    return True


def conforms(untrusted_json: str, schema: dict[str, Any]) -> bool:
    """Whether the text is JSON of ``schema``."""
    try:
        return bool(Draft202012Validator(schema).is_valid(json.loads(untrusted_json)))
    except (ValueError, RecursionError):
        return False
