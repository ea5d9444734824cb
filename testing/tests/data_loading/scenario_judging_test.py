"""What only some databases say of a scenario's rows is told before they are written, too."""

from __future__ import annotations

import psycopg
import pytest

from belljar.data.scenarios import BadScenario, check, load
from tests.data_loading.conftest import Rows, Write

SECOND = "room,guest\n1,\n1,\n"


@pytest.fixture
def booked(shop: str) -> str:
    """The shop, with a key for which two NULLs are the same, and one for which they are not."""
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute("CREATE TABLE stays (room int, guest int)")
        connection.execute("CREATE TABLE visits (room int, guest int, UNIQUE (room, guest))")
        connection.execute("CREATE UNIQUE INDEX once ON stays (room, guest) NULLS NOT DISTINCT")
    return shop


def test_nulls_that_count_as_the_same_are_told_before_anything_is_written(
    booked: str, write: Write
) -> None:
    folder = write({"small/stays.csv": SECOND, "small/visits.csv": SECOND})
    with pytest.raises(BadScenario) as caught:
        check(folder, booked)
    text = str(caught.value)
    assert "small/stays.csv:3:" in text
    assert "the unique key once of stays has this at small/stays.csv:2:" in text
    assert "visits" not in text


def test_a_row_that_the_database_has_already_is_told_with_its_nulls(
    booked: str, write: Write, rows: Rows
) -> None:
    with psycopg.connect(booked, autocommit=True) as connection:
        connection.execute("INSERT INTO stays VALUES (1, NULL)")
        connection.execute("INSERT INTO visits VALUES (1, NULL)")
    one = "room,guest\n1,\n"
    with pytest.raises(BadScenario) as caught:
        check(write({"small/stays.csv": one, "small/visits.csv": one}), booked)
    assert "the unique key once of stays has this in the database already" in str(caught.value)
    assert "visits" not in str(caught.value)
    assert rows("SELECT count(*) FROM visits") == [(1,)]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/St_Johns"])
def test_a_time_without_a_zone_is_utcs_wherever_the_server_thinks_it_is(
    shop: str, write: Write, rows: Rows, zone: str
) -> None:
    with psycopg.connect(shop, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE \"{name}\" SET timezone TO '{zone}'".encode())
    csv = "id,email,created\n1,a@example.com,2024-05-31T12:30:00\n"
    load(write({"small/customers.csv": csv}), shop)
    assert rows("SHOW timezone") == [(zone,)]
    told = "SELECT to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM customers"
    assert rows(told) == [("2024-05-31 12:30",)]
