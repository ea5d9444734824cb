"""The outbox: a process without a port that delivers the receipts that the HTTP process owes.

    ORDERS_DATABASE_URL=postgresql://user@host/orders ORDERS_PAYMENTS=fake ORDERS_STORAGE=fake \
    ORDERS_EMAILS_HOST=mail.example.org python -m services.orders.outbox

It is told of a payment by the database, at once (`services/orders/news.py`), tries again what
failed when that is due, and looks by itself every ORDERS_HOUSEKEEPING_INTERVAL seconds. It settles
payments that a dead HTTP process has left open, too. The HTTP process leaves the work to it with
ORDERS_HOUSEKEEPING=outside. One outbox is enough; a second one may mail a receipt that the first is
just mailing.

Exit status: 0 after SIGTERM or SIGINT and the receipt at hand, 2 when settings or database cannot
be used.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

from services.orders.housekeeping import Housekeeping
from services.orders.idempotency import Idempotency
from services.orders.news import News
from services.orders.paying import Paying
from services.orders.receipts import Receipts
from services.orders.settings import Settings
from services.orders.settling import Settling
from services.orders.startup import explained, usable_dependencies


def main() -> int:
    """Run the process; returns its exit status."""
    return explained(_run)


def _run(settings: Settings) -> int:
    with usable_dependencies(settings) as dependencies:
        database, clock = dependencies.database, dependencies.clock
        lease = settings.lease
        paying = Paying(
            database, dependencies.payments, dependencies.identifiers, clock, lease=lease
        )
        housekeeping = Housekeeping(
            Receipts(database, dependencies.storage, dependencies.emails, clock),
            Settling(database, paying, clock, lease),
            Idempotency(database, clock),
            clock,
            settings.housekeeping_interval,
        )
        news = News(database.engine)

        def end(_signal: int, _frame: FrameType | None) -> None:
            housekeeping.end_soon()
            news.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        try:
            drain(housekeeping, news)
        finally:
            news.close()
    return 0


def drain(housekeeping: Housekeeping, news: News) -> None:
    """Return when `news` is stopped; until then, work whenever there are news or work is due.

    When it listens, it prints one line to standard output.
    """
    announced = False
    while news.wait(housekeeping.pause()):
        if not news.listening:
            continue
        if not announced:
            print("orders: the outbox waits for receipts to deliver", flush=True)
            announced = True
        housekeeping.run_once()


if __name__ == "__main__":
    sys.exit(main())
