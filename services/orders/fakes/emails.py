"""`FakeEmails`: an inbox in memory."""

from __future__ import annotations

from services.orders.outside.emails import EmailRefused, EmailsUnavailable, Message


class FakeEmails:
    """Keeps every message in `inbox`."""

    def __init__(self) -> None:
        """Begin empty, available, and with no address that is refused."""
        self.inbox: list[Message] = []
        self.available = True
        self.refused: set[str] = set()

    def send(self, message: Message) -> None:
        """Put the message into the inbox; see `Emails.send`."""
        if not self.available:
            raise EmailsUnavailable("the fake mail service is switched off")
        if message.to in self.refused:
            raise EmailRefused(f"the fake mail service knows no {message.to}")
        self.inbox.append(message)
