"""Arguments a model wrote, judged: read strictly, normalised, checked against the schema of the tool and for meaning.

The grammar has made them well-formed already where the engine could; this does not believe it. What is mended on the
way is named, so that reliability can be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import FormatChecker  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError, best_match  # type: ignore[import-untyped]

from app.domain.tool import ErrorType, Judgement, ToolError, ToolSpec
from app.sandbox.frames import ProtocolError
from app.tools import meaning
from app.tools.conformity import validator
from app.tools.normalisation import Normaliser, Unusable
from app.tools.untrusted_json import TooLong, read_object

NOTHING_KNOWN: Mapping[str, frozenset[str]] = {}
_OTHER = frozenset({"other", "unknown", "misc", "none of these"})
_FORMATS = FormatChecker(("date", "email", "ipv4", "ipv6", "uuid"))


@dataclass(frozen=True)
class Arguments:
    """Valid arguments in canonical form.

    Attributes:
        mended: what normalising changed, such as ``trimmed:query`` or ``default:most_passages``; names, no content.
    """

    values: dict[str, Any]
    mended: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What came of the arguments a model wrote, and how that is counted."""

    outcome: Arguments | ToolError
    judgement: Judgement


def judge(
    spec: ToolSpec,
    untrusted_json: str,
    known: Mapping[str, frozenset[str]] = NOTHING_KNOWN,
    *,
    reasked: bool = False,
) -> Judged:
    """The arguments of a call of ``spec``, or why they cannot be used.

    Args:
        known: for each kind of ``x-known`` the ids there are; a kind that is not given is not checked here.
        reasked: they answer a second question.
    """
    try:
        untrusted, fixes = read_object(untrusted_json)
    except TooLong:
        refused = _refusal(spec, "too_long", "The arguments are too long.", "bytes")
        return Judged(refused, Judgement(parsed=False, fault="too_long", reasked=reasked))
    except (ProtocolError, ValueError, RecursionError) as fault:
        refused = _refusal(spec, "not_json", "The arguments are not one JSON object.", type(fault).__name__)
        return Judged(refused, Judgement(parsed=False, fault="not_json", reasked=reasked))
    outcome, judgement = _judged(spec, untrusted, known)
    return Judged(outcome, judgement.model_copy(update={"fixes": fixes, "reasked": reasked}))


def check_arguments(spec: ToolSpec, untrusted_json: str) -> Arguments | ToolError:
    """The outcome of ``judge`` alone."""
    return judge(spec, untrusted_json).outcome


def check_values(spec: ToolSpec, untrusted: dict[str, Any]) -> Arguments | ToolError:
    """As ``check_arguments``, for arguments that are parsed already."""
    return _judged(spec, untrusted, NOTHING_KNOWN)[0]


def _judged(
    spec: ToolSpec, untrusted: dict[str, Any], known: Mapping[str, frozenset[str]]
) -> tuple[Arguments | ToolError, Judgement]:
    normaliser = Normaliser()
    try:
        values = normaliser.arguments(untrusted, spec.parameters)
    except Unusable as fault:
        refused = _refusal(spec, "not_json", "The arguments hold something that is not a plain value.", str(fault))
        return refused, Judgement(parsed=False, fault="not_json")
    seen = Judgement(
        parsed=True,
        mended=tuple(normaliser.mended),
        deprecated=tuple(key for key, inner in _fields(spec) if inner.get("deprecated") and key in untrusted),
        other=tuple(key for key, inner in _fields(spec) if _evades(values.get(key), inner)),
    )
    try:
        violation = best_match(validator(spec.parameters, _FORMATS).iter_errors(values))
    except RecursionError:
        refused = _refusal(spec, "value_invalid", f"{spec.title} cannot be checked: it refers to itself.", "recursion")
        return refused, seen.model_copy(update={"fault": _code(refused)})
    if violation is not None:
        refused, field = _schema_refusal(spec, violation)
        return refused, seen.model_copy(update={"fault": _code(refused), "field": field})
    if wrong := meaning.fault(values, spec.parameters, known):
        refused = _refusal(spec, wrong.rule, f"{spec.title}: {wrong.sentence}", f"{wrong.rule}:{wrong.field}")
        return refused, seen.model_copy(update={"fault": wrong.rule, "field": wrong.field})
    return Arguments(values, seen.mended), seen


def _fields(spec: ToolSpec) -> list[tuple[str, dict[str, Any]]]:
    return [(key, inner) for key, inner in spec.parameters.get("properties", {}).items() if isinstance(inner, dict)]


def _evades(value: Any, schema: dict[str, Any]) -> bool:
    """Whether the way out of an enum was taken."""
    return "enum" in schema and isinstance(value, str) and value.casefold() in _OTHER


def _code(error: ToolError) -> str:
    return error.error_code.rpartition(".")[2]


def _schema_refusal(spec: ToolSpec, fault: ValidationError) -> tuple[ToolError, str]:
    """The first fault and the field of the schema it is about. The model is told the rule, its own text is not repeated."""
    field = _named(fault.absolute_path, spec.parameters)
    rule = str(fault.validator)
    if rule == "required":
        missing = next((str(key) for key in fault.validator_value if key not in fault.instance), "")
        return _refusal(spec, "field_missing", f"{spec.title} needs {missing}.", f"required:{missing}"), missing
    if rule == "additionalProperties":
        known = ", ".join(spec.parameters.get("properties", {}))
        return _refusal(spec, "field_unknown", f"{spec.title} takes only {known}.", "additionalProperties"), "?"
    code = "enum_invalid" if rule == "enum" else "value_invalid"
    limit = f" ({rule} {fault.validator_value})" if rule != "pattern" else ""
    sentence = f"{field or 'The arguments'} is not as {spec.title} needs it{limit}."
    return _refusal(spec, code, sentence, f"{rule}:{field}"), field


def _named(path: Iterable[str | int], schema: dict[str, Any]) -> str:
    """A path into the values by the names of the schema: what the model made up becomes ``?``."""
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts.append(str(part))
            items = schema.get("items", {})
            schema = items if isinstance(items, dict) else {}
        else:
            properties = schema.get("properties", {})
            parts.append(part if part in properties else "?")
            inner = properties.get(part)
            schema = inner if isinstance(inner, dict) else {}
    return ".".join(parts)


def _refusal(spec: ToolSpec, code: str, sentence: str, detail: str) -> ToolError:
    return ToolError(
        error_type=ErrorType.VALIDATION,
        error_code=f"carrel.tool.{code}",
        retryable=True,
        user_message=sentence,
        developer_message=f"{spec.name} v{spec.version}: {detail}",
        hints=(f"Arguments of {spec.name}: {', '.join(spec.parameters.get('properties', {}))}.",),
    )
