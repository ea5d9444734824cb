"""A mail server for tests: real SMTP on one side, an inbox to look into on the other.

    from belljar.mocks.email import EmailServer, Inbox

    with EmailServer() as server:
        inbox = Inbox(server.url, "a-namespace")
        send_welcome("anna@example.test", host=inbox.host, port=inbox.port)
        assert "Welcome" in inbox.wait_for(to="anna@example.test").text

In tests the fixture `inbox` is that, with a namespace of the test's own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.mocks.email.client import Inbox
    from belljar.mocks.email.errors import CannotWrite, NoSuchMail
    from belljar.mocks.email.messages import Attachment, Message
    from belljar.mocks.email.serving import EmailServer, main

__all__ = [
    "Attachment",
    "CannotWrite",
    "EmailServer",
    "Inbox",
    "Message",
    "NoSuchMail",
    "main",
]

_HOMES = {
    "Attachment": "messages",
    "CannotWrite": "errors",
    "EmailServer": "serving",
    "Inbox": "client",
    "Message": "messages",
    "NoSuchMail": "errors",
    "main": "serving",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
