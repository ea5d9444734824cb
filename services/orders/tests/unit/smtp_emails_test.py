"""The mail client: what it composes, and what it tells its caller, against the e-mail mock in this process."""

from __future__ import annotations

import pytest

from belljar.mocks.email.client import Inbox
from belljar.mocks.registry import Fallback, check_fallback
from services.orders.outside.emails import EmailRefused, EmailsUnavailable, Message
from services.orders.outside.smtp_emails import SmtpEmails, compose

MESSAGE = Message("ada@example.com", "Receipt ü", "Total: 25.00 EUR", reference="receipt.ord_1")


def send(inbox: Inbox, message: Message = MESSAGE) -> None:
    """Send it as the shop."""
    SmtpEmails(inbox.host, inbox.port, "shop@example.org", timeout=0.5).send(message)


def test_a_message_has_what_every_mail_has(inbox: Inbox) -> None:
    """Sender, recipient, subject and text, and an identifier of the sender's domain."""
    send(inbox, Message("ada@example.com", "Receipt ü", "Total: 25.00 EUR"))
    (mail,) = inbox.messages
    assert (mail.sender, mail.recipients) == ("shop@example.org", ("ada@example.com",))
    assert (mail.header("From"), mail.header("To")) == ("shop@example.org", "ada@example.com")
    assert (mail.subject, mail.text.strip()) == ("Receipt ü", "Total: 25.00 EUR")
    assert str(mail.header("Message-ID")).endswith("@example.org>")


def test_a_message_that_is_sent_again_keeps_its_identifier() -> None:
    """So that mail programs show it once."""
    assert compose(MESSAGE, "shop@example.org")["Message-ID"] == "<receipt.ord_1@example.org>"


def test_a_header_cannot_be_smuggled_in(inbox: Inbox) -> None:
    """A line break in an address or a subject is refused before anything is sent."""
    with pytest.raises(ValueError, match="linefeed"):
        send(inbox, Message("ada@example.com\nBcc: eve@example.com", "x", "x"))
    assert inbox.messages == []


@pytest.mark.scenario("email", "rejected")
def test_a_recipient_that_is_refused_is_no_trouble_of_the_server_s(inbox: Inbox) -> None:
    """The next message may be taken."""
    with pytest.raises(EmailRefused, match=r"mail to ada@example\.com through .*550"):
        send(inbox)


def test_a_mail_server_in_trouble_is_told_as_such(inbox: Inbox) -> None:
    """A mail is tried once: who sends it again, and when, is for the caller to say."""
    check_fallback(inbox, send, Fallback.raises(EmailsUnavailable))
