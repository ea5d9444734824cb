"""The documented test cards: by number, and by the tokens `pm_card_...` and `tok_...`.

A card behaves as Stripe's documentation of testing says: it pays, it is declined for a reason, or
it asks for authentication first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["CARDS", "DECLINES", "TOKENS", "Card", "Decline", "card_by_number"]


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a card does not pay: as in the errors of the API."""

    code: str
    message: str
    decline_code: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A test card.

    `decline` holds for each payment; `attachable` tells whether it can be saved all the same.
    `authentication` is "" (never), "always", "unless_set_up" or "set_up" (only if it was not saved).
    `refund` is "" (at once), "pending" or "fails".
    """

    number: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    attachable: bool = True
    authentication: str = ""
    refund: str = ""
    risk: str = "normal"
    available_at_once: bool = False

    @property
    def last4(self) -> str:
        """The end of its number."""
        return self.number[-4:]


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", message, decline_code)


GENERIC = _declined("generic_decline")
FUNDS = _declined("insufficient_funds", "Your card has insufficient funds.")
LOST = _declined("lost_card")
STOLEN = _declined("stolen_card")
VELOCITY = _declined(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently "
    "or exceeding its amount limit.",
)
FRAUD = _declined("fraudulent")
EXPIRED = Decline("expired_card", "Your card has expired.")
CVC = Decline("incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = Decline(
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "Your card was declined. Your request was in test mode, but used a non test (live) card. "
    "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
    "test_mode_live_card",
)
WRONG_NUMBER = Decline("incorrect_number", "Your card number is incorrect.")

# A card, and its names after `pm_card_` and `tok_`.
_LISTED: Final[tuple[tuple[Card, str], ...]] = (
    (Card("4242424242424242"), "visa us"),
    (Card("4000056655665556", funding="debit"), "visa_debit"),
    (Card("5555555555554444", "mastercard"), "mastercard"),
    (Card("2223003122003222", "mastercard"), "mastercard_2_series"),
    (Card("5200828282828210", "mastercard", "debit"), "mastercard_debit"),
    (Card("5105105105105100", "mastercard", "prepaid"), "mastercard_prepaid"),
    (Card("378282246310005", "amex"), "amex"),
    (Card("371449635398431", "amex"), ""),
    (Card("6011111111111117", "discover"), "discover"),
    (Card("6011981111111113", "discover", "debit"), "discover_debit"),
    (Card("3056930009020004", "diners"), "diners"),
    (Card("36227206271667", "diners"), ""),
    (Card("3566002020360505", "jcb", country="JP"), "jcb jp"),
    (Card("6200000000000005", "unionpay", country="CN"), "unionpay cn"),
    (Card("4000000760000002", country="BR"), "br"),
    (Card("4000001240000000", country="CA"), "ca"),
    (Card("4000004840008001", country="MX"), "mx"),
    (Card("4000000400000008", country="AT"), "at"),
    (Card("4000000560000004", country="BE"), "be"),
    (Card("4000002500000003", country="FR"), "fr"),
    (Card("4000002760000016", country="DE"), "de"),
    (Card("4000003800000008", country="IT"), "it"),
    (Card("4000005280000002", country="NL"), "nl"),
    (Card("4000006160000005", country="PL"), "pl"),
    (Card("4000007240000007", country="ES"), "es"),
    (Card("4000007520000008", country="SE"), "se"),
    (Card("4000007560000009", country="CH"), "ch"),
    (Card("4000008260000000", country="GB"), "gb"),
    (Card("4000000360000006", country="AU"), "au"),
    (Card("4000003560000008", country="IN"), "in"),
    # Declined.
    (
        Card("4000000000000002", decline=GENERIC, attachable=False),
        "chargeDeclined visa_chargeDeclined",
    ),
    (
        Card("4000000000009995", decline=FUNDS, attachable=False),
        "chargeDeclinedInsufficientFunds visa_chargeDeclinedInsufficientFunds",
    ),
    (
        Card("4000000000009987", decline=LOST, attachable=False),
        "chargeDeclinedLostCard visa_chargeDeclinedLostCard",
    ),
    (
        Card("4000000000009979", decline=STOLEN, attachable=False),
        "chargeDeclinedStolenCard visa_chargeDeclinedStolenCard",
    ),
    (
        Card("4000000000006975", decline=VELOCITY, attachable=False),
        "chargeDeclinedVelocityLimitExceeded visa_chargeDeclinedVelocityLimitExceeded",
    ),
    (Card("4000000000000069", decline=EXPIRED, attachable=False), "chargeDeclinedExpiredCard"),
    (Card("4000000000000127", decline=CVC, attachable=False), "chargeDeclinedIncorrectCvc"),
    (
        Card("4000000000000119", decline=PROCESSING, attachable=False),
        "chargeDeclinedProcessingError",
    ),
    (Card("4000000000000341", decline=GENERIC), "chargeCustomerFail"),
    (
        Card("4100000000000019", decline=FRAUD, attachable=False, risk="highest"),
        "chargeDeclinedFraudulent radarBlock",
    ),
    (Card("4000000000004954", decline=FRAUD, risk="highest"), "riskLevelHighest"),
    (Card("4000000000009235", risk="elevated"), "riskLevelElevated"),
    # Authentication (3D Secure).
    (Card("4000002500003155", authentication="unless_set_up"), "authenticationRequiredOnSetup"),
    (Card("4000002760003184", authentication="always"), "authenticationRequired"),
    (Card("4000003800000446", authentication="set_up"), "authenticationRequiredSetupForOffSession"),
    (
        Card("4000008260003178", authentication="always", decline=FUNDS),
        "authenticationRequiredChargeDeclinedInsufficientFunds",
    ),
    (Card("4000000000003220", authentication="always"), "threeDSecure2Required"),
    (Card("4000000000003063", authentication="always"), "threeDSecureRequired"),
    (
        Card("4000008400001629", authentication="always", decline=GENERIC),
        "threeDSecureRequiredChargeDeclined",
    ),
    (Card("4000000000003055"), "threeDSecureOptional"),
    # Refunds, and money that can be paid out at once.
    (Card("4000000000007726", refund="pending"), "pendingRefund"),
    (Card("4000000000005126", refund="fails"), "refundFail"),
    (Card("4000000000000077", available_at_once=True), "bypassPending"),
)

# What cards are declined for, by code or by decline code.
DECLINES: Final = {
    decline.decline_code or decline.code: decline
    for decline in (GENERIC, FUNDS, LOST, STOLEN, VELOCITY, FRAUD, EXPIRED, CVC, PROCESSING)
}
CARDS: Final = {card.number: card for card, _ in _LISTED}
TOKENS: Final = {name: card for card, names in _LISTED for name in names.split()}


def card_by_number(number: str) -> Card | Decline:
    """The test card of that number, or why there is none."""
    digits = number.replace(" ", "").replace("-", "")
    if card := CARDS.get(digits):
        return card
    return NOT_A_TEST_CARD if _is_a_card_number(digits) else WRONG_NUMBER


def _is_a_card_number(digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19):
        return False
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0
