"""`SmtpEmails`: messages over SMTP."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from services.orders.outside.emails import EmailsUnavailable, Message


class SmtpEmails:
    """A client of one mail server; each message has a connection of its own."""

    def __init__(self, host: str, port: int, sender: str, *, timeout: float = 5.0) -> None:
        """Send as `sender` through the server at `host` and `port`."""
        self._host = host
        self._port = port
        self._sender = sender
        self._timeout = timeout

    def send(self, message: Message) -> None:
        """Hand the message to the mail server; see `Emails.send`."""
        mail = compose(message, self._sender)
        try:
            with smtplib.SMTP(self._host, self._port, timeout=self._timeout) as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise EmailsUnavailable(
                f"mail to {message.to} through {self._host}:{self._port}: "
                f"{type(error).__name__}: {error}"
            ) from error


def compose(message: Message, sender: str) -> EmailMessage:
    """The message as it goes over the wire, with the headers that every mail has."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail.set_content(message.text)
    return mail
