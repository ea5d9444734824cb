"""The endpoints under `/v1/payment_methods`; and how other endpoints come by a payment method."""

from __future__ import annotations

import time

from belljar.mocks.payments.calls import Call, Listed, endpoint
from belljar.mocks.payments.cards import TOKENS, Card, Decline, card_by_number
from belljar.mocks.payments.checks import choice, integer, mapping, merged_metadata, required, text
from belljar.mocks.payments.defaults import DEFAULTS, NO_ADDRESS
from belljar.mocks.payments.errors import StripeError, doc_url, invalid, missing_parameter, no_such
from belljar.mocks.payments.forms import Params
from belljar.mocks.payments.lists import CURSORS, page
from belljar.mocks.payments.state import Record, State

__all__ = ["attached", "card_error", "given_method", "method_from_data"]

# Months of the cards that a token stands for.
EXPIRY = (12, 2040)
# Stripe knows them; the mock has cards only.
_OTHER_TYPES = """
    acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact
    billie bizum blik boleto cashapp crypto custom customer_balance eps fpx giropay grabpay ideal
    interac_present kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay
    nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay revolut_pay
    samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account
    wechat_pay zip
    """
OTHER_TYPES = frozenset(_OTHER_TYPES.split())


@endpoint(
    "POST /v1/payment_methods",
    "type card billing_details metadata allow_redisplay radar_options customer payment_method",
)
def create(call: Call) -> Record:
    """Make a payment method from a card, or a token for one."""
    return method_from_data(call.state, call.params)


@endpoint("GET /v1/payment_methods/:id")
def retrieve(call: Call) -> Record:
    """One payment method; a test token gives a new one."""
    return given_method(call.state, call.id, "")


@endpoint("POST /v1/payment_methods/:id", "billing_details card metadata allow_redisplay")
def update(call: Call) -> Record:
    """Change a payment method."""
    state, params = call.state, call.params
    old = state.get("payment_method", call.id)
    changes = _details(params)
    if (card := mapping(params, "card")) is not None:
        month = integer(card, "exp_month") or old["card"]["exp_month"]
        year = integer(card, "exp_year") or old["card"]["exp_year"]
        _check_expiry(state, month, year)
        changes["card"] = {**old["card"], "exp_month": month, "exp_year": year}
    metadata = merged_metadata(old.get("metadata", {}), params)
    if metadata is not None:
        changes["metadata"] = metadata
    return state.updated("payment_method.updated", old, changes)


@endpoint("POST /v1/payment_methods/:id/attach", "customer customer_account")
def attach(call: Call) -> Record:
    """Save it for a customer."""
    state = call.state
    method = given_method(state, call.id, "")
    customer = required(call.params, "customer")
    state.get("customer", customer, "customer")
    return attached(state, method, customer)


@endpoint("POST /v1/payment_methods/:id/detach")
def detach(call: Call) -> Record:
    """Take it from its customer; it can't be used again."""
    state = call.state
    method = state.get("payment_method", call.id)
    if not method.get("customer"):
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            "payment_method",
        )
    state.used.add(call.id)
    new = state.change(method, customer=None)
    state.emit("payment_method.detached", new, {"customer": method["customer"]})
    return new


@endpoint("GET /v1/payment_methods", f"{CURSORS} customer customer_account type allow_redisplay")
def list_all(call: Call) -> Listed:
    """Payment methods, newest first."""
    kind, customer = text(call.params, "type"), text(call.params, "customer")
    if customer is not None:
        call.state.get("customer", customer, "customer")
    return page(
        call,
        "payment_method",
        lambda one: (
            kind in (None, one.get("type", "card")) and customer in (None, one.get("customer"))
        ),
    )


def given_method(state: State, identifier: str, param: str) -> Record:
    """The payment method of an id; for a test token such as `pm_card_visa`, a new one."""
    if identifier.startswith("pm_card_"):
        card = TOKENS.get(identifier.removeprefix("pm_card_"))
        if card is None:
            raise no_such("payment_method", identifier, param or "id", 400 if param else 404)
        return _new(state, card, *EXPIRY, {})
    return state.get("payment_method", identifier, param)


def method_from_data(state: State, data: Params) -> Record:
    """A new payment method from what describes one. Raises a card error for a bad number."""
    kind = text(data, "type")
    if kind is None:
        raise missing_parameter("type")
    if kind in OTHER_TYPES:
        raise invalid(
            f"The payment method type `{kind}` is not modelled by this mock: use card.", "type"
        )
    if kind != "card":
        raise invalid(f"Invalid type: must be card, got {kind}", "type")
    given = mapping(data, "card")
    if given is None:
        raise missing_parameter("card")
    extra = _details(data)
    metadata = merged_metadata({}, data)
    if metadata is not None:
        extra["metadata"] = metadata
    token = text(given, "token")
    if token is not None:
        card = TOKENS.get(token.removeprefix("tok_")) if token.startswith("tok_") else None
        if card is None:
            raise no_such("token", token, "card[token]", 400)
        return _new(state, card, *EXPIRY, extra)
    found = card_by_number(required(given, "number"))
    if isinstance(found, Decline):
        raise card_error(found, param="number" if found.code == "incorrect_number" else "")
    month, year = integer(given, "exp_month"), integer(given, "exp_year")
    if month is None or year is None:
        raise missing_parameter("card[exp_month]" if month is None else "card[exp_year]")
    _check_expiry(state, month, year)
    cvc = text(given, "cvc")
    if cvc is not None and not (
        cvc.isascii() and cvc.isdigit() and len(cvc) == 3 + (found.brand == "amex")
    ):
        raise card_error(
            Decline("invalid_cvc", "Your card's security code is invalid."), param="cvc"
        )
    return _new(state, found, month, year, extra, cvc is not None)


def attached(state: State, method: Record, customer: str) -> Record:
    """The payment method, saved for a customer. Raises a card error for cards that refuse it."""
    identifier = method["id"]
    if method.get("customer") == customer:
        return method
    if method.get("customer"):
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            "payment_method",
        )
    if identifier in state.used:
        raise reused()
    card = state.cards[identifier]
    if card.decline is not None and not card.attachable:
        raise card_error(card.decline)
    new = state.change(method, customer=customer)
    state.emit("payment_method.attached", new)
    return new


def reused() -> StripeError:
    """A payment method without a customer is for one payment."""
    return invalid(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
        "attachment, shared with a connected account without Customer attachment, or was detached "
        "from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must "
        "attach it to a Customer first."
    )


def card_error(decline: Decline, *, param: str = "", **more: object) -> StripeError:
    """The error of a card that does not pay."""
    fields: dict[str, object] = dict(more)
    if decline.decline_code:
        fields["decline_code"] = decline.decline_code
    return StripeError(
        decline.message,
        status=402,
        kind="card_error",
        code=decline.code,
        param=param,
        more=fields,
    )


def error_fields(decline: Decline, method: Record) -> Record:
    """The same as it stands in an intent."""
    fields: Record = {"code": decline.code, "doc_url": doc_url(decline.code)}
    if decline.decline_code:
        fields["decline_code"] = decline.decline_code
    fields |= {"message": decline.message, "payment_method": method, "type": "card_error"}
    return fields


def _new(
    state: State, card: Card, month: int, year: int, extra: Params, cvc: bool = True
) -> Record:
    identifier = state.new_id("pm_1", 23)
    state.cards[identifier] = card
    return state.put(
        {
            "id": identifier,
            "object": "payment_method",
            "created": state.now(),
            "card": state.shared(
                ("card", card.number, month, year, cvc),
                lambda: _shown(state, card, month, year, cvc=cvc),
            ),
            **extra,
        }
    )


def _shown(state: State, card: Card, month: int, year: int, *, cvc: bool) -> Record:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "unchecked" if cvc else None,
        },
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": state.random(f"card {card.number}", 16),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _details(params: Params) -> Record:
    changes: Record = {}
    details = mapping(params, "billing_details")
    if details is not None:
        address = mapping(details, "address")
        given = {name: value or None for name, value in details.items() if name != "address"}
        changes["billing_details"] = {
            **DEFAULTS["payment_method"]["billing_details"],
            **given,
            "address": {**NO_ADDRESS, **(address or {})},
        }
    redisplay = choice(params, "allow_redisplay", ("always", "limited", "unspecified"))
    if redisplay is not None:
        changes["allow_redisplay"] = redisplay
    return changes


def _check_expiry(state: State, month: int, year: int) -> None:
    if not 1 <= month <= 12:
        raise card_error(
            Decline("invalid_expiry_month", "Your card's expiration month is invalid."),
            param="exp_month",
        )
    if year < 100:
        year += 2000
    now = time.gmtime(state.now())
    if (year, month) < (now.tm_year, now.tm_mon) or year > now.tm_year + 50:
        raise card_error(
            Decline("invalid_expiry_year", "Your card's expiration year is invalid."),
            param="exp_year",
        )
