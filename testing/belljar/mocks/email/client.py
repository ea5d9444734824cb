"""`Inbox`: what the fixture `inbox` gives a test: where to send mail, and the mail that came.

inbox = Inbox(server.url, "a-namespace")
smtplib.SMTP(inbox.host, inbox.port).send_message(mail)
assert inbox.wait_for(to="anna@example.test").subject == "Welcome"
"""

from __future__ import annotations

import ssl
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Self
from urllib.parse import quote, urlencode

from belljar.mocks.client import MockClient
from belljar.mocks.email.addressing import of_user
from belljar.mocks.email.errors import NoSuchMail
from belljar.mocks.email.messages import Message
from belljar.mocks.stable import stable

__all__ = ["Inbox"]

# Of one request: a control call has to be answered sooner than its client gives up.
STEP = 5.0


class Inbox(MockClient):
    """The mails of one namespace of an email mock.

    `host`, `port` and `tls_port` are where an application sends; `user` and `password` log it in, so
    that its mails belong here. A server in the test's own process gives each namespace ports of its
    own: everything that comes in by them belongs here, with or without login.
    """

    boundaries: ClassVar[Mapping[str, str]] = {"email": "smtp"}
    credential: ClassVar[str] = "user"

    def __init__(self, base_url: str, namespace: str = "default") -> None:
        super().__init__(base_url, namespace)
        # The one that answers here takes mail as well.
        self.host = self._host
        self.user = namespace
        self.password = "any password"
        self.page = f"{self.url}/?namespace={quote(namespace)}"

    @classmethod
    def namespace_in(cls, credential: str) -> str:
        """The namespace that a user's mails belong to."""
        return of_user(credential) or "default"

    @classmethod
    def of_service(cls, url: str, exports: Mapping[str, str]) -> Self:
        """The inbox of the user that a service exports, with the password."""
        made = super().of_service(url, exports)
        made.user = exports.get("user", made.user)
        made.password = exports.get("password", made.password)
        return made

    @property
    def port(self) -> int:
        """The port for mail, with STARTTLS for who wants it."""
        return int(self.call("GET", "ports")["smtp"])

    @property
    def tls_port(self) -> int:
        """The port for mail with TLS from the first byte."""
        return int(self.call("GET", "ports")["smtps"])

    @property
    def authority(self) -> str:
        """The certificate to trust for STARTTLS and TLS, in PEM."""
        return str(self.call("GET", "authority")["pem"])

    def tls_context(self) -> ssl.SSLContext:
        """Return a context for clients that trusts the server."""
        return ssl.create_default_context(cadata=self.authority)

    def address(self, name: str, domain: str = "example.test") -> str:
        """Return an address whose mails come here by whichever way: `name+NAMESPACE@domain`."""
        return f"{name}+{self.namespace}@{domain}"

    @property
    def messages(self) -> list[Message]:
        """Every mail that came, in its order."""
        return self.find()

    def find(
        self, *, to: str = "", subject: str = "", sender: str = "", after: str = ""
    ) -> list[Message]:
        """Return the mails to an address, with words in the subject, from an address, after another."""
        return self._list(0.0, to, subject, sender, after)

    def wait_for(  # type: ignore[override]  # for mails, not for requests
        self,
        *,
        to: str = "",
        subject: str = "",
        sender: str = "",
        after: str = "",
        timeout: float = 5.0,
    ) -> Message:
        """Return the first such mail, as soon as there is one.

        Raises `NoSuchMail`, which shows what did come, when there is none after `timeout` seconds.
        """
        until = time.monotonic() + timeout
        while True:
            left = max(0.0, until - time.monotonic())
            if found := self._list(min(left, STEP), to, subject, sender, after):
                return found[0]
            if left <= STEP:
                break
        asked = {"to": to, "subject": subject, "sender": sender, "after": after}
        wanted = ", ".join(f"{name}={value!r}" for name, value in asked.items() if value)
        there = [f"{', '.join(one.recipients)}: {one.subject!r}" for one in self.messages]
        shown = "\n    ".join(there[-20:]) or "(none)"
        raise NoSuchMail(
            f"no mail with {wanted or 'any content'} came to {self.namespace!r} within "
            f"{timeout:g} s; there are {len(there)}:\n    {shown}\n"
            "  fix: look at .journal(), which has every SMTP command and the code of its answer"
        )

    def effects(self) -> Counter[str]:
        """The mails that came, each by its recipients and its subject: `mail to ada@...: Receipt *`.

        One that comes again to the same recipients with its Message-ID is the same mail: a sender that
        lost the answer has no other way, and mailboxes show it once.
        """
        mails = {
            (
                ", ".join(sorted(one.recipients)),
                one.subject,
                _message_id(one) or f"nameless {number}",
            )
            for number, one in enumerate(self.messages)
        }
        return Counter(f"mail to {to}: {stable(subject)}" for to, subject, _ in mails)

    def clear(self) -> None:
        """Delete the mails."""
        self.call("DELETE", "messages")

    def delete(self, message: Message) -> None:
        """Delete one mail."""
        self.call("DELETE", f"messages/{message.id}")

    def declare_accounts(self, accounts: Mapping[str, str]) -> None:
        """Let only these users log in, with these passwords, and nobody send without."""
        self.call("PUT", "accounts", dict(accounts))

    def _list(
        self, seconds: float, to: str, subject: str, sender: str, after: str
    ) -> list[Message]:
        asked = {"to": to, "subject": subject, "from": sender, "after": after}
        asked = {name: value for name, value in asked.items() if value}
        query = urlencode({**asked, "raw": "1", "wait": f"{seconds:.3f}"})
        found = self.call("GET", f"messages?{query}")["messages"]
        return [
            Message(
                one["id"],
                one["sender"],
                tuple(one["recipients"]),
                b64decode(one["raw"]),
                one["received"],
                one["user"],
                one["tls"],
            )
            for one in found
        ]


def _message_id(message: Message) -> str:
    names = (value for name, value in message.headers if name.lower() == "message-id")
    return next(names, "").strip()
