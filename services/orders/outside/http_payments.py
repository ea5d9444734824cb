"""`HttpPayments`: payments over HTTP, in the wire form of Stripe's payment intents.

A request is retried a few times with the same Idempotency-Key, which makes a retry safe: the
service answers it with the outcome of the first one. All attempts together have a limit.
"""

from __future__ import annotations

import logging
from typing import Any

import httpx

from services.orders.money import Money
from services.orders.outside.payments import Charge, Declined, PaymentsUnavailable
from services.orders.resilience.deadlines import within
from services.orders.resilience.retrying import Passing, Retrying, retry_after_of
from services.orders.resilience.transport import BoundedTransport

_log = logging.getLogger(__name__)

_RETRIED = frozenset({409, 429, 500, 502, 503, 504})


class HttpPayments:
    """A client of `POST /v1/payment_intents`; safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float = 2.0,
        attempts: int = 3,
        retrying: Retrying | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Speak to `base_url`; one attempt takes `timeout` seconds at most, all of them `attempts` times that."""
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=timeout,
            transport=transport or BoundedTransport(),
        )
        self._timeout = timeout
        self._patience = timeout * attempts
        self._retrying = retrying or Retrying(attempts, base=timeout / 5, cap=timeout)

    def charge(self, amount: Money, *, method: str, order_id: str, key: str) -> Charge:
        """A confirmed payment intent over `amount`; see `Payments.charge`."""
        form = {
            "amount": str(amount.minor),
            "currency": amount.currency.lower(),
            "payment_method": method,
            # Whatever the account accepts, but nothing that sends the customer elsewhere: a server
            # confirms. (Naming the types is for older versions of the API only.)
            "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
            "confirm": "true",
            "metadata[order_id]": order_id,
        }

        def attempt() -> Charge:
            try:
                with within(self._timeout):
                    response = self._client.post(
                        "/v1/payment_intents", data=form, headers={"Idempotency-Key": key}
                    )
                if response.status_code in _RETRIED:
                    retry_after = retry_after_of(response.headers.get("retry-after"))
                    raise Passing(f"status {response.status_code}", retry_after)
                return _charge_from(response)
            except (httpx.TransportError, httpx.DecodingError) as error:
                raise _noted(order_id, Passing(f"{type(error).__name__}: {error}")) from error
            except Passing as passing:
                raise _noted(order_id, passing) from passing.__cause__

        try:
            with within(self._patience):
                return self._retrying.run(attempt)
        except Passing as passing:
            raise PaymentsUnavailable(
                f"the payment service at {self._client.base_url} gave no good answer; "
                f"the last one: {passing}",
                retry_after=passing.retry_after,
            ) from passing

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _charge_from(response: httpx.Response) -> Charge:
    try:
        body: Any = response.json()
        if response.is_success:
            if body["status"] == "succeeded":
                return Charge(reference=str(body["id"]))
            # Nobody is there to pass a challenge: for a server, this is a refusal.
            raise Declined(str(body["status"]), f"the payment is {body['status']}")
        error = body["error"]
        # Both mean that no money moved. Every other type (a wrong API key, a key that was used for
        # another request) leaves that open, and with it the payment.
        if error["type"] in ("card_error", "invalid_request_error"):
            raise Declined(
                str(error.get("decline_code") or error.get("code") or error["type"]),
                str(error.get("message", "")),
            )
        raise PaymentsUnavailable(
            f"the payment service refused the request with status {response.status_code}: "
            f"{error['type']}: {error.get('message', '')}"
        )
    except (ValueError, KeyError, TypeError) as error:
        # Cut short on its way, or not from the service at all: the next one may be whole.
        raise Passing(
            f"its answer with status {response.status_code} is not understood: "
            f"{response.text[:200]!r}"
        ) from error


def _noted(order_id: str, passing: Passing) -> Passing:
    _log.warning("an attempt to have %s paid failed: %s", order_id, passing)
    return passing
