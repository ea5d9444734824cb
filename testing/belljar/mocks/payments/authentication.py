"""3D Secure: whether a card asks for it, what the intent says then, and what comes after.

A person would pass the challenge at `next_action.redirect_to_url.url`; a test calls
`payments.authenticate(intent)`, which asks the control API.
"""

from __future__ import annotations

from belljar.mocks.payments.cards import Card, Decline
from belljar.mocks.payments.state import Record, State

__all__ = ["FAILED", "OFF_SESSION", "asks", "next_action"]

OFF_SESSION = Decline(
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "authentication_required",
)
NO_ACTION = Decline(
    "authentication_required",
    "This payment required an authentication action to complete, but `error_on_requires_action` "
    "was set.",
)
FAILED = Decline(
    "payment_intent_authentication_failure",
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a "
    "new PaymentMethod to attempt to fulfill this PaymentIntent again.",
)


def asks(state: State, card: Card, method: Record, *, off_session: bool) -> bool:
    """Whether this payment has to be authenticated by the customer."""
    if card.authentication == "always":
        return True
    saved = method["id"] in state.set_up
    if card.authentication == "unless_set_up":
        return not saved
    if card.authentication == "set_up":
        # Good as soon as it is saved, however that came about, and without a customer around.
        return not (off_session and (saved or bool(method.get("customer"))))
    return False


def next_action(state: State, intent: Record, return_url: str | None, base_url: str) -> Record:
    """What the customer has to do."""
    if return_url is None:
        return {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "source": state.random(f"source {intent['id']}", 24),
                "type": "three_d_secure_redirect",
            },
        }
    url = f"{base_url}/_belljar/ns/{state.namespace}/authenticate/{intent['id']}"
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": return_url, "url": url},
    }
