"""Every error that belljar.mocks.proxy raises, in one tree.

    ProxyError
    ├── BadRequest          what was asked can't be understood: no JSON, a wrong type or value
    │   ├── MissingField    `name` or `upstream` was left out
    │   ├── BadAddress      an address that is neither host:port nor unix:/path
    │   ├── BadStream       a stream that is neither upstream nor downstream
    │   ├── BadToxicType    a toxic type that does not exist
    │   ├── BadAttributes   attributes that the toxic type has not, or of a wrong type or range
    │   └── BadFault        a fault that no toxic stands for
    ├── NotFound            no such proxy, toxic or page
    ├── AlreadyExists       the name is taken
    ├── WrongMethod         the page exists, but not for this method
    ├── NotAllowed          a browser, which a page of somebody else's may steer
    └── NotListening        the address can't be listened at

Each carries what the HTTP API answers: `status`, `error` as Toxiproxy words it, and `fix`.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AlreadyExists",
    "BadAddress",
    "BadAttributes",
    "BadFault",
    "BadRequest",
    "BadStream",
    "BadToxicType",
    "MissingField",
    "NotAllowed",
    "NotFound",
    "NotListening",
    "ProxyError",
    "WrongMethod",
]


class ProxyError(Exception):
    """Something was asked of the proxy that it can't do, said so that it can be mended."""

    status: ClassVar[int] = 500

    def __init__(self, error: str, fix: str) -> None:
        self.error = error
        self.fix = fix
        super().__init__(f"{error}\n  fix: {fix}")

    def as_json(self) -> dict[str, object]:
        """Return Toxiproxy's form: `error` since 2.1, `title` before, and the fix beside them."""
        return {"error": self.error, "title": self.error, "status": self.status, "fix": self.fix}


class BadRequest(ProxyError):
    """What was asked can't be understood."""

    status = 400


class MissingField(BadRequest):
    """A field without which there is no proxy was left out."""


class BadAddress(BadRequest):
    """An address that is neither host:port nor unix:/path."""


class BadStream(BadRequest):
    """A stream that is neither upstream nor downstream."""


class BadToxicType(BadRequest):
    """A toxic type that does not exist."""


class BadAttributes(BadRequest):
    """Attributes that the toxic type has not, or of a wrong type or range."""


class BadFault(BadRequest):
    """A fault of a plan that no toxic stands for."""


class NotFound(ProxyError):
    """No such proxy, toxic or page."""

    status = 404


class AlreadyExists(ProxyError):
    """A proxy or toxic of this name is there."""

    status = 409


class WrongMethod(ProxyError):
    """The page exists, but not for this method."""

    status = 405


class NotAllowed(ProxyError):
    """Browsers are refused, as Toxiproxy does: any page that one visits could ask one to call here."""

    status = 403


class NotListening(ProxyError):
    """The address can't be listened at: taken, not of this machine, not permitted."""
