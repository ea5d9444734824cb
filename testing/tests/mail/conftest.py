"""What the tests of the email mock share."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from typing import Any

import pytest

from belljar.mocks.email import Inbox

Connect = Callable[..., smtplib.SMTP]
Compose = Callable[..., EmailMessage]
Break = Callable[..., None]


@pytest.fixture
def connect(inbox: Inbox) -> Iterator[Connect]:
    """Give connections to the inbox's port, closed at the end."""
    with ExitStack() as stack:

        def made(port: int = 0) -> smtplib.SMTP:
            return stack.enter_context(smtplib.SMTP(inbox.host, port or inbox.port, timeout=10))

        yield made


@pytest.fixture
def compose() -> Compose:
    """Give mails."""

    def made(
        subject: str = "Welcome",
        to: str = "anna@example.test",
        text: str = "Hello.\n",
        sender: str = "shop@example.test",
    ) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail.set_content(text)
        return mail

    return made


@pytest.fixture
def break_at(inbox: Inbox) -> Break:
    """Plan a fault at an SMTP command."""

    def planned(command: str, kind: str, when: object = None, **values: Any) -> None:
        recipient = values.pop("recipient", None)
        match = {"command": command} | ({"recipient": recipient} if recipient else {})
        rule: dict[str, Any] = {"on": "email", "match": match, "kind": kind, "with": values}
        rule["when"] = {"times": 1} if when is None else when
        inbox.clear_faults()  # the same rule would go on counting
        inbox.set_faults({"version": 1, "seed": 7, "faults": [rule]})

    return planned
