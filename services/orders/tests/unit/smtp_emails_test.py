"""The mail client: what it composes. What it says to a mail server is tested with one."""

from __future__ import annotations

import pytest

from services.orders.outside.emails import Message
from services.orders.outside.smtp_emails import SmtpEmails, compose


def test_a_message_has_what_every_mail_has() -> None:
    """Sender, recipient, subject and text, and an identifier of the sender's domain."""
    mail = compose(Message("ada@example.com", "Receipt ü", "Total: 25.00 EUR"), "shop@example.org")
    assert (mail["From"], mail["To"]) == ("shop@example.org", "ada@example.com")
    assert mail["Subject"] == "Receipt ü"
    assert mail.get_content().strip() == "Total: 25.00 EUR"
    assert mail["Message-ID"].endswith("@example.org>")


def test_a_message_that_is_sent_again_keeps_its_identifier() -> None:
    """So that mail programs show it once."""
    message = Message("ada@example.com", "Receipt", "text", reference="receipt.ord_1")
    assert compose(message, "shop@example.org")["Message-ID"] == "<receipt.ord_1@example.org>"


def test_a_header_cannot_be_smuggled_in() -> None:
    """A line break in an address or a subject is refused before anything is sent."""
    with pytest.raises(ValueError, match="linefeed"):
        SmtpEmails("mail", 2525, "shop@example.org").send(
            Message("ada@example.com\nBcc: eve@example.com", "x", "x")
        )
