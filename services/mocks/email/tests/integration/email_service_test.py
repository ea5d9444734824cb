"""The email mock as a service: a dependent's mail is in the test's inbox, and the next test begins anew."""

from __future__ import annotations

import smtplib
import ssl

import pytest

from belljar.mocks.email import Inbox
from belljar.services import Services


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_mail_to_the_service_is_in_the_inbox_of_this_test_alone(
    services: Services, inbox: Inbox, attempt: int
) -> None:
    ports = services["email"].ports
    with smtplib.SMTP("127.0.0.1", ports["smtp"].number, timeout=10) as client:
        client.login(services["email"].exports["user"], "x")
        client.sendmail("a@example.test", ["b@example.test"], f"Subject: {attempt}\r\n\r\n")
    assert [mail.subject for mail in inbox.messages] == [str(attempt)]
    assert (inbox.port, inbox.tls_port) == (ports["smtp"].number, ports["smtps"].number)


def test_the_exported_authority_is_what_dependents_trust(services: Services, inbox: Inbox) -> None:
    context = ssl.create_default_context(cafile=services["email"].exports["ca"])
    with smtplib.SMTP_SSL(inbox.host, inbox.tls_port, context=context, timeout=10) as client:
        client.sendmail("a@example.test", ["b@example.test"], "Subject: safe\r\n\r\n")
    assert inbox.wait_for(subject="safe").tls


def test_a_killed_server_comes_back_at_the_same_address(services: Services, inbox: Inbox) -> None:
    before = inbox.port
    services["email"].kill()
    with pytest.raises(OSError):
        smtplib.SMTP(inbox.host, before, timeout=5)
    services["email"].start()
    with smtplib.SMTP(inbox.host, before, timeout=10) as client:
        client.sendmail("a@example.test", ["b@example.test"], "Subject: back\r\n\r\n")
    assert inbox.wait_for(subject="back").recipients == ("b@example.test",)
