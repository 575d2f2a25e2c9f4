"""The tools that are there: shipped folders below this one, each with a manifest that was checked."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from app.domain.tool import ToolKind
from app.kernel.errors import Bug, Known
from app.tools.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    from app.domain.messages import Scope
    from app.domain.tool import ToolSpec

MANIFEST = "manifest.json"


class Registry:
    """Tools by name. Built once; nothing is added while the program runs."""

    def __init__(self, manifests: tuple[Manifest, ...]) -> None:
        self._manifests = {manifest.name: manifest for manifest in manifests}
        if len(self._manifests) != len(manifests):
            raise Bug("two tools with one name")
        for manifest in manifests:
            if manifest.executes and self._manifests[manifest.executes].kind is not ToolKind.ACTION:
                raise Bug(f"{manifest.name} proposes what is no action")

    @classmethod
    def shipped(cls) -> Registry:
        """The tools that come with Carrel: every folder beside this module that has a manifest."""
        folders = sorted(resources.files("app.tools").iterdir(), key=lambda folder: folder.name)
        found = (folder / MANIFEST for folder in folders if folder.is_dir())
        return cls(tuple(read_manifest(file.read_text("utf-8")) for file in found if file.is_file()))

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
        """The tools a conversation may call: those it names, of these only what its documents and folders allow."""
        lacking = {
            *(() if scope.documents and scope.collections else ("documents",)),
            *(() if scope.folders else ("folders",)),
        }
        return tuple(
            spec
            for spec in self.specs
            if spec.name in scope.tools and lacking.isdisjoint(self._manifests[spec.name].capabilities)
        )
