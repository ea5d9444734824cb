"""`Settling`: payments whose outcome nobody knows are asked for again, until it is known.

A process may die, or a customer give up, between the charge and the note of it: the order is
`paying` then, and money may have moved. Asked with the same key, the payment service tells what
happened, or does now what it was asked for.

The longer a payment is open, the longer it is until the next try: half its age, so that a payment
service that is down is not asked all the time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from services.orders.database import DatabaseManager
from services.orders.identifiers import Clock
from services.orders.models import Payment
from services.orders.paying import Paying
from services.orders.problems import PaymentDeclined, Problem

_log = logging.getLogger(__name__)

# A customer who sends the request again is given so much time before housekeeping does.
_SHORTEST = timedelta(seconds=0.5)
_LONGEST = timedelta(minutes=10)


class Settling:
    """Settles open payments; safe to run in several processes."""

    def __init__(
        self, database: DatabaseManager, paying: Paying, clock: Clock, lease: timedelta
    ) -> None:
        """Pay through `paying`, whose payers are considered dead after `lease`."""
        self._database = database
        self._paying = paying
        self._clock = clock
        self._lease = lease

    def settle_open(self, *, stopped: Callable[[], bool] = lambda: False) -> int:
        """The number of payments that are settled now, paid or declined.

        It ends early, after the payment at hand, when `stopped` says so.
        """
        settled = 0
        for due, order_id, method in self._open():
            if stopped() or due > self._clock():
                break
            try:
                self._paying.pay(order_id, method)
            except PaymentDeclined as declined:
                _log.info("settled: %s", declined)
            except (Problem, SQLAlchemyError) as error:
                _log.warning("the payment of %s is still open: %s", order_id, error)
                continue
            settled += 1
        return settled

    def due(self) -> datetime | None:
        """When the next payment is to be settled; none when none is open."""
        return min((due for due, _, _ in self._open()), default=None)

    def _open(self) -> list[tuple[datetime, str, str]]:
        query = (
            select(Payment.lease_until, Payment.created_at, Payment.order_id, Payment.method)
            .where(Payment.status == "open")
            .order_by(Payment.lease_until)
            .limit(100)
        )
        rows = self._database.read(lambda session: session.execute(query).all())
        return sorted((self._due(row[0], row[1]), row[2], row[3]) for row in rows)

    def _due(self, lease_until: datetime, created_at: datetime) -> datetime:
        pause = (lease_until - created_at - self._lease) / 2
        return lease_until + min(_LONGEST, max(_SHORTEST, pause))
