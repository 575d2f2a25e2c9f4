"""Whether values are valid under a schema that others wrote: nothing is looked up anywhere, and no schema makes it fail.

jsonschema by itself fetches what a ``$ref`` names, from the network or from a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import (  # type: ignore[import-untyped]
    Draft4Validator,
    Draft7Validator,
    Draft202012Validator,
    FormatChecker,
    validators,
)
from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]

_PUBLISHED = validators.SPECIFICATIONS
"""The drafts themselves; what else a reference names outside of its schema is not there."""
DATA = frozenset({"enum", "const", "default", "examples"})
"""Keywords whose inside is values, no schemas."""
_PATTERN = FormatChecker(("regex",))


def validator(schema: Any, formats: FormatChecker | None = None) -> Any:
    """What judges values of ``schema``: of the draft it names, else of the newest whose words it can be written in."""
    named = schema.get("$schema") if isinstance(schema, dict) else None
    draft = validators.validator_for(schema, default=None) if isinstance(named, str) else None
    if draft is None:
        draft = next((older for older in (Draft4Validator, Draft7Validator) if _words(schema, older)), None)
    return (draft or Draft202012Validator)(schema, registry=_PUBLISHED, format_checker=formats)


def uncheckable(schema: Any) -> str:
    """The keyword that keeps values of ``schema`` from being judged; empty when nothing does."""
    if not isinstance(schema, dict | bool):
        return "schema"
    judging = validator(schema)
    for fault in _faults(type(judging), schema):
        keywords = [str(part) for part in fault.absolute_path if isinstance(part, str)]
        return keywords[-1] if keywords else "schema"
    for reference in _references(schema):
        try:
            judging._resolver.lookup(reference)  # noqa: SLF001 - by evaluating it would need a value that leads there
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it leads nowhere
            return "$ref"
    return ""


def conforms(value: Any, schema: Any) -> bool:
    """Whether a JSON value is valid; not, where that cannot be told."""
    if uncheckable(schema):
        return False
    try:
        return bool(validator(schema).is_valid(value))
    except (ArithmeticError, RecursionError, re.error):
        return False


def _words(schema: Any, draft: Any) -> bool:
    """Whether it says something as only this draft does: what bounds exclude by yes or no, items in a list."""
    if isinstance(schema, list):
        return any(_words(one, draft) for one in schema)
    if not isinstance(schema, dict):
        return False
    if draft is Draft4Validator:
        said = any(isinstance(schema.get(key), bool) for key in ("exclusiveMinimum", "exclusiveMaximum"))
    else:
        said = isinstance(schema.get("items"), list)
    return said or any(_words(inner, draft) for key, inner in schema.items() if key not in DATA)


def _faults(draft: Any, schema: Any) -> list[SchemaError]:
    try:
        draft.check_schema(schema, format_checker=_PATTERN)
    except SchemaError as fault:
        return [fault]
    except RecursionError:
        return [SchemaError("too deep")]
    return []


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (schema[key] for key in ("$ref", "$dynamicRef") if isinstance(schema.get(key), str))
        for key, inner in schema.items():
            yield from _references(inner) if key not in DATA else ()
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)
