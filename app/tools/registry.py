"""The tools that are there: shipped folders below this one, and those a person installed. Each manifest was checked."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from app.domain.tool import ToolKind
from app.kernel.errors import Bug, Known
from app.tools.likeness import likeness
from app.tools.manifest import MANIFEST, Manifest, read_manifest

if TYPE_CHECKING:
    from app.domain.messages import Scope
    from app.domain.tool import ToolSpec
    from app.tools.folder import ToolFolder


class Registry:
    """Tools by name. Only installed ones come and go."""

    def __init__(self, manifests: tuple[Manifest, ...]) -> None:
        self._manifests: dict[str, Manifest] = {manifest.name: manifest for manifest in manifests}
        self._installed: dict[str, ToolFolder] = {}
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
        return tuple(self.spec(name) for name in sorted(self._manifests))

    def spec(self, name: str) -> ToolSpec:
        """One tool.

        Raises:
            Known: ``carrel.tool.unknown``.
        """
        return self._installed[name].spec if name in self._installed else self.manifest(name).spec

    def manifest(self, name: str) -> Manifest:
        """The manifest of one tool; raises as ``spec``."""
        if name not in self._manifests:
            raise Known(
                "carrel.tool.unknown", "There is no such tool.", "Run carrel tools list to see which there are."
            )
        return self._manifests[name]

    def add(self, tool: ToolFolder) -> None:
        """Let an installed tool be called.

        Raises:
            Known: ``carrel.tool.name_taken``: by its name or title it could be taken for another one.
        """
        name, taken = tool.manifest.name, {likeness(word) for one in self._manifests.values() for word in _called(one)}
        if not taken.isdisjoint(map(likeness, _called(tool.manifest))):
            raise Known(
                "carrel.tool.name_taken",
                f"There is a tool that is called {name} or “{tool.manifest.title}”, or nearly so.",
                "Remove that one first, or give this one another name and title in its manifest.",
            )
        self._manifests[name], self._installed[name] = tool.manifest, tool

    def remove(self, name: str) -> None:
        """Take an installed tool out; calls of it are refused from now on."""
        del self._installed[name], self._manifests[name]

    def sources(self, name: str) -> tuple[tuple[str, str], ...]:
        """The code of an installed tool, by module; a shipped one lies in the program."""
        return self._installed[name].sources if name in self._installed else ()

    def in_scope(self, scope: Scope) -> tuple[ToolSpec, ...]:
        """The tools a conversation may call: those it names, of these only what its documents and folders allow.

        What makes something comes last: without it, the prompt up to there stays as it was and is not read again.
        """
        lacking = {
            *(() if scope.documents and scope.collections else ("documents",)),
            *(() if scope.folders else ("folders",)),
        }
        return tuple(
            spec
            for spec in sorted(self.specs, key=lambda spec: self._makes(spec.name))
            if spec.name in scope.tools and lacking.isdisjoint(self._manifests[spec.name].capabilities)
        )

    def _makes(self, name: str) -> bool:
        manifest = self._manifests[name]
        return bool(manifest.executes) or manifest.kind is ToolKind.ACTION


def _called(manifest: Manifest) -> tuple[str, str]:
    return manifest.name, manifest.title
