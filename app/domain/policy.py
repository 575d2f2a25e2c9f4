"""Limits of a child and the guarantees a sandbox gives. Pure values; enforcement is in ``app.sandbox``."""

from __future__ import annotations

from enum import StrEnum

from app.domain.base import Frozen

MIB = 2**20
GIB = 2**30


class Limits(Frozen):
    """Ceilings of one child.

    Attributes:
        resident_bytes: sampled from the parent; above it the child is killed with reason ``memory``.
        address_space_bytes: RLIMIT_AS, a loose backstop (it counts mapped files and stacks); 0 leaves it alone.
        cpu_seconds: RLIMIT_CPU; 0 leaves it alone (long-lived children).
        wall_seconds: for one request; 0 is unlimited.
        file_bytes: RLIMIT_FSIZE, the largest file it may write.
        scratch_bytes: size of its private folder in RAM.
        output_bytes: sum of all frames it may send for one request.
    """

    resident_bytes: int = 512 * MIB
    address_space_bytes: int = 1 * GIB
    cpu_seconds: int = 30
    wall_seconds: float = 30.0
    file_bytes: int = 64 * MIB
    scratch_bytes: int = 64 * MIB
    output_bytes: int = 64 * MIB
    open_files: int = 64


class Reason(StrEnum):
    """Why a job did not end well."""

    REFUSED = "refused"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CPU = "cpu"
    OUTPUT_LIMIT = "output_limit"
    DISK = "disk"
    CRASHED = "crashed"
    PROTOCOL = "protocol"
    CANCELLED = "cancelled"


class Tier(StrEnum):
    """How a child is confined on this machine."""

    BUBBLEWRAP_LAUNCHER = "bubblewrap+launcher"
    LAUNCHER = "launcher"
    BUBBLEWRAP_SECCOMP = "bubblewrap+seccomp"
    SEATBELT = "seatbelt"
    APPCONTAINER = "appcontainer"
    NONE = "none"


class Guarantee(StrEnum):
    NO_NETWORK = "no_network"
    NO_HOST_FILES = "no_host_files"
    FILE_NAMES_HIDDEN = "file_names_hidden"
    NO_EXEC = "no_exec"
    NO_PROCESSES = "no_processes"
    MEMORY_CAPPED = "memory_capped"
