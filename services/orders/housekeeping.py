"""`Housekeeping`: work that no request waits for, in a thread of its own or in the outbox."""

from __future__ import annotations

import logging
import math
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from services.orders.idempotency import Idempotency
from services.orders.identifiers import Clock
from services.orders.problems import Problem
from services.orders.receipts import Receipts
from services.orders.settling import Settling

_log = logging.getLogger(__name__)

# Nothing is looked for more often than this, in seconds.
_SHORTEST = 0.05
_AFTER_TROUBLE = 1.0


class Housekeeping:
    """Delivers owed receipts, settles open payments and forgets old answers, until it is stopped."""

    def __init__(
        self,
        receipts: Receipts,
        settling: Settling,
        idempotency: Idempotency,
        clock: Clock,
        interval: float,
    ) -> None:
        """Look what there is to do every `interval` seconds, and when something is due."""
        self._receipts = receipts
        self._settling = settling
        self._idempotency = idempotency
        self._clock = clock
        self._interval = interval
        self._forgotten = -math.inf
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orders-housekeeping", daemon=True)

    def start(self) -> None:
        """Begin, the first time after one interval at the latest."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the receipt at hand."""
        self.end_soon()
        self._thread.join()

    def end_soon(self) -> None:
        """Have the work at hand end after its present receipt; a signal handler may call this."""
        self._stopped.set()

    def run_once(self) -> None:
        """Do all the work that is due; trouble is logged, the next time may be better."""
        try:
            delivered = self._receipts.deliver_owed(stopped=self._stopped.is_set)
            settled = self._settling.settle_open(stopped=self._stopped.is_set)
            if settled:
                delivered += self._receipts.deliver_owed(stopped=self._stopped.is_set)
            forgotten = self._forget_old()
        except (SQLAlchemyError, Problem) as error:
            _log.warning("housekeeping failed, trying again later: %s", error)
            return
        if delivered or settled or forgotten:
            _log.info(
                "delivered %d receipts, settled %d payments, forgot %d answers",
                delivered,
                settled,
                forgotten,
            )

    def pause(self) -> float:
        """The seconds until there is something to do, the interval at most."""
        try:
            dues = [due for due in (self._receipts.due(), self._settling.due()) if due is not None]
        except SQLAlchemyError as error:
            _log.warning("housekeeping does not know what is due: %s", error)
            return min(self._interval, _AFTER_TROUBLE)
        if not dues:
            return self._interval
        return min(self._interval, max(_SHORTEST, (min(dues) - self._clock()).total_seconds()))

    def _forget_old(self) -> int:
        # Old is what is of yesterday: there is no need to look after each payment.
        if time.monotonic() - self._forgotten < self._interval:
            return 0
        self._forgotten = time.monotonic()
        return self._idempotency.forget_old()

    def _run(self) -> None:
        while not self._stopped.wait(self.pause()):
            self.run_once()
