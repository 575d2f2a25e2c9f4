"""Tools as services use them: what is installed, and one call under the rules of a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.tool import ToolError, ToolOutcome, ToolSpec
from app.tools.validation import check_arguments

if TYPE_CHECKING:
    from app.chat.citations import Found
    from app.domain.documents import Passage
    from app.domain.messages import Scope, ToolCall
    from app.services.retrieval import Retrieval
    from app.tools.registry import Registry
    from app.tools.runtime import ToolRuntime


class Toolbox:
    def __init__(self, registry: Registry, runtime: ToolRuntime, retrieval: Retrieval) -> None:
        self._registry = registry
        self._runtime = runtime
        self._retrieval = retrieval

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        return self._registry.specs

    def spec(self, name: str) -> ToolSpec:
        """Raises ``carrel.tool.unknown``."""
        return self._registry.spec(name)

    def in_scope(self, scope: Scope) -> tuple[ToolSpec, ...]:
        return self._registry.in_scope(scope)

    async def call(
        self, spec: ToolSpec, call: ToolCall, collections: tuple[str, ...]
    ) -> tuple[ToolOutcome, tuple[Found, ...]]:
        """One call of a turn; passages that a search brought come back whole, so that they can be quoted."""
        brought: list[Found] = []

        async def search(query: str, most: int) -> tuple[Passage, ...]:
            brought.extend(await self._retrieval.found(query, collections, most))
            return tuple(found.passage for found in brought)

        outcome = await self._runtime.run(spec, call.arguments, search=search)
        return outcome, tuple(brought)

    async def run(self, name: str, untrusted_arguments: str, collections: tuple[str, ...]) -> ToolOutcome:
        """One call outside a turn. Raises ``carrel.tool.unknown``; every other failure is in the outcome."""
        spec = self.spec(name)
        arguments = check_arguments(spec, untrusted_arguments)
        if isinstance(arguments, ToolError):
            return ToolOutcome(error=arguments)

        async def search(query: str, most: int) -> tuple[Passage, ...]:
            return tuple(found.passage for found in await self._retrieval.found(query, collections, most))

        return await self._runtime.run(spec, arguments.values, search=search)
