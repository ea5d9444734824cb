"""Money is integers with a currency."""

from __future__ import annotations

import pytest

from services.orders.money import Money, total
from services.orders.problems import MixedCurrencies


def test_amounts_of_one_currency_add_up() -> None:
    """The sum of many amounts is exact."""
    assert total([Money(10, "EUR")] * 3) == Money(30, "EUR")


def test_an_amount_is_multiplied_by_a_quantity() -> None:
    """Three pieces cost three times as much."""
    assert Money(1999, "USD") * 3 == Money(5997, "USD")


def test_amounts_of_two_currencies_do_not_add_up() -> None:
    """Mixing currencies is refused and both are named."""
    with pytest.raises(MixedCurrencies, match="cannot add USD to EUR"):
        total([Money(1, "EUR"), Money(1, "USD")])


@pytest.mark.parametrize("code", ["eur", "EURO", "E1R", ""])
def test_what_is_no_currency_code_is_refused(code: str) -> None:
    """Only three capital letters are an ISO 4217 code."""
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, code)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250, "EUR"), "12.50 EUR"),
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(-5, "EUR"), "-0.05 EUR"),
        (Money(1250, "JPY"), "1250 JPY"),
        (Money(1250, "KWD"), "1.250 KWD"),
    ],
)
def test_an_amount_is_shown_with_the_decimals_of_its_currency(money: Money, text: str) -> None:
    """Yen have no decimals, dinars have three."""
    assert str(money) == text
