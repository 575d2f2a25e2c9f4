"""A folder of sealed, content-addressed, write-once files. Blocks; ``artifacts.py`` calls it off the loop."""

from __future__ import annotations

import contextlib
import hmac
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.kernel.paths import private_folder
from app.vault.connection import explained
from app.vault.files import open_new, sync_file, synced
from app.vault.stream import Broken, Sealing, opened
from app.vault.subkeys import ARTIFACT_KEY, ARTIFACT_NAME, subkey

NAME = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """Files under ``folder``, two levels deep, sealed under sub-keys of ``master``."""

    def __init__(self, folder: Path, master: bytes) -> None:
        self._folder = folder
        self._partial = folder / "partial"
        self._naming = subkey(master, ARTIFACT_NAME)
        self._sealing = subkey(master, ARTIFACT_KEY)

    def write(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Seal ``chunks``; returns the name and the length. The same bytes get the same name and one file.

        Raises:
            Known: ``carrel.disk.full``; nothing is left behind.
        """
        private_folder(self._partial)
        partial = self._partial / new_id()
        naming = hmac.new(self._naming, digestmod="sha256")
        try:
            with explained(self._folder):
                with open_new(partial) as file:
                    sealing = Sealing(file)
                    for chunk in chunks:
                        naming.update(chunk)
                        sealing.write(chunk)
                    length = sealing.finish(self._sealing, naming.digest())
                    sync_file(file)
                self._publish(partial, self.path(naming.hexdigest()))
        finally:
            partial.unlink(missing_ok=True)
        return naming.hexdigest(), length

    def read(self, name: str) -> Iterator[bytes]:
        """The plaintext of ``name``, a chunk at a time; each has been checked.

        Raises:
            Known: ``carrel.artifact.none`` or ``carrel.artifact.damaged``.
        """
        with self._open(name) as file, explained(self._folder):
            try:
                yield from opened(file, self._sealing, bytes.fromhex(name))
            except Broken as error:
                raise Known(
                    "carrel.artifact.damaged",
                    f"A sealed file is damaged: {error}.",
                    "Make it again from its document, or put it back from a backup.",
                ) from error

    def delete(self, name: str) -> None:
        """Remove the file; it is no error if it is gone."""
        self.path(name).unlink(missing_ok=True)

    def names(self) -> set[str]:
        """Of every file that is here."""
        return {path.name for path in self._folder.glob("??/??/*") if NAME.fullmatch(path.name)}

    def sweep(self) -> None:
        """Remove what interrupted writes left."""
        for path in self._partial.glob("*"):
            path.unlink()

    def path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError("not the name of an artifact")
        return self._folder / name[:2] / name[2:4] / name

    def _publish(self, partial: Path, final: Path) -> None:
        for folder in (final.parent.parent, final.parent):
            if not folder.is_dir():
                private_folder(folder)
                synced(folder.parent)
        partial.replace(final)
        synced(final.parent)

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            file = self.path(name).open("rb")
        except FileNotFoundError:
            raise Known(
                "carrel.artifact.none", "A sealed file is not there any more.", "Make it again from its document."
            ) from None
        with file:
            yield file
