"""`CommerceProvider`: amounts of money in minor units, article numbers, order references, idempotency keys."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from belljar.data.errors import CannotMeet
from belljar.data.providers.base import OwnProvider

__all__ = ["CommerceProvider", "Money"]

# How many digits the minor unit has: ISO 4217.
_DIGITS = {
    "AED": 2, "ARS": 2, "AUD": 2, "BGN": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "COP": 2,
    "CZK": 2, "DKK": 2, "EGP": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2, "ISK": 0,
    "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "MYR": 2, "NOK": 2, "NZD": 2, "PHP": 2, "PLN": 2, "RON": 2, "RSD": 2,
    "SAR": 2, "SEK": 2, "SGD": 2, "THB": 2, "TND": 3, "TRY": 2, "TWD": 2, "UAH": 2, "USD": 2, "VND": 0, "ZAR": 2,
}  # fmt: skip
_OF_COUNTRY = {
    "AE": "AED", "AR": "ARS", "AU": "AUD", "BR": "BRL", "CA": "CAD", "CH": "CHF", "CL": "CLP", "CN": "CNY",
    "CO": "COP", "CZ": "CZK", "DK": "DKK", "EG": "EGP", "GB": "GBP", "HK": "HKD", "HU": "HUF", "ID": "IDR",
    "IL": "ILS", "IN": "INR", "IS": "ISK", "JP": "JPY", "KR": "KRW", "MX": "MXN", "MY": "MYR", "NO": "NOK",
    "NZ": "NZD", "PH": "PHP", "PL": "PLN", "RO": "RON", "RS": "RSD", "SA": "SAR", "SE": "SEK", "SG": "SGD",
    "TH": "THB", "TN": "TND", "TR": "TRY", "TW": "TWD", "UA": "UAH", "US": "USD", "VN": "VND", "ZA": "ZAR",
}  # fmt: skip
_EURO = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
# Without what is taken for something else: I, L, O, U.
_CLEAR = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_KINDS = ("BAG", "CAP", "CUP", "HAT", "MUG", "PEN", "PIN", "TEE")
_COLOURS = ("BLK", "BLU", "GRN", "GRY", "RED", "WHT", "YLW")


class Money(NamedTuple):
    """An amount in minor units (cents), and the currency's code."""

    amount: int
    currency: str


class CommerceProvider(OwnProvider):
    """What a shop's services say to each other."""

    __provider__ = "belljar.commerce"
    __unique_texts__ = frozenset({"order_reference", "sku"})

    def money(
        self, currency: str | None = None, low: int | None = None, high: int | None = None
    ) -> Money:
        """Give an amount in minor units with its currency: that of the locale's country, unless it is said.

        From 1.00 to 1000.00, unless `low` and `high` are said, in minor units.
        """
        code = (currency or self._currency).upper()
        unit = 10 ** _DIGITS[self._chosen("money", "currency", code, _DIGITS)]
        lowest, highest = unit if low is None else low, 1000 * unit if high is None else high
        if lowest > highest:
            raise CannotMeet(
                f"there is no amount from {lowest} to {highest}",
                place="faker.money",
                fix="say a low that is not above high, both in minor units",
            )
        return Money(self.generator.random.randint(lowest, highest), code)

    def sku(self) -> str:
        """Give an article number: MUG-BLU-4F7K2."""
        return f"{self._draw(_KINDS)}-{self._draw(_COLOURS)}-{self._clear(5)}"

    def order_reference(self) -> str:
        """Give what a customer calls an order: ORD-7GQ4-K2XM-90TB."""
        return "ORD-" + "-".join(self._clear(4) for _ in range(3))

    def idempotency_key(self) -> str:
        """Give a key under which a request is done once: a UUID."""
        return str(UUID(int=self.generator.random.getrandbits(128), version=4))

    @property
    def _currency(self) -> str:
        country = self._country
        return "EUR" if country in _EURO.split() else _OF_COUNTRY.get(country, "USD")

    def _clear(self, length: int) -> str:
        return "".join(self._draw(_CLEAR) for _ in range(length))
