"""`Deliveries`: events on their way to webhook endpoints, signed, in order, and again when refused.

Each endpoint gets its events one after the other. What it does not answer with 2xx is tried again
later, while the others go on; Stripe waits hours for that, the mock fractions of a second.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from belljar.mocks.payments.events import shown_event, wants
from belljar.mocks.payments.posting import NotDelivered, post
from belljar.mocks.payments.state import Event, State

if TYPE_CHECKING:
    from belljar.faults.fault import Fault

__all__ = ["RETRY_SECONDS", "Deliveries", "signature"]

# Waits before the second attempt, the third, ...
RETRY_SECONDS = (0.1, 0.3, 1.0, 3.0)
# How long a delivery that is to come behind others waits for one.
HELD_SECONDS = 0.5
KEPT = 2000
Faults = Callable[[str, str], "Sequence[Fault]"]


class Delivery:
    """One event on its way to one endpoint, and what was tried."""

    def __init__(self, number: int, event: Event, hook: str, url: str, body: bytes) -> None:
        self.number = number
        self.event = event
        self.hook = hook
        self.url = url
        self.body = body
        self.sent = body  # other than the body where a fault breaks it
        self.status = "pending"
        self.attempts: list[dict[str, Any]] = []
        self.delay = 0.0
        self.behind = 0
        self.copy = False
        self.fault = ""

    def shown(self) -> dict[str, Any]:
        """The delivery as the control API shows it."""
        return {
            "number": self.number,
            "event": self.event.id,
            "type": self.event.type,
            "endpoint": self.hook,
            "url": self.url,
            "status": self.status,
            "copy": self.copy,
            "fault": self.fault or None,
            "attempts": self.attempts,
        }


class Deliveries:
    """The deliveries of one namespace, by the event loop that serves it."""

    def __init__(self, state: State, faults: Faults) -> None:
        self.retry_seconds: tuple[float, ...] = RETRY_SECONDS
        self.paused = False
        self._state = state
        self._faults = faults
        self._log: deque[Delivery] = deque(maxlen=KEPT)
        self._number = 0
        self._queues: dict[str, deque[Delivery]] = {}
        self._held: dict[str, list[Delivery]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._retries: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> int:
        """How many are not yet at their end."""
        return sum(one.status == "pending" for one in self._log)

    def shown(self) -> list[dict[str, Any]]:
        """Every delivery, in the order in which they were due."""
        return [one.shown() for one in self._log]

    def happened(self, event: Event) -> None:
        """Have an event delivered to the endpoints that want it."""
        for hook in self._state.collections["webhook_endpoint"].values():
            if wants(hook, event.type):
                self._due(event, hook["id"], hook["url"], hook.get("api_version"))

    def resend(self, event: Event, hook: str) -> None:
        """Deliver an event once more, as Stripe's own `resend` does."""
        found = self._state.get("webhook_endpoint", hook, "webhook_endpoint")
        self._due(event, hook, found["url"], found.get("api_version"))

    def resume(self) -> None:
        """Let what was held back go."""
        self.paused = False
        for hook in list(self._queues):
            self._work(hook)

    def stop(self) -> None:
        """Give up on all of them."""
        for task in [*self._workers.values(), *self._retries]:
            task.cancel()
        self._queues.clear()
        self._held.clear()

    def _due(self, event: Event, hook: str, url: str, version: str | None) -> None:
        shown = shown_event(self._state, event, version)
        body = json.dumps(shown, indent=2, ensure_ascii=False).encode()
        faults = self._faults(event.type, urlsplit(url).path or "/")
        copies, delay, behind, sent, name = _under(faults, body)
        for copy in range(copies):
            self._number += 1
            delivery = Delivery(self._number, event, hook, url, body)
            delivery.sent, delivery.delay, delivery.behind = sent, delay, behind
            delivery.copy, delivery.fault = copy > 0, name
            self._log.append(delivery)
            if delivery.behind:
                self._held.setdefault(hook, []).append(delivery)
            else:
                self._queues.setdefault(hook, deque()).append(delivery)
        self._work(hook)

    def _work(self, hook: str) -> None:
        if not self.paused and hook not in self._workers:
            task = asyncio.get_running_loop().create_task(self._deliver(hook))
            self._workers[hook] = task

    async def _deliver(self, hook: str) -> None:
        try:
            queue = self._queues.setdefault(hook, deque())
            held = self._held.setdefault(hook, [])
            while not self.paused and (queue or held):
                if not queue:
                    # They are to come behind others, and perhaps there are none to come.
                    await asyncio.sleep(HELD_SECONDS)
                    if not queue:
                        queue.extend(held)
                        held.clear()
                    continue
                delivery = queue.popleft()
                if delivery.delay:
                    self._again(delivery, delivery.delay)
                else:
                    await self._attempt(delivery)
                for other in list(held):
                    other.behind -= 1
                    if other.behind <= 0:
                        held.remove(other)
                        queue.append(other)
        finally:
            self._workers.pop(hook, None)

    async def _attempt(self, delivery: Delivery) -> None:
        hook = self._state.collections["webhook_endpoint"][delivery.hook]
        if hook.get("deleted") or hook.get("status", "enabled") != "enabled":
            delivery.status = "given_up"
            return
        moment = int(time.time())  # the receiver's clock, not the account's
        secret = self._state.secrets[delivery.hook]
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": f"t={moment},v1={signature(secret, moment, delivery.body)}",
        }
        attempt: dict[str, Any] = {"time": time.monotonic(), "status": 0, "error": None}
        try:
            attempt["status"] = await post(delivery.url, headers, delivery.sent)
        except NotDelivered as error:
            attempt["error"] = str(error)
        attempt["seconds"] = round(time.monotonic() - attempt["time"], 6)
        attempt["time"] = round(attempt["time"], 6)
        delivery.attempts.append(attempt)
        if 200 <= attempt["status"] < 300:
            delivery.status = "delivered"
        elif len(delivery.attempts) > len(self.retry_seconds):
            delivery.status = "failed"
        else:
            self._again(delivery, self.retry_seconds[len(delivery.attempts) - 1])

    def _again(self, delivery: Delivery, seconds: float) -> None:
        async def later() -> None:
            await asyncio.sleep(seconds)
            delivery.delay = 0.0
            await self._attempt(delivery)

        task = asyncio.get_running_loop().create_task(later())
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)


def signature(secret: str, moment: int, body: bytes) -> str:
    """The `v1` of `Stripe-Signature`."""
    return hmac.new(secret.encode(), b"%d." % moment + body, sha256).hexdigest()


def _under(faults: Sequence[Fault], body: bytes) -> tuple[int, float, int, bytes, str]:
    if not faults:
        return 1, 0.0, 0, body, ""
    from belljar.faults.webhooks import delivery, payload
    from belljar.faults.wire import injected

    how = delivery(faults)
    return how.copies, how.delay, how.behind, payload(body, faults), injected(faults)
