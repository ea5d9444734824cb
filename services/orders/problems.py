"""Every refusal that the service can give, as one tree of exceptions.

Domain code raises these; `services.orders.api.errors` turns them into `application/problem+json`.

    Problem
    ├── NotFound              404
    ├── InvalidCursor         400
    ├── MissingIdempotencyKey 400
    ├── PaymentDeclined       402
    ├── Conflict              409
    │   ├── OutOfStock
    │   ├── DuplicateSku
    │   ├── WrongOrderState
    │   └── InProgress        (with a time after which to retry)
    ├── Unprocessable         422
    │   ├── IdempotencyMismatch
    │   └── MixedCurrencies
    └── Unavailable           503
"""

from __future__ import annotations

from typing import ClassVar

type_prefix = "urn:orders:problem:"


class Problem(Exception):
    """A refusal with a status, a stable code, a sentence for people and members for programs."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, **members: str | int) -> None:
        """Keep `detail` (a sentence that names the culprit) and members for programs."""
        super().__init__(detail)
        self.detail = detail
        self.members = members

    def as_json(self) -> dict[str, str | int]:
        """The problem's members in the form of RFC 9457."""
        return {
            "type": type_prefix + self.code.replace("_", "-"),
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **self.members,
        }


class NotFound(Problem):
    """The thing asked for does not exist."""

    status, code, title = 404, "not_found", "Not found"


class InvalidCursor(Problem):
    """The cursor was not issued by this service for this search."""

    status, code, title = 400, "invalid_cursor", "Invalid cursor"


class MissingIdempotencyKey(Problem):
    """The request must carry an Idempotency-Key header."""

    status, code, title = 400, "missing_idempotency_key", "Idempotency-Key required"


class PaymentDeclined(Problem):
    """The payment service refused the payment for good."""

    status, code, title = 402, "payment_declined", "Payment declined"


class Conflict(Problem):
    """The present state does not allow the request."""

    status, code, title = 409, "conflict", "Conflict"


class OutOfStock(Conflict):
    """Fewer pieces are left than were asked for."""

    code, title = "out_of_stock", "Out of stock"


class DuplicateSku(Conflict):
    """Another product has this SKU."""

    code, title = "duplicate_sku", "Duplicate SKU"


class WrongOrderState(Conflict):
    """The order's status does not allow the step."""

    code, title = "wrong_order_state", "Wrong order state"


class InProgress(Conflict):
    """Somebody else is doing the same thing at this moment; `retry_after` is in seconds."""

    code, title = "in_progress", "Already in progress"


class Unprocessable(Problem):
    """The request is well formed, but makes no sense."""

    status, code, title = 422, "unprocessable", "Unprocessable"


class IdempotencyMismatch(Unprocessable):
    """The idempotency key was used before with another request."""

    code, title = "idempotency_mismatch", "Idempotency key used for another request"


class MixedCurrencies(Unprocessable):
    """The lines of an order have different currencies."""

    code, title = "mixed_currencies", "Mixed currencies"


class Unavailable(Problem):
    """An outside service does not answer; the same request may succeed later."""

    status, code, title = 503, "unavailable", "Service unavailable"
