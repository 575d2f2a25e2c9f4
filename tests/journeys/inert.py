"""What an answer shows in the window, looked through for anything that acts or reaches out."""

from __future__ import annotations

import re

from app.domain.messages import Answer
from app.ui.chats.answer_text import markup, pieces

INERT = "p strong em br code pre ul ol li h1 h2 h3 h4 h5 h6 blockquote hr table thead tbody tr th td"


def reaching_out(answer: Answer) -> list[str]:
    """Tags that are not plain text, and attributes that name an address or a script; nothing when all is inert."""
    shown = "".join(markup(piece.source) for piece in pieces(answer))
    found = [tag for tag in re.findall(r"<(\w+)", shown) if tag.lower() not in INERT.split()]
    return found + re.findall(r"<[^>]*\s(?:href|src|on\w+)\s*=", shown, re.IGNORECASE)
