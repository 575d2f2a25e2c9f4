"""Secrets are taken out of what a tool returned before anybody sees it: the model, the person, the database. In passages of
documents they are covered in place, for the model alone, so that every character keeps its place in the source.

The patterns are those of detect-secrets, used on lines in this process. Its verification, which asks the services a
secret belongs to, lives in methods that are never called here. Left out of its set: entropy (every hash and id would
go), addresses of the internet, and keywords, which take prose about passwords for passwords; assignments are known by a
pattern of our own.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from app.domain.documents import Span

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector

ASSIGNED = "password or key"
COVER = "*"
LONGEST_LINE = 4_000
"""Longer lines are looked at in overlapping parts."""
OVERLAP = 400
LONGEST_KEY = 6_000
"""Characters of a private key: a passage may lie in the middle of one."""

_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_NAME = (
    r"(?:(?<![A-Za-z])|(?-i:(?<=[a-z])(?=[A-Z])))"  # DB_PASSWORD and dbPassword, but no word that merely ends like one
    r"(?:pass(?:word|wd|phrase)|passwort|kennwort|mot de passe|contrase(?:ñ|n)a|secret|(?:secret|api|access|auth)[_-]?key"
    r"|(?:auth|access|refresh)[_-]?token|client[_-]?secret)"
)
_ASSIGNED = re.compile(
    rf"(?i){_NAME}[\"']?[ \t]{{0,8}}[:=][ \t]{{0,8}}[\"']?"
    r"(?P<secret>(?=[^\s\"',;]*[0-9!@#$%^&*+/_-])[^\s\"',;]{6,200})"
)
_REFERENCE = re.compile(
    r"\$\{?[A-Z_][A-Z0-9_]*\}?|[A-Z]+(?:_[A-Z]+)*|(?i:(?:my|your)[_-](?:[\w-]*[_-])?(?:key|token|password|secret)(?:[_-]here)?)|\.?[A-Za-z]\w*_(?:key|token|password|secret)|[xX*•.]+|<.*|\{\{.*|[A-Za-z_]\w*(?:(?:\.|::)\w+)*\(.*"
)
"""What an assignment can name in place of a secret: a variable, what a reader is to fill in, a call in a program."""
_BEARER = re.compile(r"(?i)\b(?:bearer|basic)[ \t]+(?P<secret>[A-Za-z0-9._~+/-]{20,2000}=*)")
_JWT = re.compile(r"(?P<secret>\beyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{0,1000})")
_IN_ADDRESS = re.compile(r"://[^\s/:@]{1,100}:(?P<secret>[^\s/@]{3,200})@")
_OURS = ((_ASSIGNED, ASSIGNED), (_BEARER, "token"), (_JWT, "JSON Web Token"), (_IN_ADDRESS, "password"))


def redacted(text: str) -> tuple[str, int]:
    """``text`` with every secret replaced by ``[removed: kind]``, and how many there were."""
    text, count = _PRIVATE_KEY.subn(removed("private key"), text)
    for secret, kind in sorted(_found(text), key=lambda found: -len(found[0])):
        if secret in text:
            text, count = text.replace(secret, removed(kind)), count + 1
    return text, count


def named_secret(name: str, text: str) -> str:
    """What of ``text`` is a secret because of the name it stands under, as in ``name: text``; empty when nothing is."""
    head = f"{name[-80:]}: "
    for written in _ASSIGNED.finditer(head + text[:LONGEST_LINE]):
        if written.start("secret") >= len(head) > written.start() and not _REFERENCE.fullmatch(written["secret"]):
            return written["secret"]
    return ""


def whole_keys(lines: list[str]) -> tuple[list[str], int]:
    """``lines`` with every private key that was cut into several of them taken out, and how many there were."""
    keys = [(key.start(), key.end()) for key in _PRIVATE_KEY.finditer("\n".join(lines))]
    clean, at, key = [], 0, 0
    for line in lines:
        while key < len(keys) and keys[key][1] <= at:
            key += 1
        within = key < len(keys) and keys[key][0] < at + len(line)
        clean.append(removed("private key") if within else line)
        at += len(line) + 1
    return clean, len(keys)


def removed(kind: str) -> str:
    """What stands where a secret stood."""
    return f"[removed: {kind}]"


def secret_places(text: str, start: int, end: int) -> tuple[Span, ...]:
    """Where secrets stand between ``start`` and ``end``, in order; what lies around that part is looked at too."""
    found: list[tuple[int, int]] = []
    far = max(0, start - LONGEST_KEY)
    found += [(far + key.start(), far + key.end()) for key in _PRIVATE_KEY.finditer(text[far : end + LONGEST_KEY])]
    near = max(0, start - OVERLAP)
    around = text[near : end + OVERLAP]
    for secret, _ in _found(around):
        found += [(near + at.start(), near + at.end()) for at in re.finditer(re.escape(secret), around)]
    inside = sorted((max(first, start), min(last, end)) for first, last in found if first < end and last > start)
    apart: list[Span] = []
    for first, last in inside:
        if apart and first <= apart[-1].end:
            apart[-1] = Span(apart[-1].start, max(last, apart[-1].end))
        else:
            apart.append(Span(first, last))
    return tuple(apart)


def covered(text: str, places: tuple[Span, ...]) -> str:
    """``text``, as long as it was, with every character of ``places`` covered."""
    for first, last in places:
        text = text[:first] + COVER * (last - first) + text[last:]
    return text


def _found(text: str) -> set[tuple[str, str]]:
    secrets: set[tuple[str, str]] = set()
    for part in _parts(text):
        for pattern, kind in _OURS:
            written = (match["secret"] for match in pattern.finditer(part))
            secrets |= {(secret, kind) for secret in written if not _REFERENCE.fullmatch(secret.rstrip(")]}>"))}
        for detector in _detectors():
            # Whole matches: the detector's own reading gives a group of them, of some tokens the prefix alone.
            for pattern in detector.denylist:
                secrets |= {(match[0], detector.secret_type) for match in pattern.finditer(part) if match[0]}
    return {(secret, kind) for secret, kind in secrets if not secret.startswith("[removed:")}


def _parts(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for start in range(0, max(1, len(line)), LONGEST_LINE - OVERLAP):
            yield line[start : start + LONGEST_LINE]


@contextlib.contextmanager
def _no_trial_socket() -> Iterator[None]:
    """urllib3, which the detectors import and never use here, tries for IPv6 with a socket while it is imported."""
    had = socket.has_ipv6
    socket.has_ipv6 = False
    try:
        yield
    finally:
        socket.has_ipv6 = had


@cache
def _detectors() -> tuple[RegexBasedDetector, ...]:
    """Loaded at the first result: the window does not wait for them."""
    with _no_trial_socket():
        from detect_secrets.plugins import (  # noqa: PLC0415 - see above
            artifactory,
            aws,
            azure_storage_key,
            cloudant,
            discord,
            github_token,
            gitlab_token,
            ibm_cloud_iam,
            jwt,
            mailchimp,
            npm,
            openai,
            pypi_token,
            sendgrid,
            slack,
            square_oauth,
            stripe,
            telegram_token,
            twilio,
        )

    return (
        artifactory.ArtifactoryDetector(),
        aws.AWSKeyDetector(),
        azure_storage_key.AzureStorageKeyDetector(),
        cloudant.CloudantDetector(),
        discord.DiscordBotTokenDetector(),
        github_token.GitHubTokenDetector(),
        gitlab_token.GitLabTokenDetector(),
        ibm_cloud_iam.IbmCloudIamDetector(),
        jwt.JwtTokenDetector(),
        mailchimp.MailchimpDetector(),
        npm.NpmDetector(),
        openai.OpenAIDetector(),
        pypi_token.PypiTokenDetector(),
        sendgrid.SendGridDetector(),
        slack.SlackDetector(),
        square_oauth.SquareOAuthDetector(),
        stripe.StripeDetector(),
        telegram_token.TelegramBotTokenDetector(),
        twilio.TwilioKeyDetector(),
    )
