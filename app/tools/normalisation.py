"""One canonical form for each value: what differs only in its writing becomes equal, and is named.

A value that could mean two things (``1,250`` or ``03/04/2026``) is left as it is, and then refused. A text marked
``x-verbatim`` in its schema stays as it was written, to the last blank: the content of a file, a letter, a program.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from app.domain import unseen
from app.domain.dates import dates

LARGEST_INTEGER = 2**53  # beyond it JSON numbers differ from program to program
_CONTROLS = re.compile(f"[{unseen.CONTROLS}{unseen.TURNING}{unseen.HIDDEN}]")
"""What a person agrees to must be all there is: nothing that cannot be seen in it."""
_SEPARATORS = re.compile(r"[\s_-]+")
_PLAIN = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?(e[+-]?\d{1,2})?", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d{1,3}((?:,\d{3}){2,}|(?:,\d{3})+\.\d{1,15}|,\d{3}(?=\.))(\.\d{1,15})?")
_GROUPED_BY_POINTS = re.compile(r"[+-]?\d{1,3}((?:\.\d{3}){2,}(,\d{1,15})?|(?:\.\d{3})+,\d{1,15})")
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_DATE_PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
WRAPPERS = ("arguments", "parameters", "properties", "input")


class Unusable(ValueError):  # noqa: N818 - an outcome
    """A value no tool is given: half a character, infinity, an integer that no double holds."""


class Normaliser:
    """Attributes:
    mended: what was changed, as ``rule:field``, by the names of the schema; never a value.
    """

    def __init__(self) -> None:
        self.mended: list[str] = []

    def arguments(self, value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a call; an object wrapped around them is taken off.

        Raises:
            Unusable: something in them is no plain value.
        """
        properties = schema.get("properties", {})
        if len(value) == 1:
            (key, inner), *_ = value.items()
            if (
                key in WRAPPERS
                and key not in properties
                and isinstance(inner, dict)
                and inner.keys() & properties.keys()
            ):
                self.mended.append("unwrapped:")
                value = inner
        return self._object(value, schema, "")

    def _value(self, value: Any, schema: dict[str, Any], place: str) -> Any:
        types = _types(schema)
        if isinstance(value, str):
            return self._text(value, schema, place)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise Unusable("a number that is not finite")
            if "integer" in types and "number" not in types and value.is_integer():
                value = self._mend("integer", place, int(value))
            elif value == 0 and math.copysign(1, value) < 0:
                value = self._mend("zero", place, 0.0)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_INTEGER:
            raise Unusable("a number that is too large")
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = self._clamped(value, schema, place)
        if "array" in types and value is not None and not isinstance(value, list) and not _fits(value, types):
            value = self._mend("list", place, [value])
        if isinstance(value, list):
            items = schema.get("items", {})
            return [self._value(item, items if isinstance(items, dict) else {}, f"{place}[]") for item in value]
        if isinstance(value, dict):
            return self._object(value, schema, place)
        return value

    def _object(self, value: dict[str, Any], schema: dict[str, Any], place: str) -> dict[str, Any]:
        properties: dict[str, Any] = schema.get("properties", {})
        needed = schema.get("required", ())
        normal: dict[str, Any] = {}
        for written, item in value.items():
            key = self._key(written, value, properties, place)
            below = f"{place}.{key}".lstrip(".")
            inner = properties.get(key)
            if key not in needed and _absent(item, inner):
                self.mended.append(f"{'null' if item is None else 'absent'}:{below}")
                continue
            normal[key] = self._value(
                item, inner if isinstance(inner, dict) else {}, below if key in properties else "?"
            )
        for key, inner in properties.items():
            if key not in normal and isinstance(inner, dict) and _has_default(inner):
                normal[key] = self._mend("default", f"{place}.{key}".lstrip("."), inner["default"])
        return normal

    def _key(self, written: str, given: dict[str, Any], properties: dict[str, Any], place: str) -> str:
        """The name of the field that is meant: letter case and separators aside. Look-alikes from elsewhere are none."""
        if written in properties or not written.isascii():
            return written
        meant = [name for name in properties if _folded(name) == _folded(written)]
        if len(meant) != 1 or sum(_folded(key) == _folded(written) for key in given) > 1:
            return written
        return str(self._mend("key", f"{place}.{meant[0]}".lstrip("."), meant[0]))

    def _text(self, value: str, schema: dict[str, Any], place: str) -> Any:
        if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
            raise Unusable("half a character")
        if schema.get("x-verbatim") is True:
            return value
        text = unicodedata.normalize("NFC", _CONTROLS.sub("", value)).strip()
        if text != value:
            self.mended.append(f"trimmed:{place}")
        types = _types(schema)
        if isinstance(options := schema.get("enum"), list):
            return self._option(text, options, schema.get("x-synonyms", {}), place)
        if types & {"integer", "number"} and "string" not in types and (number := _number(text)) is not None:
            return self._value(self._mend("number", place, number), schema, place)
        if "boolean" in types and "string" not in types and text.casefold() in _TRUTHS:
            return self._mend("boolean", place, _TRUTHS[text.casefold()])
        if types == {"array"} and text:
            items = schema.get("items", {})
            item = self._value(text, items if isinstance(items, dict) else {}, f"{place}[]")
            return self._mend("list", place, [item])
        if _is_date(schema) and (date := _date(text)) and date != text:
            return self._mend("date", place, date)
        return text

    def _option(self, text: str, options: list[Any], synonyms: dict[str, list[str]], place: str) -> Any:
        """The member of an enum that is meant: its case and separators aside, or one of its synonyms."""
        if text in options:
            return text
        known = {option: [option, *synonyms.get(option, ())] for option in options if isinstance(option, str)}
        meant = [option for option, names in known.items() if _folded(text) in map(_folded, names)]
        if len(meant) == 1:
            return self._mend("enum", place, meant[0])
        number = _number(text)
        if number is not None and number in options and not any(isinstance(option, str) for option in options):
            return self._mend("number", place, number)
        return text

    def _clamped(self, value: float, schema: dict[str, Any], place: str) -> float:
        """Into its range where the schema says so (``x-clamp``); elsewhere a value out of range is refused."""
        if schema.get("x-clamp") is not True:
            return value
        least, most = schema.get("minimum", value), schema.get("maximum", value)
        inside: float = min(max(value, least), most)
        if inside == value:
            return value
        self.mended.append(f"clamped:{place}")
        return inside

    def _mend(self, rule: str, place: str, value: Any) -> Any:
        self.mended.append(f"{rule}:{place}")
        return value


def _types(schema: dict[str, Any]) -> set[str]:
    named = schema.get("type")
    return {named} if isinstance(named, str) else set(named or ())


def _absent(value: Any, schema: Any) -> bool:
    """Whether it says that a field is left out: null where that is no value, or a default that is none."""
    if value is None:
        return schema is not None and not _may_be_null(schema)
    return isinstance(schema, dict) and idle_default(schema) and value == schema["default"]


def idle_default(schema: dict[str, Any]) -> bool:
    """Whether the default is none of the field's own values: it says that there is none."""
    options = schema.get("enum")
    return "default" in schema and isinstance(options, list) and schema["default"] not in options


def _may_be_null(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return bool(schema)
    if types := _types(schema):
        return "null" in types
    if "enum" in schema or "const" in schema:
        return None in schema.get("enum", [schema.get("const")])
    return all(any(map(_may_be_null, schema[key])) for key in ("anyOf", "oneOf") if key in schema)


def _has_default(schema: dict[str, Any]) -> bool:
    """Null is none where null cannot be: it says that there is no default."""
    if "default" not in schema or (schema["default"] is not None and idle_default(schema)):
        return False
    return schema["default"] is not None or "null" in _types(schema) or not _types(schema)


def _fits(value: Any, types: set[str]) -> bool:
    kinds = {
        bool: {"boolean"},
        int: {"integer", "number"},
        float: {"number"},
        str: {"string"},
        dict: {"object"},
        list: {"array"},
    }
    return bool(kinds.get(type(value), set()) & types)


def _folded(text: str) -> str:
    return _SEPARATORS.sub("", text).casefold()


def _number(text: str) -> int | float | None:
    """The one number this can mean."""
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _GROUPED_BY_POINTS.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    if not _PLAIN.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else number


def _is_date(schema: dict[str, Any]) -> bool:
    return schema.get("format") == "date" or _DATE_PATTERN in str(schema.get("pattern", ""))


def _date(text: str) -> str | None:
    """Year-month-day, where the whole text is one date that can be read in one way."""
    found = dates(text)
    if len(found) != 1 or found[0].text != text or len(found[0].readings) != 1:
        return None
    (year, month, day), *_ = found[0].readings
    return f"{year:04}-{month:02}-{day:02}" if year and month and day else None
