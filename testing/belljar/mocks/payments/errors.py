"""`StripeError`: an error of the API in Stripe's form, and the makers of the common ones."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

__all__ = [
    "StripeError",
    "invalid",
    "missing_parameter",
    "no_such",
    "unexpected_state",
    "unknown_parameter",
]


class StripeError(Exception):
    """An answer with an error; `more` are fields besides, such as the payment intent itself."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.more = dict(more or {})

    def body(self) -> dict[str, Any]:
        """The answer's content."""
        error: dict[str, Any] = {}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = doc_url(self.code)
        error["message"] = self.message
        if self.param:
            error["param"] = self.param
        error |= self.more
        error["type"] = self.kind
        return {"error": error}


def doc_url(code: str) -> str:
    """Where Stripe explains an error code."""
    return f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"


def invalid(message: str, param: str = "", code: str = "") -> StripeError:
    """A parameter has a value that can't be."""
    return StripeError(message, param=param, code=code)


def missing_parameter(name: str) -> StripeError:
    """A parameter has to be there, and is not."""
    return StripeError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def unknown_parameter(names: list[str], known: frozenset[str]) -> StripeError:
    """Parameters that the endpoint does not have."""
    if len(names) > 1:
        message = f"Received unknown parameters: {', '.join(names)}"
    else:
        message = f"Received unknown parameter: {names[0]}"
        if near := get_close_matches(names[0], known, 1):
            message += f". Did you mean {near[0]}?"
    return StripeError(message, code="parameter_unknown", param=names[0])


def no_such(what: str, identifier: str, param: str = "id", status: int = 404) -> StripeError:
    """An object that is not there; 404 where the path names it, 400 where a parameter does."""
    name = what.replace("_", " ") if what == "payment_method" else what
    message = f"No such {'PaymentMethod' if name == 'payment method' else name}: '{identifier}'"
    return StripeError(message, status=status, code="resource_missing", param=param)


def unexpected_state(message: str, kind: str, rendered: dict[str, Any]) -> StripeError:
    """An intent is in a status in which that can't be done."""
    return StripeError(message, code=f"{kind}_unexpected_state", more={kind: rendered})
