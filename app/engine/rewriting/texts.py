"""Formats that the grammar compiler does not know, as patterns.

None lets a text pass that is not of the format; some leave out what is rare: addresses in brackets in a reference,
operators of URI templates that have no meaning yet, domains that are not ASCII in an address. What no pattern can
check (``regex``, ``idn-hostname``) or nobody has defined stays a format and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_HEX = "%[0-9A-Fa-f]{2}"
_ASCII = "A-Za-z0-9._~!$&'()*+,;="
_WIDE = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd"
_VARIABLE = rf"(?:[A-Za-z0-9_]|{_HEX})(?:\.?(?:[A-Za-z0-9_]|{_HEX}))*(?::[1-9][0-9]{{0,3}}|\*)?"
_POINTER = "(?:/(?:[^~/]|~[01])*)*"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"


def _relative(letters: str) -> str:
    """A reference without a scheme (RFC 3986, 4.2), of these letters."""
    one = f"(?:[{letters}:@-]|{_HEX})"
    first = f"(?:[{letters}@-]|{_HEX})+"  # no colon: it would be a scheme
    rest = f"(?:/{one}*)*"
    host = f"//(?:(?:[{letters}:-]|{_HEX})*@)?(?:[{letters}-]|{_HEX})*(?::[0-9]*)?{rest}"
    return rf"^(?:{host}|/(?:{one}+{rest})?|{first}{rest}|)(?:\?(?:{one}|[/?])*)?(?:#(?:{one}|[/?])*)?$"


def _absolute(letters: str) -> str:
    """An identifier with a scheme."""
    one = f"(?:[{letters}:@-]|{_HEX})"
    rest = f"(?:/{one}*)*"
    host = f"//(?:(?:[{letters}:-]|{_HEX})*@)?(?:[{letters}-]|{_HEX})*(?::[0-9]*)?{rest}"
    tail = rf"(?:\?(?:{one}|[/?])*)?(?:#(?:{one}|[/?])*)?"
    return rf"^[A-Za-z][A-Za-z0-9+.-]*:(?:{host}|/(?:{one}+{rest})?|{one}+{rest}|){tail}$"


_PATTERNS = {
    "byte": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",  # base64, as OpenAPI names it
    "json-pointer": f"^{_POINTER}$",
    "relative-json-pointer": f"^(?:0|[1-9][0-9]*)(?:#|{_POINTER})$",
    "iri": _absolute(_ASCII + _WIDE),
    "uri-template": rf"^(?:[!#$&()*+,./0-9:;=?@A-Z\[\]_a-z~{_WIDE}-]|{_HEX}|"
    rf"\{{[+#./;?&]?{_VARIABLE}(?:,{_VARIABLE})*\}})*$",
    "idn-email": rf"^[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~{_WIDE}-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~{_WIDE}-]+)*"
    rf"@{_DOMAIN}(?:\.{_DOMAIN})*$",
}
_REFERENCES = {
    "uri-reference": {"anyOf": [{"format": "uri"}, {"pattern": _relative(_ASCII)}]},
    "iri-reference": {"anyOf": [{"pattern": _PATTERNS["iri"]}, {"pattern": _relative(_ASCII + _WIDE)}]},
}
_LARGEST = 10**15 - 1  # as everywhere: what survives a double
_NUMBERS = {"int32": {"minimum": -(2**31), "maximum": 2**31 - 1}, "int64": {"minimum": -_LARGEST, "maximum": _LARGEST}}


def formatted(base: dict[str, Any]) -> Iterator[Any]:
    """``format``, where it can be said by other words."""
    name = base.get("format")
    if not isinstance(name, str):
        return
    named = base.get("type")
    types = {named} if isinstance(named, str) else set(named or ())
    part: Any = None
    if name in _PATTERNS:
        part = {"pattern": _PATTERNS[name]}
    elif name in _REFERENCES:
        part = _REFERENCES[name]
    elif name in _NUMBERS and types and types <= {"integer", "number", "null"}:
        part = _NUMBERS[name]
    if part is not None:
        del base["format"]
        yield part
