"""Mail is taken as a mail server takes it, by the standard library's client and by hand."""

from __future__ import annotations

import smtplib
import socket
import ssl
from typing import Any

import pytest

from belljar.mocks.email import Inbox


def test_a_mail_is_taken_with_its_envelope(inbox: Inbox, connect: Any, compose: Any) -> None:
    connect().send_message(compose(to="anna@example.test, ben@example.test"))
    mail = inbox.wait_for(to="ben@example.test")
    assert mail.sender == "shop@example.test"
    assert mail.recipients == ("anna@example.test", "ben@example.test")
    assert (mail.user, mail.tls) == ("", False)


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
@pytest.mark.parametrize("initial", [True, False])
def test_any_login_is_right(
    inbox: Inbox, connect: Any, compose: Any, mechanism: str, initial: bool
) -> None:
    client = connect()
    client.ehlo()
    client.user, client.password = "shop", "whatever"
    name = mechanism.removeprefix("auth_").upper()
    client.auth(name, getattr(client, mechanism), initial_response_ok=initial)
    client.send_message(compose())
    assert inbox.wait_for().user == "shop"


def test_only_declared_accounts_log_in_where_there_are_some(
    inbox: Inbox, connect: Any, compose: Any
) -> None:
    inbox.declare_accounts({"shop": "right"})
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        connect().login("shop", "wrong")
    assert refused.value.smtp_code == 535
    with pytest.raises(smtplib.SMTPSenderRefused) as unknown:
        connect().send_message(compose())
    assert unknown.value.smtp_code == 530
    client = connect()
    client.login("shop", "right")
    client.send_message(compose())
    assert len(inbox.messages) == 1


def test_starttls_is_trusted_by_the_authority_that_is_offered(
    inbox: Inbox, connect: Any, compose: Any
) -> None:
    client = connect()
    client.starttls(context=inbox.tls_context())
    client.login("shop", "x")
    client.send_message(compose())
    assert inbox.wait_for().tls


def test_who_does_not_know_the_authority_refuses_the_certificate(connect: Any) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        connect().starttls(context=ssl.create_default_context())


def test_the_second_port_speaks_tls_from_the_first_byte(inbox: Inbox, compose: Any) -> None:
    with smtplib.SMTP_SSL(inbox.host, inbox.tls_port, context=inbox.tls_context()) as client:
        assert not client.has_extn("starttls")
        client.send_message(compose())
    assert inbox.wait_for().tls


def test_dots_and_long_texts_arrive_as_they_were(inbox: Inbox, connect: Any, compose: Any) -> None:
    text = ".\n..\n.dot\n" + "line\n" * 5000
    connect().send_message(compose(text=text))
    assert inbox.wait_for().text == text


def test_a_mail_beyond_the_limit_is_refused_before_it_is_sent(inbox: Inbox, connect: Any) -> None:
    client = connect()
    client.ehlo()
    size = int(client.esmtp_features["size"])
    assert client.mail("a@example.test", [f"SIZE={size + 1}"])[0] == 552
    assert client.mail("a@example.test", [f"SIZE={size}"])[0] == 250
    assert not inbox.messages


def test_addresses_and_headers_may_be_utf8(inbox: Inbox, connect: Any) -> None:
    raw = "Subject: Grüße\r\nTo: jürgen@example.test\r\n\r\nschön\r\n".encode()
    connect().sendmail(
        "ä@example.test", ["jürgen@example.test"], raw, mail_options=["SMTPUTF8", "BODY=8BITMIME"]
    )
    mail = inbox.wait_for(to="JÜRGEN@example.test")
    assert (mail.sender, mail.subject, mail.raw) == ("ä@example.test", "Grüße", raw)


def test_a_bounce_has_no_sender(inbox: Inbox, connect: Any) -> None:
    connect().sendmail("", ["shop@example.test"], b"Subject: bounced\r\n\r\n")
    assert inbox.wait_for(subject="bounced").sender == ""


def test_commands_may_come_all_at_once(inbox: Inbox) -> None:
    commands = (
        b"EHLO me\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n"
        b"Subject: at once\r\n\r\nx\r\n.\r\nQUIT\r\n"
    )
    with socket.create_connection((inbox.host, inbox.port), timeout=10) as client:
        client.sendall(commands)
        answers = b"".join(iter(lambda: client.recv(65536), b"")).decode().splitlines()
    codes = [line[:3] for line in answers if line[3:4] == " "]
    assert codes == ["220", "250", "250", "250", "354", "250", "221"]
    assert "250-PIPELINING" in answers
    assert inbox.wait_for(subject="at once").recipients == ("b@example.test",)


def test_several_mails_go_over_one_connection(inbox: Inbox, connect: Any, compose: Any) -> None:
    client = connect()
    for number in range(5):
        client.send_message(compose(subject=f"mail {number}"))
    assert [mail.subject for mail in inbox.messages] == [f"mail {n}" for n in range(5)]


def test_a_reset_transaction_sends_nothing(inbox: Inbox, connect: Any) -> None:
    client = connect()
    client.ehlo()
    client.mail("a@example.test")
    client.rcpt("b@example.test")
    assert client.rset()[0] == 250
    assert client.docmd("DATA")[0] == 503
    assert not inbox.messages


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x00\xff\r\n",
        b"x" * 5000 + b"\r\n",
        b"\r\n",
        b"DATA x\r\n",
    ],
)
def test_nonsense_is_answered_and_the_server_goes_on(
    inbox: Inbox, connect: Any, compose: Any, garbage: bytes
) -> None:
    with socket.create_connection((inbox.host, inbox.port), timeout=10) as client:
        assert client.recv(1000).startswith(b"220 ")
        client.sendall(garbage)
        assert client.recv(1000)[:1] in (b"4", b"5")
    connect().send_message(compose())
    assert inbox.wait_for().subject == "Welcome"
