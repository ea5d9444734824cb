"""Faults between the services of a graph and its databases, and between the services themselves."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import valkey

from belljar.faults import Faults, Plan, UnknownBoundary
from belljar.services import Services

pytestmark = pytest.mark.e2e

Ask = Callable[[str], str]


@pytest.fixture
def sales(services: Services) -> Callable[[], list[int]]:
    """What is really in the database, past every fault."""

    def rows() -> list[int]:
        with psycopg.connect(services.databases["shop_db"].url) as connection:
            return [row[0] for row in connection.execute("SELECT id FROM sale ORDER BY id")]

    return rows


def test_databases_and_services_of_the_graph_are_boundaries(
    services: Services, faults: Faults
) -> None:
    there = {name: faults.boundaries[name] for name in ("shop_db", "valkey", "stock")}
    assert there == {"shop_db": "postgres", "valkey": "valkey", "stock": "tcp"}
    # Nobody is told where the shop is, but the test.
    with pytest.raises(UnknownBoundary, match="shop_db"):
        faults.on("shop").reset()


def test_a_commit_is_done_and_its_answer_does_not_arrive(
    faults: Faults, ask: Ask, sales: Callable[[], list[int]]
) -> None:
    faults.on("shop_db", verb="COMMIT").lose_answer(calls=[2])
    assert [ask("sell/1"), ask("sell/2"), ask("sell/3")] == ["done", "OperationalError", "done"]
    assert sales() == [1, 2, 3]
    (note,) = faults.happened("shop_db")
    assert (note.call, note.fault.number) == ("COMMIT", 2)


def test_the_next_test_has_neither_the_faults_nor_the_rows(
    faults: Faults, ask: Ask, sales: Callable[[], list[int]]
) -> None:
    assert sales() == []
    assert [ask("sell/1"), ask("sell/2")] == ["done", "done"]


def test_a_record_is_replayed_exactly(
    faults: Faults, services: Services, ask: Ask, sales: Callable[[], list[int]]
) -> None:
    faults.on("shop_db", verb="INSERT").sql_error(sqlstate="40001", probability=0.5)
    first = [ask(f"sell/{number}") for number in range(12)]
    assert {"done", "SerializationFailure"} == set(first)
    record = Plan.loads(faults.record().dumps())
    again = [n for n, answer in enumerate(first, 1) if answer != "done"]
    assert list(record.rules[0].when.calls or ()) == again


def test_a_statement_that_is_never_answered_does_not_outlive_its_test(
    faults: Faults, services: Services, ask: Ask
) -> None:
    assert ask("sell/1") == "done"
    faults.on("shop_db", verb="INSERT").timeout()
    thread = threading.Thread(target=lambda: ask("sell/2"))
    thread.start()
    while not faults.happened("shop_db"):
        thread.join(0.01)


def test_and_the_service_sells_again(ask: Ask, faults: Faults) -> None:
    assert ask("sell/2") in ("done", "OperationalError")  # its connection was ended under it
    assert ask("sell/3") == "done"


def test_a_command_of_the_cache_fails(faults: Faults, ask: Ask) -> None:
    faults.on("valkey", command="INCRBY", key="sold").valkey_error(times=1)
    assert [ask("count"), ask("count")] == ["BusyLoadingError", "1"]


def test_a_connection_between_two_services_breaks(faults: Faults, ask: Ask) -> None:
    faults.on("stock").reset(calls=[1])
    assert [ask("ask"), ask("ask")] == ["ConnectionResetError", "plenty"]


def test_calls_are_noted_where_they_happen(faults: Faults, ask: Ask) -> None:
    database, cache, stock = (faults.boundary(name) for name in ("shop_db", "valkey", "stock"))
    ask("sell/1")
    for boundary in (database, cache, stock):
        boundary.watch()
    assert [ask("sell/2"), ask("count"), ask("ask")] == ["done", "1", "plenty"]
    assert [one.call.get("statement") for one in database.calls()] == [
        "BEGIN",
        "INSERT INTO sale VALUES ($1)",
        "COMMIT",
    ]
    assert ("INCRBY", "sold") in [
        (one.call.get("command"), one.call.get("key")) for one in cache.calls()
    ]
    assert [str(one.call) for one in stock.calls()] == ["connect"]
    assert database.calls()[-1].at <= cache.calls()[-1].at <= stock.calls()[0].at


def test_a_restarted_service_finds_its_databases_again(
    faults: Faults, services: Services, ask: Ask, sales: Callable[[], list[int]]
) -> None:
    services["shop"].restart()
    faults.on("shop_db", verb="COMMIT").lose_answer(calls=[1])
    assert [ask("sell/1"), ask("sell/2")] == ["OperationalError", "done"]
    assert sales() == [1, 2]


def test_the_tests_own_connections_go_past_the_faults(faults: Faults, services: Services) -> None:
    faults.on("shop_db").reset()
    faults.on("valkey").reset()
    with psycopg.connect(services.databases["shop_db"].url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    cache: Any = valkey.Valkey.from_url(services.databases["valkey"].url)
    assert cache.ping()
    cache.close()
    with urllib.request.urlopen(f"{services['shop'].url}/", timeout=5) as response:
        assert response.read() == b"done"
    assert faults.happened() == []
