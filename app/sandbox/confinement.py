"""What one kind of child is given. Everything not named here it does not have."""

from __future__ import annotations

from pathlib import Path

from app.domain.base import Frozen
from app.domain.policy import Guarantee, Limits

ESSENTIAL = frozenset(Guarantee) - {Guarantee.FILE_NAMES_HIDDEN}
"""What every child needs that nobody says otherwise of."""

MOST_THREADS = 1024
"""Of one child: what all children share is the number of processes of the machine."""
MOST_FILES = 20_000
"""In a child's private folder, however small they are."""


class Confinement(Frozen):
    """The grant of one child.

    Attributes:
        role: for messages and the log: ``reader``, ``tool``, ``engine``, ``embedder``, ``index``.
        worker: dotted name of the module whose ``main(wire)`` runs after the locks; it may import only the standard
            library, ``app.sandbox.wire`` and the libraries it is for.
        read: files and folders of the host it can read, at their own paths.
        write: folders of the host it can write to (the index child's private folder).
        packages: whether installed packages are importable.
        environment: the whole environment beside what the launcher itself needs.
        needs: what must be guaranteed; where this machine's tier cannot, the child is refused.
        preload: modules the worker will import. Children without grants that name the same ones are forked from one
            process that has them imported already, where the tier has such a thing; elsewhere they start cold, with
            the same locks. Only trusted code: what is named here is imported before the filter is loaded. The worker
            itself may be named too.
    """

    role: str
    worker: str
    limits: Limits = Limits()
    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()
    packages: bool = True
    environment: dict[str, str] = {}
    needs: frozenset[Guarantee] = ESSENTIAL
    preload: tuple[str, ...] = ()
