"""`FakePayments`: charges in memory, with the magic payment methods of Stripe's test mode."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from services.orders.money import Money
from services.orders.outside.payments import Charge, Declined, PaymentsUnavailable

DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
}


@dataclass(frozen=True, slots=True)
class FakeCharge:
    """One charge that the fake made."""

    amount: Money
    method: str
    order_id: str
    key: str


class FakePayments:
    """Every method is accepted but those in `DECLINES`; a key charges once."""

    def __init__(self) -> None:
        """Begin without charges, and available."""
        self.charges: list[FakeCharge] = []
        self.available = True
        self.lose_answers = False
        self._lock = threading.Lock()

    def charge(self, amount: Money, *, method: str, order_id: str, key: str) -> Charge:
        """A charge; see `Payments.charge`. `lose_answers` takes the money and then times out."""
        if not self.available:
            raise PaymentsUnavailable("the fake payment service is switched off")
        if method in DECLINES:
            raise Declined(DECLINES[method], "Your card was declined.")
        with self._lock:
            earlier = [number for number, charge in enumerate(self.charges) if charge.key == key]
            if not earlier:
                earlier = [len(self.charges)]
                self.charges.append(FakeCharge(amount, method, order_id, key))
        if self.lose_answers:
            raise PaymentsUnavailable("the fake payment service lost its answer")
        return Charge(reference=f"pi_fake_{earlier[0]:06}")

    def close(self) -> None:
        """Nothing to release."""
