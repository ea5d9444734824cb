"""`FolderPayments`: charges as files of a folder, shared by all processes that use the folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from services.orders.fakes.folders import write_first
from services.orders.fakes.payments import DECLINES, FakeCharge
from services.orders.money import Money
from services.orders.outside.payments import Charge, Declined, PaymentsUnavailable


class FolderPayments:
    """Every method is accepted but those in `DECLINES`; a key charges once, whoever asks."""

    def __init__(self, folder: Path) -> None:
        """Keep charges in `folder`, which exists."""
        self._folder = folder

    def charge(self, amount: Money, *, method: str, order_id: str, key: str) -> Charge:
        """A charge; see `Payments.charge`."""
        if method in DECLINES:
            raise Declined(DECLINES[method], "Your card was declined.")
        reference = f"pi_fake_{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        record = {
            "minor": amount.minor,
            "currency": amount.currency,
            "method": method,
            "order_id": order_id,
            "key": key,
        }
        try:
            # The first one with this key stands, as it does at a real payment service.
            write_first(self._folder / f"{reference}.json", json.dumps(record).encode())
        except OSError as error:
            raise PaymentsUnavailable(f"the charge cannot be kept: {error}") from error
        return Charge(reference=reference)

    def charges(self) -> list[FakeCharge]:
        """All charges that any process has made, in no particular order."""
        return [_charge(path) for path in self._folder.glob("pi_fake_*.json")]

    def close(self) -> None:
        """Nothing to release."""


def _charge(path: Path) -> FakeCharge:
    record = json.loads(path.read_bytes())
    return FakeCharge(
        amount=Money(record["minor"], record["currency"]),
        method=record["method"],
        order_id=record["order_id"],
        key=record["key"],
    )
