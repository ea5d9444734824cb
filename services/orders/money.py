"""`Money`: an amount in integer minor units (cents) with its ISO 4217 currency.

Floats never hold money here: 0.1 + 0.2 is not 0.3, but 10 + 20 cents are 30.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.orders.problems import MixedCurrencies

# Currencies whose minor unit is not a hundredth; every other one has two decimals.
_DECIMALS = {"BHD": 3, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3}
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of minor units in one currency; amounts of different currencies do not add up."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is no ISO 4217 code."""
        if not _CODE.fullmatch(self.currency):
            raise ValueError(
                f"currency {self.currency!r} is no ISO 4217 code: use three capital letters, "
                "such as 'EUR'"
            )

    def __add__(self, other: Money) -> Money:
        """The sum; raises `MixedCurrencies` when the currencies differ."""
        if other.currency != self.currency:
            raise MixedCurrencies(
                f"cannot add {other.currency} to {self.currency}: an order has one currency",
                expected=self.currency,
                found=other.currency,
            )
        return Money(self.minor + other.minor, self.currency)

    def __mul__(self, factor: int) -> Money:
        """The amount `factor` times."""
        return Money(self.minor * factor, self.currency)

    def __str__(self) -> str:
        """The amount for people, such as `12.50 EUR`."""
        decimals = _DECIMALS.get(self.currency, 2)
        if not decimals:
            return f"{self.minor} {self.currency}"
        sign = "-" if self.minor < 0 else ""
        whole, part = divmod(abs(self.minor), 10**decimals)
        return f"{sign}{whole}.{part:0{decimals}} {self.currency}"


def total(amounts: Iterable[Money]) -> Money:
    """The sum of at least one amount; raises `MixedCurrencies` when their currencies differ."""
    iterator = iter(amounts)
    result = next(iterator)
    for amount in iterator:
        result = result + amount
    return result
