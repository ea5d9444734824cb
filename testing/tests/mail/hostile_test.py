"""Mails and clients that nobody would send on purpose harm neither the mailbox nor the server."""

from __future__ import annotations

import json
import socket
import ssl
import urllib.error
import urllib.request
from typing import Any

import pytest

from belljar.mocks.email import EmailServer, Inbox, Message
from belljar.mocks.email.mailbox import Mailbox
from belljar.mocks.errors import ControlRefused


def nested(depth: int) -> bytes:
    """Give a mail of parts within parts."""
    lines = [b"Subject: deep\r\nContent-Type: multipart/mixed; boundary=a0\r\n\r\n"]
    lines += [
        b"--a%d\r\nContent-Type: multipart/mixed; boundary=a%d\r\n\r\n" % (number, number + 1)
        for number in range(depth)
    ]
    return b"".join(lines)


@pytest.mark.parametrize(
    "raw",
    [
        nested(3000),
        b"Content-Type: message/rfc822\r\n\r\n" * 500 + b"\r\nx",
        b"Content-Type: text/html; charset=hex\r\n\r\nzz",
        b"Content-Type: text/plain; charset=idna\r\n\r\n" + b"a" * 200 + b".\xff",
        b"Content-Type: text/html; charset=utf-16\r\n\r\n\x00\xd8\x00\xd8",
    ],
    ids=["parts", "messages", "hex", "idna", "surrogates"],
)
def test_a_mail_that_no_parser_reads_is_kept_and_hides_no_other(
    inbox: Inbox, connect: Any, compose: Any, raw: bytes
) -> None:
    client = connect()
    client.sendmail("a@example.test", ["b@example.test"], raw)
    client.send_message(compose(subject="after"))
    odd, good = inbox.call("GET", "messages")["messages"]
    assert good["subject"] == "after"
    for part in ("", "/html", "/raw"):
        with urllib.request.urlopen(
            f"{inbox.url}/_belljar/ns/{inbox.namespace}/messages/{odd['id']}{part}", timeout=10
        ) as answer:
            assert answer.status == 200
    assert odd["subject"] == ("deep" if b"deep" in raw else "")


def test_a_mailbox_keeps_no_more_than_fits_and_always_the_latest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("belljar.mocks.email.mailbox.KEPT_BYTES", 100)
    mailbox = Mailbox("x")
    for size in (40, 40, 40, 500):
        mailbox.add(Message(mailbox.next_id(), "a", ("b",), b"x" * size))
        assert len(mailbox.find()) == {40: min(2, int(mailbox.find()[-1].id)), 500: 1}[size]
    assert [len(one.raw) for one in mailbox.find()] == [500]
    mailbox.delete("4")
    for _ in range(2):
        mailbox.add(Message(mailbox.next_id(), "a", ("b",), b"x" * 50))
    assert [one.id for one in mailbox.find()] == ["5", "6"]
    assert mailbox.dropped == 3


def test_a_client_that_breaks_tls_off_leaves_one_line_in_the_log(
    inbox: Inbox, connect: Any, compose: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection((inbox.host, inbox.port), timeout=10) as client:
        assert client.recv(1000).startswith(b"220 ")
        client.sendall(b"EHLO x\r\nSTARTTLS\r\n")
        while b"220 Ready" not in client.recv(1000):
            pass
        client.sendall(b"this is no TLS at all, and longer than a header of it\r\n")
        while client.recv(1000):
            pass
    with pytest.raises(ssl.SSLCertVerificationError):
        connect().starttls(context=ssl.create_default_context())
    connect().send_message(compose())
    assert inbox.wait_for().subject == "Welcome"
    told = capfd.readouterr().err
    assert "email: STARTTLS failed" in told
    assert "Traceback" not in told


def test_a_plan_cannot_kill_the_mock_and_says_who_can(inbox: Inbox) -> None:
    plan = {"version": 1, "faults": [{"on": "email", "kind": "kill"}]}
    with pytest.raises(ControlRefused, match=r"fix: .*services\['email'\]\.kill\(\)"):
        inbox.set_faults(plan)


def test_the_inbox_of_a_service_is_that_of_the_user_it_exports() -> None:
    with EmailServer() as server:
        exports = {"user": "shop@example.test", "password": "secret words"}
        inbox = Inbox.of_service(server.url, exports)
        assert inbox.namespace == "shop-example.test"
        assert (inbox.user, inbox.password) == ("shop@example.test", "secret words")


@pytest.mark.parametrize(
    ("path", "status"), [("/favicon.ico", 204), ("/nonsense", 404), ("/_belljar/ready", 200)]
)
def test_a_browser_and_a_stranger_get_an_answer(inbox: Inbox, path: str, status: int) -> None:
    try:
        with urllib.request.urlopen(inbox.url + path, timeout=10) as answer:
            found = answer.status
    except urllib.error.HTTPError as error:
        found = error.status
        assert json.loads(error.read())["error"]["fix"]
    assert found == status
    assert inbox.journal() == [], "the page is no mail"
