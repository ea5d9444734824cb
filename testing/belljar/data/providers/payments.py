"""`PaymentsProvider`: the card numbers and payment methods that the payments mock, and Stripe, document for tests."""

from __future__ import annotations

from belljar.data.providers.base import OwnProvider

__all__ = ["PaymentsProvider"]

_PAYS = {
    "visa": "4242424242424242",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "visa_debit": "4000056655665556",
}
_CARDS = {
    "declined": ("4000000000000002", "pm_card_chargeDeclined"),
    "insufficient_funds": ("4000000000009995", "pm_card_chargeDeclinedInsufficientFunds"),
    "expired": ("4000000000000069", "pm_card_chargeDeclinedExpiredCard"),
    "wrong_cvc": ("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc"),
    "processing_error": ("4000000000000119", "pm_card_chargeDeclinedProcessingError"),
    "fraudulent": ("4100000000000019", "pm_card_chargeDeclinedFraudulent"),
    "fails_later": ("4000000000000341", "pm_card_chargeCustomerFail"),
    "needs_3ds": ("4000002760003184", "pm_card_authenticationRequired"),
}
_OUTCOMES = ("pays", *_CARDS)


class PaymentsProvider(OwnProvider):
    """Cards that are nobody's."""

    __provider__ = "belljar.payments"

    def test_card_number(self, outcome: str = "pays") -> str:
        """Give the number of a test card that pays, or that is `declined`, `expired`, `needs_3ds`, and so on."""
        self._chosen("test_card_number", "outcome", outcome, _OUTCOMES)
        return self._draw(_PAYS.values()) if outcome == "pays" else _CARDS[outcome][0]

    def payment_method_id(self, outcome: str = "pays") -> str:
        """Give the id of a test payment method: `pm_card_visa`, or one whose card does what `outcome` says."""
        self._chosen("payment_method_id", "outcome", outcome, _OUTCOMES)
        return f"pm_card_{self._draw(_PAYS)}" if outcome == "pays" else _CARDS[outcome][1]
