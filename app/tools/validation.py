"""Arguments a model wrote: parsed strictly, normalised, then checked against the schema of the tool.

The grammar has made them well-formed already where the engine could; this does not believe it. What is mended on the
way is named, so that reliability can be counted.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError, best_match  # type: ignore[import-untyped]

from app.domain.tool import ErrorType, ToolError, ToolSpec
from app.sandbox.frames import ProtocolError, parse

ARGUMENT_BYTES = 64 * 1024
LARGEST_INTEGER = 2**53  # beyond it JSON numbers differ from program to program
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True)
class Arguments:
    """Valid arguments in canonical form.

    Attributes:
        mended: what normalising changed, such as ``trimmed:query`` or ``default:most_passages``; names, no content.
    """

    values: dict[str, Any]
    mended: tuple[str, ...] = ()


def check_arguments(spec: ToolSpec, untrusted_json: str) -> Arguments | ToolError:
    """The arguments of a call of ``spec``, or why they cannot be used."""
    try:
        raw = untrusted_json.encode()
        if len(raw) > ARGUMENT_BYTES:
            return _refusal(spec, "too_long", "The arguments are too long.", f"{len(raw)} bytes")
        untrusted = parse(raw)
    except (ProtocolError, ValueError, RecursionError) as fault:
        return _refusal(spec, "not_json", "The arguments are not one JSON object.", type(fault).__name__)
    return check_values(spec, untrusted)


def check_values(spec: ToolSpec, untrusted: dict[str, Any]) -> Arguments | ToolError:
    """As ``check_arguments``, for arguments that are parsed already."""
    mended: list[str] = []
    try:
        values = _normal(untrusted, spec.parameters, "", mended)
    except ValueError as fault:
        return _refusal(spec, "not_json", "The arguments hold something that is not a plain value.", str(fault))
    violation = best_match(Draft202012Validator(spec.parameters).iter_errors(values))
    if violation is not None:
        return _schema_refusal(spec, violation)
    return Arguments(values, tuple(mended))


def _normal(value: Any, schema: dict[str, Any], place: str, mended: list[str]) -> Any:
    """One canonical form: NFC, trimmed, no control characters, enums in their own case, whole floats as integers."""
    wanted = schema.get("type")
    if isinstance(value, str):
        return _normal_text(value, schema, place, mended)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number that is not finite")
        if wanted == "integer" and value.is_integer():
            mended.append(f"integer:{place}")
            value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_INTEGER:
        raise ValueError("a number that is too large")
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_normal(item, items if isinstance(items, dict) else {}, f"{place}[]", mended) for item in value]
    if isinstance(value, dict):
        properties: dict[str, Any] = schema.get("properties", {})
        normal = {
            key: _normal(
                item, properties.get(key, {}), f"{place}.{key}".lstrip(".") if key in properties else "?", mended
            )
            for key, item in value.items()
        }
        for key, inner in properties.items():
            if key not in normal and "default" in inner:
                normal[key] = inner["default"]
                mended.append(f"default:{place}.{key}".replace(":.", ":"))
        return normal
    return value


def _normal_text(value: str, schema: dict[str, Any], place: str, mended: list[str]) -> Any:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise ValueError("half a character")
    text = unicodedata.normalize("NFC", _CONTROLS.sub("", value)).strip()
    if text != value:
        mended.append(f"trimmed:{place}")
    for option in schema.get("enum", ()):
        if isinstance(option, str) and option.casefold() == text.casefold() and option != text:
            mended.append(f"enum:{place}")
            return option
    if schema.get("type") in {"integer", "number"} and re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text):
        mended.append(f"number:{place}")
        return int(text) if "." not in text else float(text)
    return text


def _schema_refusal(spec: ToolSpec, fault: ValidationError) -> ToolError:
    """The first fault, naming the field and the rule. The model is told the rule; its own text is not repeated."""
    field = ".".join(str(part) for part in fault.absolute_path)
    rule = str(fault.validator)
    if rule == "required":
        known = spec.parameters.get("required", ())
        missing = next((key for key in known if key not in fault.instance), "")
        return _refusal(spec, "field_missing", f"{spec.title} needs {missing}.", f"required:{missing}")
    if rule == "additionalProperties":
        known = ", ".join(spec.parameters.get("properties", {}))
        return _refusal(spec, "field_unknown", f"{spec.title} takes only {known}.", "additionalProperties")
    code = "enum_invalid" if rule == "enum" else "value_invalid"
    limit = f" ({rule} {fault.validator_value})" if rule != "pattern" else ""
    return _refusal(
        spec, code, f"{field or 'The arguments'} is not as {spec.title} needs it{limit}.", f"{rule}:{field}"
    )


def _refusal(spec: ToolSpec, code: str, sentence: str, detail: str) -> ToolError:
    return ToolError(
        error_type=ErrorType.VALIDATION,
        error_code=f"carrel.tool.{code}",
        retryable=True,
        user_message=sentence,
        developer_message=f"{spec.name} v{spec.version}: {detail}",
        hints=(f"Arguments of {spec.name}: {', '.join(spec.parameters.get('properties', {}))}.",),
    )
