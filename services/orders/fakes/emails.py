"""`FakeEmails`: an inbox in memory."""

from __future__ import annotations

from services.orders.outside.emails import EmailsUnavailable, Message


class FakeEmails:
    """Keeps every message in `inbox`."""

    def __init__(self) -> None:
        """Begin empty, and available."""
        self.inbox: list[Message] = []
        self.available = True

    def send(self, message: Message) -> None:
        """Put the message into the inbox; see `Emails.send`."""
        if not self.available:
            raise EmailsUnavailable("the fake mail service is switched off")
        self.inbox.append(message)
