"""Where things lie. Every path Carrel writes to is below one home, except one private folder in RAM."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

PRIVATE = 0o700


def private_folder(path: Path) -> Path:
    """Make ``path`` if need be, readable by its owner only, and return it."""
    path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    return path


@dataclass(frozen=True)
class Home:
    """The folder that holds everything of one person: data, models, index, logs.

    Attributes:
        root: an absolute path; it need not exist yet.
    """

    root: Path

    @classmethod
    def find(cls, asked: Path | None = None) -> Home:
        """The home asked for, else ``CARREL_HOME``, else the platform's data folder."""
        chosen = asked or (Path(value) if (value := os.environ.get("CARREL_HOME")) else None)
        return cls((chosen or Path(platformdirs.user_data_dir("Carrel", appauthor=False))).expanduser().absolute())

    @property
    def database(self) -> Path:
        return self.root / "carrel.db"

    @property
    def artifacts(self) -> Path:
        return self.root / "artifacts"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def staging(self) -> Path:
        """Model files on their way in, not yet admitted."""
        return self.root / "staging"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def run(self) -> Path:
        """Short-lived files of this session; emptied at start."""
        return self.root / "run"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def wrapped_key(self) -> Path:
        """The master key wrapped by a passphrase, for use without a keyring."""
        return self.root / "key.wrapped"

    @property
    def memory(self) -> Path:
        """A private folder in RAM where there is one, else below ``run``. One per home and user."""
        name = "carrel-" + hashlib.sha256(f"{os.fspath(self.root)}\0{_user()}".encode()).hexdigest()[:16]
        shared = Path("/dev/shm")  # noqa: S108 - the folder made in it is 0700 and owner-checked by its user
        if sys.platform == "linux" and shared.is_dir() and os.access(shared, os.W_OK):
            return shared / name
        return self.run / name

    def prepare(self) -> None:
        """Create the folders, each private to its owner."""
        for folder in (self.root, self.artifacts, self.models, self.staging, self.logs, self.snapshots, self.run):
            private_folder(folder)


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")


def resources() -> Path:
    """The folder of shipped resources: beside ``app`` in a checkout, inside the bundle when frozen."""
    bundle: str | None = getattr(sys, "_MEIPASS", None)
    return (Path(bundle) if bundle else Path(__file__).resolve().parents[2]) / "resources"
