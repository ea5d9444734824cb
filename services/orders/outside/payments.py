"""`Payments`: what orders needs of a payment service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.orders.money import Money
from services.orders.outside.trouble import OutsideTrouble


@dataclass(frozen=True, slots=True)
class Charge:
    """A payment that went through, with the payment service's own reference."""

    reference: str


class Declined(Exception):
    """The payment was refused for good; `code` says why, such as `insufficient_funds`."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the machine-readable `code` beside the message."""
        super().__init__(message)
        self.code = code


class PaymentsUnavailable(OutsideTrouble):
    """No answer that could be understood: whether money moved is unknown. Ask again, same key."""


class Payments(Protocol):
    """Takes money."""

    def charge(self, amount: Money, *, method: str, order_id: str, key: str) -> Charge:
        """A completed charge; with a `key` used before, that earlier charge.

        Raises `Declined` or `PaymentsUnavailable`.
        """

    def close(self) -> None:
        """Release connections."""
