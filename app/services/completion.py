"""A chat-completion request, answered: structure held by a grammar, judged again, repaired at most once."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.generation import Calls, Constraint, Engine, Free, GenerationRequest, Schema
from app.domain.stream import Failed, Finished, TextDelta, ToolCallEnded, Usage
from app.domain.tool import ToolSpec
from app.kernel.errors import Known
from app.services.completion_request import generation, read_request
from app.tools import conformity
from app.tools.normalisation import idle_default
from app.tools.untrusted_json import read_object, read_value
from app.tools.validation import Arguments, judge

if TYPE_CHECKING:
    from app.services.library import Library


@dataclass
class _Reply:
    """What came of one request to the engine, ``repairs`` of ours with it: how, of what, whether it worked."""

    text: str = ""
    calls: list[ToolCallEnded] = field(default_factory=list)
    reason: str = "stop"
    usage: list[Usage] = field(default_factory=list)
    repairs: list[dict[str, Any]] = field(default_factory=list)


async def complete(library: Library, untrusted_request: str) -> dict[str, Any]:
    """Run one request on the model in use; calls are returned, not executed.

    What is valid as it was written is returned so. What is not is mended by rule, or else asked for once more under the
    same grammar; ``structure.repairs`` tells of each. A request that is not constrained is not repaired.

    Raises:
        Known: ``carrel.complete.request`` for a malformed one, or what the engine says.
    """
    asked = generation(read_request(untrusted_request))
    _check_schemas(asked)
    engine, card = await library.ready()
    reply = await _written(engine, asked)
    if _enforced(asked.constraint):
        await _repair(engine, asked, reply)
    return _record(asked, reply, card.name)


def _check_schemas(asked: GenerationRequest) -> None:
    """What is promised is checked again, so it must be possible to check it. Raises ``Known``, as the engine does."""
    if not _enforced(asked.constraint):
        return
    schemas = [(f"of the arguments of “{tool.name}”", tool.parameters) for tool in asked.tools]
    if isinstance(asked.constraint, Schema):
        schemas.append(("asked for", asked.constraint.json_schema))
    for of, schema in schemas:
        if keyword := conformity.uncheckable(schema):
            raise Known(
                "carrel.engine.schema",
                f"The structure {of} cannot be enforced: its keyword “{keyword}” cannot be checked.",
                "Change the schema so that it does without this keyword.",
            )


async def _written(engine: Engine, asked: GenerationRequest) -> _Reply:
    reply = _Reply()
    async for event in engine.generate(asked):
        match event:
            case TextDelta(text=more):
                reply.text += more
            case ToolCallEnded():
                reply.calls.append(event)
            case Usage():
                reply.usage.append(event)
            case Finished():
                reply.reason = event.reason
            case Failed() as failed:
                raise Known(failed.code, failed.message, failed.hint)
    return reply


async def _repair(engine: Engine, asked: GenerationRequest, reply: _Reply) -> None:
    """First by rule, then by one question more for the whole reply, never both for one thing."""
    specs = {tool.name: tool for tool in asked.tools}
    for number, call in enumerate(reply.calls):
        spec = specs.get(call.tool)
        if spec is None or conforms(call.untrusted_arguments, spec.parameters):
            continue
        judged = judge(_as_written(spec), call.untrusted_arguments)
        arguments = judged.outcome.values if isinstance(judged.outcome, Arguments) else None
        how = "deterministic"
        if arguments is None and not _reasked(reply):
            how = "re_ask"
            arguments = await _again(engine, asked, spec, reply)
        if arguments is not None:
            text = json.dumps(arguments, ensure_ascii=False)
            reply.calls[number] = call.model_copy(update={"untrusted_arguments": text})
        fixes = [*judged.judgement.fixes, *judged.judgement.mended] if how == "deterministic" else []
        reply.repairs.append(
            {"how": how, "of": "call", "tool": spec.name, "worked": arguments is not None, "fixes": fixes}
        )
    if isinstance(asked.constraint, Schema) and not conforms(reply.text, asked.constraint.json_schema):
        await _repair_answer(engine, asked, asked.constraint.json_schema, reply)


async def _again(engine: Engine, asked: GenerationRequest, spec: ToolSpec, reply: _Reply) -> dict[str, Any] | None:
    """Arguments of one more call of the same tool."""
    constraint = Calls(choice="named", named=spec.name)
    second = await _written(engine, asked.model_copy(update={"constraint": constraint}))
    reply.usage += second.usage
    if not second.calls:
        return None
    outcome = judge(_as_written(spec), second.calls[0].untrusted_arguments, reasked=True).outcome
    return outcome.values if isinstance(outcome, Arguments) else None


def _as_written(spec: ToolSpec) -> ToolSpec:
    """Without the defaults of its fields, but for those that say there is none: to fill them in is for whoever runs it."""
    fields = spec.parameters.get("properties", {})
    bare = {
        name: {key: value for key, value in one.items() if key != "default" or idle_default(one)}
        if isinstance(one, dict)
        else one
        for name, one in fields.items()
    }
    return spec.model_copy(update={"parameters": spec.parameters | {"properties": bare}})


async def _repair_answer(engine: Engine, asked: GenerationRequest, schema: Any, reply: _Reply) -> None:
    """A value that is not as its schema wants it. One that was cut for length would be cut again."""
    try:
        value, fixes = read_object(reply.text)
    except ValueError:
        value, fixes = {}, ()
    mended = json.dumps(value, ensure_ascii=False)
    if fixes and conforms(mended, schema):
        reply.text = mended
        reply.repairs.append({"how": "deterministic", "of": "answer", "worked": True, "fixes": list(fixes)})
    elif reply.reason == "stop":
        second = await _written(engine, asked)
        reply.usage += second.usage
        worked = conforms(second.text, schema)
        if worked:
            reply.text = second.text
        reply.repairs.append({"how": "re_ask", "of": "answer", "worked": worked, "fixes": []})


def _reasked(reply: _Reply) -> bool:
    return any(repair["how"] == "re_ask" for repair in reply.repairs)


def _record(asked: GenerationRequest, reply: _Reply, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [
            {
                "id": call.call,
                "type": "function",
                "function": {"name": call.tool, "arguments": call.untrusted_arguments},
            }
            for call in reply.calls
        ]
    prompt = sum(usage.prompt_tokens for usage in reply.usage)
    written = sum(usage.completion_tokens for usage in reply.usage)
    return {
        "id": f"chatcmpl-{asked.turn}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if reply.calls else reply.reason}],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": written,
            "total_tokens": prompt + written,
            "prompt_tokens_details": {"cached_tokens": sum(usage.cached_tokens for usage in reply.usage)},
        },
        "structure": {
            "constrained": _enforced(asked.constraint),
            "valid": _valid(asked, reply),
            "repaired": any(repair["worked"] for repair in reply.repairs),
            "repairs": reply.repairs,
        },
    }


def _enforced(constraint: Constraint) -> bool:
    return constraint.enforced if isinstance(constraint, Calls) else not isinstance(constraint, Free)


def _valid(asked: GenerationRequest, reply: _Reply) -> bool:
    """Whether what came out conforms, checked again here, whatever the grammar promised."""
    specs = {tool.name: tool for tool in asked.tools}
    if isinstance(asked.constraint, Schema):
        return conforms(reply.text, asked.constraint.json_schema)
    wanted = isinstance(asked.constraint, Calls) and asked.constraint.choice in {"required", "named"}
    return (bool(reply.calls) or not wanted) and all(
        call.tool in specs and conforms(call.untrusted_arguments, specs[call.tool].parameters) for call in reply.calls
    )


def conforms(untrusted_json: str, schema: Any) -> bool:
    """Whether the text is JSON of ``schema``, read strictly: no key twice, no NaN, no half of a character."""
    try:
        return conformity.conforms(read_value(untrusted_json), schema)
    except ValueError:
        return False
