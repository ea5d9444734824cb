"""`PaymentsClient`: what the fixture `payments` gives a test."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from belljar.mocks.client import STEP, MockClient

__all__ = ["PaymentsClient"]


class PaymentsClient(MockClient):
    """The payments mock, for one namespace: address and key for the code under test, and control.

    stripe.api_base, stripe.api_key = payments.url, payments.api_key
    """

    boundaries: ClassVar[Mapping[str, str]] = {
        "payments": "http",
        "payments.webhooks": "webhook",
    }
    credential: ClassVar[str] = "api_key"

    @classmethod
    def namespace_in(cls, credential: str) -> str:
        """The namespace of an API key."""
        return credential.removeprefix("sk_test_") or "default"

    @property
    def api_key(self) -> str:
        """The key whose account is this test's own."""
        return f"sk_test_{self.namespace}"

    def charges(self) -> list[dict[str, Any]]:
        """Every charge of the account, oldest first, as the API shows it: `amount`, `status`, ..."""
        found: list[dict[str, Any]] = self.call("GET", "charges")["charges"]
        return found

    def effects(self) -> Counter[str]:
        """The sums that were charged and kept, by how often: `charge of 2500 eur`."""
        return Counter(self.call("GET", "effects")["effects"])

    def authenticate(self, intent: str, *, succeeds: bool = True) -> dict[str, Any]:
        """The intent after its customer has passed 3D Secure, or has failed."""
        outcome = "succeeded" if succeeds else "failed"
        return self.call("POST", f"authenticate/{intent}", {"outcome": outcome})

    def settle_refund(self, refund: str, *, succeeds: bool = True) -> dict[str, Any]:
        """The refund after the bank has said yes, or no."""
        status = "succeeded" if succeeds else "failed"
        return self.call("POST", f"refunds/{refund}", {"status": status})

    def now(self) -> int:
        """The time of the account."""
        return int(self.call("GET", "clock")["now"])

    def set_time(self, now: int) -> None:
        """Stop the account's clock at that second."""
        self.call("PUT", "clock", {"now": now})

    def advance(self, seconds: int) -> None:
        """Put the account's clock forward."""
        self.call("PUT", "clock", {"advance": seconds})

    def slow_down(self, seconds: float) -> None:
        """Let each POST take so long; with an idempotency key, another one meets the lock."""
        self.call("PUT", "pace", {"seconds": seconds})

    def decline(self, code: str | None = "generic_decline") -> None:
        """Decline every card for this reason, as a bank does; None: each pays as it says."""
        self.call("PUT", "cards", {"decline": code})

    def webhooks(self) -> list[dict[str, Any]]:
        """Every delivery, in the order in which they were due: `type`, `status`, `attempts`, ..."""
        deliveries: list[dict[str, Any]] = self.call("GET", "webhooks")["deliveries"]
        return deliveries

    def retry_webhooks(self, *seconds: float) -> None:
        """Wait so long before the second attempt of a delivery, the third, ...; then give up."""
        self.call("PUT", "webhooks", {"retry_seconds": seconds})

    def pause_webhooks(self) -> None:
        """Hold deliveries back."""
        self.call("PUT", "webhooks", {"paused": True})

    def resume_webhooks(self) -> None:
        """Let them go."""
        self.call("PUT", "webhooks", {"paused": False})

    def resend(self, event: str, endpoint: str) -> None:
        """Deliver an event once more."""
        self.call("POST", "webhooks/resend", {"event": event, "endpoint": endpoint})

    def wait_for_webhooks(self, timeout: float = 10.0) -> list[dict[str, Any]]:
        """Every delivery, as soon as none is on its way. Raises `TimeoutError`."""
        until = time.monotonic() + timeout
        while True:
            answer = self.call("GET", "webhooks")
            deliveries: list[dict[str, Any]] = answer["deliveries"]
            if not answer["pending"]:
                return deliveries
            if time.monotonic() > until:
                left = [one for one in deliveries if one["status"] == "pending"]
                raise TimeoutError(f"{len(left)} webhooks are still on their way: {left[:3]}")
            time.sleep(STEP)  # between two looks
