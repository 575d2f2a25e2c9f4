"""The folder of admitted files. A file is named by its SHA-256 and is read-only; no text from a file is in its name."""

from __future__ import annotations

import re
from pathlib import Path

from app.kernel.errors import Known
from app.kernel.log import logger
from app.models import staging
from app.models.records import FileMark, Record
from app.models.staging import Staged

log = logger(__name__)

ID = re.compile(r"[0-9a-f]{64}")


class Shelf:
    """Files below one folder. Every method blocks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, model: str) -> Path:
        """Where the file of ``model`` lies, whether or not it is there."""
        if not ID.fullmatch(model):
            raise ValueError("a model's id is a SHA-256")
        return self._folder / f"{model}.gguf"

    def place(self, staged: Staged) -> FileMark:
        """Move a judged file to its place."""
        target = self.path(staged.sha256)
        staging.discard(target)
        staged.path.replace(target)
        staging.sync_folder(self._folder)
        return FileMark.of(target)

    def discard(self, model: str) -> None:
        staging.discard(self.path(model))

    def same(self, record: Record) -> bool:
        """Whether the file looks as it did when it was last hashed: size, time and inode.

        Raises:
            Known: ``carrel.model.missing``.
        """
        try:
            return FileMark.of(self.path(record.id)) == record.mark
        except OSError as error:
            raise _missing(record) from error

    def prove(self, record: Record) -> FileMark:
        """Hash the whole file.

        Returns:
            What it looked like before it was hashed.

        Raises:
            Known: ``carrel.model.missing``, ``carrel.model.changed``.
        """
        path = self.path(record.id)
        try:
            seen = FileMark.of(path)
            found = staging.sha256_of(path)
        except OSError as error:
            raise _missing(record) from error
        if found != record.id:
            log.warning("changed on disk: %s", record.id[:12])
            raise Known(
                "carrel.model.changed",
                f"The file of {record.name} was changed after it was admitted; it was not loaded.",
                "Add the model again from its publisher, or remove it.",
            )
        return seen


def _missing(record: Record) -> Known:
    return Known(
        "carrel.model.missing",
        f"The file of {record.name} is not in the library folder.",
        "Add the model again from its publisher, or remove it.",
    )
