"""Names in a sentence, by their capitals. No dictionary of people: only what a common word looks like."""

from __future__ import annotations

import re

from app.domain.abbreviations import STARTERS
from app.domain.words import EMPTY

_TOKEN = re.compile(r"[^\W_]+(?:[.&'’-][^\W_]+)*")
_PARTICLES = frozenset("of the de la le du von van der den di da del y and for & bin al".split())  # noqa: SIM905
_TITLES = frozenset("mr mrs ms dr prof sir madam".split())  # noqa: SIM905
_COMMON_ENDINGS = re.compile(r"(?:(?:tion|sion|ment|ness|ity|ance|ence|ism|able|ible|ful|less)s?|ers|ors|ees)$")
"""Of words, hardly of names."""
_SHARED_ENDINGS = re.compile(r"(?:ing|ed|ly|ee|er|or|ies|ures?|ages?|als?|ives?)$")
"""Of words and of names, Pfizer and Boeing: a word when what stands before is one, written in lower case elsewhere."""
_OPENERS = frozenset(
    """
    using having being making doing getting going taking giving working reading writing paying adding sending
    according additionally alternatively answer approximately based because besides consequently conversely currently
    finally first firstly following furthermore generally given hence however instead last lastly likewise
    meanwhile moreover next nevertheless nonetheless note ok okay only otherwise overall rather regarding second
    secondly similarly since so sorry specifically still sure then third thirdly thus today together typically
    unfortunately unlike usually via while yes no none nothing nobody someone something people staff anyone everyone
    use add set get run make take put keep go do check click open close select enter choose create see read write start stop
    data time work home money cost price total rent tax law rule rules step steps item items part parts point points
    revenue income profit growth value one two three four five six seven eight nine ten zero anyone
    full part notice leave key new old good bad each such employment year month week day days months years
    return send submit contact ask call follow apply complete provide pay give tell bring hand sign fill visit check
    keep hold move turn change update install remove delete save load copy paste press wait wear avoid ensure
    access account action address annual approval area assets average balance bank board body books business
    car care case cash cause children city class clause client code company contract copy country course court
    credit customer date deadline debt delivery demand design device district document education energy equipment
    evidence example exercise experience fact family fee file film fire food force form friend fuel fund game goal
    goods ground group guest guests half hand health heat history hotel house human idea income individual industry
    insurance interest internet issue job kind land language large law lead level library life limit line list loan
    local loss low main man market material matter media meeting member men method middle model music name nature net
    network north number office oil online order output overtime owner paper parent parking party patient payment
    period person phone place plan plant player policy power practice president private problem process product
    program project property public purpose quality question quick range record report request research result right
    risk role room safety sales sample school science season seat security server service set share shift short sick
    sign single site size skill small software source space special speed spending sport stock stone store story street
    strong student study supply support system target task tax team technology term test text theory thing ticket title
    total town trade traffic training travel treatment trial trip truth type unit user vacation value vendor version
    video view village visitor voice vote wage wall war warranty water wave weather web wind women word world young
    page section chapter table figure clause article both more less most least many much few several
    """.split()  # noqa: SIM905
)
_GERMAN = frozenset("der die das den dem und ist sind nicht mit für von ein eine einer wird werden auf im zu".split())  # noqa: SIM905


def names(
    sentence: str, common: frozenset[str] = frozenset(), taken: tuple[tuple[int, int], ...] = ()
) -> tuple[tuple[str, int], ...]:
    """Names with their offsets.

    Args:
        common: words known to be written in lower case elsewhere.
        taken: spans of numbers and dates; a word that has a part in one is no name.
    """
    tokens = list(_TOKEN.finditer(sentence))
    free = [not any(start < token.end() and token.start() < end for start, end in taken) for token in tokens]
    german = sum(token.group() in _GERMAN for token in tokens) > 1
    found: list[tuple[str, int]] = []
    at = 0
    while at < len(tokens):
        end = _run(sentence, tokens, free, at)
        if end == at:
            at += 1
            continue
        run = tokens[at:end]
        at = end
        if _opens(sentence, run[0]) and _is_common(run[0].group(), common, sentence[run[0].end() :]):
            run = run[1:]
        while run and _is_dropped(run[0].group()):
            run = run[1:]
        while run and run[-1].group().casefold() in EMPTY:
            run = run[:-1]
        if not run or (len(run) == 1 and (german and run[0].group().istitle())):
            continue
        text = re.sub(r"['’]s$", "", sentence[run[0].start() : run[-1].end()])
        found.append((text, run[0].start()))
    return tuple(found)


def _run(sentence: str, tokens: list[re.Match[str]], free: list[bool], at: int) -> int:
    """End of the run of name words that begins at token ``at``; ``at`` itself when none does."""
    if not free[at] or not _is_capital(tokens[at].group()):
        return at
    end = at + 1
    while end < len(tokens):
        gap = sentence[tokens[end - 1].end() : tokens[end].start()]
        if gap not in {" ", "\u00a0", ". ", " & "} or (gap == ". " and len(tokens[end - 1].group()) > 2):
            break
        if free[end] and _is_capital(tokens[end].group()):
            end += 1
        elif (
            tokens[end].group() in _PARTICLES - {"and", "the", "for"}
            and end + 1 < len(tokens)
            and free[end + 1]
            and _is_capital(tokens[end + 1].group())
            and sentence[tokens[end].end() : tokens[end + 1].start()] == " "
        ):
            end += 2
        else:
            break
    return end


def _is_capital(word: str) -> bool:
    if word in {"I", "I'm", "I’m", "OK"}:
        return False
    return word[0].isupper() or any(character.isupper() for character in word) or _is_mixed(word)


def _is_mixed(word: str) -> bool:
    """Letters and digits in one word, or a dotted number: an identifier."""
    return any(map(str.isdigit, word)) and (any(c.isupper() or c.islower() for c in word) or word.count(".") > 1)


def _is_dropped(word: str) -> bool:
    return word.casefold() in EMPTY | _TITLES or word in STARTERS


def _is_common(word: str, common: frozenset[str], after: str) -> bool:
    """Whether ``word``, capitalised at the head of a sentence that goes on with ``after``, is an ordinary word."""
    if any(character.isupper() for character in word[1:]) or _is_mixed(word):
        return False
    plain = word.casefold()
    return (
        plain in common
        or plain in EMPTY
        or plain in _OPENERS
        or word in STARTERS
        or bool(_COMMON_ENDINGS.search(plain))
        or (plain.endswith("ly") and after.startswith(","))
        or "-" in plain
        or _is_made_of(plain, common)
    )


def _is_made_of(plain: str, common: frozenset[str]) -> bool:
    """Whether it is one of ``common`` with an ending, "payments" and "requiring" beside "pay" and "require"."""
    stem = _SHARED_ENDINGS.sub("", plain)
    doubled = stem[:-1] if stem[-1:] == stem[-2:-1] else stem
    return stem != plain and any(
        form in common for form in (stem, stem + "e", stem + "y", doubled, stem + "s", stem + "ed", stem + "ing")
    )


def _opens(sentence: str, token: re.Match[str]) -> bool:
    """Whether ``token`` stands first in the sentence, or after a colon or an opening quotation mark."""
    before = sentence[: token.start()].rstrip()
    return not any(character.isalnum() for character in before) or before[-1] in ':“"«*('
