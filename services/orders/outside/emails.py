"""`Emails`: what orders needs of a mail service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.orders.outside.trouble import OutsideTrouble


class EmailsUnavailable(OutsideTrouble):
    """The message was not taken; the same message may be sent later."""


class EmailRefused(EmailsUnavailable):
    """The mail service is there and did not take this message: another one it may take."""


@dataclass(frozen=True, slots=True)
class Message:
    """A plain-text message to one person.

    `reference` is the same when it is sent again, so that mail programs can tell.
    """

    to: str
    subject: str
    text: str
    reference: str = ""


class Emails(Protocol):
    """Sends messages."""

    def send(self, message: Message) -> None:
        """Hand the message over; raises `EmailsUnavailable`."""
