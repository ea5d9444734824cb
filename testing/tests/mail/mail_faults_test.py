"""Mail fails at every stage as it does in the wild: refused, cut off, late, or taken and not acknowledged."""

from __future__ import annotations

import smtplib
import time
from typing import Any

import pytest

from belljar.mocks.email import Inbox

COMMANDS = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE"]


def send(inbox: Inbox, mail: Any) -> dict[str, tuple[int, bytes]]:
    """Send as an application does: with login."""
    with smtplib.SMTP(inbox.host, inbox.port, timeout=5) as client:
        client.ehlo_or_helo_if_needed()
        client.user, client.password = "shop", "x"
        client.auth("PLAIN", client.auth_plain)
        return client.send_message(mail)


@pytest.mark.parametrize("code", [451, 550])
@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("CONNECT", smtplib.SMTPConnectError),
        ("AUTH", smtplib.SMTPAuthenticationError),
        ("MAIL", smtplib.SMTPSenderRefused),
        ("RCPT", smtplib.SMTPRecipientsRefused),
        ("DATA", smtplib.SMTPDataError),
        ("MESSAGE", smtplib.SMTPDataError),
    ],
)
def test_a_refusal_is_the_error_of_its_stage_and_the_next_try_succeeds(
    inbox: Inbox, compose: Any, break_at: Any, command: str, error: type[Exception], code: int
) -> None:
    break_at(command, "smtp", code=code)
    with pytest.raises(error) as refused:
        send(inbox, compose())
    assert str(code) in str(refused.value)
    assert not inbox.messages
    send(inbox, compose())
    assert len(inbox.messages) == 1


def test_one_of_several_recipients_is_refused(inbox: Inbox, compose: Any, break_at: Any) -> None:
    break_at("RCPT", "smtp", recipient="ben@*", code=550, text="5.1.1 No Ben here")
    mail = compose(to="anna@example.test, ben@example.test, cleo@example.test")
    assert send(inbox, mail) == {"ben@example.test": (550, b"5.1.1 No Ben here")}
    assert inbox.wait_for().recipients == ("anna@example.test", "cleo@example.test")


@pytest.mark.parametrize("command", ["DATA", "MESSAGE"])
@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_lost_answer_leaves_the_mail_where_it_was_sent(
    inbox: Inbox, compose: Any, break_at: Any, command: str, how: str
) -> None:
    break_at(command, "lose_answer", how=how)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(inbox, compose())
    assert len(inbox.messages) == 1, "the server has it, and the client does not know"


@pytest.mark.parametrize("command", ["CONNECT", *COMMANDS])
def test_a_connection_breaks_before_the_work_is_done(
    inbox: Inbox, compose: Any, break_at: Any, command: str
) -> None:
    break_at(command, "reset")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(inbox, compose())
    assert not inbox.messages


@pytest.mark.parametrize("command", ["CONNECT", *COMMANDS])
def test_an_answer_comes_late(inbox: Inbox, compose: Any, break_at: Any, command: str) -> None:
    break_at(command, "latency", mean=0.1)
    begun = time.monotonic()
    send(inbox, compose())
    assert time.monotonic() - begun >= 0.1
    assert [entry["method"] for entry in inbox.journal() if entry["fault"]] == [command]


def test_an_answer_never_comes(inbox: Inbox, connect: Any, compose: Any, break_at: Any) -> None:
    break_at("MESSAGE", "timeout")
    client = connect()
    client.ehlo()
    client.sock.settimeout(0.2)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        client.send_message(compose())
    assert not inbox.messages


def test_421_closes_the_connection(inbox: Inbox, connect: Any, break_at: Any) -> None:
    break_at("MAIL", "smtp", code=421)
    client = connect()
    client.ehlo()
    assert client.mail("a@example.test")[0] == 421
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_twice_then_it_works(inbox: Inbox, compose: Any, break_at: Any) -> None:
    break_at("MESSAGE", "smtp", when={"times": 2}, code=451)
    failures = 0
    for _ in range(3):
        try:
            send(inbox, compose())
        except smtplib.SMTPDataError:
            failures += 1
    assert (failures, len(inbox.messages)) == (2, 1)
    assert [one["when"] for one in inbox.faults_record()["faults"]] == [{"calls": [1, 2]}]
