"""`Receipts`: the receipt of a paid order is stored and mailed, at once or as soon as possible.

Payment writes a row that says a receipt is owed; `deliver` works on it and notes each step that is
done. Storage or mail that is down therefore costs no receipt: `deliver_owed` tries again. Mail
goes out at least once: a process that dies between sending and noting it sends again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.orders.database import DatabaseManager
from services.orders.identifiers import Clock
from services.orders.models import Payment, Receipt
from services.orders.money import Money
from services.orders.ordering import require_order
from services.orders.outside.emails import Emails, EmailsUnavailable, Message
from services.orders.outside.storage import ObjectStorage, StorageUnavailable
from services.orders.problems import NotFound, Unavailable
from services.orders.views import OrderView, PaymentView

_log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; charset=utf-8"


class Receipts:
    """Deliver receipts and give them out."""

    def __init__(
        self, database: DatabaseManager, storage: ObjectStorage, emails: Emails, clock: Clock
    ) -> None:
        """Keep receipts in `storage` and tell customers through `emails`."""
        self._database = database
        self._storage = storage
        self._emails = emails
        self._clock = clock

    def download(self, order_id: str) -> bytes:
        """The receipt's content; raises `NotFound` for an unpaid order, `Unavailable`.

        A receipt that is not in the storage yet is written there first.
        """
        with self._database.transaction() as transaction:
            require_order(transaction.session, order_id)
            receipt = _require_receipt(transaction.session, order_id)
        try:
            content = self._storage.get(receipt.storage_key)
            if content is None:
                content = self._store(receipt)
        except StorageUnavailable as error:
            raise Unavailable(
                f"the receipt of order {order_id!r} cannot be had: {error}", order_id=order_id
            ) from error
        return content

    def deliver(self, order_id: str) -> bool:
        """Whether the receipt is stored and mailed now; trouble is logged and left for later."""
        with self._database.transaction() as transaction:
            receipt = _require_receipt(transaction.session, order_id)
        try:
            if receipt.stored_at is None:
                self._store(receipt)
            if receipt.emailed_at is None:
                self._mail(receipt)
        except (StorageUnavailable, EmailsUnavailable) as error:
            _log.warning("receipt of %s is still owed: %s", order_id, error)
            return False
        return True

    def deliver_owed(self, limit: int = 100, *, stopped: Callable[[], bool] = lambda: False) -> int:
        """The number of owed receipts that could be delivered now, oldest first.

        It ends early, after the receipt at hand, when `stopped` says so.
        """
        with self._database.transaction() as transaction:
            owed = transaction.session.scalars(
                select(Receipt.order_id)
                .where(or_(Receipt.stored_at.is_(None), Receipt.emailed_at.is_(None)))
                .order_by(Receipt.created_at)
                .limit(limit)
            ).all()
        delivered = 0
        for order_id in owed:
            if stopped():
                break
            delivered += self.deliver(order_id)
        return delivered

    def _store(self, receipt: Receipt) -> bytes:
        content = self._render(receipt.order_id).encode()
        self._storage.put(receipt.storage_key, content, content_type=CONTENT_TYPE)
        with self._database.transaction() as transaction:
            _require_receipt(transaction.session, receipt.order_id).stored_at = self._clock()
        return content

    def _mail(self, receipt: Receipt) -> None:
        with self._database.transaction() as transaction:
            order = OrderView.of(require_order(transaction.session, receipt.order_id))
        self._emails.send(
            Message(
                to=order.customer_email,
                subject=f"Receipt for order {order.id}",
                text=self._render(order.id),
            )
        )
        with self._database.transaction() as transaction:
            _require_receipt(transaction.session, receipt.order_id).emailed_at = self._clock()

    def _render(self, order_id: str) -> str:
        with self._database.transaction() as transaction:
            session = transaction.session
            order = OrderView.of(require_order(session, order_id))
            payment = PaymentView.of(
                session.scalars(
                    select(Payment).where(
                        Payment.order_id == order_id, Payment.status == "succeeded"
                    )
                ).one()
            )
        return render(order, payment)


def render(order: OrderView, payment: PaymentView) -> str:
    """The receipt's text: the same for the same order and payment, today and next year."""
    lines = [f"Receipt for order {order.id}", f"Paid on {payment.created_at:%Y-%m-%d}", ""]
    for line in order.lines:
        amount = Money(line.unit_price.minor, line.unit_price.currency)
        lines.append(f"{line.quantity:>4} x {line.name} ({amount}): {amount * line.quantity}")
    lines += ["", f"Total: {Money(order.total.minor, order.total.currency)}"]
    lines += [f"Payment reference: {payment.reference}", ""]
    return "\n".join(lines)


def _require_receipt(session: Session, order_id: str) -> Receipt:
    receipt = session.get(Receipt, order_id)
    if receipt is None:
        raise NotFound(f"order {order_id!r} has no receipt: it is not paid", order_id=order_id)
    return receipt
