"""`Paying`: an order is paid once, whatever fails in between.

The payment service is asked outside of any transaction, so a slow answer holds no row lock:

1. One transaction moves the order from `pending` to `paying` and opens a payment.
2. The payment service is asked, with the payment's identifier as its idempotency key.
3. One transaction notes the outcome: `paid`, or back to `pending` when it was declined.

When step 2 has no answer, or the process dies, nobody knows whether money moved. The payment then
stays open, the order can neither be cancelled nor paid by other means, and the next request asks
again with the same key, which the payment service answers with the first outcome.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.orders import news
from services.orders.database import DatabaseManager, Transaction
from services.orders.identifiers import Clock, IdentifierFactory
from services.orders.models import Payment, Receipt
from services.orders.money import Money
from services.orders.ordering import change_status, require_order
from services.orders.outside.payments import Charge, Declined, Payments, PaymentsUnavailable
from services.orders.problems import InProgress, PaymentDeclined, Unavailable, WrongOrderState
from services.orders.resilience.deadlines import spare
from services.orders.views import PaymentView

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment of which nobody knows yet how it ends; its identifier is its idempotency key."""

    id: str
    order_id: str
    method: str
    amount: Money

    @classmethod
    def of(cls, payment: Payment) -> OpenPayment:
        """The values of a payment that is loaded in a session."""
        amount = Money(payment.amount_minor, payment.currency)
        return cls(payment.id, payment.order_id, payment.method, amount)


class Paying:
    """Pays orders; safe to share between threads and processes."""

    def __init__(
        self,
        database: DatabaseManager,
        payments: Payments,
        identifiers: IdentifierFactory,
        clock: Clock,
        *,
        lease: timedelta = timedelta(seconds=60),
    ) -> None:
        """Take money through `payments`; consider a payer dead after `lease`."""
        self._database = database
        self._payments = payments
        self._identifiers = identifiers
        self._clock = clock
        self._lease = lease

    def pay(self, order_id: str, method: str) -> PaymentView:
        """The order's payment; paying a paid order returns its payment and takes no money.

        Raises `NotFound`, `PaymentDeclined`, `WrongOrderState`, `InProgress` while somebody else
        pays it, and `Unavailable` when the payment service does not answer.
        """
        payment = self._database.run(
            lambda transaction: self._open(transaction.session, order_id, method)
        )
        if isinstance(payment, PaymentView):
            return payment
        try:
            charge = self._charge(payment)
            return self._database.run(
                lambda transaction: self._succeed(transaction.session, payment, charge)
            )
        except Declined as declined:
            self._decline(payment, declined)
            raise PaymentDeclined(
                f"the payment of order {order_id!r} was declined: {declined}",
                order_id=order_id,
                decline_code=declined.code,
            ) from declined
        except PaymentsUnavailable as error:
            self._leave_open(payment)
            raise Unavailable(
                f"the payment of order {order_id!r} is not settled: {error}; "
                "send the same request again",
                order_id=order_id,
                retry_after=max(1, math.ceil(error.retry_after or 0)),
            ) from error
        except BaseException:
            self._leave_open(payment)
            raise

    def _charge(self, payment: OpenPayment) -> Charge:
        if payment.amount.minor == 0:
            # Payment services refuse to charge nothing.
            return Charge(reference="free of charge")
        return self._payments.charge(
            payment.amount, method=payment.method, order_id=payment.order_id, key=payment.id
        )

    def _open(self, session: Session, order_id: str, method: str) -> OpenPayment | PaymentView:
        now = self._clock()
        order = require_order(session, order_id)
        try:
            change_status(session, order, "pending", "paying", self._clock)
        except WrongOrderState:
            if order.status in ("paid", "paying"):
                return self._take_over(session, order_id, method)
            raise
        payment = Payment(
            id=self._identifiers.new("pay"),
            order_id=order_id,
            method=method,
            status="open",
            amount_minor=order.total_minor,
            currency=order.currency,
            lease_until=now + self._lease,
            created_at=now,
        )
        session.add(payment)
        session.flush()
        # Who settles what a dead process leaves has to know that there is something to wait for.
        news.tell(session)
        return OpenPayment.of(payment)

    def _take_over(self, session: Session, order_id: str, method: str) -> OpenPayment | PaymentView:
        now = self._clock()
        payment = session.scalars(
            select(Payment).where(
                Payment.order_id == order_id, Payment.status.in_(("open", "succeeded"))
            )
        ).one_or_none()
        if payment is not None and payment.status == "succeeded":
            return PaymentView.of(payment)
        if payment is not None and payment.method != method:
            raise WrongOrderState(
                f"the payment of order {order_id!r} by {payment.method!r} is not settled: "
                "send that request again before you try another payment method",
                order_id=order_id,
                order_status="paying",
            )
        taken = session.execute(
            update(Payment)
            .where(
                Payment.order_id == order_id,
                Payment.status == "open",
                Payment.lease_until <= now,
            )
            .values(lease_until=now + self._lease)
            .returning(Payment.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if payment is None or taken is None:
            raise InProgress(
                f"order {order_id!r} is being paid at this moment: try again in a second",
                order_id=order_id,
                retry_after=1,
            )
        return OpenPayment.of(payment)

    def _succeed(self, session: Session, payment: OpenPayment, charge: Charge) -> PaymentView:
        now = self._clock()
        order = require_order(session, payment.order_id)
        settled = session.get_one(Payment, payment.id, with_for_update=True)
        if settled.status == "open":
            settled.status, settled.reference = "succeeded", charge.reference
            change_status(session, order, "paying", "paid", self._clock)
            session.add(
                Receipt(order_id=order.id, storage_key=f"receipts/{order.id}.txt", created_at=now)
            )
            session.flush()
            news.tell(session)
        return PaymentView.of(settled)

    def _decline(self, payment: OpenPayment, declined: Declined) -> None:
        def decline(transaction: Transaction) -> None:
            session = transaction.session
            order = require_order(session, payment.order_id)
            settled = session.get_one(Payment, payment.id, with_for_update=True)
            if settled.status == "open":
                settled.status, settled.decline_code = "failed", declined.code
                session.flush()
                change_status(session, order, "paying", "pending", self._clock)

        self._database.run(decline)

    def _leave_open(self, payment: OpenPayment) -> None:
        """Let the next who asks go on at once; if that can't be noted, when the lease ends."""
        free = (
            update(Payment)
            .where(Payment.id == payment.id, Payment.status == "open")
            .values(lease_until=self._clock())
            .execution_options(synchronize_session=False)
        )

        def leave(transaction: Transaction) -> None:
            transaction.session.execute(free)
            news.tell(transaction.session)

        try:
            with spare():
                self._database.run(leave)
        except SQLAlchemyError as error:
            _log.warning("payment %s stays taken for its lease: %s", payment.id, error)
