"""A drafted e-mail as a person reads one. What is not wholly understood is left to be shown as it would be written."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_string, policy

_SAID = ("To", "Cc", "Subject")
_SILENT = frozenset({"x-unsent", "content-type", "content-transfer-encoding", "mime-version"})
"""The same in every draft: how the text is written, and that mail programs may send it."""
_NAMES = {"Cc": "Copy to"}


@dataclass(frozen=True)
class Draft:
    """Attributes:
    facts: to whom, about what.
    """

    facts: tuple[tuple[str, str], ...]
    text: str


def draft(untrusted_message: str) -> Draft | None:
    """The parts of a message of one plain text; None if it holds anything else, which has to be seen too."""
    message = message_from_string(untrusted_message.replace("\r\n", "\n"), policy=policy.default)
    names = [name.lower() for name in message]
    known = _SILENT | {name.lower() for name in _SAID}
    plain = message.get_content_type() == "text/plain" and message.get("Content-Transfer-Encoding") == "8bit"
    if message.defects or not plain or len(names) != len(set(names)) or not set(names) <= known:
        return None
    facts = tuple((_NAMES.get(name, name), str(message[name])) for name in _SAID if name in message)
    return Draft(facts, str(message.get_payload()))
