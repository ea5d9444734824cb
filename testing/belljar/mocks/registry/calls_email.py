"""The calls of the contract of `email`: the commands of smtplib, and the inbox."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from types import MappingProxyType

from belljar.mocks.email.client import Inbox
from belljar.mocks.registry.recording import Record

__all__ = ["IGNORED", "OPERATIONS"]

Operation = Callable[[Inbox, Record], None]

IGNORED: Mapping[str, str] = MappingProxyType({"*.received": "the time at which a mail came"})


def _on_ports_of_its_own(operation: Operation) -> Operation:
    """Let it run where a server has ports of the namespace's own, as the one inside always has."""

    def run(inbox: Inbox, record: Record) -> None:
        inbox.call("POST", "ports")
        operation(inbox, record)

    run.__name__ = operation.__name__
    return run


def _mail(subject: str, to: str = "ada@example.test") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@example.test", to, subject
    mail["Message-ID"] = "<1@shop.test>"
    mail.set_content("Thank you: https://shop.test/orders/1")
    mail.add_alternative("<p>Thank you</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="receipt.pdf")
    mail.set_boundary("outer")
    for part in mail.iter_parts():
        if part.is_multipart():
            part.set_boundary("inner")
    return mail


def _look(inbox: Inbox, record: Record) -> None:
    for message in inbox.messages:
        record.note("message", message)
        told = inbox.call("GET", f"messages/{message.id}")
        record.note("shown", told)


def commands(inbox: Inbox, record: Record) -> None:
    """What a client says, one by one, and what it is answered."""
    with smtplib.SMTP(inbox.host, inbox.port, local_hostname="shop", timeout=10) as client:
        smtp = record.watch(client)
        smtp.helo("shop")
        smtp.ehlo("shop")
        smtp.login(inbox.user, inbox.password)
        smtp.noop()
        smtp.mail("shop@example.test")
        smtp.rcpt("ada@example.test")
        smtp.rset()
        smtp.verify("ada")
        smtp.rcpt("no")
        smtp.docmd("NONSENSE")
        smtp.data("x")


def sending(inbox: Inbox, record: Record) -> None:
    """A mail without login, and what the inbox has of it."""
    with smtplib.SMTP(inbox.host, inbox.port, local_hostname="shop", timeout=10) as client:
        client.login(inbox.user, inbox.password)
        record.watch(client).send_message(_mail("Receipt"))
        record.watch(client).send_message(_mail("Another", "ben@example.test"))
    _look(inbox, record)
    record.note("found", [each.subject for each in inbox.find(to="ben@example.test")])
    inbox.delete(inbox.messages[0])
    record.note("left", [each.subject for each in inbox.messages])
    inbox.clear()
    record.note("cleared", len(inbox.messages))


def starttls(inbox: Inbox, record: Record) -> None:
    """TLS from the middle on."""
    with smtplib.SMTP(inbox.host, inbox.port, local_hostname="shop", timeout=10) as client:
        smtp = record.watch(client)
        smtp.starttls(context=inbox.tls_context())
        smtp.login(inbox.user, inbox.password)
        smtp.send_message(_mail("Secret"))
    _look(inbox, record)


def tls(inbox: Inbox, record: Record) -> None:
    """TLS from the first byte."""
    context = inbox.tls_context()
    with smtplib.SMTP_SSL(
        inbox.host, inbox.tls_port, local_hostname="shop", context=context, timeout=10
    ) as client:
        client.login(inbox.user, inbox.password)
        record.watch(client).send_message(_mail("Secret"))
    _look(inbox, record)


def accounts(inbox: Inbox, record: Record) -> None:
    """Who may log in, and who may not."""
    inbox.declare_accounts({inbox.user: "right"})
    for password in ("wrong", "right"):
        with smtplib.SMTP(inbox.host, inbox.port, local_hostname="shop", timeout=10) as client:
            smtp = record.watch(client)
            smtp.login(inbox.user, password)
            smtp.mail("shop@example.test")


OPERATIONS: tuple[Operation, ...] = tuple(
    _on_ports_of_its_own(each) for each in (commands, sending, starttls, tls, accounts)
)
