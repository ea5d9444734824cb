"""Health, readiness, and the form of errors that no route makes."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from belljar.doubles.double import Double
from services.orders.app import create_app
from services.orders.caching import EnhancedCachingManager
from services.orders.database import DatabaseManager
from services.orders.dependencies import Dependencies


def test_a_process_that_answers_is_healthy(client: httpx.Client) -> None:
    """Whatever its neighbours do."""
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_process_with_its_database_is_ready(client: httpx.Client) -> None:
    """A cache is not needed."""
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "database": "ok", "cache": "off"}


def test_a_process_without_its_cache_is_degraded(
    dependencies: Dependencies, double: Double
) -> None:
    """It still works, so it is still ready."""
    cache = double(EnhancedCachingManager, state="degraded")
    response = call(replace(dependencies, cache=cache), "/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")


def test_a_process_without_its_database_is_not_ready(
    dependencies: Dependencies, double: Double
) -> None:
    """A load balancer leaves it out, and requests are told to come back."""
    database = double(DatabaseManager)
    gone = OperationalError("SELECT 1", {}, ConnectionError("gone"))
    database.ping.side_effect = gone
    database.read.side_effect = gone
    without = replace(dependencies, database=database)
    ready = call(without, "/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
    order = call(without, "/orders/ord_1")
    assert (order.status_code, order.json()["code"]) == (503, "unavailable")
    assert order.headers["Retry-After"] == "1"


def test_a_bug_is_a_problem_that_tells_nothing_of_the_inside(
    dependencies: Dependencies, double: Double
) -> None:
    """The caller gets a code, the log gets the traceback."""
    database = double(DatabaseManager)
    database.read.side_effect = RuntimeError("password is hunter2")
    response = call(replace(dependencies, database=database), "/orders/ord_1")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "hunter2" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/orders", 405)]
)
def test_what_no_route_answers_is_a_problem_too(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    """One form for all errors."""
    response = client.request(method, path)
    assert response.status_code == response.json()["status"] == status
    assert response.headers["content-type"] == "application/problem+json"


def test_a_request_keeps_its_identifier_or_gets_one(client: httpx.Client) -> None:
    """So that it can be found in the logs of all services."""
    kept = client.get("/healthz", headers={"X-Request-ID": "abc-1"})
    given = client.get("/healthz")
    assert kept.headers["X-Request-ID"] == "abc-1"
    assert len(given.headers["X-Request-ID"]) == 16


def call(dependencies: Dependencies, path: str) -> httpx.Response:
    """The answer of an application over these dependencies."""
    import asyncio

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(dependencies), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://orders") as client:
            return await client.get(path)

    return asyncio.run(send())
