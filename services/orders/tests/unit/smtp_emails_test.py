"""The mail client: what it hands to the mail server, over a mocked connection."""

from __future__ import annotations

import smtplib

import pytest
from pytest_mock import MockerFixture

from services.orders.outside.emails import EmailsUnavailable, Message
from services.orders.outside.smtp_emails import SmtpEmails

MESSAGE = Message(to="ada@example.com", subject="Receipt ü", text="Total: 25.00 EUR")


def test_a_message_is_handed_to_the_mail_server(mocker: MockerFixture) -> None:
    """With sender, recipient, subject and text, and an identifier of the sender's domain."""
    smtp = mocker.patch("smtplib.SMTP", autospec=True)
    SmtpEmails("mail", 2525, "shop@example.org").send(MESSAGE)
    smtp.assert_called_once_with("mail", 2525, timeout=5.0)
    (mail,) = smtp.return_value.__enter__.return_value.send_message.call_args.args
    assert (mail["From"], mail["To"]) == ("shop@example.org", "ada@example.com")
    assert mail["Subject"] == "Receipt ü"
    assert mail.get_content().strip() == "Total: 25.00 EUR"
    assert mail["Message-ID"].endswith("@example.org>")


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError("refused"), smtplib.SMTPDataError(451, b"later")]
)
def test_a_mail_server_that_refuses_is_named(mocker: MockerFixture, error: Exception) -> None:
    """The message may be sent later."""
    mocker.patch("smtplib.SMTP", autospec=True, side_effect=error)
    with pytest.raises(EmailsUnavailable, match=r"ada@example.com through mail:2525"):
        SmtpEmails("mail", 2525, "shop@example.org").send(MESSAGE)


def test_a_header_cannot_be_smuggled_in() -> None:
    """A line break in an address or a subject is refused before anything is sent."""
    with pytest.raises(ValueError, match="linefeed"):
        SmtpEmails("mail", 2525, "shop@example.org").send(
            Message("ada@example.com\nBcc: eve@example.com", "x", "x")
        )
