"""The ``.eml`` that is saved: what was asked for, whole, and no header that was not."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.tool import ToolError
from app.tools.propose_email.proposal import LONGEST_LINE, draft, file_name
from app.tools.registry import Registry
from app.tools.unworkable import Unworkable
from app.tools.validation import check_values

HEADERS = {"To", "Cc", "Subject", "X-Unsent", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
SPEC = Registry.shipped().spec("propose_email")


def mail(**changes: Any) -> dict[str, Any]:
    return {"to": ["ada@example.org"], "copy_to": [], "subject": "Notice", "body": "Dear Ada,", **changes}


def opened(text: str) -> EmailMessage:
    message = BytesParser(policy=policy.SMTPUTF8).parsebytes(text.encode())
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    assert set(message.keys()) <= HEADERS
    assert len(message.keys()) == len(set(message.keys()))
    return message


def test_it_opens_as_it_was_written() -> None:
    body = "Dear Zoë,\n\nthe fee is 5 €.\n.\nFrom now on it is due.\n"
    text = draft(
        mail(to=["zoë@exämple.org", "ada@example.org"], copy_to=["bob@example.org"], subject="Größe", body=body)
    )
    message = opened(text)
    assert (message["To"], message["Cc"]) == ("zoë@exämple.org, ada@example.org", "bob@example.org")
    assert (message["Subject"], message["X-Unsent"]) == ("Größe", "1")
    assert message.get_content().replace("\r\n", "\n") == body
    assert "Größe" in text, "the person reads it in the proposal"
    assert all(line.endswith("\r") for line in text.split("\n")[:-1])


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Notice\r\nBcc: eve@example.org"},
        {"subject": "Notice\nBcc: eve@example.org"},
        {"subject": "Notice\rBcc: eve@example.org"},
        {"subject": "Notice\r\n\r\nA body of its own"},
        {"to": ["ada@example.org\r\nBcc: eve@example.org"]},
        {"to": ["ada@example.org\nBcc:eve@example.org"]},
        {"to": ["ada@example.org, eve@example.org"]},
        {"to": ["Eve <eve@example.org>"]},
        {"copy_to": ["ada@example.org;eve@example.org"]},
        {"to": ["@example.org"]},
        {"to": []},
    ],
)
def test_no_header_is_smuggled_in(changes: dict[str, Any]) -> None:
    """By the boundary first; what passed it by mistake, by the draft itself."""
    judged = check_values(SPEC, mail(folder="", **changes))
    values = mail(**changes) if isinstance(judged, ToolError) else judged.values
    try:
        message = opened(draft(values))
    except Unworkable:
        return
    assert isinstance(judged, ToolError) or "Bcc" not in message
    assert "eve@example.org" not in str(message["Bcc"])
    assert message.get_content().strip() == "Dear Ada,"


@settings(max_examples=60, deadline=None)
@given(
    subject=st.text(min_size=1, max_size=200),
    body=st.text(min_size=1, max_size=400),
    local=st.text(
        st.characters(exclude_characters="@<>,; \t\r\n", exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=30
    ),
)
def test_whatever_is_written_the_headers_are_ours(subject: str, body: str, local: str) -> None:
    try:
        opened(draft(mail(to=[f"{local}@example.org"], subject=subject, body=body)))
    except Unworkable:
        return


def test_no_line_is_longer_than_a_message_may_hold() -> None:
    body = "word " * 2_000 + "\n" + "é" * 3_000 + "\n" + "short\n"
    text = draft(mail(subject="x" * 200, body=body, to=[f"someone.{n}@example.org" for n in range(20)]))
    assert max(len(line.encode()) for line in text.split("\r\n")) <= LONGEST_LINE
    sent = opened(text).get_content()
    assert sent.split() == [*["word"] * 2_000, *sent.split()[2_000:-1], "short"]
    assert "".join(sent.split()[2_000:-1]) == "é" * 3_000


def test_its_file_is_named_after_its_subject() -> None:
    assert file_name("Notice of termination!") == "notice-of-termination.eml"
    assert file_name("../../etc/passwd") == "etc-passwd.eml"
    assert file_name("…") == "e-mail.eml"
