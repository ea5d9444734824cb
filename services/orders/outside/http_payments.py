"""`HttpPayments`: payments over HTTP, in the wire form of Stripe's payment intents.

A request is retried a few times with the same Idempotency-Key, which makes a retry safe: the
service answers it with the outcome of the first one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import httpx

from services.orders.money import Money
from services.orders.outside.payments import Charge, Declined, PaymentsUnavailable

_log = logging.getLogger(__name__)

_RETRIED = frozenset({409, 429, 500, 502, 503, 504})


class HttpPayments:
    """A client of `POST /v1/payment_intents`; safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float = 5.0,
        attempts: int = 3,
        backoff: float = 0.2,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Speak to `base_url`; wait `backoff` seconds, doubled each time, between attempts."""
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=timeout,
            transport=transport,
        )
        self._attempts = attempts
        self._backoff = backoff
        self._sleep = sleep

    def charge(self, amount: Money, *, method: str, order_id: str, key: str) -> Charge:
        """A confirmed payment intent over `amount`; see `Payments.charge`."""
        form = {
            "amount": str(amount.minor),
            "currency": amount.currency.lower(),
            "payment_method": method,
            "payment_method_types[]": "card",
            "confirm": "true",
            "metadata[order_id]": order_id,
        }
        reason = ""
        for attempt in range(self._attempts):
            if attempt:
                self._sleep(self._backoff * 2 ** (attempt - 1))
            try:
                response = self._client.post(
                    "/v1/payment_intents", data=form, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError as error:
                reason = f"{type(error).__name__}: {error}"
            else:
                if response.status_code not in _RETRIED:
                    return _charge_from(response)
                reason = f"status {response.status_code}"
            _log.warning("payment of %s, attempt %d failed: %s", order_id, attempt + 1, reason)
        raise PaymentsUnavailable(
            f"the payment service at {self._client.base_url} gave no answer "
            f"in {self._attempts} attempts; the last one: {reason}"
        )

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
        raise PaymentsUnavailable(
            f"the payment service's answer with status {response.status_code} "
            f"is not understood: {response.text[:200]!r}"
        ) from error
