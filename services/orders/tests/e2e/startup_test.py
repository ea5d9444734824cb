"""The process by itself: what it does at its start, and how it says that it can't."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from belljar.databases import Postgres
from belljar.databases.isolation import Database
from services.orders.tests.process import log_path, orders_process, process_environment

MODULES = ("services.orders", "services.orders.outbox")


def test_an_empty_database_is_migrated_at_the_start_if_asked_for(
    postgres: Postgres, tmp_path: Path
) -> None:
    """The process is ready when it is at this code's revision."""
    url = postgres.create_database()
    environment = process_environment(url, None, ORDERS_MIGRATE_ON_START="true")
    with orders_process(environment, log_path("migrating", tmp_path)) as (_, address):
        assert httpx.get(f"{address}/products").json()["items"] == []
    postgres.drop_database(url)


@pytest.mark.parametrize("module", MODULES)
def test_bad_settings_are_explained_in_one_screen(module: str) -> None:
    """Exit status 2, one line for each mistake, no traceback."""
    ended = run(module, process_environment("nonsense", None, ORDERS_PORT="99999"))
    assert (ended.returncode, ended.stdout) == (2, "")
    database, port = sorted(ended.stderr.splitlines())
    assert database.startswith("orders: ORDERS_DATABASE_URL (not shown: it may hold a password)")
    assert port.startswith("orders: ORDERS_PORT '99999': ")


def test_a_taken_port_is_explained(database: Database) -> None:
    """The address and the way out are in the message."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = process_environment(database.url, None, ORDERS_PORT=str(port))
        ended = run("services.orders", environment)
    assert ended.returncode == 2
    assert f"ORDERS_HOST '127.0.0.1', ORDERS_PORT {port}: Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://nobody@127.0.0.1:1/orders", "start the database or correct the URL"),
        ("sqlite://", "the database is at revision none"),
    ],
)
def test_an_unusable_database_is_explained(module: str, url: str, message: str) -> None:
    """Not there, or not migrated: the message says what to do."""
    ended = run(module, process_environment(url, None))
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def run(module: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The process, ended by itself."""
    return subprocess.run(
        [sys.executable, "-m", module],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
