"""One server has mailboxes for many tests at once, and each sees its own."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from belljar.mocks.email import EmailServer, Inbox


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[EmailServer]:
    with EmailServer() as server:
        yield server


def send(server: EmailServer, recipients: list[str], user: str = "", header: str = "") -> None:
    """Send by the port that is for all."""
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as client:
        if user:
            client.login(user, "x")
        extra = f"X-Belljar-Namespace: {header}\r\n" if header else ""
        client.sendmail("a@example.test", recipients, f"{extra}Subject: s\r\n\r\n")


def recipients_in(server: EmailServer, namespace: str) -> list[str]:
    """Give the recipients of the mails of a namespace."""
    return [
        address for mail in Inbox(server.url, namespace).messages for address in mail.recipients
    ]


def test_a_mail_belongs_to_the_user_who_has_logged_in(server: EmailServer) -> None:
    send(server, ["x+other@example.test"], user="user-1")
    send(server, ["y@example.test"], user="me@example.test")
    assert recipients_in(server, "user-1") == ["x+other@example.test"]
    assert recipients_in(server, "me-example.test") == ["y@example.test"]


def test_without_login_each_recipient_gets_it_where_its_address_says(server: EmailServer) -> None:
    send(server, ["x+rcpt-1@example.test", "y+rcpt-2@example.test", "z@example.test"])
    assert recipients_in(server, "rcpt-1") == ["x+rcpt-1@example.test"]
    assert recipients_in(server, "rcpt-2") == ["y+rcpt-2@example.test"]
    assert recipients_in(server, "default") == ["z@example.test"]


def test_the_header_wins(server: EmailServer) -> None:
    send(server, ["x+rcpt-3@example.test"], user="user-3", header="head-3")
    assert recipients_in(server, "head-3") == ["x+rcpt-3@example.test"]
    assert recipients_in(server, "user-3") == recipients_in(server, "rcpt-3") == []


def test_a_port_of_ones_own_needs_neither(server: EmailServer) -> None:
    one, other = Inbox(server.url, "port-1"), Inbox(server.url, "port-2")
    assert len({one.port, other.port, server.smtp_port}) == 3
    with smtplib.SMTP(one.host, one.port, timeout=10) as client:
        client.login("anybody", "x")
        client.sendmail("a@example.test", ["x+tag@example.test"], b"Subject: s\r\n\r\n")
    assert [mail.recipients for mail in one.messages] == [("x+tag@example.test",)]
    assert other.messages == []
    assert recipients_in(server, "tag") == []


def test_twenty_at_once_never_see_each_other(server: EmailServer) -> None:
    def work(number: int) -> None:
        inbox = Inbox(server.url, f"many-{number}")
        inbox.set_faults(
            {
                "version": 1,
                "faults": [
                    {
                        "on": "email",
                        "match": {"command": "MESSAGE"},
                        "kind": "smtp",
                        "with": {"code": 451, "text": f"4.0.0 {number}"},
                        "when": {"calls": [2]},
                    }
                ],
            }
        )
        for mail in range(5):
            with smtplib.SMTP(inbox.host, inbox.port, timeout=30) as client:
                try:
                    client.sendmail(
                        "a@example.test", [f"{number}@example.test"], f"Subject: {mail}\r\n\r\n"
                    )
                except smtplib.SMTPDataError as error:
                    assert (mail, error.smtp_error) == (1, f"4.0.0 {number}".encode())
        inbox.wait_for(subject="4")
        assert [mail.subject for mail in inbox.messages] == ["0", "2", "3", "4"]
        assert {mail.recipients for mail in inbox.messages} == {(f"{number}@example.test",)}

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, range(20)))


def test_a_reset_leaves_the_others_alone(server: EmailServer) -> None:
    for name in ("reset-1", "reset-2"):
        send(server, ["x@example.test"], user=name)
    Inbox(server.url, "reset-1").reset()
    assert recipients_in(server, "reset-1") == []
    assert recipients_in(server, "reset-2") == ["x@example.test"]
