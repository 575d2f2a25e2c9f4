"""Whole sentences, in every script: what a quote may consist of.

A unit is a sentence, or a thing that stands for itself (a heading, list item, table row). Units never overlap, are
trimmed, stand in order, and leave out nothing but white space, so the text is its units and the gaps between them.
Where a full stop is doubtful the text is not cut: half a sentence can turn "need not be approved" around, a sentence
too many cannot. Thai, Lao and other scripts that write no full stop are one unit a line or paragraph.
"""

from __future__ import annotations

import re
import unicodedata

from app.domain.abbreviations import ANYWHERE, BEFORE_NUMBER, MONTHS, PERHAPS_LAST, STARTERS
from app.domain.documents import Span

# Marks that end a sentence whatever follows (Unicode Sentence_Terminal without the ambiguous Latin ones).
_HARD = "。！？｡︒︕︖﹒﹖﹗।॥؟۔؞؝܀܁܂։།༎።፧፨᙮᠃᠉᥄᥅᪨᪩᪪᪫᭚᭛᭞᭟᰻᰼᱾᱿‼‽⁇⁈⁉⸮꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫။၊។៕\u037e"
_SOFT = ".!?…．"
_CLOSERS = "\"'”’»›)]}」』】）》〉〞＂＇］｝"
_CLOSING_QUOTES = "”’」』"  # “你好吗？”他说。 is one sentence
_END = re.compile(f"([{re.escape(_HARD)}]|[{re.escape(_SOFT)}])[{re.escape(_HARD + _SOFT)}]*[{re.escape(_CLOSERS)}]*")
_ITEM = re.compile(
    r"\s*(?:[-*+•‣◦▪●○■□–—·]\s+|#{1,6}\s|>\s|\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlcIVXLC]{1,6})[.)]\s+)"
)
_MARKER = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlcIVXLC]{1,6})[.)]$")
_HEADING = re.compile(r"\s*#{1,6}\s")
_WORD_BEFORE = re.compile(r"[^\s(\[{\"'“‘«]+$")
_NEXT_WORD = re.compile(r"[\s\"'“‘«»(\[]*([^\s,;:.!?)\]\"'”’]+)")
_HYPHENS = "‐‑‒–—−﹣－"
_INITIALS = re.compile(r"(?:\w\.)+\w")
_SOLID = re.compile(r"\S")
_SHORT_LINE = 0.75  # a line that leaves more room than this, and could have held the next word, was broken on purpose


def sentences(text: str) -> tuple[Span, ...]:
    """The units of ``text``, in order."""
    return tuple(span for start, end in _paragraphs(text) for span in _split(text, start, end))


def sentence_texts(text: str) -> tuple[str, ...]:
    """The units of ``text`` as they stand in it."""
    return tuple(text[start:end] for start, end in sentences(text))


def locate(quote: str, source_text: str) -> Span | None:
    """Where ``quote`` stands in ``source_text`` as whole units, or None; white space and hyphens are folded."""
    return locate_among(quote, source_text, sentences(source_text))


def locate_among(quote: str, source_text: str, units: tuple[Span, ...]) -> Span | None:
    """As ``locate``, but only these units may be quoted (a passage may begin in the middle of one)."""
    wanted, _ = fold(quote)
    if not any(character.isalnum() for character in wanted):
        return None
    folded = [fold(source_text[start:end])[0] for start, end in units]
    for first, begin in enumerate(folded):
        if not begin or not wanted.startswith(begin):
            continue
        at = len(begin)
        last = first
        while at < len(wanted) and last + 1 < len(units):
            last += 1
            gap = 1 if wanted[at] == " " else 0
            if not wanted.startswith(folded[last], at + gap):
                break
            at += gap + len(folded[last])
        else:
            if at == len(wanted):
                return Span(units[first].start, units[last].end)
    return None


def fold(text: str) -> tuple[str, list[int]]:
    """``text`` with white space and hyphens made equal, and for each character left its offset in ``text``.

    Runs of white space become one space, none beside signs of scripts that write no spaces; soft hyphens, zero-width
    characters and a hyphen at the end of a line go; all dashes are one. Nothing else is folded: letters, case, digits
    and quotation marks must agree.
    """
    characters: list[str] = []
    origins: list[int] = []
    space = True
    for offset, character in enumerate(text):
        if character in "\u00ad\u200b\u200c\u2060\ufeff":
            continue
        if character.isspace():
            if not space and _breaks_word(text, offset, characters):
                characters.pop()
                origins.pop()
            elif not space and not _is_wide(characters[-1]):
                characters.append(" ")
                origins.append(offset)
            space = True
            continue
        if _is_wide(character) and characters and characters[-1] == " ":
            characters.pop()
            origins.pop()
        characters.append("-" if character in _HYPHENS else character)
        origins.append(offset)
        space = False
    if characters and characters[-1] == " ":
        characters.pop()
        origins.pop()
    return "".join(characters), origins


def _is_wide(character: str) -> bool:
    return character > "\u2e7f" and unicodedata.east_asian_width(character) in "WF"


def _breaks_word(text: str, offset: int, characters: list[str]) -> bool:
    """Whether the white space at ``offset`` stands after a hyphen that only breaks a word."""
    if len(characters) < 2 or characters[-1] != "-" or not characters[-2].isalpha():
        return False
    following = _SOLID.search(text, offset)
    return bool(following and following.group().islower())


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Runs of lines that are read on from one to the next."""
    lines: list[tuple[int, int]] = []
    start = 0
    for match in re.finditer(r"\r\n|[\n\r\v\f\x85\u2028\u2029]|\Z", text):
        lines.append((start, match.start()))
        start = match.end()
    runs: list[tuple[int, int]] = []
    open_run = False
    for index, (begin, end) in enumerate(lines):
        line = text[begin:end]
        if not line.strip():
            open_run = False
            continue
        if open_run and not _breaks(
            text[slice(*lines[index - 1])], line, text[slice(*lines[min(index + 1, len(lines) - 1)])]
        ):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((begin, end))
        open_run = True
    return runs


def _breaks(before: str, line: str, after: str) -> bool:
    """Whether a new unit begins with ``line`` though no blank line stands before it."""
    if _ITEM.match(line) or _HEADING.match(before) or _is_row(before) or _is_row(line):
        return True
    first = line.split(maxsplit=1)[0]
    if first[0].islower():
        return False
    width = max(len(before.strip()), len(line.strip()), len(after.strip()))
    return len(before.strip()) + 1 + len(first) < width * _SHORT_LINE


def _is_row(line: str) -> bool:
    return "\t" in line.strip() or line.count("|") >= 2 or " | " in line


def _split(text: str, start: int, end: int) -> list[Span]:
    """Sentences of one run of lines."""
    spans: list[Span] = []
    begin = _skip(text, start, end)
    if _is_row(text[start:end]) or _HEADING.match(text[start:end]):
        return _trimmed(text, begin, end)
    for match in _END.finditer(text, begin, end):
        if match.start() >= begin and _ends(text, begin, match, end):
            spans += _trimmed(text, begin, match.end())
            begin = _skip(text, match.end(), end)
    return spans + _trimmed(text, begin, end)


def _ends(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    after = match.end()
    if after >= end:
        return True
    if any(character in _HARD for character in match.group()):
        return text[after].isspace() or match.group()[-1] not in _CLOSING_QUOTES
    if not text[after].isspace():
        return match.group(1) == "．" and not text[after].isdigit()
    following = _NEXT_WORD.match(text, after, end)
    word = following.group(1) if following else ""
    if word[:1].islower():
        return False
    if match.group(1) != "." or len(match.group().rstrip(_CLOSERS)) > 1:
        return True
    return not _abbreviated(text[begin : match.start()], word)


def _abbreviated(head: str, following: str) -> bool:
    """Whether the full stop after ``head`` belongs to its last word."""
    if _MARKER.fullmatch(head + "."):
        return True  # "1." or "a." at the beginning of a numbered clause
    found = _WORD_BEFORE.search(head)
    if not found:
        return False
    last = found.group()
    bare = last.replace(".", "").casefold()
    if bare in ANYWHERE:
        return True
    if bare in BEFORE_NUMBER and re.match(r"[\dIVXLC(§]", following):
        return True
    if last.isdigit() and len(last) <= 2 and following.casefold() in MONTHS:
        return True
    if bare in PERHAPS_LAST or (len(bare) == 1 and bare.isalpha()) or _INITIALS.fullmatch(last):
        return following not in STARTERS
    return False


def _skip(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    while end > start and text[end - 1].isspace():
        end -= 1
    return [Span(start, end)] if end > start else []
