"""What a person can do after a call that failed: hints of a tool are written for the model that called it."""

from __future__ import annotations

from typing import Literal

from app.domain.tool import ErrorType, ToolError

Place = Literal["tools", "scope"]
BUTTONS: dict[Place, str] = {"tools": "Open Tools", "scope": "Choose for this chat…"}
_TOOL = "carrel.tool"
_AGAIN = "Ask for it again."
_OF_CODE: dict[str, tuple[str, Place | None]] = {
    f"{_TOOL}.halted": ("Let tools run again under Tools.", "tools"),
    f"{_TOOL}.off": ("Switch it on under Tools.", "tools"),
    f"{_TOOL}.unknown": ("Install it again under Tools, or ask in other words.", "tools"),
    f"{_TOOL}.scope": ("Choose it for this chat, and the documents or folders it works on.", "scope"),
    f"{_TOOL}.folder": ("Attach the folder to this chat, or name another one.", None),
    f"{_TOOL}.loop": ("If the answer does not help, ask in other words.", None),
    f"{_TOOL}.limit": ("Ask for less at once.", None),
    f"{_TOOL}.turn_time": ("Ask for less at once.", None),
    f"{_TOOL}.proposal": (_AGAIN, None),
    f"{_TOOL}.proposal_old": (_AGAIN, None),
    f"{_TOOL}.proposal_over": (_AGAIN, None),
    f"{_TOOL}.broken": ("Ask again; if it happens again, run carrel doctor.", None),
    f"{_TOOL}.denied": ("Ask again if you want it after all.", None),
}


def remedy(error: ToolError) -> tuple[str, Place | None]:
    """What to do, and where; both can be empty when the person ended it."""
    if error.error_code in _OF_CODE:
        return _OF_CODE[error.error_code]
    match error.error_type:
        case ErrorType.VALIDATION:
            return "Ask again, or in other words.", None
        case ErrorType.CANCELLED:
            return "", None
        case _:
            return error.hints[0] if error.hints else "Ask again.", None
