"""What a child is made of: the command that starts it and the folders of the host that command needs, read-only."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

ENTRY = Path(__file__).with_name("entry.py")
CHILD_NAME = "carrel-child"
SYSTEM_LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")
LOADER_CACHE = Path("/etc/ld.so.cache")


@dataclass(frozen=True)
class Runtime:
    """A way to start a child.

    Attributes:
        command: what to execute; the plan's descriptor is appended.
        folders: what it reads of the host, at its own paths.
        links: symbolic links to make again inside, as (target, path): ``/lib64 -> usr/lib64`` where ``/usr`` is merged.
        packages: where installed packages lie; visible and importable only to children that ask for them.
    """

    command: tuple[str, ...]
    folders: tuple[Path, ...]
    links: tuple[tuple[str, str], ...]
    packages: tuple[Path, ...]


@cache
def find_runtime() -> Runtime:
    """The frozen bundle's child, else this interpreter without its site packages."""
    libraries, links = _system_libraries()
    if getattr(sys, "frozen", False):
        bundle = Path(sys.executable).resolve().parent
        return Runtime((os.fspath(bundle / CHILD_NAME),), (*libraries, bundle), links, ())
    interpreter = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    paths = sysconfig.get_paths(vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix})
    prefix_library = Path(sys.base_prefix, "lib")
    library = (prefix_library,) if prefix_library not in libraries else ()
    return Runtime(
        (os.fspath(interpreter), "-I", "-S", "-B", "-X", "utf8", os.fspath(ENTRY)),
        _without_nested(
            (*libraries, *library, Path(paths["stdlib"]), Path(paths["platstdlib"]), interpreter, ENTRY.parents[1])
        ),
        links,
        _without_nested((*(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")), _ours())),
    )


def _ours() -> Path:
    """Where this program's own packages were found."""
    return Path(psutil.__file__).parents[1]


def _system_libraries() -> tuple[tuple[Path, ...], tuple[tuple[str, str], ...]]:
    folders: list[Path] = []
    links: list[tuple[str, str]] = []
    for name in SYSTEM_LIBRARIES:
        path = Path(name)
        if path.is_symlink():
            links.append((os.fspath(path.readlink()), name))
        elif path.is_dir():
            folders.append(path)
    if LOADER_CACHE.exists():
        folders.append(LOADER_CACHE)
    return tuple(folders), tuple(links)


def _without_nested(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Each existing path once, and none that lies below another."""
    return tuple(
        path
        for number, path in enumerate(paths)
        if path.exists() and path not in paths[:number] and not any(other in path.parents for other in paths)
    )
