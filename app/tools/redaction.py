"""Secrets are taken out of what a tool returned before anybody sees it: the model, the person, the database.

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

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector

LONGEST_LINE = 4_000
"""Longer lines are looked at in overlapping parts."""
OVERLAP = 400

_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_ASSIGNED = re.compile(
    r"(?i)\b(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|auth[_-]?token|client[_-]?secret)"
    r"[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?(?P<secret>(?=[^\s\"',;]*[0-9!@#$%^&*+/_-])[^\s\"',;]{6,200})"
)
_BEARER = re.compile(r"(?i)\b(?:bearer|basic)[ \t]+(?P<secret>[A-Za-z0-9._~+/-]{20,2000}=*)")
_IN_ADDRESS = re.compile(r"://[^\s/:@]{1,100}:(?P<secret>[^\s/@]{3,200})@")


def redacted(text: str) -> tuple[str, int]:
    """``text`` with every secret replaced by ``[removed: kind]``, and how many there were."""
    count = 0

    def removed(kind: str) -> str:
        nonlocal count
        count += 1
        return f"[removed: {kind}]"

    text = _PRIVATE_KEY.sub(lambda _: removed("private key"), text)
    for secret, kind in sorted(_found(text), key=lambda found: -len(found[0])):
        if secret in text:
            text = text.replace(secret, removed(kind))
    return text, count


def _found(text: str) -> set[tuple[str, str]]:
    secrets: set[tuple[str, str]] = set()
    for part in _parts(text):
        for pattern, kind in ((_ASSIGNED, "password or key"), (_BEARER, "token"), (_IN_ADDRESS, "password")):
            secrets |= {(match["secret"], kind) for match in pattern.finditer(part)}
        for detector in _detectors():
            secrets |= {(secret, detector.secret_type) for secret in detector.analyze_string(part) if secret}
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
