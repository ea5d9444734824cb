"""The outside services behind circuit breakers: a service that is down is asked now and then only.

Each is the protocol of its service around another implementation of it; while the breaker is open,
the caller gets the service's own kind of trouble, at once.
"""

from __future__ import annotations

from services.orders.money import Money
from services.orders.outside.emails import EmailRefused, Emails, EmailsUnavailable, Message
from services.orders.outside.payments import Charge, Payments, PaymentsUnavailable
from services.orders.outside.storage import ObjectStorage, StorageUnavailable
from services.orders.resilience.breakers import CircuitBreaker, CircuitOpen


class GuardedPayments:
    """Payments that are left alone when they keep failing; a decline is no failure."""

    def __init__(self, payments: Payments, breaker: CircuitBreaker) -> None:
        """Ask `payments` while `breaker` lets us."""
        self._payments = payments
        self._breaker = breaker

    def charge(self, amount: Money, *, method: str, order_id: str, key: str) -> Charge:
        """See `Payments.charge`."""
        try:
            return self._breaker.call(
                lambda: self._payments.charge(amount, method=method, order_id=order_id, key=key),
                counts=lambda error: isinstance(error, PaymentsUnavailable),
            )
        except CircuitOpen as error:
            raise PaymentsUnavailable(str(error), retry_after=error.retry_after) from error

    def close(self) -> None:
        """Release connections."""
        self._payments.close()


class GuardedStorage:
    """A storage that is left alone when it keeps failing."""

    def __init__(self, storage: ObjectStorage, breaker: CircuitBreaker) -> None:
        """Ask `storage` while `breaker` lets us."""
        self._storage = storage
        self._breaker = breaker

    def put(self, key: str, content: bytes, *, content_type: str) -> None:
        """See `ObjectStorage.put`."""
        try:
            self._breaker.call(
                lambda: self._storage.put(key, content, content_type=content_type),
                counts=lambda error: isinstance(error, StorageUnavailable),
            )
        except CircuitOpen as error:
            raise StorageUnavailable(str(error), retry_after=error.retry_after) from error

    def get(self, key: str) -> bytes | None:
        """See `ObjectStorage.get`."""
        try:
            return self._breaker.call(
                lambda: self._storage.get(key),
                counts=lambda error: isinstance(error, StorageUnavailable),
            )
        except CircuitOpen as error:
            raise StorageUnavailable(str(error), retry_after=error.retry_after) from error

    def close(self) -> None:
        """Release connections."""
        self._storage.close()


class GuardedEmails:
    """Mail that waits while its service keeps failing; a refused message is no failure."""

    def __init__(self, emails: Emails, breaker: CircuitBreaker) -> None:
        """Ask `emails` while `breaker` lets us."""
        self._emails = emails
        self._breaker = breaker

    def send(self, message: Message) -> None:
        """See `Emails.send`."""
        try:
            self._breaker.call(
                lambda: self._emails.send(message),
                counts=lambda error: (
                    isinstance(error, EmailsUnavailable) and not isinstance(error, EmailRefused)
                ),
            )
        except CircuitOpen as error:
            raise EmailsUnavailable(str(error), retry_after=error.retry_after) from error
