"""The entry `email`: SMTP and an inbox, its scenarios and the calls of its contract."""

from __future__ import annotations

import sys

from belljar.mocks.email.client import Inbox
from belljar.mocks.email.inside import InsideEmailServer
from belljar.mocks.email.serving import EmailServer
from belljar.mocks.registry.calls_email import IGNORED, OPERATIONS
from belljar.mocks.registry.mock_entry import Entry, Scenario

__all__ = ["ENTRY"]

ENTRY = Entry(
    "email",
    client=Inbox,
    inside=InsideEmailServer,
    served=EmailServer,
    command=(sys.executable, "-m", "belljar.mocks.email"),
    operations=OPERATIONS,
    ignored=IGNORED,
    scenarios={
        "rejected": Scenario(
            "no recipient is known", faults=lambda on: on(command="RCPT").smtp(code=550)
        ),
        "full": Scenario(
            "there is no room for a mail", faults=lambda on: on(command="MESSAGE").smtp(code=552)
        ),
    },
)
