"""Who said yes to what. Kept in memory only: nothing that was allowed yesterday is allowed today."""

from __future__ import annotations


class Consents:
    """A yes counts for one proposal, or for one tool in one conversation while nothing that others wrote is in the turn."""

    def __init__(self) -> None:
        self._given: set[tuple[str, str]] = set()
        self._standing: set[tuple[str, str]] = set()

    def give(self, conversation: str, proposal: str) -> None:
        """The person has seen what it does and said yes."""
        self._given.add((conversation, proposal))

    def let_stand(self, conversation: str, tool: str) -> None:
        """The person said: in this chat, without asking."""
        self._standing.add((conversation, tool))

    def standing(self, conversation: str) -> frozenset[str]:
        """The tools that may act in a conversation without being asked about."""
        return frozenset(tool for of, tool in self._standing if of == conversation)

    def take_back(self, conversation: str, tool: str = "") -> None:
        """Forget the standing yes to ``tool``, or every yes of a conversation: its scope was changed."""
        if tool:
            self._standing.discard((conversation, tool))
            return
        self._given = {given for given in self._given if given[0] != conversation}
        self._standing = {standing for standing in self._standing if standing[0] != conversation}

    def holds(self, conversation: str, tool: str, proposal: str, *, tainted: bool) -> bool:
        """Whether this action may run now."""
        return (conversation, proposal) in self._given or (not tainted and (conversation, tool) in self._standing)
