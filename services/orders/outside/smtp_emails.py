"""`SmtpEmails`: messages over SMTP.

A message is tried once: whether one that broke off was taken can't be known, and who sends it again
and when is for the caller to say. The whole conversation has one limit, however slow each answer.
"""

from __future__ import annotations

import smtplib
import socket
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from services.orders.outside.emails import EmailRefused, EmailsUnavailable, Message
from services.orders.resilience.deadlines import left, within
from services.orders.resilience.sockets import BoundedSocket

# Of the message or its recipient, and not of the connection or the service.
_OF_ONE_MESSAGE = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)


class SmtpEmails:
    """A client of one mail server; each message has a connection of its own."""

    def __init__(self, host: str, port: int, sender: str, *, timeout: float = 10.0) -> None:
        """Send as `sender` through the server at `host` and `port`, in `timeout` seconds at most."""
        self._host = host
        self._port = port
        self._sender = sender
        self._timeout = timeout

    def send(self, message: Message) -> None:
        """Hand the message to the mail server; see `Emails.send`."""
        mail = compose(message, self._sender)
        try:
            with within(self._timeout):
                server = BoundedSMTP(self._host, self._port, timeout=left(self._timeout))
                taken = False
                try:
                    server.send_message(mail)
                    taken = True
                    server.quit()
                except (OSError, smtplib.SMTPException):
                    # Taken is taken: a farewell that fails would have it sent again.
                    if not taken:
                        raise
                finally:
                    server.close()
        except _OF_ONE_MESSAGE as error:
            raise EmailRefused(self._explained(message, error)) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise EmailsUnavailable(self._explained(message, error)) from error

    def _explained(self, message: Message, error: Exception) -> str:
        return (
            f"mail to {message.to} through {self._host}:{self._port}: "
            f"{type(error).__name__}: {error}"
        )


class BoundedSMTP(smtplib.SMTP):
    """An SMTP conversation that ends with the deadline at hand."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return BoundedSocket.of(super()._get_socket(host, port, timeout))  # type: ignore[misc]  # smtplib's own hook, not in its types


def compose(message: Message, sender: str) -> EmailMessage:
    """The message as it goes over the wire, with the headers that every mail has."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = (
        f"<{message.reference}@{domain}>" if message.reference else make_msgid(domain=domain)
    )
    mail.set_content(message.text)
    return mail
