"""Content words: what two texts share when they speak of the same thing. English endings are folded, scripts without spaces are cut into pairs of signs."""

from __future__ import annotations

import re
import unicodedata

from app.domain.remembered import remembered

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")

EMPTY = frozenset(
    """
    a about above after again against all also am an and any are as at be because been before being below between both
    but by can could did do does doing down during each either few for from further had has have having he her here
    hers herself him himself his how however i if in into is it its itself just may me might more most much must my
    myself no nor not now of off on once only or other ought our ours out over own per please same shall she should so
    some such than that the their theirs them then there therefore these they this those through thus to too under
    until up upon us very was we were what when where whether which while who whom whose why will with within without
    would yes yet you your yours tell give show find list explain describe say says said know document documents
    passage passages according quote mention mentioned state stated many
    der die das den dem des ein eine einen einem einer und oder ist sind war nicht mit von für auf im am zu zum zur bei
    le la les un une des et ou est sont était ne pas avec de du pour sur dans au aux que qui quel quelle
    el los las una y o es son no con de del para en que cual
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "edly", "ied", "ies", "ed", "ly", "es", "s", "e", "y")


@remembered(512)
def content_words(text: str) -> frozenset[str]:
    """The folded content words of ``text``."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    found: set[str] = set()
    for match in _WORD.finditer(plain):
        word = re.sub(r"['’]s?$|['’]", "", match.group())
        runs = _UNSPACED.findall(word)
        for run in runs:
            found |= {run[at : at + 2] for at in range(max(1, len(run) - 1))}
        if word and not runs and word not in EMPTY:
            found.add(stem(word))
    return frozenset(found)


@remembered(20_000)
def stem(word: str) -> str:
    """``word`` without a common English ending; at least four letters stay, numbers stay whole."""
    if any(character.isdigit() for character in word):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
