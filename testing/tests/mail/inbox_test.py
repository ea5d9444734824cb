"""A test looks at the mail that came, waits for the next, and is told what came instead."""

from __future__ import annotations

import threading
import time
from email.message import EmailMessage
from typing import Any

import pytest

from belljar.mocks.email import Attachment, Inbox, NoSuchMail


def test_every_part_of_a_mail_is_parsed(inbox: Inbox, connect: Any) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ä <a@example.test>", "b@example.test", "Grüße €"
    mail.set_content("Pay at https://example.test/pay?id=1&x=2.\n")
    mail.add_alternative('<p>Hello <img src="cid:logo"></p>', subtype="html")
    page: Any = mail.get_payload(1)
    page.add_related(b"PNG", "image", "png", cid="<logo>")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Beleg ü.pdf")
    connect().send_message(mail)
    came = inbox.wait_for()
    assert came.subject == "Grüße €"
    assert came.header("from") == "Ä <a@example.test>"
    assert came.text == "Pay at https://example.test/pay?id=1&x=2.\n"
    assert came.links == ("https://example.test/pay?id=1&x=2",)
    assert came.html.strip() == '<p>Hello <img src="cid:logo"></p>'
    assert came.attachments == (
        Attachment("", "image/png", b"PNG", "logo", True),
        Attachment("Beleg ü.pdf", "application/pdf", b"%PDF"),
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all",
        b"Subject: =?utf-8?b?broken\r\nFrom: <<>>,,@\r\n\r\nx",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        b"Content-Disposition: attachment; filename*=bad''%ff\r\nContent-Type: a/b\r\n\r\nx",
    ],
)
def test_a_broken_mail_is_shown_as_far_as_it_goes(inbox: Inbox, connect: Any, raw: bytes) -> None:
    connect().sendmail("a@example.test", ["b@example.test"], raw)
    came = inbox.wait_for()
    assert (came.text, came.html, came.subject, came.attachments, came.headers) is not None
    assert inbox.call("GET", f"messages/{came.id}")["recipients"] == ["b@example.test"]


def test_waiting_ends_as_soon_as_the_mail_is_there(
    inbox: Inbox, connect: Any, compose: Any
) -> None:
    client = connect()
    found = []
    waiting = threading.Thread(
        target=lambda: found.append(inbox.wait_for(subject="later", timeout=30))
    )
    begun = time.monotonic()
    waiting.start()
    client.send_message(compose(subject="sooner"))
    client.send_message(compose(subject="later"))
    waiting.join(timeout=20)
    assert [mail.subject for mail in found] == ["later"]
    assert time.monotonic() - begun < 15


def test_a_mail_that_does_not_come_is_an_assertion_that_shows_what_did(
    inbox: Inbox, connect: Any, compose: Any
) -> None:
    connect().send_message(compose(subject="Something else"))
    with pytest.raises(NoSuchMail, match=r"to='ben@example.test'") as missing:
        inbox.wait_for(to="ben@example.test", timeout=0.05)
    assert isinstance(missing.value, AssertionError)
    assert "anna@example.test: 'Something else'" in str(missing.value)


def test_the_next_mail_after_one_is_another(inbox: Inbox, connect: Any, compose: Any) -> None:
    connect().send_message(compose(subject="code 1"))
    first = inbox.wait_for(subject="code")
    connect().send_message(compose(subject="code 2"))
    assert inbox.wait_for(subject="code", after=first.id).subject == "code 2"


def test_mails_are_found_by_recipient_sender_and_subject(
    inbox: Inbox, connect: Any, compose: Any
) -> None:
    client = connect()
    client.send_message(compose(subject="Your receipt", to="anna@example.test"))
    client.send_message(compose(subject="News", to="ben@example.test", sender="news@example.test"))
    assert [mail.subject for mail in inbox.find(to="Anna@Example.Test")] == ["Your receipt"]
    assert [mail.subject for mail in inbox.find(sender="news@example.test")] == ["News"]
    assert [mail.subject for mail in inbox.find(subject="RECEIPT")] == ["Your receipt"]
    assert inbox.find(to="anna", subject="receipt") == []


def test_mails_are_deleted_one_by_one_or_all(inbox: Inbox, connect: Any, compose: Any) -> None:
    client = connect()
    for number in range(3):
        client.send_message(compose(subject=str(number)))
    inbox.delete(inbox.messages[0])
    assert [mail.subject for mail in inbox.messages] == ["1", "2"]
    inbox.clear()
    assert inbox.messages == []


def test_the_journal_has_every_command_and_no_password(
    inbox: Inbox, connect: Any, compose: Any
) -> None:
    client = connect()
    client.login("shop", "secret words")
    client.send_message(compose())
    client.quit()
    entries = inbox.journal()
    assert [(entry["method"], entry["status"]) for entry in entries] == [
        ("CONNECT", 220),
        ("EHLO", 250),
        ("AUTH", 235),
        ("MAIL", 250),
        ("RCPT", 250),
        ("DATA", 354),
        ("MESSAGE", 250),
        ("QUIT", 221),
    ]
    assert entries[2]["path"] == "PLAIN"
