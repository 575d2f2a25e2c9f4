"""What each tier guarantees, and what a child has to show for it before it is given anything."""

from __future__ import annotations

from typing import Any

from app.domain.policy import Guarantee, Tier
from app.sandbox.canaries import FOR_FILES, HELD, HELD_FROM_OUTSIDE

HOLDS = {
    Tier.BUBBLEWRAP_LAUNCHER: frozenset(Guarantee),
    Tier.LAUNCHER: frozenset(Guarantee) - {Guarantee.FILE_NAMES_HIDDEN},
    Tier.BUBBLEWRAP_SECCOMP: frozenset(Guarantee),
    Tier.SEATBELT: frozenset(Guarantee) - {Guarantee.FILE_NAMES_HIDDEN},
    Tier.APPCONTAINER: frozenset(Guarantee) - {Guarantee.FILE_NAMES_HIDDEN},
    Tier.NONE: frozenset[Guarantee](),
}
LOCKS = {"descriptors", "parent_death", "not_root", "no_new_privileges", "limits", "not_dumpable"}
LANDLOCKED = (Tier.BUBBLEWRAP_LAUNCHER, Tier.LAUNCHER)
WRAPPED = (Tier.BUBBLEWRAP_LAUNCHER, Tier.BUBBLEWRAP_SECCOMP)
OUTSIDE = (Tier.SEATBELT, Tier.APPCONTAINER)
"""Other systems lock a child from outside, before its first instruction. Never tried by us: the canaries decide there."""
STRONGEST_FIRST = (Tier.BUBBLEWRAP_LAUNCHER, Tier.LAUNCHER, Tier.BUBBLEWRAP_SECCOMP)
"""The order in which tiers are tried. The second is for hosts without namespaces, the third for those without Landlock."""


def expected(tier: Tier, *, filtered: bool = True) -> dict[str, tuple[str, ...]]:
    """Canary → the answers that mean the lock holds in ``tier``; one that is not named here is not promised there."""
    if tier in OUTSIDE:
        return dict(HELD_FROM_OUTSIDE)
    wanted = dict(HELD) if filtered else {name: HELD[name] for name in FOR_FILES}
    if tier is Tier.LAUNCHER:
        del wanted["see_host_file"]
        wanted["privileges"] = ("none", "bounding")
    if tier is Tier.BUBBLEWRAP_SECCOMP:
        del wanted["ungranted_device"]
    return wanted


def loose(tier: Tier, ready: dict[str, Any], *, filtered: bool = True) -> list[str]:
    """Canaries that were answered wrongly and locks that were not taken; nothing if all is as it must be."""
    if tier in OUTSIDE:
        answers = ready.get("canaries", {})
        return sorted(name for name, good in expected(tier).items() if answers.get(name) not in good)
    answers, locks = ready.get("canaries", {}), set(ready.get("locks", ()))
    wanted = LOCKS | ({"seccomp"} if filtered else set()) | ({"landlock"} if tier in LANDLOCKED else set())
    wrong = [name for name, good in expected(tier, filtered=filtered).items() if answers.get(name) not in good]
    return [*sorted(wrong), *sorted(wanted - locks), *([] if ready.get("tier") == tier else ["tier"])]
