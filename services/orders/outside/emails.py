"""`Emails`: what orders needs of a mail service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class EmailsUnavailable(Exception):
    """The message was not taken; the same message may be sent later."""


@dataclass(frozen=True, slots=True)
class Message:
    """A plain-text message to one person."""

    to: str
    subject: str
    text: str


class Emails(Protocol):
    """Sends messages."""

    def send(self, message: Message) -> None:
        """Hand the message over; raises `EmailsUnavailable`."""
