"""The life of the service: it ends gracefully, and comes back with its data."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from sqlalchemy import Connection, text

from belljar.databases.isolation import Database
from belljar.services import Services
from services.orders.tests.e2e.waiting import Waiting

CreateProduct = Callable[..., dict[str, Any]]
Place = Callable[..., httpx.Response]


def test_a_started_service_is_ready(orders: httpx.Client) -> None:
    """Its database and its cache answer."""
    response = orders.get("/readyz")
    assert response.json() == {"status": "ready", "database": "ok", "cache": "ok"}


def test_a_restart_keeps_the_data(
    services: Services, orders: httpx.Client, create_product: CreateProduct, place: Place
) -> None:
    """Products, orders, and the answers to earlier requests, at the same address."""
    product = create_product()
    order = place(product, key="before")
    services["orders"].restart()

    assert orders.get(f"/orders/{order.json()['id']}").json() == order.json()
    assert orders.get(f"/products/{product['id']}").json()["available"] == 9
    assert place(product, key="before").content == order.content


def test_a_graceful_shutdown_answers_the_request_in_flight(
    services: Services,
    orders: httpx.Client,
    create_product: CreateProduct,
    place: Place,
    database: Database,
    wait_for: Waiting,
) -> None:
    """SIGTERM closes the door; who is inside is served; the exit status is 0."""
    product = create_product()
    with database.engine.connect() as holder, ThreadPoolExecutor(2) as pool:
        # The order has to wait for this row, so it is in flight for as long as we want.
        holder.execute(text("SELECT * FROM stock FOR UPDATE"))
        order = pool.submit(place, product, key="slow")
        wait_for(lambda: somebody_waits_for_a_lock(holder), "the order to wait for the row")

        stop = pool.submit(services["orders"].stop)
        wait_for(lambda: not accepts(orders), "all workers to close their socket")
        assert not stop.done()
        assert not order.done()

        holder.rollback()
        assert order.result(timeout=30).status_code == 201
        (ended,) = stop.result(timeout=30)
    assert (ended.exit_code, ended.forced) == (0, False)


def test_a_service_that_was_killed_comes_back_at_the_same_address(
    services: Services, orders: httpx.Client, create_product: CreateProduct
) -> None:
    """Its workers are gone with it: nobody answers until it is started again."""
    product = create_product()
    services["orders"].kill()
    assert not accepts(orders)
    services["orders"].start()
    assert orders.get(f"/products/{product['id']}").json()["available"] == 10


def somebody_waits_for_a_lock(connection: Connection) -> bool:
    """Whether a connection to this database waits for a lock."""
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(connection.scalar(text(query)))


def accepts(client: httpx.Client) -> bool:
    """Whether somebody listens at the client's address."""
    try:
        socket.create_connection((client.base_url.host, client.base_url.port or 80), 1).close()
    except ConnectionRefusedError:
        return False
    return True
