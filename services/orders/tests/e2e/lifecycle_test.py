"""The life of the process: it starts, it ends gracefully, it comes back with its data."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, text

from belljar.databases import Postgres
from belljar.databases.isolation import Database
from belljar.processes import Process
from services.orders.tests.process import log_path, orders_process, process_environment

Start = Callable[[], tuple[Process, httpx.Client]]
CreateProduct = Callable[..., dict[str, Any]]
Place = Callable[..., httpx.Response]


def test_a_started_process_is_ready(orders: httpx.Client) -> None:
    """Its database and its cache answer."""
    response = orders.get("/readyz")
    assert response.json() == {"status": "ready", "database": "ok", "cache": "ok"}


def test_an_empty_database_is_migrated_at_the_start_if_asked_for(
    postgres: Postgres, tmp_path: Path
) -> None:
    """The process is ready when it is at this code's revision."""
    url = postgres.create_database()
    environment = process_environment(url, None, ORDERS_MIGRATE_ON_START="true")
    with orders_process(environment, log_path("migrating", tmp_path)) as (_, address):
        assert httpx.get(f"{address}/products").json()["items"] == []
    postgres.drop_database(url)


def test_a_restart_keeps_the_data(
    start: Start, create_product: CreateProduct, place: Place
) -> None:
    """Products, orders, and the answers to earlier requests."""
    process, client = start()
    product = create_product(client)
    order = place(client, product, key="before")
    assert process.stop() == 0

    _, client = start()
    assert client.get(f"/orders/{order.json()['id']}").json() == order.json()
    assert client.get(f"/products/{product['id']}").json()["available"] == 9
    assert place(client, product, key="before").content == order.content


def test_a_graceful_shutdown_answers_the_request_in_flight(
    start: Start, create_product: CreateProduct, place: Place, database: Database
) -> None:
    """SIGTERM closes the door; who is inside is served; the exit status is 0."""
    process, client = start()
    product = create_product(client)
    with database.engine.connect() as holder, ThreadPoolExecutor(1) as pool:
        # The order has to wait for this row, so it is in flight for as long as we want.
        holder.execute(text("SELECT * FROM stock FOR UPDATE"))
        order = pool.submit(place, client, product, key="slow")
        wait_for(lambda: somebody_waits_for_a_lock(holder), "the order to wait for the row")

        process.send_signal(signal.SIGTERM)
        wait_for(lambda: not accepts(client), "the process to close its socket")
        assert process.returncode is None
        assert not order.done()

        holder.rollback()
        assert order.result(timeout=30).status_code == 201
    assert process.wait(30) == 0


def test_bad_settings_are_explained_in_one_screen() -> None:
    """Exit status 2, one line for each mistake, no traceback."""
    environment = process_environment("nonsense", None, ORDERS_PORT="99999")
    ended = subprocess.run(
        [sys.executable, "-m", "services.orders"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    database, port = sorted(ended.stderr.splitlines())
    assert database.startswith("orders: ORDERS_DATABASE_URL (not shown: it may hold a password)")
    assert port.startswith("orders: ORDERS_PORT '99999': ")


def test_a_taken_port_is_explained(database: Database) -> None:
    """The address and the way out are in the message."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = process_environment(database.url, None, ORDERS_PORT=str(port))
        ended = subprocess.run(
            [sys.executable, "-m", "services.orders"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 2
    assert f"ORDERS_HOST '127.0.0.1', ORDERS_PORT {port}: Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://nobody@127.0.0.1:1/orders", "start the database or correct the URL"),
        ("sqlite://", "the database is at revision none"),
    ],
)
def test_an_unusable_database_is_explained(url: str, message: str) -> None:
    """Not there, or not migrated: the message says what to do."""
    ended = subprocess.run(
        [sys.executable, "-m", "services.orders"],
        env=process_environment(url, None),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


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


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as the condition holds; fail after ten seconds."""
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail(f"waited ten seconds for {what}")
