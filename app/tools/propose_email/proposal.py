"""Propose an e-mail: a draft that mail programs open for sending (``X-Unsent``). Carrel itself sends nothing.

Headers and text are UTF-8 (RFC 6532), so that the person reads in the proposal what will be written. ``From`` and ``Date``
are for the program that sends it: RFC 5322 dates a message by when it was ready to go.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.tools.unworkable import Unworkable

if TYPE_CHECKING:
    from app.tools.means import Means


LONGEST_LINE = 998
"""Bytes, by RFC 5322."""
MOST_OF_A_CHARACTER = 4


async def run(arguments: dict[str, Any], means: Means) -> dict[str, Any]:
    """``{"proposal" id, "file", "folder", "to", "subject"}``."""
    made = await means.actions.propose(
        means.grant, "save_email", file_name(arguments["subject"]), draft(arguments), arguments["folder"]
    )
    return {
        "proposal": made.id,
        "file": made.placement.name,
        "folder": Path(made.placement.folder).name,
        "to": arguments["to"],
        "subject": arguments["subject"],
        "next": "save_email with this proposal; the person is asked.",
    }


def draft(arguments: dict[str, Any]) -> str:
    """The message as it is saved.

    Raises:
        Unworkable: an address or a subject that no header can hold.
    """
    message = EmailMessage(policy=SMTP.clone(cte_type="8bit", utf8=True))
    try:
        message["To"] = ", ".join(arguments["to"])
        if arguments["copy_to"]:
            message["Cc"] = ", ".join(arguments["copy_to"])
        message["Subject"] = arguments["subject"]
        message["X-Unsent"] = "1"
        message.set_content(_lines(arguments["body"]), charset="utf-8", cte="8bit")
        return message.as_bytes().decode()
    except (ValueError, IndexError, UnicodeError):
        raise Unworkable("The addresses or the subject cannot stand in an e-mail.") from None


def _lines(body: str) -> str:
    """``body`` in lines that a message may hold; only what is longer is broken, between words where there are any."""
    lines: list[str] = []
    for line in body.rstrip().splitlines():
        short = len(line.encode()) <= LONGEST_LINE
        lines += [line] if short else textwrap.wrap(line, LONGEST_LINE // MOST_OF_A_CHARACTER, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def file_name(subject: str) -> str:
    """``Notice of termination`` becomes ``notice-of-termination.eml``."""
    plain = unicodedata.normalize("NFKC", subject).casefold()
    return (re.sub(r"[^\w]+", "-", plain).strip("-_")[:60] or "e-mail") + ".eml"
