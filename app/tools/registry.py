"""The tools that are there: shipped folders below this one, each with a manifest that was checked."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from app.kernel.errors import Bug, Known
from app.tools.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    from app.domain.messages import Scope
    from app.domain.tool import ToolSpec

SHIPPED = ("calculate", "search_documents")


class Registry:
    """Tools by name. Built once; nothing is added while the program runs."""

    def __init__(self, manifests: tuple[Manifest, ...]) -> None:
        self._manifests = {manifest.name: manifest for manifest in manifests}
        if len(self._manifests) != len(manifests):
            raise Bug("two tools with one name")

    @classmethod
    def shipped(cls) -> Registry:
        """The tools that come with Carrel."""
        folder = resources.files("app.tools")
        return cls(tuple(read_manifest((folder / name / "manifest.json").read_text("utf-8")) for name in SHIPPED))

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """All of them, by name."""
        return tuple(manifest.spec for _, manifest in sorted(self._manifests.items()))

    def spec(self, name: str) -> ToolSpec:
        """One tool.

        Raises:
            Known: ``carrel.tool.unknown``.
        """
        return self.manifest(name).spec

    def manifest(self, name: str) -> Manifest:
        """The manifest of one tool; raises as ``spec``."""
        if name not in self._manifests:
            raise Known(
                "carrel.tool.unknown", "There is no such tool.", "Run carrel tools list to see which there are."
            )
        return self._manifests[name]

    def in_scope(self, scope: Scope) -> tuple[ToolSpec, ...]:
        """The tools a conversation may call: those it names, and of these only what its documents allow."""
        return tuple(
            spec
            for spec in self.specs
            if spec.name in scope.tools
            and ("documents" not in self._manifests[spec.name].capabilities or (scope.documents and scope.collections))
        )
