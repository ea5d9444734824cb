"""`MailServer`: what the SMTP connections share: mailboxes, journals and faults by namespace."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence

from belljar.faults.fault import Fault
from belljar.mocks.control_faults import FaultBoundaries
from belljar.mocks.email.addressing import of_recipient, of_user, spread
from belljar.mocks.email.mailbox import Mailbox
from belljar.mocks.email.messages import Message
from belljar.mocks.journal import Entry
from belljar.mocks.namespaces import DEFAULT, Namespaces

__all__ = ["BOUNDARY", "MailServer"]

BOUNDARY = "email"


class MailServer:
    """The model behind every connection; one thread uses it."""

    def __init__(self, namespaces: Namespaces[Mailbox], faults: FaultBoundaries) -> None:
        self._namespaces = namespaces
        self._faults = faults

    def namespace(self, *, port: str, user: str, recipient: str = "") -> str:
        """Return whose a command is, as far as one can tell by then."""
        return port or of_user(user) or of_recipient(recipient) or DEFAULT

    def may_enter(self, port: str, user: str, password: str) -> bool:
        """Tell whether this login is right: any is, where no accounts are declared."""
        accounts = self._namespaces[port or of_user(user) or DEFAULT].state.accounts
        if not accounts:
            return True
        known = accounts.get(user)
        return known is not None and hmac.compare_digest(known.encode(), password.encode())

    def must_log_in(self, port: str) -> bool:
        """Tell whether accounts are declared where this connection came in."""
        return bool(self._namespaces[port or DEFAULT].state.accounts)

    def note(self, namespace: str, command: str, argument: str) -> Entry:
        """Return a new entry of the journal."""
        return self._namespaces[namespace].journal.add(command, argument)

    def faults(
        self, namespace: str, command: str, sender: str = "", recipients: Sequence[str] = ()
    ) -> Sequence[Fault]:
        """Return what happens to a command; it is asked once for each."""
        attributes = {"command": command, "sender": sender, "recipient": ",".join(recipients)}
        return self._faults.decide(BOUNDARY, namespace, command, "", attributes)

    def deliver(
        self,
        raw: bytes,
        *,
        sender: str,
        recipients: list[str],
        port: str,
        user: str,
        tls: bool,
    ) -> list[Message]:
        """Put a mail into its mailboxes; return what was put there."""
        delivered = []
        for name, those in spread(recipients, raw, port=port, user=user).items():
            mailbox = self._namespaces[name].state
            message = Message(mailbox.next_id(), sender, tuple(those), raw, time.time(), user, tls)
            mailbox.add(message)
            delivered.append(message)
        return delivered
