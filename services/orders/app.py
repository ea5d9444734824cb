"""`create_app`: the HTTP application, wired from its dependencies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from services.orders.api.errors import install_error_handlers
from services.orders.api.health import health_router
from services.orders.api.orders import orders_router
from services.orders.api.products import products_router
from services.orders.api.requests import RequestDeadline, RequestLog
from services.orders.catalog import Catalog
from services.orders.dependencies import Dependencies
from services.orders.housekeeping import Housekeeping
from services.orders.idempotency import Idempotency
from services.orders.ordering import Ordering
from services.orders.paying import Paying
from services.orders.receipts import Receipts
from services.orders.settling import Settling


def create_app(
    dependencies: Dependencies,
    *,
    housekeeping_interval: float | None = 30.0,
    deliver_at_once: bool = True,
    request_timeout: float = 15.0,
    lease: timedelta = timedelta(seconds=15.5),
) -> FastAPI:
    """The application over these dependencies, which stay the caller's to close.

    Housekeeping runs as long as the server that runs the application; an application that is
    called directly, as unit tests do, has none, nor has one with the interval None. Without
    `deliver_at_once` a paid order's receipt is only owed, and left to `services.orders.outbox`.
    Requests take `request_timeout` seconds at most, so that what one of them has begun may be taken
    over after `lease`.
    """
    database, clock = dependencies.database, dependencies.clock
    identifiers = dependencies.identifiers
    idempotency = Idempotency(database, clock, lease=lease)
    receipts = Receipts(database, dependencies.storage, dependencies.emails, clock)
    paying = Paying(database, dependencies.payments, identifiers, clock, lease=lease)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if housekeeping_interval is None:
            yield
            return
        settling = Settling(database, paying, clock, lease)
        housekeeping = Housekeeping(receipts, settling, idempotency, clock, housekeeping_interval)
        housekeeping.start()
        try:
            yield
        finally:
            housekeeping.stop()

    app = FastAPI(title="orders", version="1", lifespan=lifespan)
    app.add_middleware(RequestDeadline, seconds=request_timeout)
    app.add_middleware(RequestLog)
    install_error_handlers(app)
    app.include_router(health_router(database, dependencies.cache))
    app.include_router(products_router(Catalog(database, identifiers, clock), idempotency))
    app.include_router(
        orders_router(
            Ordering(database, identifiers, clock),
            paying,
            receipts,
            idempotency,
            deliver_at_once=deliver_at_once,
        )
    )
    return app
