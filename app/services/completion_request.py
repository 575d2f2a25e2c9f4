"""A chat-completion request in the shape other programs send, as a request to the engine."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.domain.generation import Calls, CallText, ChatMessage, Constraint, Free, GenerationRequest, Role, Schema
from app.domain.tool import ToolKind, ToolSpec
from app.engine.rewriting.document import MAPS
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.sandbox.frames import ProtocolError, parse
from app.tools.conformity import DATA
from app.tools.untrusted_json import read_value

MOST_TOKENS = 1_000_000


class _Open(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Function(_Open):
    name: str = Field(pattern=r"^[A-Za-z0-9_.:/-]{1,128}$")
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

    messages: list[_Message] = Field(min_length=1)
    tools: list[_Tool] = []
    tool_choice: Literal["none", "auto", "required"] | _Named = "auto"
    response_format: _Format | None = None
    max_tokens: int = Field(default=512, ge=1, le=MOST_TOKENS)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=MOST_TOKENS)
    temperature: float = Field(default=0.0, ge=0, le=2)
    seed: int = Field(default=0, ge=0, lt=2**63)
    stop: list[str] | str = []
    constrained: bool = True

    @model_validator(mode="after")
    def _goes_together(self) -> ChatCompletionRequest:
        names = [tool.function.name for tool in self.tools]
        if len(set(names)) != len(names):
            raise ValueError("two tools have one name")
        if self.tool_choice == "required" and not names:
            raise ValueError("tool_choice is required and there are no tools")
        if isinstance(self.tool_choice, _Named) and self.tool_choice.function.name not in names:
            raise ValueError("tool_choice names none of the tools")
        if self.response_format and self.response_format.type == "json_schema" and not self.response_format.json_schema:
            raise ValueError("response_format has no json_schema")
        return self


def read_request(untrusted_request: str) -> ChatCompletionRequest:
    """The request.

    Raises:
        Known: ``carrel.complete.request`` naming the first fault.
    """
    try:
        request = ChatCompletionRequest.model_validate_json(untrusted_request)
        parse(untrusted_request.encode())  # as strictly as what goes to a child
        return request
    except (ProtocolError, UnicodeEncodeError):
        raise _malformed("a key stands twice, a number is none, or it is nested too deeply") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the request"
        raise _malformed(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


def _malformed(what: str) -> Known:
    return Known(
        "carrel.complete.request",
        f"The request is not a chat-completion request: {what}.",
        "Send JSON with messages, and optionally tools, tool_choice and response_format.",
    )


def generation(request: ChatCompletionRequest) -> GenerationRequest:
    """What the engine is asked."""
    tools = tuple(
        ToolSpec(
            name=tool.function.name,
            title=tool.function.name,
            version=1,
            kind=ToolKind.QUERY,
            description=tool.function.description,
            parameters=_without_ours(tool.function.parameters),
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


def _without_ours(schema: Any) -> Any:
    """``x-…`` means in our manifests what it may not mean to others."""
    if isinstance(schema, list):
        return [_without_ours(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _without_ours(one) for name, one in value.items()}
        if key in MAPS and isinstance(value, dict)
        else value
        if key in DATA
        else _without_ours(value)
        for key, value in schema.items()
        if not key.startswith("x-")
    }


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
        value = read_value(untrusted)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Known(
            "carrel.complete.request", "A tool call in the messages has no object as arguments.", "Send a JSON object."
        )
    return value
