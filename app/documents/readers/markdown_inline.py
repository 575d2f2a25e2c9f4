"""Inline Markdown to its words. Each pattern is bounded, so the time grows with the length and not with its square."""

from __future__ import annotations

import html
import re

_LINK = re.compile(r"!?\[([^\[\]]{0,1000})\]\([^()\n]{0,1000}\)")
_REFERENCE = re.compile(r"!?\[([^\[\]]{1,1000})\]\[[^\[\]]{0,200}\]")
_AUTOLINK = re.compile(r"<((?:https?|mailto)[^<>\s]{1,1000})>")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,500}>|<!--[^<>]{0,2000}-->")
_STRONG = re.compile(r"(\*\*|__|~~)(?=\S)([^*_~\n]{1,1000}?)(?<=\S)\1")
_STAR = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]{1,1000})(?<=[^\s\\])\*(?![\w*])")
_UNDERSCORE = re.compile(r"(?<![\w\\])_(?=[^\s_])([^_\n]{1,1000})(?<=[^\s\\])_(?!\w)")
_CODE = re.compile(r"(`{1,3})(?!`)([^`\n]{1,1000})\1(?!`)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_HELD = re.compile("\ue000(\\d{1,9})\ue001")


def bare(text: str) -> str:
    """The words a reader of the rendered page would see; code spans keep every character."""
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[2].strip())
        return f"\ue000{len(held) - 1}\ue001"

    text = _CODE.sub(hold, text.replace("\ue000", "").replace("\ue001", ""))
    text = _REFERENCE.sub(r"\1", _LINK.sub(r"\1", text))
    text = _LINK.sub(r"\1", text)
    text = _TAG.sub(" ", _AUTOLINK.sub(r"\1", text))
    for _ in range(2):
        text = _STRONG.sub(r"\2", text)
        text = _UNDERSCORE.sub(r"\1", _STAR.sub(r"\1", text))
    text = html.unescape(_ESCAPE.sub(r"\1", text)) if "&" in text or "\\" in text else text
    return _HELD.sub(lambda found: held[int(found[1])], text)
