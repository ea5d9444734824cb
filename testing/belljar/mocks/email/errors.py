"""Every error of the email mock's own, in one tree; those of all mocks are in `belljar.mocks.errors`.

MockError
├── CannotWrite   the file for the certificate can't be written
└── NoSuchMail    no such mail came; it shows what did
"""

from __future__ import annotations

from belljar.mocks.errors import MockError

__all__ = ["CannotWrite", "NoSuchMail"]


class CannotWrite(MockError):
    """The file for the certificate can't be written."""


class NoSuchMail(MockError, AssertionError):
    """No such mail came: in a test that is a failure, not an accident."""
