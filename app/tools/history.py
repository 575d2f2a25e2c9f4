"""Calls stored under an older version of their tool, brought to the present one, so that they still open.

Schemas only grow: a field that is new has a default and needs nothing here. What cannot be told by a default (a field
that took another's place) has an adapter from that version to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from app.tools.validation import Arguments, check_values

if TYPE_CHECKING:
    from app.domain.messages import ToolCall
    from app.domain.tool import ToolSpec

Adapter = Callable[[dict[str, Any]], dict[str, Any]]

ADAPTERS: Mapping[tuple[str, int], Adapter] = {}
"""By tool and the version they start from."""


def brought_up(
    call: ToolCall, spec: ToolSpec, adapters: Mapping[tuple[str, int], Adapter] = ADAPTERS
) -> ToolCall | None:
    """``call`` with arguments valid for ``spec``; None when it was refused, is newer, or cannot be brought there.

    For showing and for running again; what is stored stays as it was written.
    """
    if call.tool != spec.name or not 1 <= call.version <= spec.version or (call.error and not call.arguments):
        return None
    arguments = call.arguments
    for version in range(call.version, spec.version):
        if adapter := adapters.get((spec.name, version)):
            arguments = adapter(arguments)
    checked = check_values(spec, arguments)
    if not isinstance(checked, Arguments):
        return None
    return call.model_copy(update={"version": spec.version, "arguments": checked.values})
