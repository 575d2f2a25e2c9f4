"""What the end of a process, or its failure to come up, means."""

from __future__ import annotations

from app.domain.policy import Reason
from app.sandbox.ending import Exited, JobFailed, refused
from app.sandbox.entry import EXIT_MEMORY
from app.sandbox.ward import Ward

DOCTOR = "Run carrel doctor; it says which part of the system is missing."
SIGXCPU, SIGXFSZ = 24, 25


def exited(ward: Ward) -> Exited:
    """How a buried ward ended."""
    code, reason = ward.code, ward.reason
    if reason is None and code:
        over = ward.limits.cpu_seconds and ward.cpu_seconds >= ward.limits.cpu_seconds
        reason = {-SIGXCPU: Reason.CPU, -SIGXFSZ: Reason.DISK, EXIT_MEMORY: Reason.MEMORY}.get(code, Reason.CRASHED)
        if over and code == -9:
            reason = Reason.CPU
    return Exited(code, reason, ward.errors.text(), ward.output.text(), ward.peak)


def no_process(error: OSError) -> JobFailed:
    return refused("spawn", f"No process could be started ({error.strerror}).", "Close some programs, then try again.")


def explain(failure: JobFailed) -> JobFailed:
    """Why a child did not come up, in a sentence; bubblewrap says its reasons on stderr."""
    if failure.code == "carrel.sandbox.landlock":
        return refused(
            "landlock",
            f"A confined program could not be kept from files ({failure.message}).",
            "Carrel needs Linux 6.2 or later with Landlock switched on; run carrel doctor.",
        )
    if failure.code == "carrel.sandbox.lock":
        return refused("lock", f"A confined program could not be locked in ({failure.message}).", DOCTOR)
    said = failure.stderr.strip()
    if not said.startswith("bwrap:"):
        return failure
    if "nknown option" in said:
        return refused("bubblewrap", "The installed bubblewrap is too old.", "Update it to version 0.8 or later.")
    return refused(
        "namespaces",
        f"This system does not let bubblewrap confine a program ({said.removeprefix('bwrap:').strip()[:200]}).",
        "Install Carrel's package, which brings the permission bubblewrap needs, or ask your administrator.",
    )
