"""What works on this machine and what is missing, each with its remedy. Reads only; unlocks nothing, changes nothing."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import shutil
import sys
from typing import TYPE_CHECKING, Any

import psutil

from app import __version__
from app.domain.policy import Tier
from app.kernel.errors import Known
from app.sandbox.check import check
from app.vault.keys import WrappedKey
from app.vault.lock import Holder, holder
from app.vault.vault import VaultState, key_words, keyring_report, state

if TYPE_CHECKING:
    from pathlib import Path

    from app.kernel.paths import Home

LEAST_MEMORY = 1_500_000_000
LEAST_DISK = 500_000_000
LIBRARIES = ("llama-cpp-python", "llguidance", "chromadb", "onnxruntime", "apsw-sqlite3mc", "pypdfium2", "cryptography")


def _row(name: str, *, ok: bool, says: str, hint: str = "", **facts: Any) -> dict[str, Any]:
    return {"name": name, "ok": ok, "says": says, "hint": "" if ok else hint, **facts}


async def examine(home: Home) -> dict[str, Any]:
    """The whole report: ``{"ok", "checks": [{"name", "ok", "says", "hint", …}]}``; ok only if nothing needed is missing."""
    checks = [
        await _sandbox(),
        *await asyncio.to_thread(_local, home),
        _row("network", ok=True, says="none; only `carrel models get` ever connects, after asking"),
        _row("versions", ok=True, says=_versions(), carrel=__version__),
    ]
    return {"ok": all(row["ok"] for row in checks), "checks": checks}


async def _sandbox() -> dict[str, Any]:
    try:
        found = await check()
    except Known as error:
        return _row("sandbox", ok=False, says=error.message, hint=error.hint, tier=Tier.NONE)
    return _row(
        "sandbox",
        ok=found.tier is not Tier.NONE,
        says=f"{found.tier}: {'; '.join(found.guarantees) or found.reason}",
        hint=found.hint,
        tier=found.tier,
        guarantees=list(found.guarantees),
    )


def _local(home: Home) -> list[dict[str, Any]]:
    held = _holder(home)
    at = state(home)
    models = sorted(home.models.glob("*.gguf")) if home.models.is_dir() else []
    memory, disk = psutil.virtual_memory(), shutil.disk_usage(_existing(home.root))
    return [
        _row(
            "home",
            ok=True,
            says=f"{home.root}" + (f", in use by process {held.pid}" if held else ""),
            path=str(home.root),
            vault=at.value,
        ),
        _key(home, at),
        _row(
            "models",
            ok=bool(models),
            says=f"{len(models)} admitted",
            hint="Add one: carrel models add FILE, or carrel models get qwen2.5-coder-0.5b",
        ),
        _row(
            "index",
            ok=True,
            says="in carrel.db, encrypted" if home.database.exists() else "nothing read yet",
        ),
        _row(
            "memory",
            ok=memory.available >= LEAST_MEMORY,
            says=f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free",
            hint="Close other programs; a small model needs about 1.5 GB.",
            free=memory.available,
        ),
        _row(
            "disk",
            ok=disk.free >= LEAST_DISK,
            says=f"{disk.free / 1e9:.1f} GB free",
            hint="Free at least 500 MB on that disk.",
            free=disk.free,
        ),
    ]


def _holder(home: Home) -> Holder | None:
    """Who has it open, as far as this person may know."""
    try:
        return holder(home)
    except OSError:
        return None


def _key(home: Home, at: VaultState) -> dict[str, Any]:
    """Where the key lies, or could lie, and whether it is there; the key itself is not touched."""
    if at is VaultState.LOCKED and key_words(home) == WrappedKey.words:
        there = home.wrapped_key.exists()
        return _row(
            "key",
            ok=there,
            says=WrappedKey.words if there else "The file that holds the wrapped key of this vault is missing.",
            hint="Put key.wrapped back from a backup of the home.",
        )
    keyring = keyring_report()
    hint = "Start a keyring service" + ("." if at is VaultState.LOCKED else ", or use --passphrase-file FILE.")
    return _row("key", ok=keyring.acceptable, says=keyring.says, hint=hint)


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _versions() -> str:
    names = [f"{name} {_version(name)}" for name in LIBRARIES]
    return (
        f"carrel {__version__}, Python {sys.version.split()[0]}, {platform.system()} {platform.release()}, "
        + ", ".join(names)
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(bundled)"
