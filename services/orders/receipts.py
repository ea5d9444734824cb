"""`Receipts`: the receipt of a paid order is stored and mailed, at once or as soon as possible.

Payment writes a row that says a receipt is owed; `deliver` works on it and notes what is done.
Storage or mail that is down costs no receipt: `deliver_owed` tries again, each receipt at its own
time, and later each time it fails; one that can't be mailed holds up no other. Mail goes out at
least once: a process that dies between sending and noting it sends again, with the same Message-ID.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from services.orders.database import DatabaseManager, Transaction
from services.orders.identifiers import Clock
from services.orders.models import Payment, Receipt, UtcDateTime
from services.orders.money import Money
from services.orders.ordering import require_order
from services.orders.outside.emails import Emails, EmailsUnavailable, Message
from services.orders.outside.storage import ObjectStorage, StorageUnavailable
from services.orders.problems import NotFound
from services.orders.resilience.retrying import backoff_limit
from services.orders.views import OrderView, PaymentView

_log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; charset=utf-8"
# The longest pause after the first failure, in seconds, and after many.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 600.0


class Receipts:
    """Deliver receipts and give them out."""

    def __init__(
        self,
        database: DatabaseManager,
        storage: ObjectStorage,
        emails: Emails,
        clock: Clock,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Keep receipts in `storage` and tell customers through `emails`."""
        self._database = database
        self._storage = storage
        self._emails = emails
        self._clock = clock
        self._chance = chance

    def download(self, order_id: str) -> bytes:
        """The receipt's content; raises `NotFound` for an unpaid order.

        A receipt that is not in the storage yet is written there first. Without its storage it is
        made from the database, which says the same.
        """

        def key_of(session: Session) -> str:
            require_order(session, order_id)
            return _require_receipt(session, order_id).storage_key

        key = self._database.read(key_of)
        try:
            content = self._storage.get(key)
        except StorageUnavailable as error:
            _log.warning("the receipt of %s is made from the database: %s", order_id, error)
            return self._database.read(lambda session: _content(session, order_id).text).encode()
        if content is None:
            made = self._database.read(lambda session: _content(session, order_id))
            content = made.text.encode()
            if self._stored(order_id, key, content) and made.stored_at is None:
                self._note(order_id, stored_at=self._clock())
        return content

    def deliver(self, order_id: str) -> bool:
        """Whether the receipt is stored and mailed now; trouble is logged and left for later."""
        made = self._database.read(lambda session: _content(session, order_id))
        stored_at, emailed_at = made.stored_at, made.emailed_at
        if stored_at is None and self._stored(order_id, made.key, made.text.encode()):
            stored_at = self._clock()
        # Whatever became of the storage: the customer waits for the mail.
        if emailed_at is None and self._mailed(order_id, made):
            emailed_at = self._clock()
        self._note(order_id, stored_at=stored_at, emailed_at=emailed_at, tried=True)
        return stored_at is not None and emailed_at is not None

    def deliver_owed(self, limit: int = 100, *, stopped: Callable[[], bool] = lambda: False) -> int:
        """The number of receipts that were due and could be delivered now, oldest first.

        It ends early, after the receipt at hand, when `stopped` says so.
        """
        due = (
            select(Receipt.order_id)
            .where(_OWED, self._clock() >= _WHEN)
            .order_by(_WHEN)
            .limit(limit)
        )
        delivered = 0
        for order_id in self._database.read(lambda session: session.scalars(due).all()):
            if stopped():
                break
            delivered += self.deliver(order_id)
        return delivered

    def due(self) -> datetime | None:
        """When the next receipt is to be delivered; none when none is owed."""
        next_one = select(_WHEN).where(_OWED).order_by(_WHEN).limit(1)
        return self._database.read(lambda session: session.scalar(next_one))

    def _stored(self, order_id: str, key: str, content: bytes) -> bool:
        try:
            self._storage.put(key, content, content_type=CONTENT_TYPE)
        except StorageUnavailable as error:
            _log.warning("the receipt of %s is not stored yet: %s", order_id, error)
            return False
        return True

    def _mailed(self, order_id: str, made: _Content) -> bool:
        message = Message(
            to=made.customer_email,
            subject=f"Receipt for order {order_id}",
            text=made.text,
            reference=f"receipt.{order_id}",
        )
        try:
            self._emails.send(message)
        except EmailsUnavailable as error:
            _log.warning("the receipt of %s is not mailed yet: %s", order_id, error)
            return False
        return True

    def _note(
        self,
        order_id: str,
        *,
        stored_at: datetime | None,
        emailed_at: datetime | None = None,
        tried: bool = False,
    ) -> None:
        def note(transaction: Transaction) -> None:
            receipt = _require_receipt(transaction.session, order_id)
            receipt.stored_at = receipt.stored_at or stored_at
            receipt.emailed_at = receipt.emailed_at or emailed_at
            if tried and None in (receipt.stored_at, receipt.emailed_at):
                receipt.attempts += 1
                limit = backoff_limit(receipt.attempts, FIRST_PAUSE, LONGEST_PAUSE)
                pause = timedelta(seconds=self._chance() * limit)
                receipt.next_attempt_at = self._clock() + pause

        self._database.run(note)


@dataclass(frozen=True, slots=True)
class _Content:
    """A receipt, where it belongs and what was done about it."""

    key: str
    text: str
    customer_email: str
    stored_at: datetime | None
    emailed_at: datetime | None


_OWED: ColumnElement[bool] = or_(Receipt.stored_at.is_(None), Receipt.emailed_at.is_(None))
_WHEN = func.coalesce(Receipt.next_attempt_at, Receipt.created_at, type_=UtcDateTime())


def render(order: OrderView, payment: PaymentView) -> str:
    """The receipt's text: the same for the same order and payment, today and next year."""
    lines = [f"Receipt for order {order.id}", f"Paid on {payment.created_at:%Y-%m-%d}", ""]
    for line in order.lines:
        amount = Money(line.unit_price.minor, line.unit_price.currency)
        lines.append(f"{line.quantity:>4} x {line.name} ({amount}): {amount * line.quantity}")
    lines += ["", f"Total: {Money(order.total.minor, order.total.currency)}"]
    lines += [f"Payment reference: {payment.reference}", ""]
    return "\n".join(lines)


def _content(session: Session, order_id: str) -> _Content:
    receipt = _require_receipt(session, order_id)
    order = OrderView.of(require_order(session, order_id))
    paid = select(Payment).where(Payment.order_id == order_id, Payment.status == "succeeded")
    payment = PaymentView.of(session.scalars(paid).one())
    return _Content(
        key=receipt.storage_key,
        text=render(order, payment),
        customer_email=order.customer_email,
        stored_at=receipt.stored_at,
        emailed_at=receipt.emailed_at,
    )


def _require_receipt(session: Session, order_id: str) -> Receipt:
    receipt = session.get(Receipt, order_id)
    if receipt is None:
        raise NotFound(f"order {order_id!r} has no receipt: it is not paid", order_id=order_id)
    return receipt
