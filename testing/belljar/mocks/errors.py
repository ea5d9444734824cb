"""Every error that belljar.mocks raises, in one tree.

    MockError
    ├── CannotListen      a mock's address or inherited socket can't be listened on
    ├── BadNamespace      a name that no namespace can have
    ├── MockNotReached    the mock does not answer at its control address
    └── ControlRefused    the mock's control API refused what a test asked for

`ControlRefused` is also what a mock raises inside to refuse: it has a status, a message and a fix.
"""

from __future__ import annotations

__all__ = ["BadNamespace", "CannotListen", "ControlRefused", "MockError", "MockNotReached"]


class MockError(Exception):
    """Something is wrong with a mock, said so that it can be mended."""


class CannotListen(MockError):
    """The address or the inherited socket cannot be listened on."""


class MockNotReached(MockError):
    """The mock does not answer: it has died, was stopped, or never was there."""


class ControlRefused(MockError):
    """The control API refused; `status`, `message` and `fix` say what and how to mend it.

    `shown` says whether the text has the fix besides the message.
    """

    def __init__(
        self, message: str, fix: str = "", status: int = 400, *, shown: bool = True
    ) -> None:
        super().__init__(f"{message}\n  fix: {fix}" if fix and shown else message)
        self.message = message
        self.fix = fix
        self.status = status


class BadNamespace(ControlRefused):
    """A name that no namespace can have."""
