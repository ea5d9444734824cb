"""`FolderEmails`: an inbox in a folder, shared by all processes that use the folder.

It is a Maildir, so mail programs can read it too: `mutt -f /tmp/mails`.
"""

from __future__ import annotations

import mailbox
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from services.orders.outside.emails import EmailsUnavailable, Message
from services.orders.outside.smtp_emails import compose


class FolderEmails:
    """Keeps every message in a Maildir."""

    def __init__(self, folder: Path, sender: str = "orders@localhost") -> None:
        """Use the Maildir `folder`, which exists and may be empty; raises `OSError`."""
        self._sender = sender
        self._folder = folder
        for name in ("tmp", "new", "cur"):
            # `Maildir` makes these only together with a folder that was not there.
            (folder / name).mkdir(exist_ok=True)

    def send(self, message: Message) -> None:
        """Put the message into the inbox; see `Emails.send`."""
        try:
            self._maildir().add(compose(message, self._sender))
        except OSError as error:
            raise EmailsUnavailable(f"mail to {message.to} cannot be kept: {error}") from error

    def inbox(self) -> list[Message]:
        """All messages that any process has sent, in no particular order."""
        maildir = self._maildir()
        return [_message(maildir.get_bytes(key)) for key in maildir.keys()]  # noqa: SIM118

    def _maildir(self) -> mailbox.Maildir:
        # A new one for each use, because it is not made for several threads.
        return mailbox.Maildir(self._folder)


def _message(content: bytes) -> Message:
    mail = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(mail, EmailMessage), "the default policy makes nothing else"
    return Message(to=mail["To"], subject=mail["Subject"], text=mail.get_content())
