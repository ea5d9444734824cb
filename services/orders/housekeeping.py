"""`Housekeeping`: work that no request waits for, in a thread of its own."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from services.orders.idempotency import Idempotency
from services.orders.problems import Problem
from services.orders.receipts import Receipts

_log = logging.getLogger(__name__)


class Housekeeping:
    """Delivers owed receipts and forgets old answers, again and again until it is stopped."""

    def __init__(self, receipts: Receipts, idempotency: Idempotency, interval: float) -> None:
        """Work every `interval` seconds once it is started."""
        self._receipts = receipts
        self._idempotency = idempotency
        self._interval = interval
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orders-housekeeping", daemon=True)

    def start(self) -> None:
        """Begin, the first time after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the receipt at hand."""
        self.end_soon()
        self._thread.join()

    def end_soon(self) -> None:
        """Have the work at hand end after its present receipt; a signal handler may call this."""
        self._stopped.set()

    def run_once(self) -> None:
        """Do all the work once; trouble is logged, the next time may be better."""
        try:
            delivered = self._receipts.deliver_owed(stopped=self._stopped.is_set)
            forgotten = self._idempotency.forget_old()
        except (SQLAlchemyError, Problem) as error:
            _log.warning("housekeeping failed, trying again later: %s", error)
            return
        if delivered or forgotten:
            _log.info("delivered %d receipts, forgot %d answers", delivered, forgotten)

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            self.run_once()
