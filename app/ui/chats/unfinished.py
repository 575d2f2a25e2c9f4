"""Arguments while they are written: what a JSON object that is cut anywhere says so far. It is shown, never run."""

from __future__ import annotations

import json
import re
from typing import Any

_HALF_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*(\\u[0-9a-fA-F]{0,3})$")
_CLOSE = {"{": "}", "[": "]"}


def so_far(untrusted_json: str) -> dict[str, Any]:
    """The whole fields and the beginning of the one that is being written; empty when nothing can be said yet."""
    text, open_ones, inside = untrusted_json, [], False
    escaped = False
    for sign in text:
        if inside:
            inside, escaped = sign != '"' or escaped, sign == "\\" and not escaped
        elif sign == '"':
            inside = True
        elif sign in _CLOSE:
            open_ones.append(_CLOSE[sign])
        elif sign in "}]" and open_ones:
            open_ones.pop()
    if inside:
        half = _HALF_ESCAPE.search(text)
        text = (text[:-1] if escaped else text[: half.start(1)] if half else text) + '"'
    end = "".join(reversed(open_ones))
    for attempt in (text, text + "null", text + ":null", text.rstrip().removesuffix(",")):
        try:
            value = json.loads(attempt + end, strict=False)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else {}
    return {}
