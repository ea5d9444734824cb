"""The fixture `inbox`: a mail server and the mail that came, a namespace of its own for each test.

    def test_a_customer_gets_a_receipt(inbox):
        app = make_app(smtp_host=inbox.host, smtp_port=inbox.port)
        app.pay(...)
        assert "ord_1" in inbox.wait_for(to="anna@example.test", subject="receipt").text

Where the target's `services` have one named `email`, it is that, with the mails of the user that it
exports as `user`, emptied before each test; else a server in this process, started by the first test
that asks, with ports of the test's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from belljar.mocks.email.client import Inbox
    from belljar.mocks.email.inside import InsideEmailServer
    from belljar.mocks.email.serving import EmailServer

__all__ = ["inbox"]

# It ends the servers.
pytest_plugins = ["belljar.mocks.plugin"]


@pytest.fixture
def inbox(request: pytest.FixtureRequest) -> Inbox:
    """Give a mail server of the test's own, and the mail that came."""
    from belljar.mocks.email.client import Inbox
    from belljar.mocks.plugin import mock_client

    return mock_client(request, "email", _started, Inbox, _inside)


def _started() -> EmailServer:
    from belljar.mocks.email.serving import EmailServer

    return EmailServer()


def _inside() -> InsideEmailServer:
    from belljar.mocks.email.inside import InsideEmailServer

    return InsideEmailServer()
